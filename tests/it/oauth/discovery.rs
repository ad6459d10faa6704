//! The discovery document of a pool with a domain and of one without (domain 6).

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::{Domain, FORM, PREFIX, TOKEN, assert_cors, denied};
use crate::support::answer::member_names;
use crate::support::application::production;
use crate::support::{Answer, Pool, TestServer, TestStore, both_stores};

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
    /// The endpoints are the domain's, on the server's own address. The document is the issuer's alone.
    async fn the_document_names_the_domains_endpoints(server: TestServer) {
        let domain = Domain::start(&server).await;
        domain.pool.custom_domain("login.example.com").await;
        let own = "/.well-known/openid-configuration";
        for (path, host) in [
            (format!("/{PREFIX}{own}"), None),
            (format!("/login.example.com{own}"), None),
            (own.to_owned(), Some(format!("{PREFIX}.auth.localhost"))),
            (own.to_owned(), Some("login.example.com".to_owned())),
        ] {
            let request = server.client.raw(Method::GET, &path);
            let request = match &host {
                Some(host) => request.header("host", host),
                None => request,
            };
            let answer = server.client.send(request).await;
            assert_eq!(answer.status, 404, "{path} {host:?}: {answer}");
        }
        let gone = json!({ "Domain": "login.example.com" });
        domain.pool.admin("DeleteUserPoolDomain", gone).await.ok();
        let issuer = format!("{}/{}", server.url(), domain.pool.id);
        let base = format!("{}/{PREFIX}", server.url());
        assert_eq!(described(&domain.pool).await, expected(&issuer, &base));
    }

    /// There is one issuer, whichever type of issuer the pool says.
    async fn the_type_of_the_issuer_changes_nothing(server: TestServer) {
        let pool = server.pool(json!({ "IssuerConfiguration": { "Type": "UPDATED" } })).await;
        let issuer = format!("{}/{}", server.url(), pool.id);
        assert_eq!(described(&pool).await, expected_without_domain(&issuer));
        let tokens = pool.client(json!({})).await.signed_in("ada", json!({})).await;
        assert_eq!(tokens.id_claims()["iss"], issuer.as_str());
        assert_eq!(tokens.access_claims()["iss"], issuer.as_str());
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

    /// In production a domain has a host name: the custom one, else its prefix before the end that all have. Without such an
    /// end a prefix is a path of the public URL. There the endpoints are served.
    async fn in_production_a_domain_has_a_host_name(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            production(config);
            config.server.domain_suffix = Some("auth.example.com".to_owned());
        })
        .await;
        let domain = Domain::of(server.administered().pool(json!({})).await).await;
        let issuer = format!("https://id.example.com/{}", domain.pool.id);
        let has_endpoints_at = async |domain: &Domain, base: &str| {
            assert_eq!(described(&domain.pool).await, expected(&issuer, base));
            let url = Url::parse(&format!("{base}{TOKEN}")).unwrap();
            let request = domain.pool.endpoint().client.raw(Method::POST, url.path());
            let request = request.header("host", url.host_str().unwrap()).header("content-type", FORM);
            denied(&domain.send(request).await, "invalid_request");
        };
        has_endpoints_at(&domain, &format!("https://{PREFIX}.auth.example.com")).await;
        domain.pool.custom_domain("login.example.org").await;
        has_endpoints_at(&domain, "https://login.example.org").await;
        let gone = json!({ "Domain": "login.example.org" });
        domain.pool.admin("DeleteUserPoolDomain", gone).await.ok();
        server.stop().await;

        let server = TestServer::start(&store, production).await;
        let domain = Domain { pool: domain.pool.on(&server.administered()) };
        has_endpoints_at(&domain, &format!("https://id.example.com/{PREFIX}")).await;
        domain.pool.custom_domain("login.example.org").await;
        has_endpoints_at(&domain, "https://login.example.org").await;
        server.stop().await;
    }
}
