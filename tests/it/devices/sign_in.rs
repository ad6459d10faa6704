//! Sign-ins that name a device (section 5.9, administration 12.4).

use serde_json::{Value, json};

use super::{NO_SUCH_DEVICE, NOT_ISSUED, UNKNOWN_KEY};
use crate::support::devices::{client_with_devices, confirmed_device, sign_in_from};
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, not_authorized, refused};
use crate::support::sign_in::{WRONG_PASSWORD, choose_password, initiate};
use crate::support::users::{confirmed_user, invited_user};
use crate::support::{Answer, AppClient, SrpClient, TestServer, Tokens, both_stores};

/// A sign-in by SRP that names a device at its beginning, in its answer, or in both.
async fn by_srp(app: &AppClient, at_begin: Option<&str>, in_answer: Option<&str>) -> Answer {
    let client = SrpClient::new();
    let mut parameters = json!({ "USERNAME": "ada", "SRP_A": client.a() });
    if let Some(key) = at_begin {
        parameters["DEVICE_KEY"] = json!(key);
    }
    let challenge = initiate(app, "USER_SRP_AUTH", parameters).await;
    if challenge.status != 200 {
        return challenge;
    }
    let mut response = client.response(app, &challenge.body, PASSWORD);
    if let Some(key) = in_answer {
        response["ChallengeResponses"]["DEVICE_KEY"] = json!(key);
    }
    app.call("RespondToAuthChallenge", response).await
}

/// Asserts that the session is the device's, and that no keys were issued.
#[track_caller]
fn assert_from(answer: Answer, key: &str) {
    let answer = answer.ok();
    let result: &Value = &answer["AuthenticationResult"];
    assert!(result["NewDeviceMetadata"].is_null(), "{answer}");
    assert_eq!(
        Tokens::from(&answer).access_claims()["device_key"],
        json!(key)
    );
}

both_stores! {
    /// A device that is known and not remembered need not prove itself: the session is opened from it, and no keys
    /// are issued. SRP may name it at either step.
    async fn a_known_device_gets_no_new_keys(server: TestServer) {
        let app = client_with_devices(&server, true).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let key = device.key.as_str();
        assert_from(sign_in_from(&app, "ada", key).await, key);
        assert_from(by_srp(&app, Some(key), None).await, key);
        assert_from(by_srp(&app, None, Some(key)).await, key);
        assert_from(by_srp(&app, Some(key), Some(key)).await, key);
        invited_user(&app.pool, "bob", PASSWORD, json!({})).await;
        let challenge = app.initiate("bob", PASSWORD).await.ok();
        let answer = choose_password(&app, &challenge, NEW_PASSWORD, json!({ "DEVICE_KEY": key })).await;
        refused(&answer, NO_SUCH_DEVICE);
        choose_password(&app, &challenge, NEW_PASSWORD, json!({})).await.ok();
    }

    /// A key that the user has no device with, whoever else has: Amplify then drops it and tries again without.
    async fn an_unknown_device_is_refused_after_the_password(server: TestServer) {
        let app = client_with_devices(&server, true).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let (bobs, _) = confirmed_device(&app, "bob").await;
        for key in [UNKNOWN_KEY, &bobs.key] {
            refused(&sign_in_from(&app, "ada", key).await, NO_SUCH_DEVICE);
            refused(&by_srp(&app, Some(key), None).await, NO_SUCH_DEVICE);
            refused(&by_srp(&app, None, Some(key)).await, NO_SUCH_DEVICE);
            let parameters = json!({ "USERNAME": "ada", "PASSWORD": WRONG_PASSWORD, "DEVICE_KEY": key });
            incorrect(&initiate(&app, "USER_PASSWORD_AUTH", parameters).await);
        }
        app.sign_in("ada").await;
    }

    /// Clients answer the challenge again without the key that was refused: the refusal has not used it up.
    async fn a_challenge_outlives_the_refusal_of_a_device(server: TestServer) {
        let app = client_with_devices(&server, true).await;
        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await.ok();
        let answer = client.response(&app, &challenge, PASSWORD);
        for (key, refusal) in [(UNKNOWN_KEY, NO_SUCH_DEVICE), ("no key", NOT_ISSUED)] {
            let mut naming = answer.clone();
            naming["ChallengeResponses"]["DEVICE_KEY"] = json!(key);
            refused(&app.call("RespondToAuthChallenge", naming).await, refusal);
        }
        let signed_in = app.call("RespondToAuthChallenge", answer.clone()).await.ok();
        assert!(signed_in["AuthenticationResult"]["NewDeviceMetadata"].is_object(), "{signed_in}");
        let text = "Invalid session for the user, session can only be used once.";
        not_authorized(&app.call("RespondToAuthChallenge", answer).await, text);
    }

    /// A user that is locked out learns nothing of a device: the lock comes first.
    async fn a_locked_user_learns_nothing_of_a_device(server: TestServer) {
        let app = client_with_devices(&server, true).await;
        // The twelfth failure locks for 128 seconds; each before it for half as long as the next.
        for failures in 1..=12_u32 {
            incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
            if (5..12).contains(&failures) {
                server.advance(1 << (failures - 5)).await;
            }
        }
        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await.ok();
        let mut answer = client.response(&app, &challenge, PASSWORD);
        answer["ChallengeResponses"]["DEVICE_KEY"] = json!(UNKNOWN_KEY);
        let locked = "Password attempts exceeded";
        not_authorized(&app.call("RespondToAuthChallenge", answer).await, locked);
        not_authorized(&sign_in_from(&app, "ada", UNKNOWN_KEY).await, locked);
    }

    /// What is no device key at all; an empty text is none.
    async fn what_is_no_key_is_refused(server: TestServer) {
        let app = client_with_devices(&server, true).await;
        let long = format!("us-east-1_{}", "0".repeat(46));
        for key in ["no key", "us-east-1", &long, &"x".repeat(9_000)] {
            refused(&sign_in_from(&app, "ada", key).await, NOT_ISSUED);
            refused(&by_srp(&app, Some(key), None).await, NOT_ISSUED);
            refused(&by_srp(&app, None, Some(key)).await, NOT_ISSUED);
        }
        let answer = sign_in_from(&app, "ada", "").await.ok();
        assert!(answer["AuthenticationResult"]["NewDeviceMetadata"].is_object(), "{answer}");
    }
}
