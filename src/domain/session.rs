//! Token sessions: sign-ins, and the tokens that descend from them.

use serde::{Deserialize, Serialize};

use super::acr::Factors;
use super::oauth_scopes;
use super::time::Timestamp;

/// The scope of tokens that were not issued through OAuth.
pub const USER_ADMIN_SCOPE: &str = "aws.cognito.signin.user.admin";

/// A sign-in and what descends from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The request id of the sign-in, which its tokens carry as `event_id`.
    pub id: String,
    /// The `jti` that its tokens carry as `origin_jti`.
    pub origin_jti: String,
    /// The app client that signed in.
    pub client_id: String,
    /// When.
    pub auth_time: Timestamp,
    /// The end of its refresh tokens' life; rotation does not move it (behaviour 4.4).
    pub expires_at: Timestamp,
    /// Since when it is revoked.
    pub revoked_at: Option<Timestamp>,
    /// The scopes of its access tokens.
    pub scopes: Vec<String>,
    /// How the user signed in.
    pub method: SignInMethod,
    /// The factors that the user has proven.
    pub factors: Factors,
    /// The name of the level of authentication that was asked for, and reached.
    pub acr: Option<String>,
    /// Whether the user has passed a second factor, or one that counts as both.
    pub second_factor: bool,
    /// The device that the user signed in from, where the pool remembers devices.
    pub device_key: Option<String>,
    /// The `nonce` that an OpenID Connect client asked to see in its ID tokens.
    pub nonce: Option<String>,
    /// What OAuth adds; `None` for a session that was opened through the JSON API.
    pub oauth: Option<OAuthSession>,
}

/// What a session has that was opened through OAuth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OAuthSession {
    /// The resource that its access tokens are for.
    pub resource: Option<String>,
}

impl Session {
    /// The scopes of a session that was not opened through OAuth.
    #[must_use]
    pub fn api_scopes() -> Vec<String> {
        vec![USER_ADMIN_SCOPE.to_owned()]
    }

    /// Whether it has ID tokens: through OAuth only for the scope `openid`.
    #[must_use]
    pub fn has_id_tokens(&self) -> bool {
        self.oauth.is_none() || oauth_scopes::is_openid(&self.scopes)
    }
}

/// How a user signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// The password, sent to the server.
    Password,
    /// The password, proven by SRP.
    Srp,
    /// A code by e-mail.
    EmailOtp,
    /// A code by SMS.
    SmsOtp,
    /// The code that confirmed the sign-up.
    SignUp,
    /// A passkey.
    Passkey,
    /// What the pool's functions asked for.
    Custom,
}

impl SignInMethod {
    /// The word for it in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Srp => "srp",
            Self::EmailOtp => "email_otp",
            Self::SmsOtp => "sms_otp",
            Self::SignUp => "sign_up",
            Self::Passkey => "passkey",
            Self::Custom => "custom",
        }
    }

    /// The factors that it proves. Which kind a passkey is of it does not say, so that is taken to be a synced one.
    #[must_use]
    pub fn factors(self) -> Factors {
        Factors {
            password: matches!(self, Self::Password | Self::Srp),
            email: self == Self::EmailOtp,
            sms: self == Self::SmsOtp,
            synced_passkey: self == Self::Passkey,
            ..Factors::default()
        }
    }

    /// The method with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [
            Self::Password,
            Self::Srp,
            Self::EmailOtp,
            Self::SmsOtp,
            Self::SignUp,
            Self::Passkey,
            Self::Custom,
        ]
        .into_iter()
        .find(|method| method.as_str() == word)
    }
}
