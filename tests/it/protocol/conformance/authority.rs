//! Section 1.5, for every operation that needs a signature: who may not call it is refused with the one right text, and
//! nothing changes. The inputs are valid and would change something, which the end of the test shows.

use std::time::Duration;

use cognate::config::{AccessKey, Config};
use serde_json::Value;

use super::authority_world::{World, has_member};
use super::model;
use crate::support::client::amz_date;
use crate::support::server::Endpoint;
use crate::support::{Admin, Answer, TestServer, TestStore, application, both_stores, wait};

const SECRET: &str = "d41e7b9c05f2a6388c37e1f04b9d52a6d41e7b9c";
const OTHER_SECRET: &str = "a62d9b40f1e73c8836a2f50c9b7e14d4a62d9b40";
/// May do everything.
const ADMINISTRATOR: &str = "AKIDADMINISTRATOR";
/// Is denied everything, although another statement allows it.
const DENIED: &str = "AKIDDENIED";
/// Is allowed what concerns a pool that there is not.
const ELSEWHERE: &str = "AKIDELSEWHERE";

const MISSING: &str = "Missing Authentication Token";
const UNKNOWN_KEY: &str = "The security token included in the request is invalid.";
const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult \
                        the service documentation for details.";

/// Signed in the model, but their callers prove the secret of an app client (administration 0).
const BY_CLIENT: &[&str] = &["GetClientToken", "GetDerivedToken"];

fn with_keys(config: &mut Config) {
    let key = |id: &str, policy: &str| AccessKey {
        id: id.into(),
        secret: SECRET.into(),
        description: String::new(),
        policy: policy.into(),
    };
    config.admin.access_keys = vec![
        key(ADMINISTRATOR, ""),
        key(
            DENIED,
            r#"{"Version":"2012-10-17","Statement":[
                {"Effect":"Allow","Action":"*","Resource":"*"},
                {"Effect":"Deny","Action":"cognito-idp:*","Resource":"*"}]}"#,
        ),
        key(
            ELSEWHERE,
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cognito-idp:*",
                "Resource":"arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Elsewhere"}}"#,
        ),
    ];
}

/// The signed operations that the server answers.
fn operations() -> Vec<&'static str> {
    let mut operations = application::supported_operations();
    operations.retain(|name| model::is_signed(name) && !BY_CLIENT.contains(name));
    assert!(operations.len() >= 90, "only {operations:?} are signed");
    operations
}

/// The rows of the store once nothing changes them any more.
async fn rows_at_rest(store: &TestStore) -> crate::support::store::Rows {
    wait::until(
        "the store to come to rest",
        Duration::from_secs(60),
        || async {
            let pending = store
                .ask("SELECT message_id FROM outbox WHERE status = 'pending'")
                .await;
            let rows = store.rows().await;
            (pending.is_empty() && store.rows().await == rows).then_some(rows)
        },
    )
    .await
}

/// A request that is refused, in a few words, and what it is answered.
struct Refused {
    what: &'static str,
    request: reqwest::RequestBuilder,
    type_: &'static str,
    /// The text, or what it begins with where a time follows.
    text: String,
    is_beginning: bool,
}

