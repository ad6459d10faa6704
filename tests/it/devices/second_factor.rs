//! Devices and the second factor: ChallengeRequiredOnNewDevice (administration 12.4).

use serde_json::{Value, json};

use super::challenged;
use crate::support::device_srp::{begin, prove};
use crate::support::devices::{Device, confirmed_device, sign_in_from};
use crate::support::pools::PASSWORD;
use crate::support::sign_in::{respond, tokens_of};
use crate::support::totp::{AuthenticatorApp, begin_step, enrolled};
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, TestServer, Tokens, both_stores};

/// A pool with authenticator apps, in which `ada` has one. `settings` is its DeviceConfiguration.
async fn with_app(server: &TestServer, settings: Value) -> (AppClient, AuthenticatorApp) {
    let pool = server.pool(json!({ "DeviceConfiguration": settings })).await;
    let input = json!({
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    pool.admin("SetUserPoolMfaConfig", input).await.ok();
    confirmed_user(&pool, "ada", json!({})).await;
    let app = pool.client(json!({})).await;
    let phone = enrolled(&app, &app.sign_in("ada").await).await;
    (app, phone)
}

/// The answers to SOFTWARE_TOKEN_MFA, naming a device or none; the next code belongs to the next step.
async fn give_code(
    app: &AppClient,
    phone: &AuthenticatorApp,
    challenge: &Value,
    device_key: Option<&str>,
) -> Answer {
    assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{challenge}");
    let server = app.pool.endpoint();
    let code = phone.code(server, 0);
    let mut answers = json!({ "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code });
    if let Some(key) = device_key {
        answers["DEVICE_KEY"] = json!(key);
    }
    let answer = respond(app, challenge, answers).await;
    begin_step(server).await;
    answer
}

/// Signs `ada` in with a code on a new device, and confirms it.
async fn device_with_code(app: &AppClient, phone: &AuthenticatorApp) -> (Device, Tokens) {
    let challenge = app.initiate("ada", PASSWORD).await.ok();
    let answer = give_code(app, phone, &challenge, None).await.ok();
    let (device, tokens) = (Device::issued(&answer), Tokens::from(&answer));
    device.confirm(app, &tokens.access, json!({})).await.ok();
    (device, tokens)
}

#[track_caller]
fn asks_for_code(challenge: &Value) {
    assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{challenge}");
}

fn replacing() -> Value {
    json!({ "ChallengeRequiredOnNewDevice": true })
}

both_stores! {
    /// A remembered device that proves itself needs no code; another device, a new one, and this one without its
    /// key do.
    async fn a_remembered_device_skips_the_code(server: TestServer) {
        let (app, phone) = with_app(&server, replacing()).await;
        let (device, _) = device_with_code(&app, &phone).await;
        for _ in 0..2 {
            let challenge = challenged(&app, &device).await;
            let tokens = tokens_of(prove(&app, &device, &challenge).await);
            assert_eq!(tokens.access_claims()["device_key"], json!(device.key));
        }
        asks_for_code(&app.initiate("ada", PASSWORD).await.ok());
        let (other, _) = device_with_code(&app, &phone).await;
        // A device that does not prove itself gets no further, and the code is not asked instead.
        let challenge = challenged(&app, &device).await;
        let pretending = Device { password: other.password.clone(), ..device };
        let answer = prove(&app, &pretending, &challenge).await;
        answer.fails("NotAuthorizedException", "Incorrect username or password.");
    }

    /// Where devices replace nothing, the code is asked first and the device after it: the session is the device's.
    async fn where_devices_replace_nothing_both_are_asked(server: TestServer) {
        for settings in [json!({}), json!({ "ChallengeRequiredOnNewDevice": false })] {
            let (app, phone) = with_app(&server, settings).await;
            let (device, _) = device_with_code(&app, &phone).await;
            let challenge = sign_in_from(&app, "ada", &device.key).await.ok();
            let next = give_code(&app, &phone, &challenge, Some(&device.key)).await.ok();
            assert_eq!(next["ChallengeName"], "DEVICE_SRP_AUTH", "{next}");
            let tokens = tokens_of(prove(&app, &device, &next).await);
            assert_eq!(tokens.access_claims()["device_key"], json!(device.key));
        }
    }

    /// The device that counts is the one that the answer with the code names: without one the sign-in is from a
    /// new device.
    async fn the_answer_with_the_code_names_the_device(server: TestServer) {
        let (app, phone) = with_app(&server, json!({})).await;
        let (device, _) = device_with_code(&app, &phone).await;
        let challenge = sign_in_from(&app, "ada", &device.key).await.ok();
        let answer = give_code(&app, &phone, &challenge, None).await.ok();
        assert_ne!(Device::issued(&answer).key, device.key);
    }

    /// A code is used up once the device is asked: another sign-in does not get by with it.
    async fn a_code_counts_once_also_before_the_device(server: TestServer) {
        let (app, phone) = with_app(&server, json!({})).await;
        let (device, _) = device_with_code(&app, &phone).await;
        let first = sign_in_from(&app, "ada", &device.key).await.ok();
        let second = app.initiate("ada", PASSWORD).await.ok();
        let answers = json!({
            "USERNAME": "ada",
            "SOFTWARE_TOKEN_MFA_CODE": phone.code(&server, 0),
            "DEVICE_KEY": device.key,
        });
        let next = respond(&app, &first, answers.clone()).await.ok();
        assert_eq!(next["ChallengeName"], "DEVICE_SRP_AUTH", "{next}");
        let again = respond(&app, &second, answers.clone()).await;
        again.fails("ExpiredCodeException", "Your software token has already been used once.");
        let again = respond(&app, &first, answers).await;
        again.fails("NotAuthorizedException", "Invalid session for the user, session can only be used once.");
        tokens_of(prove(&app, &device, &next).await);
    }

    /// A device that was confirmed without a code replaces none until a code was given on it: whoever had only the
    /// password before the code was set up does not keep a way around it.
    async fn a_device_from_before_the_code_does_not_replace_it(server: TestServer) {
        let pool = server.pool(json!({ "DeviceConfiguration": replacing() })).await;
        let input = json!({
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        pool.admin("SetUserPoolMfaConfig", input).await.ok();
        confirmed_user(&pool, "ada", json!({})).await;
        let app = pool.client(json!({})).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        let phone = enrolled(&app, &tokens).await;
        let challenge = sign_in_from(&app, "ada", &device.key).await.ok();
        let next = give_code(&app, &phone, &challenge, Some(&device.key)).await.ok();
        assert_eq!(next["ChallengeName"], "DEVICE_SRP_AUTH", "{next}");
        // Asking is not passing: as long as the device has not proven itself, the code is asked.
        asks_for_code(&sign_in_from(&app, "ada", &device.key).await.ok());
        tokens_of(prove(&app, &device, &next).await);
        let challenge = challenged(&app, &device).await;
        tokens_of(prove(&app, &device, &challenge).await);
    }

    /// Remembered on the user's word: until then, and after it is withdrawn, the code is asked.
    async fn only_a_remembered_device_skips_the_code(server: TestServer) {
        let settings = json!({
            "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true,
        });
        let (app, phone) = with_app(&server, settings).await;
        let (device, tokens) = device_with_code(&app, &phone).await;
        let set = async |status: &str| {
            let input = json!({ "DeviceKey": device.key, "DeviceRememberedStatus": status });
            app.with_token("UpdateDeviceStatus", &tokens.access, input).await.ok();
        };
        let challenge = sign_in_from(&app, "ada", &device.key).await.ok();
        let from_it = tokens_of(give_code(&app, &phone, &challenge, Some(&device.key)).await);
        assert_eq!(from_it.access_claims()["device_key"], json!(device.key));
        set("remembered").await;
        let challenge = challenged(&app, &device).await;
        tokens_of(prove(&app, &device, &challenge).await);
        set("not_remembered").await;
        asks_for_code(&sign_in_from(&app, "ada", &device.key).await.ok());
    }

    /// A device that is not remembered any more when it proves itself does not replace the code.
    async fn a_device_may_cease_to_be_remembered_meanwhile(server: TestServer) {
        let (app, phone) = with_app(&server, replacing()).await;
        let (device, tokens) = device_with_code(&app, &phone).await;
        let challenge = challenged(&app, &device).await;
        let (exchange, proof) = begin(&app, &device, &challenge).await;
        let input = json!({ "DeviceKey": device.key, "DeviceRememberedStatus": "not_remembered" });
        app.with_token("UpdateDeviceStatus", &tokens.access, input).await.ok();
        let answers = exchange.end(&app, &device, &proof);
        let next = respond(&app, &proof, answers.clone()).await.ok();
        asks_for_code(&next);
        let from_it = tokens_of(give_code(&app, &phone, &next, Some(&device.key)).await);
        assert_eq!(from_it.access_claims()["device_key"], json!(device.key));
    }

    /// A user without a second factor in a pool that demands one sets one up, on a remembered device too.
    async fn a_device_does_not_replace_what_is_not_set_up(server: TestServer) {
        let pool = server.pool(json!({ "DeviceConfiguration": replacing() })).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let app = pool.client(json!({})).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let input = json!({
            "MfaConfiguration": "ON",
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        pool.admin("SetUserPoolMfaConfig", input).await.ok();
        let challenge = sign_in_from(&app, "ada", &device.key).await.ok();
        assert_eq!(challenge["ChallengeName"], "MFA_SETUP", "{challenge}");
    }

    /// The device is asked behind the set-up too. The factor is on from then on, and the device replaces it.
    async fn a_device_is_asked_behind_the_set_up(server: TestServer) {
        let pool = server.pool(json!({ "DeviceConfiguration": replacing() })).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let app = pool.client(json!({})).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let input = json!({
            "MfaConfiguration": "ON",
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        pool.admin("SetUserPoolMfaConfig", input).await.ok();
        let challenge = sign_in_from(&app, "ada", &device.key).await.ok();
        let call = async |operation: &str, input: Value| {
            app.pool.endpoint().client.call(operation, input).await.ok()
        };
        let input = json!({ "Session": challenge["Session"] });
        let associated = call("AssociateSoftwareToken", input).await;
        let phone = AuthenticatorApp::new(&associated);
        begin_step(&server).await;
        let code = phone.code(&server, 0);
        let input = json!({ "Session": associated["Session"], "UserCode": code });
        let verified = call("VerifySoftwareToken", input).await;
        let mut last = challenge.clone();
        last["Session"] = verified["Session"].clone();
        let answers = json!({ "USERNAME": "ada", "DEVICE_KEY": device.key });
        let next = respond(&app, &last, answers).await.ok();
        assert_eq!(next["ChallengeName"], "DEVICE_SRP_AUTH", "{next}");
        tokens_of(prove(&app, &device, &next).await);
        asks_for_code(&app.initiate("ada", PASSWORD).await.ok());
        let challenge = challenged(&app, &device).await;
        tokens_of(prove(&app, &device, &challenge).await);
    }
}
