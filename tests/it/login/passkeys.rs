//! Passkeys on the pages of managed login: offered after a sign-in, added, and signed in with (domain 10.2).

use serde_json::{Value, json};

use crate::support::authenticator::Browser as AuthenticatorBrowser;
use crate::support::browser::{Browser, CALLBACK, Page, code_query, web_client};
use crate::support::passkeys::LOCAL_PAGE;
use crate::support::pools::PASSWORD;
use crate::support::{AppClient, TestServer, both_stores};

async fn pool_with_passkeys(server: &TestServer) -> (AppClient, Browser) {
    let factors = json!(["PASSWORD", "WEB_AUTHN"]);
    let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } });
    let pool = server.pool(json!({ "Policies": policies })).await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"] });
    let app = web_client(&pool, flows).await;
    app.confirmed("ada", json!({ "email": "ada@example.com" }))
        .await;
    let browser = Browser::new(&pool).await;
    browser.use_managed_login(&app).await;
    (app, browser)
}

/// Signs in by the password, up to what follows it.
async fn by_password(browser: &mut Browser, query: &str) -> Page {
    let path = format!("{}?{query}", browser.path("login"));
    let page = browser.open(&path).await;
    let mut page = browser.submit(&page, &[("username", "ada")]).await;
    if page.hidden("step").as_deref() == Some("SELECT_CHALLENGE") {
        page = browser.submit(&page, &[("answer", "PASSWORD")]).await;
    }
    assert_eq!(page.hidden("step").as_deref(), Some("PASSWORD"), "{page:?}");
    browser.submit(&page, &[("password", PASSWORD)]).await
}

fn text(credential: &Value) -> String {
    credential.to_string()
}

async fn passkeys(app: &AppClient) -> usize {
    let tokens = app.sign_in("ada").await;
    let list = app.with_token("ListWebAuthnCredentials", &tokens.access, json!({}));
    list.await.ok()["Credentials"].as_array().unwrap().len()
}

