//! Imports of users.

use serde_json::json;

use super::{Proof, restarted, started};
use crate::support::{TestStore, both_stores};

both_stores! {
    async fn import_jobs(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let created = json!({
            "UserPoolId": pool.id, "JobName": "from the old system",
            "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/import",
            "PasswordHashingAlgorithm": "BCRYPT",
        });
        let made = pool.admin("CreateUserImportJob", created.clone()).await.ok();
        let id = made["UserImportJob"]["JobId"].clone();
        let server = restarted(server, &store).await;
        let described = pool.on(&server).admin("DescribeUserImportJob", json!({ "JobId": id })).await;
        let mut proof = Proof::of("CreateUserImportJob");
        proof.shown(&created, &json!({}), &described.ok()["UserImportJob"]);
        proof.end();
        server.stop().await;
    }
}
