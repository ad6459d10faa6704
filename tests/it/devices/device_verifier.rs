//! DEVICE_PASSWORD_VERIFIER: the device's proof, and what a right one brings (sections 5.1, 5.4, administration
//! 12.4).

use serde_json::{Value, json};

use super::{NO_SUCH_DEVICE, NOT_ISSUED, UNKNOWN_KEY, asked, challenged, changed};
use crate::support::device_srp::{DeviceSrp, begin, prove};
use crate::support::devices::{Device, client_with_devices, confirmed_device, devices_of_ada};
use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, invalid_parameter, not_authorized, refused};
use crate::support::sign_in::{respond, tokens_of};
use crate::support::tokens::REFRESHES;
use crate::support::{Answer, AppClient, SrpClient, TestServer, Tokens, both_stores};

/// `ada`'s device, the exchange that it has begun, and the challenge to end it.
async fn begun(server: &TestServer) -> (AppClient, Device, DeviceSrp, Value) {
    let (app, device, challenge) = asked(server).await;
    let (exchange, proof) = begin(&app, &device, &challenge).await;
    (app, device, exchange, proof)
}

/// Answers with one parameter replaced.
async fn with(app: &AppClient, proof: &Value, answers: &Value, name: &str, value: Value) -> Answer {
    let mut answers = answers.clone();
    answers[name] = value;
    respond(app, proof, answers).await
}

/// When the device was last signed in from, in seconds.
async fn last_authenticated(app: &AppClient, key: &str) -> i64 {
    let input = json!({ "Username": "ada", "DeviceKey": key });
    let answer = app.pool.admin("AdminGetDevice", input).await.ok();
    answer["Device"]["DeviceLastAuthenticatedDate"].as_f64().unwrap() as i64
}

