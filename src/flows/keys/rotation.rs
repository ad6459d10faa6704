//! The exchange of a pool's signing keys.
//!
//! A new pair is in the JWKS for a while before it signs, so that every verifier has it when the first token comes.
//! The former pair stays there until the last of its tokens has expired. In an emergency the former pair ends at
//! once, with all of its tokens.

use crate::crypto::{SigningKey, Vault};
use crate::domain::time::Timestamp;
use crate::domain::user_pool::TokenUse;
use crate::flows::{Result, signing_keys};
use crate::store::signing_keys::{KeyName, NewKey};
use crate::store::{self, Db};

/// The longest that a token lives, in seconds: the most that AWS permits for ID and access tokens.
const LONGEST_TOKEN_SECONDS: i64 = 86_400;
/// How much longer a key stays in the JWKS, in seconds: other nodes go on signing with it until their caches end,
/// and clocks differ.
const MARGIN_SECONDS: i64 = 600;
/// The most keys that one run of the job begins to use, or deletes.
const BATCH: i64 = 100;

/// A new pair of keys for a pool.
pub struct NewPair {
    /// Signs ID tokens.
    pub id: SigningKey,
    /// Signs access tokens.
    pub access: SigningKey,
}

impl NewPair {
    fn keys(&self) -> [(TokenUse, &SigningKey); 2] {
        [(TokenUse::Id, &self.id), (TokenUse::Access, &self.access)]
    }
}

/// Publishes a pair that signs from `signs_from`; `false` if the pool has one already that waits, or is deleted.
///
/// # Errors
/// If cryptography or the store fails.
pub async fn begin(
    db: &Db,
    vault: &Vault,
    pool_id: &str,
    pair: &NewPair,
    signs_from: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let mut sealed = Vec::new();
    for (token_use, key) in pair.keys() {
        sealed.push((token_use, key, signing_keys::seal(vault, pool_id, key)?));
    }
    let mut tx = db.begin().await?;
    for (token_use, key, (jwk, private_key)) in &sealed {
        let new = NewKey {
            kid: key.kid(),
            token_use: *token_use,
            public_jwk: jwk,
            sealed_private_key: private_key,
        };
        if !store::signing_keys::insert_waiting(&mut tx, pool_id, &new, signs_from, now).await? {
            return Ok(false);
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// Replaces all keys of the pool by a pair that signs at once; `false` if there is no such pool. Every token that
/// the former keys signed is refused as soon as a node's or verifier's cache ends. The key that signs SAML requests is
/// deleted: the pool gets another with another certificate when that is next asked for.
///
/// # Errors
/// If cryptography or the store fails.
pub async fn replace_now(
    db: &Db,
    vault: &Vault,
    pool_id: &str,
    pair: &NewPair,
    now: Timestamp,
) -> Result<bool> {
    let mut sealed = Vec::new();
    for (token_use, key) in pair.keys() {
        sealed.push((token_use, key, signing_keys::seal(vault, pool_id, key)?));
    }
    let mut tx = db.begin().await?;
    if store::signing_keys::delete_all(&mut tx, pool_id).await? == 0 {
        return Ok(false);
    }
    store::saml_keys::delete(&mut tx, pool_id).await?;
    for (token_use, key, (jwk, private_key)) in &sealed {
        let kid = key.kid();
        store::signing_keys::insert(&mut tx, pool_id, *token_use, kid, jwk, private_key, now)
            .await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Retires the keys whose successors sign by now, and deletes those whose tokens have all expired. Returns the keys
/// that have begun.
///
/// # Errors
/// If the store fails; what was done before stays done.
pub async fn proceed(db: &Db, now: Timestamp) -> Result<Vec<KeyName>> {
    let due = store::signing_keys::list_due(&mut db.read().await?, now, BATCH).await?;
    let deleted_after = now.plus_seconds(LONGEST_TOKEN_SECONDS + MARGIN_SECONDS);
    let mut begun = Vec::with_capacity(due.len());
    for key in due {
        let mut tx = db.begin().await?;
        if store::signing_keys::begin_signing(&mut tx, &key).await? {
            store::signing_keys::retire_others(&mut tx, &key, deleted_after, now).await?;
            tx.commit().await?;
            begun.push(key);
        }
    }
    store::signing_keys::delete_ended(&mut db.write().await?, now, BATCH).await?;
    Ok(begun)
}
