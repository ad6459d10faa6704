//! Setting up a second factor within a sign-in, where the pool requires one (domain 10.2).

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::totp::{AuthenticatorApp, begin_step};
use crate::support::users::status;
use crate::support::{AppClient, TestServer, both_stores};

/// A pool that requires one of these factors, and a user who has none and no contact.
async fn requiring(server: &TestServer, factors: Value) -> (AppClient, Browser, Page) {
    requiring_in(server, json!({}), factors).await
}

/// The same, where the pool has these settings, too.
async fn requiring_in(
    server: &TestServer,
    settings: Value,
    factors: Value,
) -> (AppClient, Browser, Page) {
    let pool = server.pool(settings).await;
    let mut mfa = factors;
    mfa["MfaConfiguration"] = json!("ON");
    pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
    let app = web_client(&pool, json!({})).await;
    let user = json!({
        "Username": "ada", "TemporaryPassword": "Temp0rary-1!", "MessageAction": "SUPPRESS",
    });
    pool.admin("AdminCreateUser", user).await.ok();
    let password = json!({ "Username": "ada", "Password": PASSWORD, "Permanent": true });
    pool.admin("AdminSetUserPassword", password).await.ok();
    let mut browser = Browser::new(&pool).await;
    let page = browser.log_in(&code_query(&app, ""), "ada", PASSWORD).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(browser.cookie("cognito"), None);
    (app, browser, page)
}

/// A pool that requires one of these factors, and the page that asks `eve`, who has just signed up, for the code.
async fn signing_up(server: &TestServer, factors: Value) -> (AppClient, Browser, Page) {
    let required = |name: &str| json!({ "Name": name, "Required": true, "Mutable": true });
    let settings = json!({
        "AutoVerifiedAttributes": ["email"], "Schema": [required("email"), required("phone_number")],
    });
    let pool = server.pool(settings).await;
    let mut mfa = factors;
    mfa["MfaConfiguration"] = json!("ON");
    pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
    let app = web_client(&pool, json!({})).await;
    let mut browser = Browser::new(&pool).await;
    let query = code_query(&app, "&state=x");
    let path = format!("{}?{query}", browser.path("signup"));
    let page = browser.open(&path).await;
    let typed = [
        ("username", "eve"),
        ("requiredAttributes[email]", "eve@example.com"),
        ("requiredAttributes[phone_number]", "+12065550100"),
        ("password", PASSWORD),
    ];
    let sent = browser.submit(&page, &typed).await;
    assert_eq!(sent.status, 302, "{}", sent.html);
    let page = browser.open(&sent.location).await;
    (app, browser, page)
}

fn step(page: &Page) -> String {
    page.hidden("step").unwrap_or_default()
}

fn by_sms() -> Value {
    let sms = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" });
    json!({ "SmsConfiguration": sms })
}

