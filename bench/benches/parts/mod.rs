//! The parts that are measured, for both benches: the server without its sockets, on a SQLite store
//! with a pool of custom attributes, a client and a user.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot be set up has no result"
)]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use cognate::app::App;
use cognate::config::Config;
use cognate::crypto::srp::{claim_signature, client, verify_claim_signature};
use cognate::crypto::tokens::seal_refresh;
use cognate::crypto::{
    ClientPublic, ServerChallenge, SessionKey, SigningKey, SrpVerifier, VerifyingKey,
};
use cognate::domain::app_client::ClientSettings;
use cognate::domain::attribute::Attributes;
use cognate::domain::attribute_update::{AttributeInput, apply, validate_self_update};
use cognate::domain::claims::{AccessClaims, TokenClaims};
use cognate::domain::grant::{ClaimOverrides, Grant};
use cognate::domain::session::{Session, SignInMethod};
use cognate::domain::time::Timestamp;
use cognate::domain::user::User;
use cognate::domain::user_pool::UserPool;
use cognate::model::shapes::MODEL;
use cognate::operations;
use cognate::protocol::{Registry, shape_check, validation};
use cognate::server::verifier;
use cognate::store;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const PASSWORD: &str = "Corr3ct-Horse!";
const SECRET_BLOCK: [u8; 384] = [3; 384];
const TIMESTAMP: &str = "Tue Sep 5 09:04:01 UTC 2023";

/// What the parts work on.
pub struct Parts {
    runtime: Runtime,
    app: Arc<App>,
    registry: Registry<App>,
    pool: UserPool,
    client_id: String,
    client: ClientSettings,
    user: User,
    access: String,
    refresh: String,
    key: SigningKey,
    verifying: VerifyingKey,
    srp_verifier: SrpVerifier,
    srp_client: client::Client,
    srp_public: ClientPublic,
    proof: String,
    session_key: SessionKey,
    given: Vec<AttributeInput>,
    next: AtomicU64,
}

