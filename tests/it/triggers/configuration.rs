//! LambdaConfig of pools, and how functions are reached.

use cognate::config::{FunctionConfig, FunctionProtocol};
use serde_json::{Value, json};

use super::function::{ARN, Function, invoke, server_with, with_triggers};
use crate::support::sigv4::{Signer, Subject};
use crate::support::{Pool, TestServer, TestStore, both_stores};

const INVALID: &str = "InvalidParameterException";

async fn described(pool: &Pool) -> Value {
    let answer = pool.admin("DescribeUserPool", json!({})).await.ok();
    answer["UserPool"]["LambdaConfig"].clone()
}

async fn listed(server: &TestServer, pool: &Pool) -> Value {
    let answer = server
        .admin
        .call("ListUserPools", json!({ "MaxResults": 60 }))
        .await
        .ok();
    let pools = answer["UserPools"].as_array().unwrap().clone();
    let listed = pools
        .into_iter()
        .find(|listed| listed["Id"] == json!(pool.id));
    listed.unwrap()["LambdaConfig"].clone()
}

both_stores! {
    async fn every_trigger_is_described_as_it_was_given(server: TestServer) {
        let arn = |name: &str| format!("arn:aws:lambda:us-east-1:000000000000:function:{name}");
        let versioned = |name: &str, version: &str| {
            json!({ "LambdaArn": arn(name), "LambdaVersion": version })
        };
        let config = json!({
            "PreSignUp": arn("a"),
            "CustomMessage": arn("b"),
            "PostConfirmation": arn("c"),
            "PreAuthentication": arn("d"),
            "PostAuthentication": arn("e"),
            "DefineAuthChallenge": arn("f"),
            "CreateAuthChallenge": arn("g"),
            "VerifyAuthChallengeResponse": arn("h"),
            "PreTokenGeneration": arn("i"),
            "PreTokenGenerationConfig": versioned("i", "V2_0"),
            "UserMigration": arn("j"),
            "CustomSMSSender": versioned("k", "V1_0"),
            "CustomEmailSender": versioned("l", "V1_0"),
            "KMSKeyID": "arn:aws:kms:us-east-1:000000000000:key/1",
            "InboundFederation": versioned("m", "V1_0"),
        });
        let pool = server.pool(json!({ "LambdaConfig": config })).await;
        assert_eq!(pool.created["LambdaConfig"], config);
        assert_eq!(described(&pool).await, config);
        assert_eq!(listed(&server, &pool).await, config);
        // An update without LambdaConfig takes all of them away.
        pool.admin("UpdateUserPool", json!({})).await.ok();
        assert_eq!(described(&pool).await, json!({}));
        pool.admin("UpdateUserPool", json!({ "LambdaConfig": config })).await.ok();
        assert_eq!(described(&pool).await, config);
        // A LambdaConfig replaces the former one whole.
        let one = json!({ "PreSignUp": arn("a") });
        pool.admin("UpdateUserPool", json!({ "LambdaConfig": one })).await.ok();
        assert_eq!(described(&pool).await, one);
    }

    async fn each_member_for_the_function_before_tokens_fills_the_other(server: TestServer) {
        let both = |version: &str| {
            let config = json!({ "LambdaArn": ARN, "LambdaVersion": version });
            json!({ "PreTokenGeneration": ARN, "PreTokenGenerationConfig": config })
        };
        let pool = server.pool(json!({ "LambdaConfig": { "PreTokenGeneration": ARN } })).await;
        assert_eq!(described(&pool).await, both("V1_0"));
        let config = json!({ "LambdaArn": ARN, "LambdaVersion": "V3_0" });
        let input = json!({ "LambdaConfig": { "PreTokenGenerationConfig": config } });
        pool.admin("UpdateUserPool", input).await.ok();
        assert_eq!(described(&pool).await, both("V3_0"));
    }

    async fn a_config_that_contradicts_itself_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let versioned = |arn: &str| json!({ "LambdaArn": arn, "LambdaVersion": "V1_0" });
        let other = format!("{ARN}-2");
        for (config, text) in [
            (
                json!({ "PreTokenGeneration": ARN, "PreTokenGenerationConfig": versioned(&other) }),
                "PreTokenGeneration and PreTokenGenerationConfig must name the same function.",
            ),
            (
                json!({ "CustomEmailSender": versioned(ARN) }),
                "KMSKeyID is required with CustomSMSSender and CustomEmailSender.",
            ),
        ] {
            let input = json!({ "LambdaConfig": config });
            pool.admin("UpdateUserPool", input).await.fails(INVALID, text);
            assert_eq!(described(&pool).await, json!({}));
        }
    }

    /// The signature is checked by a signer that is written apart from the server's.
    async fn an_access_key_signs_calls_of_the_invoke_api(store: TestStore) {
        let function = Function::start().await;
        let config = FunctionConfig {
            access_key_id: Some("AKIDFUNCTIONS".to_owned()),
            secret: Some("a secret of the function's".into()),
            ..invoke(&function.url)
        };
        let server = server_with(&store, vec![config]).await;
        let pool = server.pool(with_triggers(&["PreSignUp"], json!({}))).await;
        pool.client(json!({})).await.sign_up("ada", json!({})).await.ok();
        let call = function.calls().remove(0);
        assert_eq!(call.uri, "/2015-03-31/functions/trigger/invocations");
        assert_eq!(call.headers["x-amz-invocation-type"], "RequestResponse");
        let header = |name: &str| call.headers[name].to_str().unwrap().to_owned();
        let headers = ["content-type", "host", "x-amz-date"].map(|name| (name.to_owned(), header(name)));
        let signer = Signer {
            key_id: "AKIDFUNCTIONS".to_owned(),
            secret: "a secret of the function's".to_owned(),
            token: None,
            region: "us-east-1".to_owned(),
            service: "lambda".to_owned(),
        };
        let expected = signer.authorization(&Subject {
            method: "POST",
            path: call.uri.path(),
            headers: &headers,
            body: &call.body,
            date: &header("x-amz-date"),
        });
        assert_eq!(header("authorization"), expected);
        server.stop().await;
    }

    async fn without_an_access_key_nothing_is_signed_and_the_name_can_be_another(store: TestStore) {
        let function = Function::start().await;
        let config = FunctionConfig {
            function_name: Some("function".to_owned()),
            ..invoke(&function.url)
        };
        let server = server_with(&store, vec![config]).await;
        let pool = server.pool(with_triggers(&["PreSignUp"], json!({}))).await;
        pool.client(json!({})).await.sign_up("ada", json!({})).await.ok();
        let call = function.calls().remove(0);
        assert_eq!(call.uri, "/2015-03-31/functions/function/invocations");
        for name in ["authorization", "x-amz-date", "x-cognate-signature"] {
            assert!(!call.headers.contains_key(name), "{name}");
        }
        assert_eq!(call.headers["content-type"], "application/json");
        server.stop().await;
    }

    /// Over plain HTTP the whole URL is called, and a status above 399 with an error is the function's refusal.
    async fn plain_http_calls_the_url_as_it_is(store: TestStore) {
        let function = Function::start().await;
        let config = FunctionConfig {
            arn: ARN.to_owned(),
            protocol: FunctionProtocol::Http,
            url: format!("{}/hooks/pre-sign-up?v=1", function.url).into(),
            ..FunctionConfig::default()
        };
        let server = server_with(&store, vec![config]).await;
        let pool = server.pool(with_triggers(&["PreSignUp"], json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({})).await.ok();
        assert_eq!(function.calls()[0].uri, "/hooks/pre-sign-up?v=1");
        function.answers(|_| {
            let error = json!({ "errorMessage": "No" }).to_string();
            axum::response::IntoResponse::into_response((axum::http::StatusCode::FORBIDDEN, error))
        });
        let text = "PreSignUp failed with error No.";
        let refused = app.sign_up("eve", json!({})).await;
        refused.fails("UserLambdaValidationException", text);
        server.stop().await;
    }
}
