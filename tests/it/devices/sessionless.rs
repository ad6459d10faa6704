//! Clients that answer the challenges of a device without their session, or with the one before (section 5.4).

use serde_json::{Value, json};

use super::{INVALID_SESSION, SPENT_SESSION, also_asked, asked, challenged, with_session};
use crate::support::device_srp::{DeviceSrp, begin, prove};
use crate::support::devices::{Device, client_with_devices, confirmed_device, sign_in_from};
use crate::support::pools::PASSWORD;
use crate::support::refusals::not_authorized;
use crate::support::sign_in::{respond, tokens_of};
use crate::support::totp::enrolled;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, TestServer, Tokens, both_stores};

/// The challenge as pycognito answers it: without a session.
fn without(challenge: &Value) -> Value {
    with_session(challenge, &Value::Null)
}

both_stores! {
    /// Without a session the newest sign-in that waits for the device goes on, once; the block carries the state of
    /// the second step.
    async fn a_client_without_sessions_signs_in(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let (exchange, proof) = begin(&app, &device, &without(&challenge)).await;
        let answers = exchange.end(&app, &device, &proof);
        let tokens = tokens_of(respond(&app, &without(&proof), answers.clone()).await);
        assert_eq!(tokens.access_claims()["device_key"], json!(device.key));
        not_authorized(&respond(&app, &without(&proof), answers).await, SPENT_SESSION);
        let again = DeviceSrp::new().begin(&app, &device, "ada");
        not_authorized(&respond(&app, &without(&challenge), again).await, INVALID_SESSION);
    }

    /// Nothing waits for the device before the password, of another client or user, or when the time is over.
    async fn without_a_session_only_what_waits_goes_on(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let (bobs, _) = also_asked(&app, "bob").await;
        let waits = json!({ "ChallengeName": "DEVICE_SRP_AUTH" });
        let refused = async |app: &AppClient, device: &Device, name: &str, text: &str| {
            let answers = DeviceSrp::new().begin(app, device, name);
            not_authorized(&respond(app, &waits, answers).await, text);
        };
        refused(&app, &device, "ada", INVALID_SESSION).await;
        refused(&app, &device, "bob", INVALID_SESSION).await;
        refused(&app, &bobs, "ada", INVALID_SESSION).await;
        refused(&app, &device, "nobody", INVALID_SESSION).await;
        challenged(&app, &device).await;
        let other = app.pool.client(json!({})).await;
        refused(&other, &device, "ada", INVALID_SESSION).await;
        refused(&app, &device, "bob", INVALID_SESSION).await;
        server.advance(180).await;
        let text = "Invalid session for the user, session is expired.";
        refused(&app, &device, "ada", text).await;
    }

    /// A wrong password lets nothing wait.
    async fn a_wrong_password_lets_nothing_wait(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let parameters = json!({
            "USERNAME": "ada", "PASSWORD": "Wr0ng-Donkey?", "DEVICE_KEY": device.key,
        });
        let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        not_authorized(&app.call("InitiateAuth", input).await, "Incorrect username or password.");
        let waits = json!({ "ChallengeName": "DEVICE_SRP_AUTH" });
        let answers = DeviceSrp::new().begin(&app, &device, "ada");
        not_authorized(&respond(&app, &waits, answers).await, INVALID_SESSION);
    }

    /// amazon-cognito-identity-js answers the device's challenge with the session of the code before it; that of
    /// another sign-in's code does not do.
    async fn the_session_of_the_code_before_goes_on(server: TestServer) {
        let pool = server.pool(json!({ "DeviceConfiguration": {} })).await;
        let input = json!({
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        pool.admin("SetUserPoolMfaConfig", input).await.ok();
        confirmed_user(&pool, "ada", json!({})).await;
        let app = pool.client(json!({})).await;
        let answer = app.initiate("ada", PASSWORD).await.ok();
        let (device, tokens) = (Device::issued(&answer), Tokens::from(&answer));
        device.confirm(&app, &tokens.access, json!({})).await.ok();
        let phone = enrolled(&app, &tokens).await;
        let another = app.initiate("ada", PASSWORD).await.ok();
        let code = sign_in_from(&app, "ada", &device.key).await.ok();
        assert_eq!(code["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{code}");
        let before = with_session(&json!({ "ChallengeName": "DEVICE_SRP_AUTH" }), &code["Session"]);
        let answers = DeviceSrp::new().begin(&app, &device, "ada");
        // Before the code was given nothing waits.
        not_authorized(&respond(&app, &before, answers.clone()).await, INVALID_SESSION);
        let given = json!({
            "USERNAME": "ada",
            "SOFTWARE_TOKEN_MFA_CODE": phone.code(&server, 0),
            "DEVICE_KEY": device.key,
        });
        let next = respond(&app, &code, given).await.ok();
        assert_eq!(next["ChallengeName"], "DEVICE_SRP_AUTH", "{next}");
        let other = with_session(&next, &another["Session"]);
        not_authorized(&respond(&app, &other, answers).await, INVALID_SESSION);
        let tokens = tokens_of(prove(&app, &device, &before).await);
        assert_eq!(tokens.access_claims()["device_key"], json!(device.key));
    }
}
