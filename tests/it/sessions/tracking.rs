//! Tracked sessions: section 10.1 of the administrator's page.

use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::pools::AppClient;
use crate::support::tokens::{REFRESHES, assert_revoked, assert_valid};
use crate::support::users::{client_with_ada, confirmed_user};
use crate::support::{Pool, TestServer, Tokens, both_stores};

const NOT_FOUND: (&str, &str) = ("ResourceNotFoundException", "Session does not exist.");
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

async fn track(pool: &Pool, most: i32) {
    let input = json!({ "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": most } });
    pool.admin("SetUserPoolSessionConfiguration", input)
        .await
        .ok();
}

/// A client of a pool that tracks 20 sessions of a user, and `ada`.
async fn tracked(server: &TestServer) -> AppClient {
    let app = client_with_ada(server).await;
    track(&app.pool, 20).await;
    app
}

async fn list(app: &AppClient, tokens: &Tokens) -> Vec<Value> {
    let answer = app
        .with_token("ListUserSessions", &tokens.access, json!({}))
        .await;
    listed(answer)
}

async fn list_of(pool: &Pool, username: &str) -> Vec<Value> {
    listed(
        pool.admin("AdminListUserSessions", json!({ "Username": username }))
            .await,
    )
}

fn listed(answer: Answer) -> Vec<Value> {
    let answer = answer.ok();
    assert_eq!(answer.as_object().unwrap().len(), 1, "no further page");
    answer["Sessions"].as_array().unwrap().clone()
}

fn id(session: &Value) -> &str {
    session["SessionId"].as_str().unwrap()
}

/// CreateDate and LastActiveDate, which are taken out.
fn take_times(session: &mut Value) -> (f64, f64) {
    let members = session.as_object_mut().unwrap();
    let mut take = |name| members.remove(name).unwrap().as_f64().unwrap();
    (take("CreateDate"), take("LastActiveDate"))
}

async fn revoke(app: &AppClient, tokens: &Tokens, session_id: &str) -> Answer {
    let input = json!({ "SessionId": session_id });
    app.with_token("RevokeUserSession", &tokens.access, input)
        .await
}

async fn revoke_of(pool: &Pool, username: &str, session_id: &str) -> Answer {
    let input = json!({ "Username": username, "SessionId": session_id });
    pool.admin("AdminRevokeUserSession", input).await
}

