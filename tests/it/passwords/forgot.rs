//! Sections 3.5 and 3.6: ForgotPassword.

use serde_json::{Value, json};

use super::{NEW, confirm, forgot};
use crate::admin_users::{about, invited, member};
use crate::sign_in::{invalid_parameter, not_authorized};
use crate::support::pools::{PASSWORD, laid_over};
use crate::support::{TestServer, TestStore, both_stores};

const NO_CONTACT: &str = "Cannot reset password for the user as there is no registered/verified \
                          email or phone_number";

fn verified_email() -> Value {
    json!({ "email": "ada@example.com", "email_verified": "true" })
}

fn verified_phone() -> Value {
    json!({ "phone_number": "+15551239934", "phone_number_verified": "true" })
}

fn both() -> Value {
    laid_over(verified_email(), verified_phone())
}

fn recovery(mechanisms: &[&str]) -> Value {
    let list: Vec<_> = (1..)
        .zip(mechanisms)
        .map(|(priority, name)| json!({ "Priority": priority, "Name": name }))
        .collect();
    json!({ "AccountRecoverySetting": { "RecoveryMechanisms": list } })
}

fn to_email() -> Value {
    json!({ "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" })
}

fn to_phone() -> Value {
    json!({ "Destination": "+*******9934", "DeliveryMedium": "SMS", "AttributeName": "phone_number" })
}

fn silent() -> Value {
    json!({ "PreventUserExistenceErrors": "ENABLED" })
}

