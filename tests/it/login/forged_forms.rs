//! Forms that a page of another origin makes a browser send (domain 7; OpenID Connect Core 3.1.2.3, RFC 6749, 10.12).

use serde_json::json;

use crate::support::browser::{Browser, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::users::{assert_unknown, confirmed_user};
use crate::support::{AppClient, TestServer, both_stores};

/// What a browser says of a form that another origin's page has sent.
const FOREIGN: [(&str, &str); 5] = [
    ("origin", "https://evil.example"),
    ("origin", "null"),
    ("origin", "evil.example"),
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-site", "same-site"),
];
const REFUSED: &str =
    "The form was not sent by this page, or the page is too old. Please try again.";

async fn user(server: &TestServer) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, json!({})).await;
    confirmed_user(&pool, "ada", json!({})).await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

both_stores! {
    /// A sign-in is refused although cookie and field are the same, and nobody is signed in.
    async fn a_form_of_another_origin_signs_nobody_in(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let page = browser.open(&format!("{}?{}", browser.path("login"), code_query(&app, ""))).await;
        let typed = [("username", "ada"), ("password", PASSWORD)];
        for (header, value) in FOREIGN {
            let mut forged = browser.twin().with_header(header, value);
            let refused = forged.submit(&page, &typed).await;
            assert_eq!((refused.status, refused.location.as_str()), (403, ""), "{header}: {value}");
            assert!(refused.html.contains(REFUSED), "{}", refused.html);
            assert_eq!((forged.cookie("cognito"), refused.set_cookies), (None, Vec::new()));
            let sessions = server.store.ask("SELECT user_id FROM browser_sessions").await;
            assert_eq!(sessions, Vec::<String>::new());
        }
    }

    /// A proxy may name the port that browsers leave out, and letters of a host have no case.
    async fn the_port_of_the_scheme_is_no_other_origin(server: TestServer) {
        let (app, by_path) = user(&server).await;
        app.pool.custom_domain("login.example.com").await;
        let query = code_query(&app, "");
        for (host, origin, status) in [
            ("login.example.com:443", "https://login.example.com", 302),
            ("login.example.com:80", "http://login.example.com", 302),
            ("Login.Example.com", "https://login.example.com", 302),
            ("login.example.com:443", "http://login.example.com", 403),
            ("login.example.com", "https://login.example.com:8443", 403),
            ("login.example.com", "https://example.com", 403),
        ] {
            let mut browser = by_path.at_host(host).with_header("origin", origin);
            let page = browser.open(&format!("/login?{query}")).await;
            let sent = browser.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
            assert_eq!(sent.status, status, "{host} {origin}: {}", sent.html);
        }
    }

    /// The domain's own page is known by its origin, and by what the browser says of it.
    async fn a_form_of_the_own_origin_signs_in(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let page = browser.open(&format!("{}?{}", browser.path("login"), code_query(&app, ""))).await;
        let typed = [("username", "ada"), ("password", PASSWORD)];
        for (header, value) in [("origin", server.url()), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none")] {
            let mut own = browser.twin().with_header(header, value);
            let back = own.submit(&page, &typed).await;
            assert_eq!(back.status, 302, "{header}: {}", back.html);
            assert!(own.cookie("cognito").is_some());
        }
        // Another port is another origin.
        let other = format!("{}0", server.url());
        let refused = browser.twin().with_header("origin", &other).submit(&page, &typed).await;
        assert_eq!(refused.status, 403);
    }

    /// The account of the session is not taken by a form of another origin, and nobody is signed up.
    async fn other_forms_of_another_origin_do_nothing(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let query = code_query(&app, "");
        browser.code(&query, "ada").await;
        let known = browser.open(&format!("{}?{query}", browser.path("login"))).await;
        let sign_up = browser.open(&format!("{}?{query}", browser.path("signup"))).await;
        for (header, value) in FOREIGN {
            let mut forged = browser.twin().with_header(header, value);
            let refused = forged.submit(&known, &[("signInAsKnownUser", "true")]).await;
            assert_eq!((refused.status, refused.location.as_str()), (403, ""), "{header}: {value}");
            let refused = forged.submit(&sign_up, &[("username", "eve"), ("password", PASSWORD)]).await;
            assert_eq!((refused.status, refused.location.as_str()), (403, ""), "{header}: {value}");
            assert_unknown(&app.pool, "eve").await;
        }
        let back = browser.submit(&known, &[("signInAsKnownUser", "true")]).await;
        assert!(!back.returned("code").is_empty());
    }
}
