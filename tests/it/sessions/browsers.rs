//! Sign-ins of browsers among a user's tracked sessions, and the sessions of tokens that come from them: section 10.1 of
//! the administrator's page.

use serde_json::{Value, json};

use crate::support::browser::{Browser, CALLBACK, code_query, exchange, web_client};
use crate::support::tokens::{assert_revoked, assert_valid, revoke};
use crate::support::{Answer, AppClient, TestServer, Tokens, both_stores};

const CURRENT: (&str, &str) = (
    "InvalidParameterException",
    "The current session cannot be revoked.",
);
const NOT_FOUND: (&str, &str) = ("ResourceNotFoundException", "Session does not exist.");

async fn track(app: &AppClient, state: &str) {
    let input = json!({ "UserSessionTracking": state, "TokenSession": { "MaxPerUser": 20 } });
    let set = app.pool.admin("SetUserPoolSessionConfiguration", input);
    set.await.ok();
}

/// A client of a pool that tracks sessions, `ada`, and a browser.
async fn tracked(server: &TestServer) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, json!({})).await;
    app.confirmed("ada", json!({ "email": "ada@example.com" }))
        .await;
    track(&app, "ENABLED").await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

/// Exchanges a code.
async fn tokens_of(app: &AppClient, browser: &Browser, code: &str) -> Tokens {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    let body = exchange(app, &browser.domain, &form).await.ok();
    let text = |name: &str| body[name].as_str().expect("a token").to_owned();
    Tokens {
        access: text("access_token"),
        id: text("id_token"),
        refresh: text("refresh_token"),
    }
}

/// The browser's sign-in, and the tokens of a code that it brought.
async fn signed_in(app: &AppClient, browser: &mut Browser) -> Tokens {
    let code = browser.code(&code_query(app, ""), "ada").await;
    tokens_of(app, browser, &code).await
}

/// Tokens of another code that the browser gets without a page.
async fn further(app: &AppClient, browser: &mut Browser) -> Tokens {
    let page = browser.authorize(&code_query(app, "")).await;
    let code = page.returned("code");
    tokens_of(app, browser, &code).await
}

async fn is_known(app: &AppClient, browser: &mut Browser) -> bool {
    let page = browser.authorize(&code_query(app, "")).await;
    !page.location.starts_with(&browser.path("login"))
}

async fn sessions(app: &AppClient) -> Vec<Value> {
    let input = json!({ "Username": "ada" });
    let body = app.pool.admin("AdminListUserSessions", input).await.ok();
    body["Sessions"].as_array().unwrap().clone()
}

fn id(session: &Value) -> String {
    session["SessionId"].as_str().unwrap().to_owned()
}

async fn revoke_of(app: &AppClient, session: &str, associated: &str) -> Answer {
    let input = json!({
        "Username": "ada", "SessionId": session, "RevokeAssociatedSessions": associated,
    });
    app.pool.admin("AdminRevokeUserSession", input).await
}

/// With what is linked.
async fn revoke_own(app: &AppClient, tokens: &Tokens, session: &str) -> Answer {
    let input = json!({ "SessionId": session, "RevokeAssociatedSessions": "LINKED" });
    app.with_token("RevokeUserSession", &tokens.access, input)
        .await
}

