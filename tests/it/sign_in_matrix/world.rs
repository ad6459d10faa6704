//! The pool and the app clients in which a challenge is answered, and the two forms of the operations.

use serde_json::{Value, json};

use super::challenges::{Challenge, Row, Then};
use super::person::Person;
use crate::support::function::{Function, answered, invoke, server_with, with_triggers};
use crate::support::pools::{attribute, laid_over};
use crate::support::tokens::get_user;
use crate::support::{Answer, AppClient, Pool, TestServer, TestStore, Tokens};

/// Which form of the operations is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// InitiateAuth and RespondToAuthChallenge.
    Open,
    /// AdminInitiateAuth and AdminRespondToAuthChallenge.
    Administrator,
}

impl Door {
    /// Both of them.
    pub const BOTH: [Self; 2] = [Self::Open, Self::Administrator];

    /// The flow that sends the password.
    pub fn password_flow(self) -> &'static str {
        match self {
            Self::Open => "USER_PASSWORD_AUTH",
            Self::Administrator => "ADMIN_USER_PASSWORD_AUTH",
        }
    }

    /// Begins a sign-in.
    pub async fn begin(self, app: &AppClient, flow: &str, parameters: Value) -> Answer {
        let input = json!({ "AuthFlow": flow, "AuthParameters": parameters });
        match self {
            Self::Open => app.call("InitiateAuth", input).await,
            Self::Administrator => by_administrator(app, "AdminInitiateAuth", input).await,
        }
    }

    /// Answers a challenge; `input` is that of RespondToAuthChallenge, without the client.
    pub async fn answer(self, app: &AppClient, input: &Value) -> Answer {
        let input = input.clone();
        match self {
            Self::Open => app.call("RespondToAuthChallenge", input).await,
            Self::Administrator => {
                by_administrator(app, "AdminRespondToAuthChallenge", input).await
            }
        }
    }
}

async fn by_administrator(app: &AppClient, operation: &str, input: Value) -> Answer {
    let input = laid_over(json!({ "ClientId": app.id }), input);
    app.pool.admin(operation, input).await
}

/// A pool that has every challenge, and two app clients of it.
#[derive(Clone)]
pub struct World {
    pub door: Door,
    pub challenge: Challenge,
    pub store: TestStore,
    pub pool: Pool,
    /// The client through which users sign in.
    pub app: AppClient,
    /// Another client of the pool, with the same settings.
    pub other: AppClient,
}

/// What a sign-in can change.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The user, as AdminGetUser shows it.
    pub user: Value,
    /// How many sessions the user has.
    pub sessions: usize,
}

/// What the samples of AWS's guide do, without an end: a question until it is answered.
fn quiz(mut event: Value) -> Value {
    let last = event["request"]["session"].as_array().and_then(|session| {
        let last = session.last()?;
        Some((
            last["challengeName"].clone(),
            last["challengeResult"].clone(),
        ))
    });
    let source = event["triggerSource"].as_str().unwrap().to_owned();
    let given = event["request"]["challengeAnswer"].clone();
    let response = &mut event["response"];
    match (source.split('_').next().unwrap(), last) {
        ("DefineAuthChallenge", Some((name, Value::Bool(true)))) => {
            if name == "SRP_A" {
                response["challengeName"] = json!("PASSWORD_VERIFIER");
            } else {
                response["issueTokens"] = json!(true);
            }
        }
        ("DefineAuthChallenge", _) => response["challengeName"] = json!("CUSTOM_CHALLENGE"),
        ("CreateAuthChallenge", _) => {
            response["publicChallengeParameters"] = json!({ "question": "7 + 7" });
            response["privateChallengeParameters"] = json!({ "answer": "14" });
        }
        ("VerifyAuthChallengeResponse", _) => response["answerCorrect"] = json!(given == "14"),
        _ => {}
    }
    event
}

impl World {
    /// A server whose functions ask [`quiz`].
    pub async fn server(store: &TestStore) -> TestServer {
        let function = Function::start().await;
        function.answers(|event| answered(&quiz(event)));
        server_with(store, vec![invoke(&function.url)]).await
    }

    /// A pool for a challenge.
    pub async fn new(server: &TestServer, door: Door, challenge: Challenge) -> Self {
        Self::with_clients(server, door, challenge, json!({})).await
    }

