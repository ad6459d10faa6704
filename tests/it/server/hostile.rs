//! What strangers can take of the server, and what is left to others: bodies that never end, floods of
//! sign-ins, connections, and answers that repeat what was sent. Sources are addresses of 127.0.0.0/8.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::{Answer, AppClient, Client, TestServer, TestStore, both_stores, wait};

const LIMIT: Duration = Duration::from_secs(60);
/// `server.max_open_body_bytes`.
const OPEN_BODY: usize = 163_840;

/// A source of its own: 127.0.0.`last`.
fn source(last: u8) -> IpAddr {
    [127, 0, 0, last].into()
}

async fn connect(server: &TestServer, from: IpAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    let address = server.url().strip_prefix("http://").unwrap();
    socket.connect(address.parse().unwrap()).await.unwrap()
}

/// A client that connects from 127.0.0.`last`.
fn client_from(server: &TestServer, last: u8) -> Client {
    Client::from_address(server.url(), Some(source(last)))
}

fn head(operation: &str, further: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amz-target: AWSCognitoIdentityProviderService.{operation}\r\n{further}\r\n\r\n"
    )
}

/// The answer as far as it tells the type of an error.
async fn error_of(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let reading = async {
        while !String::from_utf8_lossy(&answer).contains("\"__type\"") {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(length) => answer.extend_from_slice(&buffer[..length]),
            }
        }
    };
    tokio::time::timeout(LIMIT, reading)
        .await
        .expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn get_user(client: &Client) -> Answer {
    client
        .call("GetUser", json!({ "AccessToken": "abc" }))
        .await
}

/// Strangers who sign in without end, `connections` from each of `sources`, until this is dropped.
struct Flood {
    ended: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    _callers: JoinSet<()>,
}

