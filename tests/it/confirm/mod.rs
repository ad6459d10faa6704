//! ConfirmSignUp and ResendConfirmationCode: section 3.3, and what 3.6, 3.7, 5.3 and 8 say of them.

mod aliases;
mod codes;
mod limits;
mod resend;
mod secret_hash;
mod unknown_users;

use serde_json::{Value, json};

use crate::support::pools::{Pool, attribute};
use crate::support::{Answer, AppClient};

/// An error's type and its whole text.
pub type Refusal = (&'static str, &'static str);

/// Section 3.3.
pub const WRONG_CODE: Refusal = (
    "CodeMismatchException",
    "Invalid verification code provided, please try again.",
);

/// Section 3.3.
pub const EXPIRED_CODE: Refusal = (
    "ExpiredCodeException",
    "Invalid code provided, please request a code again.",
);

/// Section 3.3.
pub const TOO_MANY_ATTEMPTS: Refusal = (
    "LimitExceededException",
    "Attempt limit exceeded, please try after some time.",
);

/// Section 3.3.
pub const ALREADY_CONFIRMED: Refusal = (
    "NotAuthorizedException",
    "User cannot be confirmed. Current status is CONFIRMED",
);

/// Section 3.6, what LEGACY says.
pub const NO_SUCH_USER: Refusal = ("UserNotFoundException", "User does not exist.");

/// Asserts an error by its whole text.
#[track_caller]
pub fn refused(answer: &Answer, (type_, message): Refusal) {
    answer.fails(type_, message);
}

/// A code that is not `code`.
pub fn other_than(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

/// ConfirmSignUp.
pub async fn confirm(app: &AppClient, username: &str, code: &str) -> Answer {
    let input = json!({ "Username": username, "ConfirmationCode": code });
    app.call("ConfirmSignUp", input).await
}

/// ResendConfirmationCode.
pub async fn resend(app: &AppClient, username: &str) -> Answer {
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

/// What [`standing`] says of a user who has not confirmed.
pub fn unconfirmed() -> (String, bool, bool) {
    ("UNCONFIRMED".to_owned(), false, false)
}

/// What [`standing`] says of a user who confirmed by e-mail.
pub fn confirmed_by_email() -> (String, bool, bool) {
    ("CONFIRMED".to_owned(), true, false)
}

/// A pool that sends codes by e-mail, with `overrides` laid over.
pub fn email_pool(overrides: Value) -> Value {
    crate::support::pools::laid_over(json!({ "AutoVerifiedAttributes": ["email"] }), overrides)
}
