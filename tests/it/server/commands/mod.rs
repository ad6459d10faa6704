//! Commands speak to the server that has the embedded store, over a socket beside it, and open the store only when none
//! runs.

mod other_users;

use std::io::Write as _;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::support::access_keys::{MadeKey, Said};
use crate::support::application::{open_app, test_config};
use crate::support::process::assert_healthy;
use crate::support::tokens::get_user;
use crate::support::users::confirmed_user;
use crate::support::{ServerProcess, StoreKind, TestStore, wait};

/// Longer than a silent client may keep others waiting, on a busy machine.
const LONG: Duration = Duration::from_secs(60);
const CREATE: [&str; 7] = [
    "keys",
    "access",
    "create",
    "--name",
    "ci",
    "--policy",
    "full-access",
];

/// A command on a store, in the development profile.
struct Run<'a> {
    arguments: &'a [&'a str],
    /// What it reads from standard input.
    input: &'a str,
    environment: &'a [(&'a str, &'a str)],
    /// The user that runs it, unless it is the one of the tests.
    user: Option<u32>,
}

impl<'a> Run<'a> {
    fn of(arguments: &'a [&'a str]) -> Self {
        Self {
            arguments,
            input: "",
            environment: &[],
            user: None,
        }
    }

    /// Runs it, with no more of a configuration than where the store is.
    async fn on(self, store: &TestStore) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
        command
            .args(self.arguments)
            .current_dir(store.directory())
            .env_clear()
            .env("COGNATE__STORE__URL", &store.url)
            .env("COGNATE__STORE__DATA_DIR", store.directory().join("data"))
            .envs(self.environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(user) = self.user {
            command.uid(user);
        }
        let input = self.input.to_owned();
        let ended = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            // A command that reads nothing may have ended.
            let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
            child.wait_with_output().unwrap()
        });
        let output = ended.await.unwrap();
        Said {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

async fn run(store: &TestStore, arguments: &[&str]) -> Said {
    Run::of(arguments).on(store).await
}

#[track_caller]
fn succeeded(said: &Said) {
    assert_eq!(said.status, 0, "{}{}", said.out, said.error);
}

fn socket_of(store: &TestStore) -> PathBuf {
    store.directory().join("store.db.sock")
}

fn is_socket(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket())
}

async fn sqlite() -> TestStore {
    TestStore::new(StoreKind::Sqlite).await
}

/// Waits until the server's log says that it has run the command so often: it says so after the client has ended.
async fn until_runs(server: &ServerProcess, command: &str, times: usize) {
    let what = format!("{command} to have run {times} times");
    wait::until(&what, LONG, || async {
        (runs(server, command) == times).then_some(())
    })
    .await;
}

/// How often the server has run the command.
fn runs(server: &ServerProcess, command: &str) -> usize {
    let field = format!("command=\"{command}\"");
    let plain = |line: &str| line.contains(&field) && line.contains("a command has ended");
    server.log().lines().filter(|line| plain(line)).count()
}

/// What a command changes, the server that runs it obeys with the next call.
#[tokio::test]
async fn a_server_obeys_a_command_at_once() {
    let store = sqlite().await;
    let server = ServerProcess::start(&store, &[]).await;
    let socket = std::fs::symlink_metadata(socket_of(&store)).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);
    let pool = server.pool(json!({})).await;
    confirmed_user(&pool, "ada", json!({})).await;
    let app = pool.client(json!({})).await;
    let tokens = app.sign_in("ada").await;
    get_user(&app, &tokens.access).await.ok();

    let made = MadeKey::read(&run(&store, &CREATE).await);
    let admin = made.admin(&server);
    let pools = json!({ "MaxResults": 10 });
    admin.call("ListUserPools", pools.clone()).await.ok();
    let anybody = server.admin.call("ListUserPools", pools.clone()).await;
    anybody.fails_as("UnrecognizedClientException");

    let said = run(&store, &["keys", "rotate", "--all", "--revoke-now"]).await;
    succeeded(&said);
    assert!(said.out.contains(&pool.id), "{}", said.out);
    let refused = get_user(&app, &tokens.access).await;
    refused.fails(
        "NotAuthorizedException",
        "Could not verify signature for Access Token",
    );

    // Without any key, the development profile accepts whatever credentials.
    succeeded(&run(&store, &["keys", "access", "rotate", &made.id]).await);
    let said = run(&store, &["keys", "access", "revoke", &made.id]).await;
    succeeded(&said);
    assert_eq!(said.error, format!("cognate: {} has ended\n", made.id));
    let refused = admin.call("ListUserPools", pools).await;
    refused.fails_as("UnrecognizedClientException");

    let said = run(&store, &["import", "log", "import-none"]).await;
    assert_eq!(said.status, 1, "{}", said.out);
    assert_eq!(
        said.error,
        "cognate: there is no user import job import-none\n"
    );
    for command in ["keys access create", "keys rotate", "keys access revoke"] {
        until_runs(&server, command, 1).await;
    }
    assert!(!server.log().contains(&made.secret));
    server.stop().await;
    assert!(!socket_of(&store).exists());
}

