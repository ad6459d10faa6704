//! SetLogDeliveryConfiguration and GetLogDeliveryConfiguration: section 8 of the administrator's page.

use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::refusals::invalid_parameter;
use crate::support::{Answer, Pool, TestServer, TestStore, both_stores};

const REPEATED: &str = "Following event sources appear more then once in a request";
const REGION: &str = "ARN does not belong to current region";
const SERVICE: &str = "ARN does not belong to the service of the destination";
const ONE_DESTINATION: &str =
    "Each log configuration must have exactly one destination with its ARN.";

async fn set(pool: &Pool, configurations: &[Value]) -> Answer {
    let input = json!({ "LogConfigurations": configurations });
    pool.admin("SetLogDeliveryConfiguration", input).await
}

async fn get(pool: &Pool) -> Value {
    let answer = pool.admin("GetLogDeliveryConfiguration", json!({})).await;
    answer.ok()
}

fn expected(pool: &Pool, configurations: &[Value]) -> Value {
    json!({ "LogDeliveryConfiguration": {
        "UserPoolId": pool.id, "LogConfigurations": configurations,
    } })
}

fn logs() -> Value {
    json!({ "LogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:cognate" })
}

fn notifications() -> Value {
    json!({
        "LogLevel": "ERROR", "EventSource": "userNotification", "CloudWatchLogsConfiguration": logs(),
    })
}

fn events(destination: &str, value: &Value) -> Value {
    json!({ "LogLevel": "INFO", "EventSource": "userAuthEvents", destination: value })
}

both_stores! {
    /// What is set is answered, in its order, and read again after a restart; a new list replaces the former one.
    async fn a_list_replaces_the_former_one(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        assert_eq!(get(&pool).await, expected(&pool, &[]));
        let bucket = json!({ "BucketArn": "arn:aws:s3:::events" });
        let stream = json!({ "StreamArn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/events" });
        let by_stream = events("FirehoseConfiguration", &stream);
        for list in [
            vec![notifications(), events("S3Configuration", &bucket)],
            vec![events("CloudWatchLogsConfiguration", &logs()), notifications()],
            vec![],
            vec![by_stream.clone()],
        ] {
            assert_eq!(set(&pool, &list).await.ok(), expected(&pool, &list));
            assert_eq!(get(&pool).await, expected(&pool, &list));
        }
        assert_eq!(get(&other).await, expected(&other, &[]));
        let described = pool.admin("DescribeUserPool", json!({})).await.ok();
        assert!(!member_names(&described["UserPool"]).contains(&"LogDeliveryConfiguration"));
        server.stop().await;

        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        assert_eq!(get(&pool).await, expected(&pool, &[by_stream]));
        server.stop().await;
    }

    /// A refusal leaves the list as it was.
    async fn what_is_wrong_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        set(&pool, &[notifications()]).await.ok();
        let changed = |member: &str, value: Value| {
            let mut configuration = notifications();
            configuration[member] = value;
            configuration
        };
        let by_logs = |arn: &str| events("CloudWatchLogsConfiguration", &json!({ "LogGroupArn": arn }));
        let bucket = json!({ "BucketArn": "arn:aws:s3:::events" });
        let mut two = events("CloudWatchLogsConfiguration", &logs());
        two["S3Configuration"] = bucket.clone();
        let mut only_bucket = changed("S3Configuration", bucket.clone());
        only_bucket.as_object_mut().unwrap().remove("CloudWatchLogsConfiguration");
        let mut errors = events("S3Configuration", &bucket);
        errors["LogLevel"] = json!("ERROR");
        for (list, text) in [
            (vec![notifications(), notifications()], REPEATED),
            (vec![changed("LogLevel", json!("INFO"))], "The LogLevel of userNotification must be ERROR."),
            (vec![errors], "The LogLevel of userAuthEvents must be INFO."),
            (vec![only_bucket], "userNotification can only be delivered to CloudWatch Logs."),
            (vec![two], ONE_DESTINATION),
            (vec![changed("CloudWatchLogsConfiguration", Value::Null)], ONE_DESTINATION),
            (vec![changed("CloudWatchLogsConfiguration", json!({}))], ONE_DESTINATION),
            (vec![by_logs("arn:aws:logs:eu-west-1:000000000000:log-group:cognate")], REGION),
            (vec![by_logs("arn:aws:sns:us-east-1:000000000000:topic")], SERVICE),
            (vec![events("S3Configuration", &json!({ "BucketArn": "arn:aws:sqs:::queue" }))], SERVICE),
            // The first one is good, and is not set either.
            (vec![events("CloudWatchLogsConfiguration", &logs()), changed("LogLevel", json!("INFO"))],
                "The LogLevel of userNotification must be ERROR."),
        ] {
            let answer = set(&pool, &list).await;
            invalid_parameter(&answer, text);
        }
        assert_eq!(get(&pool).await, expected(&pool, &[notifications()]));
    }

    /// A pool that does not exist.
    async fn an_unknown_pool_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let nowhere = json!({ "UserPoolId": "us-east-1_Nowhere12", "LogConfigurations": [] });
        let text = "User pool us-east-1_Nowhere12 does not exist.";
        for operation in ["SetLogDeliveryConfiguration", "GetLogDeliveryConfiguration"] {
            let answer = pool.admin(operation, nowhere.clone()).await;
            answer.fails("ResourceNotFoundException", text);
        }
    }
}
