//! Signing in by SRP, as Amplify does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognate::crypto::srp;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::answer::Answer;
use super::pools::AppClient;

/// One SRP exchange from the client's side.
pub struct SrpClient {
    exchange: srp::client::Client,
}

impl Default for SrpClient {
    fn default() -> Self {
        Self::new()
    }
}

impl SrpClient {
    /// With a fresh secret.
    pub fn new() -> Self {
        let mut secret = [0; 32];
        aws_lc_rs::rand::fill(&mut secret).unwrap();
        Self {
            exchange: srp::client::Client::new(secret),
        }
    }

    /// What `SRP_A` carries.
    pub fn a(&self) -> String {
        self.exchange.public_hex()
    }

    /// InitiateAuth with USER_SRP_AUTH.
    pub async fn initiate(&self, app: &AppClient, username: &str) -> Answer {
        let mut parameters = json!({ "USERNAME": username, "SRP_A": self.a() });
        if app.secret.is_some() {
            parameters["SECRET_HASH"] = json!(app.secret_hash(username));
        }
        app.call(
            "InitiateAuth",
            json!({ "AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters }),
        )
        .await
    }

    /// The answer to `challenge` (the body of InitiateAuth), as the input of RespondToAuthChallenge.
    pub fn response(&self, app: &AppClient, challenge: &Value, password: &str) -> Value {
        let now = app.pool.endpoint().now();
        let timestamp = now.strftime("%a %b %-d %H:%M:%S UTC %Y").to_string();
        self.response_at(app, challenge, password, &timestamp)
    }

    /// The same with a timestamp of the caller's.
    pub fn response_at(
        &self,
        app: &AppClient,
        challenge: &Value,
        password: &str,
        timestamp: &str,
    ) -> Value {
        assert_eq!(
            challenge["ChallengeName"], "PASSWORD_VERIFIER",
            "{challenge}"
        );
        let parameter = |name: &str| {
            challenge["ChallengeParameters"][name]
                .as_str()
                .unwrap_or_else(|| panic!("no {name} in {challenge}"))
                .to_owned()
        };
        let user_id = parameter("USER_ID_FOR_SRP");
        let block = parameter("SECRET_BLOCK");
        let (_, pool_name) = app.pool.id.split_once('_').expect("a pool id");
        let key = self
            .exchange
            .session_key(
                pool_name,
                &user_id,
                &SecretString::from(password),
                &parameter("SALT"),
                &parameter("SRP_B"),
            )
            .expect("the server's values are numbers");
        let decoded = STANDARD.decode(&block).expect("base64");
        let signature = srp::claim_signature(&key, pool_name, &user_id, &decoded, timestamp);
        let mut responses = json!({
            "USERNAME": user_id,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(signature),
            "TIMESTAMP": timestamp,
        });
        if app.secret.is_some() {
            responses["SECRET_HASH"] = json!(app.secret_hash(&user_id));
        }
        let mut input = json!({
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": responses,
        });
        if challenge["Session"].is_string() {
            input["Session"] = challenge["Session"].clone();
        }
        input
    }

    /// Both calls; the answer is that of the second, or of the first if it failed.
    pub async fn sign_in(app: &AppClient, username: &str, password: &str) -> Answer {
        let client = Self::new();
        let challenge = client.initiate(app, username).await;
        if challenge.status != 200 {
            return challenge;
        }
        let response = client.response(app, &challenge.body, password);
        app.call("RespondToAuthChallenge", response).await
    }
}
