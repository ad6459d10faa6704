//! Another password for a code, at a domain (domain 10.3).

use serde_json::json;

use crate::support::browser::{Browser, Page, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::sign_up::wrong_code_for;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, TestServer, both_stores};

const OTHER: &str = "0ther-Horse!";

/// A client, and a user who can get codes.
async fn user(server: &TestServer) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, json!({})).await;
    let verified = json!({ "email": "ada@example.com", "email_verified": "true" });
    confirmed_user(&pool, "ada", verified).await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

fn path(browser: &Browser, app: &AppClient, page: &str) -> String {
    format!("{}?{}", browser.path(page), code_query(app, ""))
}

/// Asks for a code, and returns the page that asks for it.
async fn ask(browser: &mut Browser, app: &AppClient, username: &str) -> Page {
    let page = browser.open(&path(browser, app, "forgotPassword")).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let sent = browser.submit(&page, &[("username", username)]).await;
    let expected = path(browser, app, "confirmforgotPassword");
    assert_eq!(
        (sent.status, &sent.location),
        (302, &expected),
        "{}",
        sent.html
    );
    let page = browser.open(&expected).await;
    assert_eq!(page.status, 200, "{}", page.html);
    page
}

fn typed<'a>(code: &'a str, password: &'a str, repeated: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("code", code),
        ("password", password),
        ("confirmPassword", repeated),
    ]
}

