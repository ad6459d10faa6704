//! Custom sign-in: its events member by member, and its course with and without a password (behaviour 5.8,
//! administration 12.5).

use serde_json::{Value, json};

use super::function::{Function, answered, expected_event, pool_with, thrown};
use crate::support::pools::{PASSWORD, laid_over};
use crate::support::sign_in::{initiate, respond, tokens_of};
use crate::support::srp::SrpClient;
use crate::support::totp::{AuthenticatorApp, begin_step};
use crate::support::users::{confirmed_user, invited_user};
use crate::support::{Answer, AppClient, Pool, TestServer, TestStore, both_stores};

pub const DEFINE: &str = "DefineAuthChallenge_Authentication";
pub const CREATE: &str = "CreateAuthChallenge_Authentication";
pub const VERIFY: &str = "VerifyAuthChallengeResponse_Authentication";
pub const TRIGGERS: [&str; 3] = [
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallengeResponse",
];
pub const NOT_AUTHORIZED: &str = "NotAuthorizedException";
const WRONG: &str = "Incorrect username or password.";
pub const INVALID_SESSION: &str = "Invalid session for the user.";
pub const INVALID_ANSWER: (&str, &str) = (
    "InvalidLambdaResponseException",
    "Unrecognizable lambda output",
);

/// What a client needs for these tests.
pub fn flows() -> Value {
    json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"] })
}

/// What the samples of AWS's guide do: the password first where the client begins with it, then a question, three
/// wrong answers end it. `padding` makes the private parameters long.
pub fn quiz(mut event: Value, padding: usize) -> Value {
    let session = event["request"]["session"].as_array().cloned();
    let session = session.unwrap_or_default();
    let named = |name: &str| {
        session.last().is_some_and(|last| {
            last["challengeName"] == json!(name) && last["challengeResult"] == json!(true)
        })
    };
    let wrong = session
        .iter()
        .filter(|one| one["challengeResult"] == json!(false));
    let (source, request) = (event["triggerSource"].clone(), event["request"].clone());
    let response = &mut event["response"];
    match source.as_str().unwrap() {
        DEFINE if wrong.count() >= 3 => response["failAuthentication"] = json!(true),
        DEFINE if named("CUSTOM_CHALLENGE") => response["issueTokens"] = json!(true),
        DEFINE if named("SRP_A") => response["challengeName"] = json!("PASSWORD_VERIFIER"),
        DEFINE => response["challengeName"] = json!("CUSTOM_CHALLENGE"),
        CREATE => {
            *response = json!({
                "publicChallengeParameters": { "question": "7 + 7" },
                "privateChallengeParameters": { "answer": "14", "padding": "x".repeat(padding) },
                "challengeMetadata": format!("ROUND_{}", session.len()),
            });
        }
        VERIFY => {
            let right = request["privateChallengeParameters"]["answer"].clone();
            response["answerCorrect"] = json!(request["challengeAnswer"] == right);
        }
        _ => {}
    }
    event
}

pub async fn with_quiz(
    store: &TestStore,
    padding: usize,
) -> (TestServer, Function, Pool, AppClient) {
    let sms = json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
        "AutoVerifiedAttributes": ["email", "phone_number"],
    });
    let (server, function, pool) = pool_with(store, &TRIGGERS, sms).await;
    function.answers(move |event| answered(&quiz(event, padding)));
    let app = pool.client(flows()).await;
    (server, function, pool, app)
}

pub async fn begin(app: &AppClient, username: &str) -> Value {
    initiate(app, "CUSTOM_AUTH", json!({ "USERNAME": username }))
        .await
        .ok()
}

pub async fn give(app: &AppClient, challenge: &Value, username: &str, answer: &str) -> Answer {
    respond(
        app,
        challenge,
        json!({ "USERNAME": username, "ANSWER": answer }),
    )
    .await
}

async fn begin_with_srp(app: &AppClient, client: &SrpClient, username: &str) -> Answer {
    let parameters =
        json!({ "USERNAME": username, "CHALLENGE_NAME": "SRP_A", "SRP_A": client.a() });
    initiate(app, "CUSTOM_AUTH", parameters).await
}

fn past(name: &str, result: bool, metadata: Option<&str>) -> Value {
    json!({
        "challengeName": name, "challengeResult": result, "challengeMetadata": metadata,
    })
}

