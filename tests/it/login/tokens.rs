//! The tokens of a code and of the implicit grant, and what the userInfo endpoint says (domain 3.3, 4.1, 8).

use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::support::answer::{Answer, member_names};
use crate::support::browser::{Browser, CALLBACK, code_query, exchange, web_client};
use crate::support::pools::{PASSWORD, claims};
use crate::support::tokens::get_user;
use crate::support::{AppClient, TestServer, TestStore, both_stores};

async fn exchanged(app: &AppClient, browser: &mut Browser, further: &str) -> Value {
    let code = browser.code(&code_query(app, further), "ada").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    exchange(app, &browser.domain, &form).await.ok().clone()
}

/// The answer to these tokens' refresh token.
async fn refreshed(app: &AppClient, browser: &Browser, tokens: &Value) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(tokens, "refresh_token")),
    ];
    exchange(app, &browser.domain, &form).await
}

async fn user_info(app: &AppClient, browser: &Browser, access: &str) -> Answer {
    let client = &app.pool.endpoint().client;
    let request = client
        .raw(Method::GET, &browser.path("oauth2/userInfo"))
        .header(AUTHORIZATION, format!("Bearer {access}"));
    client.send(request).await
}

/// The sign-in that these tokens come from has ended: neither of them is of use.
async fn assert_ended(app: &AppClient, browser: &Browser, tokens: &Value) {
    let info = user_info(app, browser, text(tokens, "access_token")).await;
    assert_eq!(info.status, 401, "{info}");
    assert_eq!(info["error"], "invalid_token", "{info}");
    let refused = refreshed(app, browser, tokens).await;
    assert_eq!(
        (refused.status, refused.body),
        (400, json!({ "error": "invalid_grant" }))
    );
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

both_stores! {
    /// Section 8: what the tokens of a code say besides those of the JSON API.
    async fn tokens_of_a_code_say_what_was_granted(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let sub = app.confirmed("ada", json!({ "email": "ada@example.com", "name": "Ada" })).await;
        let mut browser = Browser::new(&pool).await;
        let tokens = exchanged(&app, &mut browser, "&nonce=n-1&scope=openid+email").await;
        let access = claims(text(&tokens, "access_token"));
        assert_eq!(access["scope"], json!("openid email"));
        assert_eq!((&access["version"], &access["sub"]), (&json!(2), &json!(sub)));
        assert_eq!((&access["username"], &access["client_id"]), (&json!("ada"), &json!(app.id)));
        assert_eq!(access.get("aud"), None);
        let id = claims(text(&tokens, "id_token"));
        assert_eq!((&id["nonce"], &id["aud"]), (&json!("n-1"), &json!(app.id)));
        assert_eq!((&id["email"], id.get("name")), (&json!("ada@example.com"), None));
        assert_eq!(id["auth_time"], access["auth_time"]);
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text(&tokens, "access_token").as_bytes());
        let half = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, &hash.as_ref()[..16]);
        assert_eq!(id["at_hash"], json!(half));

        get_user(&app, text(&tokens, "access_token"))
            .await
            .fails("NotAuthorizedException", "Access Token does not have required scopes");
        let info = user_info(&app, &browser, text(&tokens, "access_token")).await;
        assert_eq!(info.header("access-control-allow-origin"), Some("*"));
        assert_eq!(info.ok(), json!({
            "sub": sub, "email": "ada@example.com", "email_verified": "false", "username": "ada",
        }));
    }

    /// Sections 2.4 and 3.3: without openid there is no ID token, and no userInfo; all scopes are granted where none is named.
    async fn scopes_decide_what_tokens_there_are(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        let mut browser = Browser::new(&pool).await;
        let tokens = exchanged(&app, &mut browser, "&scope=aws.cognito.signin.user.admin").await;
        assert_eq!(tokens.get("id_token"), None);
        get_user(&app, text(&tokens, "access_token")).await.ok();
        let info = user_info(&app, &browser, text(&tokens, "access_token")).await;
        let expected = "error=\"invalid_token\", error_description=\"Access token does not contain openid scope\"";
        assert_eq!((info.status, info.header("www-authenticate")), (401, Some(expected)));
        let again = refreshed(&app, &browser, &tokens).await.ok();
        assert_eq!(member_names(&again), ["access_token", "expires_in", "token_type"]);
        assert_eq!(claims(text(&again, "access_token"))["scope"], "aws.cognito.signin.user.admin");

        let tokens = exchanged(&app, &mut browser, "").await;
        let all = "openid email profile aws.cognito.signin.user.admin";
        assert_eq!(claims(text(&tokens, "access_token"))["scope"], json!(all));
        let refreshed = refreshed(&app, &browser, &tokens).await.ok();
        assert_eq!(member_names(&refreshed), ["access_token", "expires_in", "id_token", "token_type"]);
        assert_eq!(claims(text(&refreshed, "access_token"))["scope"], json!(all));
        let (first, second) = (claims(text(&tokens, "id_token")), claims(text(&refreshed, "id_token")));
        assert_eq!(first["auth_time"], second["auth_time"]);
        assert_eq!(second.get("nonce"), None);
    }

    /// Section 2.1: the resource becomes the audience, in every tier, also after a refresh; the JSON API is not meant then.
    async fn a_resource_is_the_audience(store: TestStore) {
        let server = TestServer::start(&store, |config| config.compat.enforce_tiers = true).await;
        for tier in ["LITE", "ESSENTIALS", "PLUS"] {
            let pool = server.pool(json!({ "UserPoolTier": tier })).await;
            let app = web_client(&pool, json!({})).await;
            app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
            let mut browser = Browser::new(&pool).await;
            let tokens = exchanged(&app, &mut browser, "&resource=https%3A%2F%2Fapi.example.com").await;
            let refreshed = refreshed(&app, &browser, &tokens).await.ok();
            for tokens in [&tokens, &refreshed] {
                let access = text(tokens, "access_token");
                assert_eq!(claims(access)["aud"], json!("https://api.example.com"), "{tier}");
                get_user(&app, access).await.fails("NotAuthorizedException", "Invalid Access Token");
                user_info(&app, &browser, access).await.ok();
            }
        }
        server.stop().await;
    }

    /// Section 3.3, behaviour 4.4: a client that rotates gets another refresh token of the same sign-in. One that is used
    /// again after the grace period ends that sign-in, and no other.
    async fn a_rotated_token_is_of_the_same_sign_in(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 30 },
        })).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        let mut browser = Browser::new(&pool).await;
        let further = "&scope=openid+email&resource=https%3A%2F%2Fapi.example.com";
        let first = exchanged(&app, &mut browser, further).await;
        let other = exchanged(&app, &mut browser, further).await;
        server.advance(60).await;
        let second = refreshed(&app, &browser, &first).await.ok();
        assert_eq!(
            member_names(&second),
            ["access_token", "expires_in", "id_token", "refresh_token", "token_type"]
        );
        assert_ne!(second["refresh_token"], first["refresh_token"]);
        let [old, new] = [&first, &second].map(|tokens| claims(text(tokens, "access_token")));
        assert_eq!((&new["scope"], &new["aud"]), (&json!("openid email"), &json!("https://api.example.com")));
        for name in ["sub", "scope", "aud", "auth_time", "origin_jti", "event_id", "client_id"] {
            assert_eq!(new[name], old[name], "{name}");
        }
        assert_ne!(new["jti"], old["jti"]);
        let id = claims(text(&second, "id_token"));
        assert_eq!((&id["auth_time"], &id["origin_jti"]), (&old["auth_time"], &old["origin_jti"]));
        let retried = refreshed(&app, &browser, &first).await.ok();
        server.advance(30).await;
        let third = refreshed(&app, &browser, &second).await.ok();
        user_info(&app, &browser, text(&third, "access_token")).await.ok();
        let reused = refreshed(&app, &browser, &first).await;
        assert_eq!((reused.status, reused.body), (400, json!({ "error": "invalid_grant" })));
        for tokens in [&first, &second, &retried, &third] {
            assert_ended(&app, &browser, tokens).await;
        }
        user_info(&app, &browser, text(&other, "access_token")).await.ok();
        refreshed(&app, &browser, &other).await.ok();
    }

    /// Section 4.2: a code's refresh token that is given back ends all tokens of the code, and none of another code.
    async fn a_codes_refresh_token_is_given_back(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        let mut browser = Browser::new(&pool).await;
        let given_back = exchanged(&app, &mut browser, "").await;
        let later = refreshed(&app, &browser, &given_back).await.ok();
        let kept = exchanged(&app, &mut browser, "").await;
        let query = [("client_id", app.id.as_str()), ("token", text(&given_back, "refresh_token"))];
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let request = server.client.raw(Method::POST, &browser.path("oauth2/revoke"));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let revoked = server.client.send(request).await;
        assert_eq!((revoked.status, revoked.text.as_str()), (200, ""));
        assert_eq!(revoked.header("access-control-allow-origin"), Some("*"));
        assert_ended(&app, &browser, &given_back).await;
        let info = user_info(&app, &browser, text(&later, "access_token")).await;
        assert_eq!(info.status, 401, "{info}");
        user_info(&app, &browser, text(&kept, "access_token")).await.ok();
        let refreshed = refreshed(&app, &browser, &kept).await.ok();
        user_info(&app, &browser, text(&refreshed, "access_token")).await.ok();
        // The browser is still signed in.
        assert!(!browser.authorize(&code_query(&app, "")).await.returned("code").is_empty());
    }

    /// Section 2.2: the implicit grant answers in the fragment, without a refresh token.
    async fn the_implicit_grant_answers_in_the_fragment(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({ "AllowedOAuthFlows": ["implicit"] })).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        let mut browser = Browser::new(&pool).await;
        let query = code_query(&app, "&state=a%2Fb").replace("response_type=code", "response_type=token");
        let page = browser.log_in(&query, "ada", PASSWORD).await;
        assert!(page.location.starts_with(&format!("{CALLBACK}#id_token=")), "{}", page.location);
        assert!(page.location.ends_with("&expires_in=3600&token_type=Bearer&state=a%2Fb"), "{}", page.location);
        assert!(!page.location.contains("refresh_token"), "{}", page.location);
        get_user(&app, &page.returned("access_token")).await.ok();
    }

    /// Sections 2.1, 2.2 and 3.3: the implicit grant brings an ID token with `openid` only, and its access token has the
    /// resource as audience.
    async fn the_implicit_grant_obeys_scopes_and_resource(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({ "AllowedOAuthFlows": ["implicit"] })).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        let mut browser = Browser::new(&pool).await;
        let query = |further: &str| code_query(&app, further).replace("=code&", "=token&");
        let page = browser.log_in(&query("&scope=aws.cognito.signin.user.admin"), "ada", PASSWORD).await;
        assert!(page.location.starts_with(&format!("{CALLBACK}#access_token=")), "{}", page.location);
        assert!(!page.location.contains("id_token"), "{}", page.location);
        let access = claims(&page.returned("access_token"));
        assert_eq!((&access["scope"], access.get("aud")), (&json!("aws.cognito.signin.user.admin"), None));
        let page = browser.authorize(&query("&scope=openid&resource=https%3A%2F%2Fapi.example.com")).await;
        assert_eq!(claims(&page.returned("access_token"))["aud"], "https://api.example.com");
        assert_eq!(claims(&page.returned("id_token"))["aud"], json!(app.id));
    }
}
