//! Whether the time of an answer tells that a user exists, where users are hidden: `./benchmark existence`.
//!
//! Every operation is called for users that exist and for names that nobody has, in an order that is drawn at
//! random, over one connection. The AUC is the chance that a call for a user takes longer than one for a name that
//! nobody has: 0.5 if time tells nothing. The interval is DeLong's.

// The tests' own authenticator.
#[path = "../../tests/it/support/authenticator.rs"]
#[expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test's code, of which this uses a part"
)]
mod authenticator;
mod operations;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use self::authenticator::{Browser, SoftPasskey};
use self::operations::{Kind, Operation};
use crate::dataset::{KEY_ID, KEY_SECRET, PASSWORD, splitmix64};
use crate::postgres::Postgres;
use crate::print_progress;
use crate::process::{Server, free_address};
use crate::wire::{self, Signer, Wire};

/// Where the servers' files lie, below the build directory.
const DIRECTORY: &str = "target/existence";
/// The page on which passkeys are made and used.
const ORIGIN: &str = "http://localhost:3000";
/// The name of PostgreSQL's database.
const DATABASE: &str = "cognate_existence";
/// Wrong codes that one name gets, at most: fewer than end a code.
const CALLS_PER_NAME: usize = 40;

/// What is measured.
#[derive(Args)]
pub struct Options {
    /// Calls for users that exist, and as many for names that nobody has, of each operation
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    calls: u32,
    /// The stores
    #[arg(long, value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    stores: Vec<StoreName>,
    /// Only the operations whose name in the report contains this text; several are possible
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Milliseconds of `users.hidden_answer_interval_ms`; the server's default if it is not given
    #[arg(long)]
    interval: Option<u32>,
    /// The order of calls follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The server to measure; the one built beside the benchmark unless another is named
    #[arg(long)]
    binary: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StoreName {
    Sqlite,
    Postgres,
}

/// Measures on the stores and returns the report.
///
/// # Errors
/// If a server does not start, or answers what it should not.
pub fn run(options: &Options) -> anyhow::Result<String> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let mut report = String::from(
        "| store | operation | AUC | 95 % | median, user | median, nobody |\n|---|---|---|---|---|---|\n",
    );
    let postgres = Postgres::start(&repository)?;
    for name in &options.stores {
        let store = match name {
            StoreName::Sqlite => "SQLite",
            StoreName::Postgres => "PostgreSQL",
        };
        // Two runs at the same time do not share files.
        let directory = repository.join(DIRECTORY).join(store);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory)?;
        let url = match name {
            StoreName::Sqlite => format!("sqlite://{}", directory.join("cognate.db").display()),
            StoreName::Postgres => postgres.database(DATABASE)?,
        };
        let server = start(options, &directory, &url)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let mut caller = Caller::prepare(&server, options).await?;
            let is_chosen = |operation: &Operation| {
                let name = operation.name();
                options.only.is_empty() || options.only.iter().any(|text| name.contains(text))
            };
            for operation in Operation::ALL.into_iter().filter(is_chosen) {
                let times = caller.measure(operation).await?;
                let (auc, half) = auc(&times.users, &times.nobodies);
                let row = format!(
                    "| {store} | {} | {auc:.3} | {:.3} to {:.3} | {:.3} ms | {:.3} ms |",
                    operation.name(),
                    auc - half,
                    auc + half,
                    median_ms(&times.users),
                    median_ms(&times.nobodies),
                );
                // What has been measured is not lost if the rest is interrupted.
                print_progress(&row);
                writeln!(report, "{row}")?;
            }
            anyhow::Ok(())
        })?;
        drop(server);
    }
    if options.stores.contains(&StoreName::Postgres) {
        postgres.drop_database(DATABASE)?;
    }
    Ok(report)
}

