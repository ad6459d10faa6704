//! Users with a second factor or with devices, in a pool of their own that tracks sessions: how they sign in, and
//! how their sessions end.

use std::sync::atomic::Ordering;

use cognate::domain::device::DeviceKeys;
use cognate_bench::srp::{self, DeviceChallenge};
use serde_json::{Value, json};

use super::{RETRY_DELAY, TestContext, is_revoked};
use crate::api::Caller;
use crate::factor_ledger::{Device, DeviceState, FactorUser, Session};
use crate::ledger::Possible;
use crate::outcome::{Outcome, Refusal};
use crate::rng::SeededRng;
use crate::settings::PASSWORD;
use crate::system::FactorPool;

/// Sessions that a user keeps trying.
const MOST_SESSIONS: usize = 5;

/// Calls for users of the pool, as a worker or when all is over.
pub struct FactorCaller {
    pub context: TestContext,
    pub pool: FactorPool,
    pub caller: Caller,
}

/// A worker that leads such users through life.
pub struct FactorWorker {
    pub(super) calls: FactorCaller,
    pub(super) rng: SeededRng,
    number: u64,
}

impl FactorWorker {
    /// The worker of this number.
    pub fn new(context: &TestContext, pool: &FactorPool, seed: u64, number: u64) -> Self {
        Self {
            calls: FactorCaller {
                context: context.clone(),
                pool: pool.clone(),
                caller: Caller::new(context.address, &context.journal),
            },
            rng: SeededRng::new(seed, number + 3000),
            number,
        }
    }

    /// Makes the worker record some writes as acknowledged without sending them.
    pub fn spoil(&mut self, seed: u64) {
        let rng = SeededRng::new(seed, self.number + 4000);
        self.calls.caller.spoil(rng);
    }

    /// Runs one user after the other until the context stops.
    pub async fn run(mut self) {
        let mut count = 0_u64;
        while !self.calls.context.is_stopping() {
            let name = format!("factor-{}-{count}", self.number);
            let mut user = FactorUser::new(name, count.is_multiple_of(2));
            count += 1;
            if !self.create(&user).await {
                return;
            }
            let steps = 6 + self.rng.below(14);
            for _ in 0..steps {
                if self.calls.context.is_stopping() {
                    break;
                }
                self.step(&mut user).await;
            }
            self.calls.context.add_finished_with_factors(user);
        }
    }

    /// An administrator makes the user; `false` if the context stops before.
    async fn create(&mut self, user: &FactorUser) -> bool {
        let pool = self.calls.pool.id.clone();
        let of = json!({ "UserPoolId": pool, "Username": user.name });
        let with = |more: Value| merged(&of, more);
        for (operation, input, allowed) in [
            (
                "AdminCreateUser",
                with(json!({ "MessageAction": "SUPPRESS" })),
                "UsernameExistsException",
            ),
            (
                "AdminSetUserPassword",
                with(json!({ "Password": PASSWORD, "Permanent": true })),
                "",
            ),
        ] {
            loop {
                if self.calls.context.is_stopping() {
                    return false;
                }
                match self.calls.caller.signed(operation, &input).await {
                    Outcome::Acknowledged(_) => break,
                    Outcome::Refused(refusal) if refusal.code == allowed => break,
                    Outcome::Refused(refusal) => {
                        self.calls
                            .check_refusal(&user.name, operation, &refusal, &[])
                            .await;
                    }
                    Outcome::Unknown(_) => tokio::time::sleep(RETRY_DELAY).await,
                }
            }
        }
        true
    }

    async fn step(&mut self, user: &mut FactorUser) {
        if user.live().is_none() {
            self.calls.sign_in(user, None).await;
            return;
        }
        match (self.rng.below(100), user.has_app) {
            (0..25, _) => self.calls.sign_in(user, None).await,
            (25..45, _) => self.revoke(user).await,
            (45..75, true) => self.enrol(user).await,
            (75..85, true) => self.switch(user).await,
            (85..90, true) => self.delete_app(user).await,
            (_, true) => self.calls.look_at_app(user).await,
            (45..65, false) => self.confirm(user).await,
            (65..80, false) => self.remember(user).await,
            (80..88, false) => self.forget(user).await,
            (_, false) => self.sign_in_from_device(user).await,
        }
        let surplus = user.sessions.len().saturating_sub(MOST_SESSIONS);
        user.sessions.drain(..surplus);
    }

