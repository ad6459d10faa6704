//! The second factors that a user turns on, or an administrator for the user (administration 2.2 to 2.4).

use super::software_token;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::failure::Failure;
use crate::domain::second_factor::{FactorChange, SecondFactor, preference_fault};
use crate::domain::sign_in_settings::WebAuthnSettings;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::flows::auth_events::{self, Subject};
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Result, lookup, refuse, retry};
use crate::store;

/// (Admin)SetUserMFAPreference. `passkey_as_both` says whether passkeys are to count as both factors.
///
/// # Errors
/// [`Failure::Preference`], [`Failure::WebAuthnMfaNotInPool`].
pub async fn set(
    app: &App,
    context: &RequestContext,
    (pool, user): (&UserPool, &User),
    changes: &[(SecondFactor, FactorChange)],
    passkey_as_both: Option<bool>,
) -> Result<()> {
    let change = Change {
        factors: changes,
        passkey_as_both,
        sms_by_settings: None,
    };
    retry!(write(app, context, pool, &user.id, &change))
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
    let change = Change {
        factors: &changes,
        passkey_as_both: None,
        sms_by_settings: Some(is_on),
    };
    retry!(write(app, context, pool, &user.id, &change))
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
    // An app that was a second factor is recorded with the user's row.
    if !update.before.mfa.factors_differ(&update.after.mfa) {
        let of = (Subject::user(&pool.id, user_id), None);
        let what = (EventKind::FactorChange, Outcome::Pass);
        auth_events::record(app, context, &mut tx, of, what).await?;
    }
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

/// What is to change; what is `None` stays.
struct Change<'a> {
    factors: &'a [(SecondFactor, FactorChange)],
    passkey_as_both: Option<bool>,
    sms_by_settings: Option<bool>,
}

async fn write(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user_id: &str,
    change: &Change<'_>,
) -> Result<()> {
    let before = read(app, pool, user_id).await?;
    let has_app = software_token::has(app, &before).await?;
    let has = |factor: SecondFactor| match factor.contact() {
        Some(contact) => contact.of(&before.attributes).is_some(),
        None => has_app,
    };
    if let Some(fault) = preference_fault(&before.mfa, change.factors, has) {
        return refuse(Failure::Preference(fault));
    }
    let mut after = before.clone();
    for (factor, factor_change) in change.factors {
        after.mfa.apply(*factor, *factor_change);
    }
    if let Some(as_both) = change.passkey_as_both {
        // Only beside another factor of the user's (administration 2.3).
        let of_pool = pool.settings.web_authn.as_ref();
        let may =
            of_pool.is_some_and(WebAuthnSettings::counts_as_both) && !after.mfa.enabled.is_empty();
        if as_both && !may {
            return refuse(Failure::WebAuthnMfaNotInPool);
        }
        after.mfa.passkey_as_both = as_both;
    }
    if let Some(by_settings) = change.sms_by_settings {
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
