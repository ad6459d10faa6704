//! OAuth 2.0 and OpenID Connect at the domain of a user pool (sections 1 to 6 and 8 of the domain's page), as far as
//! nobody signs in on a page.

mod authorize;
mod authorize_refusals;
mod client_authentication;
mod client_credentials;
mod conformance;
mod discovery;
mod hints;
mod logout;
mod metrics;
mod refresh;
mod request_ids;
mod revoke;
mod routes;
mod token_requests;
mod user_info;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, RequestBuilder, Url};
use serde_json::{Value, json};

use crate::support::pools::laid_over;
use crate::support::{Answer, AppClient, Pool, TestServer};

const FORM: &str = "application/x-www-form-urlencoded";
const PREFIX: &str = "team";
const CALLBACK: &str = "https://app.example.com/in";
const SIGNED_OUT: &str = "https://app.example.com/out";
const TOKEN: &str = "/oauth2/token";

/// A pool with a domain and the scopes `orders/read` and `orders/write`, as applications reach it.
#[derive(Clone)]
struct Domain {
    pool: Pool,
}

impl Domain {
    /// A plain pool with a domain.
    async fn start(server: &TestServer) -> Self {
        Self::of(server.pool(json!({})).await).await
    }

    /// Gives `pool` a domain.
    async fn of(pool: Pool) -> Self {
        let input = json!({ "Domain": PREFIX });
        pool.admin("CreateUserPoolDomain", input).await.ok();
        let domain = Self { pool };
        let scopes = domain.scopes("CreateResourceServer", &["read", "write"]);
        scopes.await;
        domain
    }

    /// The resource server gets exactly these scopes.
    async fn scopes(&self, operation: &str, names: &[&str]) {
        let scope = |name: &&str| json!({ "ScopeName": name, "ScopeDescription": "Of orders" });
        let scopes: Value = names.iter().map(scope).collect();
        let orders = json!({ "Identifier": "orders", "Name": "Orders", "Scopes": scopes });
        self.pool.admin(operation, orders).await.ok();
    }

    /// A client for itself, with a secret and both scopes of orders.
    async fn machine(&self, overrides: Value) -> AppClient {
        let settings = json!({
            "GenerateSecret": true,
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["orders/read", "orders/write"],
        });
        self.pool.client(laid_over(settings, overrides)).await
    }

    /// A client at which users sign in, without a secret.
    async fn web(&self, overrides: Value) -> AppClient {
        let settings = json!({
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code", "implicit"],
            "AllowedOAuthScopes": ["openid", "email", "orders/read"],
            "CallbackURLs": [CALLBACK],
            "LogoutURLs": [SIGNED_OUT],
            "SupportedIdentityProviders": ["COGNITO"],
        });
        self.pool.client(laid_over(settings, overrides)).await
    }

    /// The domain has the newer pages, and the client a style for them.
    async fn use_managed_login(&self, app: &AppClient) {
        let input = json!({ "Domain": PREFIX, "ManagedLoginVersion": 2 });
        self.pool.admin("UpdateUserPoolDomain", input).await.ok();
        let style = json!({ "ClientId": app.id, "UseCognitoProvidedValues": true });
        let styled = self.pool.admin("CreateManagedLoginBranding", style).await;
        styled.ok();
    }

    /// The absolute URL of `path`, which may have a query, below the domain.
    fn url(&self, path: &str) -> String {
        format!("{}/{PREFIX}{path}", self.pool.endpoint().url())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let client = &self.pool.endpoint().client;
        client.raw(method, &format!("/{PREFIX}{path}"))
    }

    /// Sends a request; each answer of a domain has an id.
    async fn send(&self, request: RequestBuilder) -> Answer {
        let client = &self.pool.endpoint().client;
        let answer = client.send(request).await;
        let id = answer
            .header("x-amz-cognito-request-id")
            .unwrap_or_default();
        assert!(uuid::Uuid::parse_str(id).is_ok(), "no request id: {answer}");
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// A form, as a client without `Authorization` sends it.
    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, form)).await
    }

    /// A form, with the client's id and secret in `Authorization`.
    async fn post_as(&self, app: &AppClient, path: &str, form: &[(&str, &str)]) -> Answer {
        let basic = basic(&app.id, secret(app));
        let request = self.form(path, form).header("authorization", basic);
        self.send(request).await
    }

    fn form(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let request = self
            .request(Method::POST, path)
            .header("content-type", FORM);
        request.body(encoded(form))
    }

    /// What a browser does with the answer: the redirection of `path`, as an absolute URL.
    async fn location(&self, path: &str) -> String {
        let answer = self.get(path).await;
        self.redirection(&answer, path)
    }

    /// The `Location` of an answer to `path`, as an absolute URL, byte for byte where it is one.
    #[track_caller]
    fn redirection(&self, answer: &Answer, path: &str) -> String {
        assert_eq!(answer.status, 302, "{answer}");
        assert_eq!(answer.text, "", "{answer}");
        let location = answer.header("location").expect("a location");
        if Url::parse(location).is_ok() {
            return location.to_owned();
        }
        let asked = Url::parse(&self.url(path)).unwrap();
        asked.join(location).unwrap().into()
    }

    /// `path` leads to the error page with exactly this query.
    async fn leads_to_error_page(&self, path: &str, query: &str) {
        let location = self.location(path).await;
        assert_eq!(location, self.url(&format!("/error?{query}")), "{path}");
    }
}

/// `name=value&…`.
fn encoded(form: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://localhost/", form).unwrap();
    url.query().unwrap_or_default().to_owned()
}

/// The value of `Authorization`.
fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[track_caller]
fn secret(app: &AppClient) -> &str {
    app.secret.as_deref().expect("a client with a secret")
}

/// What the token endpoint answers a success with, but for the body.
#[track_caller]
fn granted(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer}");
    let media = answer.header("content-type");
    assert_eq!(media, Some("application/json;charset=UTF-8"), "{answer}");
    let cache = answer.header("cache-control").unwrap_or_default();
    assert!(cache.contains("no-store"), "{cache}");
    assert_cors(&answer);
    assert_eq!(answer.body["token_type"], "Bearer", "{answer}");
    answer.body
}

/// A page of another origin may read the answer.
#[track_caller]
fn assert_cors(answer: &Answer) {
    let origin = answer.header("access-control-allow-origin");
    assert_eq!(origin, Some("*"), "{answer}");
    let credentials = answer.header("access-control-allow-credentials");
    assert_eq!(credentials, None, "{answer}");
}

/// An error of a POST endpoint: `{"error": …}`, with nothing beside it but a description.
#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{answer}");
    let media = answer.header("content-type").unwrap_or_default();
    assert!(media.starts_with("application/json"), "{media}");
    assert_cors(answer);
    assert_eq!(answer.header("www-authenticate"), None, "{answer}");
    assert_eq!(answer.body["error"], error, "{answer}");
    let members = answer.body.as_object().expect("an object");
    for name in members.keys() {
        assert!(name == "error" || name == "error_description", "{answer}");
    }
}

/// An error of the token endpoint.
#[track_caller]
fn denied(answer: &Answer, error: &str) {
    refused(answer, 400, error);
}

#[track_caller]
fn text<'a>(body: &'a Value, member: &str) -> &'a str {
    let value = body[member].as_str();
    value.unwrap_or_else(|| panic!("no {member} in {body}"))
}
