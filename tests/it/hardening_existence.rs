//! What a second review found about who learns that a user exists (behaviour 3.6), and about what
//! a change of a client's settings leaves behind.

use serde_json::{Value, json};

use crate::admin_users::{about, member};
use crate::confirm::{WRONG_CODE, confirm as confirm_sign_up, refused, resend};
use crate::passwords::forgot;
use crate::sign_in::not_authorized;
use crate::support::pools::attribute;
use crate::support::{AppClient, SrpClient, TestServer, Tokens, both_stores};
use crate::tokens::Refresh;

/// A client that tells nobody who exists, of a pool with these settings.
async fn silent(server: &TestServer, settings: Value) -> AppClient {
    let pool = server.pool(settings).await;
    pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" }))
        .await
}

/// The USERNAME in the challenge for a name.
async fn challenged_as(app: &AppClient, name: &str) -> Value {
    let body = SrpClient::new().initiate(app, name).await.ok();
    body["ChallengeParameters"]["USERNAME"].clone()
}

both_stores! {
    /// Where the pool writes to phones only, nobody's code goes to a phone too.
    async fn a_made_up_destination_is_in_the_pools_medium(server: TestServer) {
        let app = silent(&server, json!({
            "AutoVerifiedAttributes": ["phone_number"],
            "AccountRecoverySetting": {
                "RecoveryMechanisms": [{ "Name": "verified_phone_number", "Priority": 1 }],
            },
        })).await;
        app.sign_up("ada", json!({ "phone_number": "+15555550199" })).await.ok();
        let adas = resend(&app, "ada").await.ok()["CodeDeliveryDetails"].clone();
        assert_eq!(adas["Destination"], "+*******0199");
        for nobodys in [resend(&app, "nobody").await.ok(), forgot(&app, "nobody").await.ok()] {
            let nobodys = &nobodys["CodeDeliveryDetails"];
            assert_eq!(nobodys["DeliveryMedium"], adas["DeliveryMedium"]);
            assert_eq!(nobodys["AttributeName"], adas["AttributeName"]);
            let destination = nobodys["Destination"].as_str().unwrap();
            assert_eq!(destination.len(), "+*******0199".len(), "{destination}");
            assert!(destination.starts_with("+*******"), "{destination}");
        }
    }

    /// A `sub` is answered as it was typed, whether it is somebody's or not.
    async fn a_typed_sub_does_not_tell(server: TestServer) {
        let app = silent(&server, json!({ "UsernameAttributes": ["email"] })).await;
        let sub = member(&app.pool, "ada@example.com", json!({})).await;
        assert_eq!(challenged_as(&app, &sub).await, json!(sub));
        about(&app.pool, "AdminDeleteUser", &sub).await.ok();
        assert_eq!(challenged_as(&app, &sub).await, json!(sub));
    }

    /// Who signed up without an address has no code, and is told the same as nobody.
    async fn an_unconfirmed_user_without_a_code(server: TestServer) {
        let app = silent(&server, json!({ "AutoVerifiedAttributes": ["email"] })).await;
        app.sign_up("ada", json!({})).await.ok();
        for name in ["ada", "nobody"] {
            let delivery = resend(&app, name).await.ok();
            assert_eq!(delivery["CodeDeliveryDetails"]["AttributeName"], "email", "{name}");
            refused(&confirm_sign_up(&app, name, "123456").await, WRONG_CODE);
        }
        assert_eq!(app.pool.user("ada").await.ok()["UserStatus"], "UNCONFIRMED");
    }

    /// One name is found as what counts most, whatever else holds it.
    async fn a_name_finds_the_username_first(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email", "preferred_username"] })).await;
        let ada = member(&pool, "ada", json!({
            "email": "ada@example.com", "email_verified": "true", "preferred_username": "countess",
        })).await;
        let eve = member(&pool, "eve", json!({})).await;
        for (name, sub) in [
            ("ada", &ada), ("ada@example.com", &ada), ("countess", &ada), ("eve", &eve),
        ] {
            let found = pool.user(name).await.ok();
            assert_eq!(attribute(&found["UserAttributes"], "sub").as_ref(), Some(sub), "{name}");
        }
        pool.user("duchess").await.fails("UserNotFoundException", "User does not exist.");
    }

    /// A token that was replaced while the client rotated stays worthless when it no longer does, in
    /// the words that each operation has.
    async fn a_replaced_token_after_rotation_ended(server: TestServer) {
        let pool = server.pool(json!({})).await;
        member(&pool, "ada", json!({})).await;
        let app = pool.client(json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
        })).await;
        let first = app.sign_in("ada").await;
        let second = Tokens::from(&app.refresh(&first.refresh).await.ok());
        pool.admin("UpdateUserPoolClient", json!({
            "ClientId": app.id,
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        })).await.ok();
        let answer = Refresh::Initiate.call(&app, &first.refresh).await;
        not_authorized(&answer, "Invalid Refresh Token");
        let answer = Refresh::GetTokens.call(&app, &first.refresh).await;
        answer.fails_as("RefreshTokenReuseException");
        Refresh::Initiate.call(&app, &second.refresh).await.ok();
    }
}
