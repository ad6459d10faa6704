//! A client gives a refresh token back (domain 4.2).

use reqwest::Method;
use serde_json::{Value, json};

use super::{Domain, TOKEN, assert_cors, basic, denied, refused, secret};
use crate::support::tokens::{assert_revoked, assert_valid, tampered};
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, TestServer, Tokens, both_stores};

const REVOKE: &str = "/oauth2/revoke";

async fn signed_in(server: &TestServer, settings: Value) -> (Domain, AppClient, Tokens) {
    let domain = Domain::start(server).await;
    confirmed_user(&domain.pool, "ada", json!({})).await;
    let app = domain.web(settings).await;
    let tokens = app.sign_in("ada").await;
    (domain, app, tokens)
}

async fn revoke(domain: &Domain, app: &AppClient, token: &str) -> Answer {
    let form = [("token", token), ("client_id", app.id.as_str())];
    domain.post(REVOKE, &form).await
}

/// The answer to a request that leaves no token behind.
#[track_caller]
fn done(answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.text, "", "{answer}");
    assert_eq!(answer.header("content-length"), Some("0"), "{answer}");
    assert_cors(answer);
}

both_stores! {
    /// The token and all that came from it end, at both interfaces; the user's other sign-in goes on.
    async fn a_refresh_token_is_revoked_with_all_that_came_from_it(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        let other = app.sign_in("ada").await;
        let refreshed = app.refresh(&tokens.refresh).await.ok();
        done(&revoke(&domain, &app, &tokens.refresh).await);
        assert_revoked(&app, &tokens).await;
        let mut refreshed = Tokens::from(&refreshed);
        refreshed.refresh.clone_from(&tokens.refresh);
        assert_revoked(&app, &refreshed).await;
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", app.id.as_str()),
            ("refresh_token", tokens.refresh.as_str()),
        ];
        denied(&domain.post(TOKEN, &form).await, "invalid_grant");
        assert_valid(&app, &other).await;
    }

    /// What is revoked already, and what never was a token, needs nothing done.
    async fn an_unknown_token_is_as_good_as_revoked(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        let changed = tampered(&tokens.refresh);
        for token in ["x", &changed] {
            done(&revoke(&domain, &app, token).await);
        }
        assert_valid(&app, &tokens).await;
        done(&revoke(&domain, &app, &tokens.refresh).await);
        done(&revoke(&domain, &app, &tokens.refresh).await);
        assert_revoked(&app, &tokens).await;
    }

    /// Only refresh tokens can be given back.
    async fn access_and_id_tokens_cannot_be_revoked(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        for token in [&tokens.access, &tokens.id] {
            let answer = revoke(&domain, &app, token).await;
            refused(&answer, 400, "unsupported_token_type");
        }
        assert_valid(&app, &tokens).await;
    }

    /// A form without a token, and with an empty one.
    async fn a_revocation_needs_a_token(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        let id = ("client_id", app.id.as_str());
        refused(&domain.post(REVOKE, &[id]).await, 400, "invalid_request");
        refused(&domain.post(REVOKE, &[id, ("token", "")]).await, 400, "invalid_request");
        assert_valid(&app, &tokens).await;
    }

    /// The one endpoint whose refusal of a client is 401.
    async fn an_unknown_client_revokes_nothing(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        let token = ("token", tokens.refresh.as_str());
        let unknown = ("client_id", "1example23456789abcdefghij");
        for form in [vec![token], vec![token, unknown]] {
            let answer = domain.post(REVOKE, &form).await;
            assert_eq!(answer.status, 401, "{answer}");
            assert_eq!(answer.body["error"], "invalid_client", "{answer}");
            assert_cors(&answer);
        }
        assert_valid(&app, &tokens).await;
    }

    /// A client with a secret needs it.
    async fn a_confidential_client_revokes_with_its_secret_only(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({ "GenerateSecret": true })).await;
        let token = ("token", tokens.refresh.as_str());
        let answer = revoke(&domain, &app, &tokens.refresh).await;
        assert_eq!((answer.status, &answer.body["error"]), (401, &json!("invalid_client")), "{answer}");
        let wrong = basic(&app.id, "wrong");
        let request = domain.form(REVOKE, &[token]).header("authorization", wrong);
        let answer = domain.send(request).await;
        assert_eq!((answer.status, &answer.body["error"]), (401, &json!("invalid_client")), "{answer}");
        app.refresh(&tokens.refresh).await.ok();
        let right = basic(&app.id, secret(&app));
        let request = domain.form(REVOKE, &[token]).header("authorization", right);
        done(&domain.send(request).await);
        let answer = app.refresh(&tokens.refresh).await;
        answer.fails("NotAuthorizedException", "Refresh Token has been revoked");
    }

    /// Another client of the pool cannot end a sign-in.
    async fn another_clients_token_stays_valid(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        let other = domain.web(json!({})).await;
        done(&revoke(&domain, &other, &tokens.refresh).await);
        assert_valid(&app, &tokens).await;
    }

    /// EnableTokenRevocation false.
    async fn a_client_without_revocation_revokes_nothing(server: TestServer) {
        let settings = json!({ "EnableTokenRevocation": false });
        let (domain, app, tokens) = signed_in(&server, settings).await;
        refused(&revoke(&domain, &app, &tokens.refresh).await, 400, "invalid_request");
        assert_valid(&app, &tokens).await;
    }

    /// As at the token endpoint.
    async fn only_forms_are_taken(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        let body = json!({ "token": tokens.refresh, "client_id": app.id });
        let request = domain
            .request(Method::POST, REVOKE)
            .header("content-type", "application/json")
            .body(body.to_string());
        refused(&domain.send(request).await, 400, "invalid_request");
        assert_valid(&app, &tokens).await;
    }
}