both_stores! {
    /// Each sign-in at any client is a session; a refresh changes when, from where and by what it was used last.
    async fn sessions_are_listed(server: TestServer) {
        let app = tracked(&server).await;
        let sibling = app.pool.client(json!({})).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let first = app.on_device("127.0.0.2", FIREFOX).sign_in("ada").await;
        server.advance(60).await;
        let second = sibling.sign_in("ada").await;
        let bobs = app.sign_in("bob").await;

        let mut own = list(&app, &first).await;
        let [one, two] = own.as_mut_slice() else { panic!("{own:?}") };
        let format = regex::Regex::new("^tkn[a-z0-9]{25}$").unwrap();
        assert!(format.is_match(id(one)) && format.is_match(id(two)) && id(one) != id(two));
        let (began, last_active) = take_times(one);
        assert_eq!(began, last_active);
        let (second_began, last_active) = take_times(two);
        assert_eq!(second_began, last_active);
        assert!(second_began >= began + 60.0);
        let mut expected = json!({
            "SessionId": id(one), "SessionType": "TOKEN", "ClientId": app.id,
            "DeviceType": "Firefox on Linux", "LastIPAddress": "127.0.0.2",
            "LastLocation": { "Country": "unknown" }, "IsCurrentSession": true,
        });
        assert_eq!(*one, expected);
        assert_eq!(
            *two,
            json!({
                "SessionId": id(two), "SessionType": "TOKEN", "ClientId": sibling.id,
                "DeviceType": "unknown", "LastIPAddress": "127.0.0.1",
                "LastLocation": { "Country": "unknown" }, "IsCurrentSession": false,
            })
        );
        assert_eq!(list(&app, &second).await[1]["IsCurrentSession"], true);
        assert_eq!(list(&app, &bobs).await.len(), 1);

        expected["DeviceType"] = json!("unknown");
        expected["LastIPAddress"] = json!("127.0.0.1");
        expected["IsCurrentSession"] = json!(false);
        let mut before = began;
        for refresh in REFRESHES {
            server.advance(60).await;
            refresh.call(&app, &first.refresh).await.ok();
            let mut session = list_of(&app.pool, "ada").await.remove(0);
            let (created, last_active) = take_times(&mut session);
            assert_eq!(created, began);
            assert!(last_active >= before + 60.0);
            assert_eq!(session, expected, "{refresh:?}");
            before = last_active;
        }
    }

    /// A rotated token's refresh is an activity as well.
    async fn a_rotation_is_an_activity(server: TestServer) {
        let app = tracked(&server).await;
        let rotating = app.pool.client(json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
        })).await;
        let tokens = rotating.sign_in("ada").await;
        server.advance(60).await;
        rotating.on_device("127.0.0.3", FIREFOX).refresh(&tokens.refresh).await.ok();
        let mut session = list(&rotating, &tokens).await.remove(0);
        let (began, last_active) = take_times(&mut session);
        assert!(last_active >= began + 60.0);
        assert_eq!(session["LastIPAddress"], "127.0.0.3");
        assert_eq!(session["DeviceType"], "Firefox on Linux");
    }

    /// A revoked session is ended at once, and listed no more; the caller's own is refused, as is another user's.
    async fn one_session_is_revoked(server: TestServer) {
        let app = tracked(&server).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let first = app.sign_in("ada").await;
        server.advance(1).await;
        let second = app.sign_in("ada").await;
        let bobs = app.sign_in("bob").await;
        let own = list(&app, &first).await;
        let bobs_session = list(&app, &bobs).await.remove(0);

        revoke(&app, &first, id(&own[0]))
            .await
            .fails("InvalidParameterException", "The current session cannot be revoked.");
        revoke(&app, &first, id(&bobs_session)).await.fails(NOT_FOUND.0, NOT_FOUND.1);
        revoke_of(&app.pool, "ada", id(&bobs_session)).await.fails(NOT_FOUND.0, NOT_FOUND.1);
        assert_eq!(list(&app, &first).await, own);
        assert_valid(&app, &bobs).await;

        assert_eq!(revoke(&app, &first, id(&own[1])).await.ok(), json!({}));
        assert_revoked(&app, &second).await;
        assert_valid(&app, &first).await;
        let left = list(&app, &first).await;
        assert_eq!(left.iter().map(id).collect::<Vec<_>>(), [id(&own[0])]);
        revoke(&app, &first, id(&own[1])).await.fails(NOT_FOUND.0, NOT_FOUND.1);

        assert_eq!(revoke_of(&app.pool, "ada", id(&own[0])).await.ok(), json!({}));
        assert_revoked(&app, &first).await;
        assert!(list_of(&app.pool, "ada").await.is_empty());
        assert_valid(&app, &bobs).await;
    }

    /// Beyond the limit a sign-in ends the session that was not used for longest, not the oldest. A lower limit ends
    /// none before the next sign-in.
    async fn the_unused_session_ends_first(server: TestServer) {
        let app = client_with_ada(&server).await;
        track(&app.pool, 3).await;
        let mut sessions = Vec::new();
        for _ in 0..3 {
            sessions.push(app.sign_in("ada").await);
            server.advance(60).await;
        }
        app.refresh(&sessions[0].refresh).await.ok();
        server.advance(60).await;
        sessions.push(app.sign_in("ada").await);
        assert_revoked(&app, &sessions[1]).await;
        for live in [0, 2, 3] {
            assert_valid(&app, &sessions[live]).await;
        }
        track(&app.pool, 1).await;
        assert_eq!(list_of(&app.pool, "ada").await.len(), 3);
        server.advance(60).await;
        let last = app.sign_in("ada").await;
        for tokens in &sessions {
            assert_revoked(&app, tokens).await;
        }
        assert_eq!(list(&app, &last).await.len(), 1);
    }

    /// Sessions that are signed out or whose refresh tokens have expired are not listed.
    async fn ended_sessions_are_not_listed(server: TestServer) {
        let app = tracked(&server).await;
        let short = app.pool.client(json!({
            "RefreshTokenValidity": 60, "AccessTokenValidity": 10, "IdTokenValidity": 10,
            "TokenValidityUnits": {
                "RefreshToken": "minutes", "AccessToken": "minutes", "IdToken": "minutes",
            },
        })).await;
        short.sign_in("ada").await;
        assert_eq!(list_of(&app.pool, "ada").await.len(), 1);
        server.advance(3_601).await;
        assert!(list_of(&app.pool, "ada").await.is_empty());
        let tokens = app.sign_in("ada").await;
        app.with_token("GlobalSignOut", &tokens.access, json!({})).await.ok();
        assert!(list_of(&app.pool, "ada").await.is_empty());
    }

    /// A pool that does not track sessions lists and revokes none; sessions that began before it did are not listed.
    async fn without_tracking_nothing_is_listed(server: TestServer) {
        let app = client_with_ada(&server).await;
        let untracked = app.sign_in("ada").await;
        assert!(list(&app, &untracked).await.is_empty());
        track(&app.pool, 20).await;
        assert!(list(&app, &untracked).await.is_empty());
        let tracked = app.sign_in("ada").await;
        let session = list(&app, &untracked).await.remove(0);
        let off = json!({ "UserSessionTracking": "DISABLED", "TokenSession": { "MaxPerUser": 20 } });
        app.pool.admin("SetUserPoolSessionConfiguration", off).await.ok();
        assert!(list(&app, &tracked).await.is_empty());
        assert!(list_of(&app.pool, "ada").await.is_empty());
        revoke(&app, &untracked, id(&session)).await.fails(NOT_FOUND.0, NOT_FOUND.1);
        revoke_of(&app.pool, "ada", id(&session)).await.fails(NOT_FOUND.0, NOT_FOUND.1);
        assert_valid(&app, &tracked).await;
    }

    /// Calls that are refused.
    async fn refusals(server: TestServer) {
        let app = tracked(&server).await;
        let tokens = app.sign_in("ada").await;
        let input = json!({ "NextToken": "made-up" });
        app.with_token("ListUserSessions", &tokens.access, input)
            .await
            .fails("InvalidParameterException", "Invalid pagination token");
        app.pool
            .admin("AdminListUserSessions", json!({ "Username": "nobody" }))
            .await
            .fails("UserNotFoundException", "User does not exist.");
        revoke_of(&app.pool, "nobody", "tkn0123456789abcdefghijklmno")
            .await
            .fails("UserNotFoundException", "User does not exist.");
        revoke_of(&app.pool, "ada", "tkn0123456789abcdefghijklmno")
            .await
            .fails(NOT_FOUND.0, NOT_FOUND.1);
        assert_valid(&app, &tokens).await;
    }
}
