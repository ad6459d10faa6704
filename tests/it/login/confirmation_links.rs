//! Sign-ups that are confirmed by the link in a mail (domain 10.4).

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page, web_client};
use crate::support::function::pool_with;
use crate::support::sign_up::{
    confirm_sign_up, confirmed_by_email, resend_code, standing, unconfirmed,
};
use crate::support::{AppClient, Message, TestServer, TestStore, both_stores};

const PHONE: &str = "+12065550100";

fn by_link(texts: Value) -> Value {
    let template = json!({ "DefaultEmailOption": "CONFIRM_WITH_LINK" });
    json!({
        "AutoVerifiedAttributes": ["email"],
        "VerificationMessageTemplate": crate::support::pools::laid_over(template, texts),
    })
}

async fn app(server: &TestServer) -> (AppClient, Browser) {
    let pool = server.pool(by_link(json!({}))).await;
    let app = web_client(&pool, json!({})).await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

/// The address that a mail links to, without the server's own.
fn link(message: &Message, browser: &Browser) -> String {
    let address = message.body.split("href=\"").nth(1).expect("a link");
    let address = address.split('"').next().unwrap().replace("&amp;", "&");
    let path = browser.path("confirmUser");
    let at = address.find(&path).unwrap_or_else(|| panic!("{address}"));
    address[at..].to_owned()
}

async fn sign_up(server: &TestServer, app: &AppClient, name: &str) -> Message {
    let email = format!("{name}@example.com");
    app.sign_up(name, json!({ "email": email })).await.ok();
    server.inbox(&email).next().await
}

#[track_caller]
fn is_success(page: &Page) {
    assert_eq!(page.status, 200, "{}", page.html);
    assert!(
        page.html.contains("Your registration has been confirmed!"),
        "{}",
        page.html
    );
}

#[track_caller]
fn fails(page: &Page, text: &str) {
    assert_eq!(page.status, 400, "{}", page.html);
    assert!(page.html.contains(text), "{}", page.html);
}

both_stores! {
    /// Behaviour 3.3: the link confirms the sign-up. It may be opened again, and signs nobody in.
    async fn a_link_confirms_a_sign_up(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let mail = sign_up(&server, &app, "ada+b").await;
        assert_eq!(mail.subject.as_deref(), Some("Your verification link"));
        let address = mail.body.split('"').nth(1).expect("an address");
        let whole = format!(
            "Please click the link below to verify your email address. <a href=\"{address}\">Verify Email</a> "
        );
        assert_eq!(mail.body, whole);
        let link = link(&mail, &browser);
        let code = mail.code.clone().unwrap();
        let expected = format!(
            "{}?client_id={}&user_name=ada%2Bb&confirmation_code={code}&proof=",
            browser.path("confirmUser"), app.id,
        );
        assert!(link.starts_with(&expected), "{link}");
        let other = link.replace(&code, crate::support::sign_up::wrong_code_for(&code));
        fails(&browser.open(&other).await, "Invalid verification code provided, please try again.");
        assert_eq!(standing(&app.pool, "ada+b").await, unconfirmed());
        is_success(&browser.open(&link).await);
        assert_eq!(standing(&app.pool, "ada+b").await, confirmed_by_email());
        assert_eq!(browser.cookie("cognito"), None);
        is_success(&browser.open(&link).await);
        // Who has the proof is told whatever the code; else it is what the client tells of users.
        is_success(&browser.open(&other).await);
        let legacy = web_client(&app.pool, json!({ "PreventUserExistenceErrors": "LEGACY" })).await;
        let of_legacy = link.replace(&app.id, &legacy.id);
        is_success(&browser.open(&of_legacy).await);
        let (without, _) = of_legacy.split_once("&proof=").unwrap();
        let confirmed = "User cannot be confirmed. Current status is CONFIRMED";
        fails(&browser.open(without).await, confirmed);
        fails(&browser.open(&format!("{without}&proof=00")).await, confirmed);
        let unknown = without.replace("ada%2Bb", "eve");
        fails(&browser.open(&unknown).await, "Username/client id combination not found.");
    }

    /// Behaviour 3.6: who has no link learns nothing of users.
    async fn a_link_that_was_made_up_tells_nothing(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let mail = sign_up(&server, &app, "ada").await;
        let right = link(&mail, &browser);
        is_success(&browser.open(&right).await);
        sign_up(&server, &app, "bob").await;
        let mut answers = Vec::new();
        for name in ["ada", "bob", "eve"] {
            let (own, _) = right.split_once("&proof=").unwrap();
            let own = own.replace("user_name=ada", &format!("user_name={name}"));
            for proof in ["", "&proof=", "&proof=00"] {
                let page = browser.open(&format!("{own}{proof}")).await;
                fails(&page, "Invalid verification code provided, please try again.");
                answers.push(page.html);
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
        // The proof of one user is none of another.
        let of_bob = right.replace("user_name=ada", "user_name=bob");
        fails(&browser.open(&of_bob).await, "Invalid verification code provided, please try again.");
        assert_eq!(standing(&app.pool, "bob").await, unconfirmed());
    }

    /// Section 2.7: what is wrong with a link is said on a page, and nothing that the link brings. It begins as the
    /// error page of the domain does (10.6).
    async fn a_link_that_is_not_whole_is_refused(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let path = browser.path("confirmUser");
        let id = &app.id;
        let refusals = [
            ("user_name=ada&confirmation_code=1".to_owned(), "Required String parameter &#39;client_id&#39; is not present"),
            (format!("client_id={id}&confirmation_code=1"), "Required String parameter &#39;user_name&#39; is not present"),
            (format!("client_id={id}&user_name=ada"), "Required String parameter &#39;confirmation_code&#39; is not present"),
            ("client_id=nobody&user_name=ada&confirmation_code=1".to_owned(), "Client does not exist"),
            (format!("client_id={id}&user_name=a+b&confirmation_code=1"), "validation error detected: Value at &#39;username&#39;"),
        ];
        for (version, heading) in [(1, "An error was encountered with the requested page."), (2, "Something went wrong")] {
            let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": version });
            app.pool.admin("UpdateUserPoolDomain", version).await.ok();
            for (query, text) in &refusals {
                let page = browser.open(&format!("{path}?{query}")).await;
                fails(&page, text);
                // It has no form, and tells nobody where the client's pages lead.
                assert!(page.policy.ends_with("form-action 'self'"), "{}", page.policy);
                assert!(page.html.contains(&format!("{heading}</h1>")), "{}", page.html);
            }
        }
    }

    /// Domain 10.4: messages sent again have a link, those with another purpose a code, and so has the mail of a pool
    /// without a domain.
    async fn only_sign_ups_at_a_domain_have_links(server: TestServer) {
        let texts = json!({
            "EmailMessageByLink": "Go <b>{##on & on##}</b>", "EmailSubjectByLink": "Welcome",
            "EmailMessage": "Code {####}", "EmailSubject": "Code",
        });
        let pool = server.pool(by_link(texts)).await;
        let app = web_client(&pool, json!({})).await;
        let mail = sign_up(&server, &app, "ada").await;
        assert_eq!((mail.subject.as_deref(), mail.body.starts_with("Code ")), (Some("Code"), true));
        let mut browser = Browser::new(&pool).await;
        resend_code(&app, "ada").await.ok();
        let mail = server.inbox("ada@example.com").next().await;
        assert_eq!(mail.subject.as_deref(), Some("Welcome"));
        assert!(mail.body.starts_with("Go <b><a href=\""), "{}", mail.body);
        assert!(mail.body.ends_with("\">on & on</a></b>"), "{}", mail.body);
        is_success(&browser.open(&link(&mail, &browser)).await);
        app.call("ForgotPassword", json!({ "Username": "ada" })).await.ok();
        let mail = server.inbox("ada@example.com").next().await;
        assert_eq!((mail.subject.as_deref(), mail.body.starts_with("Code ")), (Some("Code"), true));
    }

    /// Domain 10.4: a client that has no pages at a domain with managed login has this one.
    async fn a_client_without_pages_has_links(server: TestServer) {
        let (app, mut browser) = app(&server).await;
        let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": 2 });
        app.pool.admin("UpdateUserPoolDomain", version).await.ok();
        let api = app.pool.client(json!({})).await;
        let mail = sign_up(&server, &api, "ada").await;
        is_success(&browser.open(&link(&mail, &browser)).await);
        assert_eq!(standing(&app.pool, "ada").await, confirmed_by_email());
    }

    /// Behaviour 6: the pool's function is told what stands for the link.
    async fn a_function_writes_a_mail_with_a_link(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], by_link(json!({}))).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let text = json!({ "emailMessage": "<p>{##Click Here##}</p>", "emailSubject": "Welcome" });
        function.responds("CustomMessage_SignUp", text);
        let mail = sign_up(&server, &app, "ada").await;
        let event = function.event("CustomMessage_SignUp");
        assert_eq!(event["request"]["linkParameter"], json!("{##Click Here##}"));
        assert_eq!(event["request"]["codeParameter"], json!("{####}"));
        assert_eq!(mail.subject.as_deref(), Some("Welcome"));
        assert!(mail.body.ends_with("\">Click Here</a></p>"), "{}", mail.body);
        is_success(&browser.open(&link(&mail, &browser)).await);
    }

    /// Domain 10.4: text messages have codes, and the pool's function is told of no link.
    async fn a_text_message_has_a_code(store: TestStore) {
        let settings = json!({
            "AutoVerifiedAttributes": ["phone_number"],
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
        });
        let settings = crate::support::pools::laid_over(by_link(json!({})), settings);
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], settings).await;
        // Where users are hidden, the function is asked behind the answer.
        let app = web_client(&pool, json!({ "PreventUserExistenceErrors": "LEGACY" })).await;
        Browser::new(&pool).await;
        let sms = pool.inbox(PHONE);
        for source in ["CustomMessage_SignUp", "CustomMessage_ResendCode"] {
            if source == "CustomMessage_SignUp" {
                app.sign_up("ada", json!({ "phone_number": PHONE })).await.ok();
            } else {
                resend_code(&app, "ada").await.ok();
            }
            let message = sms.next().await;
            let text = format!("Your verification code is {}. ", message.code.unwrap());
            assert_eq!((message.medium.as_str(), message.body), ("SMS", text));
            let request = &function.event(source)["request"];
            assert_eq!((request.get("linkParameter"), &request["codeParameter"]), (None, &json!("{####}")));
        }
        function.responds("CustomMessage_ResendCode", json!({ "smsMessage": "Here: {####}" }));
        resend_code(&app, "ada").await.ok();
        let message = sms.next().await;
        let code = message.code.unwrap();
        assert_eq!(message.body, format!("Here: {code}"));
        confirm_sign_up(&app, "ada", &code).await.ok();
        let confirmed_by_sms = ("CONFIRMED".to_owned(), false, true);
        assert_eq!(standing(&pool, "ada").await, confirmed_by_sms);
        server.stop().await;
    }
}
