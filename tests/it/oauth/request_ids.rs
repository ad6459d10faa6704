//! Each answer below a domain has an id (domain 1), whatever is asked for, and what is no domain's has none.

use axum::http::StatusCode;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Domain, FORM, PREFIX, TOKEN, assert_cors, granted};
use crate::support::function::{ARN, Function, invoke};
use crate::support::{Answer, TestServer, TestStore, both_stores};

const ID: &str = "x-amz-cognito-request-id";
const OWN: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// A domain whose pool asks the function about each token.
async fn asking(server: &TestServer) -> Domain {
    let config = json!({ "LambdaArn": ARN, "LambdaVersion": "V3_0" });
    let pool = server
        .pool(json!({ "LambdaConfig": { "PreTokenGenerationConfig": config } }))
        .await;
    Domain::of(pool).await
}

/// The request under the domain's own host name.
fn by_host(server: &TestServer, method: Method, path: &str) -> RequestBuilder {
    let host = format!("{PREFIX}.auth.localhost");
    server.client.raw(method, path).header("host", host)
}

/// The answer is the domain's: with this status and a request id, not stored, and none of the JSON API's.
#[track_caller]
fn of_domain(answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status.as_u16(), "{answer}");
    let id = answer.header(ID).unwrap_or_default();
    assert!(uuid::Uuid::parse_str(id).is_ok(), "no request id: {answer}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
    assert_eq!(answer.header("x-amzn-requestid"), None, "{answer}");
    assert_eq!(answer.body.get("__type"), None, "{answer}");
}

/// The answer is the JSON API's to a path that it does not have.
#[track_caller]
fn of_api(answer: &Answer) {
    assert_eq!(answer.status, 404, "{answer}");
    assert_eq!(answer.header(ID), None, "{answer}");
    assert!(answer.header("x-amzn-requestid").is_some(), "{answer}");
    assert_eq!(
        answer.body["__type"], "UnknownOperationException",
        "{answer}"
    );
}

