//! Section 3.1: PasswordHistorySize.

use serde_json::{Value, json};

use crate::support::passwords::{NEW_PASSWORD, PasswordChange};
use crate::support::pools::PASSWORD;
use crate::support::refusals::incorrect;
use crate::support::sign_in::{choose_password, tokens_of};
use crate::support::users::{confirmed_user, invited_user, set_password};
use crate::support::{Answer, AppClient, TestServer, both_stores};

/// A pool that remembers `size` passwords, with the default policy otherwise.
fn remembering(size: u32) -> Value {
    json!({ "Policies": { "PasswordPolicy": {
        "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true,
        "RequireNumbers": true, "RequireSymbols": true, "PasswordHistorySize": size,
    } } })
}

#[track_caller]
fn used_before(answer: &Answer) {
    let text = "Password has previously been used";
    answer.fails("PasswordHistoryPolicyViolationException", text);
}

/// A pool that remembers, with one member.
async fn with_ada(server: &TestServer, size: u32) -> AppClient {
    let pool = server.pool(remembering(size)).await;
    let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
    confirmed_user(&pool, "ada", attributes).await;
    pool.client(json!({})).await
}

both_stores! {
    /// A recent password is refused by every operation, and the present one stays.
    async fn a_recent_password_is_refused(server: TestServer) {
        let app = with_ada(&server, 3).await;
        PasswordChange::AdminSet.set(&app, NEW_PASSWORD).await.ok();
        let access = tokens_of(app.initiate("ada", NEW_PASSWORD).await).access;
        for way in [
            PasswordChange::Change(access, NEW_PASSWORD.to_owned()),
            PasswordChange::Recovery,
            PasswordChange::AdminSet,
        ] {
            used_before(&way.set(&app, PASSWORD).await);
            incorrect(&app.initiate("ada", PASSWORD).await);
            app.initiate("ada", NEW_PASSWORD).await.ok();
        }
    }

    /// A password of long ago may be used again.
    async fn an_older_password_may_be_used_again(server: TestServer) {
        let app = with_ada(&server, 2).await;
        for password in ["S3cond-Horse!", "Th1rd-Horse!", "F0urth-Horse!", PASSWORD] {
            PasswordChange::AdminSet.set(&app, password).await.ok();
        }
        app.sign_in("ada").await;
    }

    /// A pool without a history refuses no former password.
    async fn without_a_history_any_password_is_accepted(server: TestServer) {
        let app = with_ada(&server, 0).await;
        for password in [NEW_PASSWORD, PASSWORD, PASSWORD] {
            PasswordChange::AdminSet.set(&app, password).await.ok();
        }
        app.sign_in("ada").await;
    }

    /// NEW_PASSWORD_REQUIRED checks the history as well, each user's own.
    async fn a_recent_password_is_refused_in_a_challenge(server: TestServer) {
        let app = with_ada(&server, 3).await;
        PasswordChange::AdminSet.set(&app, NEW_PASSWORD).await.ok();
        invited_user(&app.pool, "bob", "T3mporary-Horse!", json!({})).await;
        set_password(&app.pool, "ada", "T3mporary-Horse!", false).await.ok();
        let challenge = app.initiate("ada", "T3mporary-Horse!").await.ok();
        used_before(&choose_password(&app, &challenge, PASSWORD, json!({})).await);
        let challenge = app.initiate("bob", "T3mporary-Horse!").await.ok();
        choose_password(&app, &challenge, PASSWORD, json!({})).await.ok();
        app.sign_in("bob").await;
    }
}
