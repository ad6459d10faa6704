//! `[tokens]`: issuer of tokens, and the reserve of signing keys.

use serde::{Deserialize, Serialize};

/// Issuer of tokens, and the reserve of signing keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokensConfig {
    /// What the `iss` claim says: `"self"`, `"aws"` or `{ fixed = "https://…" }`.
    pub issuer: IssuerMode,
    /// RSA keys made ahead of need; a new pool takes two.
    pub key_reserve: usize,
}

impl Default for TokensConfig {
    fn default() -> Self {
        Self {
            issuer: IssuerMode::Own,
            key_reserve: 4,
        }
    }
}

/// What the `iss` claim of a pool's tokens says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssuerMode {
    /// `<public URL>/<pool id>`.
    #[serde(rename = "self")]
    Own,
    /// `https://cognito-idp.<region>.amazonaws.com/<pool id>`, for verifiers that insist on it.
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
            Self::Own => format!("{public_url}/{pool_id}"),
            Self::Aws => format!("https://cognito-idp.{region}.amazonaws.com/{pool_id}"),
            Self::Fixed(url) => url.clone(),
        }
    }
}