fn start(options: &Options, directory: &Path, url: &str) -> anyhow::Result<Server> {
    let address = free_address()?;
    let path = directory.join("cognate.toml");
    // Limits count as in production, and are never reached.
    let interval = options.interval.map_or_else(String::new, |interval| {
        format!("[users]\nhidden_answer_interval_ms = {interval}\n")
    });
    let text = format!(
        "profile = \"development\"\n\
         [server]\nlisten = \"{address}\"\nstarter_pool = false\n\
         [store]\nurl = \"{url}\"\ndata_dir = \"{}\"\n\
         [limits]\nforgot_password_per_hour = 1000\n\
         resend_confirmation_code_per_hour = 1000\nconfirm_sign_up_per_hour = 1000\n\
         confirm_forgot_password_per_hour = 1000\nmultiplier = 1000000\n\
         lockout_free_tries = 1000000000\n\
         [[admin.access_keys]]\nid = \"{KEY_ID}\"\nsecret = \"{KEY_SECRET}\"\n\
         [metrics]\nlisten = \"off\"\n[logs]\nlevel = \"warn\"\n{interval}",
        directory.join("data").display()
    );
    std::fs::write(&path, text)?;
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => std::env::current_exe()?.with_file_name("cognate"),
    };
    let configuration = path.display().to_string();
    let arguments = ["--config", &configuration, "serve"];
    Server::start(&binary, &arguments, address, "/health/ready")
        .context("the server does not start")
}

#[derive(Default)]
struct Times {
    users: Vec<Duration>,
    nobodies: Vec<Duration>,
}

struct Caller {
    wire: Wire,
    client: String,
    /// The client of the pool whose users choose how to sign in.
    choosing: String,
    /// An authenticator of nobody's.
    stranger: Option<SoftPasskey>,
    names: usize,
    calls: usize,
    random: u64,
}

impl Caller {
    /// Makes pools, clients that hide their users, and the users: `user…`, who can recover their
    /// passwords, and `pend…`, who have not confirmed.
    async fn prepare(server: &Server, options: &Options) -> anyhow::Result<Self> {
        let calls = usize::try_from(options.calls)?;
        let mut caller = Self {
            wire: Wire::connect(server.address).await?,
            client: String::new(),
            choosing: String::new(),
            stranger: None,
            names: calls.div_ceil(CALLS_PER_NAME).max(10),
            calls,
            random: options.seed,
        };
        let signer = Signer::new();
        let pool = json!({ "PoolName": "existence", "AutoVerifiedAttributes": ["email"] });
        let made = caller.admin(&signer, "CreateUserPool", &pool).await?;
        let pool = text(&made, "/UserPool/Id")?;
        let settings = json!({
            "UserPoolId": pool, "ClientName": "existence",
            "PreventUserExistenceErrors": "ENABLED",
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
        });
        let made = caller
            .admin(&signer, "CreateUserPoolClient", &settings)
            .await?;
        caller.client = text(&made, "/UserPoolClient/ClientId")?;
        for number in 0..caller.names {
            let name = format!("user{number:05}");
            let user = json!({
                "UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS",
                "UserAttributes": [
                    { "Name": "email", "Value": format!("{name}@example.com") },
                    { "Name": "email_verified", "Value": "true" },
                ],
            });
            caller.admin(&signer, "AdminCreateUser", &user).await?;
            let password = json!({
                "UserPoolId": pool, "Username": name, "Password": PASSWORD, "Permanent": true,
            });
            caller
                .admin(&signer, "AdminSetUserPassword", &password)
                .await?;
            let name = format!("pend{number:05}");
            let pending = json!({
                "ClientId": caller.client, "Username": name, "Password": PASSWORD,
                "UserAttributes": [{ "Name": "email", "Value": format!("{name}@example.com") }],
            });
            caller.call("SignUp", &pending).await?;
        }
        caller.prepare_choosing(&signer).await?;
        Ok(caller)
    }

