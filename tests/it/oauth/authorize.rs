//! Where a browser is sent that asks for a code or for tokens while nobody is signed in (domain 2.1 to 2.5).

use serde_json::json;

use super::{CALLBACK, Domain, PREFIX, encoded};
use crate::support::{AppClient, TestServer, both_stores};

/// The query of a request that is allowed, without a state.
fn query(app: &AppClient, more: &[(&str, &str)]) -> String {
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", app.id.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    query.extend(more);
    encoded(&query)
}

async fn leads_to_login(domain: &Domain, query: &str) {
    for path in ["/oauth2/authorize", "/authorize"] {
        let location = domain.location(&format!("{path}?{query}")).await;
        assert_eq!(location, domain.url(&format!("/login?{query}")), "{path}");
    }
}

both_stores! {
    /// The query travels byte for byte, unknown parameters included.
    async fn the_login_page_gets_the_same_query(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let pkce = [("code_challenge", challenge), ("code_challenge_method", "S256")];
        for query in [
            query(&app, &[]),
            query(&app, &[("scope", "openid email")]),
            query(&app, &[("scope", "orders/read"), ("nonce", "n"), ("lang", "de"), ("login_hint", "ada")]),
            query(&app, &pkce),
            query(&app, &[("identity_provider", "COGNITO")]),
            query(&app, &[("prompt", "login consent")]),
            format!("{}&state=%7B%22a%22%3A1%7D+x&foo=&foo=%2f", query(&app, &[])),
            query(&app, &[]).replace("=code&", "=token&"),
        ] {
            leads_to_login(&domain, &query).await;
        }
    }

    /// By its host name the domain keeps the browser at that name.
    async fn a_domains_host_name_is_kept(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        let query = query(&app, &[("state", "x")]);
        let path = format!("/oauth2/authorize?{query}");
        let host = format!("{PREFIX}.auth.localhost");
        let request = server.client.raw(reqwest::Method::GET, &path).header("host", &host);
        let answer = domain.send(request).await;
        assert_eq!(answer.status, 302, "{answer}");
        let asked = reqwest::Url::parse(&format!("http://{host}{path}")).unwrap();
        let to = asked.join(answer.header("location").unwrap()).unwrap();
        assert_eq!((to.host_str(), to.path()), (Some(host.as_str()), "/login"));
        assert_eq!(to.query(), Some(query.as_str()));
    }

    /// Each kind of address that a client can have.
    async fn each_registered_address_is_accepted(server: TestServer) {
        let domain = Domain::start(&server).await;
        let uris = [
            CALLBACK, "https://app.example.com/in?a=1", "http://localhost:3000/", "http://127.0.0.1:8080/in",
            "http://[::1]/in", "myapp://in",
        ];
        let app = domain.web(json!({ "CallbackURLs": uris })).await;
        for uri in uris {
            let query = encoded(&[("response_type", "code"), ("client_id", &app.id), ("redirect_uri", uri)]);
            leads_to_login(&domain, &query).await;
        }
    }

    /// RFC 8252: a native application listens at whatever port is free.
    async fn a_loopback_address_may_have_another_port(server: TestServer) {
        let domain = Domain::start(&server).await;
        let uris = ["http://127.0.0.1/in", "http://[::1]:8080/in", "http://localhost:3000/in"];
        let app = domain.web(json!({ "CallbackURLs": uris })).await;
        let query = |uri: &str| {
            encoded(&[("response_type", "code"), ("client_id", &app.id), ("redirect_uri", uri)])
        };
        for uri in [
            "http://127.0.0.1:49152/in", "http://[::1]:49152/in", "http://localhost:49152/in", "http://localhost/in",
        ] {
            leads_to_login(&domain, &query(uri)).await;
        }
        for uri in [
            "http://127.0.0.1:49152/", "http://127.0.0.2:49152/in", "https://127.0.0.1:49152/in",
            "https://localhost:3000/in", "http://localhost:49152/", "http://app.localhost:3000/in",
        ] {
            let path = format!("/oauth2/authorize?{}", query(uri));
            let error = format!("error=redirect_mismatch&client_id={}", app.id);
            domain.leads_to_error_page(&path, &error).await;
        }
    }

    /// A client with one identity provider and a default address may leave the address out.
    async fn the_default_address_replaces_a_missing_one(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({ "DefaultRedirectURI": CALLBACK })).await;
        let asked = encoded(&[("response_type", "code"), ("client_id", &app.id), ("state", "x")]);
        let location = domain.location(&format!("/oauth2/authorize?{asked}")).await;
        assert!(location.starts_with(&domain.url("/login?")), "{location}");
    }

    /// A scope that its resource server has lost is dropped, and is no error.
    async fn a_deleted_scope_is_no_error(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        domain.scopes("UpdateResourceServer", &["write"]).await;
        leads_to_login(&domain, &query(&app, &[("scope", "openid orders/read")])).await;
    }

    /// The classic pages do not know `prompt`.
    async fn the_classic_pages_ignore_the_prompt(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        leads_to_login(&domain, &query(&app, &[("prompt", "none")])).await;
    }

    /// `prompt=none` shows no page, by whichever provider.
    async fn without_a_page_the_browser_is_sent_back(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        domain.use_managed_login(&app).await;
        for more in [
            &[("prompt", "none"), ("state", "a/b")][..],
            &[("prompt", "none"), ("state", "a/b"), ("identity_provider", "COGNITO")][..],
        ] {
            let path = format!("/oauth2/authorize?{}", query(&app, more));
            let location = domain.location(&path).await;
            assert_eq!(location, format!("{CALLBACK}?state=a%2Fb&error=login_required"));
        }
        let implicit = query(&app, &[("prompt", "none")]).replace("=code&", "=token&");
        let location = domain.location(&format!("/oauth2/authorize?{implicit}")).await;
        assert_eq!(location, format!("{CALLBACK}#error=login_required"));
        leads_to_login(&domain, &query(&app, &[("prompt", "login")])).await;
    }

    /// So the default address can be seen.
    async fn the_default_address_is_where_the_browser_is_sent_back(server: TestServer) {
        let domain = Domain::start(&server).await;
        let second = "https://app.example.com/second";
        let settings = json!({ "CallbackURLs": [CALLBACK, second], "DefaultRedirectURI": second });
        let app = domain.web(settings).await;
        domain.use_managed_login(&app).await;
        let asked = [("response_type", "code"), ("client_id", &app.id), ("prompt", "none"), ("state", "x")];
        let location = domain.location(&format!("/oauth2/authorize?{}", encoded(&asked))).await;
        assert_eq!(location, format!("{second}?state=x&error=login_required"));
    }
}
