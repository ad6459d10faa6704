//! Pools whose users have passkeys, and their registration.

use serde_json::{Value, json};

use super::answer::Answer;
use super::authenticator::{Browser, SoftPasskey};
use super::pools::Pool;
use super::server::Endpoint;
use super::signed_in_user::SignedInUser;

/// The page on which a developer's users make passkeys.
pub const LOCAL_PAGE: &str = "http://localhost:3000";

/// A pool whose sign-ins may begin with a passkey.
pub async fn passkey_pool(server: &Endpoint) -> Pool {
    let factors = json!(["PASSWORD", "WEB_AUTHN"]);
    let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } });
    server.pool(json!({ "Policies": policies })).await
}

/// StartWebAuthnRegistration.
pub async fn start(user: &SignedInUser) -> Answer {
    user.call("StartWebAuthnRegistration", json!({})).await
}

/// The options for the browser.
pub async fn creation_options(user: &SignedInUser) -> Value {
    start(user).await.ok()["CredentialCreationOptions"].clone()
}

/// CompleteWebAuthnRegistration.
pub async fn complete(user: &SignedInUser, credential: &Value) -> Answer {
    let input = json!({ "Credential": credential });
    user.call("CompleteWebAuthnRegistration", input).await
}

/// Registers a passkey that the browser makes.
pub async fn register(user: &SignedInUser, browser: &Browser) -> SoftPasskey {
    let (passkey, response) = browser.create(&creation_options(user).await);
    complete(user, &response).await.ok();
    passkey
}

/// ListWebAuthnCredentials without a limit.
pub async fn list(user: &SignedInUser) -> Vec<Value> {
    let answer = user.call("ListWebAuthnCredentials", json!({})).await.ok();
    assert!(answer["NextToken"].is_null(), "{answer}");
    answer["Credentials"].as_array().unwrap().clone()
}
