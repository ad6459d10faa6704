use axum::http::StatusCode;
use serde_json::json;

use super::*;
use crate::model::{
    AttributeType, DescribeUserPoolRequest, DescribeUserPoolResponse, Empty, GetUserRequest,
    GetUserResponse, SignUpRequest, SignUpResponse, ops,
};
use crate::protocol::{conform_error, conform_output};

struct TestApp;

impl Environment for TestApp {
    type Failure = Error;
    type Authority = String;

    fn to_error(&self, _: &str, _: &RequestContext, failure: Error) -> Error {
        failure
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_000)
    }

    fn default_region(&self) -> &str {
        "us-east-1"
    }

    async fn authenticate(&self, request: &SignedRequest<'_>) -> Result<(Caller, String), Error> {
        let header = request.headers.get("authorization").ok_or_else(|| {
            Error::new(
                ErrorCode::MissingAuthenticationTokenException,
                "Missing Authentication Token",
            )
        })?;
        let access_key_id = header.to_str().unwrap().to_owned();
        let caller = Caller {
            access_key_id: access_key_id.clone(),
            region: "eu-west-1".to_owned(),
        };
        Ok((caller, access_key_id))
    }

    async fn check_credentials(&self, request: &SignedRequest<'_>) -> Result<(), Error> {
        self.authenticate(request).await.map(drop)
    }

    /// The key `AKID` may do everything, others nothing. The text is what the check was told.
    fn authorize(&self, authority: &String, call: &SignedCall<'_>) -> Result<(), Error> {
        if authority == "AKID" {
            return Ok(());
        }
        let input = call
            .input
            .map_or_else(|| "no JSON".to_owned(), Value::to_string);
        let text = format!("{} in {}: {input}", call.operation, call.region);
        Err(Error::new(ErrorCode::AccessDeniedException, text))
    }
}

impl Handler<TestApp> for ops::SignUp {
    async fn handle(
        _: &TestApp,
        context: &RequestContext,
        input: SignUpRequest,
    ) -> Result<SignUpResponse, Error> {
        assert_eq!(
            (context.region.as_str(), &context.caller),
            ("us-east-1", &None)
        );
        if input.username == "taken" {
            return Err(Error::new(
                ErrorCode::UsernameExistsException,
                "User already exists",
            ));
        }
        Ok(SignUpResponse {
            user_sub: input.username,
            ..Default::default()
        })
    }
}

impl Handler<TestApp> for ops::GetUser {
    async fn handle(
        _: &TestApp,
        _: &RequestContext,
        _: GetUserRequest,
    ) -> Result<GetUserResponse, Error> {
        Ok(GetUserResponse {
            username: "u".to_owned(),
            user_attributes: vec![AttributeType {
                name: "email".to_owned(),
                value: Some("a@b.c".to_owned()),
            }],
            ..Default::default()
        })
    }
}

impl Handler<TestApp> for ops::DescribeUserPool {
    async fn handle(
        _: &TestApp,
        context: &RequestContext,
        _: DescribeUserPoolRequest,
    ) -> Result<DescribeUserPoolResponse, Error> {
        assert_eq!(
            (context.region.as_str(), context.caller.as_deref()),
            ("eu-west-1", Some("AKID"))
        );
        Err(Error::internal_because("the disk is full"))
    }
}

impl Handler<TestApp> for ops::ListUserPoolClientSecrets {
    async fn handle(
        _: &TestApp,
        _: &RequestContext,
        _: crate::model::ListUserPoolClientSecretsRequest,
    ) -> Result<crate::model::ListUserPoolClientSecretsResponse, Error> {
        Err(Error::internal_because("the disk is full"))
    }
}

impl Handler<TestApp> for ops::DeleteUser {
    async fn handle(
        _: &TestApp,
        _: &RequestContext,
        _: crate::model::DeleteUserRequest,
    ) -> Result<Empty, Error> {
        Ok(Empty {})
    }
}

fn registry() -> Registry<TestApp> {
    Registry::new()
        .with::<ops::SignUp>()
        .with::<ops::GetUser>()
        .with::<ops::DescribeUserPool>()
        .with::<ops::DeleteUser>()
        .with::<ops::ListUserPoolClientSecrets>()
}

fn post(operation: &str, body: &str) -> Request<Bytes> {
    Request::post("/")
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "x-amz-target",
            format!("AWSCognitoIdentityProviderService.{operation}"),
        )
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

async fn send(request: Request<Bytes>) -> (StatusCode, Value, HeaderMap) {
    let response = registry()
        .answer(
            &TestApp,
            &request,
            Uuid::from_u128(7),
            None,
            Duration::from_secs(60),
        )
        .await;
    let (parts, body) = response.into_parts();
    assert_eq!(parts.headers["access-control-allow-origin"], "*");
    assert_eq!(
        parts.headers["access-control-expose-headers"],
        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
    );
    assert_eq!(
        parts.headers["x-amzn-requestid"],
        Uuid::from_u128(7).to_string()
    );
    (
        parts.status,
        serde_json::from_slice(&body).unwrap_or_default(),
        parts.headers,
    )
}

