//! ForgetDevice and AdminForgetDevice: the device is gone, and its sessions with it (administration 2.7).

use serde_json::{Value, json};

use super::{NO_SUCH_DEVICE, NOT_ISSUED};
use crate::support::devices::{
    client_with_devices, confirmed_device, devices_of_ada, sign_in_from,
};
use crate::support::refusals::{not_authorized, refused};
use crate::support::tokens::{REFRESHES, get_user};
use crate::support::users::{call_for_user, confirmed_user};
use crate::support::{Answer, AppClient, TestServer, Tokens, at_once, both_stores, tally};

async fn forget(app: &AppClient, access: &str, key: &str, by_admin: bool) -> Answer {
    if by_admin {
        let input = json!({ "Username": "ada", "DeviceKey": key });
        app.pool.admin("AdminForgetDevice", input).await
    } else {
        let input = json!({ "DeviceKey": key });
        app.with_token("ForgetDevice", access, input).await
    }
}

/// Asserts that neither the access token nor the refresh token of a device is accepted any more.
async fn assert_ended(app: &AppClient, tokens: &Tokens, key: &str) {
    not_authorized(
        &get_user(app, &tokens.access).await,
        "Access Token has been revoked",
    );
    for way in REFRESHES {
        let answer = way.call_from(app, &tokens.refresh, Some(key)).await;
        not_authorized(&answer, "Refresh Token has been revoked");
    }
}

both_stores! {
    /// Every session of the device ends, whoever forgets it; those of other devices and users go on.
    async fn forgetting_ends_the_sessions_of_the_device(server: TestServer) {
        for by_admin in [false, true] {
            let app = client_with_devices(&server, true).await;
            confirmed_user(&app.pool, "bob", json!({})).await;
            let (device, first) = confirmed_device(&app, "ada").await;
            let second = Tokens::from(&sign_in_from(&app, "ada", &device.key).await.ok());
            let (kept, other) = confirmed_device(&app, "ada").await;
            let (bobs, of_bob) = confirmed_device(&app, "bob").await;
            let answer = forget(&app, &other.access, &device.key, by_admin).await;
            assert_eq!(answer.ok(), json!({}));
            assert_ended(&app, &first, &device.key).await;
            assert_ended(&app, &second, &device.key).await;
            for (tokens, key) in [(&other, &kept.key), (&of_bob, &bobs.key)] {
                get_user(&app, &tokens.access).await.ok();
                app.refresh_from(&tokens.refresh, Some(key)).await.ok();
            }
            assert_eq!(devices_of_ada(&app.pool).await, [kept.key]);
            let again = forget(&app, &other.access, &device.key, by_admin).await;
            refused(&again, NO_SUCH_DEVICE);
        }
    }

    /// A user may forget the very device it calls from.
    async fn the_calling_device_may_be_forgotten(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        assert_eq!(forget(&app, &tokens.access, &device.key, false).await.ok(), json!({}));
        assert_ended(&app, &tokens, &device.key).await;
        assert!(devices_of_ada(&app.pool).await.is_empty());
    }

    /// A forgotten device does not come back: neither by its old session nor by its key.
    async fn a_forgotten_device_does_not_come_back(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        forget(&app, "", &device.key, true).await.ok();
        let answer = device.confirm(&app, &tokens.access, json!({})).await;
        not_authorized(&answer, "Access Token has been revoked");
        refused(&sign_in_from(&app, "ada", &device.key).await, NO_SUCH_DEVICE);
        let fresh = app.sign_in("ada").await;
        refused(&device.confirm(&app, &fresh.access, json!({})).await, NOT_ISSUED);
        assert!(devices_of_ada(&app.pool).await.is_empty());
    }

    /// Of several callers at once one forgets it.
    async fn one_of_several_callers_at_once_forgets_it(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let answers = at_once(6, |_| {
            let (app, key) = (app.clone(), device.key.clone());
            async move { forget(&app, "", &key, true).await }
        })
        .await;
        let refused = vec![("ResourceNotFoundException".to_owned(), 5)];
        assert_eq!(tally(&answers), (1, refused));
    }

    /// However sign-ins from a device and its being forgotten fall together, no session of it is left.
    async fn no_session_outlives_a_device_that_is_forgotten_meanwhile(server: TestServer) {
        for _ in 0..5 {
            let app = client_with_devices(&server, true).await;
            let (device, _) = confirmed_device(&app, "ada").await;
            let answers = at_once(6, |number| {
                let (app, key) = (app.clone(), device.key.clone());
                async move {
                    match number {
                        0 => forget(&app, "", &key, true).await,
                        _ => sign_in_from(&app, "ada", &key).await,
                    }
                }
            })
            .await;
            for answer in &answers[1..] {
                if answer.status == 200 {
                    let tokens = Tokens::from(&answer.body);
                    assert_ended(&app, &tokens, &device.key).await;
                } else {
                    refused(answer, NO_SUCH_DEVICE);
                }
            }
            assert_eq!(answers[0].body, Value::Object(serde_json::Map::new()));
            assert!(devices_of_ada(&app.pool).await.is_empty());
        }
    }

    /// A user's devices go with the user.
    async fn a_deleted_user_has_no_devices(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        confirmed_device(&app, "ada").await;
        call_for_user(&app.pool, "AdminDeleteUser", "ada").await.ok();
        assert!(server.store.ask("SELECT device_key FROM devices").await.is_empty());
        confirmed_user(&app.pool, "ada", json!({})).await;
        assert!(devices_of_ada(&app.pool).await.is_empty());
    }
}
