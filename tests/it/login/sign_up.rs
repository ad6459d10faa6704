//! Signing up at a domain, and confirming it (domain 10.2, 10.3).

use serde_json::json;

use crate::support::browser::{Browser, CALLBACK, Page, code_query, exchange, web_client};
use crate::support::pools::PASSWORD;
use crate::support::sign_up::{confirmed_by_email, standing, unconfirmed, wrong_code_for};
use crate::support::users::{confirmed_user, status};
use crate::support::{AppClient, TestServer, both_stores};

/// A client of a pool whose users need an e-mail address, which gets the codes.
async fn app(server: &TestServer) -> (AppClient, Browser) {
    let pool = server
        .pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "Schema": [{ "Name": "email", "Required": true, "Mutable": true }],
        }))
        .await;
    let app = web_client(&pool, json!({})).await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

/// Fills in the page `/signup`.
async fn sign_up(browser: &mut Browser, app: &AppClient, name: &str) -> Page {
    let path = format!("{}?{}", browser.path("signup"), code_query(app, ""));
    let page = browser.open(&path).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let email = format!("{name}@example.com");
    let typed = [
        ("username", name),
        ("requiredAttributes[email]", &email),
        ("password", PASSWORD),
    ];
    browser.submit(&page, &typed).await
}

/// The page that a page leads to.
async fn follow(browser: &mut Browser, page: &Page) -> Page {
    assert_eq!(page.status, 302, "{}", page.html);
    let location = page.location.clone();
    browser.open(&location).await
}

