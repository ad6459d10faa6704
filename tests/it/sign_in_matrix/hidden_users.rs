//! Where the app client hides users (section 3.6): each flow and each challenge answers a name that nobody has as it
//! answers a user who has everything that the pool offers. `crate::equal_answers` compares users in every state at the
//! open operations.

use serde_json::{Value, json};

use super::challenges::{
    Challenge, EXPIRED, INCORRECT, INVALID, LOCKED, NO_A, NOT_OFFERED, SPENT, WRONG_SENT_CODE,
};
use super::person::{Means, Person};
use super::world::{Door, World};
use crate::support::answer::member_names;
use crate::support::authenticator::Browser;
use crate::support::device_srp::PRIME;
use crate::support::passkeys::LOCAL_PAGE;
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::PASSWORD;
use crate::support::refusals::{invalid_parameter, refused};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::tokens::tampered;
use crate::support::{Answer, AppClient, SrpClient, TestStore, both_stores};

/// A user, and two names that nobody has, of the same length.
const NAMES: [&str; 3] = ["u-known---", "u-nobody--", "u-no-one--"];

/// A code that the server does not send.
const NO_CODE: &str = "no-code";

/// What a stranger sees who types a name.
struct Stranger<'a> {
    world: &'a World,
    name: &'static str,
    seen: Vec<Value>,
}

impl<'a> Stranger<'a> {
    /// Notes what the answer shows, and returns it.
    fn see(&mut self, answer: Answer) -> Answer {
        self.seen.push(observable(&answer, self.name));
        answer
    }

    /// Begins a sign-in.
    async fn begin(&mut self, flow: &str, parameters: Value) -> Answer {
        let mut parameters = parameters;
        parameters["USERNAME"] = json!(self.name);
        let world = self.world;
        let answer = world.door.begin(&world.app, flow, parameters).await;
        self.see(answer)
    }

    /// USER_AUTH, with a preferred factor or none; the challenge.
    async fn choose(&mut self, preferred: Option<&str>) -> Value {
        let parameters = preferred.map_or_else(
            || json!({}),
            |factor| json!({ "PREFERRED_CHALLENGE": factor }),
        );
        let posed = self.begin("USER_AUTH", parameters).await.ok();
        let expected = preferred.unwrap_or("SELECT_CHALLENGE");
        assert_eq!(posed["ChallengeName"], expected, "{posed}");
        posed
    }

    /// Answers under any name of a challenge with the session of `posed`, through a client.
    async fn answer_at(
        &mut self,
        app: &AppClient,
        posed: &Value,
        challenge: &str,
        answers: Value,
    ) -> Answer {
        let mut answers = answers;
        if answers["USERNAME"].is_null() {
            answers["USERNAME"] = json!(self.name);
        }
        let mut input = json!({ "ChallengeName": challenge, "ChallengeResponses": answers });
        if posed["Session"].is_string() {
            input["Session"] = posed["Session"].clone();
        }
        let answer = self.world.door.answer(app, &input).await;
        self.see(answer)
    }

    /// Answers the challenge that was posed.
    async fn answer(&mut self, posed: &Value, answers: Value) -> Answer {
        let (app, name) = (&self.world.app, posed["ChallengeName"].as_str().unwrap());
        self.answer_at(app, posed, name, answers).await
    }
}

/// Everything by which two answers could be told apart: status, headers and body, with opaque values replaced by their
/// lengths.
fn observable(answer: &Answer, typed: &str) -> Value {
    let varying = ["date", "x-amzn-requestid", "content-length"];
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !varying.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let mut body = answer.body.clone();
    if let Some(session) = body["Session"].as_str() {
        body["Session"] = json!(session.len());
    }
    if let Some(parameters) = body["ChallengeParameters"].as_object_mut() {
        for (name, value) in parameters {
            let text = value.as_str().unwrap().to_owned();
            *value = match name.as_str() {
                "CODE_DELIVERY_DELIVERY_MEDIUM" | "CODE_DELIVERY_DESTINATION" | "question" => {
                    continue;
                }
                "CREDENTIAL_REQUEST_OPTIONS" => {
                    let options: Value = serde_json::from_str(&text).unwrap();
                    json!([
                        member_names(&options),
                        options["rpId"],
                        options["timeout"],
                        options["userVerification"],
                        options["challenge"].as_str().unwrap().len(),
                        member_names(&options["allowCredentials"][0]),
                    ])
                }
                _ if text == typed => json!("as typed"),
                _ => json!(text.len()),
            };
        }
    }
    if body.get("Session").is_some_and(Value::is_null) {
        body.as_object_mut().unwrap().remove("Session");
    }
    json!({ "status": answer.status, "headers": headers, "body": body })
}

