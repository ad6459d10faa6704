//! What binds a session: its challenge, user, client, time, and the user's credentials.

use serde_json::{Value, json};

use super::{PHONE, challenged, enrolled, give, give_code, pool_with_factors, prefer};
use crate::support::pools::PASSWORD;
use crate::support::sign_in::{respond, tokens_of};
use crate::support::totp::AuthenticatorApp;
use crate::support::users::{call_for_user, confirmed_user, set_password};
use crate::support::{AppClient, Pool, TestServer, TestStore, both_stores};

const DENIED: &str = "NotAuthorizedException";
const INVALID: &str = "Invalid session for the user.";

/// Two users with an app each, and the first one's challenge.
async fn two_users(server: &TestServer) -> (Pool, AppClient, AuthenticatorApp, Value) {
    let (pool, app) = pool_with_factors(server, "OPTIONAL").await;
    let contacts = json!({ "phone_number": PHONE, "email": "ada@example.com" });
    confirmed_user(&pool, "ada", contacts).await;
    confirmed_user(&pool, "bob", json!({})).await;
    enrolled(&app, &app.sign_in("bob").await).await;
    let phone = enrolled(&app, &app.sign_in("ada").await).await;
    let challenge = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
    (pool, app, phone, challenge)
}

both_stores! {
    /// Another user's name, another client, another challenge, no session, a changed one.
    async fn a_session_answers_nothing_else(server: TestServer) {
        let (pool, app, phone, challenge) = two_users(&server).await;
        let code = phone.code(&server, 0);
        give_code(&app, &challenge, "bob", &code).await.fails(DENIED, INVALID);
        give_code(&app, &challenge, "nobody", &code).await.fails(DENIED, INVALID);
        let other = pool.client(json!({})).await;
        give_code(&other, &challenge, "ada", &code).await.fails(DENIED, INVALID);
        for (name, parameter, value) in [
            ("SMS_MFA", "SMS_MFA_CODE", code.as_str()),
            ("EMAIL_OTP", "EMAIL_OTP_CODE", &code),
            ("SELECT_MFA_TYPE", "ANSWER", "SMS_MFA"),
            ("MFA_SETUP", "EMAIL", "new@example.com"),
            ("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD", PASSWORD),
        ] {
            let mut as_other = challenge.clone();
            as_other["ChallengeName"] = json!(name);
            give(&app, &as_other, "ada", parameter, value).await.fails(DENIED, INVALID);
        }
        let mut without = challenge.clone();
        without["Session"] = Value::Null;
        give_code(&app, &without, "ada", &code).await.fails(DENIED, INVALID);
        let mut changed = challenge.clone();
        let session = challenge["Session"].as_str().unwrap();
        let last = if session.ends_with('A') { 'B' } else { 'A' };
        changed["Session"] = json!(format!("{}{last}", &session[..session.len() - 1]));
        give_code(&app, &changed, "ada", &code).await.fails(DENIED, INVALID);
        // After all of it the session still answers its own challenge.
        tokens_of(give_code(&app, &challenge, "ada", &code).await);
    }

    /// A session of SMS_MFA is none of SOFTWARE_TOKEN_MFA.
    async fn another_factors_session_is_refused(server: TestServer) {
        let (pool, app, phone, _) = two_users(&server).await;
        let by_sms = json!({
            "Username": "ada", "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true },
        });
        pool.admin("AdminSetUserMFAPreference", by_sms).await.ok();
        let mut challenge = challenged(&app, "ada", "SMS_MFA").await;
        challenge["ChallengeName"] = json!("SOFTWARE_TOKEN_MFA");
        give_code(&app, &challenge, "ada", &phone.code(&server, 0)).await.fails(DENIED, INVALID);
    }

    /// Missing answers are named.
    async fn missing_answers_are_named(server: TestServer) {
        let (_, app, _, challenge) = two_users(&server).await;
        for (answers, name) in [
            (json!({ "SOFTWARE_TOKEN_MFA_CODE": "123456" }), "USERNAME"),
            (json!({ "USERNAME": "ada" }), "SOFTWARE_TOKEN_MFA_CODE"),
        ] {
            let text = format!("Missing required parameter {name}");
            respond(&app, &challenge, answers).await.fails("InvalidParameterException", &text);
        }
    }

    /// Three minutes, or as many as the client says.
    async fn a_session_expires(server: TestServer) {
        let (_, app, phone, challenge) = two_users(&server).await;
        server.advance(150).await;
        let wrong = phone.wrong_code(&server);
        give_code(&app, &challenge, "ada", &wrong).await.fails_as("CodeMismatchException");
        server.advance(30).await;
        give_code(&app, &challenge, "ada", &phone.code(&server, 0))
            .await
            .fails(DENIED, "Invalid session for the user, session is expired.");
    }

    /// What changes the user's credentials ends the sign-in; so does disabling the user.
    async fn a_change_of_credentials_ends_the_sign_in(server: TestServer) {
        let (pool, app, phone, challenge) = two_users(&server).await;
        call_for_user(&pool, "AdminDisableUser", "ada").await.ok();
        give_code(&app, &challenge, "ada", &phone.code(&server, 0))
            .await
            .fails(DENIED, "User is disabled.");
        call_for_user(&pool, "AdminEnableUser", "ada").await.ok();
        set_password(&pool, "ada", "An0ther-Donkey?", true).await.ok();
        give_code(&app, &challenge, "ada", &phone.code(&server, 0)).await.fails(DENIED, INVALID);
    }

    /// A second factor that is turned off between two steps does not void the session of the one that was asked
    /// for.
    async fn a_factor_that_was_asked_for_still_answers(server: TestServer) {
        let (_, app, phone, challenge) = two_users(&server).await;
        let other = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        let tokens = tokens_of(give_code(&app, &challenge, "ada", &phone.code(&server, 0)).await);
        let off = json!({ "SoftwareTokenMfaSettings": { "Enabled": false } });
        prefer(&app, &tokens, off).await.ok();
        tokens_of(give_code(&app, &other, "ada", &phone.code(&server, 1)).await);
    }

    /// Another node takes the next step.
    async fn another_node_goes_on(store: TestStore) {
        let one = TestServer::start(&store, |_| {}).await;
        let (_, app, phone, challenge) = two_users(&one).await;
        if store.url.starts_with("sqlite") {
            one.stop().await;
        }
        let other = TestServer::start(&store, |_| {}).await;
        let code = phone.code(&one, 0);
        // The other node's clock was not moved.
        other.advance(one.now().as_second() - other.now().as_second()).await;
        tokens_of(give_code(&app.at(&other), &challenge, "ada", &code).await);
        other.stop().await;
        if !store.url.starts_with("sqlite") {
            one.stop().await;
        }
    }
}