both_stores! {
    /// A code of six digits goes to the verified address; nothing changes until it comes back.
    async fn a_code_is_sent(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        member(&pool, "ada", verified_email()).await;
        let answer = forgot(&app, "ada").await.ok();
        assert_eq!(answer, json!({ "CodeDeliveryDetails": to_email() }));
        let message = pool.inbox("ada@example.com").next().await;
        assert_eq!(message.medium, "EMAIL");
        let code = message.code.clone().unwrap();
        assert!(code.len() == 6 && code.chars().all(|c| c.is_ascii_digit()), "{code}");
        assert!(message.body.contains(&code), "{message:?}");
        app.sign_in("ada").await;
    }

    /// Where the code goes, by the pool's recovery setting and by what the user has verified.
    async fn where_the_code_goes(server: TestServer) {
        for (settings, attributes, details) in [
            // Without the setting e-mail comes first, with an empty one the phone (behaviour 3.5).
            (json!({}), both(), to_email()),
            (json!({ "AccountRecoverySetting": {} }), both(), to_phone()),
            (json!({}), verified_phone(), to_phone()),
            (json!({}), verified_email(), to_email()),
            (recovery(&["verified_email", "verified_phone_number"]), both(), to_email()),
            (recovery(&["verified_phone_number", "verified_email"]), both(), to_phone()),
            (recovery(&["verified_email", "verified_phone_number"]), verified_phone(), to_phone()),
            (recovery(&["verified_email"]), both(), to_email()),
        ] {
            let case = format!("{settings} {attributes}");
            let pool = server.pool(settings).await;
            let app = pool.client(json!({})).await;
            member(&pool, "ada", attributes).await;
            let answer = forgot(&app, "ada").await.ok();
            assert_eq!(answer["CodeDeliveryDetails"], details, "{case}");
            let [to, other] = match details["DeliveryMedium"].as_str() {
                Some("SMS") => ["+15551239934", "ada@example.com"],
                _ => ["ada@example.com", "+15551239934"],
            };
            let code = pool.inbox(to).code().await;
            pool.inbox(other).stays_empty().await;
            confirm(&app, "ada", &code, NEW).await.ok();
        }
    }

    /// A contact that is not there, not verified, or not among the pool's ways of recovery.
    async fn nowhere_to_send(server: TestServer) {
        for (settings, attributes) in [
            (json!({}), json!({})),
            (json!({}), json!({ "email": "ada@example.com", "phone_number": "+15551239934" })),
            (json!({}), json!({ "email": "ada@example.com", "email_verified": "false" })),
            (recovery(&["verified_email"]), verified_phone()),
        ] {
            let pool = server.pool(settings).await;
            let app = pool.client(json!({})).await;
            member(&pool, "ada", attributes).await;
            invalid_parameter(&forgot(&app, "ada").await, NO_CONTACT);
            for to in ["ada@example.com", "+15551239934"] {
                pool.inbox(to).stays_empty().await;
            }
        }
    }

    /// A user who has not chosen a password yet.
    async fn an_invited_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        invited(&pool, "ada", PASSWORD, verified_email()).await;
        let text = "User password cannot be reset in the current state.";
        not_authorized(&forgot(&app, "ada").await, text);
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// A pool in which only the administrator helps.
    async fn the_administrator_only(server: TestServer) {
        let pool = server.pool(recovery(&["admin_only"])).await;
        let app = pool.client(json!({})).await;
        member(&pool, "ada", verified_email()).await;
        not_authorized(&forgot(&app, "ada").await, "Contact administrator to reset password.");
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// ENABLED tells no more of an invited user than of nobody, and sends nothing.
    async fn an_invited_user_is_not_told(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(silent()).await;
        invited(&pool, "ada", PASSWORD, verified_email()).await;
        for username in ["ada", "nobody"] {
            let answer = forgot(&app, username).await.ok();
            let details = &answer["CodeDeliveryDetails"];
            assert!(details["Destination"].is_string(), "{answer}");
        }
        // The invitation was not sent either.
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// ENABLED does not change that there is the administrator only, for anybody.
    async fn the_administrator_only_for_anybody(server: TestServer) {
        let pool = server.pool(recovery(&["admin_only"])).await;
        let app = pool.client(silent()).await;
        member(&pool, "ada", verified_email()).await;
        for username in ["ada", "nobody"] {
            let answer = forgot(&app, username).await;
            not_authorized(&answer, "Contact administrator to reset password.");
        }
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// A disabled user.
    async fn a_disabled_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        member(&pool, "ada", verified_email()).await;
        about(&pool, "AdminDisableUser", "ada").await.ok();
        not_authorized(&forgot(&app, "ada").await, "User is disabled.");
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// LEGACY tells that a user is unknown.
    async fn an_unknown_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let text = "Username/client id combination not found.";
        forgot(&app, "nobody").await.fails("UserNotFoundException", text);
    }

    /// ENABLED makes details up, by the look of the name, and sends nothing.
    async fn details_are_made_up(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(silent()).await;
        for (username, details) in [
            ("ada@example.com", to_email()),
            ("+15551239934", to_phone()),
        ] {
            let answer = forgot(&app, username).await.ok();
            assert_eq!(answer, json!({ "CodeDeliveryDetails": details }), "{username}");
            pool.inbox(username).stays_empty().await;
        }
        let first = forgot(&app, "nobody").await.ok();
        assert!(first["CodeDeliveryDetails"]["Destination"].is_string(), "{first}");
        assert_eq!(first, forgot(&app, "nobody").await.ok());
    }

    /// ENABLED makes them up also for who is disabled or has no verified contact.
    async fn details_are_made_up_for_users_too(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(silent()).await;
        member(&pool, "ada", verified_email()).await;
        about(&pool, "AdminDisableUser", "ada").await.ok();
        member(&pool, "bob", json!({ "email": "bob@example.com" })).await;
        for username in ["ada", "bob"] {
            let answer = forgot(&app, username).await.ok();
            let details = &answer["CodeDeliveryDetails"];
            assert!(details["Destination"].is_string(), "{answer}");
        }
        for to in ["ada@example.com", "bob@example.com"] {
            pool.inbox(to).stays_empty().await;
        }
    }

    /// The limit of an hour, which ConfirmForgotPassword shares.
    async fn the_limit_of_an_hour(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.limits.forgot_password_per_hour = 5;
        })
        .await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        member(&pool, "ada", verified_email()).await;
        member(&pool, "bob", json!({ "email": "bob@example.com", "email_verified": "true" })).await;
        for _ in 0..3 {
            forgot(&app, "ada").await.ok();
        }
        let code = pool.inbox("ada@example.com").code().await;
        let wrong = if code == "000000" { "111111" } else { "000000" };
        for _ in 0..2 {
            confirm(&app, "ada", wrong, NEW).await.fails_as("CodeMismatchException");
        }
        let text = "Attempt limit exceeded, please try after some time.";
        forgot(&app, "ada").await.fails("LimitExceededException", text);
        confirm(&app, "ada", &code, NEW).await.fails("LimitExceededException", text);
        forgot(&app, "bob").await.ok();
        app.sign_in("ada").await;
        server.advance(3601).await;
        forgot(&app, "ada").await.ok();
        let code = pool.inbox("ada@example.com").code().await;
        confirm(&app, "ada", &code, NEW).await.ok();
        server.stop().await;
    }
}