/// A body of each kind that the validator is measured with.
#[must_use]
pub fn bodies() -> [(&'static str, String); 3] {
    let attributes: Vec<Value> = (0..10)
        .map(|n| json!({"Name": format!("custom:a{n}"), "Value": "value"}))
        .collect();
    [
        (
            "GetUser",
            json!({"AccessToken": "a".repeat(1000)}).to_string(),
        ),
        (
            "SignUp",
            json!({
                "ClientId": "abcdefghijklmnopqrstuvwxyz", "Username": "ada", "Password": PASSWORD,
                "UserAttributes": [{"Name": "email", "Value": "ada@example.com"}],
            })
            .to_string(),
        ),
        (
            "UpdateUserAttributes",
            json!({"AccessToken": "a".repeat(1000), "UserAttributes": attributes}).to_string(),
        ),
    ]
}

/// Checks types and constraints of a request.
pub fn validate(operation: &str, body: &str) {
    let shape = &MODEL.operations.get(operation).expect("it is there").input;
    let input = shape_check::read_body(body.as_bytes(), shape).expect("its types are right");
    validation::validate(operation, &input, shape).expect("its constraints are kept");
}

impl Parts {
    /// Makes them, in `directory`.
    #[must_use]
    pub fn new(directory: &std::path::Path) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut config = Config::development();
        config.store.data_dir = directory.to_owned();
        config.passwords.memory_kib = 8;
        config.passwords.iterations = 1;
        config.tokens.key_reserve = 0;
        config.limits.lockout_free_tries = 0;
        let anybody = verifier(&config);
        let url = "http://127.0.0.1:9229".to_owned();
        let app = runtime
            .block_on(App::open(config, url, anybody))
            .expect("the application opens");
        let registry = operations::registry();
        let ask = |operation: &str, input: Value| {
            let request = request(operation, input.to_string());
            answer(&runtime, &registry, &app, &request)
        };
        let custom: Vec<Value> = (0..10)
            .map(|n| json!({"Name": format!("a{n}"), "AttributeDataType": "String", "Mutable": true}))
            .collect();
        let pool = ask(
            "CreateUserPool",
            json!({"PoolName": "bench", "Schema": custom}),
        );
        let pool_id = text(&pool, "/UserPool/Id");
        let client = ask(
            "CreateUserPoolClient",
            json!({
                "UserPoolId": pool_id, "ClientName": "bench",
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            }),
        );
        let client_id = text(&client, "/UserPoolClient/ClientId");
        let attributes = json!([
            {"Name": "email", "Value": "ada@example.com"}, {"Name": "name", "Value": "Ada"},
        ]);
        let signed_up = ask(
            "SignUp",
            json!({
                "ClientId": client_id, "Username": "ada", "Password": PASSWORD,
                "UserAttributes": attributes,
            }),
        );
        let sub = text(&signed_up, "/UserSub");
        ask(
            "AdminConfirmSignUp",
            json!({"UserPoolId": pool_id, "Username": "ada"}),
        );
        let signed_in = ask(
            "InitiateAuth",
            json!({
                "ClientId": client_id, "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD},
            }),
        );
        let (pool, client, user) = runtime.block_on(async {
            let mut conn = app.db.read().await.expect("a connection");
            let pool = store::user_pools::find(&mut conn, &pool_id)
                .await
                .expect("read");
            let client = store::user_pool_clients::find(&mut conn, &client_id)
                .await
                .expect("read");
            let user = store::users::find(&mut conn, &pool_id, &sub)
                .await
                .expect("read");
            (
                pool.expect("a pool"),
                client.expect("a client"),
                user.expect("a user"),
            )
        });
        let key = SigningKey::generate().expect("a key");
        let srp_client = client::Client::new([5; 32]);
        let session_key = SessionKey::from_bytes([9; 16]);
        let proof = claim_signature(
            &session_key,
            pool.srp_name(),
            &sub,
            &SECRET_BLOCK,
            TIMESTAMP,
        );
        Self {
            access: text(&signed_in, "/AuthenticationResult/AccessToken"),
            refresh: text(&signed_in, "/AuthenticationResult/RefreshToken"),
            verifying: key.verifying_key().expect("its public half"),
            srp_verifier: SrpVerifier::derive("pool", "ada", &PASSWORD.into(), &[1; 16]),
            srp_public: ClientPublic::parse(&srp_client.public_hex()).expect("a number"),
            proof: base64::Engine::encode(&base64::prelude::BASE64_STANDARD, proof),
            given: (0..10)
                .map(|n| AttributeInput {
                    name: format!("custom:a{n}"),
                    value: Some("value".to_owned()),
                })
                .collect(),
            client: client.settings,
            next: AtomicU64::new(0),
            runtime,
            app,
            registry,
            pool,
            client_id,
            user,
            key,
            srp_client,
            session_key,
        }
    }

    fn ask(&self, operation: &str, input: &Value) {
        let request = request(operation, input.to_string());
        answer(&self.runtime, &self.registry, &self.app, &request);
    }

    /// GetUser, from bytes to bytes.
    pub fn get_user(&self) {
        self.ask("GetUser", &json!({"AccessToken": self.access}));
    }

    /// UpdateUserAttributes, of one attribute.
    pub fn update_user_attributes(&self) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let attributes = json!([{"Name": "name", "Value": format!("Ada {n}")}]);
        self.ask(
            "UpdateUserAttributes",
            &json!({"AccessToken": self.access, "UserAttributes": attributes}),
        );
    }

    /// SignUp of another user each time, with the cheapest Argon2id there is.
    pub fn sign_up(&self) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        self.ask(
            "SignUp",
            &json!({
                "ClientId": self.client_id, "Username": format!("user{n}"), "Password": PASSWORD,
                "UserAttributes": [{"Name": "email", "Value": format!("user{n}@example.com")}],
            }),
        );
    }

    /// GetTokensFromRefreshToken, which signs two tokens.
    pub fn refresh(&self) {
        self.ask(
            "GetTokensFromRefreshToken",
            &json!({"ClientId": self.client_id, "RefreshToken": self.refresh}),
        );
    }

    /// The three tokens of a sign-in: claims, two RSA signatures, one seal.
    #[must_use]
    pub fn issue_tokens(&self) -> [String; 3] {
        let begun = Timestamp::from_millis(1_767_225_600_000);
        let grant = Grant {
            user: self.user.clone(),
            groups: Vec::new(),
            session: Session {
                factors: SignInMethod::Srp.factors(),
                acr: None,
                second_factor: false,
                id: "00000000-0000-4000-8000-000000000001".to_owned(),
                origin_jti: "00000000-0000-4000-8000-000000000000".to_owned(),
                client_id: self.client_id.clone(),
                auth_time: begun,
                expires_at: begun.plus_seconds(3600),
                revoked_at: None,
                scopes: Session::api_scopes(),
                method: SignInMethod::Password,
                device_key: None,
                nonce: None,
                oauth: None,
            },
            new_device: None,
            overrides: ClaimOverrides::default(),
            origin_id: None,
        };
        let claims = TokenClaims {
            grant: &grant,
            pool: &self.pool,
            issuer: "http://127.0.0.1:9229/us-east-1_Bench0000",
            revocable: true,
            issued_at: begun.seconds(),
        };
        let jti = self.app.entropy.uuid().to_string();
        let access = claims.access(&jti, 3600);
        let id = claims.id(&jti, 3600, |_| true);
        let refresh = json!({"pool": self.pool.id, "user": self.user.id, "session": jti});
        [
            self.key.sign_jwt(&access).expect("signed"),
            self.key.sign_jwt(&id).expect("signed"),
            seal_refresh(&self.app.vault, &refresh).expect("sealed"),
        ]
    }

    /// Reads an access token of [`Parts::issue_tokens`].
    pub fn verify_token(&self, token: &str) {
        let claims: AccessClaims = self.verifying.verify_jwt(token).expect("it is good");
        assert_eq!(claims.sub, self.user.id);
    }

    /// The server's first step: B and the session key, a power of g and two others.
    #[must_use]
    pub fn srp_first_step(&self) -> Option<SessionKey> {
        let challenge = ServerChallenge::new(&self.srp_verifier, self.app.entropy.bytes());
        let _ = challenge.public_hex();
        challenge.session_key(&self.srp_public)
    }

    /// The server's second step: the client's proof.
    pub fn srp_second_step(&self) {
        let (name, id) = (self.pool.srp_name(), &self.user.id);
        let key = &self.session_key;
        let good = verify_claim_signature(key, name, id, &SECRET_BLOCK, TIMESTAMP, &self.proof);
        assert!(good);
    }

    /// One power of g, as a verifier or B takes it.
    #[must_use]
    pub fn srp_generator_power(&self) -> SrpVerifier {
        SrpVerifier::derive("pool", "ada", &SecretString::from(PASSWORD), &[1; 16])
    }

    /// The client's step: an exponentiation of double length and a power of g.
    #[must_use]
    pub fn srp_client_step(&self) -> Option<SessionKey> {
        let b = self.srp_client.public_hex();
        self.srp_client
            .session_key("pool", "ada", &PASSWORD.into(), "01", &b)
    }

    /// Ten custom attributes against the schema, and onto what the user has.
    #[must_use]
    pub fn change_attributes(&self) -> Attributes {
        let current = &self.user.attributes;
        let changes = validate_self_update(&self.pool.settings, &self.client, current, &self.given);
        apply(current, &changes.expect("they fit"))
    }
}

