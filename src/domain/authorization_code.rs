//! Authorization codes of OAuth (domain 2.2, 3.5).

use serde::{Deserialize, Serialize};

use super::browser_session::SignInFacts;
use super::grant::ClaimOverrides;
use super::time::Timestamp;

/// Seconds that a code may be exchanged.
pub const LIFE_SECONDS: i64 = 300;

/// What a code is bound to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CodeBinding {
    /// The address that the browser was sent back to, as the request gave it.
    pub redirect_uri: String,
    /// The `code_challenge` of the request, of the method S256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// The `nonce` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The `resource` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The scopes that were granted.
    pub scopes: Vec<String>,
    /// The user's credentials version at the sign-in.
    pub credentials_version: i64,
    /// What the user has proven.
    pub sign_in: SignInFacts,
    /// How the pool's function wants the tokens to differ from what follows from the rest.
    pub overrides: ClaimOverrides,
}

/// A code as it is stored.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    /// The user.
    pub user_id: String,
    /// The app client.
    pub client_id: String,
    /// What it is bound to.
    pub binding: CodeBinding,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether somebody has tried to exchange it.
    pub is_used: bool,
    /// The session of tokens that it was exchanged for.
    pub session_id: Option<String>,
}
