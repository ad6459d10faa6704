//! Access keys of administrators that are in the store: made, replaced and ended by a command, and obeyed by the
//! servers that run.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::app::App;
use crate::cache::{StoredKey, StoredKeys};
use crate::crypto::{CryptoError, KeyPurpose, Vault};
use crate::domain::access_key::{AccessKey, AccessKeyFault, Authority, MAX_ACCESS_KEYS, is_name};
use crate::domain::policy::Policy;
use crate::domain::time::Timestamp;
use crate::store::{self, Db, access_keys};

/// The alphabet of ids after their beginning: base32, as AWS's ids have it.
const ID_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// What an id begins with: that of a key that does not end by itself.
const ID_PREFIX: &str = "AKIA";
/// The characters of an id after its beginning.
const ID_LENGTH: usize = 16;
/// The random bytes of a secret, which are 40 characters in base64.
const SECRET_BYTES: usize = 30;

/// A key that was made, with the secret that is shown this once. It has no `Debug`.
pub struct NewKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// Why a command about access keys fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules refuse.
    #[error(transparent)]
    Refused(#[from] AccessKeyFault),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] CryptoError),
}

type Result<T> = std::result::Result<T, Error>;

/// Makes a key of a new name. `policy` was read before.
///
/// # Errors
/// [`AccessKeyFault::Name`], [`AccessKeyFault::NameTaken`], [`AccessKeyFault::TooMany`]; if the store fails.
pub async fn create(
    db: &Db,
    vault: &Vault,
    name: &str,
    policy: &str,
    now: Timestamp,
) -> Result<NewKey> {
    if !is_name(name) {
        return Err(AccessKeyFault::Name.into());
    }
    let (key, new, sealed) = new_key(vault, name, policy, now)?;
    // Two operators who choose one name at the same moment both get a key, which harms nobody.
    let mut tx = db.begin().await?;
    let all = access_keys::list(&mut tx).await?;
    let others = live(&all, now);
    if others.iter().any(|other| other.name == name) {
        return Err(AccessKeyFault::NameTaken(name.to_owned()).into());
    }
    insert(&mut tx, &others, &key, &sealed).await?;
    tx.commit().await?;
    Ok(new)
}