both_stores! {
    /// A path that no domain has, by path and by host name.
    async fn an_unknown_path_of_a_domain_is_answered_with_an_id(server: TestServer) {
        let domain = Domain::start(&server).await;
        for path in ["", "/", "/nothing", "/oauth2", "/oauth2/", "/oauth2/nothing", "/oauth2/token/", "/Login", "/login/x",
            "/assets/a/b/c/d", "/a/b/c/d/e", "/.well-known/nothing", "/saml2/nothing?a=b"] {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                let answer = server.client.send(domain.request(method.clone(), path)).await;
                of_domain(&answer, StatusCode::NOT_FOUND);
                // Of the host's own root everything is the JSON API's.
                if path.len() > 1 {
                    let answer = server.client.send(by_host(&server, method, path)).await;
                    of_domain(&answer, StatusCode::NOT_FOUND);
                }
            }
        }
    }

    /// A method that a route does not have, by path and by host name.
    async fn another_method_is_answered_with_an_id(server: TestServer) {
        let domain = Domain::start(&server).await;
        for (method, path) in [
            (Method::GET, TOKEN), (Method::DELETE, "/oauth2/revoke"), (Method::POST, "/oauth2/authorize"),
            (Method::PATCH, "/oauth2/userInfo"), (Method::PUT, "/logout"), (Method::DELETE, "/login"),
            (Method::POST, "/error"), (Method::POST, "/assets/login-x.css"),
        ] {
            let answer = server.client.send(domain.request(method.clone(), path)).await;
            of_domain(&answer, StatusCode::METHOD_NOT_ALLOWED);
            let answer = server.client.send(by_host(&server, method, path)).await;
            of_domain(&answer, StatusCode::METHOD_NOT_ALLOWED);
        }
    }

    /// What the limits refuse before a route is reached is an error of RFC 6749 that a page of any origin may read: a body
    /// that is too large, and a request while another one is all that the server takes.
    async fn what_the_limits_refuse_is_answered_with_an_id(store: TestStore) {
        let function = Function::start().await;
        let server = TestServer::start(&store, |config| {
            config.triggers.functions = vec![invoke(&function.url)];
            config.server.max_body_bytes = 65_536;
            config.server.max_requests_in_flight = 1;
        })
        .await;
        let domain = asking(&server).await;
        let app = domain.machine(json!({})).await;
        let answers = async |body: &str| {
            let mut answers = Vec::new();
            for path in [TOKEN, "/oauth2/revoke", "/oauth2/userInfo"] {
                for request in [domain.request(Method::POST, path), by_host(&server, Method::POST, path)] {
                    let request = request.header("content-type", FORM).body(body.to_owned());
                    answers.push(server.client.send(request).await);
                }
            }
            answers
        };
        for answer in answers(&"a".repeat(65_537)).await {
            of_domain(&answer, StatusCode::PAYLOAD_TOO_LARGE);
            assert_cors(&answer);
            let text = "The request body is too large.";
            assert_eq!(answer.body, json!({ "error": "invalid_request", "error_description": text }));
        }
        function.hold();
        let (other, machine) = (domain.clone(), app.clone());
        let held = tokio::spawn(async move { other.post_as(&machine, TOKEN, &OWN).await });
        function.called(1).await;
        for answer in answers("token=x").await {
            of_domain(&answer, StatusCode::SERVICE_UNAVAILABLE);
            assert_cors(&answer);
            let text = "Too many requests";
            assert_eq!(answer.body, json!({ "error": "temporarily_unavailable", "error_description": text }));
        }
        function.release();
        granted(held.await.unwrap());
        granted(domain.post_as(&app, TOKEN, &OWN).await);
        server.stop().await;
    }

    /// A request that is given up since it takes too long.
    async fn a_request_that_takes_too_long_is_answered_with_an_id(store: TestStore) {
        let function = Function::start().await;
        let server = TestServer::start(&store, |config| {
            config.triggers.functions = vec![invoke(&function.url)];
            config.triggers.timeout_ms = 20_000;
            config.server.request_timeout_seconds = 3;
        })
        .await;
        let domain = asking(&server).await;
        let app = domain.machine(json!({})).await;
        function.hold();
        let answer = domain.post_as(&app, TOKEN, &OWN).await;
        of_domain(&answer, StatusCode::SERVICE_UNAVAILABLE);
        assert_cors(&answer);
        assert_eq!(answer.body, json!({ "error": "temporarily_unavailable" }));
        function.release();
        server.stop().await;
    }

    /// A path that is no domain's looks like none.
    async fn other_paths_are_not_a_domains(server: TestServer) {
        let domain = Domain::start(&server).await;
        for path in ["/nothing", "/nowhere/nothing", "/health/nothing", "/_cognate/nothing", "/nowhere/oauth2/nothing",
            "//", "//team/login", "/Team/nothing", "/team%2Fnothing", "/te%61m/nothing", "/t\u{e9}am/nothing"] {
            let answer = server.client.send(server.client.raw(Method::GET, path)).await;
            of_api(&answer);
            let other = server.client.raw(Method::GET, path).header("host", "nowhere.auth.localhost");
            of_api(&server.client.send(other).await);
        }
        let known = format!("/{}/.well-known/jwks.json", domain.pool.id);
        for path in ["/health/live", known.as_str()] {
            for request in [server.client.raw(Method::GET, path), by_host(&server, Method::GET, path)] {
                let answer = server.client.send(request).await;
                assert_eq!((answer.status, answer.header(ID)), (200, None), "{answer}");
            }
        }
    }

    /// The JSON API is at the root, under a domain's host name as well.
    async fn the_root_is_the_apis(server: TestServer) {
        Domain::start(&server).await;
        let request = by_host(&server, Method::POST, "/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "AWSCognitoIdentityProviderService.GetUser")
            .body(json!({ "AccessToken": "x" }).to_string());
        let answer = server.client.send(request).await;
        assert_eq!((answer.status, answer.header(ID)), (400, None), "{answer}");
        assert_eq!(answer.body["__type"], Value::from("NotAuthorizedException"), "{answer}");
        assert!(answer.header("x-amzn-requestid").is_some(), "{answer}");
    }
}
