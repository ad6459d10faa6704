//! The sessions of custom challenges, and functions that fail in between.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use cognate::config::Config;
use serde_json::{Value, json};

use super::custom_auth::{
    CREATE, DEFINE, INVALID_ANSWER, INVALID_SESSION, NOT_AUTHORIZED, TRIGGERS, VERIFY, begin,
    flows, give, quiz, with_quiz,
};
use super::function::{Function, answered, invoke, with_triggers};
use crate::support::application::{open_app, run_job, test_config};
use crate::support::parallel::{at_once, tally};
use crate::support::pools::PASSWORD;
use crate::support::sign_in::{initiate, respond, tokens_of};
use crate::support::users::{confirmed_user, invited_user};
use crate::support::{TestServer, TestStore, both_stores};

both_stores! {
    async fn a_session_is_of_one_user_client_challenge_and_time(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        for user in ["ada", "eve"] {
            confirmed_user(&pool, user, json!({ "phone_number": "+12065550200" })).await;
        }
        let other = pool.client(flows()).await;
        let challenge = begin(&app, "ada").await;
        let calls = function.calls().len();
        give(&app, &challenge, "eve", "14").await.fails(NOT_AUTHORIZED, INVALID_SESSION);
        give(&other, &challenge, "ada", "14").await.fails(NOT_AUTHORIZED, INVALID_SESSION);
        let mut changed = challenge.clone();
        for (name, answer) in [("SMS_MFA", "SMS_MFA_CODE"), ("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD")] {
            changed["ChallengeName"] = json!(name);
            let responses = json!({ "USERNAME": "ada", answer: "Sess1on-Horse!" });
            respond(&app, &changed, responses).await.fails(NOT_AUTHORIZED, INVALID_SESSION);
        }
        // The session of another challenge, and none.
        invited_user(&pool, "new", PASSWORD, json!({})).await;
        let mut of_another = app.initiate("new", PASSWORD).await.ok();
        of_another["ChallengeName"] = json!("CUSTOM_CHALLENGE");
        give(&app, &of_another, "new", "14").await.fails(NOT_AUTHORIZED, INVALID_SESSION);
        of_another["Session"] = Value::Null;
        give(&app, &of_another, "new", "14").await.fails(NOT_AUTHORIZED, INVALID_SESSION);
        respond(&app, &challenge, json!({ "USERNAME": "ada" }))
            .await
            .fails("InvalidParameterException", "Missing required parameter ANSWER");
        assert_eq!(function.calls().len(), calls);
        // None of that has used the session up; its time does.
        let late = begin(&app, "ada").await;
        tokens_of(give(&app, &challenge, "ada", "14").await);
        server.advance(181).await;
        give(&app, &late, "ada", "14").await.fails(
            NOT_AUTHORIZED,
            "Invalid session for the user, session is expired.",
        );
        server.stop().await;
    }

    async fn a_changed_password_and_a_disabled_user_void_a_session(store: TestStore) {
        let (server, _, pool, app) = with_quiz(&store, 0).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let challenge = begin(&app, "ada").await;
        crate::support::users::set_password(&pool, "ada", "An0ther-Horse!", true).await.ok();
        give(&app, &challenge, "ada", "14").await.fails(NOT_AUTHORIZED, INVALID_SESSION);
        let challenge = begin(&app, "ada").await;
        pool.admin("AdminDisableUser", json!({ "Username": "ada" })).await.ok();
        give(&app, &challenge, "ada", "14").await.fails(NOT_AUTHORIZED, "User is disabled.");
        let refused = initiate(&app, "CUSTOM_AUTH", json!({ "USERNAME": "ada" })).await;
        refused.fails(NOT_AUTHORIZED, "User is disabled.");
        server.stop().await;
    }

    /// One answer counts, so that no number of answers at once is more guesses than the function knows of.
    async fn of_answers_at_once_one_is_taken(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let challenge = begin(&app, "ada").await;
        function.forget();
        let answers = at_once(6, |number| {
            let (app, challenge) = (app.clone(), challenge.clone());
            async move { give(&app, &challenge, "ada", &number.to_string()).await }
        })
        .await;
        let refused = vec![(NOT_AUTHORIZED.to_owned(), 5)];
        assert_eq!(tally(&answers), (1, refused));
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.message.as_deref(), Some(INVALID_SESSION));
        }
        assert_eq!(function.sources(), [VERIFY, DEFINE, CREATE]);
        server.stop().await;
    }

    /// What a session has no room for is a sealed row until it is answered or has expired.
    async fn long_private_parameters_are_stored_sealed(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 8_000).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let challenge = begin(&app, "ada").await;
        assert!(challenge["Session"].as_str().unwrap().len() <= 2_048);
        let count = "SELECT challenge_id FROM custom_challenges";
        assert_eq!(store.ask(count).await.len(), 1);
        let again = give(&app, &challenge, "ada", "1").await.ok();
        assert_eq!(store.ask(count).await.len(), 1);
        give(&app, &challenge, "ada", "14").await.fails(NOT_AUTHORIZED, INVALID_SESSION);
        tokens_of(give(&app, &again, "ada", "14").await);
        assert!(store.ask(count).await.is_empty());
        // More than the server keeps for a stranger.
        function.answers(|event| answered(&quiz(event, 70_000)));
        let refused = initiate(&app, "CUSTOM_AUTH", json!({ "USERNAME": "ada" })).await;
        refused.fails(INVALID_ANSWER.0, INVALID_ANSWER.1);
        assert!(store.ask(count).await.is_empty());
        server.stop().await;
    }

    /// A function that is down, slow, wrong or huge ends that step, and the session of the answer with it.
    async fn functions_that_fail_end_the_step(store: TestStore) {
        let (server, function, pool, app) = with_quiz(&store, 0).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let unexpected = "UnexpectedLambdaException";
        for (broken, name) in [
            (DEFINE, "DefineAuthChallenge"),
            (CREATE, "CreateAuthChallenge"),
            (VERIFY, "VerifyAuthChallengeResponse"),
        ] {
            for (status, body, type_, text) in [
                (500, "{}".to_owned(), unexpected, format!(
                    "{name} invocation failed due to error HTTP status 500 while invoking Lambda function."
                )),
                (200, "<html>".to_owned(), INVALID_ANSWER.0, INVALID_ANSWER.1.to_owned()),
                (200, "x".repeat(2_000_000), INVALID_ANSWER.0, INVALID_ANSWER.1.to_owned()),
            ] {
                function.answers(|event| answered(&quiz(event, 0)));
                let challenge = begin(&app, "ada").await;
                function.answers(move |event| {
                    if event["triggerSource"] == json!(broken) {
                        let status = StatusCode::from_u16(status).unwrap();
                        return (status, body.clone()).into_response();
                    }
                    answered(&quiz(event, 0))
                });
                give(&app, &challenge, "ada", "1").await.fails(type_, &text);
                function.answers(|event| answered(&quiz(event, 0)));
                give(&app, &challenge, "ada", "14").await.fails(NOT_AUTHORIZED, INVALID_SESSION);
            }
        }
        server.stop().await;
    }

    async fn a_function_that_is_slow_ends_the_step(store: TestStore) {
        let function = Function::start().await;
        let change = |config: &mut Config| {
            config.triggers.timeout_ms = 200;
            config.triggers.attempts = 2;
            config.triggers.functions = vec![invoke(&function.url)];
        };
        let server = TestServer::start(&store, change).await;
        let pool = server.pool(with_triggers(&TRIGGERS, json!({}))).await;
        let app = pool.client(flows()).await;
        confirmed_user(&pool, "ada", json!({})).await;
        function.hold();
        let slow = initiate(&app, "CUSTOM_AUTH", json!({ "USERNAME": "ada" })).await;
        slow.fails(
            "UnexpectedLambdaException",
            "DefineAuthChallenge invocation failed due to error Socket timeout while invoking Lambda function.",
        );
        assert_eq!(function.calls().len(), 2);
        server.stop().await;
    }

    /// The purge deletes what nobody has answered.
    async fn an_expired_challenge_leaves_no_row(store: TestStore) {
        let (server, _, pool, app) = with_quiz(&store, 8_000).await;
        confirmed_user(&pool, "ada", json!({})).await;
        begin(&app, "ada").await;
        server.stop().await;
        let node = open_app(test_config(&store)).await;
        let count = "SELECT challenge_id FROM custom_challenges";
        run_job(&node, "delete-expired").await;
        assert_eq!(store.ask(count).await.len(), 1);
        node.clock.advance(181);
        run_job(&node, "delete-expired").await;
        assert!(store.ask(count).await.is_empty());
        node.stop().await;
    }
}
