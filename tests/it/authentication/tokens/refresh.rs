//! Sections 4.2 to 4.5: refreshing without rotation, by either operation.

use serde_json::json;

use crate::support::answer::member_names;
use crate::support::refusals::not_authorized;
use crate::support::sign_in::initiate;
use crate::support::tokens::{REFRESHES, Refresh, get_user, tampered};
use crate::support::users::{call_for_user, confirmed_user, signed_in_ada};
use crate::support::{TestServer, Tokens, both_stores};

both_stores! {
    /// New access and ID tokens, but no refresh token.
    async fn a_refresh_returns_access_and_id_tokens_only(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        for way in REFRESHES {
            let body = way.call(&app, &tokens.refresh).await.ok();
            match way {
                Refresh::Initiate => {
                    assert_eq!(member_names(&body), ["AuthenticationResult", "ChallengeParameters"]);
                    assert_eq!(body["ChallengeParameters"], json!({}));
                }
                Refresh::GetTokens => assert_eq!(member_names(&body), ["AuthenticationResult"]),
            }
            let result = &body["AuthenticationResult"];
            assert_eq!(member_names(result), ["AccessToken", "ExpiresIn", "IdToken", "TokenType"]);
            assert_eq!(result["ExpiresIn"], 3600);
            assert_eq!(result["TokenType"], "Bearer");
            get_user(&app, &Tokens::from(&body).access).await.ok();
        }
    }

    /// `REFRESH_TOKEN` names the same flow.
    async fn refresh_token_is_another_name_of_the_flow(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        let parameters = json!({ "REFRESH_TOKEN": tokens.refresh });
        let body = initiate(&app, "REFRESH_TOKEN", parameters).await.ok();
        get_user(&app, &Tokens::from(&body).access).await.ok();
    }

    /// A refresh token works as often as it is used, long after the other tokens have expired.
    async fn a_refresh_token_works_repeatedly_until_it_expires(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        for way in REFRESHES {
            server.advance(10 * 24 * 3600).await;
            not_authorized(&get_user(&app, &tokens.access).await, "Access Token has expired");
            let refreshed = Tokens::from(&way.call(&app, &tokens.refresh).await.ok());
            get_user(&app, &refreshed.access).await.ok();
        }
    }

    /// A text that is no refresh token, or none of this client's.
    async fn an_invalid_refresh_token_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let sibling = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let others = sibling.sign_in("ada").await;
        let bent = tampered(&tokens.refresh);
        let made_up = "eyJjdHkiOiJKV1QifQ.a.b.c.d".to_owned();
        for way in REFRESHES {
            for token in [&tokens.access, &tokens.id, &others.refresh, &bent, &made_up, &"x".into()] {
                not_authorized(&way.call(&app, token).await, "Invalid Refresh Token");
            }
            way.call(&app, &tokens.refresh).await.ok();
        }
    }

    /// Section 5.2: a client that does not list the flow refreshes by neither operation.
    async fn a_client_without_the_flow_does_not_refresh(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] });
        let app = pool.client(flows).await;
        let tokens = app.sign_in("ada").await;
        for way in REFRESHES {
            way.call(&app, &tokens.refresh).await.fails(
                "InvalidParameterException",
                "Auth flow not enabled for this client",
            );
        }
    }

    /// Section 4.3: a disabled user.
    async fn a_disabled_user_does_not_refresh(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        call_for_user(&app.pool, "AdminDisableUser", "ada").await.ok();
        for way in REFRESHES {
            not_authorized(&way.call(&app, &tokens.refresh).await, "User is disabled.");
        }
    }

    /// Section 4.3: a deleted user.
    async fn a_deleted_user_does_not_refresh(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        call_for_user(&app.pool, "AdminDeleteUser", "ada").await.ok();
        for way in REFRESHES {
            let answer = way.call(&app, &tokens.refresh).await;
            let type_ = answer.type_.as_deref().unwrap_or_default();
            let known = ["UserNotFoundException", "NotAuthorizedException"];
            assert!(known.contains(&type_), "{answer}");
        }
    }

    /// Section 4.5: thirty days, or what the client says.
    async fn an_expired_refresh_token_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let two_hours = json!({
            "RefreshTokenValidity": 2, "AccessTokenValidity": 1, "IdTokenValidity": 1,
            "TokenValidityUnits": { "RefreshToken": "hours" },
        });
        for (settings, seconds) in [
            (json!({}), 30 * 24 * 3600),
            (json!({ "RefreshTokenValidity": 0 }), 30 * 24 * 3600),
            (json!({ "RefreshTokenValidity": 3 }), 3 * 24 * 3600),
            (two_hours, 2 * 3600),
        ] {
            let app = pool.client(settings).await;
            let tokens = app.sign_in("ada").await;
            server.advance(seconds - 60).await;
            for way in REFRESHES {
                way.call(&app, &tokens.refresh).await.ok();
            }
            server.advance(61).await;
            for way in REFRESHES {
                let answer = way.call(&app, &tokens.refresh).await;
                not_authorized(&answer, "Refresh Token has expired");
            }
        }
    }
}
