//! Devices, and what is said of sign-ins.

use cognate::config::{Config, NotificationText};
use serde_json::{Value, json};

use super::{CREDENTIAL, NAMES, Proof, restarted, started};
use crate::support::devices::{Device, client_with_devices};
use crate::support::pools::{PASSWORD, attribute};
use crate::support::sign_up::email_pool;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, Pool, TestServer, TestStore, Tokens, both_stores};

/// The device's name and status, as an administrator sees them, in the form of the inputs.
async fn device(pool: &Pool, key: &str) -> Value {
    let input = json!({ "Username": "ada", "DeviceKey": key });
    let answer = pool.admin("AdminGetDevice", input).await.ok();
    let device = &answer["Device"];
    let shown = |name: &str| attribute(&device["DeviceAttributes"], name);
    json!({
        "DeviceKey": device["DeviceKey"], "DeviceName": shown("device_name"),
        "DeviceRememberedStatus": shown("dev:device_remembered_status"),
    })
}

/// What is said of the user's newest event, in the form of the inputs.
async fn feedback(pool: &Pool) -> Value {
    let input = json!({ "Username": "ada", "MaxResults": 1 });
    let answer = pool.admin("AdminListUserAuthEvents", input).await.ok();
    let event = &answer["AuthEvents"][0];
    json!({ "EventId": event["EventId"], "FeedbackValue": event["EventFeedback"]["FeedbackValue"] })
}

/// A server that tells users of new devices, with what their feedback needs.
async fn telling(store: &TestStore) -> TestServer {
    TestServer::start(store, |config: &mut Config| {
        config.notifications.new_devices = true;
        config.notifications.new_device = NotificationText {
            subject: "New sign-in".to_owned(),
            email: "{event-id} {feedback-token}".to_owned(),
            sms: "new".to_owned(),
        };
    })
    .await
}

/// Ada signs in from a second device: the event, and the token of the message that told of it.
async fn told_of(app: &AppClient) -> (String, String) {
    app.on_device("127.0.0.1", "first").sign_in("ada").await;
    app.pool.endpoint().advance(1).await;
    app.on_device("127.0.0.1", "second").sign_in("ada").await;
    let message = app.pool.inbox("ada@example.com").next().await;
    let (event_id, token) = message.body.split_once(' ').unwrap();
    (event_id.to_owned(), token.to_owned())
}

both_stores! {
    async fn devices_of_a_user(store: TestStore) {
        let server = started(&store).await;
        let app = client_with_devices(&server, true).await;
        let answer = app.initiate("ada", PASSWORD).await.ok();
        let (issued, access) = (Device::issued(&answer), Tokens::from(&answer).access);
        let mut confirmed = issued.confirmation();
        confirmed["AccessToken"] = json!(access);
        confirmed["DeviceName"] = json!("Ada's phone");
        server.client.call("ConfirmDevice", confirmed.clone()).await.ok();
        let key = issued.key.as_str();

        let server = restarted(server, &store).await;
        let app = app.at(&server);
        let made = device(&app.pool, key).await;
        let verifier =
            ["DeviceSecretVerifierConfig.PasswordVerifier", "DeviceSecretVerifierConfig.Salt"];
        let mut proof = Proof::of("ConfirmDevice")
            .except(&["AccessToken"], CREDENTIAL)
            .except(&verifier, "the device proves itself by them: tests/it/devices/exchange.rs");
        proof.shown(&confirmed, &json!({}), &made);
        proof.end();

        let by_user = json!({
            "AccessToken": access, "DeviceKey": key, "DeviceRememberedStatus": "remembered",
        });
        server.client.call("UpdateDeviceStatus", by_user.clone()).await.ok();
        let server = restarted(server, &store).await;
        let pool = app.pool.on(&server);
        let remembered = device(&pool, key).await;
        let mut proof = Proof::of("UpdateDeviceStatus")
            .except(&["AccessToken"], CREDENTIAL)
            .alike(&["DeviceKey"], NAMES);
        proof.shown(&by_user, &made, &remembered);
        proof.end();

        let by_admin = json!({
            "UserPoolId": pool.id, "Username": "ada", "DeviceKey": key,
            "DeviceRememberedStatus": "not_remembered",
        });
        pool.admin("AdminUpdateDeviceStatus", by_admin.clone()).await.ok();
        let server = restarted(server, &store).await;
        let forgotten = device(&pool.on(&server), key).await;
        let mut proof = Proof::of("AdminUpdateDeviceStatus")
            .except(&["UserPoolId", "Username"], NAMES)
            .alike(&["DeviceKey"], NAMES);
        proof.shown(&by_admin, &remembered, &forgotten);
        proof.end();
        server.stop().await;
    }

    async fn feedback_on_a_sign_in(store: TestStore) {
        let server = telling(&store).await;
        let add_ons = json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" } });
        let pool = server.pool(email_pool(add_ons)).await;
        let ada = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", ada).await;
        let app = pool.client(json!({})).await;
        let (event_id, token) = told_of(&app).await;
        let before = feedback(&pool).await;
        let by_user = json!({
            "UserPoolId": pool.id, "Username": "ada", "EventId": event_id, "FeedbackToken": token,
            "FeedbackValue": "Invalid",
        });
        server.client.call("UpdateAuthEventFeedback", by_user.clone()).await.ok();

        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let said = feedback(&pool).await;
        let mut proof = Proof::of("UpdateAuthEventFeedback")
            .except(&["UserPoolId", "Username"], NAMES)
            .except(&["FeedbackToken"], CREDENTIAL)
            .alike(&["EventId"], NAMES);
        proof.shown(&by_user, &before, &said);
        proof.end();
        let by_admin = json!({
            "UserPoolId": pool.id, "Username": "ada", "EventId": event_id, "FeedbackValue": "Valid",
        });
        pool.admin("AdminUpdateAuthEventFeedback", by_admin.clone()).await.ok();
        let server = restarted(server, &store).await;
        let mut proof = Proof::of("AdminUpdateAuthEventFeedback")
            .except(&["UserPoolId", "Username"], NAMES)
            .alike(&["EventId"], NAMES);
        proof.shown(&by_admin, &said, &feedback(&pool.on(&server)).await);
        proof.end();
        server.stop().await;
    }
}
