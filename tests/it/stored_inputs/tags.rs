//! Tags.

use serde_json::json;

use super::{NAMES, Proof, restarted, started};
use crate::support::{TestStore, both_stores};

both_stores! {
    async fn tags_of_a_pool(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let arn = pool.created["Arn"].clone();
        let input = json!({ "ResourceArn": arn, "Tags": { "team": "identity", "stage": "" } });
        server.admin.call("TagResource", input.clone()).await.ok();
        let server = restarted(server, &store).await;
        let listed = server.admin.call("ListTagsForResource", json!({ "ResourceArn": arn })).await.ok();
        let mut proof = Proof::of("TagResource").except(&["ResourceArn"], NAMES);
        proof.shown(&input, &json!({}), &listed);
        proof.end();
        server.stop().await;
    }
}
