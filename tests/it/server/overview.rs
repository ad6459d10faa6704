//! The development profile's page at `/`, its clock, and the greeting on the console.

use cognate::config::{Config, MailTransport, Profile, SmsProvider, StoreUrl};
use cognate::server::Application;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::answer::Answer;
use crate::support::application::test_config;
use crate::support::server::Endpoint;
use crate::support::{StoreKind, TestServer, TestStore, both_stores};

/// As Chromium and Firefox send it.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// The answer to `GET /` with this `Accept` header.
async fn root(server: &Endpoint, accept: &str) -> Answer {
    let request = server.client.raw(Method::GET, "/");
    server.client.send(request.header("accept", accept)).await
}

fn assert_is_from_the_api(answer: &Answer) {
    assert_eq!(answer.status, 405, "{answer}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/x-amz-json-1.1")
    );
    assert_eq!(answer.type_.as_deref(), Some("UnknownOperationException"));
    assert!(answer.header("x-amzn-requestid").is_some());
}

fn production(config: &mut Config) {
    config.profile = Profile::Production;
    config.server.public_url = Some("https://id.example.com".to_owned());
    config.secrets.master_key = Some(
        "b3f1c27d905e4a6618d2ef7340ab9c5e0c6d83f75a1e29b4d7603f8815cea942"
            .to_owned()
            .into(),
    );
    config.passwords.accept_weak_argon2 = true;
    config.mail.transport = MailTransport::Smtp;
    config.mail.host = "localhost".to_owned();
    config.sms.provider = Some(SmsProvider::Log);
}

/// What a server with this configuration greets with, and its URL.
async fn greeting(config: Config) -> (String, String) {
    let application = Application::build(config).await.unwrap();
    let greeting = application.greeting().unwrap().to_owned();
    let url = format!("http://{}", application.address());
    application.run_until(std::future::ready(())).await.unwrap();
    (greeting, url)
}

