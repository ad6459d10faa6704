//! ConfirmDevice (administration 12.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{NO_SUCH_DEVICE, NOT_ISSUED, UNKNOWN_KEY};
use crate::support::device_srp::{self, PRIME};
use crate::support::devices::{Device, client_with_devices, confirmed_device, devices_of_ada};
use crate::support::pools::{PASSWORD, attribute};
use crate::support::refusals::{invalid_parameter, not_authorized, refused};
use crate::support::tokens::revoke;
use crate::support::users::{client_with_ada, confirmed_user};
use crate::support::{AppClient, TestServer, Tokens, at_once, both_stores, tally};

/// A sign-in of `ada` from a new device.
async fn new_device(app: &AppClient) -> (Device, Tokens) {
    let answer = app.initiate("ada", PASSWORD).await.ok();
    (Device::issued(&answer), Tokens::from(&answer))
}

async fn remembered_status(app: &AppClient, key: &str) -> String {
    let input = json!({ "Username": "ada", "DeviceKey": key });
    let answer = app.pool.admin("AdminGetDevice", input).await.ok();
    let attributes = &answer["Device"]["DeviceAttributes"];
    attribute(attributes, "dev:device_remembered_status").expect("a status")
}

both_stores! {
    /// `UserConfirmationNecessary` is the pool's DeviceOnlyRememberedOnUserPrompt; without it the device is
    /// remembered at once.
    async fn the_pool_decides_whether_the_user_is_asked(server: TestServer) {
        for (on_user_prompt, status) in [(false, "remembered"), (true, "not_remembered")] {
            let app = client_with_devices(&server, on_user_prompt).await;
            let (device, tokens) = new_device(&app).await;
            let answer = device.confirm(&app, &tokens.access, json!({})).await.ok();
            assert_eq!(answer, json!({ "UserConfirmationNecessary": on_user_prompt }));
            assert_eq!(remembered_status(&app, &device.key).await, status);
        }
    }

    /// Only the key that the token's own sign-in has issued is confirmed: none of another sign-in, of another
    /// user, or made up.
    async fn only_the_key_of_the_same_sign_in_is_confirmed(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let (device, tokens) = new_device(&app).await;
        let (other, _) = new_device(&app).await;
        let bobs = Device::issued(&app.initiate("bob", PASSWORD).await.ok());
        for key in [other.key.as_str(), &bobs.key, UNKNOWN_KEY, "us-east-1_0", "x_-"] {
            let answer = device.confirm(&app, &tokens.access, json!({ "DeviceKey": key })).await;
            refused(&answer, NOT_ISSUED);
        }
        assert!(devices_of_ada(&app.pool).await.is_empty());
        device.confirm(&app, &tokens.access, json!({})).await.ok();
        assert_eq!(devices_of_ada(&app.pool).await, [device.key]);
    }

    /// Where the pool remembers none (any more), no key was issued.
    async fn a_pool_without_devices_confirms_none(server: TestServer) {
        let app = client_with_ada(&server).await;
        let access = app.sign_in("ada").await.access;
        let input = json!({ "DeviceKey": UNKNOWN_KEY });
        refused(&app.with_token("ConfirmDevice", &access, input).await, NOT_ISSUED);

        let app = client_with_devices(&server, false).await;
        let (device, tokens) = new_device(&app).await;
        app.pool.admin("UpdateUserPool", json!({})).await.ok();
        refused(&device.confirm(&app, &tokens.access, json!({})).await, NOT_ISSUED);
    }

    /// A device is confirmed once, and keeps the verifier of the first time.
    async fn a_confirmed_device_is_not_confirmed_again(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = new_device(&app).await;
        device.confirm(&app, &tokens.access, json!({ "DeviceName": "first" })).await.ok();
        let answer = device.confirm(&app, &tokens.access, json!({ "DeviceName": "second" })).await;
        answer.fails("DeviceKeyExistsException", "Device key already exists.");
        let input = json!({ "DeviceKey": device.key });
        let answer = app.with_token("GetDevice", &tokens.access, input).await.ok();
        let name = attribute(&answer["Device"]["DeviceAttributes"], "device_name");
        assert_eq!(name.as_deref(), Some("first"));
    }

    /// Of several confirmations at once one succeeds.
    async fn one_of_several_confirmations_at_once_succeeds(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = new_device(&app).await;
        let answers = at_once(6, |_| {
            let (app, device, access) = (app.clone(), device.clone(), tokens.access.clone());
            async move { device.confirm(&app, &access, json!({})).await }
        })
        .await;
        let refused = vec![("DeviceKeyExistsException".to_owned(), 5)];
        assert_eq!(tally(&answers), (1, refused));
        assert_eq!(devices_of_ada(&app.pool).await, [device.key]);
    }

    /// Salt and verifier are numbers of the group, in base64; nothing else is stored.
    async fn a_verifier_that_is_no_number_of_the_group_is_refused(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = new_device(&app).await;
        let (salt, verifier) = (STANDARD.encode(device.salt), STANDARD.encode(device_srp::verifier(&device)));
        let prime = STANDARD.encode(hex::decode(PRIME).unwrap());
        let zero = STANDARD.encode([0; 384]);
        let long = STANDARD.encode([1; 386]);
        let huge = STANDARD.encode([1; 3000]);
        let malformed = "Invalid device secret verifier given.";
        let no_verifier = "Missing required parameter PasswordVerifier";
        let no_salt = "Missing required parameter Salt";
        for (config, text) in [
            (json!(null), no_verifier),
            (json!({}), no_verifier),
            (json!({ "Salt": salt }), no_verifier),
            (json!({ "PasswordVerifier": "", "Salt": salt }), no_verifier),
            (json!({ "PasswordVerifier": verifier }), no_salt),
            (json!({ "PasswordVerifier": verifier, "Salt": "" }), no_salt),
            (json!({ "PasswordVerifier": "no base64", "Salt": salt }), malformed),
            (json!({ "PasswordVerifier": prime, "Salt": salt }), malformed),
            (json!({ "PasswordVerifier": zero, "Salt": salt }), malformed),
            (json!({ "PasswordVerifier": long, "Salt": salt }), malformed),
            (json!({ "PasswordVerifier": huge, "Salt": salt }), malformed),
            (json!({ "PasswordVerifier": verifier, "Salt": "AA==" }), malformed),
            (json!({ "PasswordVerifier": verifier, "Salt": huge }), malformed),
            (json!({ "PasswordVerifier": verifier, "Salt": "é" }), malformed),
        ] {
            let overrides = json!({ "DeviceSecretVerifierConfig": config });
            invalid_parameter(&device.confirm(&app, &tokens.access, overrides).await, text);
        }
        assert!(devices_of_ada(&app.pool).await.is_empty());
        device.confirm(&app, &tokens.access, json!({})).await.ok();
    }

    /// A key that was issued and is not confirmed is no device yet.
    async fn an_unconfirmed_key_is_no_device(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = new_device(&app).await;
        let of_user = json!({ "DeviceKey": device.key });
        let of_admin = json!({ "DeviceKey": device.key, "Username": "ada" });
        let with = |input: &Value| {
            let mut input = input.clone();
            input["DeviceRememberedStatus"] = json!("remembered");
            input
        };
        for (operation, input) in [
            ("GetDevice", of_user.clone()),
            ("ForgetDevice", of_user.clone()),
            ("UpdateDeviceStatus", with(&of_user)),
            ("UpdateDeviceStatus", of_user),
        ] {
            refused(&app.with_token(operation, &tokens.access, input).await, NO_SUCH_DEVICE);
        }
        for (operation, input) in [
            ("AdminGetDevice", of_admin.clone()),
            ("AdminForgetDevice", of_admin.clone()),
            ("AdminUpdateDeviceStatus", with(&of_admin)),
            ("AdminUpdateDeviceStatus", of_admin),
        ] {
            refused(&app.pool.admin(operation, input).await, NO_SUCH_DEVICE);
        }
        device.confirm(&app, &tokens.access, json!({})).await.ok();
    }

    /// A token that is revoked, or of another kind, confirms nothing.
    async fn the_token_is_checked_first(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = new_device(&app).await;
        not_authorized(&device.confirm(&app, &tokens.id, json!({})).await, "Invalid Access Token");
        revoke(&app, &tokens.refresh).await.ok();
        let answer = device.confirm(&app, &tokens.access, json!({ "DeviceKey": UNKNOWN_KEY })).await;
        not_authorized(&answer, "Access Token has been revoked");
        assert!(devices_of_ada(&app.pool).await.is_empty());
    }

    /// Behaviour 1.4: a key's and a name's constraints.
    async fn the_models_constraints_hold(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        let answer = device.confirm(&app, &tokens.access, json!({ "DeviceKey": "no key" })).await;
        invalid_parameter(
            &answer,
            "1 validation error detected: Value 'no key' at 'deviceKey' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: [\\w-]+_[0-9a-f-]+",
        );
        let answer = device.confirm(&app, &tokens.access, json!({ "DeviceName": "" })).await;
        invalid_parameter(
            &answer,
            "1 validation error detected: Value '' at 'deviceName' failed to satisfy constraint: Member must have \
             length greater than or equal to 1",
        );
    }
}
