//! DEVICE_SRP_AUTH: when it is asked, and its answers (sections 5.1, 5.4, 5.9, administration 12.4).

use serde_json::{Value, json};

use super::{NO_SUCH_DEVICE, NOT_ISSUED, UNKNOWN_KEY, asked, challenged};
use crate::support::answer::member_names;
use crate::support::device_srp::{DeviceSrp, PRIME, begin, prove};
use crate::support::devices::{client_with_devices, confirmed_device, sign_in_from};
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::PASSWORD;
use crate::support::refusals::{invalid_parameter, refused};
use crate::support::sign_in::{choose_password, initiate, respond, tokens_of};
use crate::support::users::{confirmed_user, set_password};
use crate::support::{Answer, AppClient, SrpClient, TestServer, both_stores};

/// Section 5.1.
const NO_A: &str = "SRP_A is not a valid value.";

/// A sign-in by SRP that names the device at its beginning or in its answer.
async fn by_srp(app: &AppClient, key: &str, at_begin: bool) -> Answer {
    let client = SrpClient::new();
    let mut parameters = json!({ "USERNAME": "ada", "SRP_A": client.a() });
    if at_begin {
        parameters["DEVICE_KEY"] = json!(key);
    }
    let challenge = initiate(app, "USER_SRP_AUTH", parameters).await.ok();
    let mut response = client.response(app, &challenge, PASSWORD);
    if !at_begin {
        response["ChallengeResponses"]["DEVICE_KEY"] = json!(key);
    }
    app.call("RespondToAuthChallenge", response).await
}

/// USER_AUTH with the password, chosen at once or by SELECT_CHALLENGE.
async fn by_choice(app: &AppClient, key: &str, at_once: bool) -> Answer {
    let mut parameters = json!({ "USERNAME": "ada" });
    if at_once {
        parameters["PREFERRED_CHALLENGE"] = json!("PASSWORD");
        parameters["PASSWORD"] = json!(PASSWORD);
        parameters["DEVICE_KEY"] = json!(key);
        return initiate(app, "USER_AUTH", parameters).await;
    }
    let challenge = initiate(app, "USER_AUTH", parameters).await.ok();
    let answers = json!({
        "USERNAME": "ada", "ANSWER": "PASSWORD", "PASSWORD": PASSWORD, "DEVICE_KEY": key,
    });
    respond(app, &challenge, answers).await
}

#[track_caller]
fn assert_asks(challenge: &Value) {
    assert_eq!(member_names(challenge), ["ChallengeName", "ChallengeParameters", "Session"]);
    assert_eq!(challenge["ChallengeName"], "DEVICE_SRP_AUTH");
    assert_eq!(challenge["ChallengeParameters"], json!({}));
    let session = challenge["Session"].as_str().unwrap();
    assert!(session.starts_with("AYABe") && session.len() <= 4096, "{session}");
}

