//! The events, member by member (behaviour 6).

use serde_json::{Value, json};

use super::function::{Function, expected_event, pool_with};
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::sign_up::confirm_sign_up;
use crate::support::signed_in_user::SignedInUser;
use crate::support::{AppClient, Pool, TestStore, both_stores};

const ADMIN: &str = "CLIENT_ID_NOT_APPLICABLE";
const EMAIL: &str = "ada@example.com";

/// The request of CustomMessage.
fn message_request(attributes: Value, metadata: Option<Value>) -> Value {
    let mut request = json!({ "codeParameter": "{####}", "usernameParameter": null });
    request["userAttributes"] = attributes;
    if let Some(metadata) = metadata {
        request["clientMetadata"] = metadata;
    }
    request
}

fn message_response() -> Value {
    json!({ "smsMessage": null, "emailMessage": null, "emailSubject": null })
}

fn decision() -> Value {
    json!({ "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false })
}

/// Asserts that the one event from `source` about `ada` is this.
#[track_caller]
fn assert_event(
    function: &Function,
    pool: &Pool,
    (source, client_id): (&str, &str),
    request: Value,
    response: Value,
) {
    let expected = expected_event(pool, (source, "ada", client_id), request, response);
    assert_eq!(function.event(source), expected);
}

async fn sign_up_with_data(app: &AppClient, metadata: &Value) -> String {
    let input = json!({
        "Username": "ada",
        "Password": PASSWORD,
        "UserAttributes": attribute_list(&json!({ "email": EMAIL })),
        "ValidationData": [{ "Name": "captcha", "Value": "7" }, { "Name": "none" }],
        "ClientMetadata": metadata,
    });
    let made = app.call("SignUp", input).await.ok();
    made["UserSub"].as_str().unwrap().to_owned()
}

both_stores! {
    async fn a_sign_up_and_its_confirmation_fire_their_events(store: TestStore) {
        let triggers = ["PreSignUp", "PostConfirmation", "CustomMessage"];
        let (server, function, pool) = pool_with(&store, &triggers, json!({})).await;
        let app = pool.client(json!({})).await;
        let metadata = json!({ "campaign": "spring" });
        let sub = sign_up_with_data(&app, &metadata).await;
        assert_event(
            &function,
            &pool,
            ("PreSignUp_SignUp", &app.id),
            json!({
                "userAttributes": { "email": EMAIL },
                "validationData": { "captcha": "7" },
                "clientMetadata": metadata,
            }),
            decision(),
        );
        let unconfirmed = json!({
            "sub": sub, "cognito:user_status": "UNCONFIRMED",
            "email": EMAIL, "email_verified": "false",
        });
        assert_event(
            &function,
            &pool,
            ("CustomMessage_SignUp", &app.id),
            message_request(unconfirmed.clone(), Some(metadata.clone())),
            message_response(),
        );
        let again = json!({ "Username": "ada" });
        app.call("ResendConfirmationCode", again).await.ok();
        assert_event(
            &function,
            &pool,
            ("CustomMessage_ResendCode", &app.id),
            message_request(unconfirmed, None),
            message_response(),
        );
        let code = server.inbox(EMAIL).code().await;
        let input = json!({
            "Username": "ada", "ConfirmationCode": code, "ClientMetadata": metadata,
        });
        app.call("ConfirmSignUp", input).await.ok();
        assert_event(
            &function,
            &pool,
            ("PostConfirmation_ConfirmSignUp", &app.id),
            json!({
                "userAttributes": {
                    "sub": sub, "cognito:user_status": "CONFIRMED",
                    "email": EMAIL, "email_verified": "true",
                },
                "clientMetadata": metadata,
            }),
            json!({}),
        );
        assert_eq!(function.calls().len(), 4, "{:?}", function.sources());
        server.stop().await;
    }

    async fn a_recovery_fires_its_events(store: TestStore) {
        let triggers = ["PostConfirmation", "CustomMessage"];
        let (server, function, pool) = pool_with(&store, &triggers, json!({})).await;
        let app = pool.client(json!({})).await;
        let sub = app.confirmed("ada", json!({ "email": EMAIL })).await;
        function.forget();
        let metadata = json!({ "a": "b" });
        let input = json!({ "Username": "ada", "ClientMetadata": metadata });
        app.call("ForgotPassword", input).await.ok();
        let attributes = json!({
            "sub": sub, "cognito:user_status": "CONFIRMED",
            "email": EMAIL, "email_verified": "true",
        });
        assert_event(
            &function,
            &pool,
            ("CustomMessage_ForgotPassword", &app.id),
            message_request(attributes.clone(), Some(metadata)),
            message_response(),
        );
        let code = server.inbox(EMAIL).code().await;
        let input = json!({
            "Username": "ada", "ConfirmationCode": code, "Password": "An0ther-Horse!",
        });
        app.call("ConfirmForgotPassword", input).await.ok();
        assert_event(
            &function,
            &pool,
            ("PostConfirmation_ConfirmForgotPassword", &app.id),
            json!({ "userAttributes": attributes }),
            json!({}),
        );
        assert_eq!(function.calls().len(), 2, "{:?}", function.sources());
        server.stop().await;
    }

    async fn a_changed_attribute_and_one_to_verify_fire_their_events(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], json!({})).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada", json!({ "email": EMAIL })).await;
        function.forget();
        ada.update(json!({ "email": "new@example.com" })).await.ok();
        let attributes = json!({
            "sub": ada.sub, "cognito:user_status": "CONFIRMED",
            "email": "new@example.com", "email_verified": "false",
        });
        assert_event(
            &function,
            &pool,
            ("CustomMessage_UpdateUserAttribute", &app.id),
            message_request(attributes.clone(), None),
            message_response(),
        );
        ada.ask_code("email").await.ok();
        assert_event(
            &function,
            &pool,
            ("CustomMessage_VerifyUserAttribute", &app.id),
            message_request(attributes, None),
            message_response(),
        );
        assert_eq!(function.calls().len(), 2, "{:?}", function.sources());
        server.stop().await;
    }

    async fn what_an_administrator_does_fires_events_without_an_app_client(store: TestStore) {
        let triggers = ["PreSignUp", "PostConfirmation", "CustomMessage"];
        let (server, function, pool) = pool_with(&store, &triggers, json!({})).await;
        let attributes = json!({ "email": EMAIL, "email_verified": "true" });
        let input = json!({
            "Username": "ada",
            "UserAttributes": attribute_list(&attributes),
            "ValidationData": [{ "Name": "ticket", "Value": "9" }],
            "DesiredDeliveryMediums": ["EMAIL"],
        });
        let made = pool.admin("AdminCreateUser", input).await.ok();
        let sub = made["User"]["Attributes"][0]["Value"].clone();
        assert_event(
            &function,
            &pool,
            ("PreSignUp_AdminCreateUser", ADMIN),
            json!({ "userAttributes": attributes, "validationData": { "ticket": "9" } }),
            decision(),
        );
        let mut request = message_request(
            json!({
                "sub": sub, "cognito:user_status": "FORCE_CHANGE_PASSWORD",
                "email": EMAIL, "email_verified": "true",
            }),
            None,
        );
        request["usernameParameter"] = json!("{username}");
        assert_event(
            &function,
            &pool,
            ("CustomMessage_AdminCreateUser", ADMIN),
            request,
            message_response(),
        );

        function.forget();
        let app = pool.client(json!({})).await;
        let eve = json!({ "email": "eve@example.com" });
        app.sign_up("eve", eve.clone()).await.ok();
        function.forget();
        let metadata = json!({ "by": "hand" });
        let input = json!({ "Username": "eve", "ClientMetadata": metadata });
        pool.admin("AdminConfirmSignUp", input).await.ok();
        let event = function.event("PostConfirmation_ConfirmSignUp");
        assert_eq!(event["userName"], "eve");
        assert_eq!(event["callerContext"]["clientId"], ADMIN);
        assert_eq!(event["request"]["clientMetadata"], metadata);
        let status = &event["request"]["userAttributes"]["cognito:user_status"];
        assert_eq!(*status, json!("CONFIRMED"));

        let input = json!({
            "Username": "eve",
            "UserAttributes": attribute_list(&json!({ "email": "evelyn@example.com" })),
        });
        pool.admin("AdminUpdateUserAttributes", input).await.ok();
        let event = function.event("CustomMessage_UpdateUserAttribute");
        assert_eq!(event["callerContext"]["clientId"], ADMIN);
        assert_eq!(function.calls().len(), 2, "{:?}", function.sources());
        server.stop().await;
    }

    /// The username is the `sub`, and the name that the user signs in with stands among the attributes.
    async fn in_a_pool_of_addresses_events_name_the_sub(store: TestStore) {
        let settings = json!({ "UsernameAttributes": ["email"] });
        let triggers = ["PreSignUp", "PostConfirmation"];
        let (server, function, pool) = pool_with(&store, &triggers, settings).await;
        let app = pool.client(json!({})).await;
        let made = app.sign_up(EMAIL, json!({})).await.ok();
        let event = function.event("PreSignUp_SignUp");
        assert_eq!(event["userName"], made["UserSub"]);
        assert_eq!(event["request"], json!({
            "userAttributes": { "email": EMAIL }, "validationData": null,
        }));
        let code = server.inbox(EMAIL).code().await;
        confirm_sign_up(&app, EMAIL, &code).await.ok();
        let event = function.event("PostConfirmation_ConfirmSignUp");
        assert_eq!(event["userName"], made["UserSub"]);
        assert_eq!(event["request"], json!({ "userAttributes": {
            "sub": made["UserSub"], "cognito:user_status": "CONFIRMED",
            "email": EMAIL, "email_verified": "true", "cognito:email_alias": EMAIL,
        } }));
        server.stop().await;
    }

    /// A pool without a trigger calls nobody.
    async fn other_triggers_of_the_pool_are_not_called(store: TestStore) {
        let triggers = ["PostAuthentication", "UserMigration"];
        let (server, function, pool) = pool_with(&store, &triggers, json!({})).await;
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({ "email": EMAIL })).await;
        assert_eq!(function.sources(), Vec::<String>::new());
        server.stop().await;
    }
}