/// Makes a key that takes the place of `id`, with the same name and policy. The former one goes on, until
/// `former_ends_at` if that is given.
///
/// # Errors
/// [`AccessKeyFault::NotFound`], [`AccessKeyFault::Ended`], [`AccessKeyFault::TooMany`]; if the store fails.
pub async fn rotate(
    db: &Db,
    vault: &Vault,
    id: &str,
    former_ends_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<NewKey> {
    let mut tx = db.begin().await?;
    let all = access_keys::list(&mut tx).await?;
    let former = all.iter().find(|sealed| sealed.key.id == id);
    let former = &former
        .ok_or_else(|| AccessKeyFault::NotFound(id.to_owned()))?
        .key;
    if former.ends_at.is_some_and(|end| end <= now) {
        return Err(AccessKeyFault::Ended(id.to_owned()).into());
    }
    let (key, new, sealed) = new_key(vault, &former.name, &former.policy, now)?;
    insert(&mut tx, &live(&all, now), &key, &sealed).await?;
    if let Some(end) = former_ends_at
        && !access_keys::end_at(&mut tx, id, end).await?
    {
        return Err(AccessKeyFault::NotFound(id.to_owned()).into());
    }
    tx.commit().await?;
    Ok(new)
}

/// Ends a key at once, everywhere within the time that servers remember keys.
///
/// # Errors
/// [`AccessKeyFault::NotFound`]; if the store fails.
pub async fn revoke(db: &Db, id: &str) -> Result<()> {
    if access_keys::delete(&mut db.write().await?, id).await? {
        Ok(())
    } else {
        Err(AccessKeyFault::NotFound(id.to_owned()).into())
    }
}

/// The keys that have not ended, in the order in which they were made.
///
/// # Errors
/// If the store fails.
pub async fn list(db: &Db, now: Timestamp) -> Result<Vec<AccessKey>> {
    let all = access_keys::list(&mut db.read().await?).await?;
    Ok(live(&all, now).into_iter().cloned().collect())
}

fn live(all: &[access_keys::SealedAccessKey], now: Timestamp) -> Vec<&AccessKey> {
    let keys = all.iter().map(|sealed| &sealed.key);
    keys.filter(|key| key.ends_at.is_none_or(|end| now < end))
        .collect()
}

async fn insert(
    tx: &mut store::Tx,
    others: &[&AccessKey],
    key: &AccessKey,
    sealed: &[u8],
) -> Result<()> {
    if others.len() >= MAX_ACCESS_KEYS {
        return Err(AccessKeyFault::TooMany.into());
    }
    Ok(access_keys::insert(tx, key, sealed).await?)
}

/// A new key as it is stored, as it is shown, and its sealed secret.
fn new_key(
    vault: &Vault,
    name: &str,
    policy: &str,
    now: Timestamp,
) -> Result<(AccessKey, NewKey, Vec<u8>)> {
    let entropy = vault.entropy();
    let id = format!("{ID_PREFIX}{}", entropy.text(ID_ALPHABET, ID_LENGTH));
    let bytes = Zeroizing::new(entropy.bytes::<SECRET_BYTES>());
    let secret = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
    let sealed = vault.seal(KeyPurpose::AccessKey, &place(&id), secret.as_bytes())?;
    let key = AccessKey {
        id: id.clone(),
        name: name.to_owned(),
        policy: policy.to_owned(),
        created_at: now,
        ends_at: None,
        last_used_at: None,
    };
    let secret = SecretString::from(secret.as_str());
    Ok((key, NewKey { id, secret }, sealed))
}

/// The place that a sealed secret belongs to: no pool, and the key's row.
const fn place(id: &str) -> [&str; 2] {
    ["", id]
}

/// The keys that the store holds, as of a moment ago.
///
/// # Errors
/// If the store fails.
pub async fn stored(app: &App) -> crate::flows::Result<Arc<StoredKeys>> {
    let now = app.clock.now();
    app.caches.access_keys.get_or(now, || read(app)).await
}

async fn read(app: &App) -> crate::flows::Result<StoredKeys> {
    let rows = access_keys::list(&mut app.db.read().await?).await?;
    Ok(StoredKeys::new(rows.into_iter().filter_map(|row| {
        opened(&app.vault, row.key, &row.secret)
    })))
}

/// A key with its secret. One that does not open, or whose policy is not understood, signs nothing.
fn opened(vault: &Vault, key: AccessKey, sealed: &[u8]) -> Option<StoredKey> {
    let secret = vault.open(KeyPurpose::AccessKey, &place(&key.id), sealed);
    let secret = secret
        .as_ref()
        .and_then(|secret| std::str::from_utf8(secret).ok());
    let (Some(secret), Ok(policy)) = (secret, Policy::parse(&key.policy)) else {
        tracing::error!(
            key_id = key.id,
            "an access key is refused: its secret does not open, or its policy is not understood"
        );
        return None;
    };
    let authority = Authority {
        user: key.name,
        policy,
    };
    let secret = SecretString::from(secret);
    Some(StoredKey::new(
        key.id,
        secret,
        authority,
        key.ends_at,
        key.last_used_at,
    ))
}

/// Records, beside the request, that a key is used, if no use was recorded in the hour before.
pub fn note_use(app: &App, key: &Arc<StoredKey>) {
    let now = app.clock.now();
    if !key.note_use(now) {
        return;
    }
    let key = Arc::clone(key);
    app.afterwards(move |app| async move {
        let recorded =
            async { access_keys::record_use(&mut app.db.write().await?, &key.id, now).await };
        if let Err(error) = recorded.await {
            tracing::warn!(%error, key_id = key.id, "the use of an access key is not recorded");
        }
    });
}