both_stores! {
    /// Section 10.3: the code and a new password, typed twice; then the user signs in with it.
    async fn a_forgotten_password_is_replaced(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let login = browser.open(&path(&browser, &app, "login")).await;
        let link = path(&browser, &app, "forgotPassword").replace('&', "&#38;");
        assert!(login.html.contains(&format!("href=\"{link}\"")), "{}", login.html);
        let page = ask(&mut browser, &app, "ada").await;
        // Where users are hidden, a name does not tell an address.
        let lead = "Enter the password reset code that we have sent you.";
        assert!(page.html.contains(lead), "{}", page.html);
        let code = server.inbox("ada@example.com").code().await;
        for (form, text) in [
            (typed(&code, OTHER, PASSWORD), "The two passwords are not the same."),
            (typed(wrong_code_for(&code), OTHER, OTHER), "Invalid verification code provided, please try again."),
            (typed(&code, "weak-Horse", "weak-Horse"), "Password did not conform with policy: Password must have numeric"),
            (typed(&code, "", ""), "validation errors detected: Value at &#39;password&#39;"),
        ] {
            let again = browser.submit(&page, &form).await;
            assert_eq!((again.status, again.location.as_str()), (200, ""), "{text}");
            assert!(again.html.contains(text), "{text}: {}", again.html);
            assert!(!again.html.contains("Horse"), "{}", again.html);
        }
        app.initiate("ada", PASSWORD).await.ok();
        let done = browser.submit(&page, &typed(&code, OTHER, OTHER)).await;
        assert_eq!((done.status, &done.location), (302, &path(&browser, &app, "login")), "{}", done.html);
        app.initiate("ada", OTHER).await.ok();
        let login = browser.open(&done.location).await;
        assert!(login.html.contains("Your password has been changed."), "{}", login.html);
        assert!(login.html.contains("value=\"ada\""), "{}", login.html);
        assert_eq!(browser.cookie("page-data"), None);
        let wrong = [("username", "ada"), ("password", PASSWORD)];
        assert_eq!(browser.submit(&login, &wrong).await.status, 200);
        let right = [("username", "ada"), ("password", OTHER)];
        assert_eq!(browser.submit(&login, &right).await.status, 302);
        let spent = browser.submit(&page, &typed(&code, PASSWORD, PASSWORD)).await;
        assert!(spent.html.contains("Invalid verification code provided"), "{}", spent.html);
        app.initiate("ada", OTHER).await.ok();
    }

    /// Sections 1 and 7: the page for the code comes after the other one, and lasts as long as the code.
    async fn the_page_for_the_code_has_an_end(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let reset = path(&browser, &app, "confirmforgotPassword");
        let direct = browser.open(&reset).await;
        assert_eq!((direct.status, &direct.location), (302, &path(&browser, &app, "forgotPassword")));
        ask(&mut browser, &app, "ada").await;
        server.advance(3540).await;
        let page = browser.open(&reset).await;
        assert_eq!(page.status, 200);
        server.advance(61).await;
        assert_eq!(browser.open(&reset).await.status, 302);
        let code = server.inbox("ada@example.com").code().await;
        let late = browser.submit(&page, &typed(&code, OTHER, OTHER)).await;
        assert!(late.html.contains("Invalid verification code provided"), "{}", late.html);
        app.initiate("ada", PASSWORD).await.ok();
    }

    /// Behaviour 3.6: whether there is such a user is not told, by the answer, a cookie or the page.
    async fn an_unknown_user_has_the_same_pages(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let known = ask(&mut browser, &app, "ada").await;
        server.inbox("ada@example.com").code().await;
        let unknown = ask(&mut browser, &app, "eve").await;
        assert_eq!(unknown.html.replace("\"eve\"", "\"ada\""), known.html);
        let wrong = typed("000001", OTHER, OTHER);
        let of_unknown = browser.submit(&unknown, &wrong).await;
        let of_known = browser.submit(&known, &wrong).await;
        assert_eq!((of_unknown.status, of_known.status), (200, 200));
        assert_eq!(of_unknown.html.replace("\"eve\"", "\"ada\""), of_known.html);
    }

    /// Section 10.3: where users are not hidden the API's words are the page's.
    async fn the_words_are_those_of_the_api(server: TestServer) {
        let (hiding, mut browser) = user(&server).await;
        let app = web_client(&hiding.pool, json!({ "PreventUserExistenceErrors": "LEGACY" })).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let page = browser.open(&path(&browser, &app, "forgotPassword")).await;
        for (name, text) in [
            ("eve", "Username/client id combination not found."),
            ("bob", "Cannot reset password for the user as there is no registered/verified email or phone_number"),
            ("", "validation errors detected: Value at &#39;username&#39;"),
        ] {
            let again = browser.submit(&page, &[("username", name)]).await;
            assert_eq!(again.status, 200);
            assert!(again.html.contains(text), "{text}: {}", again.html);
            assert!(again.html.contains(&format!("value=\"{name}\"")), "{}", again.html);
        }
    }

    /// Behaviour 3.5: where only an administrator resets passwords there is no link, and no page either.
    async fn only_an_administrator_resets_where_the_pool_says_so(server: TestServer) {
        let recovery = json!({ "RecoveryMechanisms": [{ "Name": "admin_only", "Priority": 1 }] });
        let pool = server.pool(json!({ "AccountRecoverySetting": recovery.clone() })).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let login = browser.open(&path(&browser, &app, "login")).await;
        assert!(!login.html.contains("/forgotPassword"), "{}", login.html);
        let page = browser.open(&path(&browser, &app, "forgotPassword")).await;
        assert_eq!(page.status, 400);
        assert!(page.html.contains("Contact administrator to reset password."), "{}", page.html);
        // A form that the browser got before is refused as well.
        let by_email = json!({ "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }] });
        pool.admin("UpdateUserPool", json!({ "AccountRecoverySetting": by_email })).await.ok();
        let ada = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", ada).await;
        let asking = browser.open(&path(&browser, &app, "forgotPassword")).await;
        let sent = browser.submit(&asking, &[("username", "ada")]).await;
        let resetting = browser.open(&sent.location).await;
        let code = server.inbox("ada@example.com").code().await;
        pool.admin("UpdateUserPool", json!({ "AccountRecoverySetting": recovery })).await.ok();
        let refused = browser.submit(&asking, &[("username", "ada")]).await;
        assert_eq!(refused.status, 400, "{}", refused.html);
        assert!(refused.html.contains("Contact administrator to reset password."), "{}", refused.html);
        // So is one that another page has sent.
        let mut forged = browser.twin();
        forged.set_cookie("XSRF-TOKEN", "0f0e0d0c-0b0a-0908-0706-050403020100");
        let foreign = forged.submit(&asking, &[("username", "ada")]).await;
        assert_eq!((foreign.status, foreign.html), (400, refused.html));
        server.inbox("ada@example.com").stays_empty().await;
        let refused = browser.submit(&resetting, &typed(&code, OTHER, OTHER)).await;
        assert_ne!(refused.status, 302, "{}", refused.html);
        app.initiate("ada", PASSWORD).await.ok();
    }

    /// Section 7: forms that the browser did not get from a page are refused, and change nothing.
    async fn forms_of_other_pages_are_refused(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let asking = browser.open(&path(&browser, &app, "forgotPassword")).await;
        let forge = |browser: &Browser| {
            let mut forged = browser.twin();
            forged.set_cookie("XSRF-TOKEN", "0f0e0d0c-0b0a-0908-0706-050403020100");
            forged
        };
        let refused = forge(&browser).submit(&asking, &[("username", "ada")]).await;
        assert_eq!(refused.status, 403);
        assert!(refused.html.contains("forgotpasswordform"), "{}", refused.html);
        server.inbox("ada@example.com").stays_empty().await;
        let page = ask(&mut browser, &app, "ada").await;
        let code = server.inbox("ada@example.com").code().await;
        let mut forged = forge(&browser);
        let refused = forged.submit(&page, &typed(&code, OTHER, OTHER)).await;
        assert_eq!((refused.status, refused.hidden("username").as_deref()), (403, Some("ada")));
        forged.forget("page-data");
        assert_eq!(forged.submit(&page, &typed(&code, OTHER, OTHER)).await.status, 403);
        app.initiate("ada", PASSWORD).await.ok();
    }
}
