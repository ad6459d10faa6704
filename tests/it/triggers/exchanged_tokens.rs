//! PreTokenGeneration for tokens that no sign-in issues (administration 10.2, 10.3).

use serde_json::{Value, json};

use super::function::{ARN, Function, expected_event, pool_with};
use crate::support::pools::claims;
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, Pool, TestServer, TestStore, both_stores};

const CLIENT_CREDENTIALS: &str = "TokenGeneration_ClientCredentials";

fn pre_token(version: &str) -> Value {
    json!({ "LambdaConfig": {
        "PreTokenGenerationConfig": { "LambdaArn": ARN, "LambdaVersion": version },
    } })
}

/// A pool with the function, and a client that may read orders by a token of its own.
async fn machine(store: &TestStore, version: &str) -> (TestServer, Function, Pool, AppClient) {
    let (server, function, pool) = pool_with(store, &[], pre_token(version)).await;
    let scope = json!({ "ScopeName": "read", "ScopeDescription": "Read" });
    let orders = json!({ "Identifier": "orders", "Name": "Orders", "Scopes": [scope] });
    pool.admin("CreateResourceServer", orders).await.ok();
    let settings = json!({
        "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
        "AllowedOAuthScopes": ["orders/read"],
    });
    let app = pool.client(settings).await;
    (server, function, pool, app)
}

async fn own_token(app: &AppClient) -> Answer {
    let input = json!({ "Secret": app.secret, "ClientMetadata": { "job": "nightly" } });
    app.call("GetClientToken", input).await
}

fn access_claims(answer: &Value) -> Value {
    let token = &answer["ClientAuthenticationResult"]["AccessToken"];
    claims(token.as_str().unwrap())
}

both_stores! {
    /// Version 3 is asked, without a user, and adds claims and scopes.
    async fn version_3_changes_a_clients_own_token(store: TestStore) {
        let (server, function, pool, app) = machine(&store, "V3_0").await;
        function.responds(CLIENT_CREDENTIALS, json!({ "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": {
                "claimsToAddOrOverride": { "tenant": "t1", "sub": "x" },
                "scopesToAdd": ["orders/all"],
            },
        } }));
        let claims = access_claims(&own_token(&app).await.ok());
        let mut expected = expected_event(
            &pool,
            (CLIENT_CREDENTIALS, "ClientCredentials", &app.id),
            json!({
                "userAttributes": {},
                "groupConfiguration": null,
                "scopes": ["orders/read"],
                "clientMetadata": { "job": "nightly" },
            }),
            json!({ "claimsAndScopeOverrideDetails": null }),
        );
        expected["version"] = json!("3");
        assert_eq!(function.event(CLIENT_CREDENTIALS), expected);
        assert_eq!(claims["tenant"], "t1");
        assert_eq!(claims["sub"], app.id.as_str());
        assert_eq!(claims["scope"], "orders/read orders/all");
        server.stop().await;
    }

    /// Earlier versions know users only.
    async fn version_2_is_not_asked_for_a_clients_own_token(store: TestStore) {
        let (server, function, _, app) = machine(&store, "V2_0").await;
        assert_eq!(access_claims(&own_token(&app).await.ok())["scope"], "orders/read");
        assert!(function.calls().is_empty());
        server.stop().await;
    }

    /// What the function refuses is not issued.
    async fn a_function_that_refuses_prevents_a_clients_own_token(store: TestStore) {
        let (server, function, _, app) = machine(&store, "V3_0").await;
        function.throws(CLIENT_CREDENTIALS, "not today");
        own_token(&app).await.fails(
            "UserLambdaValidationException",
            "PreTokenGeneration failed with error not today.",
        );
        server.stop().await;
    }

    /// A derived token is announced by a source of its own, with the scopes that it would have.
    async fn a_derived_token_is_changed_too(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &[], pre_token("V2_0")).await;
        let flows = json!({ "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"] });
        let service = pool.client(flows).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let source = "TokenGeneration_TokenExchange";
        function.responds(source, json!({ "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": {
                "claimsToAddOrOverride": { "tenant": "t1", "act": { "sub": "x" } },
                "scopesToSuppress": ["aws.cognito.signin.user.admin"],
            },
        } }));
        let subject = json!({ "SubjectToken": tokens.access, "SubjectTokenType": "ACCESS_TOKEN" });
        let answer = service.call("GetDerivedToken", subject.clone()).await.ok();
        let event = function.event(source);
        assert_eq!(event["userName"], "ada");
        assert_eq!(event["callerContext"]["clientId"], service.id.as_str());
        assert_eq!(event["request"]["scopes"], json!(["aws.cognito.signin.user.admin"]));
        assert_eq!(answer["Scopes"], json!([]));
        let derived = claims(answer["IssuedToken"].as_str().unwrap());
        assert_eq!(derived["tenant"], "t1");
        assert_eq!(derived["scope"], "");
        // Who acts for the user is not for the function to say.
        assert_eq!(derived["act"], Value::Null);
        function.throws(source, "no");
        let answer = service.call("GetDerivedToken", subject).await;
        answer.fails("UserLambdaValidationException", "PreTokenGeneration failed with error no.");
        server.stop().await;
    }
}
