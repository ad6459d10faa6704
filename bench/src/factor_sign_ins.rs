//! Sign-ins by more than a password, or by none: what [`crate::factors`] has pools for.

use std::io;

use serde::Deserialize;

use crate::cases::{CODES_AT_ONCE, ConnectionNumber, Counts, Workload, error_kind};
use crate::dataset::{splitmix64, username};
use crate::factors::{FactorPool, STEP, app_code, device};
use crate::srp::{self, Challenge, DeviceChallenge};
use crate::wire::{self, Wire};

/// A challenge that goes on with its session.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Posed<'a> {
    challenge_name: &'a str,
    session: &'a str,
}

type Done<T> = io::Result<Result<T, String>>;

/// Sends a call that is to be answered by a challenge of this name, and returns the challenge's session.
async fn expect_challenge(
    wire: &mut Wire,
    operation: &str,
    body: &str,
    name: &str,
) -> Done<String> {
    let answer = wire.exchange(&wire::call(operation, body)).await?;
    if answer.status != 200 {
        return Ok(Err(error_kind(answer.status, answer.body)));
    }
    let posed: Option<Posed<'_>> = serde_json::from_slice(answer.body).ok();
    Ok(match posed {
        Some(posed) if posed.challenge_name == name => Ok(posed.session.to_owned()),
        _ => Err(format!("no {name} in the answer")),
    })
}

/// Sends a call that is to be answered with tokens.
async fn expect_tokens(wire: &mut Wire, body: &str) -> Done<()> {
    let answer = wire
        .exchange(&wire::call("RespondToAuthChallenge", body))
        .await?;
    if answer.status != 200 {
        return Ok(Err(error_kind(answer.status, answer.body)));
    }
    let has_tokens = answer
        .body
        .windows(13)
        .any(|part| part == b"\"AccessToken\"");
    Ok(if has_tokens {
        Ok(())
    } else {
        Err("no tokens in the answer".to_owned())
    })
}

/// Goes on with what a step has brought, or ends with why it failed.
macro_rules! step {
    ($done:expr) => {
        match $done.await? {
            Ok(brought) => brought,
            Err(kind) => return Ok(Err(kind)),
        }
    };
}