#[tokio::test]
async fn an_operation_answers() {
    let (status, body, headers) = send(post("SignUp", r#"{"ClientId":"c","Username":"u"}"#)).await;
    assert_eq!(status, 200);
    assert_eq!(body, json!({"UserConfirmed": false, "UserSub": "u"}));
    assert_eq!(headers["content-type"], "application/x-amz-json-1.1");
    assert!(conform_output("SignUp", &body).is_empty());

    let (_, body, _) = send(post("GetUser", r#"{"AccessToken":"t"}"#)).await;
    assert!(conform_output("GetUser", &body).is_empty());

    let (_, body, _) = send(post("DeleteUser", r#"{"AccessToken":"t"}"#)).await;
    assert_eq!(body, json!({}));
}

#[tokio::test]
async fn a_refusal_has_body_and_headers() {
    let (status, body, headers) =
        send(post("SignUp", r#"{"ClientId":"c","Username":"taken"}"#)).await;
    assert_eq!(
        body,
        json!({"__type": "UsernameExistsException", "message": "User already exists"})
    );
    assert_eq!(headers["x-amzn-errortype"], "UsernameExistsException:");
    assert_eq!(headers["x-amzn-errormessage"], "User already exists");
    assert!(conform_error("SignUp", status.as_u16(), &body).is_empty());
}

#[tokio::test]
async fn signed_operations_are_authenticated_before_the_body_is_read() {
    let (status, body, _) = send(post("DescribeUserPool", "rubbish")).await;
    assert_eq!(status, 400);
    assert_eq!(body["__type"], "MissingAuthenticationTokenException");
}

#[tokio::test]
async fn what_a_signer_may_do_is_checked_before_types_and_constraints() {
    for (body, shown) in [
        (r#"{"UserPoolId":5}"#, r#"{"UserPoolId":5}"#),
        ("{}", "{}"),
        ("[null]", "[null]"),
        ("rubbish", "no JSON"),
        ("", "no JSON"),
    ] {
        let mut request = post("DescribeUserPool", body);
        request
            .headers_mut()
            .insert("authorization", "OTHER".parse().unwrap());
        let (status, answer, headers) = send(request).await;
        assert_eq!(status, 400);
        let message = format!("DescribeUserPool in eu-west-1: {shown}");
        assert_eq!(
            answer,
            json!({"__type": "AccessDeniedException", "message": message})
        );
        assert_eq!(headers["x-amzn-errortype"], "AccessDeniedException:");
    }
    // An open operation asks for no authority, whatever its header says.
    let mut request = post("SignUp", r#"{"ClientId":"c","Username":"u"}"#);
    request
        .headers_mut()
        .insert("authorization", "OTHER".parse().unwrap());
    assert_eq!(send(request).await.0, 200);
}

#[tokio::test]
async fn the_size_of_a_body_follows_from_its_head() {
    let registry = registry();
    let bounds = BodyBounds { open: 1, signed: 2 };
    let head = |operation: &str| post(operation, "").into_parts().0;
    assert_eq!(
        registry.body_bound(&head("SignUp"), bounds),
        BodyBound::Bytes(1)
    );
    assert_eq!(
        registry.body_bound(&head("Nope"), bounds),
        BodyBound::NoBody
    );
    let mut signed = head("DescribeUserPool");
    assert_eq!(registry.body_bound(&signed, bounds), BodyBound::BySigner);
    let by_signer = async |head: &Parts| {
        registry
            .signed_body_bound(&TestApp, head, None, bounds)
            .await
    };
    assert_eq!(by_signer(&signed).await, None);
    signed
        .headers
        .insert("authorization", "AKID".parse().unwrap());
    assert_eq!(by_signer(&signed).await, Some(2));
}

#[tokio::test]
async fn a_failure_of_ours_tells_the_request_id_only() {
    // Under the name that the operation declares.
    for (operation, input, type_) in [
        (
            "DescribeUserPool",
            r#"{"UserPoolId":"a_b"}"#,
            "InternalErrorException",
        ),
        (
            "ListUserPoolClientSecrets",
            r#"{"UserPoolId":"a_b","ClientId":"c"}"#,
            "InternalServerException",
        ),
    ] {
        let mut request = post(operation, input);
        request
            .headers_mut()
            .insert("authorization", "AKID".parse().unwrap());
        let (status, body, headers) = send(request).await;
        assert_eq!(status, 500);
        assert_eq!(headers["x-amzn-errortype"], format!("{type_}:"));
        assert_eq!(
            body,
            json!({
                "__type": type_,
                "message": "Internal error. Request id: 00000000-0000-0000-0000-000000000007"
            })
        );
        assert!(conform_error(operation, status.as_u16(), &body).is_empty());
    }
}

#[tokio::test]
async fn types_win_over_constraints() {
    let (_, body, _) = send(post("SignUp", r#"{"ClientId":"","Username":5}"#)).await;
    assert_eq!(
        body,
        json!({"__type": "SerializationException", "Message": "NUMBER_VALUE can not be converted to a String"})
    );
    let (_, body, headers) = send(post("SignUp", "")).await;
    assert_eq!(body, json!({"__type": "SerializationException"}));
    assert!(!headers.contains_key("x-amzn-errormessage"));
    let (_, body, _) = send(post("SignUp", "{}")).await;
    assert_eq!(body["__type"], "InvalidParameterException");
}

#[tokio::test]
async fn unknown_operations_have_no_text() {
    let mut without = post("SignUp", "{}");
    without.headers_mut().remove("x-amz-target");
    let mut prefix = post("SignUp", "{}");
    prefix.headers_mut().insert(
        "x-amz-target",
        "AWSCognitoIdentityService.SignUp".parse().unwrap(),
    );
    for request in [
        without,
        prefix,
        post("Nope", "{}"),
        post("signUp", "{}"),
        post("", "{}"),
    ] {
        let (status, body, headers) = send(request).await;
        assert_eq!(status, 400);
        assert_eq!(body, json!({"__type": "UnknownOperationException"}));
        assert_eq!(headers["x-amzn-errortype"], "UnknownOperationException:");
    }
}

#[tokio::test]
async fn an_operation_of_the_model_that_is_not_built_says_so() {
    let (status, body, headers) = send(post("CreateGroup", "{}")).await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({
            "__type": "UnknownOperationException",
            "message": "Cognate does not support CreateGroup yet. docs/operations.md lists the \
                        operations that it supports.",
        })
    );
    assert_eq!(headers["x-amzn-errortype"], "UnknownOperationException:");
}

#[tokio::test]
async fn what_is_no_aws_json_request_gets_a_clear_answer() {
    let mut path = post("SignUp", "{}");
    *path.uri_mut() = "/elsewhere".parse().unwrap();
    let (status, body, _) = send(path).await;
    assert_eq!(
        (status.as_u16(), &body["__type"]),
        (404, &json!("UnknownOperationException"))
    );

    let mut method = post("SignUp", "{}");
    *method.method_mut() = Method::GET;
    let (status, body, headers) = send(method).await;
    assert_eq!(
        (status.as_u16(), &body["__type"]),
        (405, &json!("UnknownOperationException"))
    );
    assert_eq!(headers["allow"], "POST, OPTIONS");

    for content_type in [
        None,
        Some("text/plain"),
        Some("application/json"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let mut request = post("SignUp", "{}");
        request.headers_mut().remove("content-type");
        if let Some(content_type) = content_type {
            request
                .headers_mut()
                .insert("content-type", content_type.parse().unwrap());
        }
        let (status, body, _) = send(request).await;
        assert_eq!(status, 400);
        assert_eq!(
            body["message"],
            "The Content-Type must be application/x-amz-json-1.1."
        );
    }
    let mut charset = post("DeleteUser", r#"{"AccessToken":"t"}"#);
    charset.headers_mut().insert(
        "content-type",
        "application/x-amz-json-1.1; charset=UTF-8".parse().unwrap(),
    );
    assert_eq!(send(charset).await.0, 200);
}

#[tokio::test]
async fn a_browser_may_ask_first() {
    let asked = "content-type,x-amz-target,x-amz-user-agent,cache-control,amz-sdk-invocation-id,amz-sdk-request";
    let request = Request::options("/")
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", asked)
        .body(Bytes::new())
        .unwrap();
    let (status, _, headers) = send(request).await;
    assert_eq!(status, 200);
    assert_eq!(headers["access-control-allow-methods"], "POST");
    assert_eq!(headers["access-control-allow-headers"], asked);
    assert_eq!(headers["access-control-max-age"], "172800");
}

#[tokio::test]
async fn the_registry_knows_what_it_holds() {
    let registry = registry();
    assert_eq!(
        registry.names(),
        [
            "DeleteUser",
            "DescribeUserPool",
            "GetUser",
            "ListUserPoolClientSecrets",
            "SignUp"
        ]
    );
    assert!(registry.supports("SignUp"));
    assert!(!registry.supports("CreateGroup"));
}

/// A detail of each of the two checks in one typed input.
#[test]
fn generated_types_take_what_the_checks_let_through() {
    let shape = &MODEL.operations["CreateUserPool"].input;
    let body = json!({
        "PoolName": "p",
        "Schema": [{"Name": "a", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "0"}}],
        "Policies": {"PasswordPolicy": {"MinimumLength": 8.9}},
        "UserPoolTags": {"a": "b", "c": null}
    });
    let input = shape_check::read_body(body.to_string().as_bytes(), shape).unwrap();
    validation::validate("CreateUserPool", &input, shape).unwrap();
    let typed: crate::model::CreateUserPoolRequest = serde_json::from_value(input).unwrap();
    assert_eq!(typed.pool_name, "p");
    assert_eq!(typed.user_pool_tags.unwrap().len(), 1);
}
