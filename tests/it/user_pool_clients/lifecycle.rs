//! Where an app client is found and listed, how it is deleted, and updates at the same time.

use serde_json::{Value, json};

use super::{INVALID, NOT_FOUND, described, plain, update};
use crate::support::{TestServer, both_stores};

both_stores! {
    /// A client is known in its own pool only, and not after it was deleted.
    async fn a_client_belongs_to_its_pool(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let app = plain(&pool).await;
        let text = format!("User pool client {} does not exist.", app.id);
        let input = json!({ "ClientId": app.id });
        let operations = ["DescribeUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient"];
        for operation in operations {
            other.admin(operation, input.clone()).await.fails(NOT_FOUND, &text);
        }
        let deleted = pool.admin("DeleteUserPoolClient", input.clone()).await.ok();
        assert_eq!(deleted, json!({}));
        for operation in operations {
            pool.admin(operation, input.clone()).await.fails(NOT_FOUND, &text);
        }
    }

    /// Every client is on exactly one page, with its name and nothing secret.
    async fn each_client_is_on_one_page(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        plain(&other).await;
        let mut made = Vec::new();
        for n in 0..5 {
            let name = format!("app {n}");
            let app = pool.client(json!({ "ClientName": name, "GenerateSecret": true })).await;
            made.push(json!({
                "ClientId": app.id, "ClientName": name, "UserPoolId": pool.id,
            }));
        }
        made.sort_by_key(|app| app["ClientId"].as_str().unwrap().to_owned());
        let mut listed = Vec::new();
        let mut token = Value::Null;
        loop {
            let input = json!({ "MaxResults": 2, "NextToken": token });
            let page = pool.admin("ListUserPoolClients", input).await.ok();
            listed.extend(page["UserPoolClients"].as_array().unwrap().clone());
            match page.get("NextToken") {
                Some(next) => token = next.clone(),
                None => break,
            }
        }
        assert_eq!(listed, made);
        let whole = pool.admin("ListUserPoolClients", json!({})).await.ok();
        assert_eq!(whole["UserPoolClients"], json!(made));
        let input = json!({ "NextToken": token });
        other.admin("ListUserPoolClients", input).await.fails_as(INVALID);
        let dynamic = pool.admin("ListUserPoolClients", json!({ "ClientType": "DCR" })).await.ok();
        assert_eq!(dynamic["UserPoolClients"], json!([]));
    }

    /// Each of many concurrent updates is carried out whole.
    async fn concurrent_updates_do_not_mix(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = plain(&pool).await;
        let calls: Vec<_> = (3..=15)
            .map(|minutes| {
                let app = app.clone();
                tokio::spawn(async move {
                    let name = format!("app {minutes}");
                    update(&app, json!({ "ClientName": name, "AuthSessionValidity": minutes })).await
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap().ok();
        }
        let found = described(&app).await;
        let minutes = &found["AuthSessionValidity"];
        assert_eq!(found["ClientName"], format!("app {minutes}"));
    }
}
