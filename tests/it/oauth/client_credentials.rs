//! A client's own token from the token endpoint (domain 3.2 to 3.4 and 8).

use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::{Domain, TOKEN, denied, granted, text};
use crate::support::answer::member_names;
use crate::support::function::{ARN, answered, expected_event, pool_with};
use crate::support::pools::claims;
use crate::support::tokens::{get_user, numeric_claim};
use crate::support::{Answer, AppClient, TestServer, TestStore, both_stores};

const SOURCE: &str = "TokenGeneration_ClientCredentials";

async fn own_token(domain: &Domain, app: &AppClient, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(more);
    domain.post_as(app, TOKEN, &form).await
}

/// The scopes in the token of a success, sorted.
#[track_caller]
fn scopes(answer: Answer) -> Vec<String> {
    let body = granted(answer);
    let claims = claims(text(&body, "access_token"));
    let mut scopes: Vec<_> = text(&claims, "scope")
        .split(' ')
        .map(str::to_owned)
        .collect();
    scopes.sort_unstable();
    scopes
}

/// The settings of a pool that asks the function about tokens.
fn asking(version: &str) -> Value {
    json!({ "LambdaConfig": {
        "PreTokenGenerationConfig": { "LambdaArn": ARN, "LambdaVersion": version },
    } })
}

