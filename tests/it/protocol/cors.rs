//! Section 1.7: what a browser needs, and what a development server keeps from it.

use serde_json::json;

use crate::support::client::JSON_1_1;
use crate::support::{Answer, TestServer, both_stores};

/// What a browser with Amplify 6.20 asks leave for.
const AMPLIFYS: &str = "amz-sdk-invocation-id,amz-sdk-request,cache-control,content-type,\
                        x-amz-target,x-amz-user-agent";
const ORIGIN: &str = "https://app.example.com";

#[track_caller]
fn assert_readable(answer: &Answer) {
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("*"),
        "{answer}"
    );
    assert_eq!(
        answer.header("access-control-expose-headers"),
        Some("x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"),
        "{answer}"
    );
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        None,
        "{answer}"
    );
}

both_stores! {
    /// A page may read a success.
    async fn a_page_may_read_a_success(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let input = json!({ "ClientId": app.id, "Username": "ada", "Password": "Corr3ct-Horse!" });
        let request = server.client.request("SignUp").header("origin", ORIGIN);
        let response = request.body(input.to_string()).send().await.unwrap();
        let answer = Answer::read("SignUp", response).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_readable(&answer);
    }

    /// A page may read an error, wherever it arose; else the browser hides it.
    async fn a_page_may_read_every_error(server: TestServer) {
        let get_user = |body: Vec<u8>| server.client.request("GetUser").body(body);
        for (what, request) in [
            ("an operation's", get_user(br#"{"AccessToken":"abc"}"#.to_vec())),
            ("a constraint's", get_user(b"{}".to_vec())),
            ("a type's", get_user(b"[]".to_vec())),
            ("a large body's", get_user(vec![b' '; 1024 * 1024])),
            ("an unknown operation's", server.client.request("Nothing").body("{}")),
            ("a missing signature's", server.client.request("ListUserPools").body("{}")),
            ("another method's", server.client.raw(reqwest::Method::GET, "/")),
            ("another path's", server.client.raw(reqwest::Method::POST, "/x")),
        ] {
            let answer = server.client.send(request.header("origin", ORIGIN)).await;
            assert!(answer.status >= 400, "{what}: {answer}");
            assert_readable(&answer);
        }
    }

    /// The preflight of any page, with any headers, is answered so that it is not asked again soon.
    async fn a_preflight_is_answered(server: TestServer) {
        for asked in [AMPLIFYS, "content-type,x-anything-else"] {
            let request = server
                .client
                .raw(reqwest::Method::OPTIONS, "/")
                .header("origin", ORIGIN)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", asked);
            let answer = server.client.send(request).await;
            assert_eq!(answer.status, 200, "{answer}");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
            assert_eq!(answer.header("access-control-allow-headers"), Some(asked));
            assert_eq!(answer.header("access-control-max-age"), Some("172800"));
            assert_eq!(answer.text, "");
        }
    }

    /// A page of another origin neither reads the inbox nor moves the clock.
    async fn a_page_does_not_reach_the_development_routes(server: TestServer) {
        use reqwest::Method;
        for (method, path) in [
            (Method::GET, "/_cognate/inbox.json"),
            (Method::GET, "/_cognate/inbox"),
            (Method::POST, "/_cognate/clock"),
            (Method::GET, "/_cognate/clock"),
            (Method::DELETE, "/_cognate/inbox.json"),
            (Method::POST, "/_cognate/inbox"),
        ] {
            for (name, value) in [("origin", ORIGIN), ("host", "rebound.example.com")] {
                let request = server
                    .client
                    .raw(method.clone(), path)
                    .header("content-type", JSON_1_1)
                    .header(name, value)
                    .body(r#"{"advanceSeconds":1}"#);
                let answer = server.client.send(request).await;
                assert_eq!(answer.status, 403, "{path} with {name} {value}: {answer}");
                assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
            }
        }
    }
}
