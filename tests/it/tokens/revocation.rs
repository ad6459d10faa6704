//! Section 4.3: revoking and signing out.

use serde_json::json;

use super::{bent, get_user, is_good, is_revoked, revoke};
use crate::admin_users::{about, member, signed_in};
use crate::sign_in::not_authorized;
use crate::support::{TestServer, Tokens, both_stores};

both_stores! {
    /// The refresh token and all access tokens that came of it end; other sign-ins do not.
    async fn one_sign_in_is_revoked(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        let other = app.sign_in("ada").await;
        let refreshed = Tokens::from(&app.refresh(&tokens.refresh).await.ok());
        is_good(&app, &tokens).await;
        assert_eq!(revoke(&app, &tokens.refresh).await.ok(), json!({}));
        is_revoked(&app, &tokens).await;
        let answer = get_user(&app, &refreshed.access).await;
        not_authorized(&answer, "Access Token has been revoked");
        is_good(&app, &other).await;
    }

    /// Revoking what is revoked, or whose user is gone, is no error.
    async fn nothing_left_to_revoke(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        for _ in 0..2 {
            assert_eq!(revoke(&app, &tokens.refresh).await.ok(), json!({}));
        }
        let tokens = app.sign_in("ada").await;
        about(&app.pool, "AdminDeleteUser", "ada").await.ok();
        assert_eq!(revoke(&app, &tokens.refresh).await.ok(), json!({}));
    }

    /// Only refresh tokens are revoked.
    async fn another_kind_of_token(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        for token in [&tokens.access, &tokens.id] {
            let text = "Only refresh tokens can be revoked.";
            revoke(&app, token).await.fails("UnsupportedTokenTypeException", text);
        }
        is_good(&app, &tokens).await;
    }

    /// A client that has revocation switched off.
    async fn a_client_without_revocation(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "EnableTokenRevocation": false })).await;
        member(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let text = "Token revocation is not enabled for this client.";
        revoke(&app, &tokens.refresh).await.fails("UnsupportedOperationException", text);
        is_good(&app, &tokens).await;
    }

    /// A client does not revoke what another client was given.
    async fn the_token_of_another_client(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let sibling = pool.client(json!({})).await;
        member(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let answer = revoke(&sibling, &tokens.refresh).await;
        answer.fails("UnauthorizedException", "Invalid client for this token.");
        is_good(&app, &tokens).await;
    }

    /// GlobalSignOut and AdminUserGlobalSignOut end all sign-ins of the user, with every client, and
    /// nobody else's.
    async fn all_sign_ins_end(server: TestServer) {
        for operation in ["GlobalSignOut", "AdminUserGlobalSignOut"] {
            let pool = server.pool(json!({})).await;
            let app = pool.client(json!({})).await;
            let other = pool.client(json!({ "EnableTokenRevocation": false })).await;
            member(&pool, "ada", json!({})).await;
            member(&pool, "bob", json!({})).await;
            let first = app.sign_in("ada").await;
            let second = app.sign_in("ada").await;
            let third = other.sign_in("ada").await;
            let bobs = app.sign_in("bob").await;
            let answer = match operation {
                "GlobalSignOut" => app.with_token(operation, &first.access, json!({})).await,
                _ => about(&pool, operation, "ada").await,
            };
            assert_eq!(answer.ok(), json!({}), "{operation}");
            for (app, tokens) in [(&app, first), (&app, second), (&other, third)] {
                is_revoked(app, &tokens).await;
            }
            is_good(&app, &bobs).await;
            is_good(&app, &app.sign_in("ada").await).await;
        }
    }

    /// Nobody signs out with a token that is revoked already.
    async fn signed_out_already(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        app.with_token("GlobalSignOut", &tokens.access, json!({})).await.ok();
        let fresh = app.sign_in("ada").await;
        let answer = app.with_token("GlobalSignOut", &tokens.access, json!({})).await;
        not_authorized(&answer, "Access Token has been revoked");
        is_good(&app, &fresh).await;
    }

    /// AdminDisableUser revokes too: enabling the user does not bring the tokens back.
    async fn disabling_revokes(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        about(&app.pool, "AdminDisableUser", "ada").await.ok();
        about(&app.pool, "AdminEnableUser", "ada").await.ok();
        is_revoked(&app, &tokens).await;
    }

    /// A token that nobody was given is not worth an error, as in RFC 7009.
    async fn an_unknown_token(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        assert_eq!(revoke(&app, &bent(&tokens.refresh)).await.ok(), json!({}));
        is_good(&app, &tokens).await;
    }
}