both_stores! {
    /// An authenticator app: the page shows its secret as a drawing and as text; a wrong code leaves it usable, and the
    /// next sign-in asks for a code.
    async fn an_app_is_set_up(server: TestServer) {
        let token = json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } });
        let (app, mut browser, page) = requiring(&server, token).await;
        assert_eq!(step(&page), "MFA_SETUP_APP");
        assert!(page.html.contains("class=\"qr\""), "{}", page.html);
        assert!(!page.html.contains("style="), "{}", page.html);
        let secret = page.hidden("secret").unwrap();
        let phone = AuthenticatorApp::new(&json!({ "SecretCode": secret }));
        begin_step(&server).await;
        let wrong = phone.wrong_code(&server);
        let typed = [("code", wrong.as_str()), ("friendlyDeviceName", "My phone")];
        let again = browser.submit(&page, &typed).await;
        assert_eq!((again.status, step(&again).as_str()), (200, "MFA_SETUP_APP"));
        assert!(again.html.contains("role=\"alert\""), "{}", again.html);
        assert!(again.html.contains("value=\"My phone\""), "{}", again.html);
        assert_eq!(again.hidden("secret").unwrap(), secret);
        // What no secret is, is not drawn: drawing costs, and the form comes from a stranger.
        let long = "A".repeat(2_000);
        let drawn = browser.submit(&page, &[("code", ""), ("secret", &long)]).await;
        assert_eq!((drawn.status, step(&drawn).as_str()), (200, "MFA_SETUP_APP"));
        assert!(!drawn.html.contains(&long) && !drawn.html.contains("class=\"qr\""), "{}", drawn.html);
        let right = phone.code(&server, 0);
        // A name has 256 bytes at most; a right code beside a longer one is not used up.
        let name = "é".repeat(128);
        let long = format!("{name}é");
        let typed = [("code", right.as_str()), ("friendlyDeviceName", &long)];
        let refused = browser.submit(&again, &typed).await;
        assert_eq!((refused.status, step(&refused).as_str()), (200, "MFA_SETUP_APP"), "{}", refused.html);
        let text = "1 validation error detected: Value at &#39;friendlyDeviceName&#39; failed to satisfy constraint: \
             Member must have length less than or equal to 256";
        assert!(refused.html.contains(text), "{}", refused.html);
        assert!(refused.html.contains(&format!("value=\"{long}\"")), "{}", refused.html);
        assert_eq!(app.pool.user("ada").await.ok().get("UserMFASettingList"), None);
        let typed = [("code", right.as_str()), ("friendlyDeviceName", &name)];
        let back = browser.submit(&refused, &typed).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(!back.returned("code").is_empty());
        let user = app.pool.user("ada").await.ok();
        assert_eq!(user["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));

        let mut other = Browser::new(&app.pool).await;
        let asked = other.log_in(&code_query(&app, ""), "ada", PASSWORD).await;
        assert_eq!(step(&asked), "SOFTWARE_TOKEN_MFA");
        let reused = other.submit(&asked, &[("code", &right)]).await;
        assert_eq!(reused.status, 200, "{}", reused.html);
        server.advance(30).await;
        let code = phone.code(&server, 0);
        let back = other.submit(&reused, &[("code", &code)]).await;
        assert_eq!(back.status, 302, "{}", back.html);
    }

    /// A telephone: its number is asked for, gets a code, and is the user's and verified once the code is given.
    async fn a_telephone_is_set_up(server: TestServer) {
        let (app, mut browser, page) = requiring(&server, json!({ "SmsMfaConfiguration": by_sms() })).await;
        assert_eq!(step(&page), "MFA_SETUP_SMS");
        let malformed = browser.submit(&page, &[("phone_number", "555 0100")]).await;
        assert_eq!((malformed.status, step(&malformed).as_str()), (200, "MFA_SETUP_SMS"));
        assert!(malformed.html.contains("value=\"555 0100\""), "{}", malformed.html);
        let asked = browser.submit(&malformed, &[("phone_number", "+12065550100")]).await;
        assert_eq!((asked.status, step(&asked).as_str()), (200, "SMS_MFA"), "{}", asked.html);
        assert!(asked.html.contains("+*******0100"), "{}", asked.html);
        assert_eq!(app.pool.attribute("ada", "phone_number").await, None);
        let inbox = app.pool.inbox("+12065550100");
        let first = inbox.code().await;
        // The new code goes to the same number, and ends the former one.
        let anew = browser.submit(&asked, &[("resend", "true")]).await;
        assert_eq!(step(&anew), "SMS_MFA");
        let second = inbox.code().await;
        let former = browser.submit(&asked, &[("code", &first)]).await;
        assert_eq!(step(&former), "", "{}", former.html);
        let back = browser.submit(&anew, &[("code", &second)]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        let number = app.pool.attribute("ada", "phone_number").await;
        let verified = app.pool.attribute("ada", "phone_number_verified").await;
        assert_eq!((number.as_deref(), verified.as_deref()), (Some("+12065550100"), Some("true")));
        let user = app.pool.user("ada").await.ok();
        assert_eq!(user["UserMFASettingList"], json!(["SMS_MFA"]));
    }

    /// Who has got another number meanwhile is not moved to the one that was given before.
    async fn a_number_that_was_given_does_not_replace_one_that_came_later(server: TestServer) {
        let (app, mut browser, page) = requiring(&server, json!({ "SmsMfaConfiguration": by_sms() })).await;
        let asked = browser.submit(&page, &[("phone_number", "+12065550100")]).await;
        let code = app.pool.inbox("+12065550100").code().await;
        let other = json!({
            "Username": "ada", "UserAttributes": [{ "Name": "phone_number", "Value": "+12065550199" }],
        });
        app.pool.admin("AdminUpdateUserAttributes", other).await.ok();
        for typed in [("resend", "true"), ("code", code.as_str())] {
            let refused = browser.submit(&asked, &[typed]).await;
            assert_eq!((refused.status, step(&refused).as_str()), (200, ""), "{}", refused.html);
            assert!(refused.html.contains("role=\"alert\""), "{}", refused.html);
        }
        let number = app.pool.attribute("ada", "phone_number").await;
        assert_eq!(number.as_deref(), Some("+12065550199"));
        assert_eq!(browser.cookie("cognito"), None);
    }

    /// Where there are several, one is chosen, and the choice can be made anew.
    async fn the_factor_to_set_up_is_chosen(server: TestServer) {
        let factors = json!({
            "SmsMfaConfiguration": by_sms(), "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        let (_app, mut browser, page) = requiring(&server, factors).await;
        assert_eq!(step(&page), "MFA_SETUP");
        let refused = browser.submit(&page, &[("answer", "EMAIL_OTP")]).await;
        assert_eq!((refused.status, step(&refused).as_str()), (200, "MFA_SETUP"));
        assert!(refused.html.contains("role=\"alert\""), "{}", refused.html);
        let telephone = browser.submit(&page, &[("answer", "SMS_MFA")]).await;
        assert_eq!(step(&telephone), "MFA_SETUP_SMS");
        let choice = browser.submit(&telephone, &[("other_method", "true")]).await;
        assert_eq!(step(&choice), "MFA_SETUP");
        let app_page = browser.submit(&choice, &[("answer", "SOFTWARE_TOKEN_MFA")]).await;
        assert_eq!(step(&app_page), "MFA_SETUP_APP");
        let secret = app_page.hidden("secret").unwrap();
        let phone = AuthenticatorApp::new(&json!({ "SecretCode": secret }));
        begin_step(&server).await;
        let back = browser.submit(&app_page, &[("code", &phone.code(&server, 0))]).await;
        assert_eq!(back.status, 302, "{}", back.html);
    }

    /// Section 10.2: e-mail is no second factor where it recovers passwords first, also if a form says that it was
    /// offered; where it is the pool's only one, it is one.
    async fn email_is_set_up_where_it_does_not_recover_passwords(server: TestServer) {
        let recovered_by = |name: &str| json!({ "AccountRecoverySetting": { "RecoveryMechanisms": [
            { "Name": name, "Priority": 1 },
        ] } });
        let email = json!({ "EmailMfaConfiguration": {} });
        let both = json!({ "EmailMfaConfiguration": {}, "SoftwareTokenMfaConfiguration": { "Enabled": true } });
        // Without a setting, e-mail recovers first.
        for settings in [json!({}), recovered_by("verified_email")] {
            let (app, mut browser, page) = requiring_in(&server, settings, both.clone()).await;
            assert_eq!(step(&page), "MFA_SETUP_APP", "{}", page.html);
            assert!(!page.html.contains("EMAIL_OTP") && !page.html.contains("other_method"), "{}", page.html);
            let forged = [
                ("answer", "EMAIL_OTP"), ("step", "MFA_SETUP"), ("offered", "SOFTWARE_TOKEN_MFA EMAIL_OTP"),
            ];
            let refused = browser.submit(&page, &forged).await;
            assert_eq!((refused.status, step(&refused).as_str()), (200, "MFA_SETUP"), "{}", refused.html);
            assert!(refused.html.contains("Invalid MFA type for the user."), "{}", refused.html);
            assert!(!refused.html.contains("EMAIL_OTP"), "{}", refused.html);
            assert_eq!((app.pool.attribute("ada", "email").await, browser.cookie("cognito")), (None, None));
            // The JSON API names it all the same.
            let challenge = app.initiate("ada", PASSWORD).await.ok();
            let named = &challenge["ChallengeParameters"]["MFAS_CAN_SETUP"];
            assert_eq!(named, &json!(r#"["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]"#));
        }
        let (_app, mut browser, page) = requiring_in(&server, recovered_by("verified_phone_number"), both).await;
        assert_eq!(step(&page), "MFA_SETUP", "{}", page.html);
        let asked = browser.submit(&page, &[("answer", "EMAIL_OTP")]).await;
        assert_eq!((asked.status, step(&asked).as_str()), (200, "MFA_SETUP_EMAIL"), "{}", asked.html);

        let (app, mut browser, page) = requiring_in(&server, json!({}), email).await;
        assert_eq!(step(&page), "MFA_SETUP_EMAIL", "{}", page.html);
        let asked = browser.submit(&page, &[("email", "ada@example.com")]).await;
        assert_eq!((asked.status, step(&asked).as_str()), (200, "EMAIL_OTP"), "{}", asked.html);
        let code = app.pool.inbox("ada@example.com").code().await;
        let back = browser.submit(&asked, &[("code", &code)]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(!back.returned("code").is_empty());
        let user = app.pool.user("ada").await.ok();
        assert_eq!(user["UserMFASettingList"], json!(["EMAIL_OTP"]));
        assert_eq!(app.pool.attribute("ada", "email_verified").await.as_deref(), Some("true"));
    }

    /// Section 10.3: a second factor that a new user has by then is asked for before the browser is signed in.
    async fn a_factor_of_a_new_user_is_asked_for_first(server: TestServer) {
        let (app, mut browser, page) = signing_up(&server, json!({ "SmsMfaConfiguration": by_sms() })).await;
        let prefers = json!({ "Username": "eve", "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true } });
        app.pool.admin("AdminSetUserMFAPreference", prefers).await.ok();
        assert!(browser.cookie("page-data").is_some());
        let code = server.inbox("eve@example.com").code().await;
        let page = browser.submit(&page, &[("code", &code)]).await;
        assert_eq!((page.status, step(&page).as_str()), (200, "SMS_MFA"), "{}", page.html);
        assert_eq!((browser.cookie("cognito"), browser.cookie("page-data")), (None, None));
        assert_eq!(status(&app.pool, "eve").await, "CONFIRMED");
        let query = code_query(&app, "&state=x");
        let sent = browser.authorize(&query).await;
        assert_eq!(sent.location, format!("{}?{query}", browser.path("login")));
        let code = app.pool.inbox("+12065550100").code().await;
        let back = browser.submit(&page, &[("code", &code)]).await;
        assert_eq!((back.status, back.returned("state").as_str()), (302, "x"), "{}", back.html);
        assert!(browser.cookie("cognito").is_some());
    }

    /// Administration 2.6: the first sign-in after the confirmation passes without, and the second sets the factor up.
    async fn a_new_user_sets_the_factor_up_at_the_second_sign_in(server: TestServer) {
        let token = json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } });
        let (app, mut browser, page) = signing_up(&server, token).await;
        let code = server.inbox("eve@example.com").code().await;
        let back = browser.submit(&page, &[("code", &code)]).await;
        assert_eq!((back.status, back.returned("state").as_str()), (302, "x"), "{}", back.html);
        assert!(!back.returned("code").is_empty());
        assert_eq!((browser.cookie("cognito").is_some(), browser.cookie("page-data")), (true, None));
        let mut other = Browser::new(&app.pool).await;
        let page = other.log_in(&code_query(&app, ""), "eve", PASSWORD).await;
        assert_eq!((page.status, step(&page).as_str()), (200, "MFA_SETUP_APP"), "{}", page.html);
        assert_eq!(other.cookie("cognito"), None);
    }
}
