//! Behind PgBouncer in transaction mode, which gives each transaction another session.

use std::os::unix::fs::{PermissionsExt, chown};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use cognate::config::StoreUrl;

use crate::support::fixture::run;
use crate::support::pools::PASSWORD;
use crate::support::process::free_port;
use crate::support::{StoreKind, TestServer, TestStore, at_once, wait};

/// PgBouncer before the database of one store.
struct Pooler {
    child: Child,
    port: u16,
    _directory: tempfile::TempDir,
}

impl Pooler {
    /// Starts it with fewer sessions than the server has connections, so that these have to share.
    async fn start(store: &TestStore) -> Self {
        let server: PgConnectOptions = store.url.parse().unwrap();
        let (before, _) = store.url.split_once('@').unwrap();
        let (_, password) = before.rsplit_once(':').unwrap();
        let directory = tempfile::Builder::new().tempdir_in("/tmp").unwrap();
        let file = directory.path().join("pgbouncer.ini");
        let port = free_port();
        std::fs::write(
            &file,
            format!(
                "[databases]\n* = host={} port={} user={} password={password}\n\
                 [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
                 auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n",
                server.get_host(),
                server.get_port(),
                server.get_username(),
            ),
        )
        .unwrap();
        // It does not run as root.
        let mut command = Command::new("setpriv");
        if rustix::process::geteuid().is_root() {
            let nobody = 65_534;
            chown(directory.path(), Some(nobody), Some(nobody)).unwrap();
            chown(&file, Some(nobody), Some(nobody)).unwrap();
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        let mut child = command
            .args(["--pdeathsig", "KILL", "pgbouncer", "-q"])
            .arg(&file)
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("setpriv of util-linux");
        let options = server.clone().port(port).extra_float_digits(None);
        let answers = || {
            let ended = child.try_wait().unwrap().is_some();
            let connecting = options.clone();
            async move { (ended || connecting.connect().await.is_ok()).then_some(!ended) }
        };
        let running = wait::until("PgBouncer", Duration::from_secs(20), answers).await;
        assert!(running, "PgBouncer ended at once; `./test` installs it");
        Self {
            child,
            port,
            _directory: directory,
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn server(store: &TestStore, pooler: &Pooler) -> TestServer {
    let options: PgConnectOptions = store.url.parse().unwrap();
    let (before, _) = store.url.split_once('@').unwrap();
    let (port, name) = (pooler.port, options.get_database().unwrap());
    let url = format!("{before}@127.0.0.1:{port}/{name}");
    TestServer::start(store, |config| {
        config.store.url = Some(StoreUrl::parse(&url).unwrap());
        config.store.statement_cache = false;
        config.store.max_connections = Some(8);
    })
    .await
}

/// Many users at once on two sessions: each journey has its own outcome, at a second start as well.
#[test]
fn transactions_of_many_users_share_few_sessions() {
    run(StoreKind::Postgres, |store: TestStore| async move {
        let pooler = Pooler::start(&store).await;
        let first = server(&store, &pooler).await;
        let pool = first
            .pool(json!({ "AutoVerifiedAttributes": ["email"] }))
            .await;
        let app = pool.client(json!({})).await;
        let told = at_once(12, |number| {
            let app = app.clone();
            async move {
                let name = format!("user{number}");
                let email = format!("{name}@example.com");
                let tokens = app.signed_in(&name, json!({ "email": email })).await;
                let rotated = app.refresh(&tokens.refresh).await.ok();
                let access = rotated["AuthenticationResult"]["AccessToken"]
                    .as_str()
                    .unwrap();
                let user = app.with_token("GetUser", access, json!({})).await.ok();
                assert_eq!(user["Username"], name);
                name
            }
        });
        let names = told.await;
        let input = json!({ "UserPoolId": pool.id, "Filter": "email ^= \"user1\"" });
        let listed = pool.admin("ListUsers", input).await.ok();
        assert_eq!(listed["Users"].as_array().unwrap().len(), 3, "{names:?}");
        first.stop().await;
        let second = server(&store, &pooler).await;
        let input = json!({
            "ClientId": app.id, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "user0", "PASSWORD": PASSWORD },
        });
        second.client.call("InitiateAuth", input).await.ok();
        second.stop().await;
    });
}
