//! Identity providers: where users of a pool can come from beside the pool itself.

use std::collections::{BTreeMap, BTreeSet};

use super::attribute::{IDENTITIES, SUB};
use super::category::Category;
use super::provider_details::{DetailsFault, has_document};
use super::provider_type::{ProviderType, USERNAME};
use super::schema::Schema;
use super::time::Timestamp;

/// The most identity providers of a pool (behaviour 8).
pub const MAX_PROVIDERS: i64 = 300;
/// The most bytes of a provider's mapping of attributes.
const MAX_MAPPING_BYTES: usize = 65_536;
/// The name of the pool's own users where providers are named, which no provider may have.
pub const OWN_USERS: &str = "COGNITO";

/// Whether the name stands for the pool's own users, in whatever case.
#[must_use]
pub const fn is_own_users(name: &str) -> bool {
    name.eq_ignore_ascii_case(OWN_USERS)
}

/// Checks the name of a new provider of this type.
///
/// # Errors
/// [`ProviderFault::WrongName`].
pub fn check_name(kind: ProviderType, name: &str) -> Result<(), ProviderFault> {
    let is_of_social = ProviderType::named(name).filter(|named| named.is_social());
    let fits = if kind.is_social() {
        is_of_social == Some(kind)
    } else {
        is_of_social.is_none() && !is_own_users(name)
    };
    if fits {
        Ok(())
    } else {
        Err(ProviderFault::WrongName(name.to_owned(), kind))
    }
}

/// An identity provider of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// The pool it belongs to.
    pub pool_id: String,
    /// The name, unique within the pool in whatever case.
    pub name: String,
    /// The type, which never changes.
    pub provider_type: ProviderType,
    /// How it is reached and what it is asked for, without its secrets.
    pub details: BTreeMap<String, String>,
    /// What its accounts belong to ([`super::provider_details::Complete::origin`]); `None` in rows of earlier versions.
    pub origin: Option<String>,
    /// The secrets among its details, sealed.
    pub sealed_secrets: Option<Vec<u8>>,
    /// Which of the pool's attributes come from which of the provider's claims.
    pub attribute_mapping: Option<BTreeMap<String, String>>,
    /// Other names that lead to it, each unique within the pool.
    pub identifiers: Vec<String>,
    /// Which level of authentication the provider's own names stand for.
    pub acr_mapping: Option<BTreeMap<String, String>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

impl IdentityProvider {
    /// The group of the users that this provider brings.
    #[must_use]
    pub fn group_name(&self) -> String {
        format!("{}_{}", self.pool_id, self.name)
    }

    /// The name in lower case: two providers of a pool cannot differ in case only.
    #[must_use]
    pub fn name_key(&self) -> String {
        self.name.to_lowercase()
    }

    /// The issuer that links show: the entity id of a SAML provider whose metadata is a document.
    #[must_use]
    pub fn shown_issuer(&self) -> Option<&str> {
        if self.provider_type == ProviderType::Saml && has_document(&self.details) {
            self.origin.as_deref()
        } else {
            None
        }
    }
}

/// What a list shows of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedProvider {
    /// The name.
    pub name: String,
    /// The type.
    pub provider_type: ProviderType,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

/// What a request gives of a provider beside its details. An absent member leaves what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderChange {
    /// The mapping of attributes.
    pub attribute_mapping: Option<BTreeMap<String, String>>,
    /// Other names.
    pub identifiers: Option<Vec<String>>,
    /// The mapping of levels of authentication.
    pub acr_mapping: Option<BTreeMap<String, String>>,
}

