//! Whether the master key is the one that the database's secrets are sealed under.
//!
//! Without this check a wrong key would be noticed late: sign-ins, clients with secrets and messages
//! would fail one by one, and the server would write secrets that the right key does not open.

use crate::crypto::{CryptoError, KeyPurpose, Vault};
use crate::domain::time::Timestamp;
use crate::store::{self, Conn, Db, master_key_check};

const CONTEXT: [&str; 1] = ["master_key_check.sealed"];
/// What is sealed. Only whether it opens is of interest.
const TEXT: &[u8] = b"cognate";

/// Why a server does not start with its master key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither the current key nor a previous one is that of the database.
    #[error(
        "the database's secrets were encrypted under another master key: start with that key in \
         secrets.master_key or secrets.master_key_file (in development by default master.key in \
         the data directory), or, if the key was changed on purpose, add the former one to \
         secrets.previous_master_keys"
    )]
    Foreign,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] CryptoError),
}

/// Whether the stored value is sealed under the vault's current key: whether that is the current key of the
/// node that was started last.
///
/// # Errors
/// If the store fails.
pub async fn is_under_current_key(db: &Db, vault: &Vault) -> store::Result<bool> {
    let found = master_key_check::find(&mut db.read().await?).await?;
    Ok(found.is_some_and(|sealed| vault.is_current(&sealed)))
}

/// Whether one of the vault's keys opens the stored value, which a command that starts no node asks. Where no
/// node has started yet, every key does.
///
/// # Errors
/// [`Error::Foreign`] if none does, or if the store fails.
pub async fn verify(db: &Db, vault: &Vault) -> Result<(), Error> {
    let found = master_key_check::find(&mut db.read().await?).await?;
    let opens = |sealed: Vec<u8>| {
        vault
            .open(KeyPurpose::KeyCheck, &CONTEXT, &sealed)
            .is_some()
    };
    if found.is_none_or(opens) {
        Ok(())
    } else {
        Err(Error::Foreign)
    }
}

/// As [`verify`], in the caller's transaction, and leaves a sealed value in a new database: for a command that seals
/// something in it.
///
/// # Errors
/// [`Error::Foreign`] if none opens it, or if the store or the vault fails.
pub async fn ensure(conn: &mut Conn, vault: &Vault, now: Timestamp) -> Result<(), Error> {
    let sealed = vault.seal(KeyPurpose::KeyCheck, &CONTEXT, TEXT)?;
    // What is there already stays.
    master_key_check::insert(conn, &sealed, now).await?;
    let found = master_key_check::find(conn).await?;
    let opened = found.and_then(|sealed| vault.open(KeyPurpose::KeyCheck, &CONTEXT, &sealed));
    opened.map(drop).ok_or(Error::Foreign)
}

/// Leaves a sealed value in a new database, and otherwise opens the one that is there. It is
/// sealed anew where a previous key opened it, so that a node without the new key does not start
/// any more.
///
/// # Errors
/// See [`Error`].
pub async fn check(db: &Db, vault: &Vault, now: Timestamp) -> Result<(), Error> {
    let fresh = || vault.seal(KeyPurpose::KeyCheck, &CONTEXT, TEXT);
    // Another attempt is needed only where a value was just written, by this node or by another that
    // starts.
    loop {
        let found = master_key_check::find(&mut db.read().await?).await?;
        let Some(sealed) = found else {
            master_key_check::insert(&mut db.write().await?, &fresh()?, now).await?;
            continue;
        };
        if vault
            .open(KeyPurpose::KeyCheck, &CONTEXT, &sealed)
            .is_none()
        {
            return Err(Error::Foreign);
        }
        if vault.is_current(&sealed)
            || master_key_check::replace(&mut db.write().await?, &sealed, &fresh()?, now).await?
        {
            return Ok(());
        }
    }
}
