//! Section 4.4: refresh tokens that are replaced at each use.

use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::refusals::{Refusal, invalid_parameter, not_authorized, refused};
use crate::support::tokens::{Refresh, get_user, revoke};
use crate::support::users::confirmed_user;
use crate::support::{AppClient, TestServer, Tokens, at_once, both_stores, tally};

/// Section 4.4.
const REUSED: Refusal = (
    "RefreshTokenReuseException",
    "Refresh token has already been used.",
);

/// A client that rotates, with a grace period, and `overrides` laid over that.
fn rotating(grace: u32, mut overrides: Value) -> Value {
    overrides["ExplicitAuthFlows"] = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]);
    overrides["RefreshTokenRotation"] =
        json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": grace });
    overrides
}

/// A client that rotates, and the tokens of its one user.
async fn signed_in(server: &TestServer, settings: Value) -> (AppClient, Tokens) {
    let pool = server.pool(json!({})).await;
    confirmed_user(&pool, "ada", json!({})).await;
    let app = pool.client(settings).await;
    let tokens = app.sign_in("ada").await;
    (app, tokens)
}

/// Refreshes and returns the new tokens.
async fn rotated(app: &AppClient, refresh: &str) -> Tokens {
    Tokens::from(&app.refresh(refresh).await.ok())
}

both_stores! {
    /// A client cannot have both rotation and ALLOW_REFRESH_TOKEN_AUTH.
    async fn rotation_excludes_the_refresh_flow(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let mut input = rotating(0, json!({ "ClientName": "both" }));
        input["ExplicitAuthFlows"] = json!(["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
        let answer = pool.admin("CreateUserPoolClient", input).await;
        answer.fails_as("InvalidParameterException");
        let clients = pool.admin("ListUserPoolClients", json!({})).await.ok();
        assert_eq!(clients["UserPoolClients"], json!([]));
    }

    /// Each refresh brings another refresh token, and tokens of the same sign-in.
    async fn each_refresh_returns_a_new_refresh_token(server: TestServer) {
        let (app, first) = signed_in(&server, rotating(0, json!({}))).await;
        let body = app.refresh(&first.refresh).await.ok();
        assert_eq!(member_names(&body), ["AuthenticationResult"]);
        assert_eq!(
            member_names(&body["AuthenticationResult"]),
            ["AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"]
        );
        let second = Tokens::from(&body);
        let third = rotated(&app, &second.refresh).await;
        assert_ne!(first.refresh, second.refresh);
        assert_ne!(second.refresh, third.refresh);
        assert_ne!(first.refresh, third.refresh);
        assert!(third.refresh.starts_with("eyJjdHki"), "{}", third.refresh);
        let origin = &first.access_claims()["origin_jti"];
        assert_eq!(origin, &third.access_claims()["origin_jti"]);
        for tokens in [first, second, third] {
            get_user(&app, &tokens.access).await.ok();
        }
    }

    /// A replaced token works within the grace period, and not after it.
    async fn a_replaced_token_works_within_the_grace_period_only(server: TestServer) {
        let (app, first) = signed_in(&server, rotating(60, json!({}))).await;
        rotated(&app, &first.refresh).await;
        server.advance(5).await;
        let retried = rotated(&app, &first.refresh).await;
        get_user(&app, &retried.access).await.ok();
        server.advance(61).await;
        refused(&app.refresh(&first.refresh).await, REUSED);
    }

    /// Without a grace period a replaced token is refused at once.
    async fn without_a_grace_period_a_replaced_token_is_refused_at_once(server: TestServer) {
        let (app, first) = signed_in(&server, rotating(0, json!({}))).await;
        let second = rotated(&app, &first.refresh).await;
        get_user(&app, &second.access).await.ok();
        refused(&app.refresh(&first.refresh).await, REUSED);
    }

    /// The replacement lives as long as the first token would have.
    async fn a_replacement_expires_when_the_first_would_have(server: TestServer) {
        let settings = json!({
            "RefreshTokenValidity": 4, "AccessTokenValidity": 1, "IdTokenValidity": 1,
            "TokenValidityUnits": { "RefreshToken": "hours" },
        });
        let (app, first) = signed_in(&server, rotating(0, settings)).await;
        server.advance(3 * 3600).await;
        let second = rotated(&app, &first.refresh).await;
        server.advance(3600 - 60).await;
        let third = rotated(&app, &second.refresh).await;
        server.advance(61).await;
        not_authorized(&app.refresh(&third.refresh).await, "Refresh Token has expired");
    }

    /// Revoking the newest token ends all tokens of the sign-in.
    async fn revoking_the_newest_token_ends_all_of_them(server: TestServer) {
        let (app, first) = signed_in(&server, rotating(60, json!({}))).await;
        let second = rotated(&app, &first.refresh).await;
        revoke(&app, &second.refresh).await.ok();
        for tokens in [&first, &second] {
            let answer = get_user(&app, &tokens.access).await;
            not_authorized(&answer, "Access Token has been revoked");
        }
        let answer = app.refresh(&second.refresh).await;
        not_authorized(&answer, "Refresh Token has been revoked");
        not_authorized(&app.refresh(&first.refresh).await, "Refresh Token has been revoked");
    }

    /// Many callers use one refresh token at once: without a grace period one succeeds, and the others end
    /// the session.
    async fn one_of_many_concurrent_refreshes_succeeds(server: TestServer) {
        let (app, first) = signed_in(&server, rotating(0, json!({}))).await;
        let answers = at_once(16, |_| {
            let (app, refresh) = (app.clone(), first.refresh.clone());
            async move { app.refresh(&refresh).await }
        })
        .await;
        let (succeeded, failed) = tally(&answers);
        assert_eq!(succeeded, 1, "{failed:?}");
        assert_eq!(failed.iter().map(|(_, count)| count).sum::<usize>(), 15);
        let mut reused = 0;
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            if answer.type_.as_deref() == Some(REUSED.0) {
                refused(answer, REUSED);
                reused += 1;
            } else {
                // It came when another had ended the session.
                not_authorized(answer, "Refresh Token has been revoked");
            }
        }
        assert!(reused > 0);
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
        let answer = app.refresh(&Tokens::from(&winner.body).refresh).await;
        not_authorized(&answer, "Refresh Token has been revoked");
    }

    /// REFRESH_TOKEN_AUTH, which does not rotate, is refused for a client that rotates.
    async fn a_rotating_client_cannot_refresh_by_initiate_auth(server: TestServer) {
        let (app, first) = signed_in(&server, rotating(0, json!({}))).await;
        let answer = Refresh::Initiate.call(&app, &first.refresh).await;
        invalid_parameter(&answer, "Auth flow not enabled for this client");
        get_user(&app, &rotated(&app, &first.refresh).await.access).await.ok();
    }
}