    /// The same, with `settings` of its clients.
    pub async fn with_clients(
        server: &TestServer,
        door: Door,
        challenge: Challenge,
        settings: Value,
    ) -> Self {
        // Where a second factor is required, no code and no passkey is a first factor.
        let is_required = challenge == Challenge::MfaSetup;
        let (mode, factors) = if is_required {
            ("ON", json!(["PASSWORD"]))
        } else {
            let all = json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]);
            ("OPTIONAL", all)
        };
        let sms = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" });
        let of_device = matches!(
            challenge,
            Challenge::DeviceSrp | Challenge::DevicePasswordVerifier
        );
        let triggers = [
            "DefineAuthChallenge",
            "CreateAuthChallenge",
            "VerifyAuthChallengeResponse",
        ];
        let further = json!({
            "AutoVerifiedAttributes": ["email", "phone_number"],
            "SmsConfiguration": sms,
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } },
            // A session that was opened from a device is refreshed only once the device is confirmed.
            "DeviceConfiguration": if of_device {
                json!({ "DeviceOnlyRememberedOnUserPrompt": false })
            } else {
                Value::Null
            },
        });
        let pool = server.pool(with_triggers(&triggers, further)).await;
        let mfa = json!({
            "MfaConfiguration": mode,
            "SmsMfaConfiguration": { "SmsConfiguration": sms },
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
            "EmailMfaConfiguration": { "Message": "Use {####}", "Subject": "Sign in" },
        });
        pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
        let flows = json!({ "ExplicitAuthFlows": [
            "ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
        ] });
        let flows = laid_over(flows, settings);
        Self {
            door,
            challenge,
            store: server.store.clone(),
            app: pool.client(flows.clone()).await,
            other: pool.client(flows).await,
            pool,
        }
    }

    /// What the pages say of the challenge.
    pub fn row(&self) -> Row {
        self.challenge.row()
    }

    /// Begins a sign-in, which leads to a challenge.
    pub async fn begin(&self, flow: &str, parameters: Value) -> Value {
        self.door.begin(&self.app, flow, parameters).await.ok()
    }

    /// Answers a challenge.
    pub async fn answer(&self, input: &Value) -> Answer {
        self.door.answer(&self.app, input).await
    }

    /// Moves the server's clock.
    pub async fn advance(&self, seconds: i64) {
        self.pool.endpoint().advance(seconds).await;
    }

    /// What there is of the user now.
    pub async fn standing(&self, person: &Person) -> Standing {
        let user = self.pool.user(person.name).await.ok();
        let id = attribute(&user["UserAttributes"], "sub").unwrap();
        let sessions = format!(
            "SELECT session_id FROM sessions WHERE pool_id = '{}' AND user_id = '{id}'",
            self.pool.id
        );
        Standing {
            user,
            sessions: self.store.ask(&sessions).await.len(),
        }
    }

    /// Asserts that the answer is that to a right one, and that what it brings is there.
    pub async fn went_on(&self, person: &Person, answer: Answer, before: &Standing) {
        let (row, body) = (self.row(), answer.ok());
        let after = self.standing(person).await;
        match row.then {
            Then::Tokens => {
                assert!(body.get("ChallengeName").is_none(), "{body}");
                assert_eq!(body["ChallengeParameters"], json!({}), "{body}");
                let tokens = Tokens::from(&body);
                let own = get_user(&self.app, &tokens.access).await.ok();
                assert_eq!(own["Username"], person.name);
                self.app
                    .refresh_from(&tokens.refresh, person.device_key())
                    .await
                    .ok();
                assert_eq!(after.sessions, before.sessions + 1);
            }
            Then::Challenge(name) => {
                assert_eq!(body["ChallengeName"], name, "{body}");
                assert!(body.get("AuthenticationResult").is_none(), "{body}");
                assert_eq!(after.sessions, before.sessions);
            }
        }
        match row.brings {
            None => assert_eq!(after.user, before.user),
            Some((name, value)) => {
                assert_ne!(shown(&before.user, name).as_deref(), Some(value));
                assert_eq!(shown(&after.user, name).as_deref(), Some(value));
            }
        }
    }
}

/// An attribute or a member of AdminGetUser's answer, a list's first entry.
fn shown(user: &Value, name: &str) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    text(&user[name])
        .or_else(|| text(&user[name][0]))
        .or_else(|| attribute(&user["UserAttributes"], name))
}