/// What a command is given in a file or on standard input, the client reads.
#[tokio::test]
async fn a_policy_is_read_by_the_client() {
    let store = sqlite().await;
    let server = ServerProcess::start(&store, &[]).await;
    let policy = r#"{"Statement":{"Effect":"Allow","Action":"cognito-idp:List*","Resource":"*"}}"#;
    let create = [
        "keys",
        "access",
        "create",
        "--name",
        "ci",
        "--policy-file",
        "-",
    ];
    let said = Run {
        input: policy,
        ..Run::of(&create)
    };
    let made = MadeKey::read(&said.on(&store).await);
    let said = run(&store, &["keys", "access", "show", &made.id]).await;
    assert_eq!(said.out.trim_end(), policy);
    let admin = made.admin(&server);
    let pools = json!({ "MaxResults": 10 });
    admin.call("ListUserPools", pools).await.ok();
    let pool = json!({ "PoolName": "refused" });
    let refused = admin.call("CreateUserPool", pool).await;
    refused.fails_as("AccessDeniedException");
    let said = Run {
        input: "no policy",
        ..Run::of(&create)
    };
    let said = said.on(&store).await;
    assert_eq!(said.status, 1);
    assert!(said.error.contains("no JSON object"), "{}", said.error);
    assert!(
        !server.log().contains("cognito-idp:List"),
        "{}",
        server.log()
    );
    server.stop().await;
}

/// `keys status` tells by its exit code, of the master keys that the server has and not of the command's.
#[tokio::test]
async fn exit_codes_come_through() {
    let store = sqlite().await;
    let key = |digit: &str| digit.repeat(64);
    let server = ServerProcess::start(&store, &[("COGNATE__SECRETS__MASTER_KEY", &key("1"))]).await;
    confirmed_user(&server.pool(json!({})).await, "ada", json!({})).await;
    let status = ["keys", "status"];
    succeeded(&run(&store, &status).await);
    server.stop().await;
    // The value that is checked first follows the new key at once; the rows do not, as no job runs.
    let mut config = test_config(&store);
    config.secrets.master_key = Some(key("2").into());
    config.secrets.previous_master_keys = vec![key("1").into()];
    open_app(config).await.stop().await;

    server.set("COGNATE__SECRETS__MASTER_KEY", &key("2"));
    server.set(
        "COGNATE__SECRETS__SERVE_DESPITE_MISSING_MASTER_KEYS",
        "true",
    );
    server.restart().await;
    let said = run(&store, &status).await;
    assert_eq!(said.status, 4, "{}{}", said.out, said.error);
    server.stop().await;
    let previous = format!("[{:?}]", key("1"));
    server.set("COGNATE__SECRETS__PREVIOUS_MASTER_KEYS", &previous);
    server.restart().await;
    let said = run(&store, &status).await;
    assert_eq!(said.status, 3, "{}{}", said.out, said.error);
    assert!(said.out.contains("NEEDED"), "{}", said.out);
    until_runs(&server, "keys status", 3).await;
    server.stop().await;
}

/// Without a server the command has the store to itself, also where a server was killed.
#[tokio::test]
async fn commands_work_without_a_server() {
    let store = sqlite().await;
    store.drop_tables().await;
    let said = run(&store, &["keys", "access", "list"]).await;
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(
        said.error.contains("has not been brought up to date"),
        "{}",
        said.error
    );
    let server = ServerProcess::start(&store, &[]).await;
    server.stop().await;
    let made = MadeKey::read(&run(&store, &CREATE).await);
    server.restart().await;
    server.kill();
    assert!(is_socket(&socket_of(&store)));
    let said = run(&store, &["keys", "access", "list"]).await;
    succeeded(&said);
    assert!(said.out.contains(&made.id), "{}", said.out);
    assert_eq!(runs(&server, "keys access list"), 0);

    // The next server takes the place of the socket that is left.
    server.restart().await;
    succeeded(&run(&store, &["keys", "access", "list"]).await);
    until_runs(&server, "keys access list", 1).await;
    // And leaves alone what is no socket.
    server.stop().await;
    std::fs::write(socket_of(&store), "precious").unwrap();
    server.restart().await;
    assert!(
        server.log().contains("cannot listen for them"),
        "{}",
        server.log()
    );
    server.stop().await;
    assert_eq!(std::fs::read(socket_of(&store)).unwrap(), b"precious");
    succeeded(&run(&store, &["keys", "access", "list"]).await);
}

