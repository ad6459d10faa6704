//! The most sessions that a user has (`docs/adr/0029`).

use cognate::config::IssuerMode;
use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::tokens::{assert_revoked, assert_valid, get_user, revoke};
use crate::support::users::{client_with_ada, confirmed_user};
use crate::support::{TestServer, TestStore, Tokens, at_once, both_stores, several_nodes};

/// A server whose users have three sessions at most.
async fn three(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| {
        config.tokens.max_sessions_per_user = 3;
        config.tokens.issuer = IssuerMode::Aws;
    })
    .await
}

both_stores! {
    /// One sign-in more than permitted ends the oldest session, and none of another user.
    async fn the_oldest_session_ends_first(store: TestStore) {
        let server = three(&store).await;
        let app = client_with_ada(&server).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let sibling = app.pool.client(json!({})).await;
        let bobs = app.sign_in("bob").await;
        let mut sessions = Vec::new();
        for number in 0..5 {
            let client = if number % 2 == 0 { &app } else { &sibling };
            sessions.push((client, client.sign_in("ada").await));
            server.advance(1).await;
        }
        let (ended, live) = sessions.split_at(2);
        for (client, tokens) in ended {
            assert_revoked(client, tokens).await;
        }
        for (client, tokens) in live {
            assert_valid(client, tokens).await;
        }
        assert_valid(&app, &bobs).await;
        server.stop().await;
    }

    /// Sessions that were signed out, or whose refresh tokens have expired, are not counted.
    async fn ended_and_expired_sessions_are_not_counted(store: TestStore) {
        let server = three(&store).await;
        let app = client_with_ada(&server).await;
        let an_hour = json!({
            "RefreshTokenValidity": 60, "AccessTokenValidity": 10, "IdTokenValidity": 10,
            "TokenValidityUnits": {
                "RefreshToken": "minutes", "AccessToken": "minutes", "IdToken": "minutes",
            },
        });
        let short = app.pool.client(an_hour).await;
        let oldest = app.sign_in("ada").await;
        for _ in 0..3 {
            revoke(&app, &app.sign_in("ada").await.refresh).await.ok();
        }
        assert_valid(&app, &oldest).await;
        for _ in 0..2 {
            short.sign_in("ada").await;
        }
        server.advance(3601).await;
        for _ in 0..2 {
            app.sign_in("ada").await;
        }
        app.refresh(&oldest.refresh).await.ok();
        app.sign_in("ada").await;
        let answer = app.refresh(&oldest.refresh).await;
        answer.fails("NotAuthorizedException", "Refresh Token has been revoked");
        server.stop().await;
    }

    /// However many sign in at once, as many sessions are left as are permitted.
    async fn parallel_sign_ins_leave_as_many_as_permitted(store: TestStore) {
        let server = three(&store).await;
        let app = client_with_ada(&server).await;
        let answers = at_once(12, |_| {
            let app = app.clone();
            async move { app.initiate("ada", PASSWORD).await }
        })
        .await;
        let mut live = 0;
        for answer in answers {
            let tokens = Tokens::from(&answer.ok());
            live += usize::from(get_user(&app, &tokens.access).await.status == 200);
        }
        assert_eq!(live, 3);
        server.stop().await;
    }
}

several_nodes! {
    /// Nodes count together.
    async fn sign_ins_at_two_nodes_count_together(store: TestStore) {
        let [one, other] = [three(&store).await, three(&store).await];
        let app = client_with_ada(&one).await;
        let answers = at_once(12, |number| {
            let client = if number % 2 == 0 { one.client.clone() } else { other.client.clone() };
            let id = app.id.clone();
            async move {
                let input = json!({
                    "ClientId": id, "AuthFlow": "USER_PASSWORD_AUTH",
                    "AuthParameters": { "USERNAME": "ada", "PASSWORD": PASSWORD },
                });
                client.call("InitiateAuth", input).await
            }
        })
        .await;
        let mut live = 0;
        for answer in answers {
            let tokens = Tokens::from(&answer.ok());
            live += usize::from(get_user(&app, &tokens.access).await.status == 200);
        }
        assert_eq!(live, 3);
        one.stop().await;
        other.stop().await;
    }
}
