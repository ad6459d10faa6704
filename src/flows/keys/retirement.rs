//! When a previous master key may be taken out of the configuration.

use super::inventory::Entry;
use crate::crypto::{KeyId, KeyStanding, Vault};
use crate::domain::time::Timestamp;
use crate::store::{self, Db, master_keys};

/// How long after a node last said that it seals under a key it may still have done so, in seconds: longer than
/// the interval of the job that says it, and than a challenge or a page token lives.
const SILENCE_SECONDS: i64 = 900;

/// What still needs a previous master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The key.
    pub key: KeyId,
    /// Rows that are sealed under it.
    pub rows: i64,
    /// Whether a node sealed under it a short while ago.
    pub in_use: bool,
    /// The end of the last refresh token that may have been made under it.
    pub refresh_tokens_until: Option<Timestamp>,
    /// The end of the last code that may have been made under it.
    pub codes_until: Option<Timestamp>,
}

impl Need {
    /// Whether nothing needs the key.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.rows == 0
            && !self.in_use
            && self.refresh_tokens_until.is_none()
            && self.codes_until.is_none()
    }
}

/// What needs each of the vault's previous keys, by `entries`, which are counted.
///
/// # Errors
/// If the database fails.
pub async fn needs(
    db: &Db,
    vault: &Vault,
    entries: &[Entry],
    now: Timestamp,
) -> store::Result<Vec<Need>> {
    let mut conn = db.read().await?;
    let uses = master_keys::list(&mut conn).await?;
    let mut needs = Vec::new();
    for key in vault.previous_keys() {
        let rows = entries
            .iter()
            .filter(|entry| entry.sealing == super::inventory::Sealing::Under(key))
            .map(|entry| entry.rows)
            .sum();
        let id = key.to_string();
        let mut need = Need {
            key,
            rows,
            in_use: false,
            refresh_tokens_until: None,
            codes_until: None,
        };
        if let Some(used) = uses.iter().find(|used| used.key_id == id)
            && vault.standing(key) == KeyStanding::Previous
        {
            let made_until = used.last_used_at.plus_seconds(SILENCE_SECONDS);
            need.in_use = made_until > now;
            need.refresh_tokens_until =
                master_keys::last_refresh_token_end(&mut conn, made_until, now).await?;
            need.codes_until = master_keys::last_code_end(&mut conn, made_until, now).await?;
        }
        needs.push(need);
    }
    Ok(needs)
}

/// Records the previous keys of which nothing is recorded yet: until now they may have been used.
///
/// # Errors
/// If the database fails.
pub async fn record_previous(db: &Db, vault: &Vault, now: Timestamp) -> store::Result<()> {
    let mut conn = db.write().await?;
    for previous in vault.previous_keys() {
        master_keys::record_former(&mut conn, &previous.to_string(), now).await?;
    }
    Ok(())
}

/// Records that this node seals under its current key.
///
/// # Errors
/// If the database fails.
pub async fn record_use(db: &Db, vault: &Vault, now: Timestamp) -> store::Result<()> {
    let mut conn = db.write().await?;
    master_keys::record_use(&mut conn, &vault.current_key().to_string(), now).await
}
