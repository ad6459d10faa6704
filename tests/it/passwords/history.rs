//! Section 3.1: PasswordHistorySize.

use serde_json::{Value, json};

use super::{Door, NEW};
use crate::admin_users::{invited, member, set_password};
use crate::sign_in::{choose_password, incorrect};
use crate::support::pools::PASSWORD;
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
    member(&pool, "ada", attributes).await;
    pool.client(json!({})).await
}

both_stores! {
    /// A password of late is refused at every door, and the present one stays.
    async fn a_password_of_late(server: TestServer) {
        let app = with_ada(&server, 3).await;
        Door::Set.enter(&app, NEW).await.ok();
        let access = app.initiate("ada", NEW).await.ok()["AuthenticationResult"]["AccessToken"]
            .as_str().unwrap().to_owned();
        for door in [Door::Change(access, NEW.to_owned()), Door::Recover, Door::Set] {
            used_before(&door.enter(&app, PASSWORD).await);
            incorrect(&app.initiate("ada", PASSWORD).await);
            app.initiate("ada", NEW).await.ok();
        }
    }

    /// A password of long ago may be used again.
    async fn a_password_of_long_ago(server: TestServer) {
        let app = with_ada(&server, 2).await;
        for password in ["S3cond-Horse!", "Th1rd-Horse!", "F0urth-Horse!", PASSWORD] {
            Door::Set.enter(&app, password).await.ok();
        }
        app.sign_in("ada").await;
    }

    /// A pool that remembers nothing forbids nothing.
    async fn no_history(server: TestServer) {
        let app = with_ada(&server, 0).await;
        for password in [NEW, PASSWORD, PASSWORD] {
            Door::Set.enter(&app, password).await.ok();
        }
        app.sign_in("ada").await;
    }

    /// A challenge for a new password asks the history as well, each user's own.
    async fn a_password_of_late_in_a_challenge(server: TestServer) {
        let app = with_ada(&server, 3).await;
        Door::Set.enter(&app, NEW).await.ok();
        invited(&app.pool, "bob", "T3mporary-Horse!", json!({})).await;
        set_password(&app.pool, "ada", "T3mporary-Horse!", false).await.ok();
        let challenge = app.initiate("ada", "T3mporary-Horse!").await.ok();
        used_before(&choose_password(&app, &challenge, PASSWORD, json!({})).await);
        let challenge = app.initiate("bob", "T3mporary-Horse!").await.ok();
        choose_password(&app, &challenge, PASSWORD, json!({})).await.ok();
        app.sign_in("bob").await;
    }
}