impl ProviderChange {
    /// Checks the change of a provider of this type in a pool with this schema.
    ///
    /// # Errors
    /// [`ProviderFault`].
    pub fn check(&self, kind: ProviderType, schema: &Schema) -> Result<(), ProviderFault> {
        if let Some(mapping) = &self.attribute_mapping {
            let writable = |name: &String| {
                name == USERNAME
                    || (name != SUB && name != IDENTITIES && schema.get(name).is_some())
            };
            let invalid: Vec<String> = mapping.keys().filter(|k| !writable(k)).cloned().collect();
            if !invalid.is_empty() {
                return Err(ProviderFault::InvalidMapping(invalid));
            }
            let bytes: usize = mapping
                .iter()
                .map(|(key, claim)| key.len() + claim.len())
                .sum();
            if bytes > MAX_MAPPING_BYTES {
                return Err(ProviderFault::MappingTooLong(MAX_MAPPING_BYTES));
            }
        }
        if self.acr_mapping.is_some() && kind != ProviderType::Oidc {
            return Err(ProviderFault::AcrMappingOfOtherType);
        }
        let mut seen = BTreeSet::new();
        let given = self.identifiers.iter().flatten();
        match given
            .into_iter()
            .find(|identifier| !seen.insert(*identifier))
        {
            None => Ok(()),
            Some(repeated) => Err(ProviderFault::IdentifierTaken(repeated.clone())),
        }
    }

    /// Carries it out.
    pub fn apply(self, provider: &mut IdentityProvider) {
        if self.attribute_mapping.is_some() {
            provider.attribute_mapping = self.attribute_mapping;
        }
        if let Some(identifiers) = self.identifiers {
            provider.identifiers = identifiers;
        }
        if self.acr_mapping.is_some() {
            provider.acr_mapping = self.acr_mapping;
        }
    }
}

/// Why something is not done with an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderFault {
    /// The pool has none of this name, or none with this other name.
    NotFound(String),
    /// The pool has one of this name.
    Exists(String),
    /// A provider of this type cannot have this name.
    WrongName(String, ProviderType),
    /// Something is wrong with the details.
    Details(DetailsFault),
    /// The mapping names attributes that there are not, or that no provider writes.
    InvalidMapping(Vec<String>),
    /// The mapping has more bytes than this.
    MappingTooLong(usize),
    /// Another provider, or this one, has this other name.
    IdentifierTaken(String),
    /// Levels of authentication are mapped for a provider that is not of OpenID Connect.
    AcrMappingOfOtherType,
}

impl ProviderFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::NotFound(_) => Category::NotFound,
            Self::Exists(_) | Self::IdentifierTaken(_) => Category::AlreadyExists,
            Self::WrongName(..)
            | Self::Details(_)
            | Self::InvalidMapping(_)
            | Self::MappingTooLong(_)
            | Self::AcrMappingOfOtherType => Category::InvalidInput,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_social_provider_is_named_like_its_type_and_no_other_is() {
        for kind in ProviderType::ALL {
            assert_eq!(ProviderType::named(kind.as_str()), Some(kind));
            for name in ["Google", "Facebook", "SignInWithApple", "LoginWithAmazon"] {
                let fits = check_name(kind, name).is_ok();
                assert_eq!(fits, kind.as_str() == name, "{name} {kind:?}");
            }
            for name in ["Okta", "google", "SAML", "OIDC"] {
                assert_eq!(
                    check_name(kind, name).is_ok(),
                    !kind.is_social(),
                    "{name} {kind:?}"
                );
            }
            for name in ["COGNITO", "Cognito", "cognito"] {
                assert!(check_name(kind, name).is_err(), "{name} {kind:?}");
            }
        }
    }

    #[test]
    fn a_mapping_writes_attributes_that_a_provider_may_write() {
        let check = |keys: &[&str]| {
            let entry = |key: &&str| ((*key).to_owned(), "claim".to_owned());
            let change = ProviderChange {
                attribute_mapping: Some(keys.iter().map(entry).collect()),
                ..ProviderChange::default()
            };
            change.check(ProviderType::Google, &Schema::standard())
        };
        let good = [
            "username",
            "email",
            "email_verified",
            "updated_at",
            "phone_number",
        ];
        assert_eq!(check(&good), Ok(()));
        let names = ["custom:x", "identities", "sub"].map(str::to_owned);
        assert_eq!(
            check(&["email", "sub", "identities", "custom:x"]),
            Err(ProviderFault::InvalidMapping(names.to_vec()))
        );
    }
}
