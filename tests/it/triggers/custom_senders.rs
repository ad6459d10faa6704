//! Custom senders: they get the message's event with the code encrypted, in the place of the mail server.

use std::process::Command;

use cognate::config::{Config, SenderKeyConfig};
use serde_json::{Value, json};

use super::function::{ARN, Function, answered, expected_event, invoke, thrown, with_triggers};
use super::signature::example;
use crate::support::sign_up::confirm_sign_up;
use crate::support::users::create_user;
use crate::support::{Pool, TestServer, TestStore, both_stores};

const EMAIL: &str = "ada@example.com";
const PHONE: &str = "+12065550200";
const KEY_ID: &str = "arn:aws:kms:us-east-1:000000000000:key/sender";
/// 32 bytes.
const KEY: &str = "mJ4u2nTqvSeJxj0cH7n3QK5o8yq1rBvWZt6dLxPfEwA=";
const ADMIN: &str = "CLIENT_ID_NOT_APPLICABLE";

/// A server that has the key, and a pool whose messages the function sends.
async fn with_senders(store: &TestStore) -> (TestServer, Function, Pool) {
    let function = Function::start().await;
    let change = |config: &mut Config| {
        config.triggers.timeout_ms = 20_000;
        config.triggers.functions = vec![invoke(&function.url)];
        config.triggers.sender_keys = vec![SenderKeyConfig {
            kms_key_id: KEY_ID.to_owned(),
            key: Some(KEY.into()),
            key_file: None,
        }];
    };
    let server = TestServer::start(store, change).await;
    let pool = server.pool(senders(KEY_ID)).await;
    (server, function, pool)
}

fn senders(key_id: &str) -> Value {
    let sender = json!({ "LambdaArn": ARN, "LambdaVersion": "V1_0" });
    with_triggers(
        &[],
        json!({ "LambdaConfig": {
        "CustomEmailSender": sender, "CustomSMSSender": sender, "KMSKeyID": key_id,
    } }),
    )
}

/// What a function has that follows the documentation: the text that was encrypted.
fn decrypted(code: &Value) -> String {
    let code = code.as_str().unwrap();
    let script = format!(
        "{}\ndecrypted(process.argv[1], process.argv[2]).then((text) => process.stdout.write(text));",
        example("js", "async function decrypted"),
    );
    let output = Command::new("node")
        .args(["-e", &script, code, KEY])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

both_stores! {
    async fn the_function_sends_the_code_that_it_gets_encrypted(store: TestStore) {
        let (server, function, pool) = with_senders(&store).await;
        let app = pool.client(json!({})).await;
        let input = json!({
            "Username": "ada", "Password": crate::support::pools::PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": EMAIL }],
            "ClientMetadata": { "a": "b" },
        });
        let made = app.call("SignUp", input).await.ok();
        let source = "CustomEmailSender_SignUp";
        let event = function.event_soon(source).await;
        let code = event["request"]["code"].clone();
        let request = json!({
            "type": "customEmailSenderRequestV1",
            "code": code,
            "clientMetadata": { "a": "b" },
            "userAttributes": {
                "sub": made["UserSub"], "cognito:user_status": "UNCONFIRMED",
                "email": EMAIL, "email_verified": "false",
            },
        });
        assert_eq!(event, expected_event(&pool, (source, "ada", &app.id), request, json!({})));
        let text = decrypted(&code);
        assert_eq!(text, server.inbox(EMAIL).code().await);
        confirm_sign_up(&app, "ada", &text).await.ok();

        function.forget();
        app.call("ForgotPassword", json!({ "Username": "ada" })).await.ok();
        let event = function.event_soon("CustomEmailSender_ForgotPassword").await;
        let text = decrypted(&event["request"]["code"]);
        let input = json!({ "Username": "ada", "ConfirmationCode": text, "Password": "An0ther-Horse!" });
        app.call("ConfirmForgotPassword", input).await.ok();
        server.stop().await;
    }

    /// By SMS, and the temporary password of an invitation.
    async fn invitations_go_by_it_as_well(store: TestStore) {
        let (server, function, pool) = with_senders(&store).await;
        let overrides = json!({
            "MessageAction": null, "TemporaryPassword": "Temp0rary-Horse!",
            "UserAttributes": [{ "Name": "phone_number", "Value": PHONE }],
            "DesiredDeliveryMediums": ["SMS"],
        });
        create_user(&pool, "ada", overrides).await.ok();
        let event = function.event_soon("CustomSMSSender_AdminCreateUser").await;
        assert_eq!(event["callerContext"]["clientId"], ADMIN);
        assert_eq!(event["request"]["type"], "customSMSSenderRequestV1");
        assert_eq!(decrypted(&event["request"]["code"]), "Temp0rary-Horse!");
        server.stop().await;
    }

    /// Its failure does not undo what the message is about, and the message is not lost.
    async fn a_function_that_fails_is_called_again(store: TestStore) {
        let (server, function, pool) = with_senders(&store).await;
        let app = pool.client(json!({})).await;
        function.answers(|_| thrown("out of credit"));
        app.sign_up("ada", json!({ "email": EMAIL })).await.ok();
        function.called(1).await;
        function.answers(|event| answered(&event));
        server.advance(3_600).await;
        function.called(2).await;
        let codes: Vec<Value> =
            function.calls().iter().map(|call| call.event()["request"]["code"].clone()).collect();
        assert_ne!(codes[0], codes[1]);
        assert_eq!(decrypted(&codes[0]), decrypted(&codes[1]));
        server.stop().await;
    }

    /// A pool whose key the configuration does not have sends nothing in the clear.
    async fn without_the_key_nothing_is_sent(store: TestStore) {
        let (server, function, pool) = with_senders(&store).await;
        let other = server.pool(senders("arn:aws:kms:us-east-1:000000000000:key/other")).await;
        other.client(json!({})).await.sign_up("ada", json!({ "email": EMAIL })).await.ok();
        let message = server.inbox(EMAIL).next().await;
        assert_eq!(message.purpose, "sign_up");
        pool.client(json!({})).await.sign_up("eve", json!({ "email": "eve@example.com" })).await.ok();
        function.called(1).await;
        assert_eq!(function.calls()[0].event()["userName"], "eve");
        let sender = json!({ "LambdaArn": ARN, "LambdaVersion": "V1_0" });
        let lambda = json!({ "LambdaConfig": { "CustomEmailSender": sender } });
        pool.admin("UpdateUserPool", lambda).await.fails(
            "InvalidParameterException",
            "KMSKeyID is required with CustomSMSSender and CustomEmailSender.",
        );
        server.stop().await;
    }
}
