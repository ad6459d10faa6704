//! Sign-ins of users who have to do something else first (domain 10.2).

use serde_json::json;

use crate::support::browser::{Browser, Page, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::{call_for_user, confirmed_user, invited_user, status};
use crate::support::{AppClient, TestServer, both_stores};

const TEMPORARY: &str = "Temp0rary-1!";

fn path(browser: &Browser, app: &AppClient, page: &str) -> String {
    format!("{}?{}", browser.path(page), code_query(app, ""))
}

/// The page says what it says of a wrong password, and leaves nothing for another page.
#[track_caller]
fn is_incorrect(browser: &Browser, page: &Page) {
    assert_eq!((page.status, page.location.as_str()), (200, ""));
    let text = "<p>Incorrect username or password.</p>";
    assert!(page.html.contains(text), "{}", page.html);
    assert_eq!(browser.cookie("page-data"), None);
    assert_eq!(browser.cookie("cognito"), None);
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
            if hides == "ENABLED" {
                let page = browser.log_in(&query, name, WRONG_PASSWORD).await;
                is_incorrect(&browser, &page);
            }
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

    /// Section 10.2: a user whose password an administrator has reset chooses another one. Where users are hidden nothing
    /// leads there but the link of the page, which says what it says of a wrong password.
    async fn a_user_whose_password_was_reset_chooses_another(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (hides, name) in [("LEGACY", "ada"), ("ENABLED", "bob")] {
            let app = web_client(&pool, json!({ "PreventUserExistenceErrors": hides })).await;
            let email = format!("{name}@example.com");
            confirmed_user(&pool, name, json!({ "email": email, "email_verified": "true" })).await;
            call_for_user(&pool, "AdminResetUserPassword", name).await.ok();
            server.inbox(&email).code().await;
            let mut browser = Browser::new(&pool).await;
            let query = code_query(&app, "");
            let sent = browser.log_in(&query, name, PASSWORD).await;
            let forgotten = path(&browser, &app, "forgotPassword");
            let page = if hides == "LEGACY" {
                assert_eq!((sent.status, &sent.location), (302, &forgotten));
                let page = browser.open(&sent.location).await;
                assert!(page.html.contains("value=\"ada\""), "{}", page.html);
                page
            } else {
                is_incorrect(&browser, &sent);
                assert!(sent.html.contains(&format!("href=\"{}\"", forgotten.replace('&', "&#38;"))), "{}", sent.html);
                browser.open(&forgotten).await
            };
            assert_eq!((status(&pool, name).await.as_str(), browser.cookie("page-data")), ("RESET_REQUIRED", None));
            let sent = browser.submit(&page, &[("username", name)]).await;
            assert_eq!((sent.status, &sent.location), (302, &path(&browser, &app, "confirmforgotPassword")));
            let page = browser.open(&sent.location).await;
            assert_eq!(page.html.contains("a***@e***"), hides == "LEGACY", "{}", page.html);
            let code = server.inbox(&email).code().await;
            let typed = [("code", code.as_str()), ("password", "0ther-Horse!"), ("confirmPassword", "0ther-Horse!")];
            let done = browser.submit(&page, &typed).await;
            assert_eq!((done.status, &done.location), (302, &path(&browser, &app, "login")));
            assert_eq!(status(&pool, name).await, "CONFIRMED");
            assert_eq!(browser.log_in(&query, name, "0ther-Horse!").await.status, 302);
        }
    }

    /// Section 7: a step lasts as long as a session of the API; then the sign-in begins anew.
    async fn a_step_lasts_as_long_as_the_client_says(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (name, settings, seconds) in [("ada", json!({}), 180), ("bob", json!({ "AuthSessionValidity": 5 }), 300)] {
            invited_user(&pool, name, TEMPORARY, json!({})).await;
            let app = web_client(&pool, settings).await;
            let mut browser = Browser::new(&pool).await;
            let page = browser.log_in(&code_query(&app, ""), name, TEMPORARY).await;
            assert_eq!(page.hidden("step").as_deref(), Some("NEW_PASSWORD_REQUIRED"), "{}", page.html);
            server.advance(seconds - 30).await;
            let weak = [("password", "weak"), ("confirmPassword", "weak")];
            let again = browser.submit(&page, &weak).await;
            assert!(again.html.contains("Password did not conform with policy"), "{}", again.html);
            server.advance(30).await;
            let typed = [("password", PASSWORD), ("confirmPassword", PASSWORD)];
            let late = browser.submit(&again, &typed).await;
            assert_eq!((late.status, late.hidden("step")), (200, None), "{}", late.html);
            assert!(late.html.contains("cognitoSignInForm"), "{}", late.html);
            assert!(late.html.contains("Invalid session for the user, session is expired."), "{}", late.html);
            assert!(late.html.contains(&format!("value=\"{name}\"")), "{}", late.html);
            assert_eq!((status(&pool, name).await.as_str(), browser.cookie("cognito")), ("FORCE_CHANGE_PASSWORD", None));
        }
    }

    /// Section 10.2, where the name comes first: what is told before the password, and what after it.
    async fn a_name_leads_to_what_is_left_to_do(server: TestServer) {
        let factors = json!(["PASSWORD", "EMAIL_OTP"]);
        let pool = server.pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } },
        })).await;
        let mut browser = Browser::new(&pool).await;
        for hides in ["LEGACY", "ENABLED"] {
            let app = web_client(&pool, json!({
                "ExplicitAuthFlows": ["ALLOW_USER_AUTH"], "PreventUserExistenceErrors": hides,
            })).await;
            browser.use_managed_login(&app).await;
            let of = |name: &str| format!("{name}-{}", hides.to_ascii_lowercase());
            let (new, invited, reset) = (of("new"), of("invited"), of("reset"));
            let email = |name: &str| json!({ "email": format!("{name}@example.com"), "email_verified": "true" });
            app.sign_up(&new, json!({ "email": format!("{new}@example.com") })).await.ok();
            invited_user(&pool, &invited, TEMPORARY, email(&invited)).await;
            confirmed_user(&pool, &reset, email(&reset)).await;
            call_for_user(&pool, "AdminResetUserPassword", &reset).await.ok();
            let first = async |browser: &mut Browser, name: &str| {
                let page = browser.open(&path(browser, &app, "login")).await;
                browser.submit(&page, &[("username", name)]).await
            };
            let step = |page: &Page| page.hidden("step").unwrap_or_default();

            let page = first(&mut browser, &invited).await;
            assert_eq!((page.status, step(&page).as_str()), (200, "PASSWORD"), "{}", page.html);
            assert!(!page.html.contains("other_method"), "{}", page.html);
            let page = browser.submit(&page, &[("password", TEMPORARY)]).await;
            assert_eq!((page.status, step(&page).as_str()), (200, "NEW_PASSWORD_REQUIRED"), "{}", page.html);

            let page = first(&mut browser, &new).await;
            assert_eq!((page.status, step(&page).as_str()), (200, "SELECT_CHALLENGE"), "{}", page.html);
            let page = browser.submit(&page, &[("answer", "PASSWORD")]).await;
            let sent = browser.submit(&page, &[("password", PASSWORD)]).await;
            assert_eq!((sent.status, &sent.location), (302, &path(&browser, &app, "confirm")), "{}", sent.html);
            assert_eq!(status(&pool, &new).await, "UNCONFIRMED");
            browser.forget("page-data");

            let page = first(&mut browser, &reset).await;
            if hides == "LEGACY" {
                assert_eq!((page.status, &page.location), (302, &path(&browser, &app, "forgotPassword")));
                let page = browser.open(&page.location).await;
                assert!(page.html.contains(&format!("value=\"{reset}\"")), "{}", page.html);
            } else {
                assert_eq!((page.status, step(&page).as_str()), (200, "SELECT_CHALLENGE"), "{}", page.html);
                let page = browser.submit(&page, &[("answer", "PASSWORD")]).await;
                let refused = browser.submit(&page, &[("password", PASSWORD)]).await;
                assert_eq!(step(&refused), "PASSWORD", "{}", refused.html);
                is_incorrect(&browser, &refused);
            }
            assert_eq!((status(&pool, &reset).await.as_str(), browser.cookie("cognito")), ("RESET_REQUIRED", None));
        }
    }
}