/// The pool of all challenges, hiding clients, and a user with contacts, a password and a passkey. The other user's
/// passkey is what a stranger has.
async fn hiding(server: &crate::support::TestServer, door: Door) -> (World, Person) {
    let hides = json!({ "PreventUserExistenceErrors": "ENABLED" });
    let world = World::with_clients(server, door, Challenge::WebAuthn, hides).await;
    world.person(NAMES[0]).await;
    let stranger = world.person("mallory").await;
    (world, stranger)
}

/// Runs `act` for each name at both doors, and compares what was seen. Time passes between two names, so that the
/// guesses of one are counted as those of the other.
macro_rules! alike {
    ($store:expr, |$stranger:ident, $mallory:ident| $act:block) => {{
        let server = World::server(&$store).await;
        for door in Door::BOTH {
            let (world, mallory) = hiding(&server, door).await;
            let $mallory = &mallory;
            let mut expected: Option<Vec<Value>> = None;
            for name in NAMES {
                let mut stranger = Stranger {
                    world: &world,
                    name,
                    seen: Vec::new(),
                };
                {
                    let $stranger = &mut stranger;
                    $act
                }
                let expected = expected.get_or_insert_with(|| stranger.seen.clone());
                assert_eq!(stranger.seen.len(), expected.len());
                for (number, (seen, expected)) in stranger.seen.iter().zip(expected).enumerate() {
                    assert_eq!(seen, expected, "call {number} for {name} at {door:?}");
                }
                world.advance(1000).await;
            }
        }
        server.stop().await;
    }};
}

/// The claim of one who has the right password of the user, answered as `change` makes it.
fn claim(
    stranger: &Stranger<'_>,
    client: &SrpClient,
    posed: &Value,
    (password, seconds): (&str, i64),
) -> Value {
    let app = &stranger.world.app;
    let time = app.pool.endpoint().now() + jiff::SignedDuration::from_secs(seconds);
    let timestamp = time.strftime("%a %b %-d %H:%M:%S UTC %Y").to_string();
    client.response_at(app, posed, password, &timestamp)["ChallengeResponses"].clone()
}

/// SRP's A that is zero modulo the prime, or no number.
fn bad_as() -> Vec<String> {
    vec![
        "0".to_owned(),
        "00".repeat(384),
        PRIME.to_owned(),
        format!("00{PRIME}"),
        "xyz".to_owned(),
    ]
}

