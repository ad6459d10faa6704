//! MFA_SETUP: a second factor is set up during a sign-in, because the pool requires one.

use serde_json::{Value, json};

use super::{challenged, give, give_code, pool_with_factors, set_factors};
use crate::support::answer::Answer;
use crate::support::sign_in::{choose_password, respond, tokens_of};
use crate::support::tokens::get_user;
use crate::support::totp::{AuthenticatorApp, begin_step};
use crate::support::users::{confirmed_user, invited_user};
use crate::support::{AppClient, TestServer, both_stores};

const SPENT: &str = "Invalid session for the user, session can only be used once.";

/// An operation whose only input beside the session is `input`.
async fn with_session(app: &AppClient, operation: &str, session: &Value, input: Value) -> Answer {
    let mut input = input;
    input["Session"] = session.clone();
    app.pool.endpoint().client.call(operation, input).await
}

/// AssociateSoftwareToken and VerifySoftwareToken; returns the app, and the challenge with the last session.
async fn prove(app: &AppClient, challenge: &Value) -> (AuthenticatorApp, Value) {
    begin_step(app.pool.endpoint()).await;
    let associated = with_session(
        app,
        "AssociateSoftwareToken",
        &challenge["Session"],
        json!({}),
    )
    .await
    .ok();
    let phone = AuthenticatorApp::new(&associated);
    let input = json!({ "UserCode": phone.code(app.pool.endpoint(), 0) });
    let verified = with_session(app, "VerifySoftwareToken", &associated["Session"], input)
        .await
        .ok();
    assert_eq!(verified["Status"], "SUCCESS");
    let mut last = challenge.clone();
    last["Session"] = verified["Session"].clone();
    (phone, last)
}

