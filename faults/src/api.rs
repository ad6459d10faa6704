//! A client of the API that records every call in the journal.

use std::net::SocketAddr;
use std::time::Duration;

use cognate_bench::wire::{self, Signer, Wire};
use serde_json::Value;

use crate::journal::Journal;
use crate::outcome::{Outcome, classify};
use crate::rng::SeededRng;

/// How long a call may take: longer than the request timeout of the server.
const CALL_TIMEOUT: Duration = Duration::from_secs(45);

/// The writes that a bad server would lose in [`Caller::spoil`].
const SPOILED_OPERATIONS: [&str; 16] = [
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
    "SetUserMFAPreference",
    "AdminDeleteSoftwareToken",
    "ConfirmDevice",
    "UpdateDeviceStatus",
    "ForgetDevice",
    "RevokeUserSession",
];

/// A caller with a connection of its own, which is made anew when it breaks.
pub struct Caller {
    address: SocketAddr,
    wire: Option<Wire>,
    signer: Signer,
    journal: Journal,
    /// Which writes are claimed to be acknowledged, and never sent.
    spoiler: Option<SeededRng>,
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
    pub fn spoil(&mut self, rng: SeededRng) {
        self.spoiler = Some(rng);
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
        if let Some(rng) = &mut self.spoiler
            && SPOILED_OPERATIONS.contains(&operation)
            && rng.chance(2)
        {
            self.journal
                .note(&format!("{operation} was lost on purpose"));
            return Outcome::Acknowledged(Value::Null);
        }
        let exchange = tokio::time::timeout(CALL_TIMEOUT, self.exchange(request)).await;
        let outcome = match exchange {
            Ok(Ok((status, body))) => classify(status, &body),
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
