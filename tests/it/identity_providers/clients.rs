//! The providers that app clients name.

use serde_json::{Value, json};

use super::{call, create_oidc};
use crate::support::{Answer, AppClient, TestServer, both_stores};

fn naming(providers: &[&str]) -> Value {
    json!({ "SupportedIdentityProviders": providers })
}

async fn described(app: &AppClient) -> Value {
    let input = json!({ "ClientId": app.id });
    app.pool.admin("DescribeUserPoolClient", input).await.ok()["UserPoolClient"].clone()
}

async fn update(app: &AppClient, providers: &[&str]) -> Answer {
    let mut input = naming(providers);
    input["ClientId"] = json!(app.id);
    app.pool.admin("UpdateUserPoolClient", input).await
}

#[track_caller]
fn is_unknown(answer: &Answer, app: &AppClient, name: &str) {
    let text = format!(
        "The provider {name} does not exist for User Pool {}.",
        app.pool.id
    );
    answer.fails("InvalidParameterException", &text);
}

both_stores! {
    /// The pool itself, and its providers, but not another pool's.
    async fn a_client_names_providers_that_there_are(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        create_oidc(&pool, "Okta", json!({ "IdpIdentifiers": ["example.com"] })).await.ok();
        create_oidc(&other, "Auth0", json!({})).await.ok();
        let app = pool.client(naming(&["COGNITO", "Okta"])).await;
        assert_eq!(app.created["SupportedIdentityProviders"], json!(["COGNITO", "Okta"]));
        assert_eq!(described(&app).await, app.created);
        for name in ["Auth0", "okta", "example.com", "Cognito"] {
            is_unknown(&update(&app, &["Okta", name, "worse"]).await, &app, name);
        }
        assert_eq!(described(&app).await, app.created);
        update(&app, &["Okta"]).await.ok();
        assert_eq!(described(&app).await["SupportedIdentityProviders"], json!(["Okta"]));
    }

    /// A client keeps the name of a provider that is gone, until its next update, which has to leave it out.
    async fn a_client_keeps_a_provider_that_is_gone(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create_oidc(&pool, "Okta", json!({})).await.ok();
        let app = pool.client(naming(&["COGNITO", "Okta"])).await;
        call(&pool, "DeleteIdentityProvider", "Okta", json!({})).await.ok();
        assert_eq!(described(&app).await, app.created);
        is_unknown(&update(&app, &["COGNITO", "Okta"]).await, &app, "Okta");
        assert_eq!(described(&app).await, app.created);
        update(&app, &["COGNITO"]).await.ok();
        assert_eq!(described(&app).await["SupportedIdentityProviders"], json!(["COGNITO"]));
    }
}
