//! ConfirmDevice (administration 12.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{NO_SUCH_DEVICE, NOT_ISSUED, UNKNOWN_KEY};
use crate::support::devices::{Device, client_with_devices, confirmed_device, devices_of_ada};
use crate::support::pools::{PASSWORD, attribute};
use crate::support::refusals::{invalid_parameter, not_authorized, refused};
use crate::support::tokens::revoke;
use crate::support::users::{client_with_ada, confirmed_user};
use crate::support::{AppClient, TestServer, Tokens, at_once, both_stores, tally};

/// The prime of the group: zero modulo itself.
const PRIME: &str = concat!(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F",
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C",
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
);

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
        let (salt, verifier) = (STANDARD.encode(device.salt), STANDARD.encode(device.verifier().as_bytes()));
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
