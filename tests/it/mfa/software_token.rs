//! Authenticator apps: set up with an access token, and used.

use serde_json::json;

use super::{associated, challenged, enrolled, give_code, pool_with_factors, prefer};
use crate::support::answer::member_names;
use crate::support::parallel::{at_once, tally};
use crate::support::pools::PASSWORD;
use crate::support::sign_in::tokens_of;
use crate::support::tokens::get_user;
use crate::support::totp::AuthenticatorApp;
use crate::support::users::confirmed_user;
use crate::support::{SrpClient, TestServer, both_stores};

const MISMATCH: &str = "Invalid code received for user";

both_stores! {
    /// AssociateSoftwareToken, VerifySoftwareToken, SetUserMFAPreference; then a sign-in asks for a code of the app.
    async fn an_app_is_set_up_and_asked_for(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let answer = app
            .with_token("AssociateSoftwareToken", &tokens.access, json!({}))
            .await
            .ok();
        assert_eq!(member_names(&answer), ["SecretCode"]);
        assert_eq!(answer["SecretCode"].as_str().unwrap().len(), 52);
        let phone = AuthenticatorApp::new(&answer);
        let input = json!({ "UserCode": phone.code(&server, 0), "FriendlyDeviceName": "my phone" });
        let answer = app.with_token("VerifySoftwareToken", &tokens.access, input).await;
        assert_eq!(answer.ok(), json!({ "Status": "SUCCESS" }));

        // Only the preference makes it a factor.
        app.sign_in("ada").await;
        let user = get_user(&app, &tokens.access).await.ok();
        assert!(user.get("UserMFASettingList").is_none() && user.get("PreferredMfaSetting").is_none());
        let on = json!({ "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true } });
        assert_eq!(prefer(&app, &tokens, on).await.ok(), json!({}));
        for user in [get_user(&app, &tokens.access).await.ok(), pool.user("ada").await.ok()] {
            assert_eq!(user["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));
            assert_eq!(user["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
        }

        let challenge = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        assert_eq!(
            challenge["ChallengeParameters"],
            json!({ "USER_ID_FOR_SRP": "ada", "FRIENDLY_DEVICE_NAME": "my phone" })
        );
        server.advance(30).await;
        let answer = give_code(&app, &challenge, "ada", &phone.code(&server, 0)).await.ok();
        assert_eq!(answer["ChallengeParameters"], json!({}));
        // By SRP too.
        let challenge = SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
        assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        tokens_of(give_code(&app, &challenge, "ada", &phone.code(&server, 1)).await);
    }

    /// A wrong code leaves the session usable; the right one spends it.
    async fn a_wrong_code_leaves_the_session_usable(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let phone = enrolled(&app, &app.sign_in("ada").await).await;
        let challenge = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        for code in [phone.wrong_code(&server), "12345".to_owned(), "abcdef".to_owned()] {
            give_code(&app, &challenge, "ada", &code)
                .await
                .fails("CodeMismatchException", MISMATCH);
        }
        let code = phone.code(&server, 0);
        tokens_of(give_code(&app, &challenge, "ada", &code).await);
        give_code(&app, &challenge, "ada", &code).await.fails(
            "NotAuthorizedException",
            "Invalid session for the user, session can only be used once.",
        );
    }

    /// No code counts twice, nor an older one after a newer; the clock of the app may be a step off.
    async fn no_code_counts_twice(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let phone = enrolled(&app, &app.sign_in("ada").await).await;
        let code = phone.code(&server, 0);
        let challenge = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        tokens_of(give_code(&app, &challenge, "ada", &code).await);
        let challenge = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        for steps in [0, -1] {
            let used = phone.code(&server, steps);
            give_code(&app, &challenge, "ada", &used).await.fails(
                "ExpiredCodeException",
                "Your software token has already been used once.",
            );
        }
        give_code(&app, &challenge, "ada", &phone.code(&server, 2))
            .await
            .fails("CodeMismatchException", MISMATCH);
        tokens_of(give_code(&app, &challenge, "ada", &phone.code(&server, 1)).await);
    }

    /// Of many answers at once with one code, in one session and in several, one signs in.
    async fn one_of_many_answers_at_once_signs_in(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let phone = enrolled(&app, &app.sign_in("ada").await).await;
        let one = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        let other = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        let code = phone.code(&server, 0);
        let answers = at_once(8, |number| {
            let (app, code) = (app.clone(), code.clone());
            let challenge = if number % 2 == 0 { one.clone() } else { other.clone() };
            async move { give_code(&app, &challenge, "ada", &code).await }
        })
        .await;
        let (succeeded, _) = tally(&answers);
        assert_eq!(succeeded, 1, "{answers:?}");
    }

    /// Codes that are guessed lock the second factor, by an exponential lock-out; the right code is refused
    /// meanwhile, and accepted after it.
    async fn guesses_lock_the_factor_out(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let phone = enrolled(&app, &app.sign_in("ada").await).await;
        let challenge = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        for _ in 0..5 {
            give_code(&app, &challenge, "ada", &phone.wrong_code(&server))
                .await
                .fails("CodeMismatchException", MISMATCH);
        }
        give_code(&app, &challenge, "ada", &phone.code(&server, 0))
            .await
            .fails("NotAuthorizedException", "Password attempts exceeded");
        // The password is not locked by it.
        challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        server.advance(2).await;
        tokens_of(give_code(&app, &challenge, "ada", &phone.code(&server, 0)).await);
    }

    /// A code that does not prove the app changes nothing; nor does verifying without associating.
    async fn a_code_that_proves_nothing_is_refused(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let verify = async |code: &str| {
            let input = json!({ "UserCode": code });
            app.with_token("VerifySoftwareToken", &tokens.access, input).await
        };
        let error = ("EnableSoftwareTokenMFAException", "Code mismatch");
        verify("123456").await.fails(error.0, error.1);
        let answer = app
            .with_token("AssociateSoftwareToken", &tokens.access, json!({}))
            .await
            .ok();
        let phone = AuthenticatorApp::new(&answer);
        verify(&phone.wrong_code(&server)).await.fails(error.0, error.1);
        prefer(&app, &tokens, json!({ "SoftwareTokenMfaSettings": { "Enabled": true } }))
            .await
            .fails(
                "InvalidParameterException",
                "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
            );
        let code = phone.code(&server, 0);
        verify(&code).await.ok();
        // It is proven, and no other is being set up.
        verify(&code).await.fails(error.0, error.1);
    }

    /// The app that the user has works until a new one is proven, and not afterwards.
    async fn a_new_app_takes_the_place_of_the_old_one_once_it_is_proven(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let old = enrolled(&app, &tokens).await;
        app.with_token("AssociateSoftwareToken", &tokens.access, json!({})).await.ok();
        let challenge = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        tokens_of(give_code(&app, &challenge, "ada", &old.code(&server, 0)).await);
        let new = associated(&app, &tokens).await;
        server.advance(60).await;
        let challenge = challenged(&app, "ada", "SOFTWARE_TOKEN_MFA").await;
        give_code(&app, &challenge, "ada", &old.code(&server, 0))
            .await
            .fails("CodeMismatchException", MISMATCH);
        tokens_of(give_code(&app, &challenge, "ada", &new.code(&server, 0)).await);
    }

    /// A pool without authenticator apps.
    async fn a_pool_without_apps_refuses_them(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        for (operation, input) in [
            ("AssociateSoftwareToken", json!({})),
            ("VerifySoftwareToken", json!({ "UserCode": "123456" })),
        ] {
            app.with_token(operation, &tokens.access, input).await.fails(
                "SoftwareTokenMFANotFoundException",
                "Software Token MFA has not been enabled by the userPool",
            );
        }
    }
}
