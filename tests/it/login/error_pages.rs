//! Requests that are not answered at the application, followed to the page that says why (domain 2.7, 10.6).

use serde_json::{Value, json};

use super::{CORPORATE, corporate_provider};
use crate::support::browser::{Browser, Page, code_query, web_client};
use crate::support::{AppClient, TestServer, both_stores};

const NO_CLIENT: &str = "Required String parameter &#39;client_id&#39; is not present";
const NO_ADDRESS: &str = "Required String parameter &#39;redirect_uri&#39; is not present";
const NO_OPTION: &str = "Login option is not available. Please try another one";
const NOBODY: &str = "1example23456789abcdefghij";

async fn client(server: &TestServer, settings: Value) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, settings).await;
    app.confirmed("ada", json!({ "email": "ada@example.com" }))
        .await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

/// The page `/error` with this query, which the page of the domain leads to.
async fn led_to(browser: &mut Browser, page: &str, query: &str, error: &str) -> Page {
    let sent = browser
        .open(&format!("{}?{query}", browser.path(page)))
        .await;
    let expected = format!("{}?{error}", browser.path("error"));
    assert_eq!((sent.status, &sent.location), (302, &expected), "{page}");
    let shown = browser.open(&expected).await;
    assert_eq!(shown.status, 400, "{shown:?}");
    shown
}

/// The page says this, and under this heading.
#[track_caller]
fn says(page: &Page, heading: &str, text: &str) {
    let heading = format!(">{heading}</h1>");
    assert!(page.html.contains(&heading), "{}", page.html);
    let text = format!(">{text}</p>");
    assert!(page.html.contains(&text), "{text}: {}", page.html);
}

/// The heading of the classic pages.
const CLASSIC: &str = "An error was encountered with the requested page.";