impl Workload {
    /// The answer to a user's password by SRP, not yet sent.
    async fn password(
        &self,
        pool: FactorPool,
        user: u64,
        device_key: Option<&str>,
        wire: &mut Wire,
    ) -> Done<String> {
        let (client, name) = (pool.client(), username(user));
        let device = device_key.map_or_else(String::new, |key| format!(r#","DEVICE_KEY":"{key}""#));
        let begin = format!(
            r#"{{"AuthFlow":"USER_SRP_AUTH","ClientId":"{client}","AuthParameters":{{"USERNAME":"{name}","SRP_A":"{}"{device}}}}}"#,
            srp::A
        );
        let answer = wire.exchange(&wire::call("InitiateAuth", &begin)).await?;
        if answer.status != 200 {
            return Ok(Err(error_kind(answer.status, answer.body)));
        }
        let response = Challenge::read(answer.body).and_then(|challenge| {
            challenge.response(pool.name(), client, device_key, &self.timestamp)
        });
        Ok(response.ok_or_else(|| "no challenge in the answer".to_owned()))
    }

    /// By password, while the pool's function adds a claim.
    pub(crate) async fn sign_in_with_function(&self, iteration: u64, wire: &mut Wire) -> Done<()> {
        let pool = FactorPool::Function;
        let user = splitmix64(iteration) % pool.users();
        let response = step!(self.password(pool, user, None, wire));
        expect_tokens(wire, &response).await
    }

    /// By password and a code of the user's authenticator app. Each connection has users of its own, and goes through
    /// them: a code counts once, and the server takes those of the steps before and after, too.
    pub(crate) async fn sign_in_with_app(
        &self,
        connection_number: ConnectionNumber,
        wire: &mut Wire,
    ) -> Done<()> {
        let Some((user, step)) = self.next_app_code(connection_number) else {
            return Ok(Err("every code of this time is used up".to_owned()));
        };
        let pool = FactorPool::App;
        let response = step!(self.password(pool, user, None, wire));
        let name = "SOFTWARE_TOKEN_MFA";
        let session = step!(expect_challenge(
            wire,
            "RespondToAuthChallenge",
            &response,
            name
        ));
        let answer = format!(
            r#"{{"ChallengeName":"{name}","ClientId":"{}","Session":"{session}","ChallengeResponses":{{"USERNAME":"{}","SOFTWARE_TOKEN_MFA_CODE":"{}"}}}}"#,
            pool.client(),
            username(user),
            app_code(user, step)
        );
        expect_tokens(wire, &answer).await
    }

    /// The next user of the connection who has a code left, and the code's step.
    fn next_app_code(&self, connection_number: ConnectionNumber) -> Option<(u64, i64)> {
        let ConnectionNumber { number, of } = connection_number;
        let mut used = self.app_steps.borrow_mut();
        let now = self.now_seconds() / STEP;
        let own = used.iter_mut().enumerate().skip(number).step_by(of);
        let (user, last) = own.min_by_key(|(_, last)| **last)?;
        let step = (*last + 1).max(now - 1);
        (step <= now + 1).then(|| *last = step)?;
        Some((u64::try_from(user).ok()?, step))
    }

    /// By password, and by the SRP exchange of a device that the pool remembers.
    pub(crate) async fn sign_in_with_device(&self, iteration: u64, wire: &mut Wire) -> Done<()> {
        let pool = FactorPool::Device;
        let (client, user) = (pool.client(), splitmix64(iteration) % pool.users());
        let (Some(keys), name) = (device(user), username(user)) else {
            return Ok(Err("no device".to_owned()));
        };
        let key = keys.key.as_str();
        let response = step!(self.password(pool, user, Some(key), wire));
        let posed = "DEVICE_SRP_AUTH";
        let session = step!(expect_challenge(
            wire,
            "RespondToAuthChallenge",
            &response,
            posed
        ));
        let begin = format!(
            r#"{{"ChallengeName":"{posed}","ClientId":"{client}","Session":"{session}","ChallengeResponses":{{"USERNAME":"{name}","DEVICE_KEY":"{key}","SRP_A":"{}"}}}}"#,
            srp::A
        );
        let answer = wire
            .exchange(&wire::call("RespondToAuthChallenge", &begin))
            .await?;
        if answer.status != 200 {
            return Ok(Err(error_kind(answer.status, answer.body)));
        }
        let response = DeviceChallenge::read(answer.body)
            .and_then(|challenge| challenge.response(client, &name, &keys, &self.timestamp));
        match response {
            Some(response) => expect_tokens(wire, &response).await,
            None => Ok(Err("no challenge in the answer".to_owned())),
        }
    }

    /// Asks for a few codes by e-mail, reads them with one query, and signs in with them. Both calls of a user count
    /// as one operation, without the query.
    pub(crate) async fn sign_in_with_code(
        &self,
        connection_number: ConnectionNumber,
        wire: &mut Wire,
        counts: &mut Counts,
    ) -> io::Result<()> {
        let pool = FactorPool::Code;
        let client = pool.client();
        let since = self.now_millis();
        let ConnectionNumber { number, of } = connection_number;
        let (number, of) = (
            u64::try_from(number).unwrap_or(0),
            u64::try_from(of).unwrap_or(1),
        );
        // Each connection has users of its own, so that none replaces the code of another.
        let own = (pool.users().saturating_sub(number)).div_ceil(of).max(1);
        let begin = splitmix64(self.next_iteration()) % own;
        let mut asked = Vec::with_capacity(CODES_AT_ONCE);
        for next in (begin..).take(CODES_AT_ONCE) {
            let user = number + of * (next % own);
            let body = format!(
                r#"{{"AuthFlow":"USER_AUTH","ClientId":"{client}","AuthParameters":{{"USERNAME":"{}","PREFERRED_CHALLENGE":"EMAIL_OTP"}}}}"#,
                username(user)
            );
            match expect_challenge(wire, "InitiateAuth", &body, "EMAIL_OTP").await? {
                Ok(session) => asked.push((user, session, wire.take_exchange_time())),
                Err(kind) => counts.failed(&kind),
            }
        }
        let users: Vec<u64> = asked.iter().map(|(user, ..)| *user).collect();
        let codes = match self.mailbox.codes(&pool.id(), &users, since).await {
            Ok(codes) => codes,
            Err(error) => {
                counts.failed(&format!("mailbox: {error}"));
                return Ok(());
            }
        };
        for (user, session, asking) in asked {
            let Some(code) = codes.get(&user) else {
                counts.failed("no code in the store");
                continue;
            };
            let body = format!(
                r#"{{"ChallengeName":"EMAIL_OTP","ClientId":"{client}","Session":"{session}","ChallengeResponses":{{"USERNAME":"{}","EMAIL_OTP_CODE":"{code}"}}}}"#,
                username(user)
            );
            wire.take_exchange_time();
            match expect_tokens(wire, &body).await? {
                Ok(()) => counts.took(asking + wire.take_exchange_time()),
                Err(kind) => counts.failed(&kind),
            }
        }
        Ok(())
    }
}