    /// The pool whose users choose how to sign in: each `user…` has a password, both contacts and a passkey.
    async fn prepare_choosing(&mut self, signer: &Signer) -> anyhow::Result<()> {
        let factors = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"];
        let pool = json!({
            "PoolName": "choosing",
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } },
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
            "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true },
        });
        let made = self.admin(signer, "CreateUserPool", &pool).await?;
        let pool = text(&made, "/UserPool/Id")?;
        let flows = [
            "ALLOW_USER_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
        ];
        let settings = json!({
            "UserPoolId": pool, "ClientName": "choosing", "ExplicitAuthFlows": flows,
            "PreventUserExistenceErrors": "ENABLED",
        });
        let made = self
            .admin(signer, "CreateUserPoolClient", &settings)
            .await?;
        self.choosing = text(&made, "/UserPoolClient/ClientId")?;
        for number in 0..self.names {
            let name = format!("user{number:05}");
            let user = json!({
                "UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS",
                "UserAttributes": [
                    { "Name": "email", "Value": format!("{name}@example.com") },
                    { "Name": "email_verified", "Value": "true" },
                    { "Name": "phone_number", "Value": format!("+1555{number:07}") },
                    { "Name": "phone_number_verified", "Value": "true" },
                ],
            });
            self.admin(signer, "AdminCreateUser", &user).await?;
            let password = json!({
                "UserPoolId": pool, "Username": name, "Password": PASSWORD, "Permanent": true,
            });
            self.admin(signer, "AdminSetUserPassword", &password)
                .await?;
            self.stranger = Some(self.register_passkey(&name).await?);
        }
        Ok(())
    }

    /// A passkey of the user's.
    async fn register_passkey(&mut self, name: &str) -> anyhow::Result<SoftPasskey> {
        let input = json!({
            "ClientId": self.choosing, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": name, "PASSWORD": PASSWORD },
        });
        let signed_in = self.call("InitiateAuth", &input).await?;
        let token = text(&signed_in, "/AuthenticationResult/AccessToken")?;
        let input = json!({ "AccessToken": token });
        let started = self.call("StartWebAuthnRegistration", &input).await?;
        let options = started.get("CredentialCreationOptions");
        let (_, response) = Browser::at(ORIGIN).create(options.context("no options")?);
        let input = json!({ "AccessToken": token, "Credential": response });
        self.call("CompleteWebAuthnRegistration", &input).await?;
        // One that is registered nowhere.
        Ok(Browser::at(ORIGIN).create(options.context("no options")?).0)
    }

    async fn admin(
        &mut self,
        signer: &Signer,
        operation: &str,
        input: &Value,
    ) -> anyhow::Result<Value> {
        self.exchange(operation, &signer.call(operation, &input.to_string()))
            .await
    }

    async fn call(&mut self, operation: &str, input: &Value) -> anyhow::Result<Value> {
        self.exchange(operation, &wire::call(operation, &input.to_string()))
            .await
    }

    async fn exchange(&mut self, operation: &str, request: &[u8]) -> anyhow::Result<Value> {
        let answer = self.wire.exchange(request).await?;
        let body: Value = serde_json::from_slice(answer.body)?;
        if answer.status >= 500 || body.get("__type").is_some_and(|t| !is_expected(t)) {
            bail!("{operation} is answered {} {body}", answer.status);
        }
        Ok(body)
    }

    fn draw(&mut self, below: usize) -> anyhow::Result<usize> {
        self.random = splitmix64(self.random);
        Ok(usize::try_from(self.random % u64::try_from(below)?)?)
    }

    /// The times of one operation, the two kinds of calls in random order.
    async fn measure(&mut self, operation: Operation) -> anyhow::Result<Times> {
        let mut order: Vec<bool> = (0..2 * self.calls).map(|number| number % 2 == 0).collect();
        for last in (1..order.len()).rev() {
            let other = self.draw(last + 1)?;
            order.swap(last, other);
        }
        let mut times = Times::default();
        let (mut users, mut nobodies) = (0, 0);
        let mut said_first = None;
        for (number, is_user) in order.into_iter().enumerate() {
            let turn = if is_user { &mut users } else { &mut nobodies };
            let at = *turn % self.names;
            *turn += 1;
            let kind = match (is_user, operation.kind()) {
                (false, Kind::Plain | Kind::Choosing) => "none",
                (false, Kind::Pending) => "nope",
                (true, Kind::Plain | Kind::Choosing) => "user",
                (true, Kind::Pending) => "pend",
            };
            let (time, said) = self
                .time(operation, &format!("{kind}{at:05}"))
                .await
                .with_context(|| format!("call {number} of {}", operation.name()))?;
            // What an answer tells needs no statistics.
            let first = said_first.get_or_insert_with(|| said.clone());
            if *first != said {
                bail!("{}: {kind}: {said:?}, and not {first:?}", operation.name());
            }
            if is_user {
                times.users.push(time);
            } else {
                times.nobodies.push(time);
            }
        }
        Ok(times)
    }

    /// How long one call takes, and what it says.
    async fn time(
        &mut self,
        operation: Operation,
        name: &str,
    ) -> anyhow::Result<(Duration, (Value, Value))> {
        let (target, input) = operations::prepared(self, operation, name).await?;
        self.wire.take_exchange_time();
        let answer = self.call(target, &input).await?;
        let said = |member: &str| answer.get(member).cloned().unwrap_or_default();
        Ok((
            self.wire.take_exchange_time(),
            (said("__type"), said("message")),
        ))
    }
}