/// Each way not to be permitted `operation` with `input`.
fn refusals(server: &Endpoint, operation: &str, input: &Value) -> Vec<Refused> {
    let body = input.to_string().into_bytes();
    let administrator = server.admin.with_keys(ADMINISTRATOR, SECRET);
    let by = |admin: &Admin| admin.request(operation, body.clone());
    let refused = |what, request, type_, text: &str| Refused {
        what,
        request,
        type_,
        text: text.to_owned(),
        is_beginning: false,
    };
    let beginning = |what, request, text: String| Refused {
        what,
        request,
        type_: "InvalidSignatureException",
        text,
        is_beginning: true,
    };
    let (stale, early) = (amz_date(-600), amz_date(600));
    let mut temporary = administrator.clone();
    temporary.signer.token = Some("a-session-token".into());
    let mut of_another_service = administrator.clone();
    of_another_service.signer.service = "cognito-identity".into();
    // A signature that somebody has seen, for another operation.
    let other = if operation == "ListUserPools" {
        "ListUsers"
    } else {
        "ListUserPools"
    };
    let seen = administrator.request(other, body.clone()).build().unwrap();
    let mut moved = seen.headers().clone();
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    moved.insert("x-amz-target", target.parse().unwrap());
    let moved = server
        .client
        .raw(reqwest::Method::POST, "/")
        .headers(moved)
        .body(body.clone());
    let denied = |key: &str, reason: &str| {
        format!(
            "User: arn:aws:iam::000000000000:user/{key} is not authorized to perform: \
             cognito-idp:{operation} on resource: {} {reason}",
            resource(operation, input)
        )
    };
    vec![
        refused(
            "no signature",
            server.client.request(operation).body(body.clone()),
            "MissingAuthenticationTokenException",
            MISSING,
        ),
        refused(
            "an unknown key",
            by(&server.admin.with_keys("AKIAQQQQQQQQQQQQQQQQ", SECRET)),
            "UnrecognizedClientException",
            UNKNOWN_KEY,
        ),
        refused(
            "a session token",
            by(&temporary),
            "UnrecognizedClientException",
            UNKNOWN_KEY,
        ),
        refused(
            "a wrong secret",
            by(&server.admin.with_keys(ADMINISTRATOR, OTHER_SECRET)),
            "InvalidSignatureException",
            MISMATCH,
        ),
        refused(
            "another body",
            administrator
                .request(operation, b"{}".to_vec())
                .body([body.as_slice(), b" "].concat()),
            "InvalidSignatureException",
            MISMATCH,
        ),
        refused(
            "another operation",
            moved,
            "InvalidSignatureException",
            MISMATCH,
        ),
        refused(
            "another service",
            by(&of_another_service),
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'cognito-idp'. ",
        ),
        beginning(
            "a signature of ten minutes ago",
            administrator.request_at(operation, body.clone(), &stale),
            format!("Signature expired: {stale} is now earlier than "),
        ),
        beginning(
            "a signature of ten minutes from now",
            administrator.request_at(operation, body.clone(), &early),
            format!("Signature not yet current: {early} is still later than "),
        ),
        refused(
            "a policy that denies",
            by(&server.admin.with_keys(DENIED, SECRET)),
            "AccessDeniedException",
            &denied(DENIED, "with an explicit deny in an identity-based policy"),
        ),
        refused(
            "a policy that does not allow",
            by(&server.admin.with_keys(ELSEWHERE, SECRET)),
            "AccessDeniedException",
            &denied(
                ELSEWHERE,
                &format!(
                    "because no identity-based policy allows the cognito-idp:{operation} action"
                ),
            ),
        ),
    ]
}

/// What the call is about, as policies name it.
fn resource(operation: &str, input: &Value) -> String {
    let text = |name: &str| input[name].as_str().expect("a text");
    if has_member(operation, "UserPoolId") {
        format!(
            "arn:aws:cognito-idp:us-east-1:000000000000:userpool/{}",
            text("UserPoolId")
        )
    } else if has_member(operation, "ResourceArn") {
        text("ResourceArn").to_owned()
    } else {
        "*".to_owned()
    }
}

both_stores! {
    /// Each signed operation, each way not to be permitted it.
    async fn nothing_is_done_for_those_who_may_not(store: TestStore) {
        let server = TestServer::start(&store, with_keys).await;
        let mut endpoint = Endpoint::clone(&server);
        endpoint.admin = server.admin.with_keys(ADMINISTRATOR, SECRET);
        let world = World::build(&endpoint).await;
        let mut rows = rows_at_rest(&store).await;
        let mut faults = Vec::new();
        for operation in operations() {
            let input = world.input(operation);
            for refused in refusals(&endpoint, operation, &input) {
                let Refused { what, request, type_, text, is_beginning } = refused;
                let answer = Answer::read(operation, request.send().await.unwrap()).await;
                let message = answer.message.as_deref().unwrap_or_default();
                let is_said = message == text || (is_beginning && message.starts_with(&text));
                if answer.status != 400 || answer.type_.as_deref() != Some(type_) || !is_said {
                    faults.push(format!("{operation} with {what}: {answer}"));
                }
            }
            let after = store.rows().await;
            faults.extend(after.changes_since(&rows).map(|table| format!("{operation} changed {table}")));
            rows = after;
        }
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));

        // With the right key each of them changes something: the test would have seen it.
        for (operation, _) in &world.changes {
            let input = world.input(operation);
            let answer = endpoint.admin.call(operation, input).await;
            if World::is_change(operation) {
                answer.ok();
                let after = store.rows().await;
                assert!(after.changes_since(&rows).next().is_some(), "{operation} changed nothing");
                rows = after;
            }
        }
        server.stop().await;
    }
}
