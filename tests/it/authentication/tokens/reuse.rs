//! Refresh tokens that are used again after another has replaced them (section 4.4, `docs/adr/0029`).

use cognate::config::IssuerMode;
use serde_json::{Value, json};

use crate::support::application::{open_app, run_job, test_config};
use crate::support::refusals::{Refusal, not_authorized, refused};
use crate::support::tokens::{Refresh, assert_revoked, assert_valid, get_user};
use crate::support::users::{client_with_ada, confirmed_user};
use crate::support::{
    Answer, AppClient, TestServer, TestStore, Tokens, at_once, both_stores, several_nodes, tally,
};

const REUSED: Refusal = (
    "RefreshTokenReuseException",
    "Refresh token has already been used.",
);

fn rotation(grace: u32) -> Value {
    json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": grace },
    })
}

/// A client that rotates with this grace period, and the tokens of its one user.
async fn signed_in(server: &TestServer, grace: u32) -> (AppClient, Tokens) {
    let pool = server.pool(json!({})).await;
    confirmed_user(&pool, "ada", json!({})).await;
    let app = pool.client(rotation(grace)).await;
    let tokens = app.sign_in("ada").await;
    (app, tokens)
}

async fn rotated(app: &AppClient, refresh: &str) -> Tokens {
    Tokens::from(&app.refresh(refresh).await.ok())
}

/// Asserts that the session of these tokens is over.
async fn ended(app: &AppClient, tokens: &Tokens) {
    not_authorized(
        &get_user(app, &tokens.access).await,
        "Access Token has been revoked",
    );
    not_authorized(
        &app.refresh(&tokens.refresh).await,
        "Refresh Token has been revoked",
    );
}

/// As many calls with one refresh token at once.
async fn refreshed_at_once(app: &AppClient, refresh: &str, count: usize) -> Vec<Answer> {
    at_once(count, |_| {
        let (app, refresh) = (app.clone(), refresh.to_owned());
        async move { app.refresh(&refresh).await }
    })
    .await
}

/// A server where one refresh token makes three at most.
async fn three(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| {
        config.tokens.successors_within_grace = 3;
        config.tokens.issuer = IssuerMode::Aws;
    })
    .await
}

/// How many rows of refresh tokens there are.
async fn stored(store: &TestStore) -> String {
    let count = store
        .ask("SELECT CAST(COUNT(*) AS TEXT) FROM refresh_tokens")
        .await;
    count[0].clone()
}

