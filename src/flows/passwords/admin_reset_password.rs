//! Passwords that administrators reset (administration 2.1).

use super::recovery::recovery_contact;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::code::CodePurpose;
use crate::domain::failure::Failure;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::flows::auth_events::{self, Subject};
use crate::flows::codes::{self, Addressee, AskedBy, NewCode};
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Result, lookup, refuse, retry};
use crate::messaging::MessageKind;

/// AdminResetUserPassword: the user signs in again only with a new password, which the code that is sent lets it
/// choose. A reset may be repeated, each time with a new code. Sign-ins that have begun end; the user's sessions stay.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`], [`Failure::UserDisabled`],
/// [`Failure::CannotResetPassword`], [`Failure::NoRecoveryContact`], those of the pool's function.
pub async fn reset_password(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    retry!(try_reset(app, context, &pool, name))
}

async fn try_reset(app: &App, context: &RequestContext, pool: &UserPool, name: &str) -> Result<()> {
    let before = lookup::by_any_name(&mut app.db.read().await?, pool, name).await?;
    if before.status == UserStatus::Unconfirmed {
        return refuse(Failure::CannotResetPassword);
    }
    let (contact, address) = recovery_contact(pool, &before)?;
    let after = User {
        status: UserStatus::ResetRequired,
        // Sign-ins that have begun end.
        credentials_version: before.credentials_version.saturating_add(1),
        ..before.clone()
    };
    let new = NewCode {
        purpose: CodePurpose::ForgotPassword,
        message: MessageKind::ForgotPasswordCode,
        contact,
        address,
    };
    let to = Addressee {
        pool,
        user: &before,
        changed: &after,
        client_id: None,
    };
    let prepared = codes::prepare(app, context, to, &new).await?;
    let of = Subject::user(&pool.id, &before.id);
    let update = UserUpdate::new(&pool.settings, before.clone(), after);
    let mut tx = app.db.begin().await?;
    let conflict = AliasConflict::Refuse;
    let notices = update_user::write(app, context, &mut tx, pool, &update, conflict).await?;
    let what = (EventKind::PasswordChange, Outcome::Pass);
    auth_events::record(app, context, &mut tx, (of, None), what).await?;
    let (_, queued) =
        codes::store(app, context, &mut tx, &prepared, AskedBy::Administrator).await?;
    tx.commit().await?;
    notices.dispatch(app);
    app.outbox.dispatch(queued);
    Ok(())
}
