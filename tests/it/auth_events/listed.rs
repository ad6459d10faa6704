//! AdminListUserAuthEvents and AdminUpdateAuthEventFeedback: section 7.3 of the administrator's page.

use serde_json::{Value, json};

use crate::support::answer::{Answer, member_names};
use crate::support::passwords::{NEW_PASSWORD, change_password};
use crate::support::pools::{AppClient, Pool};
use crate::support::refusals::{NO_SUCH_USER, invalid_parameter, refused};
use crate::support::users::{call_for_user, confirmed_user};
use crate::support::{TestServer, both_stores};

const NO_ADD_ONS: (&str, &str) = (
    "UserPoolAddOnNotEnabledException",
    "User pool add-ons are not enabled.",
);
const NO_EVENT: (&str, &str) = ("ResourceNotFoundException", "Event does not exist.");
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

/// A client of a pool with threat protection, and Ada and Bob.
async fn client(server: &TestServer) -> AppClient {
    let add_ons = json!({ "AdvancedSecurityMode": "AUDIT" });
    let pool = server
        .pool(json!({ "UserPoolAddOns": add_ons, "UserPoolTier": "PLUS" }))
        .await;
    for name in ["ada", "bob"] {
        confirmed_user(&pool, name, json!({})).await;
    }
    pool.client(json!({})).await
}

async fn events(pool: &Pool, mut input: Value) -> Answer {
    input["Username"] = json!("ada");
    pool.admin("AdminListUserAuthEvents", input).await
}

async fn say(pool: &Pool, username: &str, event_id: &str, value: &str) -> Answer {
    let input = json!({ "Username": username, "EventId": event_id, "FeedbackValue": value });
    pool.admin("AdminUpdateAuthEventFeedback", input).await
}

/// Type and response of each event.
#[track_caller]
fn kinds(page: &Value) -> Vec<String> {
    let events = page["AuthEvents"].as_array().expect("a list of events");
    events
        .iter()
        .map(|event| {
            let text = |member: &str| event[member].as_str().unwrap().to_owned();
            format!("{} {}", text("EventType"), text("EventResponse"))
        })
        .collect()
}

