//! Replicas of user pools, which a server of one region has none of: section 11 of the administrator's page.

use serde_json::json;

use crate::support::refusals::invalid_parameter;
use crate::support::{TestServer, both_stores};

const OPERATIONS: [&str; 3] = [
    "CreateUserPoolReplica",
    "UpdateUserPoolReplica",
    "DeleteUserPoolReplica",
];

both_stores! {
    /// The pool itself is all that is listed, and no other can be made, changed or deleted.
    async fn a_pool_is_its_only_replica(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let expected = json!({ "UserPoolReplicas": [{
            "RegionName": "us-east-1", "Status": "ACTIVE", "Role": "PRIMARY",
            "UserPoolArn": pool.created["Arn"],
        }] });
        assert!(pool.created["Arn"].is_string());
        let list = async || pool.admin("ListUserPoolReplicas", json!({})).await.ok();
        assert_eq!(list().await, expected);
        for region in ["eu-west-1", "us-east-1"] {
            let input = json!({ "RegionName": region, "Status": "ACTIVE" });
            for operation in OPERATIONS {
                let answer = pool.admin(operation, input.clone()).await;
                answer.fails("OperationNotEnabledException", "User pool replication is not enabled.");
            }
        }
        assert_eq!(list().await, expected);
        let answer = pool.admin("ListUserPoolReplicas", json!({ "NextToken": "nonsense" })).await;
        invalid_parameter(&answer, "Invalid pagination token");
    }

    /// A pool that does not exist.
    async fn an_unknown_pool_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let input = json!({
            "UserPoolId": "us-east-1_Nowhere12", "RegionName": "eu-west-1", "Status": "ACTIVE",
        });
        let text = "User pool us-east-1_Nowhere12 does not exist.";
        for operation in OPERATIONS.into_iter().chain(["ListUserPoolReplicas"]) {
            let answer = pool.admin(operation, input.clone()).await;
            answer.fails("ResourceNotFoundException", text);
        }
    }
}
