//! The end of a browser's sign-in at `/logout`, and what outlives it (domain 5).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::browser::{Browser, CALLBACK, Page, code_query, exchange, web_client};
use crate::support::pools::{PASSWORD, claims};
use crate::support::users::confirmed_user;
use crate::support::{AppClient, TestServer, both_stores};

/// The address that the client may be sent to after signing out, as a query has it, and as it is.
const SIGNED_OUT: (&str, &str) = (
    "https%3A%2F%2Fapp.example.com%2F",
    "https://app.example.com/",
);
/// The client's scopes, as a query has them.
const ALL_SCOPES: &str = "openid+email+profile+aws.cognito.signin.user.admin";

async fn user(server: &TestServer) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, json!({})).await;
    confirmed_user(&pool, "ada", json!({ "email": "ada@example.com" })).await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

/// Where `/logout` with this query sends the browser of a user who has just signed in: the cookie goes with the answer,
/// and the session has ended for whoever has the cookie.
async fn signed_out(app: &AppClient, browser: &mut Browser, query: &str) -> Page {
    let asked = code_query(app, "");
    browser.code(&asked, "ada").await;
    let mut twin = browser.twin();
    let known = twin.authorize(&asked).await;
    assert!(!known.returned("code").is_empty(), "{known:?}");
    let path = format!("{}?{query}", browser.path("logout"));
    let gone = browser.open(&path).await;
    assert_eq!(gone.status, 302, "{query}: {gone:?}");
    let domain = &browser.domain;
    let removal = format!("cognito-{domain}=; Max-Age=0; Path=/{domain}; HttpOnly; SameSite=Lax");
    assert_eq!(gone.set_cookies, [removal], "{query}");
    let sent = twin.authorize(&asked).await;
    let login = format!("{}?{asked}", browser.path("login"));
    assert_eq!((sent.status, sent.location), (302, login), "{query}");
    gone
}

async fn user_info(app: &AppClient, browser: &Browser, tokens: &Value) -> Value {
    let client = &app.pool.endpoint().client;
    let access = tokens["access_token"].as_str().unwrap();
    let request = client
        .raw(Method::GET, &browser.path("oauth2/userInfo"))
        .header("authorization", format!("Bearer {access}"));
    client.send(request).await.ok()
}

both_stores! {
    /// Signing out of the browser takes nothing from the application: its tokens are told claims, and are refreshed.
    async fn the_tokens_of_a_code_outlive_the_session(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let code = browser.code(&code_query(&app, ""), "ada").await;
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
        let tokens = exchange(&app, &browser.domain, &form).await.ok();
        let query = format!("client_id={}&logout_uri={}", app.id, SIGNED_OUT.0);
        let gone = signed_out(&app, &mut browser, &query).await;
        assert_eq!(gone.location, SIGNED_OUT.1);
        assert_eq!(user_info(&app, &browser, &tokens).await["username"], "ada");
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ];
        let refreshed = exchange(&app, &browser.domain, &form).await.ok();
        assert_eq!(user_info(&app, &browser, &refreshed).await["username"], "ada");
    }

    /// The session ends by each answer, also where the browser is sent nowhere.
    async fn every_answer_ends_the_session(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let id = &app.id;
        let error = |query: &str| format!("{}?{query}", browser.path("error"));
        let callback = code_query(&app, "&state=x");
        let evil = "https%3A%2F%2Fevil.example%2F";
        let (nobody, known) = ("client_id=1example23456789abcdefghij", format!("client_id={id}"));
        let cases = [
            (String::new(), browser.path("error")),
            (format!("logout_uri={}", SIGNED_OUT.0), error(&format!("logout_uri={}", SIGNED_OUT.0))),
            (known.clone(), error(&known)),
            (format!("{known}&logout_uri={evil}"), error(&format!("{known}&logout_uri={evil}"))),
            (
                format!("post_logout_redirect_uri={}", SIGNED_OUT.0),
                error(&format!("post_logout_redirect_uri={}", SIGNED_OUT.0)),
            ),
            (
                format!("{known}&redirect_uri={evil}&response_type=code"),
                error(&format!("error=redirect_mismatch&{known}")),
            ),
            (
                format!("{nobody}&redirect_uri={evil}&response_type=code"),
                error(&format!("error=client_not_found&{nobody}")),
            ),
            (callback.clone(), format!("{}?{callback}&scope={ALL_SCOPES}", browser.path("login"))),
        ];
        for (query, expected) in cases {
            let gone = signed_out(&app, &mut browser, &query).await;
            assert_eq!(gone.location, expected, "{query}");
        }
    }

    /// A browser without a session has no cookie taken away.
    async fn a_browser_without_a_session_is_sent_on_alike(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let path = format!("{}?client_id={}&logout_uri={}", browser.path("logout"), app.id, SIGNED_OUT.0);
        let gone = browser.open(&path).await;
        assert_eq!((gone.status, gone.location.as_str()), (302, SIGNED_OUT.1));
        assert_eq!(gone.set_cookies, Vec::<String>::new());
    }

    /// An address that is not registered falls through to the other form, and one that is registered comes first.
    async fn the_address_after_signing_out_comes_before_another_sign_in(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let again = code_query(&app, "&scope=openid&state=a%2Fb");
        let evil = format!("{again}&logout_uri=https%3A%2F%2Fevil.example%2F");
        let gone = signed_out(&app, &mut browser, &evil).await;
        assert_eq!(gone.location, format!("{}?{evil}", browser.path("login")));
        let both = format!("{again}&logout_uri={}", SIGNED_OUT.0);
        let gone = signed_out(&app, &mut browser, &both).await;
        assert_eq!(gone.location, SIGNED_OUT.1);
    }

    /// The page that the other form leads to signs somebody in, with a scope that is there once.
    async fn another_sign_in_follows_at_once(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        for (scope, granted) in [
            ("", "openid email profile aws.cognito.signin.user.admin"),
            ("&scope=", "openid email profile aws.cognito.signin.user.admin"),
            ("&scope=openid+email", "openid email"),
        ] {
            let query = code_query(&app, &format!("{scope}&state=x"));
            let gone = signed_out(&app, &mut browser, &query).await;
            let expected = if granted == "openid email" {
                query
            } else {
                code_query(&app, &format!("&state=x&scope={ALL_SCOPES}"))
            };
            assert_eq!(gone.location, format!("{}?{expected}", browser.path("login")));
            let page = browser.open(&gone.location).await;
            assert_eq!(page.status, 200, "{page:?}");
            let back = browser.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
            assert_eq!((back.status, back.returned("state").as_str()), (302, "x"), "{back:?}");
            let code = back.returned("code");
            let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
            let tokens = exchange(&app, &browser.domain, &form).await.ok();
            assert_eq!(claims(tokens["access_token"].as_str().unwrap())["scope"], granted);
        }
    }
}
