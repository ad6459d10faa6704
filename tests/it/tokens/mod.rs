//! Tokens: what is in them, how long they last, and what ends them sooner.

use serde_json::{Value, json};

use crate::sign_in::initiate;
use crate::support::{Answer, AppClient, Tokens};

mod access;
mod claims;
mod groups;
mod nodes;
mod refresh;
mod revocation;
mod rotation;
mod signatures;
mod validity;

/// The two ways to refresh without rotation.
#[derive(Clone, Copy, Debug)]
pub enum Refresh {
    /// InitiateAuth with REFRESH_TOKEN_AUTH.
    Initiate,
    /// GetTokensFromRefreshToken.
    GetTokens,
}

/// Both of them.
pub const REFRESHES: [Refresh; 2] = [Refresh::Initiate, Refresh::GetTokens];

impl Refresh {
    /// Refreshes.
    pub async fn call(self, app: &AppClient, refresh: &str) -> Answer {
        match self {
            Self::Initiate => {
                let parameters = json!({ "REFRESH_TOKEN": refresh });
                initiate(app, "REFRESH_TOKEN_AUTH", parameters).await
            }
            Self::GetTokens => app.refresh(refresh).await,
        }
    }
}

/// GetUser with an access token.
pub async fn get_user(app: &AppClient, access: &str) -> Answer {
    app.with_token("GetUser", access, json!({})).await
}

/// RevokeToken.
pub async fn revoke(app: &AppClient, token: &str) -> Answer {
    app.call("RevokeToken", json!({ "Token": token })).await
}

/// The token with one letter in its middle changed.
pub fn bent(token: &str) -> String {
    let middle = token.len() / 2;
    let letter = if token.as_bytes()[middle] == b'A' {
        "B"
    } else {
        "A"
    };
    let mut bent = token.to_owned();
    bent.replace_range(middle..=middle, letter);
    bent
}

/// Asserts that neither the access token nor the refresh token does anything, having been revoked.
pub async fn is_revoked(app: &AppClient, tokens: &Tokens) {
    let answer = get_user(app, &tokens.access).await;
    answer.fails("NotAuthorizedException", "Access Token has been revoked");
    for way in REFRESHES {
        let answer = way.call(app, &tokens.refresh).await;
        answer.fails("NotAuthorizedException", "Refresh Token has been revoked");
    }
}

/// Asserts that access token and refresh token do what they are for.
pub async fn is_good(app: &AppClient, tokens: &Tokens) {
    get_user(app, &tokens.access).await.ok();
    for way in REFRESHES {
        way.call(app, &tokens.refresh).await.ok();
    }
}

/// A numeric claim.
#[track_caller]
pub fn seconds(claims: &Value, name: &str) -> i64 {
    let claim = &claims[name];
    claim
        .as_i64()
        .unwrap_or_else(|| panic!("{name} is {claim}, not whole seconds"))
}
