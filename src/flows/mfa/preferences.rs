//! The second factors that a user turns on, or an administrator for the user (administration 2.2 to 2.4).

use super::software_token;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::second_factor::{FactorChange, SecondFactor, preference_fault};
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Result, lookup, refuse, retry};
use crate::store;

/// (Admin)SetUserMFAPreference.
///
/// # Errors
/// [`Failure::Preference`].
pub async fn set(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user: &User,
    changes: &[(SecondFactor, FactorChange)],
) -> Result<()> {
    retry!(change(app, context, pool, &user.id, changes, None))
}

/// (Admin)SetUserSettings: turns codes by SMS on or off, the legacy way.
///
/// # Errors
/// [`Failure::Preference`] if the user has no phone number.
pub async fn set_sms(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user: &User,
    is_on: bool,
) -> Result<()> {
    let changes = [(
        SecondFactor::Sms,
        FactorChange {
            enabled: Some(is_on),
            preferred: None,
        },
    )];
    retry!(change(app, context, pool, &user.id, &changes, Some(is_on)))
}

/// AdminDeleteSoftwareToken: deletes the user's authenticator app, which is then no factor any more.
///
/// # Errors
/// [`Failure::UserNotFound`].
pub async fn delete_software_token(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    let user = lookup::by_any_name(&mut app.db.read().await?, &pool, name).await?;
    retry!(forget_software_token(app, context, &pool, &user.id))
}

async fn forget_software_token(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user_id: &str,
) -> Result<()> {
    let before = read(app, pool, user_id).await?;
    let mut after = before.clone();
    after.mfa.turn_off(SecondFactor::SoftwareToken);
    let update = UserUpdate::new(&pool.settings, before, after);
    let mut tx = app.db.begin().await?;
    let conflict = AliasConflict::Refuse;
    let notices = update_user::write(app, context, &mut tx, pool, &update, conflict).await?;
    store::software_tokens::delete(&mut tx, &pool.id, user_id).await?;
    tx.commit().await?;
    notices.dispatch(app);
    Ok(())
}

async fn read(app: &App, pool: &UserPool, user_id: &str) -> Result<User> {
    match store::users::find(&mut app.db.read().await?, &pool.id, user_id).await? {
        Some(user) => Ok(user),
        None => refuse(Failure::UserNotFound),
    }
}

/// Carries out the changes; `sms_by_settings` is set to what is given.
async fn change(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user_id: &str,
    changes: &[(SecondFactor, FactorChange)],
    sms_by_settings: Option<bool>,
) -> Result<()> {
    let before = read(app, pool, user_id).await?;
    let has_app = software_token::has(app, &before).await?;
    let has = |factor: SecondFactor| match factor.contact() {
        Some(contact) => contact.of(&before.attributes).is_some(),
        None => has_app,
    };
    if let Some(fault) = preference_fault(&before.mfa, changes, has) {
        return refuse(Failure::Preference(fault));
    }
    let mut after = before.clone();
    for (factor, change) in changes {
        after.mfa.apply(*factor, *change);
    }
    if let Some(by_settings) = sms_by_settings {
        after.mfa.sms_by_settings = by_settings;
    }
    let update = UserUpdate::new(&pool.settings, before, after);
    if !update.is_change() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    let conflict = AliasConflict::Refuse;
    let notices = update_user::write(app, context, &mut tx, pool, &update, conflict).await?;
    tx.commit().await?;
    notices.dispatch(app);
    Ok(())
}
