//! The sign-in form, the browser's session, and what ends it (domain 7, 10.2).

use serde_json::json;

use crate::support::browser::{Browser, CALLBACK, code_query, exchange, web_client};
use crate::support::pools::PASSWORD;
use crate::support::{AppClient, TestServer, TestStore, both_stores};

async fn user(server: &TestServer) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, json!({})).await;
    app.confirmed("ada", json!({ "email": "ada@example.com" }))
        .await;
    let browser = Browser::new(&app.pool).await;
    (app, browser)
}

both_stores! {
    /// Sections 2.2 and 7: the browser is sent to the page, signs in, and needs no page for an hour.
    async fn a_browser_stays_signed_in_for_an_hour(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let query = code_query(&app, "&state=%7B%22a%22%3A1%7D+x");
        let sent = browser.authorize(&query).await;
        assert_eq!(sent.status, 302);
        assert_eq!(sent.location, format!("{}?{query}", browser.path("login")));
        let back = browser.log_in(&query, "ada", PASSWORD).await;
        assert_eq!(back.status, 302, "{}", back.html);
        let code = back.returned("code");
        assert_eq!(back.location, format!("{CALLBACK}?code={code}&state=%7B%22a%22%3A1%7D+x"));
        let cookie = back.set_cookies.iter().find(|cookie| cookie.starts_with("cognito-")).unwrap();
        let expected = format!("; Max-Age=3600; Path=/{}; HttpOnly; SameSite=Lax", browser.domain);
        assert!(cookie.ends_with(&expected), "{cookie}");

        server.advance(3599).await;
        let again = browser.authorize(&query).await;
        assert_eq!(again.status, 302);
        assert_ne!(again.returned("code"), code);
        server.advance(2).await;
        let over = browser.authorize(&query).await;
        assert!(over.location.starts_with(&browser.path("login")), "{}", over.location);
    }

    /// Section 10.2: a wrong password shows the page again, with the API's words and the name that was typed.
    async fn a_wrong_password_shows_the_page_again(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let query = code_query(&app, "");
        for (name, password) in [("ada", "Wr0ng-Horse!"), ("nobody", PASSWORD)] {
            let page = browser.log_in(&query, name, password).await;
            assert_eq!(page.status, 200);
            assert!(page.html.contains("Incorrect username or password."), "{}", page.html);
            assert!(page.html.contains(&format!("value=\"{name}\"")), "{}", page.html);
            assert_eq!(browser.cookie("cognito"), None);
        }
    }

    /// Section 7: a form without the value of the cookie is refused, and nobody is signed in.
    async fn a_form_of_another_page_is_refused(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let query = code_query(&app, "");
        let page = browser.open(&format!("{}?{query}", browser.path("login"))).await;
        let typed = [("username", "ada"), ("password", PASSWORD)];
        let mut forged = browser.twin();
        forged.set_cookie("XSRF-TOKEN", "0f0e0d0c-0b0a-0908-0706-050403020100");
        let refused = forged.submit(&page, &typed).await;
        assert_eq!((refused.status, forged.cookie("cognito")), (403, None));
        let mut without = Browser::new(&app.pool).await;
        let refused = without.submit(&page, &typed).await;
        assert_eq!((refused.status, without.cookie("cognito")), (403, None));
        assert_eq!(browser.submit(&page, &typed).await.status, 302);
    }

    /// Section 7: the direct page offers the account, and the session serves other clients of the pool.
    async fn the_account_of_the_session_is_offered(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        browser.code(&code_query(&app, ""), "ada").await;
        let other = web_client(&app.pool, json!({})).await;
        let query = code_query(&other, "");
        let page = browser.open(&format!("{}?{query}", browser.path("login"))).await;
        assert!(page.html.contains("Sign in as ada"), "{}", page.html);
        let back = browser.submit(&page, &[("signInAsKnownUser", "true")]).await;
        assert_eq!(back.status, 302);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &back.returned("code")),
            ("redirect_uri", CALLBACK),
        ];
        exchange(&other, &browser.domain, &form).await.ok();
    }

    /// Sections 5 and 7: signing out, signing out everywhere and a reset of the password end the session.
    async fn what_ends_the_session(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let query = code_query(&app, "");
        let is_asked = async |browser: &mut Browser| {
            let page = browser.authorize(&query).await;
            page.location.starts_with(&browser.path("login"))
        };
        let named = json!({ "Username": "ada" });
        browser.code(&query, "ada").await;
        let mut stolen = browser.twin();
        assert!(!is_asked(&mut browser).await);
        let out = format!("{}?client_id={}&logout_uri=https%3A%2F%2Fapp.example.com%2F", browser.path("logout"), app.id);
        let gone = browser.open(&out).await;
        assert_eq!((gone.status, gone.location.as_str()), (302, "https://app.example.com/"));
        assert_eq!(browser.cookie("cognito"), None);
        assert!(is_asked(&mut stolen).await);

        browser.code(&query, "ada").await;
        app.pool.admin("AdminUserGlobalSignOut", named.clone()).await.ok();
        assert!(is_asked(&mut browser).await);

        browser.code(&query, "ada").await;
        let password = json!({ "Username": "ada", "Password": PASSWORD, "Permanent": true });
        app.pool.admin("AdminSetUserPassword", password).await.ok();
        assert!(is_asked(&mut browser).await);

        browser.code(&query, "ada").await;
        app.pool.admin("AdminDisableUser", named.clone()).await.ok();
        assert!(is_asked(&mut browser).await);
        app.pool.admin("AdminEnableUser", named).await.ok();
        assert!(is_asked(&mut browser).await);
    }

    /// Section 2.5 and OpenID Connect: `prompt` and `max_age`, at a domain with managed login.
    async fn a_prompt_is_obeyed_by_managed_login(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let query = |further: &str| code_query(&app, further);
        let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": 2 });
        app.pool.admin("UpdateUserPoolDomain", version).await.ok();
        let style = json!({ "ClientId": app.id, "UseCognitoProvidedValues": true });
        app.pool.admin("CreateManagedLoginBranding", style).await.ok();
        let none = browser.authorize(&query("&state=s&prompt=none")).await;
        assert_eq!(none.location, format!("{CALLBACK}?state=s&error=login_required"));
        browser.code(&query(""), "ada").await;
        let none = browser.authorize(&query("&prompt=none")).await;
        assert!(!none.returned("code").is_empty());
        let login = browser.authorize(&query("&prompt=login")).await;
        assert!(login.location.starts_with(&browser.path("login")));
        server.advance(61).await;
        let fresh = browser.authorize(&query("&max_age=60")).await;
        assert!(fresh.location.starts_with(&browser.path("login")));
        assert_eq!(browser.log_in(&query("&max_age=60"), "ada", PASSWORD).await.status, 302);
        let fresh = browser.authorize(&query("&max_age=60")).await;
        assert!(!fresh.returned("code").is_empty());
    }

    /// A page proves no client's secret: who guesses is locked out at its own address, not the users of the whole client.
    async fn wrong_passwords_lock_the_one_who_guesses(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({ "GenerateSecret": true })).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        let query = code_query(&app, "");
        let mut stranger = Browser::new(&app.at_source("127.0.0.2").pool).await;
        for _ in 0..5 {
            let page = stranger.log_in(&query, "ada", "Wr0ng-Horse!").await;
            assert!(page.html.contains("Incorrect username or password."), "{}", page.html);
        }
        let page = stranger.log_in(&query, "ada", PASSWORD).await;
        assert!(page.html.contains("Password attempts exceeded"), "{}", page.html);
        let mut own = Browser::new(&app.pool).await;
        assert_eq!(own.log_in(&query, "ada", PASSWORD).await.status, 302);
    }

    /// Section 2.5: a page that asks for a new sign-in does not offer the old one.
    async fn a_new_sign_in_is_not_the_old_one(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        browser.code(&code_query(&app, ""), "ada").await;
        server.advance(61).await;
        let path = format!("{}?{}", browser.path("login"), code_query(&app, "&max_age=60"));
        let page = browser.open(&path).await;
        assert!(!page.html.contains("Sign in as"), "{}", page.html);
        let back = browser.submit(&page, &[("signInAsKnownUser", "true")]).await;
        assert_eq!((back.status, back.location.as_str()), (200, ""));
    }

    /// Section 7 and signing out everywhere: codes on their way end with the session, which another kind of pages ends too.
    async fn codes_end_with_the_session(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let query = code_query(&app, "");
        let code = browser.code(&query, "ada").await;
        app.pool.admin("AdminUserGlobalSignOut", json!({ "Username": "ada" })).await.ok();
        let form = [
            ("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK),
        ];
        let refused = exchange(&app, &browser.domain, &form).await;
        assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_grant" })));

        let style = json!({ "ClientId": app.id, "UseCognitoProvidedValues": true });
        app.pool.admin("CreateManagedLoginBranding", style).await.ok();
        let login = format!("{}?{query}", browser.path("login"));
        // An update that leaves the kind as it is ends nothing.
        for (kept, next) in [(1, 2), (2, 1)] {
            browser.code(&query, "ada").await;
            for (version, is_kept) in [(kept, true), (next, false)] {
                let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": version });
                app.pool.admin("UpdateUserPoolDomain", version).await.ok();
                let answer = browser.authorize(&query).await;
                assert_eq!(answer.location == login, !is_kept, "{}", answer.location);
                assert_eq!(answer.location.starts_with(&format!("{CALLBACK}?code=")), is_kept, "{}", answer.location);
            }
        }
    }

    /// Section 2.8: where a limit is reached, the application is told that it is so for now, and gets nothing.
    async fn a_limit_is_told_to_the_application(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.limits.multiplier = Some(1);
            config.limits.pool.hashes_per_minute = 3;
        })
        .await;
        let (app, mut browser) = user(&server).await;
        server.advance(70).await;
        let query = code_query(&app, "&state=x");
        browser.code(&query, "ada").await;
        assert!(!browser.authorize(&query).await.returned("code").is_empty());
        let codes = async || store.ask("SELECT user_id FROM authorization_codes").await.len();
        let before = codes().await;
        for (further, state) in [("&state=x%20y", "state=x%20y&"), ("", "")] {
            let busy = browser.authorize(&code_query(&app, further)).await;
            let expected = format!("{CALLBACK}?{state}error=temporarily_unavailable");
            assert_eq!((busy.status, busy.location), (302, expected));
        }
        assert_eq!(codes().await, before);
        server.advance(70).await;
        assert!(!browser.authorize(&query).await.returned("code").is_empty());
        server.stop().await;
    }

    /// A form is bounded, and has no U+0000.
    async fn a_form_is_bounded(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let query = code_query(&app, "");
        let page = browser.open(&format!("{}?{query}", browser.path("login"))).await;
        let names: Vec<String> = (0..130).map(|number| format!("field{number}")).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        assert_eq!(browser.submit(&page, &many).await.status, 403);
        let nul = [("username", "a\0da"), ("password", PASSWORD)];
        assert_eq!(browser.submit(&page, &nul).await.status, 403);
        let long = "a".repeat(200);
        let page = browser.submit(&page, &[("username", &long), ("password", PASSWORD)]).await;
        assert!(page.html.contains("Incorrect username or password."), "{}", page.html);
    }

    /// The path of another domain is not served under the host name of a domain.
    async fn a_host_name_serves_its_own_domain_alone(server: TestServer) {
        let (app, browser) = user(&server).await;
        let request = |host: String, path: String| {
            let request = server.client.raw(reqwest::Method::GET, &path).header("host", host);
            server.client.send(request)
        };
        let query = code_query(&app, "");
        let own = request(format!("{}.auth.localhost", browser.domain), format!("/login?{query}")).await;
        assert_eq!(own.status, 200);
        let other = format!("{}?{query}", browser.path("login"));
        let mixed = request("other.auth.localhost".to_owned(), other.clone()).await;
        assert_eq!(mixed.status, 404);
        assert_eq!(request("localhost".to_owned(), other).await.status, 200);
    }
}
