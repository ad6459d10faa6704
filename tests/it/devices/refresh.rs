//! DEVICE_KEY and DeviceKey of a refresh (section 4.4).

use serde_json::json;

use super::UNKNOWN_KEY;
use crate::support::devices::{Device, client_with_devices, confirmed_device};
use crate::support::pools::PASSWORD;
use crate::support::refusals::not_authorized;
use crate::support::tokens::{REFRESHES, get_user};
use crate::support::users::client_with_ada;
use crate::support::{AppClient, TestServer, Tokens, both_stores};

/// A client that rotates refresh tokens, without a grace period.
async fn rotating(app: &AppClient) -> AppClient {
    app.pool
        .client(json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
        }))
        .await
}

both_stores! {
    /// The device that the session was opened from has to be named: none, another one of the user's, an unknown one
    /// and one in other letters are refused alike.
    async fn a_refresh_names_the_device_of_its_session(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        let (other, _) = confirmed_device(&app, "ada").await;
        let upper = device.key.replace("us-east", "US-EAST");
        for way in REFRESHES {
            for key in [None, Some(other.key.as_str()), Some(UNKNOWN_KEY), Some(&upper)] {
                let answer = way.call_from(&app, &tokens.refresh, key).await;
                not_authorized(&answer, "Invalid Refresh Token");
            }
            way.call_from(&app, &tokens.refresh, Some(&device.key)).await.ok();
        }
        get_user(&app, &tokens.access).await.ok();
    }

    /// The tokens of a device that is not confirmed are not refreshed, until it is.
    async fn the_device_has_to_be_confirmed(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let answer = app.initiate("ada", PASSWORD).await.ok();
        let (device, tokens) = (Device::issued(&answer), Tokens::from(&answer));
        for way in REFRESHES {
            for key in [None, Some(device.key.as_str())] {
                let answer = way.call_from(&app, &tokens.refresh, key).await;
                not_authorized(&answer, "Invalid Refresh Token");
            }
        }
        device.confirm(&app, &tokens.access, json!({})).await.ok();
        for way in REFRESHES {
            way.call_from(&app, &tokens.refresh, Some(&device.key)).await.ok();
        }
    }

    /// A pool that remembers none, or none any more, asks for no key and heeds none; nor does a session that was
    /// opened before the pool remembered any.
    async fn where_no_device_is_remembered_none_is_asked_for(server: TestServer) {
        let app = client_with_ada(&server).await;
        let tokens = app.sign_in("ada").await;
        for way in REFRESHES {
            way.call_from(&app, &tokens.refresh, Some(UNKNOWN_KEY)).await.ok();
        }
        app.pool.admin("UpdateUserPool", json!({ "DeviceConfiguration": {} })).await.ok();
        for way in REFRESHES {
            for key in [None, Some(UNKNOWN_KEY)] {
                way.call_from(&app, &tokens.refresh, key).await.ok();
            }
        }
        let (_, tokens) = confirmed_device(&app, "ada").await;
        app.pool.admin("UpdateUserPool", json!({})).await.ok();
        for way in REFRESHES {
            way.call(&app, &tokens.refresh).await.ok();
        }
    }

    /// A refusal for the device's key does not use up a token that is rotated.
    async fn a_refusal_does_not_rotate(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let rotating = rotating(&app).await;
        let (device, tokens) = confirmed_device(&rotating, "ada").await;
        for key in [None, Some(UNKNOWN_KEY)] {
            not_authorized(&rotating.refresh_from(&tokens.refresh, key).await, "Invalid Refresh Token");
        }
        let rotated = rotating.refresh_from(&tokens.refresh, Some(&device.key)).await.ok();
        let rotated = Tokens::from(&rotated);
        assert_ne!(rotated.refresh, tokens.refresh);
        rotating.refresh_from(&rotated.refresh, Some(&device.key)).await.ok();
        // A token that is used again ends the session, with the device's key or without.
        let answer = rotating.refresh_from(&tokens.refresh, None).await;
        answer.fails("RefreshTokenReuseException", "Refresh token has already been used.");
        not_authorized(&get_user(&rotating, &tokens.access).await, "Access Token has been revoked");
    }
}
