//! The pages between the first one and the application, their files, and those that say why something is refused.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::signed_in_user::SignedInUser;
use crate::support::totp::enrolled;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// Section 10.2: a temporary password and missing attributes are replaced in one form; a wrong one shows it again.
    async fn a_temporary_password_is_replaced(server: TestServer) {
        let pool = server.pool(json!({ "Schema": [{ "Name": "given_name", "Required": true }] })).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let query = code_query(&app, "");
        let user = json!({
            "Username": "ada", "TemporaryPassword": "Temp0rary-1!", "MessageAction": "SUPPRESS",
        });
        pool.admin("AdminCreateUser", user).await.ok();
        let page = browser.log_in(&query, "ada", "Temp0rary-1!").await;
        assert_eq!(page.status, 200);
        assert!(page.html.contains("name=\"requiredAttributes[given_name]\""), "{}", page.html);
        let typed = |password, repeated| [
            ("password", password), ("confirmPassword", repeated), ("requiredAttributes[given_name]", "Ada"),
        ];
        let differ = browser.submit(&page, &typed(PASSWORD, "0ther-Horse!")).await;
        assert_eq!((differ.status, differ.hidden("step").unwrap().as_str()), (200, "NEW_PASSWORD_REQUIRED"));
        let (_, repeated) = differ.html.split_once("id=\"confirm_password\"").unwrap();
        let repeated = repeated.split('>').next().unwrap();
        assert!(repeated.contains("aria-invalid=\"true\" aria-describedby=\"confirm_password-problem\""), "{repeated}");
        assert!(differ.html.contains("<a href=\"#confirm_password\">The two passwords are not the same.</a>"), "{}", differ.html);
        let weak = browser.submit(&page, &typed("weak", "weak")).await;
        assert!(weak.html.contains("Password did not conform with policy"), "{}", weak.html);
        assert!(weak.html.contains("value=\"Ada\""), "{}", weak.html);
        assert_eq!(pool.user("ada").await.ok()["UserStatus"], json!("FORCE_CHANGE_PASSWORD"));
        // Section 10.3: as the operation's input.
        let (long, leading, trailing) = ("a".repeat(257), format!(" {PASSWORD}"), format!("{PASSWORD} "));
        let length = "at &#39;newPassword&#39; failed to satisfy constraint: Member must have length less than or equal to 256";
        let pattern = "at &#39;newPassword&#39; failed to satisfy constraint: Member must satisfy regular expression pattern: \
             ^[\\S]+.*[\\S]+$";
        for (password, text) in [(&long, length), (&leading, pattern), (&trailing, pattern)] {
            let again = browser.submit(&weak, &typed(password, password)).await;
            assert_eq!((again.status, again.hidden("step").unwrap().as_str()), (200, "NEW_PASSWORD_REQUIRED"));
            assert!(again.html.contains(&format!("1 validation error detected: Value {text}")), "{}", again.html);
            assert!(again.html.contains("value=\"Ada\"") && !again.html.contains(password.trim()), "{}", again.html);
        }
        let name = "A".repeat(2049);
        let mut far = typed(PASSWORD, PASSWORD);
        far[2].1 = &name;
        let again = browser.submit(&weak, &far).await;
        assert_eq!((again.status, again.hidden("step").unwrap().as_str()), (200, "NEW_PASSWORD_REQUIRED"));
        let text = "1 validation error detected: Value at &#39;userAttributes.1.member.value&#39; failed to satisfy \
             constraint: Member must have length less than or equal to 2048";
        assert!(again.html.contains(text), "{}", again.html);
        assert_eq!(pool.user("ada").await.ok()["UserStatus"], json!("FORCE_CHANGE_PASSWORD"));
        assert_eq!((pool.attribute("ada", "given_name").await, browser.cookie("cognito")), (None, None));
        let back = browser.submit(&weak, &typed(PASSWORD, PASSWORD)).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(!back.returned("code").is_empty());
        assert_eq!(pool.user("ada").await.ok()["UserStatus"], json!("CONFIRMED"));
        assert_eq!(pool.attribute("ada", "given_name").await.as_deref(), Some("Ada"));
        let spent = browser.submit(&weak, &typed(PASSWORD, PASSWORD)).await;
        assert_eq!((spent.status, spent.hidden("step")), (200, None));
    }

    /// Section 10.2: the second factor's code is asked for by a page; a wrong one leaves it usable.
    async fn a_code_by_sms_is_asked_for(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let sms = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" });
        let mfa = json!({
            "MfaConfiguration": "ON", "SmsMfaConfiguration": { "SmsConfiguration": sms },
        });
        pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let query = code_query(&app, "");
        let user = json!({
            "Username": "ada", "TemporaryPassword": "Temp0rary-1!", "MessageAction": "SUPPRESS",
            "UserAttributes": [
                { "Name": "phone_number", "Value": "+12065550100" },
                { "Name": "phone_number_verified", "Value": "true" },
            ],
        });
        pool.admin("AdminCreateUser", user).await.ok();
        let password = json!({ "Username": "ada", "Password": PASSWORD, "Permanent": true });
        pool.admin("AdminSetUserPassword", password).await.ok();
        let prefers = json!({ "Username": "ada", "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true } });
        pool.admin("AdminSetUserMFAPreference", prefers).await.ok();
        let page = browser.log_in(&query, "ada", PASSWORD).await;
        assert!(page.html.contains("codeForm"), "{}", page.html);
        assert_eq!((page.status, page.hidden("step").unwrap().as_str()), (200, "SMS_MFA"));
        assert_eq!(browser.cookie("cognito"), None);
        let code = pool.inbox("+12065550100").code().await;
        let wrong: String = code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
        // What was begun at the domain does not go on through the JSON API.
        let answer = json!({
            "ChallengeName": "SMS_MFA", "Session": page.hidden("session").unwrap(),
            "ChallengeResponses": { "USERNAME": "ada", "SMS_MFA_CODE": code },
        });
        app.call("RespondToAuthChallenge", answer)
            .await
            .fails("NotAuthorizedException", "Invalid session for the user.");
        let empty = browser.submit(&page, &[("code", "")]).await;
        assert_eq!((empty.status, empty.hidden("step").unwrap().as_str()), (200, "SMS_MFA"));
        assert!(page.html.contains("name=\"resend\""), "{}", page.html);
        let again = browser.submit(&page, &[("code", &wrong)]).await;
        assert_eq!((again.status, again.hidden("step").unwrap().as_str()), (200, "SMS_MFA"));
        assert!(again.html.contains("Invalid code or auth state for the user."), "{}", again.html);
        let back = browser.submit(&again, &[("code", &code)]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(browser.cookie("cognito").is_some());
    }

    /// Section 10.2: of several factors none of which is preferred one is chosen; the choice that was made is spent.
    async fn one_of_several_factors_is_chosen(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let sms = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" });
        let mfa = json!({
            "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": { "SmsConfiguration": sms },
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
        let app = web_client(&pool, json!({})).await;
        let ada = SignedInUser::invited(&app, "ada", json!({ "phone_number": "+12065550100" })).await;
        let phone = enrolled(&app, &ada.tokens).await;
        let by_sms = json!({ "SMSMfaSettings": { "Enabled": true } });
        ada.call("SetUserMFAPreference", by_sms).await.ok();
        let mut browser = Browser::new(&pool).await;
        let choice = browser.log_in(&code_query(&app, ""), "ada", PASSWORD).await;
        let step = |page: &Page| (page.status, page.hidden("step").unwrap_or_default());
        let choosing = (200, "SELECT_MFA_TYPE".to_owned());
        assert_eq!(step(&choice), choosing, "{}", choice.html);
        let heading = "Choose a multi-factor authentication (MFA) method</h1>";
        assert!(choice.html.contains(heading), "{}", choice.html);
        for (answer, is_offered) in [("SMS_MFA", true), ("SOFTWARE_TOKEN_MFA", true), ("EMAIL_OTP", false)] {
            let button = format!("name=\"answer\" value=\"{answer}\"");
            assert_eq!(choice.html.contains(&button), is_offered, "{answer}: {}", choice.html);
        }
        for answer in ["EMAIL_OTP", "PASSWORD", ""] {
            let again = browser.submit(&choice, &[("answer", answer)]).await;
            assert_eq!(step(&again), choosing, "{}", again.html);
            assert!(again.html.contains("Invalid MFA type for the user."), "{}", again.html);
        }
        pool.inbox("+12065550100").stays_empty().await;
        let asked = browser.submit(&choice, &[("answer", "SOFTWARE_TOKEN_MFA")]).await;
        assert_eq!(step(&asked), (200, "SOFTWARE_TOKEN_MFA".to_owned()), "{}", asked.html);
        let spent = browser.submit(&choice, &[("answer", "SMS_MFA")]).await;
        assert_eq!(step(&spent), (200, String::new()), "{}", spent.html);
        let text = "Invalid session for the user, session can only be used once.";
        assert!(spent.html.contains(text) && spent.html.contains("cognitoSignInForm"), "{}", spent.html);
        pool.inbox("+12065550100").stays_empty().await;
        assert_eq!(browser.cookie("cognito"), None);
        let back = browser.submit(&asked, &[("code", &phone.code(&server, 0))]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(!back.returned("code").is_empty());
        assert!(browser.cookie("cognito").is_some());
    }

    /// Section 1: a page is protected, and finds its style and script under their names of now.
    async fn a_page_is_protected_and_finds_its_files(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let page = browser.open(&format!("{}?{}", browser.path("login"), code_query(&app, ""))).await;
        let expected = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
             base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://app.example.com";
        assert_eq!(page.policy, expected);
        let paths: Vec<String> = page.html.split('"').filter(|text| text.contains("/assets/login-"))
            .map(str::to_owned).collect();
        assert_eq!(paths.len(), 2, "{}", page.html);
        let client = &server.client;
        for path in paths {
            let file = client.raw(Method::GET, &path).send().await.unwrap();
            assert_eq!(file.status(), 200, "{path}");
            assert_eq!(file.headers()["cache-control"], "public, max-age=31536000, immutable");
        }
        let other = client.raw(Method::GET, &browser.path("assets/login-0000000000000000.css")).send().await.unwrap();
        assert_eq!(other.status(), 404);
    }

    /// Section 11: the client's branding is a style and pictures of the page; the classic style replaces it at a classic domain.
    async fn a_page_has_the_look_of_its_client(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let login = format!("{}?{}", browser.path("login"), code_query(&app, ""));
        let own = browser.path(&format!("assets/{}/", app.id));
        let files = |html: &str| -> Vec<String> {
            html.split('"').filter(|text| text.starts_with(&own)).map(str::to_owned).collect()
        };
        assert_eq!(files(&browser.open(&login).await.html), Vec::<String>::new());
        let css = json!({ "ClientId": app.id, "CSS": ".submitButton-customizable { background-color: #123456; }" });
        pool.admin("SetUICustomization", css).await.ok();
        let classic = files(&browser.open(&login).await.html);
        assert_eq!(classic.len(), 1);
        assert!(browser.open(&classic[0]).await.html.contains("#123456"));

        let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": 2 });
        pool.admin("UpdateUserPoolDomain", version).await.ok();
        let svg = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=";
        let style = json!({
            "ClientId": app.id,
            "Settings": {
                "components": {
                    "form": { "logo": { "enabled": true }, "borderRadius": 3 },
                    "primaryButton": { "lightMode": { "defaults": { "backgroundColor": "0a0b0cff" } } },
                },
            },
            "Assets": [{ "Category": "FORM_LOGO", "ColorMode": "DYNAMIC", "Extension": "SVG", "Bytes": svg }],
        });
        pool.admin("CreateManagedLoginBranding", style).await.ok();
        let managed = files(&browser.open(&login).await.html);
        assert_eq!(managed.len(), 2, "{managed:?}");
        assert!(browser.open(&managed[0]).await.html.contains("#0a0b0cff"));
        let logo = browser.open(&managed[1]).await;
        assert_eq!((logo.status, logo.html.as_str()), (200, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"));
        assert!(logo.policy.ends_with("; sandbox"), "{}", logo.policy);
        assert_eq!(browser.open(&classic[0]).await.status, 404);
    }

    /// Sections 2.7 and 10.6: what cannot be answered at the application is said on a page, and nothing that a link has.
    async fn the_error_page_says_why(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let elsewhere = format!("response_type=code&client_id={}&redirect_uri=https://evil.example/", app.id);
        let sent = browser.authorize(&elsewhere).await;
        let expected = format!("{}?error=redirect_mismatch&client_id={}", browser.path("error"), app.id);
        assert_eq!((sent.status, sent.location.as_str()), (302, expected.as_str()));
        for (query, text) in [
            (format!("error=redirect_mismatch&client_id={}", app.id), "redirect_mismatch"),
            ("response_type=code".to_owned(), "client_id"),
            (format!("client_id={}", app.id), "redirect_uri"),
            ("client_id=nobody".to_owned(), "Client does not exist"),
        ] {
            let page = browser.open(&format!("{}?{query}", browser.path("error"))).await;
            assert_eq!(page.status, 400);
            assert!(page.html.contains("An error was encountered with the requested page."), "{}", page.html);
            assert!(page.html.contains(text), "{query}: {}", page.html);
        }
        let phishing = format!("{}?error=Call+555-0100&client_id={}", browser.path("error"), app.id);
        assert!(!browser.open(&phishing).await.html.contains("555"));
    }

    /// Section 2.7: a client that the pool may not sign in, and one without a branding, have no form.
    async fn a_client_without_pages_has_none(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({ "SupportedIdentityProviders": Value::Null })).await;
        let mut browser = Browser::new(&pool).await;
        let query = code_query(&app, "");
        let sent = browser.authorize(&query).await;
        let login = format!("{}?{query}", browser.path("login"));
        assert_eq!((sent.status, sent.location.as_str()), (302, login.as_str()));
        let page = browser.open(&login).await;
        assert_eq!(page.status, 401);
        assert!(page.html.contains("Login option is not available. Please try another one"));

        let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": 2 });
        pool.admin("UpdateUserPoolDomain", version).await.ok();
        let app = web_client(&pool, json!({})).await;
        let page = browser.open(&format!("{}?{}", browser.path("login"), code_query(&app, ""))).await;
        assert_eq!(page.status, 400);
        assert!(page.html.contains("Login pages unavailable"), "{}", page.html);
        assert!(!page.html.contains("<form"), "{}", page.html);
    }
}
