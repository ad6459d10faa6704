//! SetRiskConfiguration and DescribeRiskConfiguration.

use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::laid_over;
use crate::support::refusals::invalid_parameter;
use crate::support::{Answer, Pool, TestServer, TestStore, both_stores};

const SES_REGIONS: &str = "Provided SourceArn must be in one of the following SES regions: eu-west-1, us-east-1, us-west-2.";

async fn set(pool: &Pool, input: Value) -> Answer {
    pool.admin("SetRiskConfiguration", input).await
}

async fn described(pool: &Pool, input: Value) -> Value {
    let answer = pool.admin("DescribeRiskConfiguration", input).await.ok();
    assert_eq!(member_names(&answer), ["RiskConfiguration"]);
    answer["RiskConfiguration"].clone()
}

fn compromised() -> Value {
    json!({ "EventFilter": ["SIGN_UP", "SIGN_IN"], "Actions": { "EventAction": "BLOCK" } })
}

fn email(subject: &str) -> Value {
    json!({ "Subject": subject, "HtmlBody": "<p>{username}</p>", "TextBody": "{login-time}" })
}

/// Every member that there is.
fn takeover() -> Value {
    json!({
        "NotifyConfiguration": {
            "From": "a@example.com", "ReplyTo": "b@example.com",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/a@example.com",
            "BlockEmail": email("Blocked"), "NoActionEmail": email("Nothing"),
            "MfaEmail": { "Subject": "New sign-in attempt" },
        },
        "Actions": {
            "LowAction": { "Notify": false, "EventAction": "NO_ACTION" },
            "MediumAction": { "Notify": true, "EventAction": "MFA_IF_CONFIGURED" },
            "HighAction": { "Notify": true, "EventAction": "MFA_REQUIRED" },
        },
    })
}

fn exceptions() -> Value {
    json!({
        "BlockedIPRangeList": ["198.51.100.0/24", "2001:db8::/32"],
        "SkippedIPRangeList": ["192.0.2.7/32"],
    })
}

fn all() -> Value {
    json!({
        "CompromisedCredentialsRiskConfiguration": compromised(),
        "AccountTakeoverRiskConfiguration": takeover(),
        "RiskExceptionConfiguration": exceptions(),
    })
}

