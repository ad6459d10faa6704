//! `cognate keys access`: the access keys that administrators sign with.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::shown;
use crate::config::Config;
use crate::crypto::Vault;
use crate::domain::access_key::{AccessKey, AccessKeyFault};
use crate::domain::policy::{self, EVERYTHING, MAX_BYTES, Policy, PolicyFault, ReadyMade};
use crate::domain::time::Timestamp;
use crate::flows::access_keys::{self, NewKey};
use crate::model::shapes::MODEL;
use crate::server::command_protocol::{ClientGone, Console};
use crate::server::commands::CommandContext;
use crate::store::user_pools;

/// The most hours after which a key can be told to end: ten years.
const MAX_HOURS: i64 = 87_600;

/// The commands.
#[derive(Debug, Subcommand, Serialize, Deserialize)]
pub enum AccessCommand {
    /// Make an access key
    ///
    /// Prints the id and the secret, as environment variables of the AWS CLI and SDKs. The secret is printed this
    /// once: the database has it sealed, and no command shows it again.
    Create(Create),
    /// Print the access keys of the database
    ///
    /// With what each may do, when it was made, and when it was last used, which is exact to an hour.
    List,
    /// Print the policy of an access key
    Show(KeyId),
    /// Make an access key that takes the place of another
    ///
    /// With the same name and policy, a new id and a new secret. The former key goes on until it is revoked, or for
    /// as long as --end-old-in says, so that nothing stops while what signs with it is given the new one.
    Rotate(Rotate),
    /// End an access key
    ///
    /// Servers that run refuse it within two seconds, that of an embedded store at once. It is deleted, and cannot be
    /// brought back.
    Revoke(KeyId),
}

impl AccessCommand {
    /// Reads the file with the policy.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read_files(&mut self) -> anyhow::Result<()> {
        if let Self::Create(options) = self
            && let Some(file) = &options.policy_file
        {
            let text = text_of(file);
            let text =
                text.with_context(|| format!("cannot read the policy {}", file.display()))?;
            options.policy_text = Some(text.trim().to_owned());
        }
        Ok(())
    }

    /// The command's name for the log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "keys access create",
            Self::List => "keys access list",
            Self::Show(_) => "keys access show",
            Self::Rotate(_) => "keys access rotate",
            Self::Revoke(_) => "keys access revoke",
        }
    }
}

/// What `cognate keys access create` takes.
#[derive(Args, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(group(ArgGroup::new("what it may do").required(true).args(["policy", "policy_file"])))]
pub struct Create {
    /// The name of what signs with the key, as `ci`; it is the user's in what a refused caller is answered
    #[arg(long)]
    name: String,
    /// A ready-made policy
    #[arg(long, value_enum)]
    policy: Option<ReadyMadeName>,
    /// A file with a policy in the JSON form of IAM; - is standard input
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    policy_file: Option<PathBuf>,
    /// What is in the file, since the server may not see it.
    #[arg(skip)]
    policy_text: Option<String>,
    /// The user pool that the ready-made policy is for, instead of all
    #[arg(
        long,
        value_name = "ID",
        requires = "policy",
        required_if_eq("policy", "pool-administrator")
    )]
    pool: Option<String>,
}

/// The ready-made policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum ReadyMadeName {
    /// Every operation
    FullAccess,
    /// The operations that read: Describe*, Get*, List*, AdminGet* and AdminList*
    ReadOnly,
    /// Every operation on the user pool that --pool names
    PoolAdministrator,
}

impl From<ReadyMadeName> for ReadyMade {
    fn from(name: ReadyMadeName) -> Self {
        match name {
            ReadyMadeName::FullAccess => Self::FullAccess,
            ReadyMadeName::ReadOnly => Self::ReadOnly,
            ReadyMadeName::PoolAdministrator => Self::PoolAdministrator,
        }
    }
}

/// What `cognate keys access rotate` takes.
#[derive(Args, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// The id of the key
    id: String,
    /// End the former key after so many hours; 0 is at once
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(i64).range(0..=MAX_HOURS))]
    end_old_in: Option<i64>,
}

/// The id of an access key.
#[derive(Args, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyId {
    /// The id of the key
    id: String,
}

/// Runs a command.
///
/// # Errors
/// If it is refused, or the store fails.
pub async fn run(
    context: &CommandContext<'_>,
    vault: &Vault,
    command: &AccessCommand,
    console: &Console,
    now: Timestamp,
) -> anyhow::Result<()> {
    let db = context.db;
    match command {
        AccessCommand::Create(options) => {
            let policy = policy_of(context, options).await?;
            let new = access_keys::create(db, vault, &options.name, &policy, now).await?;
            show_new(console, &new).await?;
        }
        AccessCommand::List => {
            let keys = access_keys::list(db, now).await?;
            let mut lines = vec![line(["id", "name", "policy", "made", "last used", "ends"])];
            lines.extend(keys.iter().map(row));
            console.print(&lines.join("\n")).await?;
        }
        AccessCommand::Show(KeyId { id }) => {
            let keys = access_keys::list(db, now).await?;
            let key = keys.into_iter().find(|key| key.id == *id);
            let key = key.ok_or_else(|| AccessKeyFault::NotFound(id.clone()))?;
            console.print(&key.policy).await?;
        }
        AccessCommand::Rotate(options) => {
            let end = options.end_old_in;
            let end = end.map(|hours| now.plus_seconds(hours.saturating_mul(3_600)));
            let new = access_keys::rotate(db, vault, &options.id, end, now).await?;
            show_new(console, &new).await?;
            let former = match end {
                Some(end) if end > now => format!("{} ends at {}", options.id, shown(end)),
                Some(_) => format!("{} has ended", options.id),
                None => format!("{} goes on until it is revoked", options.id),
            };
            console.print_error(&former).await?;
        }
        AccessCommand::Revoke(KeyId { id }) => {
            access_keys::revoke(db, id).await?;
            console.print_error(&format!("{id} has ended")).await?;
        }
    }
    Ok(())
}

