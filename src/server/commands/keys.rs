//! `cognate keys`: what the database needs of keys, and their exchange.

pub mod access;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::CommandContext;
use crate::crypto::{KeyStanding, SigningKey, Vault};
use crate::domain::time::Timestamp;
use crate::flows::keys::inventory::{self, Count, Entry, SealedKind, Sealing};
use crate::flows::keys::retirement::{self, Need};
use crate::flows::keys::rotation::{self, NewPair};
use crate::flows::{self, master_key_check};
use crate::jobs::LEASE_GENERATION;
use crate::server::command_protocol::Console;
use crate::store::{self, Db, job_leases, master_keys};

/// The exit status if all is well.
const SUCCESS: u8 = 0;
/// The exit status if a previous master key is still needed.
const STILL_NEEDED: u8 = 3;
/// The exit status if a master key is needed that is not configured.
const MISSING: u8 = 4;
/// Pools of one page.
const PAGE: i64 = 100;

/// The commands.
#[derive(Debug, Subcommand, Serialize, Deserialize)]
pub enum KeysCommand {
    /// Print under which master keys the database's rows are sealed, and which are still needed
    ///
    /// Lists, for each table and purpose, how many rows are sealed under which key: the current one
    /// (secrets.master_key…), a previous one (secrets.previous_master_keys…), or one that is not configured.
    /// Servers seal the rows under previous keys anew by themselves, in the background. Codes and refresh tokens
    /// are stored as hashes, which only end: it prints when the last of them does.
    ///
    /// Ends with 0 if only the current key is needed, 3 if a previous key still is, 4 if rows are sealed under
    /// a key that is not configured, and 1 if the store or a key cannot be read.
    Status,
    /// Give user pools new keys to sign tokens with
    ///
    /// The new keys are in the JWKS at once, and sign after tokens.signing_key_lead_minutes. The former ones stay
    /// in the JWKS until the last of their tokens has expired, a day later. No token becomes invalid. Servers
    /// that run go on with it by themselves. tokens.signing_key_rotation_days does this on a schedule.
    Rotate(Rotate),
    /// Have password hashes sealed under the master key
    ///
    /// Afterwards a stolen database is worth nothing to who guesses passwords, without the master key. Servers
    /// write new hashes sealed from then on, and seal those that are there in the background, without waiting
    /// for a sign-in; `cognate keys status` says how many are left. There is no way back, except restoring a
    /// backup. It is refused while a server of an earlier version runs, which could not read sealed hashes.
    WrapPasswords,
    /// Look after the access keys that administrators sign with
    ///
    /// They are in the database, beside those of the configuration (admin.access_keys). Servers that run obey within
    /// two seconds, that of an embedded store at once. docs/access-keys.md says what policies there are.
    #[command(subcommand)]
    Access(access::AccessCommand),
}

impl KeysCommand {
    /// Reads the files that are part of the command.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn read_files(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Access(command) => command.read_files(),
            Self::Status | Self::Rotate(_) | Self::WrapPasswords => Ok(()),
        }
    }

    /// The command's name for the log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Status => "keys status",
            Self::Rotate(_) => "keys rotate",
            Self::WrapPasswords => "keys wrap-passwords",
            Self::Access(command) => command.name(),
        }
    }
}

/// What `cognate keys rotate` takes.
#[derive(Args, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// The id of a user pool
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    pool: Option<String>,
    /// Every user pool
    #[arg(long)]
    all: bool,
    /// End the former keys at once: for a key that was stolen
    ///
    /// Every ID and access token of the pool becomes invalid: servers refuse them within five seconds, other
    /// verifiers when their copy of the JWKS ends, which this server lets them keep for five minutes. A token
    /// that was signed in those five seconds is refused as well, and verifiers that keep an old JWKS refuse new
    /// tokens until they fetch it again. Refresh tokens live on and bring new tokens. The key that signs SAML
    /// requests ends too: give the identity providers the new certificate (GetSigningCertificate). A thief of the
    /// key may have the master key too: exchange it as well.
    #[arg(long)]
    revoke_now: bool,
}

