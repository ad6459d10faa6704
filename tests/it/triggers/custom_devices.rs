//! Devices and events of custom sign-ins (administration 7.3, 12.4, 12.5).

use serde_json::{Value, json};

use super::custom_auth::{TRIGGERS, begin, flows, give, quiz};
use super::function::{answered, pool_with};
use crate::support::device_srp::{Device, prove};
use crate::support::pools::laid_over;
use crate::support::refusals::not_authorized;
use crate::support::sign_in::{initiate, respond, tokens_of};
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, TestServer, TestStore, both_stores};

const NO_SUCH_DEVICE: (&str, &str) = ("ResourceNotFoundException", "Device does not exist.");
const NOT_ISSUED: (&str, &str) = ("InvalidParameterException", "Invalid device key given.");
const WRONG: &str = "Incorrect username or password.";
const UNKNOWN_KEY: &str = "us-east-1_00000000-0000-4000-8000-000000000000";

/// A pool with the quiz that remembers devices, with `ada`; a client, and her id.
async fn quiz_with_devices(store: &TestStore, client: Value) -> (TestServer, AppClient, String) {
    let devices = json!({ "DeviceConfiguration": { "DeviceOnlyRememberedOnUserPrompt": false } });
    let (server, function, pool) = pool_with(store, &TRIGGERS, devices).await;
    function.answers(|event| answered(&quiz(event, 0)));
    let sub = confirmed_user(&pool, "ada", json!({})).await;
    let app = pool.client(laid_over(flows(), client)).await;
    (server, app, sub)
}

/// The right answer, from this device.
async fn give_from(app: &AppClient, challenge: &Value, username: &str, key: &str) -> Answer {
    let answers = json!({ "USERNAME": username, "ANSWER": "14", "DEVICE_KEY": key });
    respond(app, challenge, answers).await
}

/// A device that a custom sign-in was issued, confirmed.
async fn device_of_ada(app: &AppClient) -> Device {
    let answer = give(app, &begin(app, "ada").await, "ada", "14").await.ok();
    let device = Device::issued(&answer);
    let access = answer["AuthenticationResult"]["AccessToken"]
        .as_str()
        .unwrap();
    device.confirm(app, access, json!({})).await.ok();
    device
}

both_stores! {
    /// A new device gets keys; a remembered one that is named proves itself once the functions say that it is enough.
    async fn a_remembered_device_proves_itself_last(store: TestStore) {
        let (_server, app, _) = quiz_with_devices(&store, json!({})).await;
        let device = device_of_ada(&app).await;
        let challenge = begin(&app, "ada").await;
        let asked = give_from(&app, &challenge, "ada", &device.key).await.ok();
        assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
        let tokens = tokens_of(prove(&app, &device, &asked).await);
        assert_eq!(tokens.access_claims()["device_key"], json!(device.key));
        not_authorized(
            &give_from(&app, &challenge, "ada", &device.key).await,
            "Invalid session for the user.",
        );
        // What counts is the request that ends it: without a key it is a sign-in from a new device.
        let parameters = json!({ "USERNAME": "ada", "DEVICE_KEY": device.key });
        let challenge = initiate(&app, "CUSTOM_AUTH", parameters).await.ok();
        let answer = give(&app, &challenge, "ada", "14").await.ok();
        assert_ne!(Device::issued(&answer).key, device.key);
    }

    /// A wrong answer asks for no proof of the device.
    async fn the_device_does_not_replace_the_answer(store: TestStore) {
        let (_server, app, _) = quiz_with_devices(&store, json!({})).await;
        let device = device_of_ada(&app).await;
        let mut challenge = begin(&app, "ada").await;
        for _ in 0..2 {
            let wrong = json!({ "USERNAME": "ada", "ANSWER": "15", "DEVICE_KEY": device.key });
            challenge = respond(&app, &challenge, wrong).await.ok();
            assert_eq!(challenge["ChallengeName"], "CUSTOM_CHALLENGE");
        }
        let wrong = json!({ "USERNAME": "ada", "ANSWER": "15", "DEVICE_KEY": device.key });
        not_authorized(&respond(&app, &challenge, wrong).await, WRONG);
    }

    /// An unknown device uses nothing up, and is told alike whether the user exists.
    async fn an_unknown_device_uses_nothing_up(store: TestStore) {
        let hides = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let (_server, app, _) = quiz_with_devices(&store, hides).await;
        for username in ["ada", "nobody"] {
            let challenge = begin(&app, username).await;
            for (key, (type_, text)) in [(UNKNOWN_KEY, NO_SUCH_DEVICE), ("key", NOT_ISSUED)] {
                give_from(&app, &challenge, username, key).await.fails(type_, text);
                let parameters = json!({ "USERNAME": username, "DEVICE_KEY": key });
                initiate(&app, "CUSTOM_AUTH", parameters).await.fails(type_, text);
            }
            let answer = give(&app, &challenge, username, "14").await;
            if username == "ada" {
                tokens_of(answer);
            } else {
                not_authorized(&answer, WRONG);
            }
        }
    }

    /// The end of a custom sign-in is recorded, good or bad; what it waits for is not.
    async fn custom_sign_ins_are_recorded(store: TestStore) {
        let (_server, app, sub) = quiz_with_devices(&store, json!({})).await;
        let events = async || {
            let query = format!(
                "SELECT kind || ' ' || outcome || ' ' || challenges FROM auth_events
                 WHERE user_id = '{sub}' AND kind = 'sign_in' ORDER BY occurred_at"
            );
            store.ask(&query).await
        };
        let mut challenge = begin(&app, "ada").await;
        for _ in 0..2 {
            challenge = give(&app, &challenge, "ada", "15").await.ok();
        }
        assert!(events().await.is_empty());
        not_authorized(&give(&app, &challenge, "ada", "15").await, WRONG);
        assert_eq!(events().await, ["sign_in fail []"]);
        tokens_of(give(&app, &begin(&app, "ada").await, "ada", "14").await);
        assert_eq!(events().await, ["sign_in fail []", "sign_in pass []"]);
    }
}
