//! Where a user pool is found and listed, and how it is deleted.

use serde_json::{Value, json};

use super::{INVALID, NOT_FOUND, described};
use crate::support::{TestServer, both_stores};

both_stores! {
    /// Behaviour 9: a protected pool stays; an unprotected one is deleted with everything in it.
    async fn a_protected_pool_is_not_deleted_and_another_is(server: TestServer) {
        let pool = server.pool(json!({ "DeletionProtection": "ACTIVE" })).await;
        let app = pool.client(json!({})).await;
        pool.admin("DeleteUserPool", json!({})).await.fails(
            INVALID,
            "The user pool cannot be deleted because deletion protection is activated. Deletion \
             protection must be inactivated first.",
        );
        described(&pool).await;
        pool.admin("UpdateUserPool", json!({ "DeletionProtection": "INACTIVE" })).await.ok();
        assert_eq!(pool.admin("DeleteUserPool", json!({})).await.ok(), json!({}));
        let text = format!("User pool {} does not exist.", pool.id);
        let client = json!({ "ClientId": app.id });
        let named = json!({ "ClientName": "test" });
        let added = json!({ "CustomAttributes": [{ "Name": "x", "AttributeDataType": "String" }] });
        for (operation, input) in [
            ("DescribeUserPool", json!({})),
            ("UpdateUserPool", json!({})),
            ("DeleteUserPool", json!({})),
            ("AddCustomAttributes", added),
            ("GetUserPoolMfaConfig", json!({})),
            ("CreateUserPoolClient", named),
            ("DescribeUserPoolClient", client.clone()),
            ("UpdateUserPoolClient", client.clone()),
            ("DeleteUserPoolClient", client),
            ("ListUserPoolClients", json!({})),
        ] {
            pool.admin(operation, input).await.fails(NOT_FOUND, &text);
        }
    }

    /// A pool is known in its own region only.
    async fn a_pool_belongs_to_its_region(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let elsewhere = server.admin.in_region("eu-west-1");
        let input = json!({ "UserPoolId": pool.id });
        for operation in ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool"] {
            let text = format!("User pool {} does not exist.", pool.id);
            elsewhere.call(operation, input.clone()).await.fails(NOT_FOUND, &text);
        }
        let created = elsewhere.call("CreateUserPool", json!({ "PoolName": "other" })).await.ok();
        let other = created["UserPool"]["Id"].as_str().unwrap();
        assert!(other.starts_with("eu-west-1_"));
        let arn = created["UserPool"]["Arn"].as_str().unwrap();
        assert!(arn.starts_with("arn:aws:cognito-idp:eu-west-1:"));
        let listed = elsewhere.call("ListUserPools", json!({ "MaxResults": 60 })).await.ok();
        assert_eq!(listed["UserPools"].as_array().unwrap().len(), 1);
        assert_eq!(listed["UserPools"][0]["Id"], other);
        described(&pool).await;
    }

    /// Every pool is on exactly one page, and a page's token is valid for its own list only.
    async fn each_pool_is_on_one_page(server: TestServer) {
        let mut made = Vec::new();
        for n in 0..5 {
            made.push(server.pool(json!({ "PoolName": format!("pool {n}") })).await.id);
        }
        made.sort();
        let mut listed = Vec::new();
        let mut token = Value::Null;
        loop {
            let input = json!({ "MaxResults": 2, "NextToken": token });
            let page = server.admin.call("ListUserPools", input).await.ok();
            let pools = page["UserPools"].as_array().unwrap();
            assert!(pools.len() <= 2);
            for pool in pools {
                assert!(pool["Name"].as_str().unwrap().starts_with("pool "));
                assert_eq!(pool["LambdaConfig"], json!({}));
                assert!(pool["CreationDate"].is_number() && pool["LastModifiedDate"].is_number());
                listed.push(pool["Id"].as_str().unwrap().to_owned());
            }
            match page.get("NextToken") {
                Some(next) => token = next.clone(),
                None => break,
            }
        }
        assert_eq!(listed, made);
        let elsewhere = server.admin.in_region("eu-west-1");
        let input = json!({ "MaxResults": 2, "NextToken": token });
        elsewhere.call("ListUserPools", input).await.fails_as(INVALID);
        let forged = json!({ "MaxResults": 2, "NextToken": "Zm9yZ2Vk" });
        server.admin.call("ListUserPools", forged).await.fails_as(INVALID);
    }
}