both_stores! {
    /// A right proof signs in: the session is the device's, no keys are issued, the device's last sign-in is
    /// recorded, and the tokens are refreshed with its key.
    async fn a_right_proof_signs_in(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        server.advance(3600).await;
        let challenge = challenged(&app, &device).await;
        let before = last_authenticated(&app, &device.key).await;
        let answer = prove(&app, &device, &challenge).await.ok();
        assert!(answer["AuthenticationResult"]["NewDeviceMetadata"].is_null(), "{answer}");
        assert_eq!(answer["ChallengeParameters"], json!({}));
        let tokens = Tokens::from(&answer);
        assert_eq!(tokens.access_claims()["device_key"], json!(device.key));
        let after = last_authenticated(&app, &device.key).await;
        assert!((3600..3700).contains(&(after - before)), "{before} {after}");
        for way in REFRESHES {
            not_authorized(&way.call(&app, &tokens.refresh).await, "Invalid Refresh Token");
            way.call_from(&app, &tokens.refresh, Some(&device.key)).await.ok();
        }
        assert_eq!(devices_of_ada(&app.pool).await, [device.key]);
    }

    /// A client with a secret sends its hash at each step.
    async fn a_client_with_a_secret_sends_its_hash(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let app = app.pool.client(json!({ "GenerateSecret": true })).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let parameters = json!({
            "USERNAME": "ada", "PASSWORD": PASSWORD, "DEVICE_KEY": device.key,
            "SECRET_HASH": app.secret_hash("ada"),
        });
        let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        let challenge = app.call("InitiateAuth", input).await.ok();
        let exchange = DeviceSrp::new();
        let mut without = exchange.begin(&app, &device, "ada");
        without.as_object_mut().unwrap().remove("SECRET_HASH");
        let text = format!("Client {} is configured with secret but SECRET_HASH was not received", app.id);
        not_authorized(&respond(&app, &challenge, without).await, &text);
        let proof = respond(&app, &challenge, exchange.begin(&app, &device, "ada")).await.ok();
        let answers = exchange.end(&app, &device, &proof);
        let mut without = answers.clone();
        without.as_object_mut().unwrap().remove("SECRET_HASH");
        not_authorized(&respond(&app, &proof, without).await, &text);
        tokens_of(respond(&app, &proof, answers).await);
    }

    /// A wrong device secret proves nothing; the right one afterwards does, since a wrong proof uses nothing up.
    async fn a_wrong_device_secret_proves_nothing(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let answers = exchange.end(&app, &device, &proof);
        let wrong = Device { password: "another password".to_owned(), ..device.clone() };
        let other_group = Device { group_key: "-00000000".to_owned(), ..device.clone() };
        for device in [wrong, other_group] {
            incorrect(&respond(&app, &proof, exchange.end(&app, &device, &proof)).await);
        }
        // The user's own password is none of the device's.
        let users = Device { password: PASSWORD.to_owned(), ..device.clone() };
        incorrect(&respond(&app, &proof, exchange.end(&app, &users, &proof)).await);
        // Another exchange's key, and what is no signature.
        incorrect(&respond(&app, &proof, DeviceSrp::new().end(&app, &device, &proof)).await);
        for signature in ["no base64", "AAAA", "A"] {
            let answer = with(&app, &proof, &answers, "PASSWORD_CLAIM_SIGNATURE", json!(signature)).await;
            incorrect(&answer);
        }
        tokens_of(respond(&app, &proof, answers).await);
    }

    /// Wrong proofs count as wrong passwords do, so that nobody guesses on.
    async fn wrong_proofs_lock_out(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let wrong = Device { password: "another password".to_owned(), ..device.clone() };
        // The ninth failure locks for 16 seconds; each before it, from the fifth on, for half as long as the next.
        for failures in 1..=9_u32 {
            incorrect(&respond(&app, &proof, exchange.end(&app, &wrong, &proof)).await);
            if (5..9).contains(&failures) {
                server.advance(1 << (failures - 5)).await;
            }
        }
        let locked = "Password attempts exceeded";
        let right = exchange.end(&app, &device, &proof);
        not_authorized(&respond(&app, &proof, right.clone()).await, locked);
        not_authorized(&app.initiate("ada", PASSWORD).await, locked);
        server.advance(17).await;
        tokens_of(respond(&app, &proof, right).await);
    }

    /// The claim is of now by the server's clock, give or take five minutes, and in the one form of the page.
    async fn a_claim_is_dated_now(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let format = |seconds: i64| {
            let time = app.pool.endpoint().now() + jiff::SignedDuration::from_secs(seconds);
            time.strftime("%a %b %-d %H:%M:%S UTC %Y").to_string()
        };
        for seconds in [-310, 310, -86_400] {
            let answers = exchange.end_at(&app, &device, &proof, &format(seconds));
            incorrect(&respond(&app, &proof, answers).await);
        }
        for timestamp in ["now", "2023-09-05T09:04:01Z", "Tue Sep 05 09:04:01 UTC 2023"] {
            let answers = exchange.end_at(&app, &device, &proof, timestamp);
            let text = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english";
            invalid_parameter(&respond(&app, &proof, answers).await, text);
        }
        let answers = exchange.end_at(&app, &device, &proof, &format(-200));
        tokens_of(respond(&app, &proof, answers).await);
    }

    /// The block is the server's, of this kind of exchange, and unchanged.
    async fn a_tampered_block_proves_nothing(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let answers = exchange.end(&app, &device, &proof);
        let client = SrpClient::new();
        let of_user = client.initiate(&app, "ada").await.ok();
        let of_user = of_user["ChallengeParameters"]["SECRET_BLOCK"].clone();
        let block = &answers["PASSWORD_CLAIM_SECRET_BLOCK"];
        let first = format!("B{}", &block.as_str().unwrap()[1..]);
        for block in [json!(first), changed(block), json!("AAAA"), json!("*"), of_user] {
            let name = "PASSWORD_CLAIM_SECRET_BLOCK";
            incorrect(&with(&app, &proof, &answers, name, block).await);
        }
        // Nor is the block of a device one of the user's password.
        let mut as_user = proof.clone();
        as_user["ChallengeName"] = json!("PASSWORD_VERIFIER");
        incorrect(&respond(&app, &as_user, answers.clone()).await);
        tokens_of(respond(&app, &proof, answers).await);
    }

    /// Each answer that is missing is named.
    async fn missing_answers_are_named(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let answers = exchange.end(&app, &device, &proof);
        for name in [
            "USERNAME", "DEVICE_KEY", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP",
        ] {
            let text = format!("Missing required parameter {name}");
            invalid_parameter(&with(&app, &proof, &answers, name, json!("")).await, &text);
        }
        tokens_of(respond(&app, &proof, answers).await);
    }

    /// The key of another device, of the same user too, and what is none.
    async fn only_the_device_that_began_ends(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let (other, _) = confirmed_device(&app, "ada").await;
        let answers = exchange.end(&app, &device, &proof);
        for key in [other.key.as_str(), UNKNOWN_KEY, "no key"] {
            refused(&with(&app, &proof, &answers, "DEVICE_KEY", json!(key)).await, NOT_ISSUED);
        }
        tokens_of(respond(&app, &proof, answers).await);
    }

    /// A device that is forgotten between the steps opens no session.
    async fn a_forgotten_device_does_not_end(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let input = json!({ "Username": "ada", "DeviceKey": device.key });
        app.pool.admin("AdminForgetDevice", input).await.ok();
        let answers = exchange.end(&app, &device, &proof);
        refused(&respond(&app, &proof, answers).await, NO_SUCH_DEVICE);
        assert!(devices_of_ada(&app.pool).await.is_empty());
    }

    /// A salt of any bytes that make the number: with a leading zero, or with its top bit set.
    async fn a_salt_is_a_number(server: TestServer) {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        let app = client_with_devices(&server, false).await;
        let answer = app.initiate("ada", PASSWORD).await.ok();
        let mut device = Device::issued(&answer);
        device.salt[0] = 0x80;
        let signed = [&[0], device.salt.as_slice()].concat();
        let mut input = device.confirmation();
        input["DeviceSecretVerifierConfig"]["Salt"] = json!(STANDARD.encode(signed));
        app.with_token("ConfirmDevice", &Tokens::from(&answer).access, input).await.ok();
        let challenge = challenged(&app, &device).await;
        tokens_of(prove(&app, &device, &challenge).await);
    }
}