both_stores! {
    /// Section 10.3: the new user confirms the sign-up, and is back at the application with a code.
    async fn a_new_user_is_signed_in(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let query = code_query(&app, "");
        let login = browser.open(&format!("{}?{query}", browser.path("login"))).await;
        let link = format!("href=\"{}?{}\"", browser.path("signup"), query.replace('&', "&#38;"));
        assert!(login.html.contains(&link), "{}", login.html);
        let made = sign_up(&mut browser, &app, "ada").await;
        assert_eq!((made.status, &made.location), (302, &format!("{}?{query}", browser.path("confirm"))));
        let cookie = made.set_cookies.iter().find(|cookie| cookie.starts_with("page-data-")).unwrap();
        let expected = format!("; Max-Age=86400; Path=/{}; HttpOnly; SameSite=Lax", browser.domain);
        assert!(cookie.ends_with(&expected), "{cookie}");
        assert_eq!(standing(&app.pool, "ada").await, unconfirmed());

        let page = follow(&mut browser, &made).await;
        assert!(page.html.contains("We have sent a code by email to a***@e***. Enter it below"), "{}", page.html);
        let sub = app.pool.attribute("ada", "sub").await;
        assert_eq!((page.hidden("username").as_deref(), page.hidden("sub")), (Some("ada"), sub));
        let medium = (page.hidden("destination"), page.hidden("deliveryMedium"));
        assert_eq!(medium, (Some("a***@e***".to_owned()), Some("EMAIL".to_owned())));
        let code = server.inbox("ada@example.com").code().await;
        let wrong = browser.submit(&page, &[("code", wrong_code_for(&code))]).await;
        assert_eq!(wrong.status, 200);
        assert!(wrong.html.contains("Invalid verification code provided, please try again."), "{}", wrong.html);
        assert_eq!(standing(&app.pool, "ada").await, unconfirmed());
        let back = browser.submit(&wrong, &[("code", &format!(" {code} "))]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert_eq!(standing(&app.pool, "ada").await, confirmed_by_email());
        assert_eq!(browser.cookie("page-data"), None);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &back.returned("code")),
            ("redirect_uri", CALLBACK),
        ];
        exchange(&app, &browser.domain, &form).await.ok();
        assert!(!browser.authorize(&query).await.returned("code").is_empty());
        let over = browser.open(&format!("{}?{query}", browser.path("confirm"))).await;
        assert_eq!((over.status, over.location), (302, format!("{}?{query}", browser.path("login"))));
    }

    /// A code says that somebody reads the user's mail. Signed in is the browser in which the password was typed.
    async fn a_code_alone_signs_nobody_in(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let query = code_query(&app, "");
        let made = sign_up(&mut browser, &app, "ada").await;
        let page = follow(&mut browser, &made).await;
        let code = server.inbox("ada@example.com").code().await;
        let mut other = browser.twin();
        other.forget("page-data");
        let told = other.submit(&page, &[("code", &code)]).await;
        assert_eq!((told.status, &told.location), (302, &format!("{}?{query}", browser.path("login"))));
        assert_eq!(standing(&app.pool, "ada").await, confirmed_by_email());
        assert_eq!(other.cookie("cognito"), None);
        let login = follow(&mut other, &told).await;
        assert!(login.html.contains("Your registration has been confirmed!"), "{}", login.html);
        assert!(login.html.contains("value=\"ada\""), "{}", login.html);
        let again = follow(&mut other, &told).await;
        assert!(!again.html.contains("Your registration has been confirmed!"), "{}", again.html);
        assert_eq!(other.submit(&again, &[("username", "ada"), ("password", PASSWORD)]).await.status, 302);
    }

    /// A browser that has made a sign-up learns that it was confirmed elsewhere, also where users are hidden; no other does.
    async fn a_sign_up_that_was_confirmed_elsewhere_is_done(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let app = web_client(&app.pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        let made = sign_up(&mut browser, &app, "ada").await;
        let page = follow(&mut browser, &made).await;
        let code = server.inbox("ada@example.com").code().await;
        let login = format!("{}?{}", browser.path("login"), code_query(&app, ""));
        app.pool.admin("AdminConfirmSignUp", json!({ "Username": "ada" })).await.ok();
        let mut other = browser.twin();
        other.forget("page-data");
        let refused = other.submit(&page, &[("code", &code)]).await;
        assert_eq!(refused.status, 200);
        assert!(refused.html.contains("Invalid verification code provided, please try again."), "{}", refused.html);
        let told = browser.submit(&page, &[("code", wrong_code_for(&code))]).await;
        assert_eq!((told.status, &told.location), (302, &login));
        assert_eq!(browser.cookie("cognito"), None);
        let page = follow(&mut browser, &told).await;
        assert!(page.html.contains("Your registration has been confirmed!"), "{}", page.html);
        // Somebody else's of the name is not this browser's.
        let made = sign_up(&mut browser, &app, "bob").await;
        let page = follow(&mut browser, &made).await;
        app.pool.admin("AdminDeleteUser", json!({ "Username": "bob" })).await.ok();
        confirmed_user(&app.pool, "bob", json!({ "email": "bob@example.com" })).await;
        let refused = browser.submit(&page, &[("code", &code)]).await;
        assert_eq!(refused.status, 200);
        assert!(refused.html.contains("Invalid verification code provided, please try again."), "{}", refused.html);
    }

    /// A sign-up of the same name by somebody else is not this browser's.
    async fn the_sign_up_of_another_user_of_the_name_is_not_the_browsers_own(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let made = sign_up(&mut browser, &app, "ada").await;
        let page = follow(&mut browser, &made).await;
        server.inbox("ada@example.com").code().await;
        app.pool.admin("AdminDeleteUser", json!({ "Username": "ada" })).await.ok();
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        let code = server.inbox("ada@example.com").code().await;
        let told = browser.submit(&page, &[("code", &code)]).await;
        assert!(told.location.starts_with(&browser.path("login")), "{told:?}");
        assert_eq!((status(&app.pool, "ada").await.as_str(), browser.cookie("cognito")), ("CONFIRMED", None));
    }

    /// Section 7: what a page leaves is sealed, and of use for a day, at the pool's own client.
    async fn what_a_page_leaves_has_an_end_and_a_place(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let other = web_client(&app.pool, json!({})).await;
        let made = sign_up(&mut browser, &app, "ada").await;
        let page = follow(&mut browser, &made).await;
        let login = format!("{}?{}", browser.path("login"), code_query(&app, ""));
        let sealed = browser.cookie("page-data").unwrap().to_owned();
        let (begin, end) = sealed.split_at(sealed.len() / 2);
        let altered = format!("{begin}{}{}", if end.starts_with('A') { 'B' } else { 'A' }, &end[1..]);
        let mut tampered = browser.twin();
        for value in ["garbage", begin, &altered] {
            tampered.set_cookie("page-data", value);
            let shown = tampered.open(&made.location).await;
            assert_eq!((shown.status, &shown.location), (302, &login), "{value}");
        }
        let code = server.inbox("ada@example.com").code().await;
        let told = tampered.submit(&page, &[("code", &code)]).await;
        assert_eq!((told.status, &told.location, tampered.cookie("cognito")), (302, &login, None));
        assert_eq!(standing(&app.pool, "ada").await, confirmed_by_email());
        let mut at = async |app: &AppClient| {
            let path = format!("{}?{}", browser.path("confirm"), code_query(app, ""));
            browser.open(&path).await.status
        };
        assert_eq!((at(&app).await, at(&other).await), (200, 302));
        server.advance(24 * 3600 - 60).await;
        assert_eq!(at(&app).await, 200);
        server.advance(61).await;
        assert_eq!(at(&app).await, 302);
    }

    /// Section 10.3: `/resendcode` sends another code in the place of the first.
    async fn a_code_is_sent_again(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let made = sign_up(&mut browser, &app, "ada").await;
        let page = follow(&mut browser, &made).await;
        let first = server.inbox("ada@example.com").code().await;
        let again = browser.press(&page, "resend").await;
        assert_eq!(again.status, 200);
        assert!(again.html.contains("We have sent you a new code."), "{}", again.html);
        assert_eq!(again.hidden("destination").as_deref(), Some("a***@e***"));
        let second = server.inbox("ada@example.com").code().await;
        if first != second {
            let old = browser.submit(&again, &[("code", &first)]).await;
            assert!(old.html.contains("Invalid verification code provided"), "{}", old.html);
        }
        let back = browser.submit(&again, &[("code", &second)]).await;
        assert!(!back.returned("code").is_empty());
    }

    /// Section 7: forms that the browser did not get from a page are refused, and change nothing.
    async fn forms_of_other_pages_are_refused(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let query = code_query(&app, "");
        let page = browser.open(&format!("{}?{query}", browser.path("signup"))).await;
        let typed = [
            ("username", "ada"),
            ("requiredAttributes[email]", "ada@example.com"),
            ("password", PASSWORD),
        ];
        let mut forged = browser.twin();
        forged.set_cookie("XSRF-TOKEN", "0f0e0d0c-0b0a-0908-0706-050403020100");
        let refused = forged.submit(&page, &typed).await;
        assert_eq!(refused.status, 403);
        assert!(refused.html.contains("signupform"), "{}", refused.html);
        app.pool.user("ada").await.fails("UserNotFoundException", "User does not exist.");

        let made = browser.submit(&page, &typed).await;
        let page = follow(&mut browser, &made).await;
        let code = server.inbox("ada@example.com").code().await;
        let mut forged = browser.twin();
        forged.set_cookie("XSRF-TOKEN", "0f0e0d0c-0b0a-0908-0706-050403020100");
        let refused = forged.submit(&page, &[("code", &code)]).await;
        assert_eq!((refused.status, refused.hidden("username").as_deref()), (403, Some("ada")));
        assert_eq!(forged.press(&page, "resend").await.status, 403);
        forged.forget("page-data");
        assert_eq!(forged.submit(&page, &[("code", &code)]).await.status, 403);
        assert_eq!(standing(&app.pool, "ada").await, unconfirmed());
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// A page proves no client's secret, and needs none.
    async fn a_client_with_a_secret_has_a_page_for_signing_up(server: TestServer) {
        let (public, _) = app(&server).await;
        let app = web_client(&public.pool, json!({ "GenerateSecret": true })).await;
        let mut browser = Browser::new(&app.pool).await;
        let made = sign_up(&mut browser, &app, "ada").await;
        let page = follow(&mut browser, &made).await;
        let page = browser.press(&page, "resend").await;
        let code = server.inbox("ada@example.com").code().await;
        assert!(!browser.submit(&page, &[("code", &code)]).await.returned("code").is_empty());
        // The JSON API still asks for it.
        let without = json!({ "Username": "ada", "ConfirmationCode": "123456", "SecretHash": null });
        let refused = app.call("ConfirmSignUp", without).await;
        refused.fails_as("NotAuthorizedException");
    }

    /// Where users are hidden, the page is the same whether there is such a user or not (behaviour 3.6).
    async fn an_unknown_user_has_the_same_pages(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let made = sign_up(&mut browser, &app, "ada").await;
        let page = follow(&mut browser, &made).await;
        let code = server.inbox("ada@example.com").code().await;
        let mut unknown = Page { html: page.html.replace("\"ada\"", "\"eve\""), ..page };
        let wrong = [("code", wrong_code_for(&code))];
        let answer = browser.submit(&unknown, &wrong).await;
        let known = Page { html: unknown.html.replace("\"eve\"", "\"ada\""), ..unknown };
        let expected = browser.submit(&known, &wrong).await;
        assert!(expected.html.contains("Invalid verification code provided"), "{}", expected.html);
        assert_eq!((answer.status, answer.html.replace("\"eve\"", "\"ada\"")), (200, expected.html));
        unknown = Page { html: known.html.replace("\"ada\"", "\"eve\""), ..known };
        let answer = browser.press(&unknown, "resend").await;
        let known = Page { html: unknown.html.replace("\"eve\"", "\"ada\""), ..unknown };
        let expected = browser.press(&known, "resend").await;
        assert_eq!((answer.status, answer.html.replace("\"eve\"", "\"ada\"")), (200, expected.html));
    }
}
