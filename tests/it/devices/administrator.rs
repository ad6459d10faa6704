//! The challenges of a device over AdminInitiateAuth and AdminRespondToAuthChallenge.

use serde_json::{Value, json};

use super::{INVALID_SESSION, NO_SUCH_DEVICE, SPENT_SESSION};
use crate::support::device_srp::DeviceSrp;
use crate::support::devices::{Device, client_with_devices, confirmed_device};
use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, not_authorized, refused};
use crate::support::sign_in::tokens_of;
use crate::support::{Answer, AppClient, SrpClient, TestServer, both_stores};

async fn initiate(app: &AppClient, flow: &str, parameters: Value) -> Answer {
    let input = json!({ "ClientId": app.id, "AuthFlow": flow, "AuthParameters": parameters });
    app.pool.admin("AdminInitiateAuth", input).await
}

async fn respond(app: &AppClient, challenge: &Value, responses: Value) -> Answer {
    let input = json!({
        "ClientId": app.id, "ChallengeName": challenge["ChallengeName"],
        "Session": challenge["Session"], "ChallengeResponses": responses,
    });
    app.pool.admin("AdminRespondToAuthChallenge", input).await
}

/// A client for administrators, and `ada`'s remembered device.
async fn by_admin(server: &TestServer) -> (AppClient, Device) {
    let app = client_with_devices(server, false).await;
    let (device, _) = confirmed_device(&app, "ada").await;
    let flows = json!(["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]);
    let app = app.pool.client(json!({ "ExplicitAuthFlows": flows })).await;
    (app, device)
}

/// The DEVICE_SRP_AUTH of a sign-in by password that names the device.
async fn challenged(app: &AppClient, device: &Device) -> Value {
    let parameters = json!({ "USERNAME": "ada", "PASSWORD": PASSWORD, "DEVICE_KEY": device.key });
    let challenge = initiate(app, "ADMIN_USER_PASSWORD_AUTH", parameters).await.ok();
    assert_eq!(challenge["ChallengeName"], "DEVICE_SRP_AUTH", "{challenge}");
    assert_eq!(challenge["ChallengeParameters"], json!({}));
    challenge
}

both_stores! {
    /// By password and by SRP, through both challenges to tokens of the device.
    async fn an_administrators_sign_in_asks_the_device(server: TestServer) {
        let (app, device) = by_admin(&server).await;
        let client = SrpClient::new();
        let parameters = json!({ "USERNAME": "ada", "SRP_A": client.a(), "DEVICE_KEY": device.key });
        let verifier = initiate(&app, "USER_SRP_AUTH", parameters).await.ok();
        let claim = client.response(&app, &verifier, PASSWORD)["ChallengeResponses"].clone();
        let by_srp = respond(&app, &verifier, claim).await.ok();
        assert_eq!(by_srp["ChallengeName"], "DEVICE_SRP_AUTH", "{by_srp}");
        for challenge in [by_srp, challenged(&app, &device).await] {
            let exchange = DeviceSrp::new();
            let begun = exchange.begin(&app, &device, "ada");
            let proof = respond(&app, &challenge, begun).await.ok();
            assert_eq!(proof["ChallengeName"], "DEVICE_PASSWORD_VERIFIER", "{proof}");
            let answer = respond(&app, &proof, exchange.end(&app, &device, &proof)).await;
            assert!(answer.clone().ok()["AuthenticationResult"]["NewDeviceMetadata"].is_null());
            let tokens = tokens_of(answer);
            assert_eq!(tokens.access_claims()["device_key"], json!(device.key));
        }
    }

    /// What is refused is refused alike: a wrong secret, another client, a used session, a forgotten device.
    async fn an_administrators_answers_are_checked_alike(server: TestServer) {
        let (app, device) = by_admin(&server).await;
        let challenge = challenged(&app, &device).await;
        let other = app.pool.client(json!({})).await;
        let exchange = DeviceSrp::new();
        let begun = exchange.begin(&app, &device, "ada");
        not_authorized(&respond(&other, &challenge, begun.clone()).await, INVALID_SESSION);
        let proof = respond(&app, &challenge, begun.clone()).await.ok();
        not_authorized(&respond(&app, &challenge, begun).await, SPENT_SESSION);
        let wrong = Device { password: "another password".to_owned(), ..device.clone() };
        incorrect(&respond(&app, &proof, exchange.end(&app, &wrong, &proof)).await);
        let answers = exchange.end(&app, &device, &proof);
        not_authorized(&respond(&other, &proof, answers.clone()).await, INVALID_SESSION);
        let input = json!({ "Username": "ada", "DeviceKey": device.key });
        app.pool.admin("AdminForgetDevice", input).await.ok();
        refused(&respond(&app, &proof, answers).await, NO_SUCH_DEVICE);
    }

    /// The sessions of one form answer the other.
    async fn the_open_form_goes_on_with_what_an_administrator_began(server: TestServer) {
        let (app, device) = by_admin(&server).await;
        let challenge = challenged(&app, &device).await;
        tokens_of(crate::support::device_srp::prove(&app, &device, &challenge).await);
    }
}
