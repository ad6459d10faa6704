//! How old the browser's sign-in may be that an app client takes (domain 7, administration 10.1).

use serde_json::json;

use crate::support::browser::{Browser, CALLBACK, code_query, web_client};
use crate::support::{AppClient, TestServer, TestStore, both_stores};

/// A pool that tracks sessions, with `ada` and a browser.
async fn tracking(server: &TestServer) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let tracking = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 },
    });
    pool.admin("SetUserPoolSessionConfiguration", tracking)
        .await
        .ok();
    let app = web_client(&pool, json!({})).await;
    app.confirmed("ada", json!({ "email": "ada@example.com" }))
        .await;
    let browser = Browser::new(&pool).await;
    browser.use_managed_login(&app).await;
    (app, browser)
}

/// The client takes sign-ins of the last so many minutes.
async fn takes_for(app: &AppClient, minutes: i32) {
    let session = json!({
        "ClientId": app.id, "SSOSession": { "MaxValidityMinutes": minutes },
    });
    let set = app
        .pool
        .admin("SetUserPoolClientSessionConfiguration", session);
    set.await.ok();
}

/// Whether the browser gets a code without a page.
async fn is_known(app: &AppClient, browser: &mut Browser) -> bool {
    let page = browser.authorize(&code_query(app, "&prompt=none")).await;
    let is_refused = page.location == format!("{CALLBACK}?error=login_required");
    assert!(is_refused || !page.returned("code").is_empty());
    !is_refused
}

