//! UserMigration: users who come over when they sign in with a password, or recover it.

use serde_json::{Value, json};

use super::function::{Function, expected_event, pool_with};
use crate::support::parallel::at_once;
use crate::support::pools::PASSWORD;
use crate::support::sign_in::tokens_of;
use crate::support::srp::SrpClient;
use crate::support::users::{assert_unknown, status};
use crate::support::{AppClient, Pool, TestServer, TestStore, both_stores};

const EMAIL: &str = "ada@example.com";
const SIGN_IN: &str = "UserMigration_Authentication";
const RECOVERY: &str = "UserMigration_ForgotPassword";

async fn with_migration(store: &TestStore) -> (TestServer, Function, Pool, AppClient) {
    let (server, function, pool) = pool_with(store, &["UserMigration"], json!({})).await;
    let app = pool.client(json!({})).await;
    (server, function, pool, app)
}

fn known() -> Value {
    json!({ "userAttributes": { "email": EMAIL, "email_verified": "true" } })
}

fn response() -> Value {
    json!({
        "userAttributes": null, "finalUserStatus": null, "messageAction": null,
        "desiredDeliveryMediums": null, "forceAliasCreation": null, "enableSMSMFA": null,
    })
}

both_stores! {
    async fn a_user_comes_over_at_the_first_sign_in(store: TestStore) {
        let (server, function, pool, app) = with_migration(&store).await;
        function.responds(SIGN_IN, known());
        // Not a password that the pool's policy allows.
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "ada", "PASSWORD": "old" },
            "ClientMetadata": { "a": "b" },
        });
        tokens_of(app.call("InitiateAuth", input).await);
        let request = json!({ "password": "old", "validationData": { "a": "b" } });
        let expected = expected_event(&pool, (SIGN_IN, "ada", &app.id), request, response());
        assert_eq!(function.event(SIGN_IN), expected);
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        assert_eq!(pool.attribute("ada", "email").await.as_deref(), Some(EMAIL));
        assert_eq!(pool.attribute("ada", "email_verified").await.as_deref(), Some("true"));
        // From now on the pool has the user, by SRP as well.
        tokens_of(app.initiate("ada", "old").await);
        tokens_of(SrpClient::sign_in(&app, "ada", "old").await);
        assert_eq!(function.calls().len(), 1);
        server.inbox(EMAIL).stays_empty().await;
        server.stop().await;
    }

    async fn a_user_whom_the_function_does_not_know_stays_unknown(store: TestStore) {
        let (server, function, pool, app) = with_migration(&store).await;
        let (unknown, text) = ("UserNotFoundException", "User does not exist.");
        app.initiate("nob", PASSWORD).await.fails(unknown, text);
        assert_eq!(function.calls().len(), 1);
        function.throws(SIGN_IN, "Bad password");
        let migrating = format!("Exception migrating user in app client {}", app.id);
        app.initiate("nob", PASSWORD).await.fails(unknown, &migrating);
        // What the pool's rules do not accept makes no user.
        for attributes in [
            json!({ "email": EMAIL, "sub": "x" }),
            json!({ "email": "no address" }),
            json!({ "custom:none": "x" }),
        ] {
            function.responds(SIGN_IN, json!({ "userAttributes": attributes }));
            app.initiate("nob", PASSWORD).await.fails(unknown, &migrating);
        }
        assert_unknown(&pool, "nob").await;
        let hiding = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        function.throws(SIGN_IN, "Bad password");
        hiding.initiate("nob", PASSWORD).await.fails(
            "NotAuthorizedException",
            "Incorrect username or password.",
        );
        // By SRP there is no password to ask the function with.
        function.forget();
        SrpClient::new().initiate(&app, "nob").await.fails(unknown, text);
        assert!(function.calls().is_empty());
        server.stop().await;
    }

    async fn a_user_who_has_to_reset_the_password_comes_over_and_is_told_so(store: TestStore) {
        let (server, function, pool, app) = with_migration(&store).await;
        let mut answer = known();
        answer["finalUserStatus"] = json!("RESET_REQUIRED");
        function.responds(SIGN_IN, answer);
        app.initiate("ada", "old").await.fails(
            "PasswordResetRequiredException",
            "Password reset required for the user",
        );
        assert_eq!(status(&pool, "ada").await, "RESET_REQUIRED");
        server.stop().await;
    }

    async fn a_user_comes_over_to_recover_the_password(store: TestStore) {
        let (server, function, pool, app) = with_migration(&store).await;
        let unknown = ("UserNotFoundException", "Username/client id combination not found.");
        let ask = json!({ "Username": "ada", "ClientMetadata": { "a": "b" } });
        app.call("ForgotPassword", ask.clone()).await.fails(unknown.0, unknown.1);
        function.forget();
        function.throws(RECOVERY, "down");
        app.call("ForgotPassword", ask.clone()).await.fails(
            "UserLambdaValidationException",
            "UserMigration failed with error down.",
        );
        function.forget();
        function.responds(RECOVERY, known());
        app.call("ForgotPassword", ask).await.ok();
        let request = json!({
            "password": null, "validationData": null, "clientMetadata": { "a": "b" },
        });
        let expected = expected_event(&pool, (RECOVERY, "ada", &app.id), request, response());
        assert_eq!(function.event(RECOVERY), expected);
        assert_eq!(status(&pool, "ada").await, "RESET_REQUIRED");
        let code = server.inbox(EMAIL).code().await;
        let input = json!({ "Username": "ada", "ConfirmationCode": code, "Password": PASSWORD });
        app.call("ConfirmForgotPassword", input).await.ok();
        app.sign_in("ada").await;
        server.stop().await;
    }

    async fn a_user_with_sms_as_second_factor_and_another_username_comes_over(store: TestStore) {
        let sms = json!({
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
            "MfaConfiguration": "OPTIONAL",
            "AutoVerifiedAttributes": ["email", "phone_number"],
        });
        let (server, function, pool) = pool_with(&store, &["UserMigration"], sms).await;
        let app = pool.client(json!({})).await;
        function.responds(SIGN_IN, json!({
            "userAttributes": { "username": "ada-1", "email": EMAIL, "phone_number": "+12065550200" },
            "enableSMSMFA": true, "forceAliasCreation": true, "messageAction": "SUPPRESS",
            "desiredDeliveryMediums": ["EMAIL"], "finalUserStatus": "CONFIRMED",
        }));
        let challenge = app.initiate("ada", "old").await.ok();
        assert_eq!(challenge["ChallengeName"], "SMS_MFA");
        assert_eq!(challenge["ChallengeParameters"]["USER_ID_FOR_SRP"], "ada-1");
        let user = pool.user("ada-1").await.ok();
        assert_eq!(user["UserMFASettingList"], json!(["SMS_MFA"]));
        // A second factor without a number is none.
        function.responds(SIGN_IN, json!({
            "userAttributes": { "email": EMAIL }, "enableSMSMFA": true,
        }));
        let text = format!("Exception migrating user in app client {}", app.id);
        app.initiate("eve", "old").await.fails("UserNotFoundException", &text);
        server.stop().await;
    }

    async fn sign_ins_at_once_make_one_user(store: TestStore) {
        let (server, function, pool, app) = with_migration(&store).await;
        function.responds(SIGN_IN, known());
        let answers = at_once(4, |_| {
            let app = app.clone();
            async move { app.initiate("ada", "old").await }
        })
        .await;
        for answer in answers {
            tokens_of(answer);
        }
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        let users = store.ask("SELECT user_id FROM users").await;
        assert_eq!(users.len(), 1, "{users:?}");
        server.stop().await;
    }
}
