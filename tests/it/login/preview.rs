//! The preview of an app client's pages, in development; and the overview's links to it.

use reqwest::Method;
use serde_json::json;

use crate::support::browser::{Browser, web_client};
use crate::support::{TestServer, both_stores};

both_stores! {
    /// The overview leads to the login page and to the preview, whose list leads to each page.
    async fn every_page_of_a_client_can_be_looked_at(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let path = browser.path("preview");
        let list = format!("{path}?client_id={}", app.id);
        let request = server.client.raw(Method::GET, "/").header("accept", "text/html");
        let overview = server.client.send(request).await.text;
        assert!(overview.contains(&format!("{list}\"")), "{overview}");
        assert!(overview.contains(&format!("{}?client_id=", browser.path("login"))), "{overview}");
        for ready in [
            format!("userPoolClientId: &#39;{}&#39;", app.id),
            format!("client_id: &#39;{}&#39;", app.id),
        ] {
            assert!(overview.contains(&ready), "{ready}: {overview}");
        }
        let listed = browser.open(&list).await;
        assert_eq!(listed.status, 200, "{listed:?}");
        let start = format!("href=\"{path}/");
        let links = listed.html.split(&start).skip(1);
        let names: Vec<_> = links.filter_map(|rest| rest.split('?').next()).collect();
        for expected in ["sign-in", "sign-up", "totp", "passkey-offer", "error-3-with-problems"] {
            assert!(names.contains(&expected), "{expected} in {names:?}");
        }
        for name in names {
            let page = browser.open(&format!("{path}/{name}?client_id={}", app.id)).await;
            assert_eq!(page.status, 200, "{name}");
            assert!(page.policy.starts_with("default-src 'none'"), "{name}: {}", page.policy);
        }
        let unknown = browser.open(&format!("{path}/unheard-of?client_id={}", app.id)).await;
        assert_eq!(unknown.status, 404);
        let nobodys = browser.open(&format!("{path}?client_id=unheard0of")).await;
        assert_eq!(nobodys.status, 404);
    }
}