both_stores! {
    /// The browser's sign-in is listed with the sessions that come from it, which name it; a code changes when it was used
    /// last, and a session of tokens begins with its code and not with the sign-in.
    async fn a_browsers_sign_in_is_listed(server: TestServer) {
        let (app, mut browser) = tracked(&server).await;
        let first = signed_in(&app, &mut browser).await;
        server.advance(600).await;
        further(&app, &mut browser).await;
        let all = app.with_token("ListUserSessions", &first.access, json!({})).await.ok();
        let all = all["Sessions"].as_array().unwrap();
        assert_eq!(all.len(), 3, "{all:?}");
        let (browsers, tokens): (Vec<_>, Vec<_>) = all.iter().partition(|session| session["SessionType"] == "SSO");
        let [sign_in] = browsers.as_slice() else { panic!("{all:?}") };
        let format = regex::Regex::new("^sso[a-z0-9]{25}$").unwrap();
        assert!(format.is_match(&id(sign_in)), "{sign_in}");
        assert_eq!(sign_in["ClientId"], app.id);
        assert_eq!((sign_in.get("OriginSessionId"), &sign_in["IsCurrentSession"]), (None, &json!(false)));
        assert_eq!(sign_in["LastIPAddress"], "127.0.0.1");
        let at = |session: &Value, name: &str| session[name].as_f64().unwrap();
        let began = at(sign_in, "CreateDate");
        assert!(at(sign_in, "LastActiveDate") >= began + 600.0);
        let [one, two] = tokens.as_slice() else { panic!("{all:?}") };
        for session in [one, two] {
            assert_eq!(session["SessionType"], "TOKEN");
            assert_eq!(session["OriginSessionId"], sign_in["SessionId"]);
        }
        assert_eq!((&one["IsCurrentSession"], &two["IsCurrentSession"]), (&json!(true), &json!(false)));
        assert!(at(one, "CreateDate") < began + 600.0);
        assert!(at(two, "CreateDate") >= began + 600.0);
        server.advance(3001).await;
        assert_eq!(sessions(&app).await.len(), 2, "the browser's has ended");
    }

    /// What began while the pool did not track sessions is not listed, and its tokens have no origin.
    async fn what_began_untracked_is_not_listed(server: TestServer) {
        let (app, mut browser) = tracked(&server).await;
        track(&app, "DISABLED").await;
        signed_in(&app, &mut browser).await;
        track(&app, "ENABLED").await;
        further(&app, &mut browser).await;
        let all = sessions(&app).await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!((&all[0]["SessionType"], all[0].get("OriginSessionId")), (&json!("TOKEN"), None));
    }

    /// The sign-in is revoked alone, or with the sessions that come from it. Another browser's go on.
    async fn a_browsers_sign_in_is_revoked(server: TestServer) {
        let (app, mut browser) = tracked(&server).await;
        let tokens = signed_in(&app, &mut browser).await;
        let mut other = Browser::new(&app.pool).await;
        let foreign = signed_in(&app, &mut other).await;
        let all = sessions(&app).await;
        let sign_in = id(all.iter().find(|session| session["SessionType"] == "SSO").unwrap());
        assert_eq!(revoke_of(&app, &sign_in, "NONE").await.ok(), json!({}));
        assert!(!is_known(&app, &mut browser).await);
        assert_valid(&app, &tokens).await;
        revoke_of(&app, &sign_in, "LINKED").await.fails(NOT_FOUND.0, NOT_FOUND.1);
        assert_valid(&app, &tokens).await;

        let again = signed_in(&app, &mut browser).await;
        let newest = sessions(&app).await;
        let sign_in = newest.iter().rev().find(|session| session["SessionType"] == "SSO").unwrap();
        revoke_of(&app, &id(sign_in), "LINKED").await.ok();
        assert!(!is_known(&app, &mut browser).await);
        assert_revoked(&app, &again).await;
        assert_valid(&app, &tokens).await;
        assert_valid(&app, &foreign).await;
        assert!(is_known(&app, &mut other).await);
    }

    /// A session of tokens takes along what comes from the same sign-in, and that. A user cannot end the session that it
    /// calls with, linked or not, and nothing ends then.
    async fn linked_sessions_end_together(server: TestServer) {
        let (app, mut browser) = tracked(&server).await;
        let one = signed_in(&app, &mut browser).await;
        let two = further(&app, &mut browser).await;
        let apart = app.sign_in("ada").await;
        let all = sessions(&app).await;
        let of = |session: &&Value| session["SessionType"] == "TOKEN" && session.get("OriginSessionId").is_some();
        let listed = id(all.iter().find(of).unwrap());
        for tokens in [&one, &two] {
            revoke_own(&app, tokens, &listed).await.fails(CURRENT.0, CURRENT.1);
        }
        for tokens in [&one, &two] {
            assert_valid(&app, tokens).await;
        }
        assert!(is_known(&app, &mut browser).await);
        assert_eq!(revoke_own(&app, &apart, &listed).await.ok(), json!({}));
        for tokens in [&one, &two] {
            assert_revoked(&app, tokens).await;
        }
        assert!(!is_known(&app, &mut browser).await);
        assert_valid(&app, &apart).await;
    }

    /// RevokeToken takes linked sessions along where it is asked to.
    async fn revoking_a_token_takes_linked_sessions_along(server: TestServer) {
        let (app, mut browser) = tracked(&server).await;
        let one = signed_in(&app, &mut browser).await;
        let two = further(&app, &mut browser).await;
        revoke(&app, &one.refresh).await.ok();
        assert_valid(&app, &two).await;
        assert!(is_known(&app, &mut browser).await);
        let three = further(&app, &mut browser).await;
        let input = json!({ "Token": two.refresh, "RevokeAssociatedSessions": "LINKED" });
        assert_eq!(app.call("RevokeToken", input).await.ok(), json!({}));
        assert_revoked(&app, &two).await;
        assert_revoked(&app, &three).await;
        assert!(!is_known(&app, &mut browser).await);
    }

    /// Signing out everywhere leaves nothing of either kind.
    async fn signing_out_everywhere_ends_both_kinds(server: TestServer) {
        let (app, mut browser) = tracked(&server).await;
        signed_in(&app, &mut browser).await;
        app.pool.admin("AdminUserGlobalSignOut", json!({ "Username": "ada" })).await.ok();
        assert_eq!(sessions(&app).await, Vec::<Value>::new());
        assert!(!is_known(&app, &mut browser).await);
    }

    /// A code that nobody has exchanged yet ends with what is linked, and goes on where the sign-in ends alone.
    async fn codes_end_with_what_is_linked(server: TestServer) {
        let (app, mut browser) = tracked(&server).await;
        for (associated, status) in [("NONE", 200), ("LINKED", 400)] {
            let code = browser.code(&code_query(&app, ""), "ada").await;
            let all = sessions(&app).await;
            let sign_in = all.iter().find(|session| session["SessionType"] == "SSO").unwrap();
            revoke_of(&app, &id(sign_in), associated).await.ok();
            let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
            let answer = exchange(&app, &browser.domain, &form).await;
            assert_eq!(answer.status, status, "{associated}: {answer}");
        }
    }
}
