//! What ends a recovery code before it expires.

use serde_json::{Value, json};

use crate::support::passwords::{
    NEW_PASSWORD, change_password, confirm_forgot_password, forgot_password,
};
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::refusals::{EXPIRED_CODE, incorrect, refused};
use crate::support::sign_in::tokens_of;
use crate::support::users::{confirmed_user, set_password};
use crate::support::{AppClient, TestServer, both_stores};

fn verified(address: &str) -> Value {
    json!({ "email": address, "email_verified": "true" })
}

/// A pool with one member, whose address is verified, and a client of it.
async fn with_ada(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    confirmed_user(&pool, "ada", verified("ada@example.com")).await;
    pool.client(json!({})).await
}

/// A code of ForgotPassword, from the inbox.
async fn recovery_code(app: &AppClient) -> String {
    forgot_password(app, "ada").await.ok();
    app.pool.inbox("ada@example.com").code().await
}

/// Asserts that the code sets no password, and that `present` still signs in.
async fn assert_expired(app: &AppClient, code: &str, present: &str) {
    let proposed = "An0ther-Horse!";
    refused(
        &confirm_forgot_password(app, "ada", code, proposed).await,
        EXPIRED_CODE,
    );
    incorrect(&app.initiate("ada", proposed).await);
    tokens_of(app.initiate("ada", present).await);
}

both_stores! {
    /// The administrator has set a password since the code was asked for.
    async fn a_recovery_code_ends_when_the_administrator_sets_a_password(server: TestServer) {
        let app = with_ada(&server).await;
        let code = recovery_code(&app).await;
        set_password(&app.pool, "ada", NEW_PASSWORD, true).await.ok();
        assert_expired(&app, &code, NEW_PASSWORD).await;
    }

    /// The user has changed the password since the code was asked for.
    async fn a_recovery_code_ends_when_the_user_changes_the_password(server: TestServer) {
        let app = with_ada(&server).await;
        let tokens = app.sign_in("ada").await;
        let code = recovery_code(&app).await;
        change_password(&app, &tokens.access, PASSWORD, NEW_PASSWORD).await.ok();
        assert_expired(&app, &code, NEW_PASSWORD).await;
    }

    /// The address that the code went to is no longer the user's.
    async fn a_recovery_code_ends_when_its_address_is_replaced(server: TestServer) {
        for flag in ["true", "false"] {
            let app = with_ada(&server).await;
            let code = recovery_code(&app).await;
            let address = json!({ "email": "new@example.com", "email_verified": flag });
            let input = json!({ "Username": "ada", "UserAttributes": attribute_list(&address) });
            app.pool.admin("AdminUpdateUserAttributes", input).await.ok();
            assert_expired(&app, &code, PASSWORD).await;
            let email = app.pool.attribute("ada", "email").await;
            assert_eq!(email.as_deref(), Some("new@example.com"));
        }
    }
}
