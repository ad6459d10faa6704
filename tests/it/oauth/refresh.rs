//! New tokens for a refresh token, from the token endpoint (domain 3.2 to 3.4, behaviour 4.4).

use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::{Domain, TOKEN, denied, granted, text};
use crate::support::answer::member_names;
use crate::support::devices::{client_with_devices, confirmed_device};
use crate::support::function::{answered, pool_with};
use crate::support::pools::claims;
use crate::support::tokens::{assert_valid, get_user, revoke, tampered};
use crate::support::users::{call_for_user, confirmed_user};
use crate::support::{Answer, AppClient, TestServer, TestStore, Tokens, both_stores};

async fn refresh(domain: &Domain, app: &AppClient, token: &str) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", app.id.as_str()),
        ("refresh_token", token),
    ];
    domain.post(TOKEN, &form).await
}

/// A domain with a user, a client without a secret, and what the user has signed in for by the JSON API.
async fn signed_in(server: &TestServer, settings: Value) -> (Domain, AppClient, Tokens) {
    let domain = Domain::start(server).await;
    confirmed_user(&domain.pool, "ada", json!({})).await;
    let app = domain.web(settings).await;
    let tokens = app.sign_in("ada").await;
    (domain, app, tokens)
}

/// The settings of a client that replaces refresh tokens.
fn rotating(grace: u32) -> Value {
    json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": grace },
    })
}

