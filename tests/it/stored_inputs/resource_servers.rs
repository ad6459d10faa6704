//! Resource servers.

use serde_json::{Value, json};

use super::{NAMES, Proof, restarted, started};
use crate::support::{Pool, TestStore, both_stores};

async fn described(pool: &Pool) -> Value {
    let input = json!({ "Identifier": "orders" });
    pool.admin("DescribeResourceServer", input).await.ok()["ResourceServer"].clone()
}

fn input(pool: &Pool, name: &str, scopes: [(&str, &str); 2]) -> Value {
    let scope = |(name, description)| json!({ "ScopeName": name, "ScopeDescription": description });
    json!({
        "UserPoolId": pool.id, "Identifier": "orders", "Name": name, "Scopes": scopes.map(scope),
    })
}

both_stores! {
    async fn resource_servers(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let created = input(&pool, "Orders", [("write", "Change orders"), ("read", "See orders")]);
        pool.admin("CreateResourceServer", created.clone()).await.ok();
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let made = described(&pool).await;
        let mut proof = Proof::of("CreateResourceServer");
        proof.shown(&created, &json!({}), &made);
        proof.end();

        let updated = input(&pool, "Orders, new", [("all", "Everything"), ("none", "Nothing")]);
        pool.admin("UpdateResourceServer", updated.clone()).await.ok();
        let server = restarted(server, &store).await;
        let changed = described(&pool.on(&server)).await;
        let mut proof = Proof::of("UpdateResourceServer").alike(&["UserPoolId", "Identifier"], NAMES);
        proof.shown(&updated, &made, &changed);
        proof.end();
        server.stop().await;
    }
}
