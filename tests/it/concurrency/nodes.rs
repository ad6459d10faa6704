//! The same races, with the callers spread over several nodes on one database: nothing that decides
//! them may live in a process. SQLite belongs to one server (`a_sqlite_file_belongs_to_one_server`).

use cognate::config::Config;
use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::server::Endpoint;
use crate::support::{Answer, TestServer, TestStore, at_once, several_nodes, tally};

const NODES: usize = 3;
const CALLERS: usize = 48;

async fn nodes(store: &TestStore) -> Vec<TestServer> {
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        // Nodes behind one load balancer share the URL that is in the tokens.
        let public = |config: &mut Config| {
            config.server.public_url = Some("http://localhost:2646".into());
        };
        nodes.push(TestServer::start(store, public).await);
    }
    nodes
}

/// Every caller sends the same open operation, each to the next node.
async fn all_call(
    nodes: &[TestServer],
    operation: &'static str,
    input: serde_json::Value,
) -> Vec<Answer> {
    let endpoints: Vec<Endpoint> = nodes.iter().map(|node| (**node).clone()).collect();
    at_once(CALLERS, |caller| {
        let client = endpoints[caller % NODES].client.clone();
        let input = input.clone();
        async move { client.call(operation, input).await }
    })
    .await
}

async fn stop(nodes: Vec<TestServer>) {
    for node in nodes {
        node.stop().await;
    }
}

several_nodes! {
    /// One username and one code, over three nodes.
    async fn nodes_agree_on_one_winner(store: TestStore) {
        let nodes = nodes(&store).await;
        let pool = nodes[0].pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let input = json!({
            "ClientId": app.id,
            "Username": "ada",
            "Password": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": "ada@example.com" }],
        });
        let taken = all_call(&nodes, "SignUp", input).await;
        assert_eq!(tally(&taken), (1, vec![("UsernameExistsException".into(), CALLERS - 1)]));
        // One user, one message.
        let inbox = nodes[1].inbox("ada@example.com");
        let code = inbox.code().await;
        inbox.stays_empty().await;
        let input = json!({ "ClientId": app.id, "Username": "ada", "ConfirmationCode": code });
        let (confirmed, _) = tally(&all_call(&nodes, "ConfirmSignUp", input).await);
        assert_eq!(confirmed, 1);
        stop(nodes).await;
    }

    /// One refresh token, over three nodes; what one node revokes is revoked on the others.
    async fn nodes_agree_on_revocation(store: TestStore) {
        let nodes = nodes(&store).await;
        let pool = nodes[0].pool(json!({})).await;
        let app = pool
            .client(json!({
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
                "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
            }))
            .await;
        let tokens = app.signed_in("ada", json!({})).await;
        let input = json!({ "ClientId": app.id, "RefreshToken": tokens.refresh });
        let (rotated, _) = tally(&all_call(&nodes, "GetTokensFromRefreshToken", input).await);
        assert_eq!(rotated, 1);
        let tokens = app.sign_in("ada").await;
        let input = json!({ "AccessToken": tokens.access });
        for node in &nodes {
            node.client.call("GetUser", input.clone()).await.ok();
        }
        nodes[0].client.call("GlobalSignOut", input.clone()).await.ok();
        for node in &nodes {
            node.client
                .call("GetUser", input.clone())
                .await
                .fails("NotAuthorizedException", "Access Token has been revoked");
        }
        pool.admin("AdminDeleteUser", json!({ "Username": "ada" })).await.ok();
        for node in &nodes {
            let input = json!({ "UserPoolId": pool.id, "Username": "ada" });
            node.admin
                .call("AdminGetUser", input)
                .await
                .fails("UserNotFoundException", "User does not exist.");
        }
        stop(nodes).await;
    }
}
