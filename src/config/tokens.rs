//! `[tokens]`: issuer of tokens, and the reserve of signing keys.

use serde::{Deserialize, Serialize};

/// Issuer of tokens, and the reserve of signing keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokensConfig {
    /// The `iss` claim: `"self"`, `"aws"` or `{ fixed = "https://…" }`.
    pub issuer: IssuerMode,
    /// RSA keys made ahead of need; a new pool takes two.
    pub key_reserve: usize,
}

impl Default for TokensConfig {
    fn default() -> Self {
        Self {
            issuer: IssuerMode::PublicUrl,
            key_reserve: 4,
        }
    }
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
            Self::Fixed(url) => url.clone(),
        }
    }
}
