//! The discovery document of a pool with a domain and of one without (domain 6).

use reqwest::Method;
use serde_json::{Value, json};

use super::{Domain, FORM, PREFIX, assert_cors};
use crate::support::answer::member_names;
use crate::support::{Answer, Pool, TestServer, both_stores};

async fn document(pool: &Pool) -> Answer {
    let client = &pool.endpoint().client;
    let path = format!("/{}/.well-known/openid-configuration", pool.id);
    let request = client.raw(Method::GET, &path);
    client
        .send(request.header("origin", "https://app.example.com"))
        .await
}

/// The document, which a page of any origin may read, with its members in alphabetical order.
async fn described(pool: &Pool) -> Value {
    let answer = document(pool).await;
    let media = answer.header("content-type").unwrap_or_default();
    assert!(media.starts_with("application/json"), "{media}");
    assert_cors(&answer);
    let place = |name: &&str| answer.text.find(&format!("\"{name}\":"));
    let names = member_names(&answer.body);
    let places: Vec<_> = names.iter().map(place).collect();
    assert!(places.is_sorted(), "{}", answer.text);
    assert!(places.iter().all(Option::is_some), "{}", answer.text);
    answer.ok()
}

/// The document where the endpoints are below `base`.
fn expected(issuer: &str, base: &str) -> Value {
    json!({
        "authorization_endpoint": format!("{base}/oauth2/authorize"),
        "code_challenge_methods_supported": ["S256"],
        "end_session_endpoint": format!("{base}/logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "request_uri_parameter_supported": false,
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": format!("{base}/oauth2/revoke"),
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{base}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": format!("{base}/oauth2/userInfo"),
    })
}

/// The document of a pool without a domain, which has no endpoints to name.
fn expected_without_domain(issuer: &str) -> Value {
    json!({
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "response_types_supported": ["code", "token"],
        "subject_types_supported": ["public"],
    })
}

both_stores! {
    /// The endpoints are the domain's, on the server's own address.
    async fn the_document_names_the_domains_endpoints(server: TestServer) {
        let domain = Domain::start(&server).await;
        let issuer = format!("{}/{}", server.url(), domain.pool.id);
        let base = format!("{}/{PREFIX}", server.url());
        assert_eq!(described(&domain.pool).await, expected(&issuer, &base));
    }

    /// What the document names is there.
    async fn the_endpoints_in_the_document_are_served(server: TestServer) {
        let domain = Domain::start(&server).await;
        let document = described(&domain.pool).await;
        for (member, method, status) in [
            ("authorization_endpoint", Method::GET, 302),
            ("end_session_endpoint", Method::GET, 302),
            ("token_endpoint", Method::POST, 400),
            ("revocation_endpoint", Method::POST, 400),
            ("userinfo_endpoint", Method::GET, 400),
        ] {
            let url = document[member].as_str().unwrap();
            let path = url.strip_prefix(server.url()).unwrap();
            let request = server.client.raw(method, path).header("content-type", FORM);
            let answer = domain.send(request).await;
            assert_eq!(answer.status, status, "{member}: {answer}");
        }
    }

    /// With the domain the document changes, and changes back.
    async fn the_document_follows_the_domain(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let without = described(&pool).await;
        let issuer = format!("{}/{}", server.url(), pool.id);
        assert_eq!(without, expected_without_domain(&issuer));
        let domain = Domain::of(pool.clone()).await;
        let with = described(&pool).await;
        assert_eq!(with["token_endpoint"], domain.url("/oauth2/token"));
        pool.admin("DeleteUserPoolDomain", json!({ "Domain": PREFIX })).await.ok();
        assert_eq!(described(&pool).await, without);
    }

    /// The custom domain comes before the prefix.
    async fn a_custom_domain_comes_before_the_prefix(server: TestServer) {
        let domain = Domain::start(&server).await;
        domain.pool.custom_domain("login.example.com").await;
        let document = described(&domain.pool).await;
        let issuer = format!("{}/{}", server.url(), domain.pool.id);
        assert_eq!(document, expected(&issuer, &format!("{}/login.example.com", server.url())));
    }
}
