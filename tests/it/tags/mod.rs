//! TagResource, UntagResource and ListTagsForResource: section 5 of the administrator's page.

use serde_json::{Value, json};

use crate::support::refusals::invalid_parameter;
use crate::support::{Answer, Pool, TestServer, TestStore, at_once, both_stores};

fn arn(pool: &Pool) -> String {
    format!(
        "arn:aws:cognito-idp:us-east-1:000000000000:userpool/{}",
        pool.id
    )
}

async fn call(pool: &Pool, operation: &str, arn: &str, mut input: Value) -> Answer {
    input["ResourceArn"] = json!(arn);
    pool.endpoint().admin.call(operation, input).await
}

async fn tag(pool: &Pool, tags: Value) -> Answer {
    call(pool, "TagResource", &arn(pool), json!({ "Tags": tags })).await
}

async fn untag(pool: &Pool, keys: &[&str]) -> Answer {
    call(
        pool,
        "UntagResource",
        &arn(pool),
        json!({ "TagKeys": keys }),
    )
    .await
}

/// The tags by both operations that show them, which agree.
async fn tags(pool: &Pool) -> Value {
    let listed = call(pool, "ListTagsForResource", &arn(pool), json!({}))
        .await
        .ok();
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    assert_eq!(listed["Tags"], described["UserPool"]["UserPoolTags"]);
    listed["Tags"].clone()
}

/// `count` tags whose keys begin with `start`.
fn many(start: &str, count: usize) -> Value {
    let tag = |number| (format!("{start}{number}"), json!(""));
    Value::Object((0..count).map(tag).collect())
}

