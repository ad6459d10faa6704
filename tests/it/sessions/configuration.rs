//! The session configuration of pools and app clients: section 10.1 of the administrator's page.

use serde_json::{Value, json};

use crate::support::pools::AppClient;
use crate::support::{TestServer, both_stores};

fn of_pool(state: &str, most: i32) -> Value {
    json!({ "UserSessionTracking": state, "TokenSession": { "MaxPerUser": most } })
}

async fn client_minutes(app: &AppClient) -> Value {
    let input = json!({ "ClientId": app.id });
    let answer = app
        .pool
        .admin("GetUserPoolClientSessionConfiguration", input)
        .await
        .ok();
    assert_eq!(answer["UserPoolId"], app.pool.id);
    assert_eq!(answer["ClientId"], app.id);
    answer["SSOSession"]["MaxValidityMinutes"].clone()
}

both_stores! {
    /// What is set is answered, and read again; before that the documented values. An update of the pool keeps it.
    async fn a_pool_tracks_sessions(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (input, expected) in [
            (None, of_pool("DISABLED", 20)),
            (Some(of_pool("ENABLED", 1)), of_pool("ENABLED", 1)),
            (Some(of_pool("ENABLED", 100)), of_pool("ENABLED", 100)),
            (Some(of_pool("DISABLED", 7)), of_pool("DISABLED", 7)),
        ] {
            let mut expected = expected;
            expected["UserPoolId"] = json!(pool.id);
            if let Some(input) = input {
                let set = pool.admin("SetUserPoolSessionConfiguration", input).await;
                assert_eq!(set.ok(), expected);
            }
            pool.admin("UpdateUserPool", json!({})).await.ok();
            let got = pool.admin("GetUserPoolSessionConfiguration", json!({})).await.ok();
            assert_eq!(got, expected);
        }
    }

    /// A client's minutes are kept by an update of the client, and while the pool does not track sessions.
    async fn a_client_has_minutes(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        assert_eq!(client_minutes(&app).await, 60);
        let set = |minutes: i32| {
            let input = json!({ "ClientId": app.id, "SSOSession": { "MaxValidityMinutes": minutes } });
            pool.admin("SetUserPoolClientSessionConfiguration", input)
        };
        set(5).await.fails(
            "InvalidParameterException",
            "Session tracking is not enabled for the user pool.",
        );
        assert_eq!(client_minutes(&app).await, 60);
        pool.admin("SetUserPoolSessionConfiguration", of_pool("ENABLED", 20)).await.ok();
        for minutes in [0, 129_600, 5] {
            let answer = set(minutes).await.ok();
            assert_eq!(
                answer,
                json!({
                    "UserPoolId": pool.id, "ClientId": app.id,
                    "SSOSession": { "MaxValidityMinutes": minutes },
                })
            );
            assert_eq!(client_minutes(&app).await, minutes);
        }
        pool.admin("UpdateUserPoolClient", json!({ "ClientId": app.id })).await.ok();
        pool.admin("SetUserPoolSessionConfiguration", of_pool("DISABLED", 20)).await.ok();
        assert_eq!(client_minutes(&app).await, 5);
    }

    /// Members that are missing or out of bounds are refused, and nothing changes.
    async fn refusals(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        pool.admin("SetUserPoolSessionConfiguration", of_pool("ENABLED", 9)).await.ok();
        for (member, most) in [("less than or equal to 100", 101), ("greater than or equal to 1", 0)] {
            let answer = pool.admin("SetUserPoolSessionConfiguration", of_pool("ENABLED", most)).await;
            answer.fails(
                "InvalidParameterException",
                &format!(
                    "1 validation error detected: Value '{most}' at 'tokenSession.maxPerUser' failed to satisfy \
                     constraint: Member must have value {member}"
                ),
            );
        }
        let got = pool.admin("GetUserPoolSessionConfiguration", json!({})).await.ok();
        assert_eq!(got["TokenSession"]["MaxPerUser"], 9);
        let input = json!({ "ClientId": app.id, "SSOSession": { "MaxValidityMinutes": 129_601 } });
        pool.admin("SetUserPoolClientSessionConfiguration", input).await.fails(
            "InvalidParameterException",
            "1 validation error detected: Value '129601' at 'sSOSession.maxValidityMinutes' failed to satisfy \
             constraint: Member must have value less than or equal to 129600",
        );
        assert_eq!(client_minutes(&app).await, 60);
        let unknown = json!({ "UserPoolId": "us-east-1_Unknown00" });
        pool.admin("GetUserPoolSessionConfiguration", unknown).await.fails(
            "ResourceNotFoundException",
            "User pool us-east-1_Unknown00 does not exist.",
        );
        let unknown = json!({ "ClientId": "unknown" });
        pool.admin("GetUserPoolClientSessionConfiguration", unknown).await.fails(
            "ResourceNotFoundException",
            "User pool client unknown does not exist.",
        );
    }
}
