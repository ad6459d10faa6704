//! How a client proves to the token endpoint who it is (domain 3.1).

use serde_json::json;

use super::{Domain, TOKEN, basic, denied, granted, secret, text};
use crate::support::pools::claims;
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, TestServer, both_stores};

const OWN: (&str, &str) = ("grant_type", "client_credentials");

/// A request for a client's own token whose `Authorization` names `id` and `secret`.
async fn by_header(domain: &Domain, id: &str, secret: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![OWN];
    form.extend(more);
    let request = domain.form(TOKEN, &form);
    let request = request.header("authorization", basic(id, secret));
    domain.send(request).await
}

/// The same with both in the body.
async fn by_body(domain: &Domain, id: &str, secret: &str) -> Answer {
    let form = [OWN, ("client_id", id), ("client_secret", secret)];
    domain.post(TOKEN, &form).await
}

/// The token's client, of a success.
#[track_caller]
fn client_of(answer: Answer) -> String {
    let body = granted(answer);
    let claims = claims(text(&body, "access_token"));
    text(&claims, "client_id").to_owned()
}

async fn both_ways(domain: &Domain, app: &AppClient, secret: &str) -> [Answer; 2] {
    [
        by_header(domain, &app.id, secret, &[]).await,
        by_body(domain, &app.id, secret).await,
    ]
}

both_stores! {
    /// In the header, in the body, and in the header with the id repeated in the body.
    async fn a_client_proves_itself_in_the_header_or_in_the_body(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        for answer in both_ways(&domain, &app, secret(&app)).await {
            assert_eq!(client_of(answer), app.id);
        }
        let repeated = [("client_id", app.id.as_str())];
        let answer = by_header(&domain, &app.id, secret(&app), &repeated).await;
        assert_eq!(client_of(answer), app.id);
    }

    /// A header and a body that name two clients are refused, whichever of them the secret belongs to.
    async fn a_header_and_a_body_that_disagree_are_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let other = domain.machine(json!({})).await;
        let foreign = [("client_id", other.id.as_str())];
        let answer = by_header(&domain, &app.id, secret(&app), &foreign).await;
        denied(&answer, "invalid_client");
        let answer = by_header(&domain, &app.id, secret(&other), &foreign).await;
        denied(&answer, "invalid_client");
        for app in [app, other] {
            assert_eq!(client_of(by_body(&domain, &app.id, secret(&app)).await), app.id);
        }
    }

    /// A wrong secret, none, and another client's are refused with 400, and without a challenge to the browser.
    async fn a_client_without_its_secret_is_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let other = domain.machine(json!({})).await;
        for wrong in ["wrong", "", secret(&other)] {
            for answer in both_ways(&domain, &app, wrong).await {
                denied(&answer, "invalid_client");
            }
        }
        let answer = domain.post(TOKEN, &[OWN, ("client_id", &app.id)]).await;
        denied(&answer, "invalid_client");
        assert_eq!(client_of(by_body(&domain, &app.id, secret(&app)).await), app.id);
    }

    /// Nobody, a client that does not exist, and one that is deleted.
    async fn an_unknown_client_is_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        denied(&domain.post(TOKEN, &[OWN]).await, "invalid_client");
        for answer in [
            by_header(&domain, "1example23456789abcdefghij", secret(&app), &[]).await,
            by_body(&domain, "1example23456789abcdefghij", secret(&app)).await,
        ] {
            denied(&answer, "invalid_client");
        }
        let input = json!({ "ClientId": app.id });
        domain.pool.admin("DeleteUserPoolClient", input).await.ok();
        for answer in both_ways(&domain, &app, secret(&app)).await {
            denied(&answer, "invalid_client");
        }
    }

    /// A domain serves the clients of its own pool only.
    async fn a_client_of_another_pool_is_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        let pool = server.pool(json!({})).await;
        let scope = json!({ "ScopeName": "read", "ScopeDescription": "Of orders" });
        let orders = json!({ "Identifier": "orders", "Name": "Orders", "Scopes": [scope] });
        pool.admin("CreateResourceServer", orders).await.ok();
        let elsewhere = pool.client(json!({
            "GenerateSecret": true,
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["orders/read"],
        })).await;
        for answer in both_ways(&domain, &elsewhere, secret(&elsewhere)).await {
            denied(&answer, "invalid_client");
        }
    }

    /// An `Authorization` that is no Basic credential proves nothing.
    async fn a_malformed_header_is_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        for value in ["Basic", "Basic !", "Basic YWJj", "Bearer abc"] {
            let request = domain.form(TOKEN, &[OWN]).header("authorization", value);
            denied(&domain.send(request).await, "invalid_client");
        }
        assert_eq!(client_of(by_body(&domain, &app.id, secret(&app)).await), app.id);
    }

    /// Each of two secrets is good, until it is deleted.
    async fn either_of_two_secrets_is_good(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let named = json!({ "ClientId": app.id });
        let listed = domain.pool.admin("ListUserPoolClientSecrets", named.clone()).await.ok();
        let first = listed["ClientSecrets"][0]["ClientSecretId"].clone();
        let added = domain.pool.admin("AddUserPoolClientSecret", named).await.ok();
        let added = text(&added["ClientSecretDescriptor"], "ClientSecretValue").to_owned();
        for secret in [secret(&app), &added] {
            for answer in both_ways(&domain, &app, secret).await {
                assert_eq!(client_of(answer), app.id);
            }
        }
        let input = json!({ "ClientId": app.id, "ClientSecretId": first });
        domain.pool.admin("DeleteUserPoolClientSecret", input).await.ok();
        for answer in both_ways(&domain, &app, secret(&app)).await {
            denied(&answer, "invalid_client");
        }
        for answer in both_ways(&domain, &app, &added).await {
            assert_eq!(client_of(answer), app.id);
        }
    }

    /// A client with a secret refreshes with it only, a client without one by its id.
    async fn a_confidential_client_refreshes_with_its_secret_only(server: TestServer) {
        let domain = Domain::start(&server).await;
        confirmed_user(&domain.pool, "ada", json!({})).await;
        let app = domain.web(json!({ "GenerateSecret": true })).await;
        let refresh = app.sign_in("ada").await.refresh;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        let id = ("client_id", app.id.as_str());
        for refused in [
            domain.post(TOKEN, &[form[0], form[1], id]).await,
            domain.post(TOKEN, &[form[0], form[1], id, ("client_secret", "wrong")]).await,
            domain.post(TOKEN, &form).await,
        ] {
            denied(&refused, "invalid_client");
        }
        granted(domain.post_as(&app, TOKEN, &form).await);
        let secret = ("client_secret", secret(&app));
        granted(domain.post(TOKEN, &[form[0], form[1], id, secret]).await);
    }
}
