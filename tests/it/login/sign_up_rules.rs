//! Who can sign up at a domain, and with what (domain 10.2, 10.6).

use serde_json::{Value, json};

use crate::support::browser::{Browser, code_query, web_client};
use crate::support::function::pool_with;
use crate::support::pools::{PASSWORD, Pool};
use crate::support::sign_up::{confirm_sign_up, wrong_code_for};
use crate::support::users::{assert_unknown, status};
use crate::support::{AppClient, TestServer, TestStore, both_stores};

async fn app(pool: &Pool) -> (AppClient, Browser) {
    let app = web_client(pool, json!({})).await;
    (app, Browser::new(pool).await)
}

fn path(browser: &Browser, app: &AppClient, page: &str) -> String {
    format!("{}?{}", browser.path(page), code_query(app, ""))
}

fn required(names: &[&str]) -> Value {
    let entry = |name: &&str| json!({ "Name": name, "Required": true, "Mutable": true });
    json!({ "AutoVerifiedAttributes": ["email"], "Schema": names.iter().map(entry).collect::<Value>() })
}

both_stores! {
    /// Section 10.3: a refusal shows the page again with what was typed, the password excepted.
    async fn what_was_typed_comes_back_with_a_refusal(server: TestServer) {
        let pool = server.pool(required(&["email", "birthdate"])).await;
        let (app, mut browser) = app(&pool).await;
        let page = browser.open(&path(&browser, &app, "signup")).await;
        for field in ["type=\"email\"", "type=\"date\"", "name=\"requiredAttributes[birthdate]\""] {
            assert!(page.html.contains(field), "{}", page.html);
        }
        let typed = |name, email, password| [
            ("username", name), ("requiredAttributes[email]", email),
            ("requiredAttributes[birthdate]", "1815-12-10"), ("password", password),
        ];
        for (name, email, password, text) in [
            ("ada", "ada@example.com", "weak-Pass", "Password did not conform with policy: Password must have numeric"),
            ("ada", "nowhere", PASSWORD, "Invalid email address format."),
            ("ada", "", PASSWORD, "email: The attribute is required"),
            ("a da", "ada@example.com", PASSWORD, "1 validation error detected: Value at &#39;username&#39; failed"),
            ("ada", "ada@example.com", " blanks-1A ", "1 validation error detected: Value at &#39;password&#39; failed"),
        ] {
            let again = browser.submit(&page, &typed(name, email, password)).await;
            assert_eq!((again.status, again.location.as_str()), (200, ""), "{text}");
            assert!(again.html.contains(text), "{text}: {}", again.html);
            assert!(again.html.contains(&format!("value=\"{name}\"")), "{}", again.html);
            assert!(again.html.contains("value=\"1815-12-10\""), "{}", again.html);
            assert!(!again.html.contains(password), "{}", again.html);
        }
        assert_unknown(&pool, "ada").await;
        let made = browser.submit(&page, &typed("ada", "ada@example.com", PASSWORD)).await;
        assert_eq!(made.status, 302, "{}", made.html);
        assert_eq!(pool.attribute("ada", "birthdate").await.as_deref(), Some("1815-12-10"));
        let twice = browser.submit(&page, &typed("ada", "eve@example.com", PASSWORD)).await;
        assert!(twice.html.contains("User already exists"), "{}", twice.html);
    }

    /// Section 10.3: the address that is the username is asked for once.
    async fn an_address_that_is_the_username_is_asked_for_once(server: TestServer) {
        let settings = |names: Value| {
            let mut settings = required(&["email", "name"]);
            settings["UsernameAttributes"] = names;
            settings
        };
        let pool = server.pool(settings(json!(["email"]))).await;
        let (client, mut browser) = app(&pool).await;
        let page = browser.open(&path(&browser, &client, "signup")).await;
        assert!(!page.html.contains("requiredAttributes[email]"), "{}", page.html);
        let typed = [("username", "ada@example.com"), ("requiredAttributes[name]", "Ada"), ("password", PASSWORD)];
        let made = browser.submit(&page, &typed).await;
        let page = browser.open(&made.location).await;
        let code = server.inbox("ada@example.com").code().await;
        assert!(!browser.submit(&page, &[("code", &code)]).await.returned("code").is_empty());
        assert_eq!(pool.attribute("ada@example.com", "name").await.as_deref(), Some("Ada"));

        // Of two kinds the other one is asked for once the username is known.
        let pool = server.pool(settings(json!(["email", "phone_number"]))).await;
        let (client, mut browser) = app(&pool).await;
        let page = browser.open(&path(&browser, &client, "signup")).await;
        let typed = [("username", "+12065550100"), ("requiredAttributes[name]", "Ada"), ("password", PASSWORD)];
        let again = browser.submit(&page, &typed).await;
        assert!(again.html.contains("email: The attribute is required"), "{}", again.html);
        let typed = [
            ("username", "+12065550100"), ("requiredAttributes[name]", "Ada"),
            ("requiredAttributes[email]", "eve@example.com"), ("password", PASSWORD),
        ];
        assert_eq!(browser.submit(&again, &typed).await.status, 302);
        assert_eq!(pool.attribute("+12065550100", "email").await.as_deref(), Some("eve@example.com"));
    }

    /// Section 10.2: where only administrators make users there is no link, and no page either.
    async fn only_administrators_make_users_where_the_pool_says_so(server: TestServer) {
        let only = json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } });
        let pool = server.pool(only.clone()).await;
        let (app, mut browser) = app(&pool).await;
        let login = browser.open(&path(&browser, &app, "login")).await;
        assert!(!login.html.contains("/signup"), "{}", login.html);
        let page = browser.open(&path(&browser, &app, "signup")).await;
        assert_eq!(page.status, 400);
        assert!(page.html.contains("SignUp is not permitted for this user pool"), "{}", page.html);
        pool.admin("UpdateUserPool", json!({})).await.ok();
        let open = browser.open(&path(&browser, &app, "signup")).await;
        pool.admin("UpdateUserPool", only).await.ok();
        let refused = browser.submit(&open, &[("username", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(refused.status, 400);
        assert!(refused.html.contains("SignUp is not permitted for this user pool"), "{}", refused.html);
        // So is one that another page has sent.
        let mut forged = browser.twin();
        forged.set_cookie("XSRF-TOKEN", "0f0e0d0c-0b0a-0908-0706-050403020100");
        let foreign = forged.submit(&open, &[("username", "ada"), ("password", PASSWORD)]).await;
        assert_eq!((foreign.status, foreign.html), (400, refused.html));
        assert_unknown(&pool, "ada").await;
    }

    /// Section 10.1: the pages ask for a password, also where the API needs none.
    async fn a_password_is_asked_for_where_a_code_would_do(server: TestServer) {
        let mut settings = required(&["email"]);
        settings["Policies"] = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } });
        let pool = server.pool(settings).await;
        let app = web_client(&pool, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        let mut browser = Browser::new(&pool).await;
        for version in [1, 2] {
            if version == 2 {
                browser.use_managed_login(&app).await;
            }
            let page = browser.open(&path(&browser, &app, "signup")).await;
            assert!(page.html.contains("id=\"signUpFormPassword\" name=\"password\""), "{}", page.html);
            let typed = [("username", "ada"), ("requiredAttributes[email]", "ada@example.com"), ("password", "")];
            for form in [&typed[..], &typed[..2]] {
                let again = browser.submit(&page, form).await;
                assert_eq!((again.status, again.location.as_str()), (200, ""));
                let text = "2 validation errors detected: Value at &#39;password&#39; failed to satisfy constraint: \
                     Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$; \
                     Value at &#39;password&#39; failed to satisfy constraint: Member must have length greater than or equal to 6";
                assert!(again.html.contains(text), "{}", again.html);
                assert!(again.html.contains("value=\"ada@example.com\""), "{}", again.html);
            }
        }
        assert_unknown(&pool, "ada").await;
        server.inbox("ada@example.com").stays_empty().await;
        let without = json!({
            "Username": "ada", "UserAttributes": [{ "Name": "email", "Value": "ada@example.com" }],
        });
        app.call("SignUp", without).await.ok();
    }

    /// Section 10.6: the sign-up succeeds, and the page says why there is no code.
    async fn a_user_without_a_code_is_told_so(server: TestServer) {
        for (settings, text) in [
            (json!({}), "Cannot resend codes. Auto verification not turned on."),
            (json!({ "AutoVerifiedAttributes": ["email"] }), "User does not have a valid registered email address"),
        ] {
            let pool = server.pool(settings).await;
            let (app, mut browser) = app(&pool).await;
            let page = browser.open(&path(&browser, &app, "signup")).await;
            let made = browser.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
            assert_eq!((made.status, &made.location), (302, &path(&browser, &app, "confirm")));
            assert_eq!(status(&pool, "ada").await, "UNCONFIRMED");
            let told = browser.open(&made.location).await;
            assert_eq!(told.status, 400);
            assert!(told.html.contains(text), "{}", told.html);
        }
    }

    /// A user whom the pool's function confirms is signed in at once.
    async fn a_user_whom_the_function_confirms_is_signed_in(store: TestStore) {
        let (_server, function, pool) = pool_with(&store, &["PreSignUp"], json!({})).await;
        function.responds("PreSignUp_SignUp", json!({ "autoConfirmUser": true }));
        let (app, mut browser) = app(&pool).await;
        let page = browser.open(&path(&browser, &app, "signup")).await;
        let back = browser.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
        assert!(!back.returned("code").is_empty(), "{back:?}");
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        assert!(browser.cookie("cognito").is_some());

        function.throws("PreSignUp_SignUp", "No more users");
        let refused = browser.submit(&page, &[("username", "eve"), ("password", PASSWORD)]).await;
        assert!(refused.html.contains("PreSignUp failed with error No more users."), "{}", refused.html);
        assert_unknown(&pool, "eve").await;
    }

    /// Section 10.4: managed login links to the terms, if there are both documents, in the page's language.
    async fn the_terms_are_linked_by_language(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let (app, mut browser) = app(&pool).await;
        let terms = async |name: &str| {
            let input = json!({
                "ClientId": app.id, "TermsName": name, "TermsSource": "LINK", "Enforcement": "NONE",
                "Links": {
                    "cognito:default": format!("https://example.com/{name}"),
                    "cognito:german": format!("https://example.com/de/{name}"),
                },
            });
            pool.admin("CreateTerms", input).await.ok();
        };
        terms("terms-of-use").await;
        let signup = path(&browser, &app, "signup");
        let has = |page: &crate::support::browser::Page, link: &str| page.html.contains(&format!("href=\"{link}\""));
        let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": 2 });
        pool.admin("UpdateUserPoolDomain", version).await.ok();
        let style = json!({ "ClientId": app.id, "UseCognitoProvidedValues": true });
        pool.admin("CreateManagedLoginBranding", style).await.ok();
        let one = browser.open(&signup).await;
        assert!(!has(&one, "https://example.com/terms-of-use"), "{}", one.html);
        terms("privacy-policy").await;
        for (language, folder) in [("", ""), ("&lang=fr", ""), ("&lang=de", "de/")] {
            let page = browser.open(&format!("{signup}{language}")).await;
            for name in ["terms-of-use", "privacy-policy"] {
                assert!(has(&page, &format!("https://example.com/{folder}{name}")), "{}", page.html);
            }
        }
        let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": 1 });
        pool.admin("UpdateUserPoolDomain", version).await.ok();
        let classic = browser.open(&signup).await;
        assert!(!has(&classic, "https://example.com/terms-of-use"), "{}", classic.html);
    }

    /// A page proves no client's secret: what a stranger uses up there is the stranger's own.
    async fn a_stranger_at_a_page_uses_up_its_own_limits(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.limits.multiplier = Some(1);
            config.limits.source.name_checks_per_hour = 2;
            config.limits.source.wrong_guesses_per_hour = 2;
        })
        .await;
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = web_client(&pool, json!({ "GenerateSecret": true })).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        let code = server.inbox("ada@example.com").code().await;
        let mut stranger = Browser::new(&app.at_source("127.0.0.2").pool).await;
        let page = stranger.open(&path(&stranger, &app, "signup")).await;
        let too_many = |page: &crate::support::browser::Page| page.html.contains("Too many requests");
        for _ in 0..2 {
            let taken = stranger.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
            assert!(taken.html.contains("User already exists"), "{}", taken.html);
        }
        assert!(too_many(&stranger.submit(&page, &[("username", "eve"), ("password", PASSWORD)]).await));
        let sent = stranger.log_in(&code_query(&app, ""), "ada", PASSWORD).await;
        let page = stranger.open(&sent.location).await;
        let wrong = wrong_code_for(&code);
        for _ in 0..2 {
            let refused = stranger.submit(&page, &[("code", wrong)]).await;
            assert!(refused.html.contains("Invalid verification code provided"), "{}", refused.html);
        }
        assert!(too_many(&stranger.submit(&page, &[("code", wrong)]).await));
        // The client itself, which proves its secret, goes on.
        app.sign_up("bob", json!({})).await.ok();
        confirm_sign_up(&app, "ada", &code).await.ok();
        server.stop().await;
    }
}
