//! The server under test: the real application on a SQLite store with a pool, clients and users. Every
//! input starts from the same state.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use cognate::app::App;
use cognate::clock::Clock;
use cognate::config::{AccessKey, Config, MetricsListen};
use cognate::crypto::secret_hash::secret_hash;
use cognate::domain::time::Timestamp;
use cognate::model::shapes::MODEL;
use cognate::operations;
use cognate::pages::inbox;
use cognate::protocol::Registry;
use cognate::server::verifier;
use cognate::store::Db;
use cognate::store::pool::Pool;
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::checked_response::CheckedResponse;
use crate::data_directory;
use crate::functions::Functions;
use crate::guided_pools::{self, Guided};
use crate::login_pool::{self, LoginPool};
use crate::posed_challenges::{self, Posed};
use crate::signer::{Signer, Subject};
use crate::variables::Variables;

/// The password of every user.
pub(crate) const PASSWORD: &str = "Corr3ct-Horse!";
/// The region of everything.
pub(crate) const REGION: &str = "us-east-1";
/// The custom attributes of the pool are of every type.
const CUSTOM: &str = r#"[
    {"Name": "team", "AttributeDataType": "String", "Mutable": true,
     "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "20"}},
    {"Name": "age", "AttributeDataType": "Number", "Mutable": true,
     "NumberAttributeConstraints": {"MinValue": "0", "MaxValue": "150"}},
    {"Name": "vip", "AttributeDataType": "Boolean", "Mutable": true},
    {"Name": "since", "AttributeDataType": "DateTime", "Mutable": false},
    {"Name": "note", "AttributeDataType": "String", "Mutable": true,
     "DeveloperOnlyAttribute": true}
]"#;
/// How long a request may take.
const LIMIT: Duration = Duration::from_secs(20);
/// The host of every request.
const HOST: &str = "127.0.0.1";
/// Each signed operation is signed by this key.
const KEY_ID: &str = "AKIAFUZZ";

/// The server and its data.
pub(crate) struct World {
    runtime: Runtime,
    /// The application.
    pub app: Arc<App>,
    registry: Registry<App>,
    signer: Signer,
    /// The time of the clock at the start of every input.
    pub now: Timestamp,
    /// The variables of inputs.
    pub variables: Variables,
    /// Sign-ins that wait for an answer.
    pub challenges: Vec<Posed>,
    /// What answers the triggers of pools.
    pub functions: Functions,
    /// The pools that have triggers.
    pub guided: Vec<Guided>,
    /// The pool that has a domain.
    pub login: LoginPool,
    writer: Pool<SqliteConnection>,
    restore: String,
    changes: i64,
}

/// Locks the world of this process, and restores its state.
pub(crate) fn lock_world() -> MutexGuard<'static, World> {
    static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(World::new()));
    let mut world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
    world.restore_snapshot();
    world
}

/// The configuration of a fast server.
pub(crate) fn config(name: &str) -> Config {
    let directory = data_directory::empty(name);
    let mut config = Config::development();
    config.server.listen = "127.0.0.1:0".parse().expect("an address");
    config.server.region = REGION.to_owned();
    config.server.starter_pool = false;
    config.store.data_dir = directory;
    config.metrics.listen = MetricsListen::Off;
    config.passwords.memory_kib = 8;
    config.passwords.iterations = 1;
    config.passwords.workers = Some(1);
    config.tokens.key_reserve = 0;
    config.admin.access_keys = vec![AccessKey {
        id: KEY_ID.to_owned(),
        secret: secret().into(),
        description: String::new(),
        policy: String::new(),
    }];
    config
}

/// The administrator's secret, a different one in each process, so that no corpus contains a valid
/// signature.
pub(crate) fn secret() -> String {
    static SECRET: LazyLock<String> = LazyLock::new(|| {
        let mut bytes = [0; 20];
        aws_lc_rs::rand::fill(&mut bytes).expect("random bytes");
        hex::encode(bytes)
    });
    SECRET.clone()
}

/// The time of the system clock.
pub(crate) fn real_now() -> Timestamp {
    Clock::default().unmoved()
}

