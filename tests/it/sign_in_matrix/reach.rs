//! How a user gets to each challenge, and the right and the wrong answer to it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::challenges::Challenge;
use super::person::{Means, Person, TEMPORARY};
use super::world::World;
use crate::support::SrpClient;
use crate::support::authenticator::Browser;
use crate::support::device_srp::DeviceSrp;
use crate::support::devices::Device;
use crate::support::passkeys::LOCAL_PAGE;
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::{PASSWORD, laid_over};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::sign_up::wrong_code_for;
use crate::support::totp::{AuthenticatorApp, begin_step};

/// The answers, made at the time at which they are given: `true` makes the right one.
type Answers = Arc<dyn Fn(bool) -> Value + Send + Sync>;

/// A sign-in that waits for the answer to the challenge.
#[derive(Clone)]
pub struct Stage {
    name: &'static str,
    /// The session that the answer carries; null if there is none.
    pub session: Value,
    answers: Answers,
}

impl Stage {
    /// The right answer, as the input of RespondToAuthChallenge without the client.
    pub fn right(&self) -> Value {
        self.input(true)
    }

    /// A wrong answer.
    pub fn wrong(&self) -> Value {
        self.input(false)
    }

    fn input(&self, is_right: bool) -> Value {
        let mut input = json!({
            "ChallengeName": self.name, "ChallengeResponses": (self.answers)(is_right),
        });
        if self.session.is_string() {
            input["Session"] = self.session.clone();
        }
        input
    }
}

/// One parameter's right and wrong value.
fn one(name: &str, right: &str, wrong: &str) -> Answers {
    let (right, wrong) = (json!({ name: right }), json!({ name: wrong }));
    Arc::new(move |is_right| {
        if is_right {
            right.clone()
        } else {
            wrong.clone()
        }
    })
}

impl World {
    /// Brings the user to the challenge.
    pub async fn reach(&self, person: &Person) -> Stage {
        let name = person.name;
        let user = json!({ "USERNAME": name });
        let (session, answers) = match self.challenge {
            Challenge::Password => {
                let posed = self.begin("USER_AUTH", user).await;
                (
                    posed["Session"].clone(),
                    one("PASSWORD", PASSWORD, WRONG_PASSWORD),
                )
            }
            Challenge::PasswordSrp => {
                let posed = self.begin("USER_AUTH", user).await;
                (
                    posed["Session"].clone(),
                    one("SRP_A", &SrpClient::new().a(), "0"),
                )
            }
            Challenge::SelectFirst => {
                let posed = self.begin("USER_AUTH", user).await;
                assert_eq!(posed["ChallengeName"], "SELECT_CHALLENGE", "{posed}");
                (
                    posed["Session"].clone(),
                    one("ANSWER", "EMAIL_OTP", "BANANA"),
                )
            }
            Challenge::PasswordVerifier => self.verifier(name).await,
            Challenge::NewPassword => {
                let posed = self
                    .by_password(name, json!({ "PASSWORD": TEMPORARY }))
                    .await;
                let answers = one("NEW_PASSWORD", NEW_PASSWORD, "Sh0rt!");
                (posed["Session"].clone(), answers)
            }
            Challenge::SmsMfa => {
                let posed = self.by_password(name, json!({})).await;
                (
                    posed["Session"].clone(),
                    self.sent(&person.phone(), "SMS_MFA_CODE").await,
                )
            }
            Challenge::EmailMfa => {
                let posed = self.by_password(name, json!({})).await;
                (
                    posed["Session"].clone(),
                    self.sent(&person.email(), "EMAIL_OTP_CODE").await,
                )
            }
            Challenge::EmailOtp => {
                let posed = self.prefer_first(name, "EMAIL_OTP").await;
                (
                    posed["Session"].clone(),
                    self.sent(&person.email(), "EMAIL_OTP_CODE").await,
                )
            }
            Challenge::SmsOtp => {
                let posed = self.prefer_first(name, "SMS_OTP").await;
                (
                    posed["Session"].clone(),
                    self.sent(&person.phone(), "SMS_OTP_CODE").await,
                )
            }
            Challenge::SoftwareToken => {
                let posed = self.by_password(name, json!({})).await;
                (posed["Session"].clone(), self.shown_code(person))
            }
            Challenge::SelectMfaType => {
                let posed = self.by_password(name, json!({})).await;
                let answers = one("ANSWER", "SMS_MFA", "SOFTWARE_TOKEN_MFA");
                (posed["Session"].clone(), answers)
            }
            Challenge::MfaSetup => {
                let posed = self.by_password(name, json!({})).await;
                let right = json!({});
                let wrong = json!({ "EMAIL": "not an address" });
                let answers: Answers = Arc::new(move |is_right| {
                    if is_right {
                        right.clone()
                    } else {
                        wrong.clone()
                    }
                });
                (self.set_up(&posed).await, answers)
            }
            Challenge::Custom => {
                let posed = self.begin("CUSTOM_AUTH", user).await;
                (posed["Session"].clone(), one("ANSWER", "14", "15"))
            }
            Challenge::WebAuthn => {
                let posed = self.prefer_first(name, "WEB_AUTHN").await;
                (posed["Session"].clone(), signed(person, &posed))
            }
            Challenge::DeviceSrp => {
                let (posed, device) = self.asks_device(person).await;
                let (right, device_key) = (DeviceSrp::new().a(), device.key);
                let answers: Answers = Arc::new(
                    move |is_right| json!({ "DEVICE_KEY": device_key, "SRP_A": if is_right { &right } else { "0" } }),
                );
                (posed["Session"].clone(), answers)
            }
            Challenge::DevicePasswordVerifier => self.device_verifier(person).await,
        };
        let answers: Answers =
            Arc::new(move |is_right| laid_over(json!({ "USERNAME": name }), answers(is_right)));
        Stage {
            name: self.row().name,
            session,
            answers,
        }
    }