/// The policy that the options of `create` ask for, as it is stored.
async fn policy_of(context: &CommandContext<'_>, options: &Create) -> anyhow::Result<String> {
    let config = context.config;
    let text = match (options.policy, &options.policy_text) {
        (Some(name), _) => {
            let resource = match &options.pool {
                Some(pool_id) => {
                    let pool = user_pools::find(&mut context.db.read().await?, pool_id).await?;
                    let pool = pool.with_context(|| format!("there is no user pool {pool_id}"))?;
                    policy::pool_arn(&pool.region, &config.server.account_id, &pool.id)
                }
                None => EVERYTHING.to_owned(),
            };
            ReadyMade::from(name).document(&resource)
        }
        (None, Some(text)) => text.clone(),
        (None, None) => anyhow::bail!("a policy is missing"),
    };
    anyhow::ensure!(
        text.starts_with('{'),
        "the policy is no JSON object, which begins with a brace"
    );
    read_policy(config, &text)?;
    Ok(text)
}

/// Reads a policy, and refuses what would protect nothing on this server: names of operations that there are not, and
/// user pools of another account.
///
/// # Errors
/// What is wrong with it.
pub fn read_policy(config: &Config, text: &str) -> anyhow::Result<Policy> {
    let policy = Policy::read(text)?;
    let operations = MODEL.operations.keys().map(String::as_str);
    if let Some(action) = policy.unknown_action(operations) {
        return Err(AccessKeyFault::UnknownAction(action.to_owned()).into());
    }
    let account = &config.server.account_id;
    if let Some(resource) = policy.resource_elsewhere(account) {
        return Err(AccessKeyFault::ForeignResource {
            resource: resource.to_owned(),
            account: account.clone(),
        }
        .into());
    }
    Ok(policy)
}

/// The text of a file, or of standard input.
fn text_of(file: &Path) -> anyhow::Result<String> {
    let limit = u64::try_from(MAX_BYTES)?.saturating_add(1);
    let mut text = String::new();
    if file.as_os_str() == "-" {
        io::stdin().take(limit).read_to_string(&mut text)?;
    } else {
        File::open(file)?.take(limit).read_to_string(&mut text)?;
    }
    if text.len() > MAX_BYTES {
        return Err(PolicyFault::TooLong.into());
    }
    Ok(text)
}

/// The one place that shows a secret.
async fn show_new(console: &Console, new: &NewKey) -> Result<(), ClientGone> {
    let variables = format!(
        "AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}",
        new.id,
        new.secret.expose_secret()
    );
    console.print(&variables).await?;
    let warning = "keep the secret now: it is not shown again";
    console.print_error(warning).await
}

fn row(key: &AccessKey) -> String {
    let time = |time: Option<Timestamp>, absent: &str| time.map_or(absent.to_owned(), shown);
    line([
        &key.id,
        &key.name,
        &ReadyMade::summary(&key.policy),
        &shown(key.created_at),
        &time(key.last_used_at, "never"),
        &time(key.ends_at, "-"),
    ])
}

fn line(columns: [&str; 6]) -> String {
    let [id, name, policy, made, used, ends] = columns;
    let line = format!("{id:<20} {name:<20} {policy:<40} {made:<20} {used:<20} {ends}");
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_of_another_server_or_a_misspelt_one_is_refused() {
        let config = Config::development();
        let fault = |text: &str| {
            let read = read_policy(&config, text);
            read.map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(fault("read-only"), Ok(()));
        let misspelt =
            r#"{"Statement":{"Effect":"Deny","Action":"cognito-idp:DeletePool","Resource":"*"}}"#;
        let text = "the policy names the action \"cognito-idp:deletepool\", which is no operation of this service";
        assert_eq!(fault(misspelt), Err(text.to_owned()));
        let elsewhere = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"arn:aws:cognito-idp:*:1:userpool/*"}}"#;
        let text = "the policy names the resource \"arn:aws:cognito-idp:*:1:userpool/*\", but this server's user \
                    pools are in the account 000000000000";
        assert_eq!(fault(elsewhere), Err(text.to_owned()));
        for operation in MODEL.operations.keys() {
            let text = format!(
                r#"{{"Statement":{{"Effect":"Deny","Action":"cognito-idp:{operation}","Resource":"*"}}}}"#
            );
            assert_eq!(fault(&text), Ok(()), "{operation}");
        }
    }
}