both_stores! {
    /// The life is counted from the sign-in, and no use makes it longer. The cookie lives as long.
    async fn a_client_says_how_long_a_browser_stays_signed_in(server: TestServer) {
        let (app, mut browser) = tracking(&server).await;
        takes_for(&app, 1440).await;
        let page = browser.log_in(&code_query(&app, ""), "ada", crate::support::pools::PASSWORD).await;
        let cookie = page.set_cookies.iter().find(|cookie| cookie.starts_with("cognito-")).unwrap();
        assert!(cookie.contains("; Max-Age=86400;"), "{cookie}");
        server.advance(23 * 3600).await;
        assert!(is_known(&app, &mut browser).await);
        server.advance(3599).await;
        assert!(is_known(&app, &mut browser).await);
        server.advance(1).await;
        assert!(!is_known(&app, &mut browser).await);
    }

    /// Clients of a pool share the sign-in, and each takes it as long as it says: 0 never.
    async fn each_client_takes_a_sign_in_of_its_own_age(server: TestServer) {
        let (app, mut browser) = tracking(&server).await;
        let (hour, never) = (web_client(&app.pool, json!({})).await, web_client(&app.pool, json!({})).await);
        for client in [&hour, &never] {
            let style = json!({ "ClientId": client.id, "UseCognitoProvidedValues": true });
            app.pool.admin("CreateManagedLoginBranding", style).await.ok();
        }
        takes_for(&app, 120).await;
        takes_for(&never, 0).await;
        browser.code(&code_query(&app, ""), "ada").await;
        assert!(is_known(&hour, &mut browser).await);
        assert!(!is_known(&never, &mut browser).await);
        let page = browser.open(&format!("{}?{}", browser.path("login"), code_query(&never, ""))).await;
        assert!(!page.html.contains("signInAsKnownUser"), "{}", page.html);
        server.advance(3600).await;
        assert!(!is_known(&hour, &mut browser).await);
        assert!(is_known(&app, &mut browser).await);
        // What it says later counts for sign-ins of before.
        takes_for(&app, 59).await;
        assert!(!is_known(&app, &mut browser).await);
    }

    /// A client that takes no earlier sign-in still gets a code by its own.
    async fn a_sign_in_is_good_for_its_own_code(server: TestServer) {
        let (app, mut browser) = tracking(&server).await;
        takes_for(&app, 0).await;
        let query = code_query(&app, "");
        let first = browser.code(&query, "ada").await;
        assert!(!is_known(&app, &mut browser).await);
        assert_ne!(browser.code(&query, "ada").await, first);
    }

    /// A sign-in lives five minutes at least, and other clients take it meanwhile, also if its own takes none.
    async fn a_sign_in_lives_five_minutes_at_least(server: TestServer) {
        let (app, mut browser) = tracking(&server).await;
        let other = web_client(&app.pool, json!({})).await;
        let style = json!({ "ClientId": other.id, "UseCognitoProvidedValues": true });
        app.pool.admin("CreateManagedLoginBranding", style).await.ok();
        takes_for(&app, 0).await;
        let page = browser.log_in(&code_query(&app, ""), "ada", crate::support::pools::PASSWORD).await;
        assert_eq!((page.status, page.returned("code").is_empty()), (302, false), "{page:?}");
        let cookie = page.set_cookies.iter().find(|cookie| cookie.starts_with("cognito-")).unwrap();
        assert!(cookie.contains("; Max-Age=300;"), "{cookie}");
        assert!(!is_known(&app, &mut browser).await);
        server.advance(270).await;
        assert!(is_known(&other, &mut browser).await);
        server.advance(30).await;
        assert!(!is_known(&other, &mut browser).await);
    }

    /// A new sign-in in the browser ends its former one, whose cookie nobody has any more.
    async fn a_new_sign_in_ends_the_former_one(server: TestServer) {
        let (app, mut browser) = tracking(&server).await;
        browser.code(&code_query(&app, ""), "ada").await;
        let mut former = browser.twin();
        browser.code(&code_query(&app, "&prompt=login"), "ada").await;
        assert!(is_known(&app, &mut browser).await);
        assert!(!is_known(&app, &mut former).await);
    }

    /// Beyond the limit the oldest sign-ins end, and not those that end first.
    async fn the_oldest_sign_in_gives_way(store: TestStore) {
        let server = TestServer::start(&store, |config| config.tokens.max_sessions_per_user = 2).await;
        let (app, mut first) = tracking(&server).await;
        let short = web_client(&app.pool, json!({})).await;
        let style = json!({ "ClientId": short.id, "UseCognitoProvidedValues": true });
        app.pool.admin("CreateManagedLoginBranding", style).await.ok();
        takes_for(&app, 1440).await;
        let (mut second, mut third) = (first.twin(), first.twin());
        first.code(&code_query(&app, ""), "ada").await;
        server.advance(1).await;
        second.code(&code_query(&app, ""), "ada").await;
        server.advance(1).await;
        third.code(&code_query(&short, ""), "ada").await;
        assert!(!is_known(&app, &mut first).await);
        assert!(is_known(&app, &mut second).await);
        assert!(is_known(&app, &mut third).await);
        server.stop().await;
    }

    /// A link to the page for a passkey takes no sign-in that the client would not take.
    async fn a_link_to_a_passkey_takes_no_old_sign_in(server: TestServer) {
        let (app, mut browser) = tracking(&server).await;
        let strict = web_client(&app.pool, json!({})).await;
        let style = json!({ "ClientId": strict.id, "UseCognitoProvidedValues": true });
        app.pool.admin("CreateManagedLoginBranding", style).await.ok();
        takes_for(&app, 1440).await;
        takes_for(&strict, 0).await;
        browser.code(&code_query(&app, ""), "ada").await;
        let link = |client: &AppClient, browser: &Browser| {
            format!("{}?client_id={}&redirect_uri={CALLBACK}", browser.path("passkeys/add"), client.id)
        };
        server.advance(299).await;
        let page = browser.open(&link(&strict, &browser)).await;
        assert_eq!(page.status, 200, "{page:?}");
        server.advance(1).await;
        let page = browser.open(&link(&strict, &browser)).await;
        assert!(page.location.starts_with(&browser.path("login")), "{page:?}");
        let page = browser.open(&link(&app, &browser)).await;
        assert_eq!(page.status, 200, "{page:?}");
    }
}
