//! Section 5.3 on SignUp, ConfirmSignUp and ResendConfirmationCode.

use serde_json::{Value, json};

use crate::support::pools::PASSWORD;
use crate::support::refusals::{NO_SUCH_USER, refused};
use crate::support::sign_up::{confirm_sign_up, email_pool, resend_code, standing, unconfirmed};
use crate::support::{AppClient, TestServer, both_stores};

/// The three operations on `username`, with any code.
fn calls(username: &str) -> [(&'static str, Value); 3] {
    [
        (
            "SignUp",
            json!({"Username": username, "Password": PASSWORD}),
        ),
        (
            "ConfirmSignUp",
            json!({"Username": username, "ConfirmationCode": "123456"}),
        ),
        ("ResendConfirmationCode", json!({"Username": username})),
    ]
}

/// An app client with a secret, and Ada, who has signed up.
async fn secretive(server: &TestServer) -> AppClient {
    let pool = server.pool(email_pool(json!({}))).await;
    let app = pool.client(json!({"GenerateSecret": true})).await;
    app.sign_up("ada", json!({"email": "ada@example.com"}))
        .await
        .ok();
    server.inbox("ada@example.com").code().await;
    app
}

both_stores! {
    /// A client with a secret must prove that it has it.
    async fn a_missing_secret_hash_is_refused(server: TestServer) {
        let app = secretive(&server).await;
        let text = format!(
            "Client {} is configured with secret but SECRET_HASH was not received",
            app.id
        );
        for username in ["ada", "nobody"] {
            for (operation, mut input) in calls(username) {
                // The harness would put the hash in.
                input["SecretHash"] = Value::Null;
                app.call(operation, input).await.fails("NotAuthorizedException", &text);
            }
        }
        assert_eq!(standing(&app.pool, "ada").await, unconfirmed());
        refused(&app.pool.user("nobody").await, NO_SUCH_USER);
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// A hash of another name, of another client, or a text that is no hash.
    async fn a_wrong_secret_hash_is_refused(server: TestServer) {
        let app = secretive(&server).await;
        let other = app.pool.client(json!({"GenerateSecret": true})).await;
        let text = format!("Unable to verify secret hash for client {}", app.id);
        for hash in [
            app.secret_hash("Ada"),
            app.secret_hash("ada2"),
            other.secret_hash("ada"),
            "bm90IGEgaGFzaA==".to_owned(),
        ] {
            for (operation, mut input) in calls("ada") {
                input["SecretHash"] = json!(hash);
                app.call(operation, input).await.fails("NotAuthorizedException", &text);
            }
        }
        assert_eq!(standing(&app.pool, "ada").await, unconfirmed());
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// With the right hash all three operations work, over exactly the name in the request.
    async fn the_right_secret_hash_is_accepted(server: TestServer) {
        let pool = server
            .pool(email_pool(json!({"UsernameConfiguration": {"CaseSensitive": false}})))
            .await;
        let app = pool.client(json!({"GenerateSecret": true})).await;
        app.sign_up("Ada", json!({"email": "ada@example.com"})).await.ok();
        resend_code(&app, "ADA").await.ok();
        let code = server.inbox("ada@example.com").code().await;

        // The hash of the stored name is not the hash of what was typed.
        let input = json!({
            "Username": "aDa", "ConfirmationCode": code, "SecretHash": app.secret_hash("ada"),
        });
        let text = format!("Unable to verify secret hash for client {}", app.id);
        app.call("ConfirmSignUp", input).await.fails("NotAuthorizedException", &text);

        confirm_sign_up(&app, "aDa", &code).await.ok();
        app.sign_in("ada").await;
    }
}
