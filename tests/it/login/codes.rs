//! Authorization codes: what they are bound to, and that each is exchanged once.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::browser::{Browser, CALLBACK, code_query, exchange, web_client};
use crate::support::parallel::at_once;
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

    /// Section 3.4: the address is compared before the proof of PKCE is, and no fault of before uses the code up.
    async fn the_address_comes_before_the_proof(server: TestServer) {
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
    }

    /// Section 3.4: a client that may not use OAuth any more, or not by codes, exchanges none.
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
        exchange(&app, &browser.domain, &form(&code, &[])).await.ok();
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

    /// Section 3.4: a scope that shows what the client may not read brings nothing.
    async fn a_scope_needs_the_right_to_read(server: TestServer) {
        let (app, mut browser) = user(&server).await;
        let blind = web_client(&app.pool, json!({ "ReadAttributes": ["email"] })).await;
        let code = browser.code(&code_query(&blind, "&scope=openid+email"), "ada").await;
        let refused = exchange(&blind, &browser.domain, &form(&code, &[])).await;
        assert_eq!((refused.status, refused.body), (400, json!({ "error": "invalid_grant" })));
        let code = browser.code(&code_query(&blind, "&scope=openid"), "ada").await;
        exchange(&blind, &browser.domain, &form(&code, &[])).await.ok();
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
