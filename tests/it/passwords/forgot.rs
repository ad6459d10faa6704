//! Sections 3.5 and 3.6: ForgotPassword.

use serde_json::{Value, json};

use crate::support::passwords::{NEW_PASSWORD, confirm_forgot_password, forgot_password};
use crate::support::pools::{PASSWORD, laid_over};
use crate::support::refusals::{invalid_parameter, not_authorized};
use crate::support::users::{call_for_user, confirmed_user, invited_user};
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
    async fn a_code_goes_to_the_verified_address(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", verified_email()).await;
        let answer = forgot_password(&app, "ada").await.ok();
        assert_eq!(answer, json!({ "CodeDeliveryDetails": to_email() }));
        let message = pool.inbox("ada@example.com").next().await;
        assert_eq!(message.medium, "EMAIL");
        let code = message.code.clone().unwrap();
        assert!(code.len() == 6 && code.chars().all(|c| c.is_ascii_digit()), "{code}");
        assert!(message.body.contains(&code), "{message:?}");
        app.sign_in("ada").await;
    }

    /// Where the code goes, by the pool's recovery setting and by what the user has verified.
    async fn the_recovery_setting_decides_where_the_code_goes(server: TestServer) {
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
            confirmed_user(&pool, "ada", attributes).await;
            let answer = forgot_password(&app, "ada").await.ok();
            assert_eq!(answer["CodeDeliveryDetails"], details, "{case}");
            let [to, other] = match details["DeliveryMedium"].as_str() {
                Some("SMS") => ["+15551239934", "ada@example.com"],
                _ => ["ada@example.com", "+15551239934"],
            };
            let code = pool.inbox(to).code().await;
            pool.inbox(other).stays_empty().await;
            confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        }
    }

    /// A contact that is not there, not verified, or not among the pool's ways of recovery.
    async fn without_a_verified_contact_no_code_is_sent(server: TestServer) {
        for (settings, attributes) in [
            (json!({}), json!({})),
            (json!({}), json!({ "email": "ada@example.com", "phone_number": "+15551239934" })),
            (json!({}), json!({ "email": "ada@example.com", "email_verified": "false" })),
            (recovery(&["verified_email"]), verified_phone()),
        ] {
            let pool = server.pool(settings).await;
            let app = pool.client(json!({})).await;
            confirmed_user(&pool, "ada", attributes).await;
            invalid_parameter(&forgot_password(&app, "ada").await, NO_CONTACT);
            for to in ["ada@example.com", "+15551239934"] {
                pool.inbox(to).stays_empty().await;
            }
        }
    }

    /// A user who has not chosen a password yet.
    async fn an_invited_user_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        invited_user(&pool, "ada", PASSWORD, verified_email()).await;
        let text = "User password cannot be reset in the current state.";
        not_authorized(&forgot_password(&app, "ada").await, text);
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// A pool in which only the administrator recovers passwords.
    async fn with_admin_only_recovery_no_code_is_sent(server: TestServer) {
        let pool = server.pool(recovery(&["admin_only"])).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", verified_email()).await;
        not_authorized(&forgot_password(&app, "ada").await, "Contact administrator to reset password.");
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// ENABLED answers to an invited user as to an unknown one, and sends nothing.
    async fn a_hidden_invited_user_is_answered_as_an_unknown_one(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(silent()).await;
        invited_user(&pool, "ada", PASSWORD, verified_email()).await;
        for username in ["ada", "nobody"] {
            let answer = forgot_password(&app, username).await.ok();
            let details = &answer["CodeDeliveryDetails"];
            assert!(details["Destination"].is_string(), "{answer}");
        }
        // The invitation was not sent either.
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// ENABLED does not change the refusal of admin-only recovery, for any name.
    async fn with_admin_only_recovery_every_name_is_refused_alike(server: TestServer) {
        let pool = server.pool(recovery(&["admin_only"])).await;
        let app = pool.client(silent()).await;
        confirmed_user(&pool, "ada", verified_email()).await;
        for username in ["ada", "nobody"] {
            let answer = forgot_password(&app, username).await;
            not_authorized(&answer, "Contact administrator to reset password.");
        }
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// A disabled user.
    async fn a_disabled_user_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", verified_email()).await;
        call_for_user(&pool, "AdminDisableUser", "ada").await.ok();
        not_authorized(&forgot_password(&app, "ada").await, "User is disabled.");
        pool.inbox("ada@example.com").stays_empty().await;
    }

    /// LEGACY tells that a user does not exist.
    async fn an_unknown_user_is_named_by_legacy_errors(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let text = "Username/client id combination not found.";
        forgot_password(&app, "nobody").await.fails("UserNotFoundException", text);
    }

    /// ENABLED simulates the details from the form of the name, and sends nothing.
    async fn an_unknown_user_gets_simulated_delivery_details(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(silent()).await;
        for (username, details) in [
            ("ada@example.com", to_email()),
            ("+15551239934", to_phone()),
        ] {
            let answer = forgot_password(&app, username).await.ok();
            assert_eq!(answer, json!({ "CodeDeliveryDetails": details }), "{username}");
            pool.inbox(username).stays_empty().await;
        }
        let first = forgot_password(&app, "nobody").await.ok();
        assert!(first["CodeDeliveryDetails"]["Destination"].is_string(), "{first}");
        assert_eq!(first, forgot_password(&app, "nobody").await.ok());
    }

    /// ENABLED simulates them also for a disabled user and for one without a verified contact.
    async fn a_user_who_cannot_recover_gets_simulated_delivery_details(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(silent()).await;
        confirmed_user(&pool, "ada", verified_email()).await;
        call_for_user(&pool, "AdminDisableUser", "ada").await.ok();
        confirmed_user(&pool, "bob", json!({ "email": "bob@example.com" })).await;
        for username in ["ada", "bob"] {
            let answer = forgot_password(&app, username).await.ok();
            let details = &answer["CodeDeliveryDetails"];
            assert!(details["Destination"].is_string(), "{answer}");
        }
        for to in ["ada@example.com", "bob@example.com"] {
            pool.inbox(to).stays_empty().await;
        }
    }

    /// The hourly limits of asking for a code and of entering one, which are counted apart.
    async fn forgot_and_confirm_have_hourly_limits_of_their_own(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.limits.forgot_password_per_hour = 3;
            config.limits.confirm_forgot_password_per_hour = 2;
        })
        .await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", verified_email()).await;
        let bobs = json!({ "email": "bob@example.com", "email_verified": "true" });
        confirmed_user(&pool, "bob", bobs).await;
        for _ in 0..3 {
            forgot_password(&app, "ada").await.ok();
        }
        let text = "Attempt limit exceeded, please try after some time.";
        forgot_password(&app, "ada").await.fails("LimitExceededException", text);
        let code = pool.inbox("ada@example.com").code().await;
        let wrong = if code == "000000" { "111111" } else { "000000" };
        for _ in 0..2 {
            let answer = confirm_forgot_password(&app, "ada", wrong, NEW_PASSWORD).await;
            answer.fails_as("CodeMismatchException");
        }
        let answer = confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await;
        answer.fails("LimitExceededException", text);
        forgot_password(&app, "bob").await.ok();
        app.sign_in("ada").await;
        server.advance(3601).await;
        forgot_password(&app, "ada").await.ok();
        let code = pool.inbox("ada@example.com").code().await;
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        server.stop().await;
    }
}
