//! What is counted and logged of the requests at a domain (`docs/logging.md`).

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;

use super::{Domain, FORM, TOKEN};
use crate::support::{Client, ServerProcess, both_stores};

/// How often each route ended in each outcome, by one of the metrics' counters. Operations are left out.
async fn counted(server: &ServerProcess, metric: &str) -> BTreeMap<(String, String), u64> {
    let metrics = Client::new(&format!("http://127.0.0.1:{}", server.metrics_port));
    let page = metrics.send(metrics.raw(Method::GET, "/metrics")).await;
    let start = format!("{metric}{{operation=\"");
    let lines = page.text.lines().filter_map(|line| {
        let (operation, rest) = line.strip_prefix(&start)?.split_once("\",outcome=\"")?;
        let (outcome, count) = rest.split_once("\"} ")?;
        let key = (operation.to_owned(), outcome.to_owned());
        Some((key, count.parse().expect("a count")))
    });
    let is_operation =
        |name: &str| name != "Unknown" && name.starts_with(|c: char| c.is_ascii_uppercase());
    lines
        .filter(|((operation, _), _)| !is_operation(operation))
        .collect()
}

both_stores! {
    /// Each route by its name, never by what a stranger asks for, with what became of its requests.
    async fn requests_are_counted_by_route_and_outcome(server: ServerProcess) {
        let domain = Domain::of(server.pool(json!({})).await).await;
        let app = domain.machine(json!({})).await;
        let own = [("grant_type", "client_credentials")];
        for _ in 0..2 {
            domain.post_as(&app, TOKEN, &own).await.ok();
        }
        domain.post(TOKEN, &own).await;
        domain.post(TOKEN, &[("grant_type", "password")]).await;
        domain.get(TOKEN).await;
        domain.post("/oauth2/revoke", &[("token", "x")]).await;
        domain.get("/oauth2/userInfo").await;
        let bearer = domain.request(Method::POST, "/oauth2/userinfo").header("authorization", "Bearer a.b.c");
        domain.send(bearer).await;
        domain.get("/oauth2/authorize?client_id=nobody").await;
        domain.get("/error?error=stranger").await;
        domain.get("/assets/login-stranger.css").await;
        domain.get("/assets/stranger/branding/stranger.png").await;
        domain.get("/stranger/path").await;
        let client = &server.client;
        let nowhere = client.raw(Method::POST, "/stranger/oauth2/token").header("content-type", FORM);
        client.send(nowhere).await;
        client.send(client.raw(Method::GET, "/stranger/stranger")).await;
        let expected: BTreeMap<(String, String), u64> = [
            ("Unknown", "ResourceNotFoundException", 1),
            ("Unknown", "UnknownOperationException", 1),
            ("assets/{client_id}/branding/{file}", "ResourceNotFoundException", 1),
            ("assets/{file}", "ResourceNotFoundException", 1),
            ("error", "InvalidParameterException", 1),
            ("oauth2/authorize", "Success", 1),
            ("oauth2/revoke", "invalid_client", 1),
            ("oauth2/token", "ResourceNotFoundException", 1),
            ("oauth2/token", "Success", 2),
            ("oauth2/token", "UnknownOperationException", 1),
            ("oauth2/token", "invalid_client", 1),
            ("oauth2/token", "unsupported_grant_type", 1),
            ("oauth2/userInfo", "invalid_request", 1),
            ("oauth2/userinfo", "invalid_token", 1),
        ]
        .map(|(route, outcome, count)| ((route.to_owned(), outcome.to_owned()), count))
        .into();
        assert_eq!(counted(&server, "cognate_requests_total").await, expected);
        let durations = counted(&server, "cognate_request_duration_seconds_count").await;
        assert_eq!(durations, expected);
    }

    /// An answer's line names domain, route, method and outcome, under the id that the caller has.
    async fn requests_are_logged_by_route_and_outcome(server: ServerProcess) {
        let domain = Domain::of(server.pool(json!({})).await).await;
        let refused = domain.post(TOKEN, &[("grant_type", "password"), ("code", "5ecret")]).await;
        let unknown = domain.get("/nothing?code=5ecret").await;
        for (answer, named) in [
            (refused, ["domain=\"team\"", "route=\"oauth2/token\"", "method=POST", "outcome=\"unsupported_grant_type\""]),
            (unknown, ["domain=\"team\"", "route=\"Unknown\"", "method=GET", "outcome=\"ResourceNotFoundException\""]),
        ] {
            let id = answer.header("x-amz-cognito-request-id").unwrap();
            let log = server.log();
            let line = log.lines().find(|line| line.contains(id) && line.contains("request answered"));
            let line = line.unwrap_or_else(|| panic!("no line of {id} in {log}"));
            for text in named {
                assert!(line.contains(text), "{text} is not in {line}");
            }
            assert!(!log.contains("5ecret"), "{log}");
        }
    }
}