both_stores! {
    async fn its_events_are_those_that_aws_documents(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        let sub = confirmed_user(&pool, "ada", json!({ "email": "ada@example.com" })).await;
        let attributes = json!({
            "sub": sub, "cognito:user_status": "CONFIRMED", "email": "ada@example.com",
        });
        // The metadata of InitiateAuth are not for these functions.
        let input = json!({
            "AuthFlow": "CUSTOM_AUTH", "AuthParameters": { "USERNAME": "ada" },
            "ClientMetadata": { "at": "begin" },
        });
        let challenge = app.call("InitiateAuth", input).await.ok();
        assert_eq!(challenge["ChallengeName"], "CUSTOM_CHALLENGE");
        let parameters = json!({ "question": "7 + 7", "USERNAME": "ada" });
        assert_eq!(challenge["ChallengeParameters"], parameters);
        assert!(challenge["Session"].as_str().unwrap().starts_with("AYABe"));
        let of = |source| (source, "ada", app.id.as_str());
        let decision =
            json!({ "challengeName": null, "issueTokens": null, "failAuthentication": null });
        let made = json!({
            "publicChallengeParameters": null, "privateChallengeParameters": null,
            "challengeMetadata": null,
        });
        let request = json!({ "userAttributes": attributes, "session": [], "userNotFound": false });
        let expected = expected_event(&pool, of(DEFINE), request.clone(), decision.clone());
        assert_eq!(function.event(DEFINE), expected);
        let request = laid_over(request, json!({ "challengeName": "CUSTOM_CHALLENGE" }));
        assert_eq!(function.event(CREATE), expected_event(&pool, of(CREATE), request, made.clone()));

        function.forget();
        let input = json!({
            "ChallengeName": "CUSTOM_CHALLENGE", "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "ada", "ANSWER": "15" },
            "ClientMetadata": { "at": "answer" },
        });
        let again = app.call("RespondToAuthChallenge", input).await.ok();
        assert_eq!(again["ChallengeName"], "CUSTOM_CHALLENGE");
        assert_eq!(function.sources(), [VERIFY, DEFINE, CREATE]);
        let request = json!({
            "userAttributes": attributes,
            "privateChallengeParameters": { "answer": "14", "padding": "" },
            "challengeAnswer": "15",
            "clientMetadata": { "at": "answer" },
            "userNotFound": false,
        });
        let response = json!({ "answerCorrect": null });
        assert_eq!(function.event(VERIFY), expected_event(&pool, of(VERIFY), request, response));
        let request = json!({
            "userAttributes": attributes,
            "session": [past("CUSTOM_CHALLENGE", false, Some("ROUND_0"))],
            "clientMetadata": { "at": "answer" },
            "userNotFound": false,
        });
        let expected = expected_event(&pool, of(DEFINE), request.clone(), decision);
        assert_eq!(function.event(DEFINE), expected);
        let request = laid_over(request, json!({ "challengeName": "CUSTOM_CHALLENGE" }));
        assert_eq!(function.event(CREATE), expected_event(&pool, of(CREATE), request, made));
        tokens_of(give(&app, &again, "ada", "14").await);
        server.stop().await;
    }

    /// The service counts no tries: the function does.
    async fn the_function_ends_it_after_three_wrong_answers(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let first = begin(&app, "ada").await;
        let second = give(&app, &first, "ada", "1").await.ok();
        let third = give(&app, &second, "ada", "2").await.ok();
        assert_ne!(first["Session"], second["Session"]);
        give(&app, &third, "ada", "3").await.fails(NOT_AUTHORIZED, WRONG);
        let calls = function.calls().len();
        // Sessions that were answered are worth nothing, also with the right answer.
        for used in [&first, &second, &third] {
            give(&app, used, "ada", "14").await.fails(NOT_AUTHORIZED, INVALID_SESSION);
        }
        assert_eq!(function.calls().len(), calls);
        tokens_of(give(&app, &begin(&app, "ada").await, "ada", "14").await);
        server.stop().await;
    }

    async fn the_password_can_come_first(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let client = SrpClient::new();
        let verifier = begin_with_srp(&app, &client, "ada").await.ok();
        assert_eq!(verifier["ChallengeName"], "PASSWORD_VERIFIER");
        let begun = json!([past("SRP_A", true, None)]);
        assert_eq!(function.event(DEFINE)["request"]["session"], begun);
        function.forget();
        let wrong = client.response(&app, &verifier, "Wr0ng-Donkey?");
        app.call("RespondToAuthChallenge", wrong).await.fails(NOT_AUTHORIZED, WRONG);
        assert!(function.calls().is_empty());
        let right = client.response(&app, &verifier, PASSWORD);
        let question = app.call("RespondToAuthChallenge", right.clone()).await.ok();
        assert_eq!(question["ChallengeName"], "CUSTOM_CHALLENGE");
        let proven = json!([past("SRP_A", true, None), past("PASSWORD_VERIFIER", true, None)]);
        assert_eq!(function.event(DEFINE)["request"]["session"], proven);
        app.call("RespondToAuthChallenge", right).await.fails(
            NOT_AUTHORIZED,
            "Invalid session for the user, session can only be used once.",
        );
        tokens_of(give(&app, &question, "ada", "14").await);
        // Bad values are refused before a function is asked.
        function.forget();
        let zero = json!({ "USERNAME": "ada", "CHALLENGE_NAME": "SRP_A", "SRP_A": "0" });
        assert_eq!(initiate(&app, "CUSTOM_AUTH", zero).await.status, 400);
        let none = json!({ "USERNAME": "ada", "CHALLENGE_NAME": "SRP_A" });
        initiate(&app, "CUSTOM_AUTH", none)
            .await
            .fails("InvalidParameterException", "Missing required parameter SRP_A");
        assert!(function.calls().is_empty());
        server.stop().await;
    }

    async fn a_second_factor_comes_between_the_password_and_the_question(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        let phone = "+12065550200";
        confirmed_user(&pool, "ada", json!({ "phone_number": phone })).await;
        let input = json!({ "Username": "ada", "SMSMfaSettings": { "Enabled": true } });
        pool.admin("AdminSetUserMFAPreference", input).await.ok();
        let client = SrpClient::new();
        let verifier = begin_with_srp(&app, &client, "ada").await.ok();
        let right = client.response(&app, &verifier, PASSWORD);
        let sms = app.call("RespondToAuthChallenge", right).await.ok();
        assert_eq!(sms["ChallengeName"], "SMS_MFA");
        function.forget();
        let code = pool.inbox(phone).code().await;
        let given = json!({ "USERNAME": "ada", "SMS_MFA_CODE": code });
        let question = respond(&app, &sms, given.clone()).await.ok();
        assert_eq!(question["ChallengeName"], "CUSTOM_CHALLENGE");
        let proven = json!([
            past("SRP_A", true, None),
            past("PASSWORD_VERIFIER", true, None),
            past("SMS_MFA", true, None),
        ]);
        assert_eq!(function.event(DEFINE)["request"]["session"], proven);
        // What the code has proven is written, whatever comes of the question.
        let is_verified = pool.attribute("ada", "phone_number_verified").await;
        assert_eq!(is_verified.as_deref(), Some("true"));
        respond(&app, &sms, given).await.fails(
            NOT_AUTHORIZED,
            "Invalid session for the user, session can only be used once.",
        );
        tokens_of(give(&app, &question, "ada", "14").await);
        // Without a password the functions stand for everything.
        tokens_of(give(&app, &begin(&app, "ada").await, "ada", "14").await);
        server.stop().await;
    }

    async fn an_administrator_can_begin_and_answer(store: TestStore) {
        let (server, _, pool, app) = with_quiz(&store, 0).await;
        // A temporary password is not asked to be replaced.
        invited_user(&pool, "ada", PASSWORD, json!({})).await;
        let input = json!({
            "ClientId": app.id, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": { "USERNAME": "ada" },
        });
        let challenge = pool.admin("AdminInitiateAuth", input).await.ok();
        let input = json!({
            "ClientId": app.id, "ChallengeName": "CUSTOM_CHALLENGE", "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "ada", "ANSWER": "14" },
        });
        tokens_of(pool.admin("AdminRespondToAuthChallenge", input).await);
        server.stop().await;
    }

    async fn decisions_that_cannot_be_carried_out_are_refused(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let plain = || initiate(&app, "CUSTOM_AUTH", json!({ "USERNAME": "ada" }));
        for decision in [
            json!({}),
            json!({ "challengeName": "" }),
            json!({ "challengeName": "SMS_MFA" }),
            json!({ "challengeName": "PASSWORD_VERIFIER" }),
        ] {
            function.responds(DEFINE, decision);
            plain().await.fails(INVALID_ANSWER.0, INVALID_ANSWER.1);
        }
        // Whoever sends SRP's A has proven nothing.
        function.responds(DEFINE, json!({ "issueTokens": true }));
        let client = SrpClient::new();
        begin_with_srp(&app, &client, "ada").await.fails(INVALID_ANSWER.0, INVALID_ANSWER.1);
        function.responds(DEFINE, json!({ "failAuthentication": true, "issueTokens": true }));
        plain().await.fails(NOT_AUTHORIZED, WRONG);
        function.answers(|event| {
            if event["triggerSource"] == json!(CREATE) {
                return thrown("'challengeMetaData'");
            }
            answered(&quiz(event, 0))
        });
        plain().await.fails(
            "UserLambdaValidationException",
            "CreateAuthChallenge failed with error 'challengeMetaData'.",
        );
        let sessions = store.ask("SELECT session_id FROM sessions").await;
        assert!(sessions.is_empty(), "{sessions:?}");
        let without = server.pool(json!({})).await.client(flows()).await;
        initiate(&without, "CUSTOM_AUTH", json!({ "USERNAME": "ada" })).await.fails(
            "InvalidParameterException",
            "Custom auth lambda trigger is not configured for the user pool.",
        );
        server.stop().await;
    }

    /// Where users are hidden, the functions are asked for a name that nobody has, and let nobody in by it.
    async fn a_name_that_nobody_has_is_asked_the_same(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        initiate(&app, "CUSTOM_AUTH", json!({ "USERNAME": "nob" }))
            .await
            .fails("UserNotFoundException", "User does not exist.");
        assert!(function.calls().is_empty());
        let hiding = pool
            .client(laid_over(flows(), json!({ "PreventUserExistenceErrors": "ENABLED" })))
            .await;
        confirmed_user(&pool, "ada", json!({})).await;
        confirmed_user(&pool, "off", json!({})).await;
        pool.admin("AdminDisableUser", json!({ "Username": "off" })).await.ok();
        let members = |challenge: &Value, name: &str| {
            assert_eq!(challenge["ChallengeParameters"]["USERNAME"], name);
            let parameters = challenge["ChallengeParameters"]["question"].clone();
            let length = challenge["Session"].as_str().unwrap().len();
            (challenge["ChallengeName"].clone(), parameters, length)
        };
        let ada = begin(&hiding, "ada").await;
        for name in ["nob", "off"] {
            function.forget();
            let challenge = begin(&hiding, name).await;
            assert_eq!(members(&challenge, name), members(&ada, "ada"));
            let request = function.event(DEFINE)["request"].clone();
            let expected = json!({ "userAttributes": {}, "session": [], "userNotFound": true });
            assert_eq!(request, expected);
            let again = give(&hiding, &challenge, name, "1").await.ok();
            assert_eq!(members(&again, name).0, "CUSTOM_CHALLENGE");
            give(&hiding, &again, name, "14").await.fails(NOT_AUTHORIZED, WRONG);
        }
        let client = SrpClient::new();
        let verifier = begin_with_srp(&hiding, &client, "nob").await.ok();
        let response = client.response(&hiding, &verifier, PASSWORD);
        hiding.call("RespondToAuthChallenge", response).await.fails(NOT_AUTHORIZED, WRONG);
        server.stop().await;
    }

    /// A code of an authenticator app counts once, also where the sign-in does not end.
    async fn a_code_of_an_app_is_used_up_by_the_question_that_follows(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        let input = json!({
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        pool.admin("SetUserPoolMfaConfig", input).await.ok();
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let associate = app.with_token("AssociateSoftwareToken", &tokens.access, json!({}));
        let phone = AuthenticatorApp::new(&associate.await.ok());
        let input = json!({ "UserCode": phone.code(&server, 0) });
        app.with_token("VerifySoftwareToken", &tokens.access, input).await.ok();
        let on = json!({ "SoftwareTokenMfaSettings": { "Enabled": true } });
        app.with_token("SetUserMFAPreference", &tokens.access, on).await.ok();
        begin_step(&server).await;
        let ask = || async {
            let client = SrpClient::new();
            let verifier = begin_with_srp(&app, &client, "ada").await.ok();
            let right = client.response(&app, &verifier, PASSWORD);
            app.call("RespondToAuthChallenge", right).await.ok()
        };
        let (first, second) = (ask().await, ask().await);
        assert_eq!(first["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        let code = phone.code(&server, 0);
        let given = json!({ "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code });
        let question = respond(&app, &first, given.clone()).await.ok();
        assert_eq!(question["ChallengeName"], "CUSTOM_CHALLENGE");
        function.forget();
        respond(&app, &second, given).await.fails(
            "ExpiredCodeException",
            "Your software token has already been used once.",
        );
        assert!(function.calls().is_empty());
        tokens_of(give(&app, &question, "ada", "14").await);
        server.stop().await;
    }
}
