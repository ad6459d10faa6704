//! Section 4.3: revoking and signing out.

use serde_json::json;

use crate::support::refusals::not_authorized;
use crate::support::tokens::{assert_revoked, assert_valid, get_user, revoke, tampered};
use crate::support::users::{call_for_user, confirmed_user, signed_in_ada};
use crate::support::{TestServer, Tokens, both_stores};

both_stores! {
    /// The refresh token and all access tokens of its sign-in end; other sign-ins do not.
    async fn revoking_ends_one_sign_in_and_no_other(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        let other = app.sign_in("ada").await;
        let refreshed = Tokens::from(&app.refresh(&tokens.refresh).await.ok());
        assert_valid(&app, &tokens).await;
        assert_eq!(revoke(&app, &tokens.refresh).await.ok(), json!({}));
        assert_revoked(&app, &tokens).await;
        let answer = get_user(&app, &refreshed.access).await;
        not_authorized(&answer, "Access Token has been revoked");
        assert_valid(&app, &other).await;
    }

    /// Revoking a revoked token, or one of a deleted user, is no error.
    async fn revoking_a_revoked_token_succeeds(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        for _ in 0..2 {
            assert_eq!(revoke(&app, &tokens.refresh).await.ok(), json!({}));
        }
        let tokens = app.sign_in("ada").await;
        call_for_user(&app.pool, "AdminDeleteUser", "ada").await.ok();
        assert_eq!(revoke(&app, &tokens.refresh).await.ok(), json!({}));
    }

    /// Only refresh tokens are revoked.
    async fn only_refresh_tokens_are_revoked(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        for token in [&tokens.access, &tokens.id] {
            let text = "Only refresh tokens can be revoked.";
            revoke(&app, token).await.fails("UnsupportedTokenTypeException", text);
        }
        assert_valid(&app, &tokens).await;
    }

    /// A client that has revocation switched off.
    async fn a_client_without_revocation_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "EnableTokenRevocation": false })).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let text = "Token revocation is not enabled for this client.";
        revoke(&app, &tokens.refresh).await.fails("UnsupportedOperationException", text);
        assert_valid(&app, &tokens).await;
    }

    /// A client cannot revoke a token that another client was issued.
    async fn the_token_of_another_client_is_not_revoked(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let sibling = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let answer = revoke(&sibling, &tokens.refresh).await;
        answer.fails("UnauthorizedException", "Invalid client for this token.");
        assert_valid(&app, &tokens).await;
    }

    /// GlobalSignOut and AdminUserGlobalSignOut end all sign-ins of the user, with every client,
    /// and no other user's.
    async fn a_global_sign_out_ends_every_sign_in_of_the_user(server: TestServer) {
        for operation in ["GlobalSignOut", "AdminUserGlobalSignOut"] {
            let pool = server.pool(json!({})).await;
            let app = pool.client(json!({})).await;
            let other = pool.client(json!({ "EnableTokenRevocation": false })).await;
            confirmed_user(&pool, "ada", json!({})).await;
            confirmed_user(&pool, "bob", json!({})).await;
            let first = app.sign_in("ada").await;
            let second = app.sign_in("ada").await;
            let third = other.sign_in("ada").await;
            let bobs = app.sign_in("bob").await;
            let answer = match operation {
                "GlobalSignOut" => app.with_token(operation, &first.access, json!({})).await,
                _ => call_for_user(&pool, operation, "ada").await,
            };
            assert_eq!(answer.ok(), json!({}), "{operation}");
            for (app, tokens) in [(&app, first), (&app, second), (&other, third)] {
                assert_revoked(app, &tokens).await;
            }
            assert_valid(&app, &bobs).await;
            assert_valid(&app, &app.sign_in("ada").await).await;
        }
    }

    /// GlobalSignOut refuses a token that is revoked already.
    async fn a_revoked_token_does_not_sign_out(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        app.with_token("GlobalSignOut", &tokens.access, json!({})).await.ok();
        let fresh = app.sign_in("ada").await;
        let answer = app.with_token("GlobalSignOut", &tokens.access, json!({})).await;
        not_authorized(&answer, "Access Token has been revoked");
        assert_valid(&app, &fresh).await;
    }

    /// AdminDisableUser revokes: enabling the user does not make the tokens valid again.
    async fn disabling_a_user_revokes_for_good(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        call_for_user(&app.pool, "AdminDisableUser", "ada").await.ok();
        call_for_user(&app.pool, "AdminEnableUser", "ada").await.ok();
        assert_revoked(&app, &tokens).await;
    }

    /// Revoking a token that was never issued is no error, as in RFC 7009.
    async fn revoking_an_unknown_token_succeeds(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        assert_eq!(revoke(&app, &tampered(&tokens.refresh)).await.ok(), json!({}));
        assert_valid(&app, &tokens).await;
    }
}
