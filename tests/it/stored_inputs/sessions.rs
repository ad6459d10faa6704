//! The session configuration of pools and app clients.

use serde_json::json;

use super::{NAMES, Proof, restarted, started};
use crate::support::{TestStore, both_stores};

both_stores! {
    async fn session_configurations(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let of_client = json!({ "ClientId": app.id });
        let get_pool = "GetUserPoolSessionConfiguration";
        let get_client = "GetUserPoolClientSessionConfiguration";
        let pool_before = pool.admin(get_pool, json!({})).await.ok();
        let client_before = pool.admin(get_client, of_client.clone()).await.ok();
        let pool_input = json!({
            "UserPoolId": pool.id, "UserSessionTracking": "ENABLED",
            "TokenSession": { "MaxPerUser": 3 },
        });
        pool.admin("SetUserPoolSessionConfiguration", pool_input.clone()).await.ok();
        let client_input = json!({
            "UserPoolId": pool.id, "ClientId": app.id, "SSOSession": { "MaxValidityMinutes": 7 },
        });
        pool.admin("SetUserPoolClientSessionConfiguration", client_input.clone()).await.ok();

        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let pool_after = pool.admin(get_pool, json!({})).await.ok();
        let mut proof = Proof::of("SetUserPoolSessionConfiguration").alike(&["UserPoolId"], NAMES);
        proof.shown(&pool_input, &pool_before, &pool_after);
        proof.end();
        let client_after = pool.admin(get_client, of_client).await.ok();
        let mut proof = Proof::of("SetUserPoolClientSessionConfiguration")
            .alike(&["UserPoolId", "ClientId"], NAMES);
        proof.shown(&client_input, &client_before, &client_after);
        proof.end();
        server.stop().await;
    }
}
