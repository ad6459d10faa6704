//! Links between users and their accounts at identity providers (administration 4.3, 4.4).

use serde::Serialize;
use serde_json::{Map, Value};

use super::category::Category;
use super::identity_provider::{IdentityProvider, is_own_users};
use super::provider_type::ProviderType;
use super::time::Timestamp;

/// The most links of a user.
pub const MAX_LINKS: usize = 5;
/// The most bytes of an account's name, and of the name of an attribute.
const MAX_VALUE_BYTES: usize = 1_024;
const MAX_ATTRIBUTE_BYTES: usize = 256;
/// The attribute that stands for an account's own name at its provider.
pub const SUBJECT: &str = "Cognito_Subject";

/// How a request names an account: at a provider, by an attribute that has a value there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The provider's name, or the pool's own.
    pub provider: String,
    /// The attribute.
    pub attribute: String,
    /// Its value.
    pub value: String,
}

impl Account {
    /// Whether it is an account of the pool itself.
    #[must_use]
    pub fn is_own(&self) -> bool {
        is_own_users(&self.provider)
    }

    /// Checks that it can be linked, or can have been.
    ///
    /// # Errors
    /// [`LinkFault::TooLong`], [`LinkFault::NotTheSubject`].
    pub fn check(&self, kind: ProviderType) -> Result<(), LinkFault> {
        if self.value.len() > MAX_VALUE_BYTES || self.attribute.len() > MAX_ATTRIBUTE_BYTES {
            return Err(LinkFault::TooLong);
        }
        if kind != ProviderType::Saml && self.attribute != SUBJECT {
            return Err(LinkFault::NotTheSubject);
        }
        Ok(())
    }
}

/// An account at a provider that signs in as a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityLink {
    /// The pool.
    pub pool_id: String,
    /// The account.
    pub account: Account,
    /// The user.
    pub user_id: String,
    /// The provider's type.
    pub provider_type: ProviderType,
    /// The entity id that a SAML provider had then.
    pub issuer: Option<String>,
    /// The provider's origin; `None` in rows of earlier versions.
    pub origin: Option<String>,
    /// When it was made.
    pub linked_at: Timestamp,
}

impl IdentityLink {
    /// Whether it was made at this provider, and not at a former one of the same name.
    #[must_use]
    pub fn is_at(&self, provider: &IdentityProvider) -> bool {
        self.account.provider == provider.name
            && self.provider_type == provider.provider_type
            && self.origin == provider.origin
    }
}

/// An entry of the attribute `identities`, in the order of its members.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    user_id: &'a str,
    provider_name: &'a str,
    provider_type: &'static str,
    issuer: Option<&'a str>,
    /// Whether the user was born from this account; a linked one was not.
    primary: bool,
    date_created: i64,
}

/// The value of the attribute `identities` of a user with these links; none without links.
#[must_use]
pub fn identities(links: &[IdentityLink]) -> Option<String> {
    let entry = |link| {
        let IdentityLink {
            account,
            provider_type,
            issuer,
            linked_at,
            ..
        }: &IdentityLink = link;
        Entry {
            user_id: &account.value,
            provider_name: &account.provider,
            provider_type: provider_type.as_str(),
            issuer: issuer.as_deref(),
            primary: false,
            date_created: linked_at.millis(),
        }
    };
    let entries: Vec<_> = links.iter().map(entry).collect();
    if entries.is_empty() {
        return None;
    }
    serde_json::to_string(&entries).ok()
}

/// The claim of an ID token that follows from the attribute: its values are texts (behaviour 4.1).
#[must_use]
pub fn claim(attribute: &str) -> Option<Value> {
    let mut entries: Vec<Map<String, Value>> = serde_json::from_str(attribute).ok()?;
    for value in entries.iter_mut().flat_map(Map::values_mut) {
        if value.is_boolean() || value.is_number() {
            *value = Value::String(value.to_string());
        }
    }
    serde_json::to_value(entries).ok()
}

/// Why an account is not linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// It is an account of the pool itself.
    LocalSource,
    /// It is linked to this user already.
    AlreadyLinked,
    /// It is linked to another user.
    LinkedElsewhere,
    /// Only accounts of SAML providers are named by other attributes.
    NotTheSubject,
    /// Its name, or the attribute's, is longer than any can be.
    TooLong,
}

impl LinkFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::AlreadyLinked | Self::LinkedElsewhere => Category::AlreadyExists,
            Self::LocalSource | Self::NotTheSubject | Self::TooLong => Category::InvalidInput,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(issuer: Option<&str>) -> IdentityLink {
        IdentityLink {
            pool_id: "us-east-1_Abc".to_owned(),
            account: Account {
                provider: "SignInWithApple".to_owned(),
                attribute: SUBJECT.to_owned(),
                value: "001".to_owned(),
            },
            user_id: "id".to_owned(),
            provider_type: ProviderType::SignInWithApple,
            issuer: issuer.map(str::to_owned),
            origin: Some("SignInWithApple".to_owned()),
            linked_at: Timestamp::from_millis(1_701_125_599_632),
        }
    }

    #[test]
    fn the_attribute_has_typed_values_and_the_claim_has_texts() {
        assert_eq!(identities(&[]), None);
        let attribute = identities(&[link(None)]).unwrap();
        assert_eq!(
            attribute,
            r#"[{"userId":"001","providerName":"SignInWithApple","providerType":"SignInWithApple","issuer":null,"primary":false,"dateCreated":1701125599632}]"#
        );
        assert_eq!(
            claim(&attribute),
            Some(serde_json::json!([{
                "userId": "001",
                "providerName": "SignInWithApple",
                "providerType": "SignInWithApple",
                "issuer": null,
                "primary": "false",
                "dateCreated": "1701125599632",
            }]))
        );
        let two = identities(&[link(Some("https://idp")), link(None)]).unwrap();
        let two = claim(&two).unwrap();
        assert_eq!(two.as_array().map(Vec::len), Some(2));
        assert_eq!(two.pointer("/0/issuer"), Some(&"https://idp".into()));
    }

    #[test]
    fn the_pool_is_named_in_any_case() {
        let mut account = link(None).account;
        for (name, is_own) in [("Cognito", true), ("COGNITO", true), ("Cognito2", false)] {
            name.clone_into(&mut account.provider);
            assert_eq!(account.is_own(), is_own, "{name}");
        }
    }
}