both_stores! {
    /// A refresh token of the JSON API brings tokens of the same sign-in, and no other refresh token; whether the client
    /// may use OAuth is not asked.
    async fn a_refresh_token_of_the_json_api_works(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        server.advance(60).await;
        for _ in 0..2 {
            let body = granted(refresh(&domain, &app, &tokens.refresh).await);
            assert_eq!(member_names(&body), ["access_token", "expires_in", "id_token", "token_type"]);
            assert_eq!(body["expires_in"], 3600);
            let access = text(&body, "access_token");
            let (first, new) = (tokens.access_claims(), claims(access));
            for name in ["sub", "username", "scope", "client_id", "origin_jti", "auth_time", "iss", "token_use"] {
                assert_eq!(new[name], first[name], "{name}");
            }
            assert_ne!(new["jti"], first["jti"]);
            assert!(new["iat"].as_i64() >= first["iat"].as_i64().map(|first| first + 60), "{new}");
            get_user(&app, access).await.ok();
        }
        assert_valid(&app, &tokens).await;
        let off = domain.web(json!({ "AllowedOAuthFlowsUserPoolClient": false })).await;
        let tokens = off.sign_in("ada").await;
        let body = granted(refresh(&domain, &off, &tokens.refresh).await);
        get_user(&off, text(&body, "access_token")).await.ok();
    }

    /// The form has no place for a device: where devices are remembered, the session of one is refreshed by the JSON API
    /// alone, to which the device is named.
    async fn the_session_of_a_device_is_not_refreshed(server: TestServer) {
        let domain = Domain::of(client_with_devices(&server, false).await.pool).await;
        let app = domain.web(json!({})).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        denied(&refresh(&domain, &app, &tokens.refresh).await, "invalid_grant");
        app.refresh_from(&tokens.refresh, Some(&device.key)).await.ok();
        get_user(&app, &tokens.access).await.ok();
        domain.pool.admin("UpdateUserPool", json!({})).await.ok();
        let body = granted(refresh(&domain, &app, &tokens.refresh).await);
        get_user(&app, text(&body, "access_token")).await.ok();
        assert_valid(&app, &tokens).await;
    }

    /// What the function refuses, does not answer, or answers so that nobody can read it, brings no tokens. The refresh
    /// token is not used up by it.
    async fn a_trigger_that_fails_leaves_the_refresh_token(store: TestStore) {
        let source = "TokenGeneration_RefreshTokens";
        let (server, function, pool) = pool_with(&store, &["PreTokenGeneration"], json!({})).await;
        let domain = Domain::of(pool).await;
        confirmed_user(&domain.pool, "ada", json!({})).await;
        let app = domain.web(rotating(0)).await;
        let tokens = app.sign_in("ada").await;
        let before = server.store.rows().await;
        function.forget();
        function.throws(source, "not today");
        let answer = refresh(&domain, &app, &tokens.refresh).await;
        denied(&answer, "invalid_request");
        let text = "PreTokenGeneration failed with error not today. ";
        assert_eq!(answer.body, json!({ "error": "invalid_request", "error_description": text }));
        function.answers(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
        let unanswered = refresh(&domain, &app, &tokens.refresh).await;
        function.responds(source, json!({ "claimsOverrideDetails": "everything" }));
        let unreadable = refresh(&domain, &app, &tokens.refresh).await;
        for answer in [unanswered, unreadable] {
            denied(&answer, "server_error");
            assert_eq!(answer.body, json!({ "error": "server_error" }));
        }
        assert_eq!(function.sources(), [source; 5], "one without an answer is called three times");
        let after = server.store.rows().await;
        assert_eq!(after.changes_since(&before).collect::<Vec<_>>(), Vec::<&str>::new());
        function.answers(|event| answered(&event));
        granted(refresh(&domain, &app, &tokens.refresh).await);
        server.stop().await;
    }

    /// `expires_in` is the life of the client's access tokens.
    async fn a_refreshed_token_lives_as_long_as_its_client_says(server: TestServer) {
        let settings = json!({
            "AccessTokenValidity": 10, "TokenValidityUnits": { "AccessToken": "minutes" },
        });
        let (domain, app, tokens) = signed_in(&server, settings).await;
        let body = granted(refresh(&domain, &app, &tokens.refresh).await);
        assert_eq!(body["expires_in"], 600);
        let access = text(&body, "access_token");
        get_user(&app, access).await.ok();
        server.advance(601).await;
        get_user(&app, access).await.fails_as("NotAuthorizedException");
    }

    /// A client that rotates gets another refresh token, which works.
    async fn rotation_returns_a_new_refresh_token(server: TestServer) {
        let (domain, app, first) = signed_in(&server, rotating(0)).await;
        let second = granted(refresh(&domain, &app, &first.refresh).await);
        assert_ne!(text(&second, "refresh_token"), first.refresh);
        let third = granted(refresh(&domain, &app, text(&second, "refresh_token")).await);
        assert_ne!(text(&third, "refresh_token"), text(&second, "refresh_token"));
        get_user(&app, text(&third, "access_token")).await.ok();
        let origin = &first.access_claims()["origin_jti"];
        assert_eq!(&claims(text(&third, "access_token"))["origin_jti"], origin);
    }

    /// Within the grace period a replaced token still works; behind it the whole session ends.
    async fn a_replaced_token_is_refused_after_the_grace_period(server: TestServer) {
        let (domain, app, first) = signed_in(&server, rotating(30)).await;
        let second = granted(refresh(&domain, &app, &first.refresh).await);
        server.advance(10).await;
        let retried = granted(refresh(&domain, &app, &first.refresh).await);
        get_user(&app, text(&retried, "access_token")).await.ok();
        server.advance(31).await;
        get_user(&app, text(&second, "access_token")).await.ok();
        denied(&refresh(&domain, &app, &first.refresh).await, "invalid_grant");
        denied(&refresh(&domain, &app, text(&second, "refresh_token")).await, "invalid_grant");
        denied(&refresh(&domain, &app, text(&retried, "refresh_token")).await, "invalid_grant");
        get_user(&app, text(&second, "access_token")).await.fails_as("NotAuthorizedException");
    }

    /// Another client's refresh token is refused, and stays good for its own.
    async fn a_refresh_token_belongs_to_its_client(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        let other = domain.web(json!({})).await;
        denied(&refresh(&domain, &other, &tokens.refresh).await, "invalid_grant");
        granted(refresh(&domain, &app, &tokens.refresh).await);
        assert_valid(&app, &tokens).await;
    }

    /// What is no refresh token is refused, and harms none.
    async fn what_is_no_refresh_token_is_refused(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        let changed = tampered(&tokens.refresh);
        for token in ["x", &tokens.access, &tokens.id, &changed] {
            denied(&refresh(&domain, &app, token).await, "invalid_grant");
        }
        assert_valid(&app, &tokens).await;
    }

    /// Revoked by RevokeToken, and by signing out everywhere.
    async fn a_revoked_refresh_token_is_refused(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        let kept = app.sign_in("ada").await;
        revoke(&app, &tokens.refresh).await.ok();
        denied(&refresh(&domain, &app, &tokens.refresh).await, "invalid_grant");
        granted(refresh(&domain, &app, &kept.refresh).await);
        call_for_user(&domain.pool, "AdminUserGlobalSignOut", "ada").await.ok();
        denied(&refresh(&domain, &app, &kept.refresh).await, "invalid_grant");
        granted(refresh(&domain, &app, &app.sign_in("ada").await.refresh).await);
    }

    /// After 30 days, or what else the client says.
    async fn an_expired_refresh_token_is_refused(server: TestServer) {
        let settings = json!({
            "RefreshTokenValidity": 2, "TokenValidityUnits": { "RefreshToken": "hours" },
        });
        let (domain, app, tokens) = signed_in(&server, settings).await;
        server.advance(7190).await;
        granted(refresh(&domain, &app, &tokens.refresh).await);
        server.advance(60).await;
        denied(&refresh(&domain, &app, &tokens.refresh).await, "invalid_grant");
    }

    /// A user who is disabled gets no tokens.
    async fn a_disabled_users_refresh_token_is_refused(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        confirmed_user(&domain.pool, "bob", json!({})).await;
        let bobs = app.sign_in("bob").await;
        call_for_user(&domain.pool, "AdminDisableUser", "ada").await.ok();
        denied(&refresh(&domain, &app, &tokens.refresh).await, "invalid_grant");
        granted(refresh(&domain, &app, &bobs.refresh).await);
    }

    /// Nor does one who is deleted.
    async fn a_deleted_users_refresh_token_is_refused(server: TestServer) {
        let (domain, app, tokens) = signed_in(&server, json!({})).await;
        confirmed_user(&domain.pool, "bob", json!({})).await;
        let bobs = app.sign_in("bob").await;
        call_for_user(&domain.pool, "AdminDeleteUser", "ada").await.ok();
        denied(&refresh(&domain, &app, &tokens.refresh).await, "invalid_grant");
        granted(refresh(&domain, &app, &bobs.refresh).await);
    }

    /// A refresh token of another pool.
    async fn a_refresh_token_of_another_pool_is_refused(server: TestServer) {
        let (domain, app, _) = signed_in(&server, json!({})).await;
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let elsewhere = pool.client(json!({})).await;
        let tokens = elsewhere.sign_in("ada").await;
        denied(&refresh(&domain, &app, &tokens.refresh).await, "invalid_grant");
        assert_valid(&elsewhere, &tokens).await;
    }
}
