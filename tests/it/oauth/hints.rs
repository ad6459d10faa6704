//! Hints and small print of the standards, where AWS is silent (`docs/conformance.md`).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::json;

use super::{Domain, FORM, SIGNED_OUT, TOKEN, denied, encoded, granted, secret};
use crate::support::browser::{Browser, CALLBACK, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::users::confirmed_user;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// OpenID Connect Core 3.1.2.2: a hint is of the only user whose sign-in is wanted. What is no token is passed over.
    async fn a_hint_names_the_user_who_is_wanted(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        app.confirmed("bob", json!({ "email": "bob@example.com" })).await;
        let hint = app.sign_in("ada").await.id;
        let mut browser = Browser::new(&pool).await;
        browser.use_managed_login(&app).await;
        browser.code(&code_query(&app, ""), "bob").await;
        let silent = |hint: &str| code_query(&app, &format!("&prompt=none&id_token_hint={hint}"));
        let refused = browser.authorize(&silent(&hint)).await;
        assert_eq!(refused.location, format!("{CALLBACK}?error=login_required"));
        let query = code_query(&app, &format!("&id_token_hint={hint}"));
        let other = browser.log_in(&query, "bob", PASSWORD).await;
        assert_eq!(other.location, format!("{CALLBACK}?error=login_required"));
        assert!(!browser.authorize(&silent("nonsense")).await.returned("code").is_empty());
        assert!(!browser.log_in(&query, "ada", PASSWORD).await.returned("code").is_empty());
        server.advance(3500).await;
        assert!(!browser.authorize(&silent(&hint)).await.returned("code").is_empty());
    }

    /// RP-Initiated Logout 2: a client's request with another client's token is not followed; `logout_uri` is AWS's.
    async fn a_hint_of_another_client_speaks_against_signing_out(server: TestServer) {
        let domain = Domain::start(&server).await;
        confirmed_user(&domain.pool, "ada", json!({})).await;
        let (app, other) = (domain.web(json!({})).await, domain.web(json!({})).await);
        let (own, foreign) = (app.sign_in("ada").await.id, other.sign_in("ada").await.id);
        let query = |name, hint: &str| {
            encoded(&[("client_id", app.id.as_str()), ("id_token_hint", hint), (name, SIGNED_OUT)])
        };
        let after = query("post_logout_redirect_uri", &own);
        assert_eq!(domain.location(&format!("/logout?{after}")).await, SIGNED_OUT);
        for hint in [foreign.as_str(), "nonsense"] {
            let after = query("post_logout_redirect_uri", hint);
            domain.leads_to_error_page(&format!("/logout?{after}"), &after).await;
            let of_aws = query("logout_uri", hint);
            assert_eq!(domain.location(&format!("/logout?{of_aws}")).await, SIGNED_OUT);
        }
    }

    /// RFC 6749 2.3.1: id and secret may be encoded within the header.
    async fn credentials_in_the_header_may_be_encoded(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let (id, secret) = (escaped(&app.id), escaped(secret(&app)));
        for (pair, is_right) in [
            (format!("{id}:{secret}"), true),
            (format!("{id}:{secret}%2B"), false),
            (format!("{id}:%FF"), false),
        ] {
            let request = domain
                .request(Method::POST, TOKEN)
                .header("content-type", FORM)
                .header("authorization", format!("Basic {}", BASE64_STANDARD.encode(pair)))
                .body("grant_type=client_credentials");
            let answer = domain.send(request).await;
            if is_right {
                granted(answer);
            } else {
                denied(&answer, "invalid_client");
            }
        }
    }

    /// RFC 6749 3.1: an empty state is none; one whose name is encoded is one.
    async fn an_empty_state_does_not_come_back(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        let query = encoded(&[("client_id", app.id.as_str()), ("post_logout_redirect_uri", SIGNED_OUT)]);
        assert_eq!(domain.location(&format!("/logout?{query}&state=")).await, SIGNED_OUT);
        let location = domain.location(&format!("/logout?{query}&%73tate=a%2Fb")).await;
        assert_eq!(location, format!("{SIGNED_OUT}?state=a%2Fb"));
    }

    /// Section 2.1: managed login remembers the language that was chosen.
    async fn the_language_is_remembered(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let path = |further: &str, browser: &Browser| format!("{}?{}", browser.path("login"), code_query(&app, further));
        let german = browser.open(&path("&lang=de", &browser)).await;
        assert!(german.html.contains("<html lang=\"en\""), "the classic pages are English");
        assert_eq!(browser.cookie("lang"), None);
        browser.use_managed_login(&app).await;
        let german = browser.open(&path("&lang=de", &browser)).await;
        assert!(german.html.contains("<html lang=\"de\""), "{}", german.html);
        assert_eq!(browser.cookie("lang"), Some("de"));
        let again = browser.open(&path("", &browser)).await;
        assert!(again.html.contains("<html lang=\"de\""), "{}", again.html);
        let japanese = browser.open(&path("&lang=ja", &browser)).await;
        assert!(japanese.html.contains("<html lang=\"ja\""), "{}", japanese.html);
        let again = browser.open(&path("", &browser)).await;
        assert!(again.html.contains("<html lang=\"ja\""), "{}", again.html);
    }
}