/// A command that is given while a server starts or stops is run by it, before it, or after it.
#[tokio::test]
async fn a_command_is_not_confused_by_a_start_or_a_stop() {
    let store = sqlite().await;
    let server = ServerProcess::start(&store, &[]).await;
    let list = ["keys", "access", "list"];
    let patient = [("COGNATE__STORE__ACQUIRE_TIMEOUT_SECONDS", "60")];
    server.set(patient[0].0, patient[0].1);
    let during = async |list: &[&str]| {
        let said = Run {
            environment: &patient,
            ..Run::of(list)
        };
        succeeded(&said.on(&store).await);
    };
    for _ in 0..3 {
        tokio::join!(async { server.stop().await }, during(&list), during(&list));
        tokio::join!(server.restart(), during(&list), during(&list));
    }
    server.stop().await;
}

/// Another process has the store, and is no server of this version.
#[tokio::test]
async fn a_store_in_other_hands_is_told() {
    let store = sqlite().await;
    let server = ServerProcess::start(&store, &[]).await;
    server.stop().await;
    let lock = std::fs::File::options()
        .write(true)
        .open(store.directory().join("store.db.lock"))
        .unwrap();
    lock.lock().unwrap();
    let command = Run {
        environment: &[("COGNATE__STORE__ACQUIRE_TIMEOUT_SECONDS", "1")],
        ..Run::of(&["keys", "status"])
    };
    let said = command.on(&store).await;
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(
        said.error.contains("another process has the store"),
        "{}",
        said.error
    );
    assert!(
        said.error.contains("a server of an earlier version"),
        "{}",
        said.error
    );
    drop(lock);
    succeeded(&run(&store, &["keys", "status"]).await);
}

/// The server lives without a socket, and the command says what to do.
#[tokio::test]
async fn a_path_that_is_too_long_for_a_socket_is_told() {
    let mut store = sqlite().await;
    let directory = store.directory().join("d".repeat(100));
    store.url = format!("sqlite://{}", directory.join("store.db").display());
    let server = ServerProcess::start(&store, &[]).await;
    assert!(
        server.log().contains("the path is too long"),
        "{}",
        server.log()
    );
    let command = Run {
        environment: &[("COGNATE__STORE__ACQUIRE_TIMEOUT_SECONDS", "1")],
        ..Run::of(&["keys", "status"])
    };
    let said = command.on(&store).await;
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(said.error.contains("stop the server"), "{}", said.error);
    server.stop().await;
    succeeded(&run(&store, &["keys", "status"]).await);
}

/// A link to the database leads to the same server.
#[tokio::test]
async fn a_link_to_the_store_leads_to_its_server() {
    let store = sqlite().await;
    let server = ServerProcess::start(&store, &[]).await;
    let link = store.directory().join("link.db");
    std::os::unix::fs::symlink(store.directory().join("store.db"), &link).unwrap();
    let mut linked = store.clone();
    linked.url = format!("sqlite://{}", link.display());
    succeeded(&run(&linked, &["keys", "status"]).await);
    until_runs(&server, "keys status", 1).await;
    server.stop().await;
}

/// What the server answers to these bytes, after the byte that begins the conversation, until it closes the connection.
async fn answer_to(store: &TestStore, bytes: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(socket_of(store)).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'+');
    // The server may close the connection before it has read all of it.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(LONG, reading).await.unwrap();
    answer
}

/// Garbage ends its own connection, and silence the turn of who is silent.
#[tokio::test]
async fn a_stranger_to_the_protocol_harms_nobody() {
    let store = sqlite().await;
    let server = ServerProcess::start(&store, &[]).await;
    let mut random = vec![0; 100_000];
    aws_lc_rs::rand::fill(&mut random).unwrap();
    // Not a length that could be a frame's.
    random[0] |= 0x80;
    let unknown = br#"{"Keys":{"Explode":{}}}"#;
    let unknown = [
        &[0, 0, 0, u8::try_from(unknown.len()).unwrap()],
        &unknown[..],
    ]
    .concat();
    for garbage in [&random, &vec![0xff; 4], &unknown, &vec![0; 4]] {
        let answer = answer_to(&store, garbage).await;
        if !answer.is_empty() {
            // The length, the kind of a failure, and its text.
            assert_eq!(answer[4], 6);
        }
        succeeded(&run(&store, &["keys", "status"]).await);
    }
    let answer = answer_to(&store, &unknown).await;
    let text = String::from_utf8_lossy(&answer[5..]);
    assert!(text.contains("does not know this command"), "{text}");

    // As many as may have a turn say nothing, or half of something.
    let mut silent = Vec::new();
    for said in [&[][..], &[0], &[0, 0, 0, 9, b'"']] {
        let mut stream = UnixStream::connect(socket_of(&store)).await.unwrap();
        stream.write_all(said).await.unwrap();
        silent.push(stream);
    }
    let waited = run(&store, &["keys", "status"]).await;
    succeeded(&waited);
    assert!(
        waited.error.contains("waiting for the server to start"),
        "{}",
        waited.error
    );
    assert_healthy(&server).await;
    assert!(!server.log().contains("panic"), "{}", server.log());
    server.stop().await;
}