/// The whole answer to `GET /` without an `Accept` header, which reqwest would send by itself.
async fn bare_root(server: &Endpoint) -> String {
    let address = server.url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

both_stores! {
    /// A browser gets a page with what its developer needs, under a policy that permits nothing foreign.
    async fn a_browser_gets_the_overview(server: TestServer) {
        let pool = server.pool(json!({ "PoolName": "Orders" })).await;
        let app = pool.client(json!({ "ClientName": "Shop" })).await;
        let answer = root(&server, BROWSER).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        let url = server.url();
        let data = server.store.directory().join("data").display().to_string();
        for expected in [
            pool.id.as_str(),
            "Orders",
            app.id.as_str(),
            "Shop",
            url,
            &format!("{url}/{}", pool.id),
            &data,
            "_cognate/inbox",
            &format!("userPoolId: &#39;{}&#39;", pool.id),
            &format!("userPoolClientId: &#39;{}&#39;", app.id),
            &format!("--user-pool-id {}", pool.id),
            &format!("endpoint_url=&#34;{url}&#34;"),
            "not moved",
        ] {
            assert!(answer.text.contains(expected), "no {expected} in {answer}");
        }
        assert!(!answer.text.contains("src=") && !answer.text.contains("<link"), "{answer}");
    }

    /// Pools of other regions are there too, since a client's own settings decide where it makes them.
    async fn the_overview_has_the_pools_of_all_regions(server: TestServer) {
        let admin = server.admin.in_region("eu-central-1");
        let made = admin.call("CreateUserPool", json!({ "PoolName": "Abroad" })).await.ok();
        let page = root(&server, BROWSER).await.text;
        assert!(page.contains(made["UserPool"]["Id"].as_str().unwrap()), "{page}");
        assert!(page.contains("--region eu-central-1"), "{page}");
    }

    /// Without a pool the page has no snippets that could not work.
    async fn the_overview_of_an_empty_store_says_so(server: TestServer) {
        let page = root(&server, BROWSER).await.text;
        assert!(page.contains("No user pool yet"), "{page}");
        assert!(!page.contains("Amplify.configure"), "{page}");
    }

    /// Everybody but a browser gets what the API answers; it alone answers other methods.
    async fn other_clients_get_the_answer_of_the_api(server: TestServer) {
        for accept in ["*/*", "application/json", "text/html;q=0"] {
            assert_is_from_the_api(&root(&server, accept).await);
        }
        let bare = bare_root(&server).await;
        assert!(bare.starts_with("HTTP/1.1 405 "), "{bare}");
        assert!(bare.ends_with("\"Operations are requested with POST.\"}"), "{bare}");
        for method in [Method::PUT, Method::DELETE] {
            let request = server.client.raw(method, "/").header("accept", BROWSER);
            assert_is_from_the_api(&server.client.send(request).await);
        }
        let call = server.admin.request("ListUserPools", br#"{"MaxResults":1}"#.to_vec());
        let answer = server.admin.send(call.header("accept", BROWSER)).await;
        assert_eq!(answer.ok()["UserPools"], json!([]));
        let other = server.client.raw(Method::GET, "/other").header("accept", BROWSER);
        let answer = server.client.send(other).await;
        assert_eq!((answer.status, answer.type_.as_deref()), (404, Some("UnknownOperationException")));
    }

    /// Production has no such page.
    async fn production_answers_browsers_as_everybody(store: TestStore) {
        let server = TestServer::start(&store, production).await;
        for accept in ["*/*", BROWSER] {
            assert_is_from_the_api(&root(&server, accept).await);
        }
        server.stop().await;
    }

    /// A page of another origin does not read the overview, nor does one that has rebound its name.
    async fn the_overview_is_refused_to_other_origins(server: TestServer) {
        for (name, value) in [
            ("origin", "https://app.example.com"),
            ("sec-fetch-site", "cross-site"),
            ("host", "rebound.example.com"),
        ] {
            let request = server.client.raw(Method::GET, "/");
            let request = request.header("accept", BROWSER).header(name, value);
            let answer = server.client.send(request).await;
            assert_eq!(answer.status, 403, "{name}: {answer}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
            assert!(!answer.text.contains("data"), "{answer}");
        }
    }

    /// The clock is read and moved in the same form, and both pages say how far it was moved.
    async fn the_clock_says_how_far_it_was_moved(server: TestServer) {
        let read = async || {
            let request = server.client.raw(Method::GET, "/_cognate/clock");
            server.client.send(request).await.ok()
        };
        let before = read().await;
        assert_eq!(before["offsetSeconds"], 0);
        let move_by = async |seconds: i64| {
            let request = server.client.raw(Method::POST, "/_cognate/clock");
            let body = json!({ "advanceSeconds": seconds }).to_string();
            server.client.send(request.body(body)).await.ok()
        };
        let moved = move_by(86_400).await;
        assert_eq!(moved["offsetSeconds"], 86_400);
        let passed = moved["nowMillis"].as_i64().unwrap() - before["nowMillis"].as_i64().unwrap();
        assert!((86_400_000..86_520_000).contains(&passed), "{passed}");
        assert_eq!(read().await["offsetSeconds"], 86_400);
        for page in ["/", "/_cognate/inbox"] {
            let request = server.client.raw(Method::GET, page).header("accept", BROWSER);
            let page = server.client.send(request).await.text;
            assert!(page.contains("The server's clock is 1 day ahead."), "{page}");
        }
        assert_eq!(move_by(-93_600).await["offsetSeconds"], -7200);
        let page = root(&server, BROWSER).await.text;
        assert!(page.contains("2 hours behind"), "{page}");
        assert!(page.contains(r#"{"advanceSeconds": 7200}"#), "{page}");
    }

    /// The console learns where everything is, but no password.
    async fn the_greeting_says_where_everything_is(store: TestStore) {
        let mut config = test_config(&store);
        config.server.starter_pool = true;
        config.store.data_dir = store.directory().join("./data");
        let (greeting, url) = greeting(config).await;
        let line = |name: &str| {
            let line = greeting.lines().find_map(|line| line.trim_start().strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {greeting}")).trim().to_owned()
        };
        assert_eq!(line("endpoint"), url);
        assert_eq!(line("overview"), format!("{url}/"));
        assert_eq!(line("inbox"), format!("{url}/_cognate/inbox"));
        assert_eq!(line("data"), store.directory().join("data").display().to_string());
        let shown = line("store");
        assert_eq!(shown, StoreUrl::parse(&store.url).unwrap().to_string());
        match store.kind {
            StoreKind::Sqlite => assert_eq!(shown, store.url),
            StoreKind::Postgres => assert!(!shown.contains('@'), "{shown}"),
        }
        let pool = line("user pool");
        let client = line("app client");
        assert!(pool.ends_with("  starter") && client.ends_with("  starter"), "{greeting}");
        let id = |line: &str| line.split_once(' ').unwrap().0.to_owned();
        let amplify = format!(
            "      userPoolId: '{}',
        userPoolClientId: '{}',
        userPoolEndpoint: '{url}',
",
            id(&pool),
            id(&client),
        );
        assert!(greeting.contains(&amplify), "{greeting}");
        // Amplify reaches domains by https only.
        assert!(!greeting.contains("loginWith"), "{greeting}");
    }

    /// The greeting counts what it leaves out.
    async fn the_greeting_is_short(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        for _ in 0..4 {
            server.pool(json!({})).await;
        }
        server.stop().await;
        let (greeting, _) = greeting(test_config(&store)).await;
        assert_eq!(greeting.matches("user pool  ").count(), 3, "{greeting}");
        assert!(greeting.contains("and 1 more user pool\n"), "{greeting}");
        assert!(!greeting.contains("Amplify"), "{greeting}");
    }
}