both_stores! {
    /// Every member comes back as it was given, from Set and from Describe, also after a restart; what was never set is
    /// left out.
    async fn a_configuration_is_described_as_it_was_set(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        assert_eq!(described(&pool, json!({})).await, json!({ "UserPoolId": pool.id }));
        let of_client = json!({ "ClientId": app.id });
        let never = json!({ "UserPoolId": pool.id, "ClientId": app.id });
        assert_eq!(described(&pool, of_client.clone()).await, never);

        let answer = set(&pool, all()).await.ok();
        assert_eq!(member_names(&answer), ["RiskConfiguration"]);
        let of_pool = answer["RiskConfiguration"].clone();
        let mut expected = all();
        expected["UserPoolId"] = json!(pool.id);
        expected["LastModifiedDate"] = of_pool["LastModifiedDate"].clone();
        assert!(expected["LastModifiedDate"].is_number());
        assert_eq!(of_pool, expected);
        // The client has none of its own still.
        assert_eq!(described(&pool, of_client.clone()).await, never);

        let given = json!({ "ClientId": app.id, "RiskExceptionConfiguration": { "BlockedIPRangeList": [] } });
        let answer = set(&pool, given.clone()).await.ok()["RiskConfiguration"].clone();
        let mut expected = given;
        expected["UserPoolId"] = json!(pool.id);
        expected["LastModifiedDate"] = answer["LastModifiedDate"].clone();
        assert_eq!(answer, expected);
        server.stop().await;

        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        assert_eq!(described(&pool, json!({})).await, of_pool);
        assert_eq!(described(&pool, of_client).await, expected);
        server.stop().await;
    }

    /// What a request does not give is gone; a request that gives nothing takes everything away, from the one that it
    /// names only.
    async fn setting_replaces(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let of_client = json!({ "ClientId": app.id });
        set(&pool, all()).await.ok();
        set(&pool, laid_over(all(), of_client.clone())).await.ok();
        server.advance(60).await;
        let before = described(&pool, json!({})).await;
        let only = json!({ "CompromisedCredentialsRiskConfiguration": compromised() });
        set(&pool, only).await.ok();
        let after = described(&pool, json!({})).await;
        assert_eq!(
            member_names(&after),
            ["CompromisedCredentialsRiskConfiguration", "LastModifiedDate", "UserPoolId"]
        );
        assert!(after["LastModifiedDate"].as_f64() > before["LastModifiedDate"].as_f64());
        assert_eq!(member_names(&described(&pool, of_client.clone()).await).len(), 6);

        let never = json!({ "UserPoolId": pool.id, "ClientId": app.id });
        let answer = set(&pool, of_client.clone()).await.ok();
        assert_eq!(answer["RiskConfiguration"], never);
        assert_eq!(described(&pool, of_client).await, never);
        assert_eq!(described(&pool, json!({})).await, after);
        set(&pool, json!({})).await.ok();
        assert_eq!(described(&pool, json!({})).await, json!({ "UserPoolId": pool.id }));
    }

    /// Without a filter, or with an empty one, passwords are looked at whenever they are known.
    async fn no_filter_means_all_events(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let all = json!(["SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"]);
        for (filter, expected) in [
            (Value::Null, all.clone()),
            (json!([]), all),
            (json!(["SIGN_UP", "SIGN_IN", "SIGN_UP"]), json!(["SIGN_UP", "SIGN_IN"])),
        ] {
            let block = laid_over(compromised(), json!({ "EventFilter": filter }));
            let input = json!({ "CompromisedCredentialsRiskConfiguration": block });
            set(&pool, input).await.ok();
            let found = described(&pool, json!({})).await;
            assert_eq!(found["CompromisedCredentialsRiskConfiguration"]["EventFilter"], expected);
        }
    }

    /// A refusal changes nothing.
    async fn what_is_wrong_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        set(&pool, all()).await.ok();
        let before = described(&pool, json!({})).await;
        for list in ["BlockedIPRangeList", "SkippedIPRangeList"] {
            for range in ["192.0.2.1", "192.0.2.0/33", "example.com/8"] {
                let exceptions = json!({ list: ["192.0.2.0/24", range] });
                let input = json!({ "RiskExceptionConfiguration": exceptions });
                invalid_parameter(&set(&pool, input).await, "Incorrect CIDR format");
            }
        }
        let mut elsewhere = takeover();
        elsewhere["NotifyConfiguration"]["SourceArn"] =
            json!("arn:aws:ses:ap-south-1:000000000000:identity/a@example.com");
        let input = json!({ "AccountTakeoverRiskConfiguration": elsewhere });
        invalid_parameter(&set(&pool, input).await, SES_REGIONS);
        assert_eq!(described(&pool, json!({})).await, before);
    }

    /// A pool, and an app client, are named by ids of their own; a client's configuration ends with it.
    async fn pools_and_clients_are_apart(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let of_client = json!({ "ClientId": app.id });
        set(&pool, laid_over(all(), of_client.clone())).await.ok();
        assert_eq!(described(&other, json!({})).await, json!({ "UserPoolId": other.id }));
        let text = format!("User pool client {} does not exist.", app.id);
        for operation in ["SetRiskConfiguration", "DescribeRiskConfiguration"] {
            let answer = other.admin(operation, of_client.clone()).await;
            answer.fails("ResourceNotFoundException", &text);
            let nowhere = json!({ "UserPoolId": "us-east-1_Nowhere12" });
            let gone = "User pool us-east-1_Nowhere12 does not exist.";
            pool.admin(operation, nowhere).await.fails("ResourceNotFoundException", gone);
        }
        pool.admin("DeleteUserPoolClient", of_client.clone()).await.ok();
        let answer = pool.admin("DescribeRiskConfiguration", of_client).await;
        answer.fails("ResourceNotFoundException", &text);
        assert_eq!(described(&pool, json!({})).await, json!({ "UserPoolId": pool.id }));
    }
}