fn request(operation: &str, body: String) -> Request<Bytes> {
    let scope = "20260101/us-east-1/cognito-idp/aws4_request";
    let headers = "host;x-amz-date;x-amz-target";
    Request::post("/")
        .header("host", "localhost")
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "x-amz-target",
            format!("AWSCognitoIdentityProviderService.{operation}"),
        )
        .header("x-amz-date", "20260101T000000Z")
        // Read only where the operation is signed; the development profile takes any key's.
        .header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential=BENCH/{scope}, SignedHeaders={headers}, Signature=00"
            ),
        )
        .body(Bytes::from(body))
        .expect("a request")
}

fn answer(
    runtime: &Runtime,
    registry: &Registry<App>,
    app: &App,
    request: &Request<Bytes>,
) -> Value {
    let id = app.entropy.uuid();
    let limit = Duration::from_secs(30);
    let source = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let response = runtime.block_on(registry.answer(app, request, id, source, limit));
    if response.status() != StatusCode::OK {
        panic!("{}", String::from_utf8_lossy(response.body()));
    }
    serde_json::from_slice(response.body()).expect("JSON")
}

fn text(value: &Value, path: &str) -> String {
    let text = value.pointer(path).and_then(Value::as_str);
    text.expect("a text in the answer").to_owned()
}