/// A time in the format of SigV4.
pub(crate) fn amz_date(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_second(at.seconds()).expect("a date");
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The administrator as a signer.
pub(crate) fn signer() -> Signer {
    Signer {
        key_id: KEY_ID.to_owned(),
        secret: secret(),
        token: None,
        region: REGION.to_owned(),
        service: "cognito-idp".to_owned(),
    }
}

impl World {
    fn new() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut config = config("world");
        let functions = Functions::start(&runtime, &mut config.triggers);
        let verifier = verifier(&config);
        let url = "http://127.0.0.1".to_owned();
        let app = runtime
            .block_on(App::open(config, url, verifier))
            .expect("the application opens");
        let Db::Sqlite { writer, .. } = &app.db else {
            panic!("the store is not SQLite");
        };
        let writer = writer.clone();
        let mut world = Self {
            now: app.clock.now(),
            runtime,
            registry: operations::registry(),
            signer: signer(),
            variables: Variables::default(),
            challenges: Vec::new(),
            functions,
            guided: Vec::new(),
            login: LoginPool::default(),
            restore: String::new(),
            changes: 0,
            writer,
            app,
        };
        // A crash of the machine may lose what was fuzzed.
        world.sql("PRAGMA synchronous = OFF");
        world.populate();
        world.challenges = posed_challenges::pose(&world);
        world.guided = guided_pools::make(&world);
        world.login = login_pool::make(&world);
        world.save_snapshot();
        world
    }

    fn populate(&mut self) {
        let custom: Value = serde_json::from_str(CUSTOM).expect("the custom attributes");
        let pool = self.expect_ok(
            "CreateUserPool",
            &json!({
                "PoolName": "fuzzed",
                "Schema": custom,
                "AutoVerifiedAttributes": ["email"],
                "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
                "AliasAttributes": ["email", "preferred_username"],
                "UsernameConfiguration": {"CaseSensitive": false},
            }),
        );
        let pool = pool["UserPool"]["Id"].as_str().expect("an id").to_owned();
        self.variables.set("Pool", pool.as_str());
        let client = |secret: bool| {
            json!({
                "UserPoolId": pool,
                "ClientName": "fuzzed",
                "GenerateSecret": secret,
                "ExplicitAuthFlows": [
                    "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
                ],
            })
        };
        for (name, secret) in [("Client", false), ("SecretClient", true)] {
            let made = self.expect_ok("CreateUserPoolClient", &client(secret));
            let made = &made["UserPoolClient"];
            let id = made["ClientId"].as_str().expect("an id");
            self.variables.set(name, id);
            if let Some(secret) = made["ClientSecret"].as_str() {
                let hash = secret_hash(&SecretString::from(secret), "ada", id);
                self.variables.set("SecretHash", hash);
            }
        }
        for (index, name) in ["ada", "bob", "eve", "ivy", "leo", "Zoë"]
            .iter()
            .enumerate()
        {
            let mut attributes = vec![
                json!({"Name": "email", "Value": format!("user{index}@example.com")}),
                json!({"Name": "email_verified", "Value": "true"}),
                json!({"Name": "name", "Value": format!("{name}_{index}%")}),
            ];
            if index < 3 {
                attributes.push(json!({"Name": "given_name", "Value": "G\\*?[a-z]"}));
            }
            self.expect_ok(
                "AdminCreateUser",
                &json!({
                    "UserPoolId": pool, "Username": name, "UserAttributes": attributes,
                    "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS",
                }),
            );
            if *name != "ivy" {
                self.expect_ok(
                    "AdminSetUserPassword",
                    &json!({
                        "UserPoolId": pool, "Username": name, "Password": PASSWORD,
                        "Permanent": true,
                    }),
                );
            }
        }
        let eve = json!({"UserPoolId": pool, "Username": "eve"});
        self.expect_ok("AdminDisableUser", &eve);
        let sign_up = json!({
            "ClientId": self.variables.get("Client"), "Username": "max", "Password": PASSWORD,
            "UserAttributes": [{"Name": "email", "Value": "max@example.com"}],
        });
        self.expect_ok("SignUp", &sign_up);
        let ada = self.sign_in("ada");
        for (name, member) in [
            ("Access", "AccessToken"),
            ("Id", "IdToken"),
            ("Refresh", "RefreshToken"),
        ] {
            let token = ada["AuthenticationResult"][member].as_str();
            self.variables.set(name, token.expect("a token"));
        }
        let ivy = self.sign_in("ivy");
        self.variables
            .set("NewPasswordSession", ivy["Session"].as_str().expect("one"));
        let page = self.expect_ok("ListUsers", &json!({"UserPoolId": pool, "Limit": 2}));
        self.variables
            .set("Page", page["PaginationToken"].as_str().expect("one"));
        self.variables.set("Password", PASSWORD);
    }

    fn sign_in(&self, username: &str) -> Value {
        let input = json!({
            "ClientId": self.variables.get("Client"),
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": username, "PASSWORD": PASSWORD},
        });
        self.expect_ok("InitiateAuth", &input)
    }

    /// The answer of an operation that succeeds.
    pub fn expect_ok(&self, operation: &str, input: &Value) -> Value {
        let answer = self.call(operation, input.to_string().into_bytes());
        assert!(answer.is_ok(), "{operation}: {}", answer.body);
        answer.body
    }

    /// Turns on all second factors in a pool, for users who want them.
    pub fn turn_on_second_factors(&self, pool: &str) {
        self.expect_ok(
            "SetUserPoolMfaConfig",
            &json!({
                "UserPoolId": pool,
                "MfaConfiguration": "OPTIONAL",
                "SmsMfaConfiguration": {
                    "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"},
                },
                "SoftwareTokenMfaConfiguration": {"Enabled": true},
                "EmailMfaConfiguration": {"Message": "Use {####}", "Subject": "Sign in"},
            }),
        );
    }

    /// Copies the whole store into memory, and prepares the statements that restore it.
    fn save_snapshot(&mut self) {
        self.sql("ATTACH DATABASE ':memory:' AS kept");
        let tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' \
                      AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx%'";
        let tables: Vec<String> = self
            .runtime
            .block_on(async {
                let mut conn = self.writer.get().await.expect("the connection");
                sqlx::query_scalar(tables).fetch_all(&mut *conn).await
            })
            .expect("the tables");
        let (mut gone, mut back) = (String::new(), String::new());
        for table in &tables {
            self.sql(&format!(
                "CREATE TABLE kept.\"{table}\" AS SELECT * FROM main.\"{table}\""
            ));
            gone.push_str(&format!("DELETE FROM main.\"{table}\";"));
            back.push_str(&format!(
                "INSERT INTO main.\"{table}\" SELECT * FROM kept.\"{table}\";"
            ));
        }
        self.restore = format!(
            "BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON; {gone} {back} COMMIT; \
             SELECT total_changes()"
        );
        self.changes = self.total_changes();
    }

    /// Restores the store and the clock.
    fn restore_snapshot(&mut self) {
        let late = self.app.clock.now().seconds() - self.now.seconds();
        if late != 0 {
            self.app.clock.advance(-late);
        }
        if self.total_changes() == self.changes {
            return;
        }
        let restore = self.restore.clone();
        self.sql(&restore);
        // The statement bypasses the store; taking its writer makes it drop what it cached.
        drop(self.runtime.block_on(self.app.db.write()));
        self.changes = self.total_changes();
        let variable = |name| self.variables.get(name);
        let posed = self.challenges.iter().take(1);
        let pools = posed
            .clone()
            .map(|posed| posed.pool.as_str())
            .chain(self.guided.iter().map(|guided| guided.pool.as_str()))
            .chain([variable("Pool"), &self.login.pool]);
        for pool in pools {
            self.app.caches.pools.invalidate(pool);
            self.app.caches.signing_keys.invalidate(pool);
        }
        let clients = posed
            .map(|posed| posed.client.as_str())
            .chain(self.guided.iter().map(|guided| guided.client.as_str()))
            .chain(self.login.clients.iter().map(String::as_str))
            .chain([variable("Client"), variable("SecretClient")]);
        for client in clients {
            self.app.caches.clients.invalidate(client);
        }
        self.app.caches.domains.invalidate(login_pool::DOMAIN);
    }

    fn sql(&self, text: &str) {
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned()));
        self.runtime
            .block_on(async {
                let mut conn = self.writer.get().await.expect("the connection");
                statement.execute(&mut *conn).await
            })
            .expect("the statement runs");
    }

    fn total_changes(&self) -> i64 {
        self.runtime
            .block_on(async {
                let mut conn = self.writer.get().await.expect("the connection");
                let count = sqlx::query("SELECT total_changes()");
                count.fetch_one(&mut *conn).await
            })
            .expect("the counter")
            .get(0)
    }

    /// Runs something on the application's runtime.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The names of the operations.
    pub fn operations(&self) -> Vec<&'static str> {
        self.registry.names()
    }

    /// Calls an operation with any body, signed if the operation needs it, and checks the response.
    pub fn call(&self, operation: &str, body: Vec<u8>) -> CheckedResponse {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let mut headers = vec![
            (
                "content-type".to_owned(),
                "application/x-amz-json-1.1".to_owned(),
            ),
            ("host".to_owned(), HOST.to_owned()),
            ("x-amz-target".to_owned(), target),
        ];
        let signed = MODEL.operations.get(operation).is_some_and(|o| o.signed);
        if signed {
            let date = amz_date(real_now());
            headers.push(("x-amz-date".to_owned(), date.clone()));
            let authorization = self.signer.authorization(&Subject {
                method: "POST",
                path: "/",
                headers: &headers,
                body: &body,
                date: &date,
            });
            headers.push(("authorization".to_owned(), authorization));
        }
        let mut request = Request::post("/");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::from(body)).expect("a request");
        self.send(operation, &request)
    }

    /// Sends a request to `operation` unchanged, and checks the response.
    pub fn send(&self, operation: &str, request: &Request<Bytes>) -> CheckedResponse {
        let id = self.app.entropy.uuid();
        let answer = self.registry.answer(&self.app, request, id, None, LIMIT);
        CheckedResponse::check(operation, &self.runtime.block_on(answer))
    }

    /// The code in the newest message; empty if there is none.
    pub fn newest_code(&self) -> String {
        let app = &self.app;
        let router = inbox::router(app.db.clone(), app.vault.clone(), app.clock.clone());
        let request = Request::get("/_cognate/inbox.json?limit=1");
        let request = request.body(Body::empty()).expect("a request");
        self.block_on(async {
            let response = router.oneshot(request).await.expect("never fails");
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
            let body: Value = serde_json::from_slice(&body.expect("a body")).expect("JSON");
            let code = body.pointer("/0/code").and_then(Value::as_str);
            code.unwrap_or_default().to_owned()
        })
    }
}
