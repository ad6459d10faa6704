//! Refreshing, revoking and looking into tokens.

use serde_json::{Value, json};

use super::answer::Answer;
use super::pools::{AppClient, Tokens};
use super::sign_in::initiate;

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
        self.call_from(app, refresh, None).await
    }

    /// Refreshes, naming a device.
    pub async fn call_from(self, app: &AppClient, refresh: &str, device: Option<&str>) -> Answer {
        match self {
            Self::Initiate => {
                let mut parameters = json!({ "REFRESH_TOKEN": refresh });
                if let Some(device) = device {
                    parameters["DEVICE_KEY"] = json!(device);
                }
                initiate(app, "REFRESH_TOKEN_AUTH", parameters).await
            }
            Self::GetTokens => app.refresh_from(refresh, device).await,
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
pub fn tampered(token: &str) -> String {
    let middle = token.len() / 2;
    let letter = if token.as_bytes()[middle] == b'A' {
        "B"
    } else {
        "A"
    };
    let mut tampered = token.to_owned();
    tampered.replace_range(middle..=middle, letter);
    tampered
}

/// Asserts that the access token and the refresh token are both refused as revoked.
pub async fn assert_revoked(app: &AppClient, tokens: &Tokens) {
    let answer = get_user(app, &tokens.access).await;
    answer.fails("NotAuthorizedException", "Access Token has been revoked");
    for way in REFRESHES {
        let answer = way.call(app, &tokens.refresh).await;
        answer.fails("NotAuthorizedException", "Refresh Token has been revoked");
    }
}

/// Asserts that the access token and the refresh token are both accepted.
pub async fn assert_valid(app: &AppClient, tokens: &Tokens) {
    get_user(app, &tokens.access).await.ok();
    for way in REFRESHES {
        way.call(app, &tokens.refresh).await.ok();
    }
}

/// A claim in whole seconds.
#[track_caller]
pub fn numeric_claim(claims: &Value, name: &str) -> i64 {
    let claim = &claims[name];
    claim
        .as_i64()
        .unwrap_or_else(|| panic!("{name} is {claim}, not whole seconds"))
}
