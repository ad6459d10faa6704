//! Users whom the pool's UserMigration function knows from elsewhere (behaviour 6): they come over when they sign in
//! with a password, or recover it.

use secrecy::SecretString;

use super::create_user::{self, NewUser, Origin};
use super::lookup::{self, ClientContext};
use super::update_user::AliasConflict;
use super::{Error, Result, refuse, retry, turn};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::failure::Failure;
use crate::domain::second_factor::SecondFactor;
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::UserStatus;
use crate::domain::user_pool::UserPool;
use crate::triggers::Occasion;
use crate::triggers::user_migration::{self, FinalStatus, MigratedUser, Source};

/// The attribute by which the function gives the user another username than the name that was typed.
const USERNAME: &str = "username";

/// Whether users can come over.
#[must_use]
pub const fn is_on(pool: &UserPool) -> bool {
    pool.settings.triggers.user_migration.is_some()
}

/// Has a user come over who signs in under a name that the pool does not have. The function has checked the
/// password. Returns the username; `None` if the function does not know the user.
///
/// # Errors
/// [`Failure::UserNotMigrated`] if the function refuses, or what it says of the user is not accepted;
/// [`Failure::TriggerFailed`]. Where the app client hides users, [`Failure::WrongCredentials`] for all of them: a
/// user that the pool has never leads here.
pub async fn at_sign_in(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
    password: &SecretString,
) -> Result<Option<String>> {
    let source = Source::Authentication(password);
    let migrated = migrate(app, context, client_context, name, source).await;
    migrated.map_err(|error| match error {
        Error::Refused(failure) => {
            let client = &client_context.client;
            if client.settings.hides_users() {
                return Failure::WrongCredentials.into();
            }
            if matches!(failure, Failure::TriggerFailed(..)) {
                return failure.into();
            }
            Failure::UserNotMigrated(client.id.clone()).into()
        }
        other @ (Error::Busy | Error::Stale | Error::Internal(_)) => other,
    })
}

/// Has a user come over who has forgotten the password. Returns the username; `None` if the function does not know
/// the user, and, where the app client hides users, if it fails.
///
/// # Errors
/// Those of a trigger, and of making a user.
pub async fn at_recovery(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
) -> Result<Option<String>> {
    let source = Source::ForgotPassword;
    match migrate(app, context, client_context, name, source).await {
        Err(Error::Refused(_)) if client_context.client.settings.hides_users() => Ok(None),
        migrated => migrated,
    }
}

async fn migrate(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
    source: Source<'_>,
) -> Result<Option<String>> {
    let pool = &client_context.pool;
    let password = match source {
        Source::Authentication(password) => Some(password.clone()),
        Source::ForgotPassword => None,
    };
    let occasion = Occasion {
        pool,
        client_id: Some(&client_context.client.id),
        username: name,
        client_metadata: match source {
            Source::Authentication(_) => &context.validation_data,
            Source::ForgotPassword => &context.client_metadata,
        },
    };
    let known = user_migration::ask(&app.triggers, occasion, source).await?;
    let Some(known) = known else {
        return Ok(None);
    };
    let username = known.attributes.get(USERNAME).map_or(name, String::as_str);
    let made = make(app, context, client_context, username, &known, password).await;
    match made {
        // Another request of the same user was first.
        Err(Error::Refused(Failure::UsernameExists | Failure::ContactIsUsername(_)))
            if lookup::for_sign_in(app, pool, username).await?.is_some() => {}
        made => made?,
    }
    Ok(Some(username.to_owned()))
}

async fn make(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    username: &str,
    known: &MigratedUser,
    password: Option<SecretString>,
) -> Result<()> {
    let pool = &client_context.pool;
    let attributes: Vec<AttributeInput> = known
        .attributes
        .iter()
        .filter(|(name, _)| *name != USERNAME)
        .map(|(name, value)| AttributeInput {
            name: name.clone(),
            value: Some(value.clone()),
        })
        .collect();
    let status = known.status.unwrap_or(if password.is_some() {
        FinalStatus::Confirmed
    } else {
        FinalStatus::ResetRequired
    });
    let new = NewUser {
        origin: Origin::Migration,
        username,
        password,
        password_is_generated: false,
        attributes: &attributes,
        status: match status {
            FinalStatus::Confirmed => UserStatus::Confirmed,
            FinalStatus::ResetRequired => UserStatus::ResetRequired,
        },
    };
    let mut checked = create_user::check(app, context, pool, new).await?;
    if known.sms_mfa {
        if !checked.user.attributes.contains_key("phone_number") {
            return refuse(Failure::TriggerAnswerInvalid(Trigger::UserMigration));
        }
        checked.user.mfa.turn_on(SecondFactor::Sms);
    }
    let turn = turn::of_client(context, &client_context.client);
    let prepared = create_user::prepare(app, context, &turn, pool, checked).await?;
    let conflict = if known.force_alias {
        AliasConflict::TakeOver
    } else {
        AliasConflict::Refuse
    };
    let notices = retry!(async {
        let mut tx = app.db.begin().await?;
        let notices = create_user::insert(app, context, &mut tx, pool, &prepared, conflict).await?;
        tx.commit().await?;
        Ok::<_, Error>(notices)
    })?;
    notices.dispatch(app);
    Ok(())
}
