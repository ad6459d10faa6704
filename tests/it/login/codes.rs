//! Authorization codes: what they are bound to, and that each is exchanged once.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use super::{CORPORATE, corporate_provider};
use crate::support::browser::{Browser, CALLBACK, code_query, exchange, web_client};
use crate::support::parallel::at_once;
use crate::support::pools::{PASSWORD, laid_over};
use crate::support::tokens::get_user;
use crate::support::{AppClient, TestServer, both_stores, several_nodes, wait};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const PKCE: &str =
    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

async fn user(server: &TestServer) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, json!({})).await;
    app.confirmed("ada", json!({ "email": "ada@example.com" }))
        .await;
    let browser = Browser::new(&app.pool).await;
    (app, browser)
}

fn form<'a>(code: &'a str, further: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let base = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    [&base, further].concat()
}

both_stores! {
    /// Section 3.2: a code brings tokens, once. Whoever comes second ends them.
    async fn a_code_is_exchanged_once(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let code = browser.code(&code_query(&app, "&state=abc"), "ada").await;
        let answer = exchange(&app, &browser.domain, &form(&code, &[])).await;
        assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let tokens = answer.ok();
        assert_eq!((&tokens["expires_in"], &tokens["token_type"]), (&json!(3600), &json!("Bearer")));
        let access = tokens["access_token"].as_str().unwrap();
        get_user(&app, access).await.ok();

        let again = exchange(&app, &browser.domain, &form(&code, &[])).await;
        assert_eq!((again.status, again.body), (400, json!({ "error": "invalid_grant" })));
        get_user(&app, access)
            .await
            .fails("NotAuthorizedException", "Access Token has been revoked");
    }

    /// Section 3.5: of many callers one gets tokens, which the others end.
    async fn of_many_callers_one_exchanges_a_code(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let code = browser.code(&code_query(&app, ""), "ada").await;
        let answers = at_once(64, |_| {
            let (app, domain, code) = (app.clone(), browser.domain.clone(), code.clone());
            async move { exchange(&app, &domain, &form(&code, &[])).await }
        })
        .await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!((good.len(), bad.len()), (1, 63));
        for answer in bad {
            assert_eq!(answer.body, json!({ "error": "invalid_grant" }));
        }
        let access = good[0].body["access_token"].as_str().unwrap();
        get_user(&app, access)
            .await
            .fails("NotAuthorizedException", "Access Token has been revoked");
    }

    /// Section 3.4: the first try without the right proof uses the code up.
    async fn a_code_with_a_challenge_needs_its_verifier(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let query = code_query(&app, PKCE);
        let wrong = "x".repeat(43);
        for given in [None, Some(wrong.as_str())] {
            let code = browser.code(&query, "ada").await;
            let given: Vec<_> = given.map(|given| ("code_verifier", given)).into_iter().collect();
            let refused = exchange(&app, &browser.domain, &form(&code, &given)).await;
            assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_request" })));
            let right = form(&code, &[("code_verifier", VERIFIER)]);
            let refused = exchange(&app, &browser.domain, &right).await;
            assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_grant" })));
        }
        let code = browser.code(&query, "ada").await;
        let right = form(&code, &[("code_verifier", VERIFIER)]);
        exchange(&app, &browser.domain, &right).await.ok();
    }

    /// RFC 9700, 2.1.1: a verifier that no challenge asked for is refused.
    async fn a_code_without_a_challenge_takes_no_verifier(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let code = browser.code(&code_query(&app, ""), "ada").await;
        let refused = exchange(&app, &browser.domain, &form(&code, &[("code_verifier", VERIFIER)])).await;
        assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_request" })));
        // It has used the code up.
        let refused = exchange(&app, &browser.domain, &form(&code, &[])).await;
        assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_grant" })));
    }

    /// Section 3.4: the address is compared before the proof of PKCE is, and no fault of before uses the code up. A code
    /// that is of no use any more comes before the address, and so does one of a user who has been disabled meanwhile.
    async fn the_checks_of_an_exchange_have_their_order(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let code = browser.code(&code_query(&app, PKCE), "ada").await;
        let elsewhere = |verifier| [
            ("grant_type", "authorization_code"), ("code", code.as_str()),
            ("redirect_uri", "https://app.example.com/other"), ("code_verifier", verifier),
        ];
        for verifier in ["x", "", VERIFIER] {
            let refused = exchange(&app, &browser.domain, &elsewhere(verifier)).await;
            let expected = json!({ "error": "unauthorized_client", "error_description": "invalid_redirect" });
            assert_eq!((refused.status, refused.body), (400, expected), "{verifier}");
        }
        let without: Vec<_> = form(&code, &[("code_verifier", VERIFIER)])
            .into_iter()
            .filter(|(name, _)| *name != "code")
            .collect();
        let refused = exchange(&app, &browser.domain, &without).await;
        assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_request" })));
        let right = form(&code, &[("code_verifier", VERIFIER)]);
        exchange(&app, &browser.domain, &right).await.ok();
        let used = exchange(&app, &browser.domain, &elsewhere("x")).await;
        assert_eq!((used.status, used.body), (400, json!({ "error": "invalid_grant" })));

        let code = browser.code(&code_query(&app, PKCE), "ada").await;
        server.advance(301).await;
        let other = ("redirect_uri", "https://app.example.com/other");
        let late = [("grant_type", "authorization_code"), ("code", code.as_str()), other];
        let expired = exchange(&app, &browser.domain, &late).await;
        assert_eq!((expired.status, expired.body), (400, json!({ "error": "invalid_grant" })));

        let code = browser.code(&code_query(&app, PKCE), "ada").await;
        let named = json!({ "Username": "ada" });
        app.pool.admin("AdminDisableUser", named.clone()).await.ok();
        let elsewhere = [("grant_type", "authorization_code"), ("code", code.as_str()), other];
        let ended = exchange(&app, &browser.domain, &elsewhere).await;
        assert_eq!((ended.status, ended.body), (400, json!({ "error": "invalid_grant" })));
        app.pool.admin("AdminEnableUser", named).await.ok();
        let right = form(&code, &[("code_verifier", VERIFIER)]);
        let ended = exchange(&app, &browser.domain, &right).await;
        assert_eq!((ended.status, ended.body), (400, json!({ "error": "invalid_grant" })));
    }

    /// Section 2.3: a code for the default address, which the request has left out, is exchanged by naming it. A client
    /// with two providers has to name it from the beginning.
    async fn a_code_for_the_default_address_is_exchanged_by_naming_it(server: TestServer) {
        let (known, mut browser) = user(&server).await;
        let second = "https://app.example.com/second";
        let settings = json!({ "CallbackURLs": [CALLBACK, second], "DefaultRedirectURI": second });
        let app = web_client(&known.pool, settings.clone()).await;
        let query = format!("response_type=code&client_id={}&state=x", app.id);
        let sent = browser.authorize(&query).await;
        assert_eq!(sent.location, format!("{}?{query}", browser.path("login")));
        let page = browser.open(&sent.location).await;
        let back = browser.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
        let code = back.returned("code");
        assert_eq!(back.location, format!("{second}?code={code}&state=x"));
        let base = [("grant_type", "authorization_code"), ("code", code.as_str())];
        let unnamed = exchange(&app, &browser.domain, &base).await;
        assert_eq!((unnamed.status, unnamed.body), (400, json!({ "error": "invalid_request" })));
        let elsewhere = exchange(&app, &browser.domain, &form(&code, &[])).await;
        let expected = json!({ "error": "unauthorized_client", "error_description": "invalid_redirect" });
        assert_eq!((elsewhere.status, elsewhere.body), (400, expected));
        let named = [&base[..], &[("redirect_uri", second)]].concat();
        let tokens = exchange(&app, &browser.domain, &named).await.ok();
        get_user(&app, tokens["access_token"].as_str().unwrap()).await.ok();

        corporate_provider(&known.pool).await;
        let providers = json!({ "SupportedIdentityProviders": ["COGNITO", CORPORATE] });
        let app = web_client(&known.pool, laid_over(settings, providers)).await;
        let query = format!("response_type=code&client_id={}&state=x", app.id);
        for page in ["oauth2/authorize", "login"] {
            let sent = browser.open(&format!("{}?{query}", browser.path(page))).await;
            let error = format!("{}?{query}", browser.path("error"));
            assert_eq!((sent.status, sent.location), (302, error), "{page}");
        }
    }

    /// Section 3.4: a client that may not use OAuth any more, or not by codes, exchanges none. It refreshes all the same.
    async fn a_client_without_the_grant_exchanges_no_code(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let code = browser.code(&code_query(&app, ""), "ada").await;
        let settings = |enabled: bool, flow: &str| json!({
            "ClientId": app.id,
            "AllowedOAuthFlowsUserPoolClient": enabled,
            "AllowedOAuthFlows": [flow],
            "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
            "CallbackURLs": [CALLBACK],
            "SupportedIdentityProviders": ["COGNITO"],
        });
        for (enabled, flow) in [(false, "code"), (true, "implicit")] {
            app.pool.admin("UpdateUserPoolClient", settings(enabled, flow)).await.ok();
            let refused = exchange(&app, &browser.domain, &form(&code, &[])).await;
            assert_eq!((refused.status, refused.body), (400, json!({ "error": "unauthorized_client" })));
        }
        app.pool.admin("UpdateUserPoolClient", settings(true, "code")).await.ok();
        let tokens = exchange(&app, &browser.domain, &form(&code, &[])).await.ok();
        app.pool.admin("UpdateUserPoolClient", settings(false, "code")).await.ok();
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
        let refreshed = exchange(&app, &browser.domain, &refresh).await.ok();
        get_user(&app, refreshed["access_token"].as_str().unwrap()).await.ok();
    }

    /// Sections 2.2 and 3.4: a code is bound to its client, its address and five minutes.
    async fn a_code_is_of_no_use_elsewhere(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let other = web_client(&app.pool, json!({})).await;
        let code = browser.code(&code_query(&app, ""), "ada").await;
        let of_other = exchange(&other, &browser.domain, &form(&code, &[])).await;
        assert_eq!((of_other.status, of_other.body), (400, json!({ "error": "invalid_grant" })));

        let elsewhere = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", "https://app.example.com/other"),
        ];
        let refused = exchange(&app, &browser.domain, &elsewhere).await;
        let expected = json!({ "error": "unauthorized_client", "error_description": "invalid_redirect" });
        assert_eq!((refused.status, refused.body), (400, expected));
        let nowhere = &form(&code, &[])[..2];
        let refused = exchange(&app, &browser.domain, nowhere).await;
        assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_request" })));

        exchange(&app, &browser.domain, &form(&code, &[])).await.ok();
        let code = browser.code(&code_query(&app, ""), "ada").await;
        server.advance(299).await;
        exchange(&app, &browser.domain, &form(&code, &[])).await.ok();
        let code = browser.code(&code_query(&app, ""), "ada").await;
        server.advance(301).await;
        let late = exchange(&app, &browser.domain, &form(&code, &[])).await;
        assert_eq!((late.status, late.body), (400, json!({ "error": "invalid_grant" })));
    }

    /// Section 3.4: what happens to the user before the exchange counts.
    async fn a_code_of_a_disabled_user_is_of_no_use(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let named = json!({ "Username": "ada" });
        let code = browser.code(&code_query(&app, ""), "ada").await;
        app.pool.admin("AdminDisableUser", named.clone()).await.ok();
        let refused = exchange(&app, &browser.domain, &form(&code, &[])).await;
        assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_grant" })));

        app.pool.admin("AdminEnableUser", named.clone()).await.ok();
        let code = browser.code(&code_query(&app, ""), "ada").await;
        app.pool.admin("AdminDeleteUser", named).await.ok();
        let refused = exchange(&app, &browser.domain, &form(&code, &[])).await;
        assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_grant" })));
    }

    /// Sections 2.8 and 3.4: a scope that shows what the client may not read brings nothing, by a code or at once. The proof
    /// of PKCE comes before it.
    async fn a_scope_needs_the_right_to_read(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let blind = web_client(&app.pool, json!({
            "ReadAttributes": ["email"],
            "AllowedOAuthFlows": ["code", "implicit"],
            "AllowedOAuthScopes": ["openid", "email", "phone"],
        })).await;
        let query = |scopes: &str| code_query(&blind, &format!("&scope={scopes}&state=x"));
        for scopes in ["openid+email", "openid+phone", "phone", ""] {
            let code = browser.code(&query(scopes), "ada").await;
            let refused = exchange(&blind, &browser.domain, &form(&code, &[])).await;
            assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_grant" })), "{scopes}");
            let refused = browser.authorize(&query(scopes).replace("=code&", "=token&")).await;
            assert_eq!(refused.location, format!("{CALLBACK}#state=x&error=invalid_request"), "{scopes}");
        }
        for (verifier, error) in [(&VERIFIER[1..], "invalid_request"), (VERIFIER, "invalid_grant")] {
            let code = browser.code(&format!("{}{PKCE}", query("openid+email")), "ada").await;
            let refused = exchange(&blind, &browser.domain, &form(&code, &[("code_verifier", verifier)])).await;
            assert_eq!((refused.status, refused.body), (400, json!({ "error": error })));
        }
        let sessions = server.store.ask("SELECT session_id FROM sessions").await;
        assert_eq!(sessions, Vec::<String>::new());
        let code = browser.code(&query("openid"), "ada").await;
        exchange(&blind, &browser.domain, &form(&code, &[])).await.ok();
        let at_once = browser.authorize(&query("openid").replace("=code&", "=token&")).await;
        assert!(!at_once.returned("id_token").is_empty());
    }
}