    /// A sign-in from one of the devices.
    async fn sign_in_from_device(&mut self, user: &mut FactorUser) {
        let count = u64::try_from(user.devices.len()).unwrap_or(0);
        let at = usize::try_from(self.rng.below(count)).unwrap_or(0);
        if let Some(key) = user.devices.get(at).map(|device| device.keys.key.clone()) {
            self.calls.sign_in(user, Some(&key)).await;
        }
    }

    /// Another session of the user's is revoked, by the user or an administrator.
    async fn revoke(&mut self, user: &mut FactorUser) {
        let Some(access) = user.live().map(|session| session.access.clone()) else {
            return;
        };
        let confirmed = user.confirmed();
        let other = |session: &&mut Session| session.is_live() && session.access != access;
        let Some(session) = user.sessions.iter_mut().find(other) else {
            return;
        };
        let Some(id) = session.listed_id.clone() else {
            return;
        };
        let outcome = if self.rng.chance(50) {
            let input = json!({ "AccessToken": access, "SessionId": id });
            self.calls.caller.call("RevokeUserSession", &input).await
        } else {
            let pool = &self.calls.pool.id;
            let input = json!({ "UserPoolId": pool, "Username": user.name, "SessionId": id });
            self.calls
                .caller
                .signed("AdminRevokeUserSession", &input)
                .await
        };
        match outcome {
            Outcome::Acknowledged(_) => session.revoked.acknowledged(|_| true),
            Outcome::Unknown(_) => session.revoked.unknown(|_| true),
            Outcome::Refused(refusal) => {
                self.calls
                    .check_refusal(&user.name, "RevokeUserSession", &refusal, &[])
                    .await;
            }
        }
        let name = user.name.clone();
        self.calls.check_session(&name, &confirmed, session).await;
    }
}

impl FactorCaller {
    /// The servers' time, as far as it is known.
    pub fn now(&self) -> i64 {
        let moved = self.context.clock_seconds.load(Ordering::SeqCst);
        cognate::clock::Clock::default().now().seconds() + moved
    }

    /// Whether the clock was ever moved: then a code may be of the wrong time.
    pub fn clock_was_moved(&self) -> bool {
        self.context.clock_moves.load(Ordering::SeqCst) > 0
    }

    /// Checks that the ledger can explain a refusal.
    pub async fn check_refusal(
        &self,
        name: &str,
        operation: &str,
        refusal: &Refusal,
        allowed: &[&str],
    ) -> bool {
        if refusal.is_busy() {
            tokio::time::sleep(RETRY_DELAY).await;
            return true;
        }
        let is_of_time = [
            "CodeMismatchException",
            "ExpiredCodeException",
            "EnableSoftwareTokenMFAException",
        ]
        .contains(&refusal.code.as_str());
        let explained =
            allowed.contains(&refusal.code.as_str()) || (is_of_time && self.clock_was_moved());
        let journal = &self.context.journal;
        journal.check("a refusal is true", explained, || {
            let Refusal { code, message } = refusal;
            format!("{operation} of {name}: {code}: {message}")
        })
    }

