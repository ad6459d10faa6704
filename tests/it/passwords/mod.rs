//! Passwords: policy, history, changing and recovering them.

use serde_json::json;

use crate::admin_users::set_password;
use crate::support::{Answer, AppClient, Pool};

mod change;
mod confirm_forgot;
mod forgot;
mod history;
mod policy;

/// The password that replaces another.
pub const NEW: &str = "N3w-Horse-Now!";

/// ChangePassword.
pub async fn change(app: &AppClient, access: &str, previous: &str, proposed: &str) -> Answer {
    let input = json!({ "PreviousPassword": previous, "ProposedPassword": proposed });
    app.with_token("ChangePassword", access, input).await
}

/// ForgotPassword.
pub async fn forgot(app: &AppClient, username: &str) -> Answer {
    app.call("ForgotPassword", json!({ "Username": username }))
        .await
}

/// ConfirmForgotPassword.
pub async fn confirm(app: &AppClient, username: &str, code: &str, password: &str) -> Answer {
    let input = json!({ "Username": username, "ConfirmationCode": code, "Password": password });
    app.call("ConfirmForgotPassword", input).await
}

/// The ways a user who has a password gets another one. Each knows all it needs but the password.
pub enum Door {
    /// ChangePassword, with the present password and an access token.
    Change(String, String),
    /// ConfirmForgotPassword, with a code.
    Recover,
    /// AdminSetUserPassword, for good.
    Set,
}

impl Door {
    /// Goes through it for the user `ada`, whose address is `ada@example.com`.
    pub async fn enter(&self, app: &AppClient, password: &str) -> Answer {
        let pool: &Pool = &app.pool;
        match self {
            Self::Change(access, previous) => change(app, access, previous, password).await,
            Self::Recover => {
                forgot(app, "ada").await.ok();
                let code = pool.inbox("ada@example.com").code().await;
                confirm(app, "ada", &code, password).await
            }
            Self::Set => set_password(pool, "ada", password, true).await,
        }
    }
}