both_stores! {
    /// One store with the pool's settings: tags are added, replaced and taken away.
    async fn tags_are_those_of_the_settings(server: TestServer) {
        let pool = server.pool(json!({ "UserPoolTags": { "team": "a", "stage": "test" } })).await;
        let other = server.pool(json!({})).await;
        assert_eq!(pool.created["Arn"], json!(arn(&pool)));
        assert_eq!(tags(&pool).await, json!({ "team": "a", "stage": "test" }));
        assert_eq!(tags(&other).await, json!({}));
        let done = tag(&pool, json!({ "team": "b", "empty": "" })).await.ok();
        assert_eq!(done, json!({}));
        assert_eq!(tags(&pool).await, json!({ "team": "b", "stage": "test", "empty": "" }));
        let done = untag(&pool, &["stage", "not there", "aws:x"]).await.ok();
        assert_eq!(done, json!({}));
        assert_eq!(tags(&pool).await, json!({ "team": "b", "empty": "" }));
        tag(&pool, json!({})).await.ok();
        untag(&pool, &[]).await.ok();
        assert_eq!(tags(&pool).await, json!({ "team": "b", "empty": "" }));
        assert_eq!(tags(&other).await, json!({}));

        // UpdateUserPool keeps what it does not name, and replaces what it names.
        pool.admin("UpdateUserPool", json!({})).await.ok();
        assert_eq!(tags(&pool).await, json!({ "team": "b", "empty": "" }));
        pool.admin("UpdateUserPool", json!({ "UserPoolTags": { "new": "1" } })).await.ok();
        assert_eq!(tags(&pool).await, json!({ "new": "1" }));
    }

    /// Tagging leaves all other settings as they are.
    async fn tagging_changes_nothing_else(server: TestServer) {
        let pool = server.pool(json!({ "DeletionProtection": "ACTIVE", "MfaConfiguration": "OFF" })).await;
        let before = pool.admin("DescribeUserPool", json!({})).await.ok()["UserPool"].clone();
        server.advance(60).await;
        tag(&pool, json!({ "team": "a" })).await.ok();
        let mut after = pool.admin("DescribeUserPool", json!({})).await.ok()["UserPool"].clone();
        assert!(after["LastModifiedDate"].as_f64() > before["LastModifiedDate"].as_f64());
        for member in ["LastModifiedDate", "UserPoolTags"] {
            after[member] = before[member].clone();
        }
        assert_eq!(after, before);
    }

    /// Many who tag one pool at the same time lose nothing.
    async fn tags_of_many_are_all_there(server: TestServer) {
        let pool = server.pool(json!({})).await;
        at_once(8, |number| {
            let pool = pool.clone();
            async move { tag(&pool, json!({ format!("k{number}"): "v" })).await.ok() }
        })
        .await;
        assert_eq!(tags(&pool).await.as_object().unwrap().len(), 8);
    }

    /// A pool has 50 tags at the most; a refused request adds none.
    async fn a_pool_has_so_many_tags(server: TestServer) {
        let pool = server.pool(json!({ "UserPoolTags": many("k", 49) })).await;
        let text = "A user pool can have at most 50 tags.";
        invalid_parameter(&tag(&pool, json!({ "x": "", "y": "" })).await, text);
        assert_eq!(tags(&pool).await, many("k", 49));
        tag(&pool, json!({ "k0": "again", "x": "" })).await.ok();
        invalid_parameter(&tag(&pool, json!({ "y": "" })).await, text);
        invalid_parameter(&tag(&pool, many("z", 51)).await, text);
        untag(&pool, &["k1"]).await.ok();
        tag(&pool, json!({ "y": "" })).await.ok();
        assert_eq!(tags(&pool).await.as_object().unwrap().len(), 50);
    }

    /// Keys that begin with `aws:` are AWS's own, whichever operation gives them.
    async fn reserved_keys_are_refused(server: TestServer) {
        let pool = server.pool(json!({ "UserPoolTags": { "team": "a" } })).await;
        for key in ["aws:x", "AWS:cloudformation:stack-name", "aws:"] {
            let text = format!("Tag key {key} is invalid: keys that begin with aws: are reserved.");
            let given = json!({ "stage": "test", key: "1" });
            invalid_parameter(&tag(&pool, given.clone()).await, &text);
            let settings = json!({ "PoolName": "another", "UserPoolTags": given });
            invalid_parameter(&pool.admin("UpdateUserPool", settings.clone()).await, &text);
            let answer = pool.endpoint().admin.call("CreateUserPool", settings).await;
            invalid_parameter(&answer, &text);
        }
        assert_eq!(tags(&pool).await, json!({ "team": "a" }));
    }

    /// An ARN that is no pool's, and one of a pool that there is not.
    async fn the_arn_names_a_pool_of_this_server(server: TestServer) {
        let pool = server.pool(json!({ "UserPoolTags": { "team": "a" } })).await;
        let calls = [
            ("TagResource", json!({ "Tags": { "stage": "test" } })),
            ("UntagResource", json!({ "TagKeys": ["team"] })),
            ("ListTagsForResource", json!({})),
        ];
        let own = arn(&pool);
        let nowhere = "us-east-1_Nowhere00";
        for (operation, input) in calls {
            for arn in [
                own.replace("cognito-idp", "s3"),
                own.replace("userpool/", "pool/"),
                format!("{own}/client/x"),
            ] {
                let text = format!("Invalid user pool ARN: {arn}");
                invalid_parameter(&call(&pool, operation, &arn, input.clone()).await, &text);
            }
            for (arn, id) in [
                (own.replace(&pool.id, nowhere), nowhere),
                (own.replace(":us-east-1:", ":eu-west-1:"), &pool.id),
                (own.replace("000000000000", "111111111111"), &pool.id),
            ] {
                let text = format!("User pool {id} does not exist.");
                let answer = call(&pool, operation, &arn, input.clone()).await;
                answer.fails("ResourceNotFoundException", &text);
            }
            let elsewhere = pool.endpoint().admin.in_region("eu-west-1");
            let mut input = input;
            input["ResourceArn"] = json!(own);
            elsewhere.call(operation, input).await.fails_as("ResourceNotFoundException");
        }
        assert_eq!(tags(&pool).await, json!({ "team": "a" }));
    }

    /// Tags outlive the server.
    async fn tags_persist(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        tag(&pool, json!({ "team": "a", "stage": "test" })).await.ok();
        untag(&pool, &["stage"]).await.ok();
        server.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        assert_eq!(tags(&pool.on(&server)).await, json!({ "team": "a" }));
        server.stop().await;
    }
}
