//! USER_AUTH, section 5.7: the user chooses the first factor. Codes as first factors, and the session of ConfirmSignUp.

use serde_json::{Value, json};

use crate::support::answer::{Answer, member_names};
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::refusals::{incorrect, invalid_parameter, not_authorized};
use crate::support::sign_in::{WRONG_PASSWORD, initiate, respond, tokens_of};
use crate::support::sign_up::wrong_code_for;
use crate::support::totp::{begin_step, enrolled};
use crate::support::users::{call_for_user, confirmed_user, create_user, invited_user, status};
use crate::support::{AppClient, Pool, SrpClient, TestServer, both_stores};

const EMAIL: &str = "ada@example.com";
const PHONE: &str = "+15550100200";
const MISMATCH: &str = "Invalid code or auth state for the user.";
const INVALID: &str = "Invalid session for the user.";
const SPENT: &str = "Invalid session for the user, session can only be used once.";

/// A pool that takes codes, and a client for USER_AUTH.
async fn pool_with_codes(server: &TestServer, client: Value) -> (Pool, AppClient) {
    let pool = server
        .pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
            "Policies": {
                "SignInPolicy": {
                    "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"],
                },
            },
        }))
        .await;
    let mut settings = client;
    settings["ExplicitAuthFlows"] = json!([
        "ALLOW_USER_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH"
    ]);
    let app = pool.client(settings).await;
    (pool, app)
}

/// InitiateAuth with USER_AUTH.
async fn begin(app: &AppClient, username: &str, further: Value) -> Answer {
    let mut parameters = further;
    parameters["USERNAME"] = json!(username);
    initiate(app, "USER_AUTH", parameters).await
}

async fn select(app: &AppClient, challenge: &Value, username: &str, further: Value) -> Answer {
    let mut answers = further;
    answers["USERNAME"] = json!(username);
    respond(app, challenge, answers).await
}

async fn give(app: &AppClient, challenge: &Value, username: &str, code: &str) -> Answer {
    let parameter = format!("{}_CODE", challenge["ChallengeName"].as_str().unwrap());
    respond(
        app,
        challenge,
        json!({ "USERNAME": username, parameter: code }),
    )
    .await
}

