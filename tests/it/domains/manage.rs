//! What is stored of a domain, and where it is shown.

use serde_json::{Value, json};

use super::{CERTIFICATE, NOT_FOUND, create, custom, described};
use crate::support::answer::member_names;
use crate::support::refusals::{invalid_parameter, refused};
use crate::support::{Pool, TestServer, TestStore, both_stores};

/// `Domain` and `CustomDomain` of DescribeUserPool; null where there is none.
async fn of_pool(pool: &Pool) -> (Value, Value) {
    let answer = pool.admin("DescribeUserPool", json!({})).await.ok();
    let described = &answer["UserPool"];
    (
        described["Domain"].clone(),
        described["CustomDomain"].clone(),
    )
}

both_stores! {
    /// A prefix is active at once; its description, and that of the pool, are the same after a restart.
    async fn a_prefix_is_described(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.server.account_id = "123456789012".to_owned();
            config.server.public_url = Some("https://id.example.com:8443".to_owned());
        })
        .await;
        let pool = server.pool(json!({})).await;
        assert_eq!(described(&pool, "team").await, json!({}));
        let made = create(&pool, "team", json!({})).await.ok();
        assert_eq!(made, json!({ "ManagedLoginVersion": 1 }));
        let description = described(&pool, "team").await;
        let version = description["Version"].as_str().unwrap();
        assert!(version.len() == 14 && version.bytes().all(|byte| byte.is_ascii_digit()), "{version}");
        let expected = json!({
            "UserPoolId": pool.id, "AWSAccountId": "123456789012", "Domain": "team", "Status": "ACTIVE",
            "CloudFrontDistribution": "id.example.com", "ManagedLoginVersion": 1, "Version": version,
        });
        assert_eq!(description, expected);
        assert_eq!(of_pool(&pool).await, (json!("team"), Value::Null));
        server.stop().await;

        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        assert_eq!(described(&pool, "team").await["UserPoolId"], json!(pool.id));
        assert_eq!(of_pool(&pool).await, (json!("team"), Value::Null));
        server.stop().await;
    }

    /// A pool has a prefix and a custom domain, each with all that was given.
    async fn a_pool_has_a_domain_of_each_kind(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let routing = json!({ "Failover": {
            "SecondaryRegion": "eu-west-1", "PrimaryRoute53HealthCheckId": "check-1",
        } });
        let config = json!({ "CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1_2_2021" });
        let input = json!({
            "CustomDomainConfig": config, "ManagedLoginVersion": 2, "Routing": routing,
        });
        let made = create(&pool, "login.example.com", input).await.ok();
        assert_eq!(
            made,
            json!({ "ManagedLoginVersion": 2, "CloudFrontDomain": "127.0.0.1", "Routing": routing })
        );
        create(&pool, "team", json!({ "ManagedLoginVersion": 1 })).await.ok();
        let description = described(&pool, "login.example.com").await;
        assert_eq!(description["CustomDomainConfig"], config);
        assert_eq!(description["ManagedLoginVersion"], 2);
        assert_eq!(description["Routing"], routing);
        assert_eq!(of_pool(&pool).await, (json!("team"), json!("login.example.com")));
        assert_eq!(of_pool(&other).await, (Value::Null, Value::Null));
        // Neither a change of the pool nor one of its factors takes them away.
        pool.admin("UpdateUserPool", json!({})).await.ok();
        pool.admin("SetUserPoolMfaConfig", json!({ "MfaConfiguration": "OFF" })).await.ok();
        assert_eq!(of_pool(&pool).await, (json!("team"), json!("login.example.com")));
    }

    /// What an update does not give stays.
    async fn an_update_merges(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let name = "login.example.com";
        create(&pool, name, custom()).await.ok();
        let mut expected = described(&pool, name).await;
        server.advance(5).await;
        let certificate = "arn:aws:acm:us-east-1:000000000000:certificate/new";
        let routing = json!({ "Failover": {
            "SecondaryRegion": "eu-west-1", "PrimaryRoute53HealthCheckId": "check-1",
        } });
        for change in [
            json!({ "ManagedLoginVersion": 2 }),
            json!({ "CustomDomainConfig": { "CertificateArn": certificate } }),
            json!({ "Routing": routing }),
            json!({}),
        ] {
            let mut input = change.clone();
            input["Domain"] = json!(name);
            let answer = pool.admin("UpdateUserPoolDomain", input).await.ok();
            for (member, value) in change.as_object().unwrap() {
                expected[member] = value.clone();
            }
            assert_eq!(answer["ManagedLoginVersion"], 2);
            assert_eq!(answer["CloudFrontDomain"], "127.0.0.1");
            assert_eq!(answer["Routing"], expected["Routing"]);
            let description = described(&pool, name).await;
            assert!(description["Version"].as_str() > expected["Version"].as_str());
            let mut same = description.clone();
            same["Version"] = expected["Version"].clone();
            assert_eq!(same, expected);
        }
    }

    /// A deleted domain is described as none, and free for another pool; only its own pool deletes it.
    async fn a_deleted_domain_is_free(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        create(&pool, "team", json!({})).await.ok();
        let delete = json!({ "Domain": "team" });
        refused(&other.admin("DeleteUserPoolDomain", delete.clone()).await, NOT_FOUND);
        assert_eq!(described(&pool, "team").await["UserPoolId"], json!(pool.id));
        assert_eq!(pool.admin("DeleteUserPoolDomain", delete.clone()).await.ok(), json!({}));
        refused(&pool.admin("DeleteUserPoolDomain", delete).await, NOT_FOUND);
        assert_eq!(described(&pool, "team").await, json!({}));
        assert_eq!(of_pool(&pool).await, (Value::Null, Value::Null));
        create(&other, "team", json!({})).await.ok();
        assert_eq!(described(&pool, "team").await["UserPoolId"], json!(other.id));
    }

    /// A pool is deleted only once it has no domain, of either kind.
    async fn a_domain_keeps_its_pool(server: TestServer) {
        for (name, input) in [("team", json!({})), ("login.example.com", custom())] {
            let pool = server.pool(json!({})).await;
            create(&pool, name, input).await.ok();
            let text = "User pool cannot be deleted. It has a domain configured that should be deleted first.";
            invalid_parameter(&pool.admin("DeleteUserPool", json!({})).await, text);
            assert_eq!(member_names(&pool.admin("DescribeUserPool", json!({})).await.ok()), ["UserPool"]);
            pool.admin("DeleteUserPoolDomain", json!({ "Domain": name })).await.ok();
            pool.admin("DeleteUserPool", json!({})).await.ok();
        }
    }
}
