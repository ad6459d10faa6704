//! What of its pool an app client names in its settings.

use std::collections::BTreeSet;

use super::identity_provider::OWN_USERS;
use super::resource_server::is_built_in;
use super::setting_fault::SettingFault;

/// The things that a request for an app client names and that the pool has. What is not named need not be there.
#[derive(Clone, Debug, Default)]
pub struct KnownReferences {
    /// Scopes of resource servers, with their identifiers.
    pub scopes: BTreeSet<String>,
    /// Identity providers.
    pub providers: BTreeSet<String>,
}

/// Whether an app client lists the pool's own users under this name: AWS knows one spelling there, although no
/// provider can have another.
#[must_use]
pub fn lists_own_users(provider: &str) -> bool {
    provider == OWN_USERS
}

impl KnownReferences {
    /// Takes all that is named for known, and returns what was not: for declarations, which come before the things that
    /// they name can be made, and outlive them.
    pub fn admit(&mut self, providers: &[String], scopes: &[String]) -> Vec<String> {
        let own = |name: &&String| !lists_own_users(name) && !self.providers.contains(*name);
        let custom = |scope: &&String| !is_built_in(scope) && !self.scopes.contains(*scope);
        let unknown: (Vec<String>, Vec<String>) = (
            providers.iter().filter(own).cloned().collect(),
            scopes.iter().filter(custom).cloned().collect(),
        );
        self.providers.extend(unknown.0.iter().cloned());
        self.scopes.extend(unknown.1.iter().cloned());
        [unknown.0, unknown.1].concat()
    }

    /// Checks that each of the identity providers exists in the pool.
    ///
    /// # Errors
    /// [`SettingFault::UnknownProvider`] with the first that does not.
    pub fn check_providers(&self, names: &[String], pool_id: &str) -> Result<(), SettingFault> {
        let known = |name: &String| lists_own_users(name) || self.providers.contains(name);
        match names.iter().find(|name| !known(name)) {
            None => Ok(()),
            Some(unknown) => Err(SettingFault::UnknownProvider {
                provider: unknown.clone(),
                pool_id: pool_id.to_owned(),
            }),
        }
    }

    /// Checks that each of the scopes exists.
    ///
    /// # Errors
    /// [`SettingFault::UnknownScope`] with the first that does not.
    pub fn check_scopes(&self, scopes: &[String]) -> Result<(), SettingFault> {
        let known = |scope: &String| is_built_in(scope) || self.scopes.contains(scope);
        match scopes.iter().find(|scope| !known(scope)) {
            None => Ok(()),
            Some(unknown) => Err(SettingFault::UnknownScope(unknown.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_may_name_what_is_not_there() {
        let mut known = KnownReferences {
            scopes: ["orders/read".to_owned()].into(),
            ..KnownReferences::default()
        };
        let names = |list: &[&str]| {
            list.iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let providers = names(&["COGNITO", "Okta"]);
        let scopes = names(&["openid", "orders/read", "orders/write"]);
        assert_eq!(known.admit(&providers, &scopes), ["Okta", "orders/write"]);
        assert_eq!(known.check_providers(&providers, "pool"), Ok(()));
        assert_eq!(known.check_scopes(&scopes), Ok(()));
        assert!(known.admit(&providers, &scopes).is_empty());
    }

    #[test]
    fn built_in_scopes_are_always_there_and_custom_ones_if_the_pool_has_them() {
        let known = KnownReferences {
            scopes: ["orders/read".to_owned()].into(),
            ..KnownReferences::default()
        };
        let check = |scopes: &[&str]| {
            let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            known.check_scopes(&scopes)
        };
        let built_in = "aws.cognito.signin.user.admin";
        assert_eq!(
            check(&["openid", "email", "phone", "profile", built_in]),
            Ok(())
        );
        assert_eq!(check(&["openid", "orders/read"]), Ok(()));
        assert_eq!(
            check(&["openid", "orders/write", "nothing"]),
            Err(SettingFault::UnknownScope("orders/write".to_owned()))
        );
    }
}
