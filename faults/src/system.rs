//! The system under test: server processes, their database, their mail server and their clock.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context;
use cognate::store::Db;
use serde_json::{Value, json};

use crate::api::Caller;
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::daemon::AuxiliaryServices;
use crate::node::Node;
use crate::outcome::Outcome;
use crate::settings::POOL;
use crate::workers::TestContext;

/// A user that no worker changes. Writes to it show when calls succeed again.
pub const PROBE_USER: &str = "canary";
/// How long after the end of a fault calls may fail.
const RECOVERY: Duration = Duration::from_secs(30);

/// The pool whose users have second factors and devices, and whose sessions are tracked.
#[derive(Clone, Debug)]
pub struct FactorPool {
    /// Its id.
    pub id: String,
    /// Its app client.
    pub client: String,
}

/// The database.
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A cluster, and the name of the database in it.
    Postgres(Cluster, &'static str),
}

impl Database {
    /// The cluster.
    ///
    /// # Errors
    /// If it is a file.
    pub fn cluster(&mut self) -> anyhow::Result<&mut Cluster> {
        match self {
            Self::Postgres(cluster, _) => Ok(cluster),
            Self::Sqlite(_) => anyhow::bail!("this fault is one of PostgreSQL"),
        }
    }

    /// Opens it, besides the server.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn open(&self) -> anyhow::Result<Db> {
        let url = match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.display()),
            Self::Postgres(cluster, name) => cluster.admin_url(name),
        };
        cognate_bench::open_store(&url).await
    }
}

/// The whole system. Dropping it ends its processes, the servers before the database.
pub struct System {
    /// The servers.
    pub nodes: Vec<Node>,
    /// The database.
    pub database: Database,
    /// Their clock, if it can be moved.
    pub clock: Option<Clock>,
    /// Services that some systems have besides.
    pub auxiliary: AuxiliaryServices,
    /// What the system shares with the workers.
    pub context: TestContext,
}

impl System {
    /// Creates [`PROBE_USER`].
    ///
    /// # Errors
    /// If that is refused.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        let mut caller = Caller::new(self.context.address, &self.context.journal);
        let input = json!({
            "UserPoolId": POOL, "Username": PROBE_USER, "MessageAction": "SUPPRESS",
            "UserAttributes": [{ "Name": "email", "Value": "canary@example.com" }],
        });
        match caller.signed("AdminCreateUser", &input).await {
            Outcome::Acknowledged(_) => Ok(()),
            other @ (Outcome::Refused(_) | Outcome::Unknown(_)) => {
                anyhow::bail!("the server does not make a user: {other:?}")
            }
        }
    }

    /// Makes the pool whose users have second factors and devices.
    ///
    /// # Errors
    /// If that is refused.
    pub async fn prepare_factors(&self) -> anyhow::Result<FactorPool> {
        let mut caller = Caller::new(self.context.address, &self.context.journal);
        let devices = json!({
            "ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true,
        });
        let input = json!({ "PoolName": "factors", "DeviceConfiguration": devices });
        let made = acknowledged(&mut caller, "CreateUserPool", &input).await?;
        let id = text(&made, "/UserPool/Id")?;
        let input = json!({
            "UserPoolId": id, "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        acknowledged(&mut caller, "SetUserPoolMfaConfig", &input).await?;
        let input = json!({
            "UserPoolId": id, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 100 },
        });
        acknowledged(&mut caller, "SetUserPoolSessionConfiguration", &input).await?;
        let input = json!({
            "UserPoolId": id, "ClientName": "factors",
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "AccessTokenValidity": 24, "IdTokenValidity": 24,
        });
        let made = acknowledged(&mut caller, "CreateUserPoolClient", &input).await?;
        Ok(FactorPool {
            client: text(&made, "/UserPoolClient/ClientId")?,
            id,
        })
    }

    /// Tries a write until it succeeds; `false` if it does not in time.
    pub async fn write(&self, after: &str) -> bool {
        write(&self.context, after).await
    }

    /// Waits until a write succeeds again, with the servers that there are.
    ///
    /// # Errors
    /// If the system does not say whether a process lives.
    pub async fn recover(&mut self, fault: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        let recovered = self.write(fault).await;
        let journal = self.context.journal.clone();
        journal.check("the server recovers by itself", recovered, || {
            format!(
                "no write succeeded within {} s after {fault}",
                RECOVERY.as_secs()
            )
        });
        journal.recovered(fault, begun.elapsed());
        for node in &mut self.nodes {
            let ended = node.ended()?;
            journal.check("the server does not end by itself", ended.is_none(), || {
                format!("after {fault}: {ended:?}")
            });
            if ended.is_some() {
                node.start().await?;
            }
        }
        Ok(())
    }

    /// Sets the clock of the servers to this many seconds before or after the real time.
    ///
    /// # Errors
    /// If its file cannot be written.
    pub fn set_clock(&self, seconds: i32) -> anyhow::Result<()> {
        let clock = self.clock.as_ref().context("no libfaketime")?;
        // Counted before and after, so that the count has changed for a call that sees the new time, and
        // changes for a call that begins during the move.
        self.context.clock_moves.fetch_add(1, Ordering::SeqCst);
        self.context
            .clock_seconds
            .store(i64::from(seconds), Ordering::SeqCst);
        let set = clock.set(seconds);
        self.context.clock_moves.fetch_add(1, Ordering::SeqCst);
        Ok(set?)
    }
}

async fn acknowledged(
    caller: &mut Caller,
    operation: &str,
    input: &Value,
) -> anyhow::Result<Value> {
    match caller.signed(operation, input).await {
        Outcome::Acknowledged(answer) => Ok(answer),
        other @ (Outcome::Refused(_) | Outcome::Unknown(_)) => {
            anyhow::bail!("{operation}: {other:?}")
        }
    }
}

fn text(answer: &Value, pointer: &str) -> anyhow::Result<String> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    Ok(found.with_context(|| format!("no {pointer}"))?.to_owned())
}

/// Tries a write until it succeeds; `false` if it does not in time.
async fn write(context: &TestContext, after: &str) -> bool {
    let journal = &context.journal;
    let begun = Instant::now();
    let mut caller = Caller::new(context.address, journal);
    // The value has to change, or the server would not write.
    let number = context.trials.fetch_add(1, Ordering::Relaxed);
    let input = json!({
        "UserPoolId": POOL, "Username": PROBE_USER,
        "UserAttributes": [{ "Name": "custom:a", "Value": number.to_string() }],
    });
    loop {
        match caller.signed("AdminUpdateUserAttributes", &input).await {
            Outcome::Acknowledged(_) => return true,
            Outcome::Refused(refusal) if !refusal.is_busy() => {
                let text = format!("AdminUpdateUserAttributes after {after}: {refusal:?}");
                journal.violation("a refusal is true", text);
                return false;
            }
            _ if begun.elapsed() > RECOVERY => return false,
            Outcome::Refused(_) | Outcome::Unknown(_) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server;
    use crate::journal::Journal;
    use crate::mail_sink::MailSink;

    #[tokio::test]
    async fn a_server_that_refuses_every_write_is_found() {
        let refusal = r#"{"__type":"NotAuthorizedException","message":"No."}"#;
        let address = fake_server::start(400, refusal).await;
        let context = TestContext::new(
            address,
            MailSink::start().await.unwrap(),
            Journal::default(),
        );
        assert!(!write(&context, "a fault").await);
        let found: Vec<String> = context.journal.entries().violated.into_keys().collect();
        assert_eq!(found, ["a refusal is true"]);
    }
}
