//! Username first: the first factors that a user chooses among (domain 10.2).

use std::sync::Arc;

use serde_json::json;

use crate::support::browser::{Browser, Page, code_query, exchange, web_client};
use crate::support::parallel::at_once;
use crate::support::pools::{PASSWORD, claims};
use crate::support::sign_up::wrong_code_for;
use crate::support::{AppClient, TestServer, TestStore, both_stores};

const PHONE: &str = "+12065550100";

/// A pool of managed login whose users choose, and the browser on the first page of one who is about to.
async fn choosing(server: &TestServer) -> (AppClient, Browser, String) {
    let factors = json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP"]);
    let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } });
    let sms = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" });
    let settings = json!({ "Policies": policies, "SmsConfiguration": sms });
    let pool = server.pool(settings).await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"] });
    let app = web_client(&pool, flows).await;
    app.confirmed("ada", json!({ "email": "ada@example.com" }))
        .await;
    let browser = Browser::new(&pool).await;
    browser.use_managed_login(&app).await;
    let query = code_query(&app, "");
    (app, browser, query)
}

/// Opens the first page and gives a name.
async fn name(browser: &mut Browser, query: &str, name: &str) -> Page {
    let path = format!("{}?{query}", browser.path("login"));
    let page = browser.open(&path).await;
    assert!(!page.html.contains("type=\"password\""), "{}", page.html);
    browser.submit(&page, &[("username", name)]).await
}

/// Gives the user a number that nobody has verified.
async fn give_phone(app: &AppClient, username: &str) {
    let phone = json!([{ "Name": "phone_number", "Value": PHONE }]);
    let change = json!({ "Username": username, "UserAttributes": phone });
    let changed = app.pool.admin("AdminUpdateUserAttributes", change).await;
    changed.ok();
}

fn step(page: &Page) -> String {
    page.hidden("step").unwrap_or_default()
}

