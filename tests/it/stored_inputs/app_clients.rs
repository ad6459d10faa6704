//! App clients and their secrets.

use serde_json::{Value, json};

use super::{NAMES, Proof, restarted, started};
use crate::support::{Pool, TestServer, TestStore, both_stores};

const SECRET: &str = "our_own_secret_of_24_char";
const ADDED: &str = "the_second_secret_that_we_add";

async fn described(pool: &Pool, client_id: &Value) -> Value {
    let input = json!({ "ClientId": client_id });
    let answer = pool.admin("DescribeUserPoolClient", input).await.ok();
    let mut client = answer["UserPoolClient"].clone();
    // A secret that nobody gave was generated.
    client["GenerateSecret"] = json!(
        client["ClientSecret"]
            .as_str()
            .is_some_and(|it| it != SECRET)
    );
    client
}

async fn create(pool: &Pool, input: &Value) -> Value {
    let answer = pool.admin("CreateUserPoolClient", input.clone()).await.ok();
    answer["UserPoolClient"]["ClientId"].clone()
}

/// A pool with an attribute, a scope and a provider that an app client can name.
async fn pool_to_name(server: &TestServer) -> Pool {
    let pool = server
        .pool(json!({
            "Schema": [{ "Name": "team", "AttributeDataType": "String", "Mutable": true }],
        }))
        .await;
    let scopes = json!([{ "ScopeName": "read", "ScopeDescription": "See orders" }]);
    let orders = json!({ "Identifier": "orders", "Name": "Orders", "Scopes": scopes });
    pool.admin("CreateResourceServer", orders).await.ok();
    let provider = json!({
        "ProviderName": "Okta", "ProviderType": "OIDC",
        "ProviderDetails": {
            "client_id": "ours", "attributes_request_method": "GET", "authorize_scopes": "openid",
            "oidc_issuer": "https://idp.example.com",
        },
    });
    pool.admin("CreateIdentityProvider", provider).await.ok();
    pool
}

/// All settings that app clients have when they are made and afterwards.
fn first_settings() -> Value {
    json!({
        "ClientName": "first",
        "RefreshTokenValidity": 12, "AccessTokenValidity": 10, "IdTokenValidity": 1200,
        "TokenValidityUnits": { "AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "hours" },
        "ReadAttributes": ["email", "email_verified", "custom:team"],
        "WriteAttributes": ["email", "custom:team"],
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"],
        "SupportedIdentityProviders": ["COGNITO", "Okta"],
        "CallbackURLs": ["https://example.com/in", "myapp://in"],
        "LogoutURLs": ["https://example.com/out"],
        "DefaultRedirectURI": "https://example.com/in",
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthScopes": ["openid", "email", "orders/read"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AnalyticsConfiguration": {
            "ApplicationId": "abc123", "RoleArn": "arn:aws:iam::000000000000:role/one", "ExternalId": "one",
            "UserDataShared": true,
        },
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": false,
        "EnablePropagateAdditionalUserContextData": true,
        "AuthSessionValidity": 15,
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 },
    })
}

/// All of them with other values.
fn second_settings() -> Value {
    json!({
        "ClientName": "second",
        "RefreshTokenValidity": 5, "AccessTokenValidity": 2, "IdTokenValidity": 30,
        "TokenValidityUnits": { "AccessToken": "hours", "IdToken": "minutes", "RefreshToken": "days" },
        "ReadAttributes": ["name"],
        "WriteAttributes": ["name", "nickname"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": ["https://example.org/in"],
        "LogoutURLs": ["https://example.org/out", "https://example.org/bye"],
        "DefaultRedirectURI": "https://example.org/in",
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "profile"],
        "AllowedOAuthFlowsUserPoolClient": false,
        "AnalyticsConfiguration": {
            "ApplicationId": "def456", "RoleArn": "arn:aws:iam::000000000000:role/two", "ExternalId": "two",
            "UserDataShared": false,
        },
        "PreventUserExistenceErrors": "LEGACY",
        "EnableTokenRevocation": true,
        "EnablePropagateAdditionalUserContextData": false,
        "AuthSessionValidity": 3,
        "RefreshTokenRotation": { "Feature": "DISABLED", "RetryGracePeriodSeconds": 20 },
    })
}

/// The project by its ARN, which is there instead of its id.
fn by_arn(name: &str) -> Value {
    let arn = format!("arn:aws:mobiletargeting:us-east-1:000000000000:apps/{name}");
    json!({ "ApplicationArn": arn })
}

both_stores! {
    async fn settings_of_app_clients(store: TestStore) {
        let server = started(&store).await;
        let pool = pool_to_name(&server).await;
        let plain = create(&pool, &json!({ "ClientName": "plain" })).await;
        let mut generated = first_settings();
        generated["UserPoolId"] = json!(pool.id);
        generated["GenerateSecret"] = json!(true);
        let given = json!({
            "UserPoolId": pool.id, "ClientName": "given", "ClientSecret": SECRET,
            "AnalyticsConfiguration": by_arn("one"),
        });
        let (generated_id, given_id) = (create(&pool, &generated).await, create(&pool, &given).await);
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let before = described(&pool, &plain).await;
        let (made, with_secret) =
            (described(&pool, &generated_id).await, described(&pool, &given_id).await);
        let mut proof = Proof::of("CreateUserPoolClient").alike(&["UserPoolId"], NAMES);
        proof.shown(&generated, &before, &made);
        proof.shown(&given, &before, &with_secret);
        proof.end();

        let mut updated = second_settings();
        updated["UserPoolId"] = json!(pool.id);
        updated["ClientId"] = generated_id.clone();
        let updated_project = json!({
            "UserPoolId": pool.id, "ClientId": given_id, "AnalyticsConfiguration": by_arn("two"),
        });
        for input in [&updated, &updated_project] {
            pool.admin("UpdateUserPoolClient", input.clone()).await.ok();
        }
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let mut proof = Proof::of("UpdateUserPoolClient").alike(&["UserPoolId", "ClientId"], NAMES);
        proof.shown(&updated, &made, &described(&pool, &generated_id).await);
        proof.shown(&updated_project, &with_secret, &described(&pool, &given_id).await);
        proof.end();
        server.stop().await;
    }

    /// DescribeUserPoolClient shows the oldest secret: the one that was added, once it is the only one.
    async fn secrets_that_are_added(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let client = create(&pool, &json!({ "ClientName": "two", "GenerateSecret": true })).await;
        let before = described(&pool, &client).await;
        let of_client = json!({ "ClientId": client });
        let listed = pool.admin("ListUserPoolClientSecrets", of_client.clone()).await.ok();
        let mut first = of_client.clone();
        first["ClientSecretId"] = listed["ClientSecrets"][0]["ClientSecretId"].clone();
        let input = json!({ "UserPoolId": pool.id, "ClientId": client, "ClientSecret": ADDED });
        pool.admin("AddUserPoolClientSecret", input.clone()).await.ok();
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        assert_eq!(described(&pool, &client).await["ClientSecret"], before["ClientSecret"]);
        pool.admin("DeleteUserPoolClientSecret", first).await.ok();
        let mut proof =
            Proof::of("AddUserPoolClientSecret").alike(&["UserPoolId", "ClientId"], NAMES);
        proof.shown(&input, &before, &described(&pool, &client).await);
        proof.end();
        server.stop().await;
    }
}
