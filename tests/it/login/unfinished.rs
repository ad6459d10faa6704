//! Sign-ins of users who have to do something else first (domain 10.2).

use serde_json::json;

use crate::support::browser::{Browser, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::users::{confirmed_user, status};
use crate::support::{AppClient, TestServer, both_stores};

fn path(browser: &Browser, app: &AppClient, page: &str) -> String {
    format!("{}?{}", browser.path(page), code_query(app, ""))
}

both_stores! {
    /// Section 10.2: a user who has not confirmed the sign-up does so, and signs in then.
    async fn an_unconfirmed_user_confirms_first(server: TestServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        for (hides, name, password) in [("LEGACY", "ada", "any-Passw0rd!"), ("ENABLED", "bob", PASSWORD)] {
            let app = web_client(&pool, json!({ "PreventUserExistenceErrors": hides })).await;
            let email = format!("{name}@example.com");
            app.sign_up(name, json!({ "email": email })).await.ok();
            let first = server.inbox(&email).code().await;
            let mut browser = Browser::new(&pool).await;
            let query = code_query(&app, "");
            let sent = browser.log_in(&query, name, password).await;
            assert_eq!((sent.status, &sent.location), (302, &path(&browser, &app, "confirm")), "{}", sent.html);
            server.inbox(&email).stays_empty().await;
            let page = browser.open(&sent.location).await;
            assert!(page.html.contains("Enter the code that we have sent you"), "{}", page.html);
            let fields = (page.hidden("username"), page.hidden("sub"));
            assert_eq!(fields, (Some(name.to_owned()), Some(String::new())));
            let page = browser.press(&page, "resend").await;
            let code = server.inbox(&email).code().await;
            if code != first {
                let old = browser.submit(&page, &[("code", &first)]).await;
                assert!(old.html.contains("Invalid verification code provided"), "{}", old.html);
            }
            // The password was not proven where users are not hidden.
            let told = browser.submit(&page, &[("code", &code)]).await;
            assert_eq!((told.status, &told.location), (302, &path(&browser, &app, "login")));
            assert_eq!((status(&pool, name).await.as_str(), browser.cookie("cognito")), ("CONFIRMED", None));
            assert_eq!(browser.log_in(&query, name, PASSWORD).await.status, 302);
        }
    }

    /// A browser that has made the sign-up remembers so when its user tries to sign in before.
    async fn an_own_sign_up_stays_the_browsers_own(server: TestServer) {
        let pool = server.pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "Schema": [{ "Name": "email", "Required": true, "Mutable": true }],
        })).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let page = browser.open(&path(&browser, &app, "signup")).await;
        let typed = [("username", "ada"), ("requiredAttributes[email]", "ada@example.com"), ("password", PASSWORD)];
        assert_eq!(browser.submit(&page, &typed).await.status, 302);
        let sent = browser.log_in(&code_query(&app, ""), "ada", PASSWORD).await;
        let page = browser.open(&sent.location).await;
        assert!(page.html.contains("a***@e***"), "{}", page.html);
        let code = server.inbox("ada@example.com").code().await;
        let back = browser.submit(&page, &[("code", &code)]).await;
        assert!(!back.returned("code").is_empty());
    }

    /// Section 10.2: a user whose password an administrator has reset chooses another one.
    async fn a_user_whose_password_was_reset_chooses_another(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({ "PreventUserExistenceErrors": "LEGACY" })).await;
        let verified = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", verified).await;
        pool.admin("AdminResetUserPassword", json!({ "Username": "ada" })).await.ok();
        server.inbox("ada@example.com").code().await;
        let mut browser = Browser::new(&pool).await;
        let query = code_query(&app, "");
        let sent = browser.log_in(&query, "ada", PASSWORD).await;
        assert_eq!((sent.status, &sent.location), (302, &path(&browser, &app, "forgotPassword")));
        let page = browser.open(&sent.location).await;
        assert!(page.html.contains("value=\"ada\""), "{}", page.html);
        assert_eq!(browser.cookie("page-data"), None);
        let sent = browser.submit(&page, &[("username", "ada")]).await;
        let page = browser.open(&sent.location).await;
        assert!(page.html.contains("a***@e***"), "{}", page.html);
        let code = server.inbox("ada@example.com").code().await;
        let typed = [("code", code.as_str()), ("password", "0ther-Horse!"), ("confirmPassword", "0ther-Horse!")];
        assert_eq!(browser.submit(&page, &typed).await.status, 302);
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        assert_eq!(browser.log_in(&query, "ada", "0ther-Horse!").await.status, 302);
    }
}
