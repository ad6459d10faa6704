//! The signature of plain HTTP, checked by the code that `docs/triggers.md` shows, and a function behind an Invoke
//! endpoint that is written in another language.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use cognate::config::{FunctionConfig, FunctionProtocol};
use serde_json::{Value, json};

use super::function::{ARN, Function, invoke, server_with, with_triggers};
use crate::support::sign_up::standing;
use crate::support::users::assert_unknown;
use crate::support::{TestStore, both_stores};

const SECRET: &str = "a secret that both know";
const DOCUMENT: &str = include_str!("../../../docs/triggers.md");

/// The first block of `language` in the document that has `needle`.
pub fn example(language: &str, needle: &str) -> String {
    let blocks = DOCUMENT.split("```").skip(1).step_by(2);
    let mut code = blocks.filter_map(|block| block.strip_prefix(&format!("{language}\n")));
    code.find(|code| code.contains(needle)).unwrap().to_owned()
}

/// What the program says of the cases, which it reads as JSON from its input.
fn verdicts(program: &str, arguments: &[&str], code: &str, cases: &Value) -> Value {
    let mut child = Command::new(program)
        .args(arguments)
        .arg(code)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut input = child.stdin.take().unwrap();
    input.write_all(cases.to_string().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}");
    serde_json::from_slice(&output.stdout).unwrap()
}

const PYTHON_CASES: &str = "
import json, sys
cases = json.load(sys.stdin)
print(json.dumps([is_from_cognate(c['secret'], c['header'], c['body'].encode(), c['now']) for c in cases]))
";
const NODE_CASES: &str = "
const cases = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map((c) => isFromCognate(c.secret, c.header, Buffer.from(c.body), c.now))));
";

both_stores! {
    async fn the_documented_code_accepts_our_signature_and_no_other(store: TestStore) {
        let function = Function::start().await;
        let config = FunctionConfig {
            arn: ARN.to_owned(),
            protocol: FunctionProtocol::Http,
            url: function.url.clone().into(),
            secret: Some(SECRET.into()),
            ..FunctionConfig::default()
        };
        let server = server_with(&store, vec![config]).await;
        let pool = server.pool(with_triggers(&["PreSignUp"], json!({}))).await;
        // A function's clock does not move with the server's.
        server.advance(86_400).await;
        pool.client(json!({})).await.sign_up("grüße", json!({})).await.ok();
        let call = function.calls().remove(0);
        let header = call.headers["x-cognate-signature"].to_str().unwrap();
        let body = std::str::from_utf8(&call.body).unwrap();
        let now = crate::support::client::now(0).as_second();
        let case = |secret: &str, header: &str, body: &str, now: i64| {
            json!({ "secret": secret, "header": header, "body": body, "now": now })
        };
        let cases = json!([
            case(SECRET, header, body, now),
            case(SECRET, header, body, now + 200),
            case(SECRET, header, body, now + 400),
            case(SECRET, header, body, now - 400),
            case("another secret", header, body, now),
            case(SECRET, header, &body.replace("PreSignUp", "PreSignup"), now),
            case(SECRET, &header.replace("t=1", "t=2"), body, now),
            case(SECRET, "", body, now),
            case(SECRET, "t=,v1=", body, now),
            case(SECRET, "nonsense", body, now),
        ]);
        let expected: Value = (0..10).map(|index| index < 2).collect();
        let python = example("python", "def is_from_cognate") + PYTHON_CASES;
        assert_eq!(verdicts("python3", &["-c"], &python, &cases), expected);
        let node = example("js", "function isFromCognate") + NODE_CASES;
        assert_eq!(verdicts("node", &["-e"], &node, &cases), expected);
        server.stop().await;
    }

    /// A function in Python behind an Invoke endpoint that checks the signature of Version 4.
    async fn a_function_in_another_language_is_called_as_by_lambda(store: TestStore) {
        let endpoint = Endpoint::start();
        let signed = |secret: &str, arn: &str| FunctionConfig {
            arn: arn.to_owned(),
            access_key_id: Some("AKIDEXAMPLE".to_owned()),
            secret: Some(secret.into()),
            ..invoke(&endpoint.url)
        };
        let unsigned = format!("{ARN}-2");
        let functions = vec![signed("the secret", ARN), signed("another", &unsigned)];
        let server = server_with(&store, functions).await;
        let pool = server.pool(with_triggers(&["PreSignUp"], json!({}))).await;
        let app = pool.client(json!({})).await;
        let made = app.sign_up("ada", json!({ "email": "ada@good.example" })).await.ok();
        assert_eq!(made["UserConfirmed"], true);
        assert_eq!(standing(&pool, "ada").await, ("CONFIRMED".to_owned(), true, false));
        let refused = app.sign_up("eve", json!({ "email": "eve@bad.example" })).await;
        let text = "PreSignUp failed with error Nobody from bad.example.";
        refused.fails("UserLambdaValidationException", text);
        assert_unknown(&pool, "eve").await;
        let input = json!({ "LambdaConfig": { "PreSignUp": unsigned } });
        pool.admin("UpdateUserPool", input).await.ok();
        // Settings of pools are kept for a second.
        server.advance(10).await;
        let text = "PreSignUp invocation failed due to error HTTP status 403 while invoking Lambda function.";
        let refused = app.sign_up("eve", json!({})).await;
        refused.fails("UnexpectedLambdaException", text);
        server.stop().await;
    }
}

/// The Invoke endpoint, a process of its own.
struct Endpoint {
    process: Child,
    url: String,
}

impl Endpoint {
    fn start() -> Self {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/triggers/invoke_endpoint.py"
        );
        let mut process = Command::new("python3")
            .arg(script)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut port).unwrap();
        let url = format!("http://127.0.0.1:{}", port.trim());
        Self { process, url }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