several_nodes! {
    /// Tokens that are made of a code while the user is signed out everywhere end as well. The test holds the rows that
    /// the exchange holds until its tokens are stored.
    async fn tokens_of_a_code_outlive_no_sign_out_that_waited_for_them(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        browser.code(&code_query(&app, ""), "ada").await;
        let mut database = PgConnection::connect(&server.store.url).await.unwrap();
        let mut exchange = database.begin().await.unwrap();
        exchange.execute("UPDATE authorization_codes SET used_at = 1").await.unwrap();
        let session = "INSERT INTO sessions (pool_id, user_id, session_id, origin_jti, client_id, auth_time, expires_at)
                       SELECT pool_id, user_id, 'made', 'made', client_id, 1, 99999999999999 FROM authorization_codes";
        exchange.execute(session).await.unwrap();
        let pool = app.pool.clone();
        let sign_out = async move { pool.admin("AdminUserGlobalSignOut", json!({ "Username": "ada" })).await.ok() };
        let signing_out = tokio::spawn(sign_out);
        wait::until("the sign-out to wait", Duration::from_secs(60), async || {
            let waiting = "SELECT pid::text FROM pg_stat_activity
                           WHERE datname = current_database() AND wait_event_type = 'Lock'";
            (server.store.ask(waiting).await.len() == 1).then_some(())
        })
        .await;
        exchange.commit().await.unwrap();
        signing_out.await.unwrap();
        let live = "SELECT session_id FROM sessions WHERE revoked_at IS NULL";
        assert_eq!(server.store.ask(live).await, Vec::<String>::new());
    }
}
