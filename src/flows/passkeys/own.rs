//! A user's own list of passkeys.

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::failure::Failure;
use crate::domain::passkey::{MOST_PASSKEYS, Passkey};
use crate::domain::passkey_fault::PasskeyFault;
use crate::flows::auth_events::{self, Subject};
use crate::flows::authentication::authorize::{self, Authorized};
use crate::flows::{Result, pagination, refuse};
use crate::store;
use crate::store::passkeys::Place;

/// A page of the caller's passkeys in the order of their registration, and the token of the next page. Without
/// a limit it has all of them.
///
/// # Errors
/// What behaviour 1.6 lists, [`Failure::InvalidPageToken`].
pub async fn list(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    limit: Option<i32>,
    page_token: Option<&str>,
) -> Result<(Vec<Passkey>, Option<String>)> {
    let Authorized { pool, user, .. } = authorize::authorize(app, context, token).await?;
    let list = [
        "ListWebAuthnCredentials",
        pool.id.as_str(),
        user.id.as_str(),
    ];
    let after: Option<Place> = pagination::decode_token(&app.vault, &list, page_token)?;
    let limit = limit.unwrap_or(i32::try_from(MOST_PASSKEYS).unwrap_or(i32::MAX));
    let passkeys = store::passkeys::page(
        &mut app.db.read().await?,
        &pool.id,
        &user.id,
        after.as_ref(),
        i64::from(limit) + 1,
    )
    .await?;
    let behind = |passkey: &Passkey| -> Place {
        (passkey.created_at.millis(), passkey.credential_id.clone())
    };
    pagination::paginate(&app.vault, &list, passkeys, limit, behind)
}

/// Deletes one of the caller's passkeys. Sessions that began with it go on.
///
/// # Errors
/// What behaviour 1.6 lists, [`PasskeyFault::NotFound`].
pub async fn delete(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    credential_id: &str,
) -> Result<()> {
    let caller = authorize::authorize(app, context, token).await?;
    let (pool, user) = (&caller.pool, &caller.user);
    let mut tx = app.db.begin().await?;
    if store::passkeys::delete(&mut tx, &pool.id, &user.id, credential_id).await? {
        let of = (
            Subject::user(&pool.id, &user.id),
            Some(caller.client.as_ref()),
        );
        let what = (EventKind::FactorChange, Outcome::Pass);
        auth_events::record(app, context, &mut tx, of, what).await?;
        return Ok(tx.commit().await?);
    }
    refuse(Failure::Passkey(PasskeyFault::NotFound))
}
