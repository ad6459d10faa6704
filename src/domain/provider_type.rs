//! The kinds of identity providers.

use std::collections::BTreeMap;

/// The key in a mapping of attributes that stands for the user's name at the provider.
pub const USERNAME: &str = "username";

/// What kind of provider it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderType {
    /// SAML 2.0.
    Saml,
    /// Facebook.
    Facebook,
    /// Google.
    Google,
    /// Login with Amazon.
    LoginWithAmazon,
    /// Sign in with Apple.
    SignInWithApple,
    /// OpenID Connect.
    Oidc,
}

impl ProviderType {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Saml,
        Self::Facebook,
        Self::Google,
        Self::LoginWithAmazon,
        Self::SignInWithApple,
        Self::Oidc,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Saml => "SAML",
            Self::Facebook => "Facebook",
            Self::Google => "Google",
            Self::LoginWithAmazon => "LoginWithAmazon",
            Self::SignInWithApple => "SignInWithApple",
            Self::Oidc => "OIDC",
        }
    }

    /// The type with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether there is one provider of this type in a pool, which is named like the type.
    #[must_use]
    pub const fn is_social(self) -> bool {
        !matches!(self, Self::Saml | Self::Oidc)
    }

    /// The mapping of a provider that is made without one.
    #[must_use]
    pub fn default_mapping(self) -> Option<BTreeMap<String, String>> {
        let claim = match self {
            Self::Saml => return None,
            Self::Facebook => "id",
            Self::LoginWithAmazon => "user_id",
            Self::Google | Self::SignInWithApple | Self::Oidc => "sub",
        };
        Some([(USERNAME.to_owned(), claim.to_owned())].into())
    }
}
