//! Functions that are slow, down, wrong or huge, and those that nobody has said where to find.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use cognate::config::{ANY_FUNCTION, Config};
use serde_json::{Value, json};

use super::function::{Function, answered, invoke, with_triggers};
use crate::support::users::assert_unknown;
use crate::support::{AppClient, TestServer, TestStore, both_stores};

const UNEXPECTED: &str = "UnexpectedLambdaException";
const INVALID: &str = "InvalidLambdaResponseException";
/// Enough for a function that answers at once, on a slow machine, and what the tests of slow ones wait.
const SHORT_MS: u64 = 300;

/// A server with a pool whose PreSignUp is `function`, and an app client. `change` changes the configuration.
async fn app_with(
    store: &TestStore,
    function: &Function,
    change: impl FnOnce(&mut Config),
) -> (TestServer, AppClient) {
    let server = TestServer::start(store, |config| {
        config.triggers.timeout_ms = 20_000;
        config.triggers.functions = vec![invoke(&function.url)];
        change(config);
    })
    .await;
    let pool = server.pool(with_triggers(&["PreSignUp"], json!({}))).await;
    let app = pool.client(json!({})).await;
    (server, app)
}

/// Asserts that the sign-up of `ada` fails so, and leaves no user.
async fn assert_fails(app: &AppClient, type_: &str, text: &str) {
    app.sign_up("ada", json!({})).await.fails(type_, text);
    assert_unknown(&app.pool, "ada").await;
}

both_stores! {
    async fn a_function_that_does_not_answer_in_time_is_called_three_times(store: TestStore) {
        let function = Function::start().await;
        let short = |config: &mut Config| config.triggers.timeout_ms = SHORT_MS;
        let (server, app) = app_with(&store, &function, short).await;
        function.hold();
        let text = "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.";
        assert_fails(&app, UNEXPECTED, text).await;
        assert_eq!(function.calls().len(), 3);
        // It is well again.
        function.release();
        app.sign_up("ada", json!({})).await.ok();
        server.stop().await;
    }

    async fn a_function_that_is_down_is_an_error_with_a_text(store: TestStore) {
        let function = Function::start().await;
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let down = |config: &mut Config| config.triggers.functions = vec![invoke(&url)];
        let (server, app) = app_with(&store, &function, down).await;
        let text = "PreSignUp invocation failed due to error Unable to reach the Lambda function.";
        assert_fails(&app, UNEXPECTED, text).await;
        server.stop().await;
    }

    async fn only_what_may_pass_is_tried_again(store: TestStore) {
        let function = Function::start().await;
        let (server, app) = app_with(&store, &function, |_| {}).await;
        for (status, calls) in [(500, 3), (503, 3), (429, 3), (403, 1), (404, 1), (307, 1)] {
            function.forget();
            let status_code = StatusCode::from_u16(status).unwrap();
            function.answers(move |_| {
                (status_code, [("location", "/elsewhere")], "{}").into_response()
            });
            let text = format!(
                "PreSignUp invocation failed due to error HTTP status {status} while invoking Lambda function."
            );
            assert_fails(&app, UNEXPECTED, &text).await;
            assert_eq!(function.calls().len(), calls, "{status}");
        }
        // The third try counts.
        function.forget();
        let tries = AtomicUsize::new(0);
        function.answers(move |event| match tries.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => StatusCode::BAD_GATEWAY.into_response(),
            _ => answered(&event),
        });
        app.sign_up("ada", json!({})).await.ok();
        assert_eq!(function.calls().len(), 3);
        server.stop().await;
    }

    async fn an_answer_of_another_shape_is_refused(store: TestStore) {
        let function = Function::start().await;
        let (server, app) = app_with(&store, &function, |_| {}).await;
        let with_response = |response: Value| json!({ "version": "1", "response": response });
        let deep = "[".repeat(100_000);
        for answer in [
            String::new(),
            "null".to_owned(),
            "{}".to_owned(),
            "[]".to_owned(),
            "<html></html>".to_owned(),
            deep,
            with_response(json!(null)).to_string(),
            with_response(json!("yes")).to_string(),
            with_response(json!({ "autoConfirmUser": "true" })).to_string(),
            with_response(json!({ "autoConfirmUser": 1 })).to_string(),
        ] {
            function.forget();
            let shown: String = answer.chars().take(80).collect();
            function.answers(move |_| answer.clone().into_response());
            assert_fails(&app, INVALID, "Unrecognizable lambda output").await;
            assert_eq!(function.calls().len(), 1, "{shown}");
        }
        // What is not asked for is no harm.
        function.answers(move |_| {
            let response = json!({ "autoConfirmUser": null, "more": { "a": [1] } });
            with_response(response).to_string().into_response()
        });
        app.sign_up("ada", json!({})).await.ok();
        server.stop().await;
    }

    async fn an_answer_is_read_to_its_limit(store: TestStore) {
        let function = Function::start().await;
        let small = |config: &mut Config| config.triggers.max_response_bytes = 4096;
        let (server, app) = app_with(&store, &function, small).await;
        function.answers(|mut event| {
            event["more"] = json!("x".repeat(5000));
            answered(&event)
        });
        assert_fails(&app, INVALID, "Unrecognizable lambda output").await;
        assert_eq!(function.calls().len(), 1);
        function.answers(|mut event| {
            event["more"] = json!("x".repeat(3000));
            answered(&event)
        });
        app.sign_up("ada", json!({})).await.ok();
        server.stop().await;
    }

    async fn a_function_without_an_endpoint_is_an_error_with_a_text(store: TestStore) {
        let function = Function::start().await;
        let (server, app) = app_with(&store, &function, |config| {
            config.triggers.functions[0].arn = "arn:aws:lambda:us-east-1:0:function:other".to_owned();
        })
        .await;
        let text = "PreSignUp invocation failed due to error No endpoint is configured for the Lambda function.";
        assert_fails(&app, UNEXPECTED, text).await;
        assert!(function.calls().is_empty());
        server.stop().await;
    }

    async fn an_entry_for_all_functions_takes_those_without_one(store: TestStore) {
        let function = Function::start().await;
        let (server, app) = app_with(&store, &function, |config| {
            config.triggers.functions[0].arn = ANY_FUNCTION.to_owned();
        })
        .await;
        app.sign_up("ada", json!({})).await.ok();
        let path = "/2015-03-31/functions/trigger/invocations";
        assert_eq!(function.calls()[0].uri.path(), path);
        server.stop().await;
    }

    /// One slow function does not take the places of others; its own wait for one within their time.
    async fn calls_beyond_those_at_once_wait_within_their_time(store: TestStore) {
        let function = Function::start().await;
        let (server, app) = app_with(&store, &function, |config| {
            config.triggers.parallel = 1;
            config.triggers.attempts = 1;
            config.triggers.timeout_ms = 2 * SHORT_MS;
        })
        .await;
        function.hold();
        let (first, second) = tokio::join!(
            app.sign_up("ada", json!({})),
            app.sign_up("eve", json!({})),
        );
        for answer in [first, second] {
            answer.fails_as(UNEXPECTED);
        }
        assert!(function.calls().len() <= 2, "{}", function.calls().len());
        server.stop().await;
    }
}
