//! The keys that a user pool has brought from another server: by them it knows refresh tokens that were issued there.

use std::sync::Arc;

use super::{Error, Result};
use crate::app::App;
use crate::crypto::{KeyId, KeyPurpose, TokenKeys};
use crate::domain::time::Timestamp;
use crate::store::imported_token_keys as stored;

/// The keys of the pool, of which most have none.
///
/// # Errors
/// If keys do not open, which means that the master key is not the one that they were sealed under.
pub async fn of_pool(app: &App, pool_id: &str, now: Timestamp) -> Result<Arc<Vec<TokenKeys>>> {
    let cache = &app.caches.imported_token_keys;
    let read = cache.get_or(pool_id, now, || read(app, pool_id)).await?;
    Ok(read.unwrap_or_default())
}

async fn read(app: &App, pool_id: &str) -> Result<Option<Vec<TokenKeys>>> {
    let rows = stored::list(&mut app.db.read().await?, pool_id).await?;
    let keys = rows.into_iter().map(|row| {
        let context = [pool_id, row.key_id.as_str()];
        let bytes = app
            .vault
            .open(KeyPurpose::ImportedTokenKeys, &context, &row.keys);
        let bytes = bytes.ok_or_else(|| {
            Error::internal("imported token keys do not open under the master key")
        })?;
        let id = KeyId::from_hex(&row.key_id)
            .ok_or_else(|| Error::internal("imported token keys have no key id"))?;
        Ok(TokenKeys::new(id, &bytes)?)
    });
    keys.collect::<Result<Vec<_>>>().map(Some)
}
