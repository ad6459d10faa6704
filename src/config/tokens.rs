//! `[tokens]`: issuer of tokens, the reserve of signing keys, and how much descends from one user.

use serde::{Deserialize, Serialize};

/// The most sessions that a user may have, whatever is configured.
pub(super) const SESSIONS_PER_USER: u32 = 1_000;

/// Issuer of tokens, the reserve of signing keys, and how much descends from one user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokensConfig {
    /// The `iss` claim: `"self"`, `"aws"`, `{ base = "https://…" }` or `{ fixed = "https://…" }`.
    pub issuer: IssuerMode,
    /// RSA keys made ahead of need; a new pool takes two.
    pub key_reserve: usize,
    /// Sessions that a user has at most, 1 to 1,000. A sign-in beyond that ends the oldest.
    pub max_sessions_per_user: u32,
    /// Refresh tokens that may take the place of one, where a client rotates them with a grace period: as many
    /// callers as exchange it at once.
    pub successors_within_grace: u32,
    /// Days after which a pool gets new signing keys; 0 is never.
    pub signing_key_rotation_days: u32,
    /// Minutes that a new signing key is in the JWKS before it signs.
    pub signing_key_lead_minutes: u32,
}

impl Default for TokensConfig {
    fn default() -> Self {
        Self {
            issuer: IssuerMode::PublicUrl,
            key_reserve: 4,
            max_sessions_per_user: SESSIONS_PER_USER,
            successors_within_grace: 10,
            signing_key_rotation_days: 0,
            signing_key_lead_minutes: 60,
        }
    }
}

/// What a user pool sets instead of [`TokensConfig`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokensOverrides {
    /// `tokens.signing_key_rotation_days` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_key_rotation_days: Option<u32>,
}

/// The `iss` claim of the tokens of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssuerMode {
    /// `<public URL>/<pool id>`.
    #[serde(rename = "self")]
    PublicUrl,
    /// `https://cognito-idp.<region>.amazonaws.com/<pool id>`, for verifiers that require AWS's.
    #[serde(rename = "aws")]
    Aws,
    /// `<this URL>/<pool id>`: the public URL of the server that the pools have come from.
    #[serde(rename = "base")]
    Base(String),
    /// This URL for every pool.
    #[serde(rename = "fixed")]
    Fixed(String),
}

impl IssuerMode {
    /// The issuer of the pool `pool_id` in `region`, for a server that is reached at `public_url`
    /// (without a trailing slash).
    #[must_use]
    pub fn issuer(&self, public_url: &str, region: &str, pool_id: &str) -> String {
        match self {
            Self::PublicUrl => format!("{public_url}/{pool_id}"),
            Self::Aws => format!("https://cognito-idp.{region}.amazonaws.com/{pool_id}"),
            Self::Base(url) => format!("{}/{pool_id}", url.trim_end_matches('/')),
            Self::Fixed(url) => url.clone(),
        }
    }
}