impl Flood {
    /// Returns once the queue has no place for all of them.
    async fn start(
        server: &TestServer,
        app: &AppClient,
        sources: &[u8],
        connections: usize,
    ) -> Self {
        let (ended, answered, refused) = (Arc::default(), Arc::default(), Arc::default());
        let mut callers = JoinSet::new();
        for last in sources {
            let client = client_from(server, *last);
            for number in 0..connections {
                let (client, id) = (client.clone(), app.id.clone());
                let (ended, answered, refused) = (
                    Arc::<AtomicBool>::clone(&ended),
                    Arc::<AtomicUsize>::clone(&answered),
                    Arc::<AtomicUsize>::clone(&refused),
                );
                let input = json!({
                    "ClientId": id,
                    "AuthFlow": "USER_PASSWORD_AUTH",
                    "AuthParameters": { "USERNAME": format!("nobody{number}"), "PASSWORD": "Wrong-Horse-1" },
                });
                callers.spawn(async move {
                    while !ended.load(Ordering::Relaxed) {
                        let answer = client.call("InitiateAuth", input.clone()).await;
                        answered.fetch_add(1, Ordering::Relaxed);
                        if answer.type_.as_deref() == Some("TooManyRequestsException") {
                            refused.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        }
        let flood = Self {
            ended,
            answered,
            refused,
            _callers: callers,
        };
        wait::until("the flood to be too much", LIMIT, || async {
            let refused = flood.refused.load(Ordering::Relaxed);
            (refused > sources.len() * connections).then_some(())
        })
        .await;
        flood
    }

    fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// A server with one thread for hashes, sixteen places in the queue, and hashes that take their time.
async fn hashing_server(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| {
        config.passwords.memory_kib = 8 * 1024;
        config.passwords.workers = Some(1);
        config.passwords.queue = 16;
        config.limits.lockout_free_tries = 0;
    })
    .await
}

/// A client that hides users, so that a sign-in costs a hash whatever the name.
async fn app_with_ada(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    let app = pool
        .client(json!({ "PreventUserExistenceErrors": "ENABLED" }))
        .await;
    app.confirmed("ada", json!({})).await;
    app
}

both_stores! {
    /// 257 bodies that lack their last byte take the memory that one source may have, and no more.
    async fn unfinished_bodies_of_one_source_refuse_no_other(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let begin = head("GetUser", &format!("content-length: {OPEN_BODY}")).into_bytes();
        let body = [begin, vec![b' '; OPEN_BODY - 1]].concat();
        let mut unfinished = Vec::new();
        for _ in 0..257 {
            let mut stream = connect(&server, source(2)).await;
            // The server reads on what it has refused, or has closed.
            let _ = stream.write_all(&body).await;
            unfinished.push(stream);
        }
        let (attacker, other) = (client_from(&server, 2), client_from(&server, 1));
        for _ in 0..20 {
            get_user(&other).await.fails("NotAuthorizedException", "Invalid Access Token");
        }
        for stream in &mut unfinished {
            let answer = error_of(stream).await;
            let late = answer.contains("SerializationException") && answer.contains("in time");
            let refused = answer.contains("TooManyRequestsException");
            assert!(late || refused, "{answer}");
        }
        get_user(&attacker).await.fails_as("NotAuthorizedException");
        server.stop().await;
    }

    /// Where the head decides, nobody waits for the body.
    async fn a_head_that_cannot_succeed_is_answered_before_its_body(server: TestServer) {
        let announced = "content-length: 100000";
        let unsigned = "AWS4-HMAC-SHA256 Credential=AKID, SignedHeaders=host, Signature=0";
        let authorization = format!("authorization: {unsigned}\r\nx-amz-date: 20260101T000000Z\r\n{announced}");
        let get = head("GetUser", announced).replace("POST / ", "POST /nowhere ");
        let text = head("GetUser", announced).replace("x-amz-json-1.1", "json");
        for (head, error) in [
            (head("Nothing", announced), "UnknownOperationException"),
            (get, "UnknownOperationException"),
            (text, "UnknownOperationException"),
            (head("ListUserPools", announced), "MissingAuthenticationTokenException"),
            (head("ListUserPools", &authorization), "IncompleteSignatureException"),
        ] {
            let mut stream = connect(&server, source(1)).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            let answer = error_of(&mut stream).await;
            assert!(answer.contains(&format!("\"__type\":\"{error}\"")), "{head}{answer}");
        }
    }

    /// A request that names two hosts, or one with a user, could be taken for another one's on its way.
    async fn a_request_is_for_one_host(server: TestServer) {
        let own = server.url().strip_prefix("http://").unwrap().to_owned();
        let absolute = format!("http://{own}/health/live");
        for (target, hosts, status) in [
            ("/health/live", vec![own.as_str()], "200"),
            (absolute.as_str(), vec![own.as_str()], "200"),
            ("/health/live", vec![own.as_str(), own.as_str()], "400"),
            ("/health/live", vec!["one.auth.localhost", "two.auth.localhost"], "400"),
            ("/health/live", vec!["one@two.auth.localhost"], "400"),
            (absolute.as_str(), vec!["two.auth.localhost"], "400"),
        ] {
            let hosts: String = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
            let head = format!("GET {target} HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
            let mut stream = connect(&server, source(1)).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head}{answer}");
            let text = "The request does not name one host.";
            assert_eq!(answer.contains(text), status == "400", "{answer}");
        }
    }

    /// Whoever signs may send more than whoever does not.
    async fn bodies_of_open_operations_are_smaller(server: TestServer) {
        let padded = |text: &str, length: usize| text.to_owned() + &" ".repeat(length - text.len());
        let send = |length: usize| {
            let request = server.client.request("GetUser").body(padded(r#"{"AccessToken":"abc"}"#, length));
            server.client.send(request)
        };
        send(OPEN_BODY).await.fails_as("NotAuthorizedException");
        let answer = send(OPEN_BODY + 1).await;
        assert_eq!(answer.status, 413);
        answer.fails_as("RequestEntityTooLargeException");
        for (length, status) in [(OPEN_BODY, 404), (OPEN_BODY + 1, 413)] {
            let request = server.client.raw(reqwest::Method::POST, "/nowhere/oauth2/token").body("a".repeat(length));
            assert_eq!(server.client.send(request).await.status, status);
        }
        let body = padded(r#"{"MaxResults":1}"#, OPEN_BODY + 1);
        let request = server.admin.request("ListUserPools", body.into_bytes());
        server.client.send(request).await.ok();
    }

    /// Eight sources that flood one pool with sign-ins do not keep a user of another out.
    async fn a_flood_of_sign_ins_leaves_another_pool_its_turn(store: TestStore) {
        let server = hashing_server(&store).await;
        let attacked = app_with_ada(&server).await;
        let other = app_with_ada(&server).await;
        let flood = Flood::start(&server, &attacked, &[2, 3, 4, 5, 6, 7, 8, 9], 8).await;
        let before = flood.refused();
        for _ in 0..10 {
            other.sign_in("ada").await;
        }
        assert!(flood.refused() > before, "the flood had ended");
        drop(flood);
        server.stop().await;
    }

    /// A source that floods a pool with sign-ins does not keep its users elsewhere out.
    async fn a_flood_of_sign_ins_leaves_another_source_its_turn(store: TestStore) {
        let server = hashing_server(&store).await;
        let attacked = app_with_ada(&server).await;
        let flood = Flood::start(&server, &attacked, &[2], 40).await;
        let before = flood.refused();
        for _ in 0..10 {
            attacked.sign_in("ada").await;
        }
        assert!(flood.refused() > before, "the flood had ended");
        // A name that nobody has waits in the same queue.
        let hidden = attacked.initiate("nobody", PASSWORD).await;
        hidden.fails("NotAuthorizedException", "Incorrect username or password.");
        drop(flood);
        server.stop().await;
    }

    /// Sources that fill a pool's part of the queue do not keep those out who have proven something: the
    /// client with its secret, the user with an access token, the administrator.
    async fn a_flood_of_sign_ins_leaves_the_known_their_turn(store: TestStore) {
        let server = hashing_server(&store).await;
        let attacked = app_with_ada(&server).await;
        let secret = attacked.pool.client(json!({ "GenerateSecret": true })).await;
        let flood = Flood::start(&server, &attacked, &[2, 3, 4, 5, 6, 7, 8, 9], 8).await;
        let before = flood.refused();
        for _ in 0..5 {
            let token = secret.sign_in("ada").await.access;
            let input = json!({ "PreviousPassword": PASSWORD, "ProposedPassword": "Other-Horse-1" });
            attacked.with_token("ChangePassword", &token, input).await.ok();
            let input = json!({ "Username": "ada", "Password": PASSWORD, "Permanent": true });
            attacked.pool.admin("AdminSetUserPassword", input).await.ok();
        }
        assert!(flood.refused() > before, "the flood had ended");
        assert!(flood.answered.load(Ordering::Relaxed) > flood.refused(), "strangers had no turn");
        drop(flood);
        server.stop().await;
    }

    /// Behaviour 1.4: no password is longer than 256 characters, and none that is gets in by its
    /// beginning.
    async fn a_password_longer_than_any_can_be_is_wrong(server: TestServer) {
        let app = app_with_ada(&server).await;
        let longest = format!("Aa1!{}", "é".repeat(252));
        let input = json!({ "Username": "ada", "Password": longest, "Permanent": true });
        app.pool.admin("AdminSetUserPassword", input).await.ok();
        app.initiate("ada", &longest).await.ok();
        for name in ["ada", "nobody"] {
            for more in ["x".to_owned(), "x".repeat(100_000)] {
                let answer = app.initiate(name, &(longest.clone() + &more)).await;
                answer.fails("NotAuthorizedException", "Incorrect username or password.");
            }
        }
    }

    /// 4,000 attributes that the schema does not have: 215 KB, before what is named was bounded.
    async fn an_answer_repeats_a_bounded_part_of_the_request(server: TestServer) {
        let app = app_with_ada(&server).await;
        let token = app.sign_in("ada").await.access;
        let names = (0..4000).map(|number| (format!("custom:{number:04}"), json!("")));
        let attributes = attribute_list(&Value::Object(names.collect()));
        let unknown = "Attribute does not exist in the schema.\n";
        let text = |prefix: &str, owner: &str| {
            let lines = (0..100).map(|number| format!("{owner}custom:{number:04}: {unknown}"));
            format!("{prefix}{}", lines.collect::<String>())
        };
        let invalid = "InvalidParameterException";
        let input = json!({ "Username": "eve", "Password": PASSWORD, "UserAttributes": attributes });
        let signed_up = app.call("SignUp", input).await;
        signed_up.fails(invalid, &text("Attributes did not conform to the schema: ", ""));
        assert!(signed_up.text.len() < 8 * 1024, "{}", signed_up.text.len());
        let input = json!({ "UserAttributes": attributes });
        let updated = app.with_token("UpdateUserAttributes", &token, input.clone()).await;
        updated.fails(invalid, &text("", "user."));
        let input = json!({ "Username": "ada", "UserAttributes": attributes });
        let updated = app.pool.admin("AdminUpdateUserAttributes", input).await;
        updated.fails(invalid, &text("Invalid user attributes: ", "user."));
        // What breaks the model's constraints is bounded as a whole.
        let input = json!({ "Username": "eve", "Password": PASSWORD, "UserAttributes": vec![json!({}); 4000] });
        let answer = app.call("SignUp", input).await;
        assert!(answer.message.unwrap().starts_with("500 validation errors detected: "));
        assert!(answer.text.len() < 40 * 1024, "{}", answer.text.len());
    }

    /// One peer more than its share of connections: closed at once. Others, and trusted proxies, are not
    /// counted with it.
    async fn a_peer_has_a_bounded_number_of_connections(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.server.max_connections_per_peer = 5;
            config.server.trusted_proxies = vec!["127.0.0.4/32".parse().unwrap()];
        })
        .await;
        let mut open = Vec::new();
        for _ in 0..5 {
            open.push(connect(&server, source(2)).await);
        }
        let mut further = connect(&server, source(2)).await;
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(LIMIT, further.read_to_end(&mut rest)).await;
        assert!(ended.expect("the connection is closed").map_or(true, |read| read == 0));
        for _ in 0..10 {
            open.push(connect(&server, source(4)).await);
        }
        get_user(&client_from(&server, 3)).await.fails_as("NotAuthorizedException");
        get_user(&client_from(&server, 4)).await.fails_as("NotAuthorizedException");
        for mut stream in open.drain(..5) {
            stream.write_all((head("Nothing", "content-length: 0")).as_bytes()).await.unwrap();
            assert!(error_of(&mut stream).await.contains("UnknownOperationException"));
        }
        drop(open);
        let freed = || async {
            let request = client_from(&server, 2).raw(reqwest::Method::GET, "/health/live");
            request.send().await.ok()
        };
        wait::until("a place for another connection", LIMIT, freed).await;
        server.stop().await;
    }
}