both_stores! {
    /// What is missing is named, whichever page misses it, in the words of both generations of pages.
    async fn what_is_missing_is_named(server: TestServer) {
        let (app, mut browser) = client(&server, json!({})).await;
        let known = format!("client_id={}", app.id);
        let callback = "redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback";
        for (version, heading) in [(1, CLASSIC), (2, "Something went wrong")] {
            let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": version });
            app.pool.admin("UpdateUserPoolDomain", version).await.ok();
            for (page, query, text) in [
                ("oauth2/authorize", "response_type=code", NO_CLIENT),
                ("oauth2/authorize", callback, NO_CLIENT),
                ("oauth2/authorize", &known, NO_ADDRESS),
                ("login", "response_type=code", NO_CLIENT),
                ("login", &known, NO_ADDRESS),
                ("signup", &known, NO_ADDRESS),
                ("logout", "logout_uri=https%3A%2F%2Fapp.example.com%2F", NO_CLIENT),
                ("logout", &known, NO_ADDRESS),
            ] {
                let shown = led_to(&mut browser, page, query, query).await;
                says(&shown, heading, text);
            }
            let unregistered = format!("response_type=code&{known}&redirect_uri=https%3A%2F%2Fevil.example%2F");
            let error = format!("error=redirect_mismatch&{known}");
            let shown = led_to(&mut browser, "oauth2/authorize", &unregistered, &error).await;
            says(&shown, heading, "redirect_mismatch");
            assert!(!shown.html.contains("evil.example"), "{}", shown.html);
        }
    }

    /// A client that nobody has is shown, so that its user sees what was mistyped.
    async fn an_unknown_client_is_shown(server: TestServer) {
        let (app, mut browser) = client(&server, json!({})).await;
        let error = format!("error=client_not_found&client_id={NOBODY}");
        let query = code_query(&app, "").replace(&app.id, NOBODY);
        for page in ["oauth2/authorize", "login", "logout"] {
            let shown = led_to(&mut browser, page, &query, &error).await;
            says(&shown, CLASSIC, "Client does not exist");
            let refused = format!("<code>client_id={NOBODY}</code>");
            assert!(shown.html.contains(&refused), "{}", shown.html);
        }
        // One of another pool is no client here.
        let elsewhere = server.pool(json!({})).await.client(json!({})).await;
        let query = code_query(&app, "").replace(&app.id, &elsewhere.id);
        let error = format!("error=client_not_found&client_id={}", elsewhere.id);
        let shown = led_to(&mut browser, "oauth2/authorize", &query, &error).await;
        says(&shown, CLASSIC, "Client does not exist");
    }

    /// What can be no client's id is a text of whoever has made the link, and is not shown.
    async fn what_can_be_no_client_is_not_shown(server: TestServer) {
        let (app, mut browser) = client(&server, json!({})).await;
        for text in ["Call+mallory-0100", "Call%20mallory", "mallory-0100", "%3Cb%3Emallory", "mallory.example"] {
            let query = code_query(&app, "").replace(&app.id, text);
            let sent = browser.authorize(&query).await;
            assert_eq!(sent.status, 302);
            let followed = browser.open(&sent.location).await;
            let linked = browser.open(&format!("{}?client_id={text}", browser.path("error"))).await;
            for shown in [followed, linked] {
                assert_eq!(shown.status, 400);
                says(&shown, CLASSIC, "Client does not exist");
                assert!(!shown.html.contains("mallory"), "{}", shown.html);
            }
        }
        let long = "mallory".repeat(19);
        let shown = browser.open(&format!("{}?client_id={long}", browser.path("error"))).await;
        assert!(!shown.html.contains("mallory"), "{}", shown.html);
    }

    /// A client without a style has no pages of managed login, and its user is told whom to ask.
    async fn a_client_without_a_style_leads_to_an_administrator(server: TestServer) {
        let (app, mut browser) = client(&server, json!({})).await;
        let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": 2 });
        app.pool.admin("UpdateUserPoolDomain", version).await.ok();
        let query = code_query(&app, "");
        let sent = browser.authorize(&query).await;
        assert_eq!(sent.location, format!("{}?{query}", browser.path("login")));
        for page in ["login", "signup", "forgotPassword"] {
            let shown = browser.open(&format!("{}?{query}", browser.path(page))).await;
            assert_eq!(shown.status, 400, "{page}");
            says(&shown, "Login pages unavailable", "Please contact an administrator");
        }
    }

    /// Sections 10.5 and 11: the page has the look of the client if there is one, and that of managed login speaks the
    /// language that is asked for, else the one that the browser remembers.
    async fn it_has_language_and_look_of_other_pages(server: TestServer) {
        let (app, mut browser) = client(&server, json!({})).await;
        let mismatch = format!("{}?error=redirect_mismatch&client_id={}", browser.path("error"), app.id);
        let unknown = format!("{}?client_id={NOBODY}", browser.path("error"));
        let no_option = format!("{}?{}", browser.path("login"), code_query(&app, "&identity_provider=Google"));
        let style = format!("\"{}", browser.path(&format!("assets/{}/", app.id)));
        let css = ".submitButton-customizable { background-color: #112233; }";
        let look = json!({ "ClientId": app.id, "CSS": css });
        app.pool.admin("SetUICustomization", look).await.ok();
        let pages = [
            (&mismatch, 400, "redirect_mismatch"), (&unknown, 400, "Client does not exist"), (&no_option, 401, NO_OPTION),
        ];
        for (address, status, text) in pages {
            let classic = browser.open(&format!("{address}&lang=de")).await;
            assert_eq!(classic.status, status, "{classic:?}");
            says(&classic, CLASSIC, text);
            assert!(classic.html.contains("<html lang=\"en\""), "{}", classic.html);
            assert_eq!(classic.html.contains(&style), address != &unknown, "{}", classic.html);
        }
        let color = json!({ "components": { "primaryButton": { "lightMode": { "defaults": { "backgroundColor": "112233ff" } } } } });
        let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": 2 });
        app.pool.admin("UpdateUserPoolDomain", version).await.ok();
        let look = json!({ "ClientId": app.id, "Settings": color });
        app.pool.admin("CreateManagedLoginBranding", look).await.ok();
        for (address, status, text) in pages {
            for asked in ["&lang=de", ""] {
                let shown = browser.open(&format!("{address}{asked}")).await;
                assert_eq!(shown.status, status, "{shown:?}");
                says(&shown, "Etwas ist schiefgegangen", text);
                assert!(shown.html.contains("<html lang=\"de\""), "{}", shown.html);
                assert_eq!(shown.html.contains(&style), address != &unknown, "{}", shown.html);
            }
        }
        let other = browser.open(&format!("{}?error=stranger&client_id={}", browser.path("error"), app.id)).await;
        says(&other, "Etwas ist schiefgegangen", "Die Anfrage ist ungültig.");
    }

    /// A provider that is named and not enabled leads to a page that says so, also where somebody is signed in.
    async fn a_provider_that_is_not_enabled_signs_nobody_in(server: TestServer) {
        let (app, mut browser) = client(&server, json!({})).await;
        for is_signed_in in [false, true] {
            if is_signed_in {
                browser.code(&code_query(&app, ""), "ada").await;
                assert!(!browser.authorize(&code_query(&app, "")).await.returned("code").is_empty());
            }
            for named in ["identity_provider=Google", "identity_provider=Nobody", "idp_identifier=example.com"] {
                let query = code_query(&app, &format!("&state=x&{named}"));
                let sent = browser.authorize(&query).await;
                let expected = format!("{}?{query}", browser.path("login"));
                assert_eq!((sent.status, &sent.location), (302, &expected));
                let shown = browser.open(&expected).await;
                assert_eq!(shown.status, 401, "{shown:?}");
                says(&shown, CLASSIC, NO_OPTION);
                assert!(!shown.html.contains("<form"), "{}", shown.html);
            }
        }
    }

    /// Section 9: without COGNITO there is no form, whether there is another provider or none, and the JSON API signs in all
    /// the same.
    async fn without_the_pool_as_a_provider_the_json_api_signs_in(server: TestServer) {
        let (none, mut browser) = client(&server, json!({ "SupportedIdentityProviders": null })).await;
        corporate_provider(&none.pool).await;
        let other = json!({ "SupportedIdentityProviders": [CORPORATE] });
        let other = web_client(&none.pool, other).await;
        for (version, heading) in [(1, CLASSIC), (2, "Something went wrong")] {
            let version = json!({ "Domain": browser.domain, "ManagedLoginVersion": version });
            none.pool.admin("UpdateUserPoolDomain", version).await.ok();
            for app in [&none, &other] {
                let query = code_query(app, "");
                let sent = browser.authorize(&query).await;
                assert_eq!(sent.location, format!("{}?{query}", browser.path("login")));
                let shown = browser.open(&sent.location).await;
                assert_eq!(shown.status, 401, "{shown:?}");
                says(&shown, heading, NO_OPTION);
                assert!(!shown.html.contains("<form"), "{}", shown.html);
            }
        }
        for app in [none, other] {
            assert_eq!(app.sign_in("ada").await.access_claims()["username"], "ada");
        }
    }
}
