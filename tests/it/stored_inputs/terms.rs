//! Terms.

use serde_json::{Value, json};

use super::{NAMES, ONE_VALUE, Proof, restarted, started};
use crate::support::{Pool, TestStore, both_stores};

async fn described(pool: &Pool, id: &Value) -> Value {
    let answer = pool.admin("DescribeTerms", json!({ "TermsId": id })).await;
    answer.ok()["Terms"].clone()
}

both_stores! {
    async fn terms_of_an_app_client(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let created = json!({
            "UserPoolId": pool.id, "ClientId": app.id, "TermsName": "terms-of-use", "TermsSource": "LINK",
            "Enforcement": "NONE",
            "Links": { "cognito:default": "https://example.com/", "cognito:german": "https://example.de/" },
        });
        let answer = pool.admin("CreateTerms", created.clone()).await.ok();
        let id = answer["Terms"]["TermsId"].clone();
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let made = described(&pool, &id).await;
        let mut proof = Proof::of("CreateTerms");
        proof.shown(&created, &json!({}), &made);
        proof.end();

        let updated = json!({
            "UserPoolId": pool.id, "TermsId": id, "TermsName": "privacy-policy", "TermsSource": "LINK",
            "Enforcement": "NONE", "Links": { "cognito:default": "https://example.com/privacy" },
        });
        pool.admin("UpdateTerms", updated.clone()).await.ok();
        let server = restarted(server, &store).await;
        let changed = described(&pool.on(&server), &id).await;
        let mut proof = Proof::of("UpdateTerms")
            .alike(&["UserPoolId", "TermsId"], NAMES)
            .alike(&["TermsSource", "Enforcement"], ONE_VALUE);
        proof.shown(&updated, &made, &changed);
        proof.end();
        server.stop().await;
    }
}
