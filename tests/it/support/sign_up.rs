//! Confirming a sign-up.

use serde_json::{Value, json};

use super::answer::Answer;
use super::pools::{AppClient, Pool, attribute, laid_over};

/// A code that is not `code`.
pub fn wrong_code_for(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

/// ConfirmSignUp.
pub async fn confirm_sign_up(app: &AppClient, username: &str, code: &str) -> Answer {
    let input = json!({ "Username": username, "ConfirmationCode": code });
    app.call("ConfirmSignUp", input).await
}

/// ResendConfirmationCode.
pub async fn resend_code(app: &AppClient, username: &str) -> Answer {
    let input = json!({ "Username": username });
    app.call("ResendConfirmationCode", input).await
}

/// The user's status and whether e-mail and phone are verified, as the administrator sees them.
pub async fn standing(pool: &Pool, username: &str) -> (String, bool, bool) {
    let user = pool.user(username).await.ok();
    let verified = |name| attribute(&user["UserAttributes"], name).as_deref() == Some("true");
    let status = user["UserStatus"].as_str().unwrap_or_default().to_owned();
    (
        status,
        verified("email_verified"),
        verified("phone_number_verified"),
    )
}

/// The [`standing`] of a user who has not confirmed.
pub fn unconfirmed() -> (String, bool, bool) {
    ("UNCONFIRMED".to_owned(), false, false)
}

/// The [`standing`] of a user who confirmed by e-mail.
pub fn confirmed_by_email() -> (String, bool, bool) {
    ("CONFIRMED".to_owned(), true, false)
}

/// The settings of a pool that sends codes by e-mail, with `overrides` laid over.
pub fn email_pool(overrides: Value) -> Value {
    laid_over(json!({ "AutoVerifiedAttributes": ["email"] }), overrides)
}
