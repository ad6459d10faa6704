//! UpdateAuthEventFeedback: what the user says of a sign-in, by the token in the message that told of it.

use cognate::config::{Config, NotificationText};
use serde_json::{Value, json};

use super::Record;
use crate::support::answer::Answer;
use crate::support::pools::{AppClient, Pool};
use crate::support::sign_up::email_pool;
use crate::support::users::confirmed_user;
use crate::support::{TestServer, TestStore, both_stores};

const ADA: &str = "ada@example.com";
const NO_ADD_ONS: (&str, &str) = (
    "UserPoolAddOnNotEnabledException",
    "User pool add-ons are not enabled.",
);
const WRONG_TOKEN: (&str, &str) = ("NotAuthorizedException", "Invalid feedback token.");

/// New devices are told of, with what the feedback needs.
fn told(config: &mut Config) {
    config.notifications.new_devices = true;
    config.notifications.new_device = NotificationText {
        subject: "New sign-in of {username}".to_owned(),
        email: "{event-id} {feedback-token}".to_owned(),
        sms: "new".to_owned(),
    };
}

/// A client of a pool with threat protection in this mode, and Ada with a verified address.
async fn client(server: &TestServer, mode: &str) -> AppClient {
    let settings =
        json!({ "UserPoolAddOns": { "AdvancedSecurityMode": mode }, "UserPoolTier": "PLUS" });
    let pool = server.pool(email_pool(settings)).await;
    let ada = json!({ "email": ADA, "email_verified": "true" });
    confirmed_user(&pool, "ada", ada).await;
    pool.client(json!({})).await
}

/// Signs in from two devices; the event of the second and the token of the message that told of it.
async fn told_of(app: &AppClient) -> (String, String) {
    app.on_device("127.0.0.1", "first").sign_in("ada").await;
    let tokens = app.on_device("127.0.0.1", "second").sign_in("ada").await;
    let message = app.pool.inbox(ADA).next().await;
    assert_eq!(message.subject.as_deref(), Some("New sign-in of ada"));
    let (event_id, token) = message.body.split_once(' ').unwrap();
    assert_eq!(tokens.access_claims()["event_id"], event_id);
    (event_id.to_owned(), token.to_owned())
}

async fn say(pool: &Pool, username: &str, event_id: &str, token: &str, value: &str) -> Answer {
    let input = json!({
        "UserPoolId": pool.id, "Username": username, "EventId": event_id, "FeedbackToken": token,
        "FeedbackValue": value,
    });
    pool.endpoint()
        .client
        .call("UpdateAuthEventFeedback", input)
        .await
}

/// What is stored of the feedback on the user's events: value and provider.
async fn said(record: &Record<'_>) -> Vec<String> {
    let stored = record.column("feedback", "kind").await;
    let stored = stored.iter().filter(|feedback| *feedback != "-");
    stored
        .map(|feedback| {
            let feedback: Value = serde_json::from_str(feedback).unwrap();
            format!("{} {}", feedback["value"], feedback["provider"])
        })
        .collect()
}

both_stores! {
    /// The user says whose the sign-in was, and may change its mind.
    async fn the_user_says_whose_a_sign_in_was(store: TestStore) {
        let server = TestServer::start(&store, told).await;
        let app = client(&server, "AUDIT").await;
        let (event_id, token) = told_of(&app).await;
        let sub = app.pool.attribute("ada", "sub").await.unwrap();
        let record = Record::of(&store, &sub).await;
        for value in ["Invalid", "Valid"] {
            assert_eq!(say(&app.pool, "ada", &event_id, &token, value).await.ok(), json!({}));
            let value = value.to_lowercase();
            assert_eq!(said(&record).await, [format!("\"{value}\" \"user\"")]);
        }
        server.stop().await;
    }

    /// A token of another event, of another user's, or made up; a pool without the add-on. Nothing is stored.
    async fn refusals(store: TestStore) {
        let server = TestServer::start(&store, told).await;
        let app = client(&server, "AUDIT").await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let (event_id, token) = told_of(&app).await;
        let record = Record::of(&store, &app.pool.attribute("ada", "sub").await.unwrap()).await;
        let pool = &app.pool;
        let other_event = "00000000-0000-4000-8000-000000000000";
        let changed = format!("{}{}", if token.starts_with('A') { "B" } else { "A" }, &token[1..]);
        for (username, event_id, token) in [
            ("ada", other_event, token.as_str()),
            ("bob", &event_id, &token),
            ("ada", &event_id, &changed),
            ("ada", &event_id, "made-up"),
            ("nobody", &event_id, &token),
        ] {
            say(pool, username, event_id, token, "Invalid")
                .await
                .fails(WRONG_TOKEN.0, WRONG_TOKEN.1);
        }
        assert!(said(&record).await.is_empty());
        for mode in [json!({}), json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "OFF" } })] {
            let pool = server.pool(mode).await;
            confirmed_user(&pool, "ada", json!({})).await;
            say(&pool, "ada", &event_id, &token, "Invalid")
                .await
                .fails(NO_ADD_ONS.0, NO_ADD_ONS.1);
        }
        server.stop().await;
    }
}