    /// Begins with the password; the challenge that follows it.
    async fn by_password(&self, name: &str, further: Value) -> Value {
        let parameters = json!({ "USERNAME": name, "PASSWORD": PASSWORD });
        let flow = self.door.password_flow();
        let posed = self.begin(flow, laid_over(parameters, further)).await;
        let expected = if self.challenge == Challenge::DevicePasswordVerifier {
            Challenge::DeviceSrp.row().name
        } else {
            self.row().name
        };
        assert_eq!(posed["ChallengeName"], expected, "{posed}");
        posed
    }

    /// USER_AUTH with a preferred factor.
    async fn prefer_first(&self, name: &str, factor: &str) -> Value {
        let parameters = json!({ "USERNAME": name, "PREFERRED_CHALLENGE": factor });
        let posed = self.begin("USER_AUTH", parameters).await;
        assert_eq!(posed["ChallengeName"], factor, "{posed}");
        posed
    }

    /// The code that has come to an address.
    async fn sent(&self, to: &str, parameter: &str) -> Answers {
        let code = self.pool.inbox(to).code().await;
        // The first factor's code by e-mail is longer.
        let wrong = format!("{}{}", wrong_code_for(&code[..6]), &code[6..]);
        one(parameter, &code, &wrong)
    }

    async fn verifier(&self, name: &str) -> (Value, Answers) {
        let client = SrpClient::new();
        let parameters = json!({ "USERNAME": name, "SRP_A": client.a() });
        let posed = self.begin("USER_SRP_AUTH", parameters).await;
        let (app, session) = (self.app.clone(), posed["Session"].clone());
        let answers: Answers = Arc::new(move |is_right| {
            let password = if is_right { PASSWORD } else { WRONG_PASSWORD };
            client.response(&app, &posed, password)["ChallengeResponses"].clone()
        });
        (session, answers)
    }

    fn shown_code(&self, person: &Person) -> Answers {
        let Means::App(phone) = &person.means else {
            panic!("{} has no app", person.name);
        };
        let (phone, server) = (phone.clone(), self.pool.endpoint().clone());
        Arc::new(move |is_right| {
            let code = if is_right {
                phone.code(&server, 0)
            } else {
                phone.wrong_code(&server)
            };
            json!({ "SOFTWARE_TOKEN_MFA_CODE": code })
        })
    }

    /// AssociateSoftwareToken and VerifySoftwareToken; the session of the second.
    async fn set_up(&self, posed: &Value) -> Value {
        let server = self.pool.endpoint();
        begin_step(server).await;
        let input = json!({ "Session": posed["Session"] });
        let associated = server
            .client
            .call("AssociateSoftwareToken", input)
            .await
            .ok();
        let code = AuthenticatorApp::new(&associated).code(server, 0);
        let input = json!({ "Session": associated["Session"], "UserCode": code });
        let verified = server.client.call("VerifySoftwareToken", input).await.ok();
        verified["Session"].clone()
    }

    /// The challenge to the user's device.
    async fn asks_device(&self, person: &Person) -> (Value, Device) {
        let Means::Device(device) = &person.means else {
            panic!("{} has no device", person.name);
        };
        let naming = json!({ "DEVICE_KEY": device.key });
        (self.by_password(person.name, naming).await, device.clone())
    }

    async fn device_verifier(&self, person: &Person) -> (Value, Answers) {
        let (asked, device) = self.asks_device(person).await;
        let exchange = DeviceSrp::new();
        let input = json!({
            "ChallengeName": "DEVICE_SRP_AUTH", "Session": asked["Session"],
            "ChallengeResponses": exchange.begin(&self.app, &device, person.name),
        });
        let posed = self.answer(&input).await.ok();
        let (app, session) = (self.app.clone(), posed["Session"].clone());
        let stranger = Device {
            password: "another password".to_owned(),
            ..device.clone()
        };
        let answers: Answers = Arc::new(move |is_right| {
            let device = if is_right { &device } else { &stranger };
            exchange.end(&app, device, &posed)
        });
        (session, answers)
    }
}

/// What the user's passkey signs on the right page, and on a wrong one.
fn signed(person: &Person, posed: &Value) -> Answers {
    let Means::Passkey(passkey) = &person.means else {
        panic!("{} has no passkey", person.name);
    };
    let options = posed["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str();
    let options: Value = serde_json::from_str(options.expect("options")).unwrap();
    let mut passkey = passkey.lock().unwrap();
    let wrong = Browser::at("https://evil.example").get(&mut passkey, &options);
    let right = Browser::at(LOCAL_PAGE).get(&mut passkey, &options);
    one("CREDENTIAL", &right.to_string(), &wrong.to_string())
}
