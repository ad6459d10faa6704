//! Domains.

use serde_json::{Value, json};

use super::{NAMES, Proof, restarted, started};
use crate::support::{Pool, TestStore, both_stores};

const CUSTOM: &str = "login.example.com";

async fn described(pool: &Pool, domain: &str) -> Value {
    let input = json!({ "Domain": domain });
    let answer = pool
        .endpoint()
        .admin
        .call("DescribeUserPoolDomain", input)
        .await;
    answer.ok()["DomainDescription"].clone()
}

fn certificate(name: &str) -> String {
    format!("arn:aws:acm:us-east-1:000000000000:certificate/{name}")
}

fn routing(region: &str, check: &str) -> Value {
    json!({ "Failover": { "SecondaryRegion": region, "PrimaryRoute53HealthCheckId": check } })
}

both_stores! {
    async fn domains_of_a_pool(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let custom = json!({
            "UserPoolId": pool.id, "Domain": CUSTOM, "ManagedLoginVersion": 2,
            "CustomDomainConfig": {
                "CertificateArn": certificate("one"), "SecurityPolicy": "TLS_V1_2_2021",
            },
            "Routing": routing("eu-west-1", "check-1"),
        });
        let prefix = json!({ "UserPoolId": pool.id, "Domain": "team", "ManagedLoginVersion": 2 });
        for input in [&custom, &prefix] {
            pool.admin("CreateUserPoolDomain", input.clone()).await.ok();
        }
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let made = described(&pool, CUSTOM).await;
        let mut proof = Proof::of("CreateUserPoolDomain");
        proof.shown(&custom, &json!({}), &made);
        proof.shown(&prefix, &json!({}), &described(&pool, "team").await);
        proof.end();

        let updated = json!({
            "UserPoolId": pool.id, "Domain": CUSTOM, "ManagedLoginVersion": 1,
            "CustomDomainConfig": {
                "CertificateArn": certificate("two"), "SecurityPolicy": "TLS_V1_3_2025",
            },
            "Routing": routing("eu-west-2", "check-2"),
        });
        pool.admin("UpdateUserPoolDomain", updated.clone()).await.ok();
        let server = restarted(server, &store).await;
        let changed = described(&pool.on(&server), CUSTOM).await;
        let mut proof = Proof::of("UpdateUserPoolDomain").alike(&["UserPoolId", "Domain"], NAMES);
        proof.shown(&updated, &made, &changed);
        proof.end();
        server.stop().await;
    }
}