both_stores! {
    /// Without a preference the user chooses; each choice leads to tokens.
    async fn the_user_chooses_the_first_factor(server: TestServer) {
        let (pool, app) = pool_with_codes(&server, json!({})).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL, "phone_number": PHONE })).await;
        for preferred in [json!({}), json!({ "PREFERRED_CHALLENGE": "WEB_AUTHN" })] {
            let challenge = begin(&app, "ada", preferred).await.ok();
            assert_eq!(
                member_names(&challenge),
                ["AvailableChallenges", "ChallengeName", "ChallengeParameters", "Session"]
            );
            assert_eq!(challenge["ChallengeName"], "SELECT_CHALLENGE");
            assert_eq!(challenge["ChallengeParameters"], json!({}));
            assert_eq!(
                challenge["AvailableChallenges"],
                json!(["EMAIL_OTP", "SMS_OTP", "PASSWORD_SRP", "PASSWORD"])
            );
            pool.inbox(EMAIL).stays_empty().await;

            let by_password = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
            let wrong = json!({ "ANSWER": "PASSWORD", "PASSWORD": WRONG_PASSWORD });
            incorrect(&select(&app, &challenge, "ada", wrong).await);
            tokens_of(select(&app, &challenge, "ada", by_password.clone()).await);
            not_authorized(&select(&app, &challenge, "ada", by_password).await, SPENT);
            let challenge = begin(&app, "ada", json!({})).await.ok();
            let srp = SrpClient::new();
            let by_srp = json!({ "ANSWER": "PASSWORD_SRP", "SRP_A": srp.a() });
            let verifier = select(&app, &challenge, "ada", by_srp).await.ok();
            assert_eq!(verifier["ChallengeName"], "PASSWORD_VERIFIER");
            tokens_of(
                app.call("RespondToAuthChallenge", srp.response(&app, &verifier, PASSWORD)).await,
            );
            let challenge = begin(&app, "ada", json!({})).await.ok();
            let sent = select(&app, &challenge, "ada", json!({ "ANSWER": "SMS_OTP" })).await.ok();
            assert_eq!(sent["ChallengeName"], "SMS_OTP");
            let code = pool.inbox(PHONE).code().await;
            tokens_of(give(&app, &sent, "ada", &code).await);
            // A code that was sent spends the choice.
            let again = select(&app, &challenge, "ada", json!({ "ANSWER": "SMS_OTP" })).await;
            not_authorized(&again, SPENT);
        }
    }

    /// What is missing beside a choice, or is none.
    async fn a_choice_is_checked(server: TestServer) {
        let (pool, app) = pool_with_codes(&server, json!({})).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL })).await;
        let challenge = begin(&app, "ada", json!({})).await.ok();
        for (answers, text) in [
            (json!({ "ANSWER": "PASSWORD" }), "Missing required parameter PASSWORD"),
            (json!({ "ANSWER": "PASSWORD_SRP" }), "Missing required parameter SRP_A"),
            (json!({}), "Missing required parameter ANSWER"),
            (json!({ "ANSWER": "SMS_OTP" }), "Invalid MFA type for the user."),
            (json!({ "ANSWER": "BANANA" }), "Invalid MFA type for the user."),
        ] {
            invalid_parameter(&select(&app, &challenge, "ada", answers).await, text);
        }
        let preferred = json!({ "PREFERRED_CHALLENGE": "PASSWORD" });
        let answer = begin(&app, "ada", preferred).await;
        invalid_parameter(&answer, "Missing required parameter PASSWORD");
        confirmed_user(&pool, "bob", json!({ "email": "bob@example.com" })).await;
        let chosen = json!({ "ANSWER": "EMAIL_OTP" });
        not_authorized(&select(&app, &challenge, "bob", chosen.clone()).await, INVALID);
        let other = pool.client(json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        not_authorized(&select(&other, &challenge, "ada", chosen.clone()).await, INVALID);
        server.advance(180).await;
        not_authorized(
            &select(&app, &challenge, "ada", chosen).await,
            "Invalid session for the user, session is expired.",
        );
    }

    /// The preferred factor comes at once, the password with its answer inline.
    async fn the_preferred_factor_comes_at_once(server: TestServer) {
        let (pool, app) = pool_with_codes(&server, json!({})).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL })).await;
        let inline = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD });
        tokens_of(begin(&app, "ada", inline).await);
        let wrong = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": WRONG_PASSWORD });
        incorrect(&begin(&app, "ada", wrong).await);
        let sent = begin(&app, "ada", json!({ "PREFERRED_CHALLENGE": "EMAIL_OTP" })).await.ok();
        assert_eq!(sent["ChallengeName"], "EMAIL_OTP");
        assert_eq!(
            sent["ChallengeParameters"],
            json!({
                "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
                "CODE_DELIVERY_DESTINATION": "a***@e***",
                "USER_ID_FOR_SRP": "ada",
            })
        );
        assert_eq!(
            sent["AvailableChallenges"],
            json!(["EMAIL_OTP", "PASSWORD_SRP", "PASSWORD"])
        );
        let code = pool.inbox(EMAIL).code().await;
        assert_eq!(code.len(), 8);
        give(&app, &sent, "ada", wrong_code_for(&code)).await.fails("CodeMismatchException", MISMATCH);
        assert_eq!(pool.attribute("ada", "email_verified").await, None);
        tokens_of(give(&app, &sent, "ada", &code).await);
        assert_eq!(pool.attribute("ada", "email_verified").await.as_deref(), Some("true"));
        not_authorized(&give(&app, &sent, "ada", &code).await, SPENT);
    }

    /// A user without a password signs up, confirms by the code, and signs in by codes; the first time with the
    /// session of ConfirmSignUp alone.
    async fn a_user_without_a_password_signs_in(server: TestServer) {
        let (pool, app) = pool_with_codes(&server, json!({})).await;
        let input = json!({
            "Username": "ada", "UserAttributes": attribute_list(&json!({ "email": EMAIL })),
        });
        app.call("SignUp", input).await.ok();
        let code = pool.inbox(EMAIL).code().await;
        let input = json!({ "Username": "ada", "ConfirmationCode": code });
        let confirmed = app.call("ConfirmSignUp", input).await.ok();
        assert_eq!(member_names(&confirmed), ["Session"]);
        let first = json!({
            "AuthFlow": "USER_AUTH", "AuthParameters": { "USERNAME": "ada" },
            "Session": confirmed["Session"],
        });
        tokens_of(app.call("InitiateAuth", first.clone()).await);
        not_authorized(&app.call("InitiateAuth", first).await, SPENT);
        // The only factor comes at once.
        let sent = begin(&app, "ada", json!({})).await.ok();
        assert_eq!(sent["ChallengeName"], "EMAIL_OTP");
        assert_eq!(sent["AvailableChallenges"], json!(["EMAIL_OTP"]));
        let code = pool.inbox(EMAIL).code().await;
        tokens_of(give(&app, &sent, "ada", &code).await);
        // Another client's sign-up hands nothing on.
        let plain = pool.client(json!({})).await;
        plain.sign_up("bob", json!({ "email": "bob@example.com" })).await.ok();
        let code = pool.inbox("bob@example.com").code().await;
        let input = json!({ "Username": "bob", "ConfirmationCode": code });
        assert_eq!(plain.call("ConfirmSignUp", input).await.ok(), json!({}));
    }

    /// A right code confirms a sign-up; a disabled user is told so only then.
    async fn a_right_code_confirms_a_sign_up(server: TestServer) {
        let (pool, app) = pool_with_codes(&server, json!({})).await;
        app.sign_up("ada", json!({ "email": EMAIL })).await.ok();
        pool.inbox(EMAIL).code().await;
        assert_eq!(status(&pool, "ada").await, "UNCONFIRMED");
        let preferred = json!({ "PREFERRED_CHALLENGE": "EMAIL_OTP" });
        let sent = begin(&app, "ada", preferred.clone()).await.ok();
        let code = pool.inbox(EMAIL).code().await;
        tokens_of(give(&app, &sent, "ada", &code).await);
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        let sent = begin(&app, "ada", preferred).await.ok();
        let code = pool.inbox(EMAIL).code().await;
        call_for_user(&pool, "AdminDisableUser", "ada").await.ok();
        not_authorized(&give(&app, &sent, "ada", &code).await, "User is disabled.");
    }

    /// A temporary password comes first, and a second factor excludes codes as the first.
    async fn passwords_only(server: TestServer) {
        let (pool, app) = pool_with_codes(&server, json!({})).await;
        invited_user(&pool, "ada", "Temp0rary-Donkey?", json!({ "email": EMAIL })).await;
        let preferred = json!({ "PREFERRED_CHALLENGE": "EMAIL_OTP" });
        let challenge = begin(&app, "ada", preferred.clone()).await.ok();
        assert_eq!(challenge["ChallengeName"], "SELECT_CHALLENGE");
        assert_eq!(challenge["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]));
        confirmed_user(&pool, "bob", json!({ "email": "bob@example.com" })).await;
        let mfa = json!({ "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {} });
        pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
        let on = json!({ "Username": "bob", "EmailMfaSettings": { "Enabled": true } });
        pool.admin("AdminSetUserMFAPreference", on).await.ok();
        let challenge = begin(&app, "bob", preferred).await.ok();
        assert_eq!(challenge["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]));
        // The second factor follows, and its session is none of a first factor.
        let by_password = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
        let second = select(&app, &challenge, "bob", by_password).await.ok();
        assert_eq!(second["ChallengeName"], "EMAIL_OTP");
        assert!(second.get("AvailableChallenges").is_none());
        let code = pool.inbox("bob@example.com").code().await;
        tokens_of(give(&app, &second, "bob", &code).await);
    }

    /// Where users are hidden, a name that nobody has is asked and refused as a user is.
    async fn a_name_that_nobody_has_is_answered_alike(server: TestServer) {
        let hides = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let (pool, app) = pool_with_codes(&server, hides).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL, "phone_number": PHONE })).await;
        let mut seen = Vec::new();
        for name in ["ada", "nobody"] {
            let challenge = begin(&app, name, json!({})).await.ok();
            let session = challenge["Session"].as_str().unwrap().len();
            let sent = select(&app, &challenge, name, json!({ "ANSWER": "EMAIL_OTP" })).await.ok();
            let sent_session = sent["Session"].as_str().unwrap().len();
            give(&app, &sent, name, "abcdef").await.fails("CodeMismatchException", MISMATCH);
            not_authorized(
                &select(&app, &challenge, name, json!({ "ANSWER": "EMAIL_OTP" })).await,
                SPENT,
            );
            let wrong = json!({ "ANSWER": "PASSWORD", "PASSWORD": WRONG_PASSWORD });
            let challenge = begin(&app, name, json!({})).await.ok();
            incorrect(&select(&app, &challenge, name, wrong).await);
            let mut parameters = sent["ChallengeParameters"].clone();
            parameters["USER_ID_FOR_SRP"] = json!(null);
            seen.push((
                session,
                sent_session,
                member_names(&sent).join(" "),
                parameters,
                sent["AvailableChallenges"].clone(),
            ));
        }
        assert_eq!(seen[0], seen[1]);
        let plain = pool.client(json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        begin(&plain, "nobody", json!({}))
            .await
            .fails("UserNotFoundException", "User does not exist.");
    }

    /// Guessed codes lock the codes out; a user who can begin with nothing is refused as with a wrong password.
    async fn guesses_and_dead_ends(server: TestServer) {
        let (pool, app) = pool_with_codes(&server, json!({})).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL })).await;
        let sent = begin(&app, "ada", json!({ "PREFERRED_CHALLENGE": "EMAIL_OTP" })).await.ok();
        let code = pool.inbox(EMAIL).code().await;
        for _ in 0..5 {
            give(&app, &sent, "ada", wrong_code_for(&code))
                .await
                .fails("CodeMismatchException", MISMATCH);
        }
        not_authorized(&give(&app, &sent, "ada", &code).await, "Password attempts exceeded");
        server.advance(2).await;
        tokens_of(give(&app, &sent, "ada", &code).await);
        create_user(&pool, "bob", json!({})).await.ok();
        let answer = begin(&app, "bob", json!({})).await;
        assert_eq!(answer.ok()["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]));
    }

    /// A code that a second factor follows has verified the address, and is used up.
    async fn a_second_factor_follows_a_code_that_is_used_up(server: TestServer) {
        let (pool, app) = pool_with_codes(&server, json!({})).await;
        let apps = json!({
            "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        pool.admin("SetUserPoolMfaConfig", apps).await.ok();
        confirmed_user(&pool, "ada", json!({ "email": EMAIL })).await;
        assert_eq!(pool.attribute("ada", "email_verified").await, None);
        let preferred = json!({ "PREFERRED_CHALLENGE": "EMAIL_OTP" });
        let first = begin(&app, "ada", preferred).await.ok();
        let code = pool.inbox(EMAIL).code().await;
        begin_step(&server).await;
        let phone = enrolled(&app, &app.sign_in("ada").await).await;
        begin_step(&server).await;
        let challenge = give(&app, &first, "ada", &code).await.ok();
        assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        assert_eq!(pool.attribute("ada", "email_verified").await.as_deref(), Some("true"));
        not_authorized(&give(&app, &first, "ada", &code).await, SPENT);
        tokens_of(give(&app, &challenge, "ada", &phone.code(&server, 0)).await);
    }
}