both_stores! {
    /// Users of a client without ALLOW_USER_AUTH are offered none, since they could not sign in with it.
    async fn a_client_without_a_choice_offers_no_passkey(server: TestServer) {
        let (app, mut browser) = pool_with_passkeys(&server).await;
        let plain = web_client(&app.pool, json!({})).await;
        let style = json!({ "ClientId": plain.id, "UseCognitoProvidedValues": true });
        app.pool.admin("CreateManagedLoginBranding", style).await.ok();
        let back = browser.log_in(&code_query(&plain, ""), "ada", PASSWORD).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(!back.returned("code").is_empty());
    }

    /// The offer follows a sign-in, can be put off, and is not made again to that browser.
    async fn a_passkey_is_offered_and_put_off(server: TestServer) {
        let (app, mut browser) = pool_with_passkeys(&server).await;
        let query = code_query(&app, "&state=xyz&prompt=login");
        let offer = by_password(&mut browser, &query).await;
        assert_eq!(offer.status, 200, "{offer:?}");
        assert_eq!(offer.passkey_options()["rp"]["id"], json!("localhost"));
        assert!(browser.cookie("cognito").is_some());
        let back = browser.submit(&offer, &[("skip", "true")]).await;
        assert_eq!((back.status, back.returned("state").as_str()), (302, "xyz"), "{}", back.html);
        let domain = &browser.domain;
        let later = format!("passkey-later-{domain}=1; Max-Age=2592000; Path=/{domain}; HttpOnly; SameSite=Lax");
        assert_eq!(back.set_cookies, [later]);
        assert_eq!(passkeys(&app).await, 0);
        let back = by_password(&mut browser, &query).await;
        assert_eq!(back.status, 302, "{}", back.html);
        let mut other = browser.twin();
        other.forget("passkey-later");
        assert_eq!(by_password(&mut other, &query).await.status, 200, "another browser has not put it off");
        // The offer was worth the browser that got it, for that request.
        let mut thief = Browser::new(&app.pool).await;
        let refused = thief.submit(&offer, &[("skip", "true")]).await;
        assert_eq!(refused.location, format!("{}?{query}", thief.path("login")));
    }

    /// However long the query is, and however late the answer comes, an offer can be put off.
    async fn an_offer_always_has_a_way_out(server: TestServer) {
        let (app, mut browser) = pool_with_passkeys(&server).await;
        let long = code_query(&app, &format!("&state={}", "s".repeat(4000)));
        let offer = by_password(&mut browser, &long).await;
        assert_eq!(offer.status, 200, "{offer:?}");
        let back = browser.submit(&offer, &[("skip", "true")]).await;
        assert_eq!((back.status, back.returned("state").len()), (302, 4000), "{}", back.html);

        let mut late = Browser::new(&app.pool).await;
        let query = code_query(&app, "&prompt=login");
        let offer = by_password(&mut late, &query).await;
        server.advance(6 * 60).await;
        let sent = late.submit(&offer, &[("skip", "true")]).await;
        assert_eq!(sent.location, format!("{}?{query}", late.path("login")));
        assert_eq!(by_password(&mut late, &query).await.status, 302);
    }

    /// A form of another page makes no passkey, and is refused as on other pages.
    async fn a_foreign_form_makes_no_passkey(server: TestServer) {
        let (app, mut browser) = pool_with_passkeys(&server).await;
        let offer = by_password(&mut browser, &code_query(&app, "")).await;
        let (_, response) = AuthenticatorBrowser::at(LOCAL_PAGE).create(&offer.passkey_options());
        let mut forged = browser.twin().with_header("sec-fetch-site", "cross-site");
        let refused = forged.submit(&offer, &[("credential", &text(&response))]).await;
        assert_eq!((refused.status, refused.location.as_str()), (403, ""), "{refused:?}");
        assert!(refused.html.contains("The form was not sent by this page"), "{}", refused.html);
        assert_eq!(passkeys(&app).await, 0);
    }

    /// Only managed login has passkeys, and a link gives nobody a code.
    async fn a_link_gives_no_code(server: TestServer) {
        let (app, mut browser) = pool_with_passkeys(&server).await;
        let callback: String = url::form_urlencoded::byte_serialize(CALLBACK.as_bytes()).collect();
        let link = format!("client_id={}&redirect_uri={callback}", app.id);
        let offer = by_password(&mut browser, &code_query(&app, "")).await;
        browser.submit(&offer, &[("skip", "true")]).await;
        let query = format!("{link}&response_type=code&then=add-a-passkey");
        let page = browser.open(&format!("{}?{query}", browser.path("login"))).await;
        let sent = browser.submit(&page, &[("signInAsKnownUser", "true")]).await;
        let add = format!("{}?{link}", browser.path("passkeys/add"));
        assert_eq!((sent.status, &sent.location), (302, &add));
        let classic = json!({ "Domain": browser.domain, "ManagedLoginVersion": 1 });
        app.pool.admin("UpdateUserPoolDomain", classic).await.ok();
        let page = browser.open(&add).await;
        assert_eq!(page.status, 404, "{page:?}");
        assert!(page.html.contains("The login pages of this domain have no passkeys."), "{}", page.html);
    }

    /// A passkey that is made signs in from then on, without a password; what it signs once is worth nothing twice.
    async fn a_passkey_is_made_and_signs_in(server: TestServer) {
        let (app, mut browser) = pool_with_passkeys(&server).await;
        let query = code_query(&app, "");
        let device = AuthenticatorBrowser::at(LOCAL_PAGE);
        let offer = by_password(&mut browser, &query).await;
        let refused = browser.submit(&offer, &[("credential", "{}")]).await;
        assert_eq!(refused.status, 200, "{refused:?}");
        assert!(refused.html.contains("role=\"alert\""), "{}", refused.html);
        let (mut passkey, response) = device.create(&refused.passkey_options());
        let back = browser.submit(&refused, &[("credential", &text(&response))]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(!back.returned("code").is_empty());
        assert_eq!(passkeys(&app).await, 1);

        let mut other = Browser::new(&app.pool).await;
        let path = format!("{}?{query}", other.path("login"));
        let page = other.open(&path).await;
        let choice = other.submit(&page, &[("username", "ada")]).await;
        let asked = other.submit(&choice, &[("answer", "WEB_AUTHN")]).await;
        assert_eq!(asked.hidden("step").as_deref(), Some("WEB_AUTHN"), "{asked:?}");
        let options = asked.passkey_options();
        let wrong = other.submit(&asked, &[("credential", "{}")]).await;
        assert_eq!((wrong.status, wrong.passkey_options()), (200, options.clone()));
        let signed = text(&device.get(&mut passkey, &options));
        let back = other.submit(&wrong, &[("credential", &signed)]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        assert!(other.cookie("cognito").is_some());
        let spent = other.submit(&wrong, &[("credential", &signed)]).await;
        assert_eq!((spent.status, spent.hidden("step")), (200, None), "{}", spent.html);
    }

    /// Section 12: a custom domain that is added later has passkeys of its own, unless the pool says which domain they
    /// belong to.
    async fn a_custom_domain_ends_older_passkeys(server: TestServer) {
        for (set, page, later) in [
            (None, LOCAL_PAGE, "login-1.example.com"),
            (Some("example.org"), "https://login.example.org", "login-2.example.com"),
        ] {
            let (app, mut browser) = pool_with_passkeys(&server).await;
            let query = code_query(&app, "&prompt=login");
            if let Some(domain) = set {
                let belong = json!({ "WebAuthnConfiguration": { "RelyingPartyId": domain } });
                app.pool.admin("SetUserPoolMfaConfig", belong).await.ok();
            }
            let device = AuthenticatorBrowser::at(page);
            let offer = by_password(&mut browser, &query).await;
            let (mut passkey, response) = device.create(&offer.passkey_options());
            assert_eq!(browser.submit(&offer, &[("credential", &text(&response))]).await.status, 302);
            app.pool.custom_domain(later).await;

            let path = format!("{}?{query}", browser.path("login"));
            let first = browser.open(&path).await;
            let asked = browser.submit(&first, &[("username", "ada")]).await;
            if set.is_some() {
                assert_eq!(asked.hidden("step").as_deref(), Some("SELECT_CHALLENGE"), "{asked:?}");
                let asked = browser.submit(&asked, &[("answer", "WEB_AUTHN")]).await;
                let signed = text(&device.get(&mut passkey, &asked.passkey_options()));
                let back = browser.submit(&asked, &[("credential", &signed)]).await;
                assert_eq!((back.status, back.returned("code").is_empty()), (302, false), "{back:?}");
            } else {
                assert_eq!(asked.hidden("step").as_deref(), Some("PASSWORD"), "{asked:?}");
                assert!(!asked.html.contains("other_method"), "{}", asked.html);
                let forged = [("answer", "WEB_AUTHN"), ("step", "SELECT_CHALLENGE"), ("offered", "PASSWORD WEB_AUTHN")];
                let refused = browser.submit(&asked, &forged).await;
                assert_eq!((refused.status, refused.location.as_str()), (200, ""), "{refused:?}");
                assert!(refused.html.contains("Invalid MFA type for the user."), "{}", refused.html);
                let offer = browser.submit(&asked, &[("password", PASSWORD)]).await;
                assert_eq!((offer.status, &offer.passkey_options()["rp"]["id"]), (200, &json!(later)));
            }
            assert_eq!(passkeys(&app).await, 1);
        }
    }

    /// The direct link with client and address: for users who are signed in, and back to the address.
    async fn a_link_adds_a_passkey(server: TestServer) {
        let (app, mut browser) = pool_with_passkeys(&server).await;
        let callback: String = url::form_urlencoded::byte_serialize(CALLBACK.as_bytes()).collect();
        let link = format!("client_id={}&redirect_uri={callback}", app.id);
        let path = format!("{}?{link}", browser.path("passkeys/add"));
        let sent = browser.open(&path).await;
        let query = format!("{link}&response_type=code&then=add-a-passkey");
        assert_eq!((sent.status, sent.location), (302, format!("{}?{query}", browser.path("login"))));
        // The sign-in leads to the page, and gives no code that nobody has asked for.
        let back = by_password(&mut browser, &query).await;
        assert_eq!((back.status, back.location.as_str()), (302, path.as_str()));
        let page = browser.open(&path).await;
        assert_eq!(page.status, 200, "{page:?}");
        let mut forged = browser.twin();
        forged.set_cookie("XSRF-TOKEN", "0f0e0d0c-0b0a-0908-0706-050403020100");
        let device = AuthenticatorBrowser::at(LOCAL_PAGE);
        let (_, response) = device.create(&page.passkey_options());
        let typed = text(&response);
        forged.submit(&page, &[("credential", &typed)]).await;
        assert_eq!(passkeys(&app).await, 0);
        let back = browser.submit(&page, &[("credential", &typed)]).await;
        assert_eq!((back.status, back.location.as_str()), (302, CALLBACK), "{}", back.html);
        assert_eq!(passkeys(&app).await, 1);
        let elsewhere = path.replace("callback", "other");
        assert!(browser.open(&elsewhere).await.location.contains("error=redirect_mismatch"));
    }
}
