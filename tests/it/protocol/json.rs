//! Behaviour 1: requests and answers as they look on the wire.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::Frame;
use serde_json::{Value, json};

use crate::support::client::{JSON_1_1, now};
use crate::support::pools::PASSWORD;
use crate::support::{Answer, TestServer, both_stores};

const TARGET: &str = "AWSCognitoIdentityProviderService.GetUser";

both_stores! {
    /// Section 1.1: the headers of a success, and an id for each request.
    async fn a_success_has_its_headers(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let first = pool.admin("DescribeUserPool", json!({})).await;
        let second = pool.admin("DescribeUserPool", json!({})).await;
        for answer in [&first, &second] {
            assert_eq!(answer.status, 200, "{answer}");
            assert_eq!(answer.header("content-type"), Some(JSON_1_1));
            assert_eq!(
                answer.header("content-length"),
                Some(answer.text.len().to_string().as_str())
            );
            assert!(answer.header("date").is_some_and(|date| date.ends_with(" GMT")), "{answer}");
            assert_eq!(answer.header("x-amzn-errortype"), None);
        }
        assert_ne!(first.header("x-amzn-requestid"), second.header("x-amzn-requestid"));
    }

    /// Section 1.1: an operation without output members answers `{}`.
    async fn an_answer_without_members_is_an_empty_object(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let tokens = app.signed_in("ada", json!({ "name": "Ada" })).await;
        let update = json!({
            "Username": "ada",
            "UserAttributes": [{ "Name": "name", "Value": "Ada L." }],
        });
        let updated = pool.admin("AdminUpdateUserAttributes", update).await;
        let deleted = app.with_token("DeleteUser", &tokens.access, json!({})).await;
        for answer in [updated, deleted] {
            assert_eq!((answer.status, answer.text.as_str()), (200, "{}"), "{answer}");
        }
    }

    /// Section 1.1: times are numbers of seconds since the epoch.
    async fn times_are_seconds(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let created = pool.created["CreationDate"].as_f64().expect("a number");
        let clock = now(0).as_second();
        #[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
        let apart = (created - clock as f64).abs();
        assert!(apart < 120.0, "{created} is not about {clock}");
    }

    /// Section 1.1: unknown members are ignored, and `null` equals absent.
    async fn unknown_members_and_nulls_are_ignored(server: TestServer) {
        let input = json!({
            "PoolName": "lenient",
            "NobodyKnowsThis": { "a": [1] },
            "Policies": null,
            "AutoVerifiedAttributes": null,
        });
        let created = server.admin.call("CreateUserPool", input).await.ok();
        assert_eq!(created["UserPool"]["Name"], "lenient");
        let input = json!({ "PoolName": null });
        server.admin.call("CreateUserPool", input).await.fails(
            "InvalidParameterException",
            "1 validation error detected: Value null at 'poolName' failed to satisfy constraint: \
             Member must not be null",
        );
    }

    /// Section 1.2: every client error has status 400, two members and two headers.
    async fn an_error_has_its_form(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({})).await;
        for (answer, type_, message) in [
            (
                app.initiate("ada", "Wr0ng-Horse!").await,
                "NotAuthorizedException",
                "Incorrect username or password.",
            ),
            (
                pool.user("nobody").await,
                "UserNotFoundException",
                "User does not exist.",
            ),
        ] {
            assert_eq!(answer.status, 400, "{answer}");
            assert_eq!(answer.body, json!({ "__type": type_, "message": message }));
            assert_eq!(answer.header("x-amzn-errortype"), Some(format!("{type_}:").as_str()));
            assert_eq!(answer.header("x-amzn-errormessage"), Some(message));
        }
    }

    /// Section 1.2: a text that does not fit a header is whole in the body.
    async fn a_text_that_fits_no_header_is_whole_in_the_body(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({})).await;
        let update = json!({
            "Username": "ada",
            "UserAttributes": [{ "Name": "custom:foo", "Value": "x" }],
        });
        let answer = pool.admin("AdminUpdateUserAttributes", update).await;
        let text = "user.custom:foo: Attribute does not exist in the schema.";
        answer.fails(
            "InvalidParameterException",
            &format!("Invalid user attributes: {text}\n"),
        );
        assert!(answer.header("x-amzn-errormessage").is_none_or(|header| header.contains(text)));
        let foreign = server.admin.call("DescribeUserPool", json!({ "UserPoolId": "日本_é" })).await;
        foreign.fails(
            "InvalidParameterException",
            "1 validation error detected: Value '日本_é' at 'userPoolId' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+",
        );
    }

    /// Section 1.3: bodies that are no JSON object.
    async fn a_body_that_is_no_object_is_refused(server: TestServer) {
        for body in ["", "null", "\"x\"", "{", "{\"AccessToken\":", "{'a':1}", "{}x", "5", "true"] {
            let answer = post(&server, body.as_bytes().to_vec()).await;
            assert_eq!(answer.status, 400, "{body}: {answer}");
            assert_eq!(answer.body, json!({ "__type": "SerializationException" }), "{body}");
        }
        let list = json!({
            "__type": "SerializationException",
            "Message": "Start of list found where not expected",
        });
        assert_eq!(post(&server, b"[]".to_vec()).await.body, list);
    }

    /// Section 1.3: `{}` is an object, and goes on to the constraints.
    async fn an_empty_object_is_validated(server: TestServer) {
        post(&server, b"{}".to_vec()).await.fails(
            "InvalidParameterException",
            "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: \
             Member must not be null",
        );
    }

    /// A truncated body, nesting without end, bytes that are no UTF-8, numbers without bound: each
    /// gets the same clear answer.
    async fn hostile_bodies_are_refused(server: TestServer) {
        let nested = |levels: usize| {
            let (open, close) = ("[".repeat(levels), "]".repeat(levels));
            format!("{{\"AccessToken\":\"a\",\"x\":{open}{close}}}").into_bytes()
        };
        for body in [
            br#"{"AccessToken":"abc"#.to_vec(),
            br#"{"AccessToken":"abc"} {"#.to_vec(),
            b"{\"AccessToken\":\"\xff\xfe\"}".to_vec(),
            b"{\"AccessToken\":\"\xc3\"}".to_vec(),
            b"\xff\xfe{\0}\0".to_vec(),
            br#"{"AccessToken":"\ud800"}"#.to_vec(),
            b"{\"AccessToken\":\"a\nb\"}".to_vec(),
            nested(10_000),
            nested(80_000),
        ] {
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            let answer = post(&server, body).await;
            assert_eq!(answer.status, 400, "{shown}: {answer}");
            answer.fails_as("SerializationException");
        }
    }

    /// Section 1.3: decimals given for integers are cut, and what no integer holds is refused.
    async fn decimals_are_truncated_and_too_large_numbers_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let list = async |limit: &str| {
            let body = format!("{{\"UserPoolId\":\"{}\",\"Limit\":{limit}}}", pool.id);
            let request = server.admin.request("ListUsers", body.into_bytes());
            Answer::read("ListUsers", request.send().await.unwrap()).await
        };
        for limit in ["60", "60.9", "6e1", "0", "-0.5"] {
            assert_eq!(list(limit).await.status, 200, "{limit}");
        }
        for (limit, shown, bound) in [
            ("61.5", "61", "less than or equal to 60"),
            ("-1", "-1", "greater than or equal to 0"),
        ] {
            list(limit).await.fails(
                "InvalidParameterException",
                &format!(
                    "1 validation error detected: Value '{shown}' at 'limit' failed to satisfy \
                     constraint: Member must have value {bound}"
                ),
            );
        }
        for limit in ["2147483648", "-2147483649", "99999999999999999999", "1e300", "1e999"] {
            list(limit).await.fails_as("SerializationException");
        }
    }

    /// Section 1.3: an attribute's value is a string, whatever the attribute's type.
    async fn attribute_values_that_are_no_strings_are_refused(server: TestServer) {
        for (value, token) in [(json!(5), "NUMBER_VALUE"), (json!(true), "TRUE_VALUE")] {
            let input = json!({
                "ClientId": "abc",
                "Username": "ada",
                "Password": PASSWORD,
                "UserAttributes": [{ "Name": "custom:n", "Value": value }],
            });
            server.client.call("SignUp", input).await.fails(
                "SerializationException",
                &format!("{token} can not be converted to a String"),
            );
        }
    }

    /// Section 1.4: answers observed of AWS word by word, the order of their parts included.
    async fn validation_answers_are_those_observed_of_aws(server: TestServer) {
        for (operation, input, text) in [
            (
                "GetUser",
                json!({ "AccessToken": "" }),
                "1 validation error detected: Value at 'accessToken' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+",
            ),
            (
                "SignUp",
                json!({ "ClientId": "bad client id!", "Username": "ada" }),
                "1 validation error detected: Value 'bad client id!' at 'clientId' failed to \
                 satisfy constraint: Member must satisfy regular expression pattern: [\\w+]+",
            ),
            (
                "DescribeUserPool",
                json!({ "UserPoolId": "YOUR_USER_POOL_ID" }),
                "1 validation error detected: Value 'YOUR_USER_POOL_ID' at 'userPoolId' failed to \
                 satisfy constraint: Member must satisfy regular expression pattern: \
                 [\\w-]+_[0-9a-zA-Z]+",
            ),
            (
                "SignUp",
                json!({ "ClientId": "abc", "Username": "ada", "Password": " leading" }),
                "1 validation error detected: Value at 'password' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
            ),
            (
                "ConfirmSignUp",
                json!({ "ClientId": "abc", "Username": "ada", "ConfirmationCode": "" }),
                "2 validation errors detected: Value '' at 'confirmationCode' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: [\\S]+; Value '' at \
                 'confirmationCode' failed to satisfy constraint: Member must have length greater \
                 than or equal to 1",
            ),
            (
                "CreateUserPool",
                json!({
                    "PoolName": "p",
                    "Schema": [{ "Name": "a", "AttributeDataType": "Banana" }],
                }),
                "1 validation error detected: Value 'Banana' at 'schema.1.member.attributeDataType' \
                 failed to satisfy constraint: Member must satisfy enum value set: [Boolean, \
                 Number, String, DateTime]",
            ),
            (
                "CreateUserPool",
                json!({ "PoolName": "p", "Schema": [{ "Name": "phone_number_verified" }] }),
                "1 validation error detected: Value 'phone_number_verified' at \
                 'schema.1.member.name' failed to satisfy constraint: Member must have length less \
                 than or equal to 20",
            ),
        ] {
            call(&server, operation, input).await.fails("InvalidParameterException", text);
        }
    }

    /// A NUL, which a text column of PostgreSQL cannot hold, is refused and is no internal error.
    async fn a_nul_character_is_refused_as_a_client_error(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let attributes = json!([{ "Name": "name", "Value": "a\0b" }]);
        let input = json!({
            "Username": "ada", "Password": PASSWORD, "UserAttributes": attributes,
        });
        app.call("SignUp", input).await.fails_as("InvalidParameterException");
        let input = json!({ "Filter": "name = \"a\0b\"" });
        pool.admin("ListUsers", input).await.fails_as("InvalidParameterException");
    }

    /// Section 1.3: what is no operation.
    async fn unknown_operations_are_refused(server: TestServer) {
        let unknown = json!({ "__type": "UnknownOperationException" });
        for target in [
            None,
            Some(""),
            Some("GetUser"),
            Some("AWSCognitoIdentityProviderService"),
            Some("AWSCognitoIdentityProviderService."),
            Some("AWSCognitoIdentityProviderService.NoSuchThing"),
            Some("AWSCognitoIdentityProviderService.getuser"),
            Some("awscognitoidentityproviderservice.GetUser"),
            Some("AWSCognitoIdentityService.GetUser"),
            Some("AWSCognitoIdentityProviderService.GetUser.More"),
        ] {
            let mut request = server
                .client
                .raw(reqwest::Method::POST, "/")
                .header("content-type", JSON_1_1)
                .body("{}");
            if let Some(target) = target {
                request = request.header("x-amz-target", target);
            }
            let answer = server.client.send(request).await;
            assert_eq!((answer.status, &answer.body), (400, &unknown), "{target:?}: {answer}");
        }
    }

    /// Wrong methods, paths and content types get an error in the API's form.
    async fn wrong_methods_paths_and_content_types_are_refused(server: TestServer) {
        use reqwest::Method;
        for (method, path, content_type) in [
            (Method::GET, "/", JSON_1_1),
            (Method::PUT, "/", JSON_1_1),
            (Method::DELETE, "/", JSON_1_1),
            (Method::PATCH, "/", JSON_1_1),
            (Method::POST, "/nowhere", JSON_1_1),
            (Method::POST, "/", "text/plain"),
            (Method::POST, "/", "application/x-www-form-urlencoded"),
            (Method::POST, "/", "multipart/form-data; boundary=x"),
        ] {
            let request = server
                .client
                .raw(method.clone(), path)
                .header("content-type", content_type)
                .header("x-amz-target", TARGET)
                .body("{}");
            let answer = server.client.send(request).await;
            let what = format!("{method} {path} as {content_type}: {answer}");
            assert!((400..500).contains(&answer.status), "{what}");
            assert!(answer.type_.is_some() && answer.message.is_some(), "{what}");
            assert!(answer.header("x-amzn-requestid").is_some(), "{what}");
        }
    }

    /// Clients add a charset to the content type.
    async fn a_charset_in_the_content_type_is_accepted(server: TestServer) {
        let request = server
            .client
            .raw(reqwest::Method::POST, "/")
            .header("content-type", "application/x-amz-json-1.1; charset=utf-8")
            .header("x-amz-target", TARGET)
            .body("{}");
        server.client.send(request).await.fails_as("InvalidParameterException");
    }

    /// A body beyond the limit is refused in the API's form, announced or not.
    async fn a_large_body_is_refused(server: TestServer) {
        let announced = server.client.request("GetUser").body(vec![b' '; 1024 * 1024]);
        let streamed = reqwest::Body::wrap(Spaces { left: 1024 * 1024 });
        let streamed = server.client.request("GetUser").body(streamed);
        for request in [announced, streamed] {
            let answer = server.client.send(request).await;
            assert!((400..500).contains(&answer.status), "{answer}");
            assert!(answer.type_.is_some(), "{answer}");
        }
    }
}

/// A body of spaces whose length is not announced.
struct Spaces {
    left: usize,
}

impl hyper::body::Body for Spaces {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let length = self.left.min(64 * 1024);
        self.left -= length;
        let frame = Frame::data(vec![b' '; length].into());
        Poll::Ready((length > 0).then_some(Ok(frame)))
    }
}

async fn post(server: &TestServer, body: Vec<u8>) -> Answer {
    let response = server.client.request("GetUser").body(body).send().await;
    Answer::read("GetUser", response.expect("the server answers")).await
}

/// A call, signed where the operation needs it.
async fn call(server: &TestServer, operation: &str, input: Value) -> Answer {
    match operation {
        "SignUp" | "ConfirmSignUp" | "GetUser" => server.client.call(operation, input).await,
        _ => server.admin.call(operation, input).await,
    }
}