/// Whether an error is the one to a wrong code or password.
fn is_expected(type_: &Value) -> bool {
    ["CodeMismatchException", "NotAuthorizedException"]
        .iter()
        .any(|expected| type_ == expected)
}

fn text(value: &Value, pointer: &str) -> anyhow::Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    Ok(found
        .with_context(|| format!("no {pointer} in {value}"))?
        .to_owned())
}

/// The AUC, and half of its confidence interval of 95 %.
fn auc(users: &[Duration], nobodies: &[Duration]) -> (f64, f64) {
    let (mean, variance_users) = placements(users, nobodies);
    let (_, variance_nobodies) = placements(nobodies, users);
    let variance = variance_users / count(users.len()) + variance_nobodies / count(nobodies.len());
    (mean, 1.96 * variance.sqrt())
}

/// Mean and variance of the shares of `others` that each of `times` exceeds; of equal ones half counts.
fn placements(times: &[Duration], others: &[Duration]) -> (f64, f64) {
    let mut sorted = others.to_vec();
    sorted.sort_unstable();
    let shares: Vec<f64> = times
        .iter()
        .map(|time| {
            let below = sorted.partition_point(|other| other < time);
            let not_above = sorted.partition_point(|other| other <= time);
            count(below + not_above) / 2.0 / count(sorted.len())
        })
        .collect();
    let mean = shares.iter().sum::<f64>() / count(shares.len());
    let squares = shares.iter().map(|share| (share - mean).powi(2));
    (mean, squares.sum::<f64>() / count(shares.len().max(2) - 1))
}

fn median_ms(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    middle.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(times: &[u64]) -> Vec<Duration> {
        times.iter().copied().map(Duration::from_millis).collect()
    }

    #[test]
    fn the_auc_is_the_chance_that_a_user_takes_longer() {
        let close = |auc: f64, expected: f64| (auc - expected).abs() < 1e-9;
        let (apart, half) = auc(&millis(&[5, 6, 7]), &millis(&[1, 2, 3]));
        assert!(close(apart, 1.0) && close(half, 0.0), "{apart} {half}");
        let (equal, _) = auc(&millis(&[1, 2, 3]), &millis(&[1, 2, 3]));
        assert!(close(equal, 0.5), "{equal}");
        // Of nine pairs five are won and one is even.
        let (mixed, half) = auc(&millis(&[2, 4, 5]), &millis(&[1, 4, 6]));
        assert!(close(mixed, 4.5 / 9.0), "{mixed}");
        assert!(half > 0.0, "{half}");
    }
}