    /// Signs in with the password, and with what is asked for then.
    pub async fn sign_in(&mut self, user: &mut FactorUser, device_key: Option<&str>) {
        let mut parameters = json!({ "USERNAME": user.name, "PASSWORD": PASSWORD });
        if let (Some(key), Some(members)) = (device_key, parameters.as_object_mut()) {
            members.insert("DEVICE_KEY".to_owned(), json!(key));
        }
        let input = json!({
            "ClientId": self.pool.client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": parameters,
        });
        let answer = match self.caller.call("InitiateAuth", &input).await {
            Outcome::Acknowledged(answer) => answer,
            Outcome::Refused(refusal) => {
                self.refused_sign_in(user, device_key, &refusal).await;
                return;
            }
            Outcome::Unknown(_) => return tokio::time::sleep(RETRY_DELAY).await,
        };
        let challenge = answer.get("ChallengeName").and_then(Value::as_str);
        if device_key.is_none() {
            let is_asked = challenge == Some("SOFTWARE_TOKEN_MFA");
            let fits = user.app.narrow(|app| app.is_on == is_asked);
            self.context.journal.check(
                "a second factor is asked for where it is on, and else not",
                fits,
                || format!("{}: asked: {is_asked}, {:?}", user.name, user.app),
            );
        }
        if let Some(key) = device_key {
            let is_asked = challenge == Some("DEVICE_SRP_AUTH");
            let seen = DeviceState::Confirmed {
                remembered: is_asked,
            };
            self.observe_device(user, key, seen);
        }
        let answer = match challenge {
            None => Some(answer),
            Some("SOFTWARE_TOKEN_MFA") => self.give_code(user, &answer).await,
            Some("DEVICE_SRP_AUTH") => self.prove_device(user, device_key, &answer).await,
            Some(other) => {
                let text = format!("{}: {other}", user.name);
                self.context.journal.violation("a refusal is true", text);
                None
            }
        };
        let Some(mut session) = answer.and_then(|answer| session(user, device_key, &answer)) else {
            return;
        };
        self.find_listed(&user.name, &mut session).await;
        user.sessions.push(session);
    }

    async fn refused_sign_in(
        &mut self,
        user: &mut FactorUser,
        device_key: Option<&str>,
        refusal: &Refusal,
    ) {
        match device_key {
            Some(key) if refusal.code == "ResourceNotFoundException" => {
                self.observe_device(user, key, DeviceState::Unknown);
            }
            _ => {
                self.check_refusal(&user.name, "InitiateAuth", refusal, &[])
                    .await;
            }
        }
    }

    /// Answers both challenges of a device.
    async fn prove_device(
        &mut self,
        user: &FactorUser,
        device_key: Option<&str>,
        challenge: &Value,
    ) -> Option<Value> {
        let keys = DeviceKeys::of(device_key?)?;
        let input = json!({
            "ClientId": self.pool.client, "ChallengeName": "DEVICE_SRP_AUTH",
            "Session": challenge.get("Session"),
            "ChallengeResponses": {
                "USERNAME": user.name, "DEVICE_KEY": keys.key, "SRP_A": srp::A,
            },
        });
        let answer = self.tokens(&user.name, &input).await?.to_string();
        let now = srp::timestamp(self.now());
        let challenge = DeviceChallenge::read(answer.as_bytes())?;
        let response = challenge.response(&self.pool.client, &user.name, &keys, &now)?;
        let input: Value = serde_json::from_str(&response).ok()?;
        self.tokens(&user.name, &input).await
    }

    async fn tokens(&mut self, name: &str, input: &Value) -> Option<Value> {
        match self.caller.call("RespondToAuthChallenge", input).await {
            Outcome::Acknowledged(answer) => Some(answer),
            Outcome::Refused(refusal) => {
                let moved: &[&str] = match self.clock_was_moved() {
                    true => &["NotAuthorizedException"],
                    false => &[],
                };
                self.check_refusal(name, "RespondToAuthChallenge", &refusal, moved)
                    .await;
                None
            }
            Outcome::Unknown(_) => {
                tokio::time::sleep(RETRY_DELAY).await;
                None
            }
        }
    }

    /// Finds the id of a session in the user's list, in which an acknowledged sign-in must be.
    async fn find_listed(&mut self, name: &str, session: &mut Session) {
        let input = json!({ "AccessToken": session.access });
        match self.caller.call("ListUserSessions", &input).await {
            Outcome::Acknowledged(answer) => {
                let sessions = answer.get("Sessions").and_then(Value::as_array);
                let is_current =
                    |listed: &&Value| listed.get("IsCurrentSession") == Some(&Value::Bool(true));
                let current = sessions.and_then(|sessions| sessions.iter().find(is_current));
                let id = current.and_then(|current| current.get("SessionId")?.as_str());
                session.listed_id = id.map(str::to_owned);
                self.context.journal.check(
                    "every session is tracked",
                    session.listed_id.is_some(),
                    || format!("{name}: {answer}"),
                );
            }
            Outcome::Refused(refusal) => {
                self.check_refusal(name, "ListUserSessions", &refusal, &[])
                    .await;
            }
            Outcome::Unknown(_) => tokio::time::sleep(RETRY_DELAY).await,
        }
    }

