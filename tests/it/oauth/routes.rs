//! Where a domain is reached, by which methods, and from which pages (domain 1 and 3).

use reqwest::Method;
use serde_json::json;

use super::{Domain, FORM, PREFIX, TOKEN, basic, denied, granted, secret, text};
use crate::support::pools::claims;
use crate::support::{TestServer, both_stores};

const OWN: &str = "grant_type=client_credentials";

both_stores! {
    /// In development a prefix has a host name as well, and a custom domain is one; with the server's port or without.
    async fn a_domain_is_reached_by_its_host_name(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        domain.pool.custom_domain("login.example.com").await;
        let port = server.url().rsplit(':').next().unwrap().to_owned();
        for host in [
            format!("{PREFIX}.auth.localhost"),
            format!("{PREFIX}.auth.localhost:{port}"),
            "login.example.com".to_owned(),
            format!("login.example.com:{port}"),
            "LOGIN.Example.com".to_owned(),
        ] {
            let request = server
                .client
                .raw(Method::POST, TOKEN)
                .header("host", host)
                .header("content-type", FORM)
                .header("authorization", basic(&app.id, secret(&app)))
                .body(OWN);
            let body = granted(domain.send(request).await);
            assert_eq!(claims(text(&body, "access_token"))["client_id"], app.id.as_str());
        }
    }

    /// Whatever the path, by prefix and by host name.
    async fn an_unknown_domain_is_not_found(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        for (method, path) in [
            (Method::POST, "/oauth2/token"),
            (Method::POST, "/oauth2/revoke"),
            (Method::GET, "/oauth2/authorize"),
            (Method::GET, "/oauth2/userInfo"),
            (Method::GET, "/logout"),
        ] {
            let request = |path: &str| {
                let request = server.client.raw(method.clone(), path);
                let request = request.header("authorization", basic(&app.id, secret(&app)));
                request.header("content-type", FORM).body(OWN)
            };
            let answer = server.client.send(request(&format!("/nowhere{path}"))).await;
            assert_eq!(answer.status, 404, "{path}: {answer}");
            let by_host = request(path).header("host", "nowhere.auth.localhost");
            let answer = server.client.send(by_host).await;
            assert_eq!(answer.status, 404, "{path}: {answer}");
        }
    }

    /// A domain that is deleted serves nothing more.
    async fn a_deleted_domain_is_not_found(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        granted(domain.post_as(&app, TOKEN, &[("grant_type", "client_credentials")]).await);
        let input = json!({ "Domain": PREFIX });
        domain.pool.admin("DeleteUserPoolDomain", input).await.ok();
        let form = domain.form(TOKEN, &[("grant_type", "client_credentials")]);
        let request = form.header("authorization", basic(&app.id, secret(&app)));
        assert_eq!(server.client.send(request).await.status, 404);
    }

    /// A path that no domain has.
    async fn an_unknown_path_is_not_found(server: TestServer) {
        let domain = Domain::start(&server).await;
        for path in ["/oauth2/nothing", "/oauth2", "/OAuth2/Token", "/oauth2/token/"] {
            let answer = server.client.send(domain.form(path, &[])).await;
            assert_eq!(answer.status, 404, "{path}: {answer}");
        }
    }

    /// Each endpoint has its methods, and no others.
    async fn other_methods_are_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        for (path, methods) in [
            (TOKEN, [Method::GET, Method::PUT, Method::DELETE]),
            ("/oauth2/revoke", [Method::GET, Method::PUT, Method::DELETE]),
            ("/oauth2/authorize", [Method::POST, Method::PUT, Method::DELETE]),
            ("/oauth2/userInfo", [Method::PATCH, Method::PUT, Method::DELETE]),
            ("/logout", [Method::POST, Method::PUT, Method::DELETE]),
        ] {
            for method in methods {
                let answer = domain.send(domain.request(method.clone(), path)).await;
                assert_eq!(answer.status, 405, "{method} {path}: {answer}");
            }
        }
    }

    /// The preflight of Amplify, for each endpoint that a page calls.
    async fn a_preflight_is_answered(server: TestServer) {
        let domain = Domain::start(&server).await;
        for (path, method) in [
            (TOKEN, "POST"),
            ("/oauth2/revoke", "POST"),
            ("/oauth2/userInfo", "GET"),
            ("/oauth2/userinfo", "GET"),
        ] {
            let request = domain
                .request(Method::OPTIONS, path)
                .header("origin", "https://app.example.com")
                .header("access-control-request-method", method)
                .header("access-control-request-headers", "authorization,content-type,x-amz-user-agent");
            let answer = domain.send(request).await;
            assert!([200, 204].contains(&answer.status), "{path}: {answer}");
            assert_eq!(answer.text, "");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{path}");
            let allowed = |name: &str| answer.header(name).unwrap_or_default().to_lowercase();
            let methods = allowed("access-control-allow-methods");
            assert!(methods.contains(&method.to_lowercase()), "{path}: {methods}");
            let headers = allowed("access-control-allow-headers");
            for name in ["authorization", "content-type", "x-amz-user-agent"] {
                let named = headers.split(',').any(|allowed| allowed.trim() == name);
                assert!(named, "{path}: {name} is not in {headers}");
            }
        }
    }

    /// Two domains on one server are two pools'.
    async fn each_domain_serves_its_own_pool(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let other = server.pool(json!({})).await;
        other.admin("CreateUserPoolDomain", json!({ "Domain": "staff" })).await.ok();
        let request = |path: &str| {
            let request = server.client.raw(Method::POST, path).header("content-type", FORM);
            request.header("authorization", basic(&app.id, secret(&app))).body(OWN)
        };
        let answer = domain.send(request("/staff/oauth2/token")).await;
        denied(&answer, "invalid_client");
        granted(domain.send(request("/team/oauth2/token")).await);
    }
}
