//! Seals anew, under the current master key, what was sealed under a previous one, and seals the password
//! hashes that are not sealed yet once the operator has asked for it.
//!
//! A value is replaced only if it is still the one that was read, so that a caller who writes meanwhile wins.
//! What is left is in the index by master key, so a run that was cut off goes on where it ended.

use std::time::Duration;

use tokio::time::Instant;

use super::purpose;
use crate::app::App;
use crate::crypto::{CryptoError, KeyId, KeyPurpose, password_pepper};
use crate::flows::master_key_check;
use crate::store::sealed_credentials::{self, CredentialsForm, SealedCredentials};
use crate::store::sealed_values::{self, SealedColumn, SealedRow};
use crate::store::{self, Db};

/// The most rows of one transaction.
const BATCH: i64 = 50;
/// The shortest pause after a batch. A pause is as long as its batch took, if that was longer, so that half of
/// one connection's time is taken at the most.
const PAUSE: Duration = Duration::from_millis(20);

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Rows that were sealed anew.
    pub rows: u64,
    /// Rows that do not open although their master key is there: they are damaged.
    pub damaged: u64,
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] CryptoError),
}

type Result<T> = std::result::Result<T, Error>;

/// Seals everything anew that this node can and should. Does nothing on a node whose current key is not the one
/// that the last started node has: of two keys between which the nodes are changing, that is the new one.
///
/// # Errors
/// See [`Error`]; what was sealed before stays sealed.
pub async fn run(app: &App) -> Result<Resealed> {
    let mut done = Resealed::default();
    if !master_key_check::is_under_current_key(&app.db, &app.vault).await? {
        return Ok(done);
    }
    for column in SealedColumn::ALL {
        let mut after = Vec::new();
        loop {
            let key = next_key(&app.db, column, &after).await?;
            let Some(key) = key else { break };
            if is_previous(app, &key) {
                reseal_column(app, column, &key, &mut done).await?;
            }
            after = key;
        }
    }
    let mut after: Option<CredentialsForm> = None;
    loop {
        let form = sealed_credentials::next_form(&mut app.db.read().await?, after.as_ref()).await?;
        let Some(form) = form else { break };
        if is_outdated(app, &form) {
            reseal_credentials(app, &form, &mut done).await?;
        }
        after = Some(form);
    }
    Ok(done)
}

async fn next_key(db: &Db, column: SealedColumn, after: &[u8]) -> store::Result<Option<Vec<u8>>> {
    sealed_values::next_key(&mut db.read().await?, column, after).await
}

fn is_previous(app: &App, key: &[u8]) -> bool {
    KeyId::from_bytes(key).is_some_and(|key| app.vault.previous_keys().any(|id| id == key))
}

/// Whether credentials of this form are to be sealed anew, and can be.
fn is_outdated(app: &App, form: &CredentialsForm) -> bool {
    let current = app.vault.current_key();
    let keys = [
        KeyId::from_bytes(&form.verifier_key),
        password_pepper::sealed_under(&form.hash_form),
    ];
    let is_known = |key: &KeyId| *key == current || is_previous(app, key.as_bytes());
    let wraps =
        app.caches.keys.seals_password_hashes() && !password_pepper::is_sealed(&form.hash_form);
    keys.iter().flatten().all(is_known)
        && (wraps || keys.iter().flatten().any(|key| *key != current))
}

