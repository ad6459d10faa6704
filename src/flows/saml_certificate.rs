//! The certificate by which identity providers know a pool's SAML requests (administration 11).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::{KeyPurpose, certificates};
use crate::flows::{Error, Result, lookup, retry};
use crate::store;

/// The pool's certificate, DER in base64. The pool gets its key when this is first asked for, and keeps it until
/// its keys are revoked.
///
/// # Errors
/// [`crate::domain::failure::Failure::PoolNotFound`], or if cryptography or the database fails.
pub async fn get(app: &App, context: &RequestContext, pool_id: &str) -> Result<String> {
    lookup::pool(app, context, pool_id).await?;
    let found = store::saml_keys::certificate(&mut app.db.read().await?, pool_id).await?;
    match found {
        Some(certificate) => Ok(certificate),
        // The pool may be deleted between the look at it and the insertion.
        None => retry!(make(app, context, pool_id)),
    }
}

async fn make(app: &App, context: &RequestContext, pool_id: &str) -> Result<String> {
    lookup::pool(app, context, pool_id).await?;
    let key = app.key_reserve.take().await?;
    let certificate = STANDARD.encode(certificates::self_signed(&key, pool_id, context.now)?);
    let kid = key.kid();
    let private_key = key.to_pkcs8()?;
    let sealed = app
        .vault
        .seal(KeyPurpose::SigningKey, &[pool_id, kid], &private_key)?;
    let mut tx = app.db.begin().await?;
    store::saml_keys::insert(&mut tx, pool_id, kid, &certificate, &sealed, context.now).await?;
    // Another request may have come first, whose key the pool keeps.
    let kept = store::saml_keys::certificate(&mut tx, pool_id).await?;
    tx.commit().await?;
    kept.ok_or_else(|| Error::internal("a pool's SAML key is not stored"))
}