both_stores! {
    /// A scope that is asked for again and again is granted once.
    async fn a_repeated_scope_is_in_the_token_once(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let scopes_of = async |scope: &str| scopes(own_token(&domain, &app, &[("scope", scope)]).await);
        assert_eq!(scopes_of("orders/read orders/read").await, ["orders/read"]);
        let many = "orders/read orders/write ".repeat(2_000);
        assert_eq!(scopes_of(&many).await, ["orders/read", "orders/write"]);
    }

    /// The answer has three members, and the token the claims of section 8.
    async fn a_clients_own_token_has_exactly_its_claims(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let now = server.now().as_second();
        let body = granted(own_token(&domain, &app, &[("scope", "orders/read")]).await);
        assert_eq!(member_names(&body), ["access_token", "expires_in", "token_type"]);
        assert_eq!(body["expires_in"], 3600);
        let claims = claims(text(&body, "access_token"));
        assert_eq!(member_names(&claims), [
            "auth_time", "client_id", "exp", "iat", "iss", "jti", "scope", "sub", "token_use", "version",
        ]);
        assert_eq!(claims["sub"], app.id.as_str());
        assert_eq!(claims["client_id"], app.id.as_str());
        assert_eq!(claims["token_use"], "access");
        assert_eq!(claims["scope"], "orders/read");
        assert_eq!(claims["version"], 2);
        assert_eq!(claims["iss"], format!("{}/{}", server.url(), domain.pool.id));
        assert!(uuid::Uuid::parse_str(text(&claims, "jti")).is_ok(), "{claims}");
        let issued = numeric_claim(&claims, "iat");
        assert!((now..=now + 60).contains(&issued), "{issued} is not about {now}");
        assert_eq!(numeric_claim(&claims, "auth_time"), issued);
        assert_eq!(numeric_claim(&claims, "exp"), issued + 3600);
    }

    /// `expires_in` is the life of the client's access tokens.
    async fn a_clients_own_token_lives_as_long_as_its_access_tokens(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({
            "AccessTokenValidity": 10, "TokenValidityUnits": { "AccessToken": "minutes" },
        })).await;
        let body = granted(own_token(&domain, &app, &[]).await);
        assert_eq!(body["expires_in"], 600);
        let claims = claims(text(&body, "access_token"));
        assert_eq!(numeric_claim(&claims, "exp") - numeric_claim(&claims, "iat"), 600);
    }

    /// Two tokens are two tokens, and neither speaks for a user.
    async fn a_clients_own_token_is_nobodys(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let first = granted(own_token(&domain, &app, &[]).await);
        let second = granted(own_token(&domain, &app, &[]).await);
        let [first, second] = [first, second].map(|body| text(&body, "access_token").to_owned());
        assert_ne!(claims(&first)["jti"], claims(&second)["jti"]);
        get_user(&app, &first).await.fails_as("NotAuthorizedException");
    }

    /// Without `scope` a client gets all it may have, with it what it asks for.
    async fn a_client_gets_the_scopes_that_it_asks_for(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let all = ["orders/read", "orders/write"];
        assert_eq!(scopes(own_token(&domain, &app, &[]).await), all);
        for (asked, expected) in [
            ("orders/read", &all[..1]),
            ("orders/write", &all[1..]),
            ("orders/read orders/write", &all[..]),
            ("orders/write orders/read", &all[..]),
        ] {
            assert_eq!(scopes(own_token(&domain, &app, &[("scope", asked)]).await), expected, "{asked}");
        }
    }

    /// Scopes that are not the client's, alone and beside one that is; `openid` never is.
    async fn scopes_that_are_not_the_clients_are_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({ "AllowedOAuthScopes": ["orders/read"] })).await;
        for scope in ["orders/write", "openid", "email", "orders", "orders/read/", "ORDERS/READ", "stock/read"] {
            denied(&own_token(&domain, &app, &[("scope", scope)]).await, "invalid_scope");
            let beside = format!("orders/read {scope}");
            denied(&own_token(&domain, &app, &[("scope", &beside)]).await, "invalid_scope");
        }
        assert_eq!(scopes(own_token(&domain, &app, &[]).await), ["orders/read"]);
    }

    /// Domain 2.4: the client keeps a deleted scope, which does nothing until it is there again.
    async fn a_deleted_scope_is_dropped_until_it_is_made_again(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        domain.scopes("UpdateResourceServer", &["read"]).await;
        assert_eq!(scopes(own_token(&domain, &app, &[]).await), ["orders/read"]);
        let both = [("scope", "orders/read orders/write")];
        assert_eq!(scopes(own_token(&domain, &app, &both).await), ["orders/read"]);
        domain.scopes("UpdateResourceServer", &["read", "write"]).await;
        assert_eq!(scopes(own_token(&domain, &app, &[]).await), ["orders/read", "orders/write"]);
    }

    /// Domain 3.5: the scope is the identifier, a slash and the name, whatever the identifier ends with.
    async fn an_identifier_may_end_with_a_slash(server: TestServer) {
        let domain = Domain::start(&server).await;
        let scope = json!({ "ScopeName": "read", "ScopeDescription": "Of orders" });
        let orders = json!({
            "Identifier": "https://orders.example.com/", "Name": "Orders by URL", "Scopes": [scope],
        });
        domain.pool.admin("CreateResourceServer", orders).await.ok();
        let both = "https://orders.example.com//read";
        let app = domain.machine(json!({ "AllowedOAuthScopes": [both] })).await;
        assert_eq!(scopes(own_token(&domain, &app, &[]).await), [both]);
        assert_eq!(scopes(own_token(&domain, &app, &[("scope", both)]).await), [both]);
        let one = "https://orders.example.com/read";
        denied(&own_token(&domain, &app, &[("scope", one)]).await, "invalid_scope");
    }

    /// Section 3.4: what boto3 and the JavaScript SDK met.
    async fn a_client_without_oauth_gets_invalid_grant(server: TestServer) {
        let domain = Domain::start(&server).await;
        let off = json!({ "AllowedOAuthFlowsUserPoolClient": false });
        let app = domain.machine(off).await;
        denied(&own_token(&domain, &app, &[]).await, "invalid_grant");
        let input = json!({
            "ClientId": app.id,
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["orders/read"],
        });
        domain.pool.admin("UpdateUserPoolClient", input).await.ok();
        assert_eq!(scopes(own_token(&domain, &app, &[]).await), ["orders/read"]);
    }

    /// A client at which users sign in has no token of its own, with a secret or without.
    async fn a_client_without_the_flow_gets_no_token_of_its_own(server: TestServer) {
        let domain = Domain::start(&server).await;
        let confidential = domain.web(json!({ "GenerateSecret": true })).await;
        denied(&own_token(&domain, &confidential, &[]).await, "unauthorized_client");
        let public = domain.web(json!({})).await;
        let form = [("grant_type", "client_credentials"), ("client_id", &public.id)];
        let answer = domain.post(TOKEN, &form).await;
        denied(&answer, "unauthorized_client");
    }

    /// Version 3 of the trigger gets the form's metadata, and changes claims and scopes.
    async fn the_trigger_gets_the_metadata_and_changes_the_token(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &[], asking("V3_0")).await;
        let domain = Domain::of(pool).await;
        let app = domain.machine(json!({ "AllowedOAuthScopes": ["orders/read"] })).await;
        function.responds(SOURCE, json!({ "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": {
                "claimsToAddOrOverride": { "tenant": "t1" },
                "scopesToAdd": ["orders/all"],
            },
        } }));
        let metadata = ("aws_client_metadata", r#"{"job":"nightly & more"}"#);
        let body = granted(own_token(&domain, &app, &[metadata]).await);
        let mut expected = expected_event(
            &domain.pool,
            (SOURCE, "ClientCredentials", &app.id),
            json!({
                "userAttributes": {},
                "groupConfiguration": null,
                "scopes": ["orders/read"],
                "clientMetadata": { "job": "nightly & more" },
            }),
            json!({ "claimsAndScopeOverrideDetails": null }),
        );
        expected["version"] = json!("3");
        assert_eq!(function.event(SOURCE), expected);
        let claims = claims(text(&body, "access_token"));
        assert_eq!(claims["tenant"], "t1");
        assert_eq!(claims["scope"], "orders/read orders/all");
        server.stop().await;
    }

    /// Versions before 3 know users only.
    async fn earlier_versions_of_the_trigger_are_not_asked(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &[], asking("V2_0")).await;
        let domain = Domain::of(pool).await;
        let app = domain.machine(json!({})).await;
        granted(own_token(&domain, &app, &[]).await);
        assert!(function.calls().is_empty(), "{:?}", function.sources());
        server.stop().await;
    }

    /// What the function refuses is not issued, nor what it does not answer, or answers so that nobody can read it.
    async fn a_trigger_that_refuses_prevents_the_token(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &[], asking("V3_0")).await;
        let domain = Domain::of(pool).await;
        let app = domain.machine(json!({})).await;
        function.throws(SOURCE, "not today");
        let answer = own_token(&domain, &app, &[]).await;
        denied(&answer, "invalid_request");
        let text = "PreTokenGeneration failed with error not today. ";
        assert_eq!(answer.body, json!({ "error": "invalid_request", "error_description": text }));
        function.answers(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
        let unanswered = own_token(&domain, &app, &[]).await;
        function.responds(SOURCE, json!({ "claimsAndScopeOverrideDetails": "everything" }));
        let unreadable = own_token(&domain, &app, &[]).await;
        for answer in [unanswered, unreadable] {
            denied(&answer, "server_error");
            assert_eq!(answer.body, json!({ "error": "server_error" }));
        }
        function.answers(|event| answered(&event));
        assert_eq!(scopes(own_token(&domain, &app, &[]).await), ["orders/read", "orders/write"]);
        server.stop().await;
    }

    /// Metadata that is no JSON object of strings is a malformed request.
    async fn metadata_that_cannot_be_read_is_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        for metadata in ["{", "[]", "nightly"] {
            let answer = own_token(&domain, &app, &[("aws_client_metadata", metadata)]).await;
            denied(&answer, "invalid_request");
        }
    }
}