both_stores! {
    /// Every way to prove the first factor leads to the challenge where a remembered device is named, and on to
    /// tokens.
    async fn a_remembered_device_is_asked(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let key = device.key.as_str();
        let choosing = app.pool.client(json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        for (app, answer) in [
            (&app, sign_in_from(&app, "ada", key).await),
            (&app, by_srp(&app, key, true).await),
            (&app, by_srp(&app, key, false).await),
            (&choosing, by_choice(&choosing, key, true).await),
            (&choosing, by_choice(&choosing, key, false).await),
        ] {
            let challenge = answer.ok();
            assert_asks(&challenge);
            let answer = prove(app, &device, &challenge).await.ok();
            assert!(answer["AuthenticationResult"]["AccessToken"].is_string(), "{answer}");
        }
    }

    /// Only a device that is remembered is asked: one that is only known signs in at once.
    async fn only_a_remembered_device_is_asked(server: TestServer) {
        let app = client_with_devices(&server, true).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        let signed_in = tokens_of(sign_in_from(&app, "ada", &device.key).await);
        assert_eq!(signed_in.access_claims()["device_key"], json!(device.key));
        for (status, is_asked) in [("remembered", true), ("not_remembered", false)] {
            let input = json!({ "DeviceKey": device.key, "DeviceRememberedStatus": status });
            app.with_token("UpdateDeviceStatus", &tokens.access, input).await.ok();
            let answer = sign_in_from(&app, "ada", &device.key).await.ok();
            assert_eq!(answer["ChallengeName"] == "DEVICE_SRP_AUTH", is_asked, "{answer}");
            assert_eq!(answer["AuthenticationResult"].is_object(), !is_asked, "{answer}");
        }
    }

    /// A pool that remembers devices no more asks none.
    async fn a_pool_without_devices_asks_none(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        app.pool.admin("UpdateUserPool", json!({})).await.ok();
        let tokens = tokens_of(sign_in_from(&app, "ada", &device.key).await);
        assert!(tokens.access_claims()["device_key"].is_null());
    }

    /// The answer to A, member by member: the page's parameters.
    async fn the_answer_to_a_has_the_parameters_of_the_page(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let (_, next) = begin(&app, &device, &challenge).await;
        assert_eq!(member_names(&next), ["ChallengeName", "ChallengeParameters", "Session"]);
        assert_eq!(next["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
        let parameters = &next["ChallengeParameters"];
        let expected = ["DEVICE_KEY", "SALT", "SECRET_BLOCK", "SRP_B", "USERNAME"];
        assert_eq!(member_names(parameters), expected);
        assert_eq!(parameters["DEVICE_KEY"], json!(device.key));
        assert_eq!(parameters["USERNAME"], "ada");
        assert_eq!(parameters["SALT"], json!(hex::encode(device.salt)));
        assert_ne!(next["Session"], challenge["Session"]);
    }

    /// An A that is zero modulo the prime, or no number, proves nothing, and leaves the session as it is.
    async fn an_a_that_would_prove_itself_is_refused(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let answers = DeviceSrp::new().begin(&app, &device, "ada");
        for srp_a in ["0", "00", PRIME, &format!("00{PRIME}"), "no number", &"f".repeat(800)] {
            let mut answers = answers.clone();
            answers["SRP_A"] = json!(srp_a);
            invalid_parameter(&respond(&app, &challenge, answers).await, NO_A);
        }
        tokens_of(prove(&app, &device, &challenge).await);
    }

    /// Each answer that is missing, or empty, is named.
    async fn missing_answers_are_named(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let answers = DeviceSrp::new().begin(&app, &device, "ada");
        for name in ["USERNAME", "DEVICE_KEY", "SRP_A"] {
            for value in [json!(null), json!("")] {
                let mut answers = answers.clone();
                answers[name] = value.clone();
                if value.is_null() {
                    answers.as_object_mut().unwrap().remove(name);
                }
                let text = format!("Missing required parameter {name}");
                invalid_parameter(&respond(&app, &challenge, answers).await, &text);
            }
        }
        tokens_of(prove(&app, &device, &challenge).await);
    }

    /// The key of another device, of the same user too, and what is none.
    async fn only_the_device_that_was_named_answers(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let (other, _) = confirmed_device(&app, "ada").await;
        let challenge = challenged(&app, &device).await;
        for key in [other.key.as_str(), UNKNOWN_KEY, "no key", &device.key.to_uppercase()] {
            let mut answers = DeviceSrp::new().begin(&app, &device, "ada");
            answers["DEVICE_KEY"] = json!(key);
            refused(&respond(&app, &challenge, answers).await, NOT_ISSUED);
        }
        tokens_of(prove(&app, &device, &challenge).await);
    }

    /// A device that was forgotten since it was asked: clients drop its key then.
    async fn a_forgotten_device_does_not_begin(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let input = json!({ "Username": "ada", "DeviceKey": device.key });
        app.pool.admin("AdminForgetDevice", input).await.ok();
        let answers = DeviceSrp::new().begin(&app, &device, "ada");
        refused(&respond(&app, &challenge, answers).await, NO_SUCH_DEVICE);
        refused(&sign_in_from(&app, "ada", &device.key).await, NO_SUCH_DEVICE);
    }

    /// A new password, and a code by e-mail as the first factor, lead to the challenge too.
    async fn other_first_answers_lead_to_it(server: TestServer) {
        let pool = server
            .pool(json!({
                "DeviceConfiguration": {},
                "Policies": {
                    "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] },
                },
            }))
            .await;
        let contact = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", contact).await;
        let app = pool.client(json!({})).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let choosing = pool.client(json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        let parameters = json!({ "USERNAME": "ada", "PREFERRED_CHALLENGE": "EMAIL_OTP" });
        let sent = initiate(&choosing, "USER_AUTH", parameters).await.ok();
        let code = pool.inbox("ada@example.com").code().await;
        let answers = json!({ "USERNAME": "ada", "EMAIL_OTP_CODE": code, "DEVICE_KEY": device.key });
        let challenge = respond(&choosing, &sent, answers).await.ok();
        assert_asks(&challenge);
        tokens_of(prove(&choosing, &device, &challenge).await);

        set_password(&pool, "ada", "Temp0rary-Donkey?", false).await.ok();
        let temporary = app.initiate("ada", "Temp0rary-Donkey?").await.ok();
        let naming = json!({ "DEVICE_KEY": device.key });
        let challenge = choose_password(&app, &temporary, NEW_PASSWORD, naming).await.ok();
        assert_asks(&challenge);
        tokens_of(prove(&app, &device, &challenge).await);
    }
}