/// Runs a command.
///
/// # Errors
/// If the store or a key cannot be read, or the command is refused.
pub async fn run(
    context: &CommandContext<'_>,
    command: &KeysCommand,
    console: &Console,
) -> anyhow::Result<u8> {
    let db = context.db;
    // Migrations are a server's.
    if let Err(error) = master_keys::list(&mut db.read().await?).await {
        tracing::debug!(%error, "the table of master keys is not there");
        anyhow::bail!(
            "the store has not been brought up to date by this version: start the server, or run \
             `cognate migrate`, first"
        );
    }
    let vault = context.vault()?;
    master_key_check::verify(db, &vault).await?;
    let now = context.clock.now();
    match command {
        KeysCommand::Status => return status(db, &vault, console, now).await,
        KeysCommand::Rotate(options) => rotate(context, &vault, options, console, now).await?,
        KeysCommand::WrapPasswords => {
            wrap_passwords(db, console, now).await?;
            context.seal_password_hashes();
        }
        KeysCommand::Access(command) => access::run(context, &vault, command, console, now).await?,
    }
    Ok(SUCCESS)
}

async fn status(db: &Db, vault: &Vault, console: &Console, now: Timestamp) -> anyhow::Result<u8> {
    let entries = inventory::read(db, vault, Count::Everything, |_| true).await?;
    let needs = retirement::needs(db, vault, &entries, now).await?;
    let form = master_keys::SEALED_PASSWORD_HASHES;
    let seals = master_keys::writes_form(&mut db.read().await?, form).await?;
    let mut lines = vec![format!(
        "{:<18} {:<17} {:<10} {:<9} {:>10}",
        "table", "purpose", "master key", "which is", "rows"
    )];
    lines.extend(entries.iter().map(|entry| row(entry, vault)));
    lines.push(String::new());
    lines.push(format!("current master key {}", vault.current_key()));
    lines.extend(needs.iter().map(need));
    lines.push(password_hashes(&entries, seals));
    let missing: Vec<String> = entries
        .iter()
        .filter(|entry| entry.standing(vault) == Some(KeyStanding::Unknown))
        .map(|entry| format!("{} of {}", entry.kind.purpose(), entry.kind.table()))
        .collect();
    if !missing.is_empty() {
        lines.push(format!(
            "NOT CONFIGURED: a master key that these are sealed under: {}",
            missing.join(", ")
        ));
    }
    console.print(&lines.join("\n")).await?;
    Ok(if !missing.is_empty() {
        MISSING
    } else if needs.iter().all(Need::is_over) {
        SUCCESS
    } else {
        STILL_NEEDED
    })
}

fn row(entry: &Entry, vault: &Vault) -> String {
    let key = match entry.sealing {
        Sealing::Under(key) => key.to_string(),
        Sealing::None => "none".to_owned(),
    };
    let standing = match entry.standing(vault) {
        Some(KeyStanding::Current) => "current",
        Some(KeyStanding::Previous) => "previous",
        Some(KeyStanding::Unknown) => "unknown",
        None => "-",
    };
    format!(
        "{:<18} {:<17} {key:<10} {standing:<9} {:>10}",
        entry.kind.table(),
        entry.kind.purpose(),
        entry.rows
    )
}

fn need(need: &Need) -> String {
    let key = need.key;
    if need.is_over() {
        return format!(
            "previous master key {key}: not needed, take it out of secrets.previous_master_keys"
        );
    }
    let mut reasons = Vec::new();
    if need.rows > 0 {
        reasons.push(format!("{} rows are sealed under it", need.rows));
    }
    if need.in_use {
        reasons.push("a server used it within the last 15 minutes".to_owned());
    }
    if let Some(end) = need.refresh_tokens_until {
        reasons.push(format!("refresh tokens live until {}", shown(end)));
    }
    if let Some(end) = need.codes_until {
        reasons.push(format!("codes live until {}", shown(end)));
    }
    format!("previous master key {key}: NEEDED, {}", reasons.join("; "))
}

