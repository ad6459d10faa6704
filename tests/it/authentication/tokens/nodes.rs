//! Two servers on one database: what one is told, the other knows on the very next call.

use cognate::config::IssuerMode;
use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::refusals::not_authorized;
use crate::support::users::{call_for_user, invited_user, signed_in_ada, status};
use crate::support::{Answer, AppClient, TestServer, TestStore, Tokens, several_nodes};

/// Two servers whose tokens name the same issuer.
async fn two(store: &TestStore) -> [TestServer; 2] {
    let start = || TestServer::start(store, |config| config.tokens.issuer = IssuerMode::Aws);
    [start().await, start().await]
}

/// GetUser at a server.
async fn get_user(server: &TestServer, tokens: &Tokens) -> Answer {
    let input = json!({ "AccessToken": tokens.access });
    server.client.call("GetUser", input).await
}

/// GetTokensFromRefreshToken at a server.
async fn refresh(server: &TestServer, app: &AppClient, tokens: &Tokens) -> Answer {
    let input = json!({ "ClientId": app.id, "RefreshToken": tokens.refresh });
    server.client.call("GetTokensFromRefreshToken", input).await
}

async fn stop(servers: [TestServer; 2]) {
    for server in servers {
        server.stop().await;
    }
}

several_nodes! {
    /// One node's tokens are accepted by the other.
    async fn a_token_is_accepted_by_the_other_node(store: TestStore) {
        let [one, other] = two(&store).await;
        let (app, tokens) = signed_in_ada(&one).await;
        get_user(&other, &tokens).await.ok();
        let refreshed = refresh(&other, &app, &tokens).await.ok();
        get_user(&one, &Tokens::from(&refreshed)).await.ok();
        stop([one, other]).await;
    }

    /// Signing out, disabling and deleting at one node end the tokens at the other.
    async fn a_token_ended_at_one_node_is_refused_at_the_other(store: TestStore) {
        let [one, other] = two(&store).await;
        for operation in ["AdminUserGlobalSignOut", "AdminDisableUser", "AdminDeleteUser"] {
            let (app, tokens) = signed_in_ada(&one).await;
            get_user(&other, &tokens).await.ok();
            call_for_user(&app.pool, operation, "ada").await.ok();
            for answer in [get_user(&other, &tokens).await, refresh(&other, &app, &tokens).await] {
                assert_eq!(answer.status, 400, "after {operation}: {answer}");
            }
        }
        let (app, tokens) = signed_in_ada(&one).await;
        get_user(&other, &tokens).await.ok();
        app.call("RevokeToken", json!({ "Token": tokens.refresh })).await.ok();
        not_authorized(&get_user(&other, &tokens).await, "Access Token has been revoked");
        stop([one, other]).await;
    }

    /// One node's challenge is answered at the other, and once.
    async fn a_challenge_is_answered_once_at_either_node(store: TestStore) {
        let [one, other] = two(&store).await;
        let pool = one.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        invited_user(&pool, "ada", PASSWORD, json!({})).await;
        let challenge = app.initiate("ada", PASSWORD).await.ok();
        let input = json!({
            "ClientId": app.id,
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "ada", "NEW_PASSWORD": "N3w-Horse-Now!" },
        });
        let body = other.client.call("RespondToAuthChallenge", input.clone()).await.ok();
        get_user(&one, &Tokens::from(&body)).await.ok();
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        let again = one.client.call("RespondToAuthChallenge", input).await;
        not_authorized(&again, "Invalid session for the user, session can only be used once.");
        stop([one, other]).await;
    }
}