both_stores! {
    /// The newest first, each with all that is known of it; what has no name in the interface is left out.
    async fn events_are_listed_the_newest_first(server: TestServer) {
        let app = client(&server).await;
        let known = kinds(&events(&app.pool, json!({})).await.ok());
        let from = app.on_device("127.0.0.2", FIREFOX);
        server.advance(1).await;
        let tokens = from.sign_in("ada").await;
        server.advance(1).await;
        from.initiate("ada", "Wr0ng-Donkey!").await.fails_as("NotAuthorizedException");
        server.advance(1).await;
        change_password(&from, &tokens.access, crate::support::pools::PASSWORD, NEW_PASSWORD).await.ok();
        server.advance(1).await;
        // A revocation is recorded, and has no name here.
        call_for_user(&app.pool, "AdminUserGlobalSignOut", "ada").await.ok();
        app.sign_up("carol", json!({})).await.ok();

        let page = events(&app.pool, json!({})).await.ok();
        assert_eq!(member_names(&page), ["AuthEvents"]);
        let mut expected = vec![
            "PasswordChange Pass".to_owned(), "SignIn Fail".to_owned(), "SignIn Pass".to_owned(),
        ];
        expected.extend(known);
        assert_eq!(kinds(&page), expected);
        let sign_in = &page["AuthEvents"][2];
        assert_eq!(
            member_names(sign_in),
            [
                "ChallengeResponses", "CreationDate", "EventContextData", "EventId", "EventResponse",
                "EventRisk", "EventType",
            ]
        );
        assert_eq!(sign_in["EventId"], tokens.access_claims()["event_id"]);
        assert_eq!(
            sign_in["ChallengeResponses"],
            json!([{ "ChallengeName": "Password", "ChallengeResponse": "Success" }])
        );
        assert_eq!(
            page["AuthEvents"][1]["ChallengeResponses"],
            json!([{ "ChallengeName": "Password", "ChallengeResponse": "Failure" }])
        );
        assert_eq!(
            sign_in["EventRisk"],
            json!({ "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false })
        );
        assert_eq!(
            sign_in["EventContextData"],
            json!({
                "IpAddress": "127.0.0.2", "DeviceName": "Firefox on Linux", "City": "null",
                "Country": "unknown",
            })
        );
    }

    /// Pages stay right while further events are recorded, and are the user's own.
    async fn events_are_listed_page_by_page(server: TestServer) {
        let app = client(&server).await;
        let mut ids = Vec::new();
        for _ in 0..5 {
            server.advance(1).await;
            ids.insert(0, app.sign_in("ada").await.access_claims()["event_id"].clone());
            app.sign_in("bob").await;
        }
        let mut seen = Vec::new();
        let mut tokens = Vec::new();
        let mut input = json!({ "MaxResults": 2 });
        for _ in 0..3 {
            let page = events(&app.pool, input.clone()).await.ok();
            let found = page["AuthEvents"].as_array().unwrap();
            assert_eq!(found.len(), 2, "{page}");
            seen.extend(found.iter().map(|event| event["EventId"].clone()));
            tokens.push(page["NextToken"].clone());
            input["NextToken"] = page["NextToken"].clone();
            server.advance(1).await;
            app.sign_in("ada").await;
        }
        // The sixth is the password that Ada was given.
        assert_eq!(seen[..5], ids);
        assert!(tokens[0].is_string() && tokens[1].is_string() && tokens[2].is_null(), "{tokens:?}");
        let other = json!({ "Username": "bob", "NextToken": tokens[0] });
        let answer = app.pool.admin("AdminListUserAuthEvents", other).await;
        invalid_parameter(&answer, "Invalid pagination token");
    }

    /// An administrator says whose a sign-in was, and may change its mind.
    async fn an_administrator_says_whose_a_sign_in_was(server: TestServer) {
        let app = client(&server).await;
        let claims = app.sign_in("ada").await.access_claims();
        let id = claims["event_id"].as_str().unwrap();
        for value in ["Invalid", "Valid"] {
            server.advance(10).await;
            assert_eq!(say(&app.pool, "ada", id, value).await.ok(), json!({}));
            let page = events(&app.pool, json!({ "MaxResults": 1 })).await.ok();
            let feedback = &page["AuthEvents"][0]["EventFeedback"];
            assert_eq!(member_names(feedback), ["FeedbackDate", "FeedbackValue", "Provider"]);
            assert_eq!(feedback["FeedbackValue"], json!(value));
            assert_eq!(feedback["Provider"], "Admin");
            let date = feedback["FeedbackDate"].as_f64().unwrap();
            assert!(date > page["AuthEvents"][0]["CreationDate"].as_f64().unwrap());
        }
    }

    /// No user, another user's event, no event, and a pool without the add-on.
    async fn refusals(server: TestServer) {
        let app = client(&server).await;
        let pool = &app.pool;
        let claims = app.sign_in("ada").await.access_claims();
        let id = claims["event_id"].as_str().unwrap();
        let input = json!({ "Username": "nobody" });
        refused(&pool.admin("AdminListUserAuthEvents", input).await, NO_SUCH_USER);
        refused(&say(pool, "nobody", id, "Valid").await, NO_SUCH_USER);
        refused(&say(pool, "bob", id, "Valid").await, NO_EVENT);
        let made_up = "00000000-0000-4000-8000-000000000000";
        refused(&say(pool, "ada", made_up, "Valid").await, NO_EVENT);
        let page = events(pool, json!({ "MaxResults": 1 })).await.ok();
        assert!(page["AuthEvents"][0].get("EventFeedback").is_none());
        let plain = server.pool(json!({})).await;
        confirmed_user(&plain, "ada", json!({})).await;
        refused(&events(&plain, json!({})).await, NO_ADD_ONS);
        refused(&say(&plain, "ada", id, "Valid").await, NO_ADD_ONS);
    }
}