both_stores! {
    /// The whole set-up of an authenticator app; the factor is on from then on.
    async fn an_app_is_set_up_during_the_sign_in(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "ON").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let challenge = challenged(&app, "ada", "MFA_SETUP").await;
        assert_eq!(
            challenge["ChallengeParameters"],
            json!({
                "MFAS_CAN_SETUP": r#"["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]"#,
                "USER_ID_FOR_SRP": "ada",
            })
        );
        let (phone, last) = prove(&app, &challenge).await;
        // Nothing is stored before the sign-in ends.
        assert!(pool.user("ada").await.ok().get("UserMFASettingList").is_none());
        let answer = respond(&app, &last, json!({ "USERNAME": "ada" })).await;
        assert_eq!(answer.clone().ok()["ChallengeParameters"], json!({}));
        let tokens = tokens_of(answer);
        get_user(&app, &tokens.access).await.ok();
        respond(&app, &last, json!({ "USERNAME": "ada" }))
            .await
            .fails("NotAuthorizedException", SPENT);
        let user = pool.user("ada").await.ok();
        assert_eq!(user["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));

        let next = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        give_code(&app, &next, "ada", &phone.code(&server, 0)).await.fails(
            "ExpiredCodeException",
            "Your software token has already been used once.",
        );
        server.advance(30).await;
        tokens_of(give_code(&app, &next, "ada", &phone.code(&server, 0)).await);
    }

    /// Nothing but a proven app completes the set-up.
    async fn a_set_up_that_is_not_proven_signs_nobody_in(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "ON").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let challenge = challenged(&app, "ada", "MFA_SETUP").await;
        let invalid = "Invalid session for the user.";
        respond(&app, &challenge, json!({ "USERNAME": "ada" }))
            .await
            .fails("NotAuthorizedException", invalid);
        let associated =
            with_session(&app, "AssociateSoftwareToken", &challenge["Session"], json!({})).await.ok();
        let mut unproven = challenge.clone();
        unproven["Session"] = associated["Session"].clone();
        respond(&app, &unproven, json!({ "USERNAME": "ada" }))
            .await
            .fails("NotAuthorizedException", invalid);
        let phone = AuthenticatorApp::new(&associated);
        let wrong = json!({ "UserCode": phone.wrong_code(&server) });
        with_session(&app, "VerifySoftwareToken", &associated["Session"], wrong)
            .await
            .fails("EnableSoftwareTokenMFAException", "Code mismatch");
        // Without an app being set up in that session.
        let code = json!({ "UserCode": phone.code(&server, 0) });
        with_session(&app, "VerifySoftwareToken", &challenge["Session"], code)
            .await
            .fails("EnableSoftwareTokenMFAException", "Code mismatch");
        for (operation, input) in [
            ("AssociateSoftwareToken", json!({})),
            ("VerifySoftwareToken", json!({ "UserCode": "123456" })),
        ] {
            let mut garbled = input.clone();
            garbled["Session"] = json!("AYABeAAAAAAAAAAAAAAAAAAAA");
            app.pool.endpoint().client.call(operation, garbled).await
                .fails("NotAuthorizedException", invalid);
            app.pool.endpoint().client.call(operation, input).await.fails(
                "InvalidParameterException",
                "Either the access token or the session must be given.",
            );
        }
    }

    /// EMAIL: a code goes to the address, which becomes the user's, verified, with the sign-in.
    async fn an_email_address_is_set_up_during_the_sign_in(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "ON").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let challenge = challenged(&app, "ada", "MFA_SETUP").await;
        give(&app, &challenge, "ada", "EMAIL", "not an address")
            .await
            .fails("InvalidParameterException", "Invalid email address format.");
        let sent = give(&app, &challenge, "ada", "EMAIL", "new@example.com").await.ok();
        assert_eq!(sent["ChallengeName"], "EMAIL_OTP");
        assert_eq!(pool.attribute("ada", "email").await, None);
        let code = pool.inbox("new@example.com").code().await;
        give(&app, &challenge, "ada", "EMAIL", "other@example.com")
            .await
            .fails("NotAuthorizedException", SPENT);
        let tokens = tokens_of(give(&app, &sent, "ada", "EMAIL_OTP_CODE", &code).await);
        let user = get_user(&app, &tokens.access).await.ok();
        assert_eq!(user["UserMFASettingList"], json!(["EMAIL_OTP"]));
        assert_eq!(pool.attribute("ada", "email").await.as_deref(), Some("new@example.com"));
        assert_eq!(pool.attribute("ada", "email_verified").await.as_deref(), Some("true"));
    }

    /// After NEW_PASSWORD_REQUIRED the second factor still comes, and no token before it.
    async fn the_second_factor_comes_after_the_new_password(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "ON").await;
        invited_user(&pool, "ada", "Temp0rary-Donkey?", json!({})).await;
        let first = app.initiate("ada", "Temp0rary-Donkey?").await.ok();
        assert_eq!(first["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let second = choose_password(&app, &first, crate::support::pools::PASSWORD, json!({})).await.ok();
        assert_eq!(second["ChallengeName"], "MFA_SETUP");
        assert!(second.get("AuthenticationResult").is_none());
        choose_password(&app, &first, crate::support::pools::PASSWORD, json!({}))
            .await
            .fails("NotAuthorizedException", SPENT);
        let (_, last) = prove(&app, &second).await;
        tokens_of(respond(&app, &last, json!({ "USERNAME": "ada" })).await);
    }

    /// The first sign-in right after the confirmation needs no second factor, the second does.
    async fn the_first_sign_in_after_the_confirmation_passes(server: TestServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        set_factors(&pool, "ON").await.ok();
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        app.sign_in("ada").await;
        challenged(&app, "ada", "MFA_SETUP").await;
    }

    /// The session of a set-up that another sign-in has completed meanwhile is void.
    async fn a_set_up_that_was_overtaken_is_void(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "ON").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let slow = challenged(&app, "ada", "MFA_SETUP").await;
        let (_, slow) = prove(&app, &slow).await;
        let quick = challenged(&app, "ada", "MFA_SETUP").await;
        let (phone, quick) = prove(&app, &quick).await;
        tokens_of(respond(&app, &quick, json!({ "USERNAME": "ada" })).await);
        respond(&app, &slow, json!({ "USERNAME": "ada" }))
            .await
            .fails("NotAuthorizedException", "Invalid session for the user.");
        server.advance(30).await;
        let next = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        tokens_of(give_code(&app, &next, "ada", &phone.code(&server, 0)).await);
    }

    /// A user who has an address keeps it: another one is refused, and nothing is sent.
    async fn the_set_up_does_not_replace_an_address(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "ON").await;
        let own = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", own).await;
        let challenge = challenged(&app, "ada", "MFA_SETUP").await;
        give(&app, &challenge, "ada", "EMAIL", "mallory@example.com")
            .await
            .fails("InvalidParameterException", "Invalid MFA type for the user.");
        pool.inbox("mallory@example.com").stays_empty().await;
        let sent = give(&app, &challenge, "ada", "EMAIL", "Ada@example.com").await.ok();
        let code = pool.inbox("ada@example.com").code().await;
        tokens_of(give(&app, &sent, "ada", "EMAIL_OTP_CODE", &code).await);
        assert_eq!(pool.attribute("ada", "email").await.as_deref(), Some("ada@example.com"));
    }

    /// A code that was sent to set an address up is void once another factor is set up.
    async fn a_code_of_an_overtaken_set_up_is_void(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "ON").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let by_email = challenged(&app, "ada", "MFA_SETUP").await;
        let sent = give(&app, &by_email, "ada", "EMAIL", "new@example.com").await.ok();
        let code = pool.inbox("new@example.com").code().await;
        let by_app = challenged(&app, "ada", "MFA_SETUP").await;
        let (_, last) = prove(&app, &by_app).await;
        tokens_of(respond(&app, &last, json!({ "USERNAME": "ada" })).await);
        give(&app, &sent, "ada", "EMAIL_OTP_CODE", &code)
            .await
            .fails("NotAuthorizedException", "Invalid session for the user.");
        assert_eq!(pool.attribute("ada", "email").await, None);
    }
}
