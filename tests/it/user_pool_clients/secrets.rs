//! AddUserPoolClientSecret, DeleteUserPoolClientSecret and ListUserPoolClientSecrets (administration 5).

use serde_json::{Value, json};

use super::{INVALID, NOT_FOUND, described};
use crate::support::answer::member_names;
use crate::support::pools::PASSWORD;
use crate::support::refusals::not_authorized;
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, TestServer, TestStore, at_once, both_stores};

const GIVEN: &str = "aSecretThatTheOperatorHasChosen1234";

/// A client with a secret, and Ada.
async fn client_with_secret(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    confirmed_user(&pool, "ada", json!({})).await;
    pool.client(json!({ "GenerateSecret": true })).await
}

async fn call(app: &AppClient, operation: &str, mut input: Value) -> Answer {
    input["ClientId"] = json!(app.id);
    app.pool.admin(operation, input).await
}

async fn add(app: &AppClient, input: Value) -> Answer {
    call(app, "AddUserPoolClientSecret", input).await
}

async fn delete(app: &AppClient, id: &Value) -> Answer {
    let input = json!({ "ClientSecretId": id });
    call(app, "DeleteUserPoolClientSecret", input).await
}

async fn listed(app: &AppClient) -> Value {
    let answer = call(app, "ListUserPoolClientSecrets", json!({})).await.ok();
    assert_eq!(member_names(&answer), ["ClientSecrets"]);
    answer["ClientSecrets"].clone()
}

/// The same client, as an application with this secret uses it.
fn with(app: &AppClient, secret: &str) -> AppClient {
    AppClient {
        secret: Some(secret.to_owned()),
        ..app.clone()
    }
}

/// Both ways of proving a secret: the hash in a sign-in, and the secret itself.
async fn assert_valid(app: &AppClient) {
    let tokens = app.sign_in("ada").await;
    let input = json!({ "Token": tokens.refresh, "ClientSecret": app.secret });
    app.call("RevokeToken", input).await.ok();
}

async fn assert_invalid(app: &AppClient) {
    let text = format!("Unable to verify secret hash for client {}", app.id);
    not_authorized(&app.initiate("ada", PASSWORD).await, &text);
    let input = json!({ "Token": "made-up", "ClientSecret": app.secret });
    app.call("RevokeToken", input)
        .await
        .fails("UnauthorizedException", &text);
}

both_stores! {
    /// A second secret is valid beside the first one, and stays when that is deleted.
    async fn a_secret_is_exchanged_without_an_outage(server: TestServer) {
        let app = client_with_secret(&server).await;
        let first = listed(&app).await[0].clone();
        assert_eq!(member_names(&first), ["ClientSecretCreateDate", "ClientSecretId"]);
        server.advance(60).await;
        let answer = add(&app, json!({})).await.ok();
        assert_eq!(member_names(&answer), ["ClientSecretDescriptor"]);
        let added = &answer["ClientSecretDescriptor"];
        assert_eq!(
            member_names(added),
            ["ClientSecretCreateDate", "ClientSecretId", "ClientSecretValue"]
        );
        let value = added["ClientSecretValue"].as_str().unwrap();
        assert_ne!(Some(value), app.secret.as_deref());
        let mut second = added.clone();
        second.as_object_mut().unwrap().remove("ClientSecretValue");
        assert_ne!(second["ClientSecretId"], first["ClientSecretId"]);
        assert_eq!(listed(&app).await, json!([first, second]));

        let successor = with(&app, value);
        for app in [&app, &successor] {
            assert_valid(app).await;
        }
        // The older one is described.
        assert_eq!(described(&app).await["ClientSecret"].as_str(), app.secret.as_deref());
        assert_invalid(&with(&app, "neitherTheFirstNorTheSecond")).await;
        assert_eq!(delete(&app, &first["ClientSecretId"]).await.ok(), json!({}));
        assert_eq!(listed(&app).await, json!([second]));
        assert_eq!(described(&app).await["ClientSecret"], json!(value));
        assert_invalid(&app).await;
        assert_valid(&successor).await;
    }

    /// The newer of the two may be the one that goes.
    async fn the_newer_secret_can_be_deleted(server: TestServer) {
        let app = client_with_secret(&server).await;
        let before = listed(&app).await;
        let answer = add(&app, json!({ "ClientSecret": GIVEN })).await.ok();
        let added = &answer["ClientSecretDescriptor"];
        // A value that the caller knows is not repeated.
        assert_eq!(member_names(added), ["ClientSecretCreateDate", "ClientSecretId"]);
        assert_valid(&with(&app, GIVEN)).await;
        delete(&app, &added["ClientSecretId"]).await.ok();
        assert_eq!(listed(&app).await, before);
        assert_invalid(&with(&app, GIVEN)).await;
        assert_valid(&app).await;
    }

    /// Two at the most, one at the least, and no public client gets one.
    async fn a_client_has_one_or_two_secrets(server: TestServer) {
        let app = client_with_secret(&server).await;
        let only = listed(&app).await;
        let text = "Cannot delete the only client secret.";
        delete(&app, &only[0]["ClientSecretId"]).await.fails(INVALID, text);
        let text = "Client secret does not exist.";
        delete(&app, &json!("made-up")).await.fails(NOT_FOUND, text);
        assert_eq!(listed(&app).await, only);
        add(&app, json!({})).await.ok();
        let two = listed(&app).await;
        let text = "Client secrets cannot exceed limit of 2 secrets.";
        add(&app, json!({})).await.fails("LimitExceededException", text);
        assert_eq!(listed(&app).await, two);

        let public = app.pool.client(json!({})).await;
        assert_eq!(listed(&public).await, json!([]));
        let text = "User pool client does not have a client secret.";
        add(&public, json!({})).await.fails(INVALID, text);
        assert_eq!(listed(&public).await, json!([]));
        public.sign_in("ada").await;
    }

    /// Of many who add a second secret at the same time, one does.
    async fn one_of_many_adds_the_second_secret(server: TestServer) {
        let app = client_with_secret(&server).await;
        let answers = at_once(8, |_| {
            let app = app.clone();
            async move { add(&app, json!({})).await }
        })
        .await;
        let added = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(added, 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.fails("LimitExceededException", "Client secrets cannot exceed limit of 2 secrets.");
        }
        assert_eq!(listed(&app).await.as_array().unwrap().len(), 2);
    }

    /// Another pool's client, no client, and a page that there is not.
    async fn refusals(server: TestServer) {
        let app = client_with_secret(&server).await;
        let other = server.pool(json!({})).await;
        let text = format!("User pool client {} does not exist.", app.id);
        for operation in
            ["AddUserPoolClientSecret", "DeleteUserPoolClientSecret", "ListUserPoolClientSecrets"]
        {
            let input = json!({ "ClientId": app.id, "ClientSecretId": "any" });
            other.admin(operation, input).await.fails(NOT_FOUND, &text);
        }
        let answer = call(&app, "ListUserPoolClientSecrets", json!({ "NextToken": "made-up" })).await;
        answer.fails(INVALID, "Invalid pagination token");
    }

    /// Both secrets outlive the server.
    async fn secrets_persist(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let app = client_with_secret(&server).await;
        add(&app, json!({ "ClientSecret": GIVEN })).await.ok();
        let before = listed(&app).await;
        server.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        let app = app.at(&server);
        assert_eq!(listed(&app).await, before);
        assert_valid(&app).await;
        assert_valid(&with(&app, GIVEN)).await;
        server.stop().await;
    }
}
