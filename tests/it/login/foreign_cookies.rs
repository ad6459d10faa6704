//! Cookies of a domain's names that a host above it has set, which browsers send beside the domain's own (domain 7).

use serde_json::json;

use crate::support::browser::{Browser, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, TestServer, TestStore, both_stores};

async fn two_users(server: &TestServer) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, json!({})).await;
    confirmed_user(&pool, "ada", json!({})).await;
    confirmed_user(&pool, "mallory", json!({})).await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

/// The same browser, which sends these values of the cookie besides.
fn tossed(browser: &Browser, name: &str, values: &[&str]) -> Browser {
    let pairs = values
        .iter()
        .map(|value| format!("{name}-{}={value}", browser.domain));
    let cookies: Vec<_> = pairs.collect();
    browser.twin().with_header("cookie", &cookies.join("; "))
}

both_stores! {
    /// Which of two sign-ins is the browser's own does not show: none of them counts, and both end.
    async fn of_two_sign_ins_none_counts(server: TestServer) {
        let (app, mut ada) = two_users(&server).await;
        let query = code_query(&app, "");
        let mut mallory = ada.twin();
        mallory.code(&query, "mallory").await;
        let foreign = mallory.cookie("cognito").expect("a session").to_owned();
        ada.code(&query, "ada").await;
        let own = ada.cookie("cognito").expect("a session").to_owned();
        let login = format!("{}?{query}", ada.path("login"));

        let mut both = tossed(&ada, "cognito", &[&foreign]);
        let sent = both.authorize(&query).await;
        assert_eq!((sent.status, &sent.location), (302, &login));
        let page = both.open(&login).await;
        assert!(!page.html.contains("signInAsKnownUser"), "{}", page.html);
        // Twice the same is one.
        let mut twice = tossed(&ada, "cognito", &[&own]);
        assert!(!twice.authorize(&query).await.returned("code").is_empty());

        let path = format!("{}?client_id={}&logout_uri=https://elsewhere.example", both.path("logout"), app.id);
        let out = both.open(&path).await;
        let expected = format!("cognito-{}=; Max-Age=0; Path=/{}; HttpOnly; SameSite=Lax", ada.domain, ada.domain);
        assert_eq!((out.status, out.set_cookies), (302, vec![expected]));
        for browser in [&mut ada, &mut mallory] {
            assert_eq!(browser.authorize(&query).await.location, login);
        }
        let sessions = server.store.ask("SELECT user_id FROM browser_sessions").await;
        assert_eq!(sessions, Vec::<String>::new());
    }

    /// So a stranger's value keeps nobody from signing in, which ends what the other values stood for.
    async fn a_form_is_taken_whichever_value_it_has(server: TestServer) {
        let (app, mut ada) = two_users(&server).await;
        let query = code_query(&app, "");
        let mut mallory = ada.twin();
        mallory.code(&query, "mallory").await;
        let foreign = mallory.cookie("cognito").expect("a session").to_owned();
        let page = ada.open(&format!("{}?{query}", ada.path("login"))).await;
        let typed = [("username", "ada"), ("password", PASSWORD)];
        for values in [&["0123456789abcdef"][..], &["bad"], &["0123456789abcdef", "fedcba9876543210"]] {
            let mut both = tossed(&ada, "XSRF-TOKEN", values);
            let back = both.submit(&page, &typed).await;
            assert_eq!(back.status, 302, "{values:?}: {}", back.html);
        }
        let form = [("_csrf", "0123456789abcdee"), typed[0], typed[1]];
        let refused = tossed(&ada, "XSRF-TOKEN", &["0123456789abcdef"]).submit(&page, &form).await;
        assert_eq!(refused.status, 403);

        let mut both = tossed(&ada, "cognito", &[&foreign, "made-up"]);
        let back = both.submit(&page, &typed).await;
        assert!(!back.returned("code").is_empty());
        let login = format!("{}?{query}", ada.path("login"));
        assert_eq!(mallory.authorize(&query).await.location, login);
    }

    /// Over https, a page that came without is of another origin, and so is one whose origin is empty.
    async fn a_form_without_https_is_foreign(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.server.public_url = Some("https://id.example.com".to_owned());
        })
        .await;
        let (app, browser) = two_users(&server).await;
        let query = code_query(&app, "");
        for (origin, status) in [("https://id.example.com", 302), ("http://id.example.com", 403), ("", 403)] {
            let mut own = browser.twin().with_header("host", "id.example.com").with_header("origin", origin);
            let page = own.open(&format!("{}?{query}", own.path("login"))).await;
            let sent = own.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
            assert_eq!(sent.status, status, "{origin:?}: {}", sent.html);
        }
        server.stop().await;
    }
}