    /// Looks whether a session is over, by both of its tokens. `confirmed` are the devices that are known to be.
    pub async fn check_session(&mut self, name: &str, confirmed: &[String], session: &mut Session) {
        let is_confirmed = session
            .device_key
            .as_ref()
            .is_some_and(|key| confirmed.contains(key));
        loop {
            let input = json!({ "AccessToken": session.access });
            let outcome = self.caller.call("GetUser", &input).await;
            if let Some(revoked) = is_revoked(&outcome) {
                self.observe_session(name, session, revoked, "GetUser");
                break;
            }
            if let Outcome::Refused(refusal) = &outcome
                && !refusal.is_busy()
            {
                self.check_refusal(name, "GetUser", refusal, &[]).await;
                return;
            }
            tokio::time::sleep(RETRY_DELAY).await;
        }
        // A refresh token is worth something only together with the device that it was issued to.
        let input = json!({
            "ClientId": self.pool.client, "AuthFlow": "REFRESH_TOKEN_AUTH",
            "AuthParameters": {
                "REFRESH_TOKEN": session.refresh,
                "DEVICE_KEY": session.device_key.as_deref().unwrap_or_default(),
            },
        });
        match self.caller.call("InitiateAuth", &input).await {
            Outcome::Acknowledged(_) => self.observe_session(name, session, false, "refresh"),
            Outcome::Refused(refusal) if refusal.message == "Refresh Token has been revoked" => {
                self.observe_session(name, session, true, "refresh");
            }
            // A device that is not confirmed, or is forgotten, gets no new tokens.
            Outcome::Refused(refusal) => {
                let known: &[&str] = match session.revoked.may(|revoked| *revoked) || !is_confirmed
                {
                    true => &["NotAuthorizedException"],
                    false => &[],
                };
                self.check_refusal(name, "REFRESH_TOKEN_AUTH", &refusal, known)
                    .await;
            }
            Outcome::Unknown(_) => {}
        }
    }

    fn observe_session(&self, name: &str, session: &mut Session, revoked: bool, by: &str) {
        let fits = session.revoked.narrow(|state| *state == revoked);
        let check = "a revoked session is over, and no other";
        self.context.journal.check(check, fits, || {
            format!(
                "{name}: {revoked} by {by}, and should be {:?}",
                session.revoked
            )
        });
        if !fits {
            session.revoked = Possible::known(revoked);
        }
    }

    /// Narrows what the server may know of a device.
    pub fn observe_device(&self, user: &mut FactorUser, key: &str, seen: DeviceState) {
        let Some(device) = user.devices.iter_mut().find(|it| it.keys.key == key) else {
            return;
        };
        let fits = device.state.narrow(|state| *state == seen);
        self.context
            .journal
            .check("what is read was written", fits, || {
                format!(
                    "{}: {key} is {seen:?}, and should be {:?}",
                    user.name, device.state
                )
            });
        if !fits {
            device.state = Possible::known(seen);
        }
    }
}

/// The members of both objects.
pub fn merged(one: &Value, more: Value) -> Value {
    let mut all = one.as_object().cloned().unwrap_or_default();
    if let Value::Object(more) = more {
        all.extend(more);
    }
    Value::Object(all)
}

/// The session that an answer brings, and the device that it issues a key to.
fn session(user: &mut FactorUser, device_key: Option<&str>, answer: &Value) -> Option<Session> {
    let result = answer.get("AuthenticationResult")?;
    let token = |name: &str| result.get(name)?.as_str().map(str::to_owned);
    let issued = result.pointer("/NewDeviceMetadata/DeviceKey");
    let issued = issued.and_then(|key| DeviceKeys::of(key.as_str()?));
    let key = issued.as_ref().map(|keys| keys.key.clone());
    if let Some(keys) = issued
        && !user.has_app
    {
        user.devices.push(Device {
            keys,
            state: Possible::known(DeviceState::Unknown),
            was_forgotten: false,
        });
    }
    Some(Session {
        access: token("AccessToken")?,
        refresh: token("RefreshToken")?,
        listed_id: None,
        device_key: device_key.map(str::to_owned).or(key),
        revoked: Possible::known(false),
    })
}