fn password_hashes(entries: &[Entry], seals: bool) -> String {
    let plain: i64 = entries
        .iter()
        .filter(|entry| entry.kind == SealedKind::PasswordHashes)
        .filter(|entry| entry.sealing == Sealing::None)
        .map(|entry| entry.rows)
        .sum();
    match (seals, plain) {
        (true, 0) => "password hashes are sealed".to_owned(),
        (true, plain) => format!("password hashes are being sealed: {plain} are left"),
        (false, _) => {
            "password hashes are not sealed: `cognate keys wrap-passwords` has them be".to_owned()
        }
    }
}

fn shown(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.millis())
        .map_or_else(|_| "a later time".to_owned(), |time| format!("{time:.0}"))
}

async fn rotate(
    context: &CommandContext<'_>,
    vault: &Vault,
    options: &Rotate,
    console: &Console,
    now: Timestamp,
) -> anyhow::Result<()> {
    let db = context.db;
    let lead = i64::from(context.config.tokens.signing_key_lead_minutes) * 60;
    let pools = match &options.pool {
        Some(pool) => vec![pool.clone()],
        None if options.all => every_pool(db).await?,
        None => anyhow::bail!("no user pool is named"),
    };
    for pool_id in pools {
        let pair = generate().await?;
        if options.revoke_now {
            let replaced = rotation::replace_now(db, vault, &pool_id, &pair, now);
            anyhow::ensure!(
                replaced.await.map_err(flow_error)?,
                "there is no user pool {pool_id}"
            );
            let done =
                format!("{pool_id}: new keys sign, and every token of the former ones is invalid");
            console.print(&done).await?;
            continue;
        }
        let signs_from = now.plus_seconds(lead);
        if rotation::begin(db, vault, &pool_id, &pair, signs_from, now)
            .await
            .map_err(flow_error)?
        {
            let signs_from = shown(signs_from);
            let done = format!("{pool_id}: new keys are in the JWKS, and sign from {signs_from}");
            console.print(&done).await?;
        } else {
            let exists = !store::signing_keys::list(&mut db.read().await?, &pool_id)
                .await?
                .is_empty();
            anyhow::ensure!(exists, "there is no user pool {pool_id}");
            let left = format!("{pool_id}: left as it is, since new keys are waiting already");
            console.print_error(&left).await?;
        }
    }
    Ok(())
}

async fn every_pool(db: &Db) -> anyhow::Result<Vec<String>> {
    let mut pools: Vec<String> = Vec::new();
    loop {
        let after = pools.last().map_or("", String::as_str);
        let page = store::signing_keys::list_pools(&mut db.read().await?, after, PAGE).await?;
        if page.is_empty() {
            return Ok(pools);
        }
        pools.extend(page);
    }
}

async fn generate() -> anyhow::Result<NewPair> {
    let (id, access) = tokio::try_join!(
        tokio::task::spawn_blocking(SigningKey::generate),
        tokio::task::spawn_blocking(SigningKey::generate),
    )?;
    Ok(NewPair {
        id: id?,
        access: access?,
    })
}

async fn wrap_passwords(db: &Db, console: &Console, now: Timestamp) -> anyhow::Result<()> {
    let older =
        job_leases::held_by_older_nodes(&mut db.read().await?, LEASE_GENERATION, now).await?;
    anyhow::ensure!(
        older.is_empty(),
        "a server of an earlier version runs, or did within the last three minutes (it holds the leases \
         {}): it could not read sealed password hashes. Nothing was changed",
        older.join(", ")
    );
    let form = master_keys::SEALED_PASSWORD_HASHES;
    let is_new = master_keys::write_form(&mut db.write().await?, form, now).await?;
    let done = if is_new {
        "Servers seal password hashes from now on, and those that are there within minutes: `cognate keys \
         status` says how many are left."
    } else {
        "Servers seal password hashes already."
    };
    console.print(done).await?;
    Ok(())
}

fn flow_error(error: flows::Error) -> anyhow::Error {
    match error {
        flows::Error::Internal(error) => error,
        other @ (flows::Error::Refused(_) | flows::Error::Busy | flows::Error::Stale) => {
            anyhow::anyhow!("{other:?}")
        }
    }
}