both_stores! {
    /// A code by e-mail in the place of a password; a wrong one leaves it usable, and a used one is worth nothing.
    async fn a_code_by_email_signs_in(server: TestServer) {
        let (app, mut browser, query) = choosing(&server).await;
        let inbox = app.pool.inbox("ada@example.com");
        let choice = name(&mut browser, &query, "ada").await;
        assert_eq!((choice.status, step(&choice).as_str()), (200, "SELECT_CHALLENGE"));
        for (answer, is_offered) in [("PASSWORD", true), ("EMAIL_OTP", true), ("SMS_OTP", false), ("PASSWORD_SRP", false)] {
            let button = format!("name=\"answer\" value=\"{answer}\"");
            assert_eq!(choice.html.contains(&button), is_offered, "{answer}: {}", choice.html);
        }
        inbox.stays_empty().await;
        let asked = browser.submit(&choice, &[("answer", "EMAIL_OTP")]).await;
        assert_eq!((asked.status, step(&asked).as_str()), (200, "FIRST_EMAIL_OTP"));
        assert!(asked.html.contains("by email to ***@***"), "{}", asked.html);
        let code = inbox.code().await;
        let wrong: String = code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
        for typed in ["", wrong.as_str()] {
            let again = browser.submit(&asked, &[("code", typed)]).await;
            assert_eq!((again.status, step(&again).as_str()), (200, "FIRST_EMAIL_OTP"));
            assert!(again.html.contains("role=\"alert\""), "{}", again.html);
            assert_eq!(browser.cookie("cognito"), None);
        }
        let back = browser.submit(&asked, &[("code", &code)]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(browser.cookie("cognito").is_some());
        let redirect = ("redirect_uri", crate::support::browser::CALLBACK);
        let returned = back.returned("code");
        let form = [("grant_type", "authorization_code"), ("code", returned.as_str()), redirect];
        let tokens = exchange(&app, &browser.domain, &form).await.ok();
        let claims = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!((&claims["cognito:username"], &claims["email_verified"]), (&json!("ada"), &json!(true)));
        let spent = browser.submit(&asked, &[("code", &code)]).await;
        assert_eq!((spent.status, step(&spent).as_str()), (200, ""), "{}", spent.html);
    }

    /// A new code makes the former one worthless; another way can be chosen, and the password among them.
    async fn a_new_code_and_another_way_can_be_asked_for(server: TestServer) {
        let (app, mut browser, query) = choosing(&server).await;
        let inbox = app.pool.inbox("ada@example.com");
        let choice = name(&mut browser, &query, "ada").await;
        let asked = browser.submit(&choice, &[("answer", "EMAIL_OTP")]).await;
        let first = inbox.code().await;
        let anew = browser.submit(&asked, &[("resend", "true")]).await;
        assert_eq!((anew.status, step(&anew).as_str()), (200, "FIRST_EMAIL_OTP"));
        assert!(anew.html.contains("role=\"status\""), "{}", anew.html);
        let second = inbox.code().await;
        let former = browser.submit(&asked, &[("code", &first)]).await;
        assert_eq!((former.status, step(&former).as_str()), (200, ""), "{}", former.html);
        if first != second {
            let wrong = browser.submit(&anew, &[("code", &first)]).await;
            assert_eq!(step(&wrong), "FIRST_EMAIL_OTP");
        }
        let other = browser.submit(&anew, &[("other_method", "true")]).await;
        assert_eq!((other.status, step(&other).as_str()), (200, "SELECT_CHALLENGE"), "{}", other.html);
        let password = browser.submit(&other, &[("answer", "PASSWORD")]).await;
        assert_eq!(step(&password), "PASSWORD");
        assert!(password.html.contains("value=\"ada\""), "{}", password.html);
        let choice = browser.submit(&password, &[("other_method", "true")]).await;
        assert_eq!(step(&choice), "SELECT_CHALLENGE");
        let wrong = browser.submit(&password, &[("password", "Wr0ng-Horse!")]).await;
        assert_eq!((wrong.status, step(&wrong).as_str()), (200, "PASSWORD"));
        assert!(wrong.html.contains("Incorrect username or password."), "{}", wrong.html);
        let back = browser.submit(&wrong, &[("password", PASSWORD)]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(!back.returned("code").is_empty());
    }

    /// A code by text message likewise: a new one ends it, there is a way back, and the right one verifies the number.
    async fn a_code_by_sms_signs_in(server: TestServer) {
        let (app, mut browser, query) = choosing(&server).await;
        give_phone(&app, "ada").await;
        let inbox = app.pool.inbox(PHONE);
        let choice = name(&mut browser, &query, "ada").await;
        assert!(choice.html.contains("name=\"answer\" value=\"SMS_OTP\""), "{}", choice.html);
        let asked = browser.submit(&choice, &[("answer", "SMS_OTP")]).await;
        assert_eq!((asked.status, step(&asked).as_str()), (200, "SMS_OTP"));
        assert!(asked.html.contains("We have sent a code by text message to +"), "{}", asked.html);
        assert!(!asked.html.contains(PHONE), "{}", asked.html);
        let first = inbox.code().await;
        for typed in ["", wrong_code_for(&first)] {
            let again = browser.submit(&asked, &[("code", typed)]).await;
            assert_eq!((again.status, step(&again).as_str()), (200, "SMS_OTP"));
            assert!(again.html.contains("Invalid code or auth state for the user."), "{}", again.html);
        }
        let anew = browser.submit(&asked, &[("resend", "true")]).await;
        assert_eq!((anew.status, step(&anew).as_str()), (200, "SMS_OTP"));
        assert!(anew.html.contains("We have sent you a new code."), "{}", anew.html);
        inbox.code().await;
        let former = browser.submit(&asked, &[("code", &first)]).await;
        assert_eq!((former.status, step(&former).as_str()), (200, ""), "{}", former.html);
        let other = browser.submit(&anew, &[("other_method", "true")]).await;
        assert_eq!((other.status, step(&other).as_str()), (200, "SELECT_CHALLENGE"), "{}", other.html);
        let asked = browser.submit(&other, &[("answer", "SMS_OTP")]).await;
        let code = inbox.code().await;
        let verified = app.pool.attribute("ada", "phone_number_verified").await;
        assert_eq!((verified.as_deref(), browser.cookie("cognito")), (Some("false"), None));
        let back = browser.submit(&asked, &[("code", &code)]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(!back.returned("code").is_empty());
        assert!(browser.cookie("cognito").is_some());
        let verified = app.pool.attribute("ada", "phone_number_verified").await;
        assert_eq!(verified.as_deref(), Some("true"));
        let spent = browser.submit(&asked, &[("code", &code)]).await;
        assert_eq!((spent.status, step(&spent).as_str()), (200, ""), "{}", spent.html);
    }

    /// Where users are hidden, the pages of a name that nobody has are those of one that somebody has.
    async fn a_name_that_nobody_has_is_asked_the_same(server: TestServer) {
        let (app, mut browser, query) = choosing(&server).await;
        let shape = |page: &Page| (page.status, step(page), page.hidden("session").unwrap().len());
        let mut pages = Vec::new();
        for who in ["nobody", "someone"] {
            let choice = name(&mut browser, &query, who).await;
            let asked = browser.submit(&choice, &[("answer", "EMAIL_OTP")]).await;
            let wrong = browser.submit(&asked, &[("code", "00000000")]).await;
            assert!(wrong.html.contains("role=\"alert\""), "{}", wrong.html);
            pages.push([shape(&choice), shape(&asked), shape(&wrong)]);
        }
        let choice = name(&mut browser, &query, "ada").await;
        let asked = browser.submit(&choice, &[("answer", "EMAIL_OTP")]).await;
        let code = app.pool.inbox("ada@example.com").code().await;
        let wrong: String = code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
        let wrong = browser.submit(&asked, &[("code", &wrong)]).await;
        let known = [shape(&choice), shape(&asked), shape(&wrong)];
        for unknown in pages {
            assert_eq!(unknown[1..], known[1..]);
            assert_eq!((unknown[0].0, &unknown[0].1), (known[0].0, &known[0].1));
        }
    }

    /// Where no more messages may go out, what follows is the same for a name that nobody has.
    async fn a_limit_does_not_tell_who_exists(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.limits.multiplier = Some(1);
            config.limits.address.messages_per_hour = 3;
        })
        .await;
        let (app, mut browser, query) = choosing(&server).await;
        give_phone(&app, "ada").await;
        for who in ["ada", "nobody"] {
            let choice = name(&mut browser, &query, who).await;
            let mut asked = browser.submit(&choice, &[("answer", "EMAIL_OTP")]).await;
            let mut sent = 1;
            loop {
                let anew = browser.submit(&asked, &[("resend", "true")]).await;
                if anew.html.contains("role=\"alert\"") {
                    break;
                }
                assert_eq!(step(&anew), "FIRST_EMAIL_OTP", "{who}: {}", anew.html);
                asked = anew;
                sent += 1;
            }
            assert_eq!(sent, 3, "{who}");
            // Another medium has its own count.
            let wrong = browser.submit(&asked, &[("code", "00000000")]).await;
            assert_eq!((wrong.status, step(&wrong).as_str()), (200, "FIRST_EMAIL_OTP"), "{who}: {}", wrong.html);
            let choice = browser.submit(&wrong, &[("other_method", "true")]).await;
            let by_sms = browser.submit(&choice, &[("answer", "SMS_OTP")]).await;
            assert_eq!(step(&by_sms), "SMS_OTP", "{who}: {}", by_sms.html);
        }
        server.stop().await;
    }

    /// 64 send one form at once: one signs in.
    async fn one_of_64_forms_takes_effect(server: TestServer) {
        let (app, mut browser, query) = choosing(&server).await;
        let choice = name(&mut browser, &query, "ada").await;
        let asked = browser.submit(&choice, &[("answer", "EMAIL_OTP")]).await;
        let code = app.pool.inbox("ada@example.com").code().await;
        let asked = Arc::new(asked);
        let pages = at_once(64, |_| {
            let (mut twin, asked, code) = (browser.twin(), Arc::clone(&asked), code.clone());
            async move { twin.submit(&asked, &[("code", &code)]).await }
        })
        .await;
        let (signed_in, others): (Vec<_>, Vec<_>) = pages.iter().partition(|page| page.status == 302);
        assert_eq!(signed_in.len(), 1, "{signed_in:?}");
        assert!(!signed_in[0].returned("code").is_empty());
        for other in others {
            assert!(matches!(other.status, 200 | 503), "{other:?}");
            assert!(other.set_cookies.is_empty(), "{other:?}");
        }
    }

    /// The classic pages ask for the password at once, whatever the client's flows are.
    async fn the_classic_page_asks_for_the_password(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        let mut browser = Browser::new(&pool).await;
        assert!(!browser.code(&code_query(&app, ""), "ada").await.is_empty());
    }
}
