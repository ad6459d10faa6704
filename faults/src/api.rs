//! Calls of the API, and the three ways in which one can end.

use std::net::SocketAddr;
use std::time::Duration;

use cognate_bench::wire::{self, Signer, Wire};
use serde_json::Value;

use crate::dice::Dice;
use crate::journal::Journal;

/// Longer than the server takes to say that it gives up.
const PATIENCE: Duration = Duration::from_secs(45);

/// The writes that a bad server would lose in [`Caller::spoil`].
const SPOILED: [&str; 10] = [
    "SignUp",
    "ConfirmSignUp",
    "ResendConfirmationCode",
    "UpdateUserAttributes",
    "DeleteUserAttributes",
    "VerifyUserAttribute",
    "RevokeToken",
    "GlobalSignOut",
    "AdminCreateUser",
    "AdminDeleteUser",
];

/// How a call ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It happened; the body of the answer.
    Acknowledged(Value),
    /// It did not happen.
    Refused(Refusal),
    /// It may have happened: the connection broke, or the server said that it failed. The text says
    /// how.
    Unknown(String),
}

/// Why a call did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error's type.
    pub code: String,
    /// Its text.
    pub message: String,
}

impl Refusal {
    /// Whether the server only had too much to do.
    pub fn is_busy(&self) -> bool {
        self.code == "TooManyRequestsException"
    }
}

/// A caller with a connection of its own, which is made anew when it breaks.
pub struct Caller {
    address: SocketAddr,
    wire: Option<Wire>,
    signer: Signer,
    journal: Journal,
    /// Which writes are claimed to be acknowledged, and never sent.
    spoiler: Option<Dice>,
}

impl Caller {
    /// A caller of the server at `address`.
    pub fn new(address: SocketAddr, journal: &Journal) -> Self {
        Self {
            address,
            wire: None,
            signer: Signer::new(),
            journal: journal.clone(),
            spoiler: None,
        }
    }

    /// From now on loses some writes that it says were acknowledged, as a bad server would.
    pub fn spoil(&mut self, dice: Dice) {
        self.spoiler = Some(dice);
    }

    /// An unsigned call.
    pub async fn call(&mut self, operation: &str, input: &Value) -> Outcome {
        let request = wire::call(operation, &input.to_string());
        self.send(operation, &request).await
    }

    /// An administrator's call.
    pub async fn signed(&mut self, operation: &str, input: &Value) -> Outcome {
        let request = self.signer.call(operation, &input.to_string());
        self.send(operation, &request).await
    }

    async fn send(&mut self, operation: &str, request: &[u8]) -> Outcome {
        if let Some(dice) = &mut self.spoiler
            && SPOILED.contains(&operation)
            && dice.chance(2)
        {
            self.journal
                .note(&format!("{operation} was lost on purpose"));
            return Outcome::Acknowledged(Value::Null);
        }
        let exchange = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        let outcome = match exchange {
            Ok(Ok((status, body))) => judge(status, &body),
            Ok(Err(error)) => {
                self.wire = None;
                Outcome::Unknown(format!("connection: {}", error.kind()))
            }
            Err(_) => {
                self.wire = None;
                Outcome::Unknown("no answer".to_owned())
            }
        };
        self.journal.call(operation, &outcome);
        if let Outcome::Unknown(why) = &outcome {
            // What an SDK retries: a broken connection, or a 5xx that says what it is.
            let sensible = !why.starts_with("malformed");
            self.journal
                .check("a failure is answered so that SDKs retry", sensible, || {
                    format!("{operation}: {why}")
                });
        }
        outcome
    }

    async fn exchange(&mut self, request: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        let mut wire = match self.wire.take() {
            Some(wire) => wire,
            None => Wire::connect(self.address).await?,
        };
        let answer = wire.exchange(request).await?;
        let answer = (answer.status, answer.body.to_vec());
        self.wire = Some(wire);
        Ok(answer)
    }
}

/// What an answer means.
fn judge(status: u16, body: &[u8]) -> Outcome {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let text = |name: &str| {
        let member = value.as_ref().and_then(|value| value.get(name));
        member.and_then(Value::as_str).map(str::to_owned)
    };
    match (status, text("__type")) {
        (200, None) => match value {
            Some(value) => Outcome::Acknowledged(value),
            None => Outcome::Unknown("malformed: 200 without JSON".to_owned()),
        },
        (400, Some(code)) => Outcome::Refused(Refusal {
            code,
            message: text("message").unwrap_or_default(),
        }),
        (500, Some(code)) if code == "InternalErrorException" => {
            Outcome::Unknown(format!("500 {code}"))
        }
        // A load balancer's own answers.
        (502..=504, None) => Outcome::Unknown(format!("{status}")),
        (status, code) => Outcome::Unknown(format!("malformed: {status} {code:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ways_are_told_apart() {
        assert!(matches!(judge(200, b"{}"), Outcome::Acknowledged(_)));
        let refused = judge(400, br#"{"__type":"UserNotFoundException","message":"no"}"#);
        assert!(
            matches!(refused, Outcome::Refused(refusal) if refusal.code == "UserNotFoundException")
        );
        for (status, body) in [
            (500, r#"{"__type":"InternalErrorException"}"#),
            (503, "gone"),
            (200, "cut sho"),
            (400, "{}"),
        ] {
            assert!(
                matches!(judge(status, body.as_bytes()), Outcome::Unknown(_)),
                "{status} {body}"
            );
        }
        let odd = judge(500, br#"{"__type":"NotAuthorizedException"}"#);
        assert!(matches!(odd, Outcome::Unknown(why) if why.starts_with("malformed")));
    }
}
