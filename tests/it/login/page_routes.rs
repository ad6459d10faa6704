//! The paths of the pages, their methods, and where they lead (domain 1).

use reqwest::Method;
use serde_json::json;

use crate::support::browser::{Browser, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::users::confirmed_user;
use crate::support::{TestServer, TestStore, both_stores};

const READ: [Method; 1] = [Method::GET];
const READ_AND_SENT: [Method; 2] = [Method::GET, Method::POST];

both_stores! {
    /// Each page has its methods, and no others; every answer has an id.
    async fn other_methods_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let browser = Browser::new(&pool).await;
        for (page, methods) in [
            ("login", READ_AND_SENT.as_slice()), ("signup", &READ_AND_SENT), ("confirm", &READ_AND_SENT),
            ("resendcode", &READ_AND_SENT), ("forgotPassword", &READ_AND_SENT),
            ("confirmforgotPassword", &READ_AND_SENT), ("changePassword", &READ_AND_SENT),
            ("passkeys/add", &READ_AND_SENT), ("confirmUser", &READ), ("error", &READ),
        ] {
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                let path = format!("{}?{}", browser.path(page), code_query(&app, ""));
                let answer = server.client.send(server.client.raw(method.clone(), &path)).await;
                let is_refused = !methods.contains(&method);
                assert_eq!(answer.status == 405, is_refused, "{method} {page}: {answer}");
                let id = answer.header("x-amz-cognito-request-id").unwrap_or_default();
                assert!(uuid::Uuid::parse_str(id).is_ok(), "{method} {page}: {answer}");
            }
        }
    }

    /// A page in the middle of a sign-in that is opened by its address begins it anew, with the query.
    async fn a_page_of_a_sign_in_leads_to_its_beginning(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let query = code_query(&app, "&state=a%2Fb");
        let page = browser.open(&format!("{}?{query}", browser.path("changePassword"))).await;
        assert_eq!((page.status, page.location), (302, format!("{}?{query}", browser.path("login"))));
    }

    /// The form with a new password leads to `/changePassword`.
    async fn a_temporary_password_is_replaced_there(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let user = json!({
            "Username": "ada", "TemporaryPassword": "Temp0rary-1!", "MessageAction": "SUPPRESS",
        });
        pool.admin("AdminCreateUser", user).await.ok();
        let mut browser = Browser::new(&pool).await;
        let query = code_query(&app, "");
        let page = browser.log_in(&query, "ada", "Temp0rary-1!").await;
        let action = format!("action=\"{}?{}\"", browser.path("changePassword"), query.replace('&', "&#38;"));
        assert!(page.html.contains(&action), "{}", page.html);
        let typed = [("password", PASSWORD), ("confirmPassword", PASSWORD)];
        let back = browser.submit(&page, &typed).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(!back.returned("code").is_empty());
    }

    /// What a page leaves for the next one to say is said within five minutes, and once.
    async fn what_was_done_is_said_for_five_minutes(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let ada = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", ada).await;
        for (waits, is_said) in [(299, true), (300, false)] {
            let mut browser = Browser::new(&pool).await;
            let path = |page: &str, browser: &Browser| format!("{}?{}", browser.path(page), code_query(&app, ""));
            let page = browser.open(&path("forgotPassword", &browser)).await;
            let page = browser.submit(&page, &[("username", "ada")]).await;
            let page = browser.open(&page.location).await;
            let code = pool.inbox("ada@example.com").code().await;
            let typed = [("code", code.as_str()), ("password", PASSWORD), ("confirmPassword", PASSWORD)];
            let done = browser.submit(&page, &typed).await;
            assert_eq!((done.status, &done.location), (302, &path("login", &browser)), "{}", done.html);
            server.advance(waits).await;
            let login = browser.open(&done.location).await;
            assert_eq!(login.html.contains("Your password has been changed."), is_said, "{waits}: {}", login.html);
            let login = browser.open(&done.location).await;
            assert!(!login.html.contains("Your password has been changed."), "{}", login.html);
        }
    }

    /// The cookies of the pages: no script reads them, no other site's form sends them, and the language stays a year. Where
    /// the public URL is https, browsers neither send them otherwise nor ask for a page otherwise.
    async fn cookies_have_their_attributes(store: TestStore) {
        for public_url in [None, Some("https://id.example.com")] {
            let server = TestServer::start(&store, |config| {
                config.server.public_url = public_url.map(str::to_owned);
            })
            .await;
            let pool = server.pool(json!({})).await;
            let app = web_client(&pool, json!({})).await;
            confirmed_user(&pool, "ada", json!({})).await;
            let mut browser = Browser::new(&pool).await;
            browser.use_managed_login(&app).await;
            let login = format!("{}?{}", browser.path("login"), code_query(&app, "&lang=de"));
            let page = browser.open(&login).await;
            let domain = browser.domain.clone();
            let csrf = browser.cookie("XSRF-TOKEN").expect("a cookie").to_owned();
            assert!(uuid::Uuid::parse_str(&csrf).is_ok(), "{csrf}");
            assert_eq!(page.hidden("_csrf"), Some(csrf.clone()));
            let secure = public_url.map_or("", |_| "; Secure");
            let attributes = format!("Path=/{domain}; HttpOnly; SameSite=Lax{secure}");
            let mut cookies = page.set_cookies.clone();
            cookies.sort();
            assert_eq!(cookies, [
                format!("XSRF-TOKEN-{domain}={csrf}; {attributes}"),
                format!("lang-{domain}=de; Max-Age=31536000; {attributes}"),
            ]);
            let back = browser.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
            assert!(!back.returned("code").is_empty(), "{back:?}");
            let session = browser.cookie("cognito").expect("a session").to_owned();
            assert_eq!(back.set_cookies, [format!("cognito-{domain}={session}; Max-Age=3600; {attributes}")]);
            let gone = browser.open(&format!("{}?client_id={}", browser.path("logout"), app.id)).await;
            assert_eq!(gone.set_cookies, [format!("cognito-{domain}=; Max-Age=0; {attributes}")]);
            for (path, status) in [(login, 200), (gone.location, 400)] {
                let answer = server.client.send(server.client.raw(Method::GET, &path)).await;
                let transport = answer.header("strict-transport-security");
                let expected = public_url.map(|_| "max-age=31536000");
                assert_eq!((answer.status, transport), (status, expected), "{path}");
            }
            server.stop().await;
        }
    }
}