both_stores! {
    /// USER_PASSWORD_AUTH, and the password behind USER_AUTH, with the lock-out.
    async fn by_password(store: TestStore) {
        alike!(store, |stranger, _mallory| {
            let flow = stranger.world.door.password_flow();
            let wrong = json!({ "PASSWORD": WRONG_PASSWORD });
            refused(&stranger.begin(flow, wrong.clone()).await, INCORRECT);
            let inline = json!({ "PASSWORD": WRONG_PASSWORD, "PREFERRED_CHALLENGE": "PASSWORD" });
            refused(&stranger.begin("USER_AUTH", inline).await, INCORRECT);
            let none = stranger.begin("USER_AUTH", json!({ "PREFERRED_CHALLENGE": "PASSWORD" })).await;
            invalid_parameter(&none, "Missing required parameter PASSWORD");
            let posed = stranger.choose(None).await;
            let app = &stranger.world.app.clone();
            refused(&stranger.answer_at(app, &posed, "PASSWORD", wrong.clone()).await, INCORRECT);
            let chosen = json!({ "ANSWER": "PASSWORD", "PASSWORD": WRONG_PASSWORD });
            refused(&stranger.answer(&posed, chosen).await, INCORRECT);
            for failures in 5..=9_u32 {
                refused(&stranger.begin(flow, wrong.clone()).await, INCORRECT);
                if failures < 9 {
                    stranger.world.advance(1 << (failures - 5)).await;
                }
            }
            refused(&stranger.begin(flow, json!({ "PASSWORD": PASSWORD })).await, LOCKED);
        });
    }

    /// USER_SRP_AUTH: A = 0, a wrong password, a stale timestamp, a tampered signature and a tampered SECRET_BLOCK
    /// fail, also for one who has the user's password.
    async fn by_srp(store: TestStore) {
        alike!(store, |stranger, _mallory| {
            for srp_a in bad_as() {
                refused(&stranger.begin("USER_SRP_AUTH", json!({ "SRP_A": srp_a })).await, NO_A);
            }
            let client = SrpClient::new();
            let posed = stranger.begin("USER_SRP_AUTH", json!({ "SRP_A": client.a() })).await.ok();
            assert_eq!(posed["ChallengeName"], "PASSWORD_VERIFIER");
            let wrong = claim(stranger, &client, &posed, (WRONG_PASSWORD, 0));
            refused(&stranger.answer(&posed, wrong).await, INCORRECT);
            for seconds in [-400, 400] {
                let stale = claim(stranger, &client, &posed, (PASSWORD, seconds));
                refused(&stranger.answer(&posed, stale).await, INCORRECT);
            }
            let right = claim(stranger, &client, &posed, (PASSWORD, 0));
            for name in ["PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE"] {
                let mut changed = right.clone();
                changed[name] = json!(tampered(right[name].as_str().unwrap()));
                refused(&stranger.answer(&posed, changed).await, INCORRECT);
            }
            let mut malformed = right.clone();
            malformed["TIMESTAMP"] = json!("2023-09-05T09:04:01Z");
            let answer = stranger.answer(&posed, malformed).await;
            invalid_parameter(&answer, "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english");
            let mut of_another = right.clone();
            of_another["USERNAME"] = json!("mallory");
            refused(&stranger.answer(&posed, of_another).await, INVALID);
            let other = stranger.world.other.clone();
            let answer = stranger.answer_at(&other, &posed, "PASSWORD_VERIFIER", right.clone()).await;
            refused(&answer, INCORRECT);
            stranger.world.advance(180).await;
            let late = claim(stranger, &client, &posed, (PASSWORD, 0));
            refused(&stranger.answer(&posed, late).await, EXPIRED);
        });
    }

    /// SELECT_CHALLENGE, and what each choice leads to.
    async fn by_choice(store: TestStore) {
        alike!(store, |stranger, _mallory| {
            let posed = stranger.choose(None).await;
            let all = json!(["EMAIL_OTP", "SMS_OTP", "PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]);
            assert_eq!(posed["AvailableChallenges"], all);
            for choice in ["BANANA", "SOFTWARE_TOKEN_MFA"] {
                refused(&stranger.answer(&posed, json!({ "ANSWER": choice })).await, NOT_OFFERED);
            }
            for srp_a in bad_as() {
                let chosen = json!({ "ANSWER": "PASSWORD_SRP", "SRP_A": srp_a });
                refused(&stranger.answer(&posed, chosen).await, NO_A);
            }
            let other = stranger.world.other.clone();
            let chosen = json!({ "ANSWER": "EMAIL_OTP" });
            let answer = stranger.answer_at(&other, &posed, "SELECT_CHALLENGE", chosen.clone()).await;
            refused(&answer, INVALID);
            let of_another = json!({ "ANSWER": "EMAIL_OTP", "USERNAME": "mallory" });
            refused(&stranger.answer(&posed, of_another).await, INVALID);
            for choice in ["EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"] {
                let posed = stranger.choose(None).await;
                let chosen = json!({ "ANSWER": choice });
                let next = stranger.answer(&posed, chosen.clone()).await.ok();
                assert_eq!(next["ChallengeName"], choice);
                refused(&stranger.answer(&posed, chosen).await, SPENT);
            }
            for name in ["SELECT_CHALLENGE", "PASSWORD_SRP"] {
                let posed = stranger.choose(None).await;
                let client = SrpClient::new();
                let chosen = json!({ "ANSWER": "PASSWORD_SRP", "SRP_A": client.a() });
                let app = stranger.world.app.clone();
                let next = stranger.answer_at(&app, &posed, name, chosen.clone()).await.ok();
                let wrong = claim(stranger, &client, &next, (WRONG_PASSWORD, 0));
                refused(&stranger.answer(&next, wrong).await, INCORRECT);
                refused(&stranger.answer_at(&app, &posed, name, chosen).await, SPENT);
            }
            stranger.world.advance(180).await;
            refused(&stranger.answer(&posed, chosen).await, EXPIRED);
        });
    }

    /// EMAIL_OTP and SMS_OTP, with the lock-out.
    async fn by_code(store: TestStore) {
        alike!(store, |stranger, _mallory| {
            for (factor, parameter) in [("EMAIL_OTP", "EMAIL_OTP_CODE"), ("SMS_OTP", "SMS_OTP_CODE")] {
                let posed = stranger.choose(Some(factor)).await;
                let given = json!({ parameter: NO_CODE });
                let other = stranger.world.other.clone();
                let answer = stranger.answer_at(&other, &posed, factor, given.clone()).await;
                refused(&answer, INVALID);
                let of_another = json!({ parameter: NO_CODE, "USERNAME": "mallory" });
                refused(&stranger.answer(&posed, of_another).await, INVALID);
                for failures in 1..=9_u32 {
                    refused(&stranger.answer(&posed, given.clone()).await, WRONG_SENT_CODE);
                    if (5..9).contains(&failures) {
                        stranger.world.advance(1 << (failures - 5)).await;
                    }
                }
                refused(&stranger.answer(&posed, given.clone()).await, LOCKED);
                stranger.world.advance(180).await;
                refused(&stranger.answer(&posed, given).await, EXPIRED);
                stranger.world.advance(1000).await;
            }
        });
    }

    /// WEB_AUTHN: a passkey of another user, and what is none; each name has the same passkeys each time.
    async fn by_passkey(store: TestStore) {
        alike!(store, |stranger, mallory| {
            let posed = stranger.choose(Some("WEB_AUTHN")).await;
            let options = |posed: &Value| {
                let text = posed["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str();
                serde_json::from_str::<Value>(text.unwrap()).unwrap()
            };
            let again = options(&stranger.choose(Some("WEB_AUTHN")).await);
            assert_eq!(again["allowCredentials"], options(&posed)["allowCredentials"]);
            let credential = {
                let Means::Passkey(passkey) = &mallory.means else { panic!("no passkey") };
                let mut passkey = passkey.lock().unwrap();
                Browser::at(LOCAL_PAGE).get(&mut passkey, &options(&posed)).to_string()
            };
            let given = json!({ "CREDENTIAL": credential });
            for text in [credential.as_str(), "{}", "nothing"] {
                let answer = stranger.answer(&posed, json!({ "CREDENTIAL": text })).await;
                refused(&answer, INCORRECT);
            }
            let other = stranger.world.other.clone();
            let answer = stranger.answer_at(&other, &posed, "WEB_AUTHN", given.clone()).await;
            refused(&answer, INVALID);
            stranger.world.advance(180).await;
            refused(&stranger.answer(&posed, given).await, EXPIRED);
        });
    }

    /// CUSTOM_AUTH, with and without the password first.
    async fn by_custom_challenge(store: TestStore) {
        alike!(store, |stranger, _mallory| {
            let posed = stranger.begin("CUSTOM_AUTH", json!({})).await.ok();
            let wrong = json!({ "ANSWER": "15" });
            let other = stranger.world.other.clone();
            let answer = stranger.answer_at(&other, &posed, "CUSTOM_CHALLENGE", wrong.clone()).await;
            refused(&answer, INVALID);
            let again = stranger.answer(&posed, wrong.clone()).await.ok();
            assert_eq!(again["ChallengeName"], "CUSTOM_CHALLENGE");
            refused(&stranger.answer(&posed, wrong.clone()).await, INVALID);
            for srp_a in bad_as() {
                let parameters = json!({ "CHALLENGE_NAME": "SRP_A", "SRP_A": srp_a });
                refused(&stranger.begin("CUSTOM_AUTH", parameters).await, NO_A);
            }
            let client = SrpClient::new();
            let parameters = json!({ "CHALLENGE_NAME": "SRP_A", "SRP_A": client.a() });
            let verifier = stranger.begin("CUSTOM_AUTH", parameters).await.ok();
            let given = claim(stranger, &client, &verifier, (WRONG_PASSWORD, 0));
            refused(&stranger.answer(&verifier, given).await, INCORRECT);
            stranger.world.advance(180).await;
            refused(&stranger.answer(&again, wrong).await, EXPIRED);
        });
    }

    /// The challenges that follow a password: none waits, whatever session is sent.
    async fn behind_the_password(store: TestStore) {
        alike!(store, |stranger, _mallory| {
            let choice = stranger.choose(None).await;
            let code = stranger.choose(Some("EMAIL_OTP")).await;
            let made_up = json!({ "Session": "AYABe".repeat(144) });
            let app = stranger.world.app.clone();
            let key = "us-east-1_00000000-0000-4000-8000-000000000000";
            for posed in [choice, code, made_up, json!({})] {
                for (name, answers) in [
                    ("NEW_PASSWORD_REQUIRED", json!({ "NEW_PASSWORD": NEW_PASSWORD })),
                    ("SMS_MFA", json!({ "SMS_MFA_CODE": "123456" })),
                    ("SOFTWARE_TOKEN_MFA", json!({ "SOFTWARE_TOKEN_MFA_CODE": "123456" })),
                    ("SELECT_MFA_TYPE", json!({ "ANSWER": "SMS_MFA" })),
                    ("MFA_SETUP", json!({ "EMAIL": "new@example.com" })),
                    ("MFA_SETUP", json!({})),
                    ("DEVICE_SRP_AUTH", json!({ "DEVICE_KEY": key, "SRP_A": "abc123" })),
                ] {
                    refused(&stranger.answer_at(&app, &posed, name, answers).await, INVALID);
                }
            }
        });
    }

    /// One salt for a name, by whichever way SRP is begun; each name has its own.
    async fn the_salt_of_a_name_is_stable(store: TestStore) {
        let server = World::server(&store).await;
        for door in Door::BOTH {
            let (world, _) = hiding(&server, door).await;
            let mut salts = Vec::new();
            for name in NAMES {
                let mut of_name = Vec::new();
                for app in [&world.app, &world.other] {
                    let a = || SrpClient::new().a();
                    let choice = door.begin(app, "USER_AUTH", json!({ "USERNAME": name })).await.ok();
                    let chosen = json!({
                        "ChallengeName": "PASSWORD_SRP", "Session": choice["Session"],
                        "ChallengeResponses": { "USERNAME": name, "SRP_A": a() },
                    });
                    let begun = [
                        ("USER_SRP_AUTH", json!({})),
                        ("USER_AUTH", json!({ "PREFERRED_CHALLENGE": "PASSWORD_SRP" })),
                        ("CUSTOM_AUTH", json!({ "CHALLENGE_NAME": "SRP_A" })),
                    ];
                    let mut posed = vec![door.answer(app, &chosen).await.ok()];
                    for (flow, mut parameters) in begun {
                        parameters["USERNAME"] = json!(name);
                        parameters["SRP_A"] = json!(a());
                        posed.push(door.begin(app, flow, parameters).await.ok());
                    }
                    for posed in posed {
                        assert_eq!(posed["ChallengeName"], "PASSWORD_VERIFIER", "{posed}");
                        of_name.push(posed["ChallengeParameters"]["SALT"].as_str().unwrap().to_owned());
                    }
                }
                assert_eq!(of_name.len(), 8);
                of_name.dedup();
                assert_eq!(of_name.len(), 1, "{name} {of_name:?}");
                salts.append(&mut of_name);
            }
            salts.sort_unstable();
            salts.dedup();
            assert_eq!(salts.len(), NAMES.len());
            world.advance(1000).await;
        }
        server.stop().await;
    }
}
