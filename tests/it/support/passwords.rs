//! Changing and recovering passwords.

use serde_json::json;

use super::answer::Answer;
use super::pools::{AppClient, Pool};
use super::users::set_password;

/// The password that replaces another.
pub const NEW_PASSWORD: &str = "N3w-Horse-Now!";

/// ChangePassword.
pub async fn change_password(
    app: &AppClient,
    access: &str,
    previous: &str,
    proposed: &str,
) -> Answer {
    let input = json!({ "PreviousPassword": previous, "ProposedPassword": proposed });
    app.with_token("ChangePassword", access, input).await
}

/// ForgotPassword.
pub async fn forgot_password(app: &AppClient, username: &str) -> Answer {
    app.call("ForgotPassword", json!({ "Username": username }))
        .await
}

/// ConfirmForgotPassword.
pub async fn confirm_forgot_password(
    app: &AppClient,
    username: &str,
    code: &str,
    password: &str,
) -> Answer {
    let input = json!({ "Username": username, "ConfirmationCode": code, "Password": password });
    app.call("ConfirmForgotPassword", input).await
}

/// The operations by which a user who has a password gets another one, with all that each needs but
/// the new password.
pub enum PasswordChange {
    /// ChangePassword, with an access token and the present password.
    Change(String, String),
    /// ForgotPassword and ConfirmForgotPassword.
    Recovery,
    /// AdminSetUserPassword, with a permanent password.
    AdminSet,
}

impl PasswordChange {
    /// Sets `password` for the user `ada`, whose address is `ada@example.com`.
    pub async fn set(&self, app: &AppClient, password: &str) -> Answer {
        let pool: &Pool = &app.pool;
        match self {
            Self::Change(access, previous) => {
                change_password(app, access, previous, password).await
            }
            Self::Recovery => {
                forgot_password(app, "ada").await.ok();
                let code = pool.inbox("ada@example.com").code().await;
                confirm_forgot_password(app, "ada", &code, password).await
            }
            Self::AdminSet => set_password(pool, "ada", password, true).await,
        }
    }
}
