//! Where logs are delivered.

use serde_json::{Value, json};

use super::{NAMES, Proof, restarted, started};
use crate::support::{Pool, TestStore, both_stores};

async fn described(pool: &Pool) -> Value {
    let answer = pool.admin("GetLogDeliveryConfiguration", json!({})).await;
    answer.ok()["LogDeliveryConfiguration"].clone()
}

both_stores! {
    async fn log_delivery(store: TestStore) {
        let mut server = started(&store).await;
        let mut pool = server.pool(json!({})).await;
        let logs = |group: &str| {
            json!({ "LogGroupArn": format!("arn:aws:logs:us-east-1:000000000000:log-group:{group}") })
        };
        let bucket = json!({ "BucketArn": "arn:aws:s3:::events" });
        let stream = "arn:aws:firehose:us-east-1:000000000000:deliverystream/events";
        let mut proof = Proof::of("SetLogDeliveryConfiguration").alike(&["UserPoolId"], NAMES);
        let mut before = described(&pool).await;
        for configurations in [
            json!([
                { "EventSource": "userNotification", "LogLevel": "ERROR", "CloudWatchLogsConfiguration": logs("a") },
                { "EventSource": "userAuthEvents", "LogLevel": "INFO", "S3Configuration": bucket },
            ]),
            json!([
                {
                    "EventSource": "userAuthEvents", "LogLevel": "INFO",
                    "FirehoseConfiguration": { "StreamArn": stream },
                },
                { "EventSource": "userNotification", "LogLevel": "ERROR", "CloudWatchLogsConfiguration": logs("b") },
            ]),
        ] {
            let input = json!({ "UserPoolId": pool.id, "LogConfigurations": configurations });
            pool.admin("SetLogDeliveryConfiguration", input.clone()).await.ok();
            server = restarted(server, &store).await;
            pool = pool.on(&server);
            let after = described(&pool).await;
            proof.shown(&input, &before, &after);
            before = after;
        }
        proof.end();
        server.stop().await;
    }
}