async fn reseal_column(
    app: &App,
    column: SealedColumn,
    key: &[u8],
    done: &mut Resealed,
) -> Result<()> {
    let (mut pool_id, mut row_id) = (String::new(), String::new());
    loop {
        let begun = Instant::now();
        let after = (pool_id.as_str(), row_id.as_str());
        let rows =
            sealed_values::list(&mut app.db.read().await?, column, key, after, BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        (pool_id, row_id) = (last.pool_id.clone(), last.row_id.clone());
        let sealed: Vec<(SealedRow, Vec<u8>)> = rows
            .into_iter()
            .filter_map(|row| match sealed_anew(app, column, &row) {
                Ok(Some(sealed)) => Some(Ok((row, sealed))),
                Ok(None) => {
                    report_damaged(column.table(), &row.pool_id, &row.row_id, done);
                    None
                }
                Err(error) => Some(Err(error)),
            })
            .collect::<std::result::Result<_, _>>()?;
        let mut tx = app.db.begin().await?;
        for (former, sealed) in &sealed {
            done.rows += u64::from(sealed_values::replace(&mut tx, column, former, sealed).await?);
        }
        tx.commit().await?;
        pause_after(begun).await;
    }
}

/// The row's value under the current key; `None` if it does not open.
fn sealed_anew(
    app: &App,
    column: SealedColumn,
    row: &SealedRow,
) -> std::result::Result<Option<Vec<u8>>, CryptoError> {
    let context = [row.pool_id.as_str(), row.row_id.as_str()];
    match app.vault.open(purpose(column), &context, &row.sealed) {
        Some(text) => app.vault.seal(purpose(column), &context, &text).map(Some),
        None => Ok(None),
    }
}

async fn reseal_credentials(app: &App, form: &CredentialsForm, done: &mut Resealed) -> Result<()> {
    let (mut pool_id, mut user_id) = (String::new(), String::new());
    loop {
        let begun = Instant::now();
        let after = (pool_id.as_str(), user_id.as_str());
        let users = sealed_credentials::list(&mut app.db.read().await?, form, after, BATCH).await?;
        let Some(last) = users.last() else {
            return Ok(());
        };
        (pool_id, user_id) = (last.pool_id.clone(), last.user_id.clone());
        let mut sealed = Vec::with_capacity(users.len());
        for user in users {
            match renewed(app, &user)? {
                Some(renewed) => sealed.push((user, renewed)),
                None => report_damaged("users", &user.pool_id, &user.user_id, done),
            }
        }
        let mut tx = app.db.begin().await?;
        for (former, sealed) in &sealed {
            done.rows += u64::from(sealed_credentials::replace(&mut tx, former, sealed).await?);
        }
        tx.commit().await?;
        pause_after(begun).await;
    }
}

/// The user's credentials under the current key; `None` if some of them do not open.
fn renewed(
    app: &App,
    user: &SealedCredentials,
) -> std::result::Result<Option<SealedCredentials>, CryptoError> {
    let (pool_id, user_id) = (user.pool_id.as_str(), user.user_id.as_str());
    let context = [pool_id, user_id];
    let purpose = KeyPurpose::SrpVerifier;
    let Some(verifier) = app.vault.open(purpose, &context, &user.srp_verifier) else {
        return Ok(None);
    };
    let wraps = app.caches.keys.seals_password_hashes();
    let renew = |stored: &str| -> std::result::Result<Option<String>, CryptoError> {
        let renewed = app.pepper.renew(pool_id, user_id, stored, wraps)?;
        Ok(renewed.map(std::borrow::Cow::into_owned))
    };
    let Some(password_hash) = renew(&user.password_hash)? else {
        return Ok(None);
    };
    let former: Option<Vec<String>> = user
        .former
        .iter()
        .map(|stored| renew(stored))
        .collect::<std::result::Result<_, _>>()?;
    let Some(former) = former else {
        return Ok(None);
    };
    Ok(Some(SealedCredentials {
        srp_verifier: if app.vault.is_current(&user.srp_verifier) {
            user.srp_verifier.clone()
        } else {
            app.vault.seal(purpose, &context, &verifier)?
        },
        password_hash,
        former,
        ..user.clone()
    }))
}

fn report_damaged(table: &str, pool_id: &str, row_id: &str, done: &mut Resealed) {
    done.damaged += 1;
    tracing::error!(
        table,
        pool_id,
        row_id,
        "a sealed value does not open although its master key is there: it is damaged"
    );
}

/// Waits as long as the work since `begun` took.
async fn pause_after(begun: Instant) {
    tokio::time::sleep(begun.elapsed().max(PAUSE)).await;
}