both_stores! {
    /// A copy that is used when the grace period is over ends all that descends from the sign-in, and no
    /// other session.
    async fn reuse_after_the_grace_period_ends_the_session(server: TestServer) {
        let (app, first) = signed_in(&server, 60).await;
        let other = app.sign_in("ada").await;
        let second = rotated(&app, &first.refresh).await;
        server.advance(59).await;
        let third = rotated(&app, &first.refresh).await;
        server.advance(1).await;
        refused(&app.refresh(&first.refresh).await, REUSED);
        for tokens in [&first, &second, &third] {
            ended(&app, tokens).await;
        }
        rotated(&app, &other.refresh).await;
        get_user(&app, &other.access).await.ok();
    }

    /// Without a grace period the second use ends the session.
    async fn reuse_without_a_grace_period_ends_the_session(server: TestServer) {
        let (app, first) = signed_in(&server, 0).await;
        let second = rotated(&app, &first.refresh).await;
        refused(&app.refresh(&first.refresh).await, REUSED);
        ended(&app, &second).await;
    }

    /// A client with a secret that it does not give is refused before, and ends nothing.
    async fn reuse_without_the_clients_secret_ends_nothing(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let mut settings = rotation(0);
        settings["GenerateSecret"] = json!(true);
        let app = pool.client(settings).await;
        let first = app.sign_in("ada").await;
        let second = rotated(&app, &first.refresh).await;
        let input = json!({ "RefreshToken": first.refresh });
        app.call("GetTokensFromRefreshToken", input).await.fails_as("NotAuthorizedException");
        rotated(&app, &second.refresh).await;
    }

    /// A token that was replaced while the client rotated has no grace period when it no longer does.
    async fn reuse_after_rotation_is_switched_off_ends_the_session(server: TestServer) {
        for way in [Refresh::Initiate, Refresh::GetTokens] {
            let (app, first) = signed_in(&server, 60).await;
            let second = rotated(&app, &first.refresh).await;
            app.pool.admin("UpdateUserPoolClient", json!({
                "ClientId": app.id,
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            })).await.ok();
            assert_valid(&app, &second).await;
            let answer = way.call(&app, &first.refresh).await;
            match way {
                Refresh::Initiate => not_authorized(&answer, "Invalid Refresh Token"),
                Refresh::GetTokens => refused(&answer, REUSED),
            }
            assert_revoked(&app, &second).await;
        }
    }

    /// Within the grace period one token makes as many as configured. More are refused, and end nothing.
    async fn one_token_makes_a_few_within_the_grace_period(store: TestStore) {
        let server = three(&store).await;
        let (app, first) = signed_in(&server, 60).await;
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(rotated(&app, &first.refresh).await);
        }
        refused(&app.refresh(&first.refresh).await, REUSED);
        for tokens in &made {
            get_user(&app, &tokens.access).await.ok();
            rotated(&app, &tokens.refresh).await;
        }
        server.stop().await;
    }

    /// Of many callers at once as many get tokens, and all of these work.
    async fn parallel_callers_get_as_many_as_configured(store: TestStore) {
        let server = three(&store).await;
        let (app, first) = signed_in(&server, 60).await;
        let answers = refreshed_at_once(&app, &first.refresh, 12).await;
        let (succeeded, failed) = tally(&answers);
        assert_eq!(succeeded, 3, "{failed:?}");
        assert_eq!(failed, [("RefreshTokenReuseException".to_owned(), 9)]);
        for answer in answers.iter().filter(|answer| answer.status == 200) {
            let tokens = Tokens::from(&answer.body);
            get_user(&app, &tokens.access).await.ok();
            rotated(&app, &tokens.refresh).await;
        }
        server.stop().await;
    }

    /// The rows of replaced tokens go; the session and its newest token stay, and a token whose row is
    /// gone still ends them.
    async fn a_replaced_token_whose_row_was_deleted_ends_the_session(store: TestStore) {
        let mut config = test_config(&store);
        config.tokens.issuer = IssuerMode::Aws;
        let start = || TestServer::start(&store, |config| config.tokens.issuer = IssuerMode::Aws);
        let server = start().await;
        let (app, first) = signed_in(&server, 60).await;
        let mut newest = first.clone();
        for _ in 0..5 {
            newest = rotated(&app, &newest.refresh).await;
        }
        assert_eq!(stored(&store).await, "6");
        // It would hold the lease of the job that deletes.
        server.stop().await;
        let purge = async |seconds: i64| {
            let node = open_app(config.clone()).await;
            node.clock.advance(seconds);
            run_job(&node, "delete-expired").await;
            node.stop().await;
        };
        purge(500).await;
        assert_eq!(stored(&store).await, "6");
        purge(700).await;
        assert_eq!(stored(&store).await, "1");
        let again = start().await;
        let call = async |refresh: &str| {
            let input = json!({ "ClientId": app.id, "RefreshToken": refresh });
            again.client.call("GetTokensFromRefreshToken", input).await
        };
        let newest = Tokens::from(&call(&newest.refresh).await.ok());
        refused(&call(&first.refresh).await, REUSED);
        not_authorized(&call(&newest.refresh).await, "Refresh Token has been revoked");
        again.stop().await;
    }

    /// The tokens of clients that do not rotate are never deleted before their session is.
    async fn a_token_that_is_not_rotated_stays(server: TestServer) {
        let app = client_with_ada(&server).await;
        let tokens = app.sign_in("ada").await;
        for _ in 0..3 {
            server.advance(3 * 24 * 3600).await;
            app.refresh(&tokens.refresh).await.ok();
        }
        assert_eq!(stored(&server.store).await, "1");
    }
}

several_nodes! {
    /// Callers at two nodes share one token's successors, and reuse seen by one ends the session at both.
    async fn nodes_count_successors_together_and_see_reuse(store: TestStore) {
        let [one, other] = [three(&store).await, three(&store).await];
        let (app, first) = signed_in(&one, 60).await;
        let input = |refresh: &str| json!({ "ClientId": app.id, "RefreshToken": refresh });
        let answers = at_once(12, |number| {
            let client = if number % 2 == 0 { one.client.clone() } else { other.client.clone() };
            let input = input(&first.refresh);
            async move { client.call("GetTokensFromRefreshToken", input).await }
        })
        .await;
        assert_eq!(tally(&answers).0, 3);
        let second = answers.iter().find(|answer| answer.status == 200).unwrap();
        let second = Tokens::from(&second.body);
        other.advance(61).await;
        let answer = other.client.call("GetTokensFromRefreshToken", input(&first.refresh)).await;
        refused(&answer, REUSED);
        ended(&app, &second).await;
        one.stop().await;
        other.stop().await;
    }
}
