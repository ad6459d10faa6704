//! Forgotten passwords (behaviour 3.5).

use secrecy::SecretString;

use super::credentials;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::Turn;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::auth_event::EventKind;
use crate::domain::code::{Code, CodePurpose};
use crate::domain::failure::Failure;
use crate::domain::risk_configuration::PasswordEvent;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::domain::user_pool::{RecoveryMeans, UserPool};
use crate::domain::user_update::UserUpdate;
use crate::flows::codes::{self, Addressee, Try};
use crate::flows::limits::{Limit, Requester, Usage, budgets, lock_out, usage};
use crate::flows::lookup::{ClientAndUsername, ClientContext};
use crate::flows::sign_up::confirm::verify_contact;
use crate::flows::update_user::{self, EndedSessions, NewCredentials};
use crate::flows::{
    Error, Result, equal_times, lookup, migration, refuse, retry, risk_rules, turn,
};
use crate::messaging::MessageKind;
use crate::store;
use crate::triggers::{Occasion, post_confirmation};

/// ForgotPassword: sends a code to a verified contact.
///
/// # Errors
/// What behaviour 3.5 lists.
pub async fn forgot_password(
    app: &App,
    context: &RequestContext,
    request: &ClientAndUsername,
) -> Result<Delivery> {
    let (client_context, user) = lookup::resolve_user(app, context, request).await?;
    let sending = send_code(app, context, request, &client_context, user);
    equal_times::answer(app, context, &client_context.client, sending).await
}

async fn send_code(
    app: &App,
    context: &RequestContext,
    request: &ClientAndUsername,
    client_context: &ClientContext,
    mut user: Option<User>,
) -> Result<Delivery> {
    let pool = &client_context.pool;
    if recovery_by_admin_only(pool) {
        return refuse(Failure::RecoveryByAdminOnly);
    }
    let hides = client_context.client.settings.hides_users();
    let may_migrate = user.is_none() && migration::is_on(pool);
    if user.is_none() && !hides && !may_migrate {
        return refuse(Failure::UserNotFound);
    }
    let requester = Requester::at_client(
        app,
        context,
        pool,
        &client_context.client,
        &request.username,
        user.as_ref(),
    );
    budgets::count(app, context, &requester, Limit::ForgotPassword).await?;
    usage::spend(app, context, &requester, Usage::Messages, 1)?;
    let name = &request.username;
    if may_migrate
        && let migrating = migration::at_recovery(app, context, client_context, name)
        && let Some(name) = Box::pin(migrating).await?
    {
        let mut conn = app.db.read().await?;
        user = lookup::by_sign_in_name(&mut conn, pool, &name).await?;
    }
    let recoverable = match &user {
        None => Err(Failure::UserNotFound),
        Some(user) => recovery_contact(pool, user).map(|_| user),
    };
    // Where users are hidden, neither the answer nor its time tells whose address the message goes to.
    let answered =
        hides.then(|| codes::hidden_delivery(pool, &request.username, &recovery_contacts(pool)));
    let (purpose, message) = (CodePurpose::ForgotPassword, MessageKind::ForgotPasswordCode);
    if let Some(answered) = &answered
        && (recoverable.is_err() || codes::asks_function(pool))
    {
        let named = (&requester, request.username.as_str());
        let what = ((purpose, message), answered.contact);
        let to = (recoverable.cloned().ok(), recovery_contact);
        codes::send_hidden(app, context, client_context, named, what, to).await?;
        return Ok(answered.clone());
    }
    let user = match recoverable {
        Ok(user) => user,
        Err(failure) => return refuse(failure),
    };
    let to = Addressee::new(pool, user, Some(&client_context.client.id));
    let kind = (purpose, message);
    let sent = codes::send_alone(app, context, to, kind, recovery_contact, hides).await?;
    Ok(answered.unwrap_or(sent))
}

/// Whether users have to ask an administrator for another password.
#[must_use]
pub fn recovery_by_admin_only(pool: &UserPool) -> bool {
    let mechanisms = pool
        .settings
        .account_recovery
        .as_deref()
        .unwrap_or_default();
    !mechanisms.is_empty()
        && mechanisms
            .iter()
            .all(|mechanism| mechanism.by == RecoveryMeans::AdminOnly)
}

/// The contact that gets the recovery code: the first of the pool's means of recovery that the user has
/// verified. Where the pool has none set, the phone number and then the e-mail address.
pub(super) fn recovery_contact<'u>(
    pool: &UserPool,
    user: &'u User,
) -> std::result::Result<(Contact, &'u str), Failure> {
    if !user.enabled {
        return Err(Failure::UserDisabled);
    }
    if user.status == UserStatus::ForceChangePassword {
        return Err(Failure::CannotResetPassword);
    }
    recovery_contacts(pool)
        .into_iter()
        .find_map(|contact| match contact.of(&user.attributes) {
            Some((address, true)) => Some((contact, address)),
            _ => None,
        })
        .ok_or(Failure::NoRecoveryContact)
}

/// The contacts by which the pool lets passwords be recovered, the preferred one first.
fn recovery_contacts(pool: &UserPool) -> Vec<Contact> {
    let mut mechanisms = pool.settings.account_recovery.clone().unwrap_or_default();
    if mechanisms.is_empty() {
        return vec![Contact::PhoneNumber, Contact::Email];
    }
    mechanisms.sort_by_key(|mechanism| mechanism.priority);
    let contact = |means| match means {
        RecoveryMeans::VerifiedEmail => Some(Contact::Email),
        RecoveryMeans::VerifiedPhoneNumber => Some(Contact::PhoneNumber),
        RecoveryMeans::AdminOnly => None,
    };
    mechanisms
        .iter()
        .filter_map(|mechanism| contact(mechanism.by))
        .collect()
}

/// ConfirmForgotPassword: sets the new password for the code that was sent. The user's sessions end, unless
/// the configuration says otherwise.
///
/// # Errors
/// What behaviour 3.1 (policy) and 3.5 list.
pub async fn confirm_forgot_password(
    app: &App,
    context: &RequestContext,
    request: &ClientAndUsername,
    code: &str,
    new_password: &SecretString,
) -> Result<()> {
    let (client_context, user) = lookup::resolve_user(app, context, request).await?;
    let pool = &client_context.pool;
    let hides = client_context.client.settings.hides_users();
    if user.is_none() && !hides {
        return refuse(Failure::UserNotFound);
    }
    credentials::check_new(app, pool, new_password).await?;
    let of = (pool.as_ref(), client_context.client.as_ref());
    let event = PasswordEvent::PasswordChange;
    risk_rules::check_new_password(app, context, of, event, new_password).await?;
    let requester = Requester::at_client(
        app,
        context,
        pool,
        &client_context.client,
        &request.username,
        user.as_ref(),
    );
    let (limit, purpose) = (Limit::ConfirmForgotPassword, CodePurpose::ForgotPassword);
    let user = user.filter(|user| !hides || recovery_contact(pool, user).is_ok());
    if !hides && user.as_ref().is_some_and(|user| !user.enabled) {
        return refuse(Failure::UserDisabled);
    }
    let tried = Try {
        requester: &requester,
        hides,
        limit,
        purpose,
        user: user.as_ref(),
        sent: codes::find_sent(app, context, &requester, user.as_ref(), purpose).await?,
        further: None,
        given: code,
    };
    let checking = codes::check(app, context, tried);
    let code = equal_times::refuse(app, context, &client_context.client, checking).await?;
    let Some(user) = user else {
        return refuse(Failure::CodeExpired);
    };
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    // Of the user: the code was right.
    let turn = turn::of_user(turn::of_client(context, &client_context.client));
    let done = retry!(try_recover(
        app,
        context,
        &turn,
        pool,
        &user,
        &code,
        new_password
    ));
    let user = codes::give_back(app, &pool.id, &user.id, purpose, done).await?;
    lock_out::forgive_everywhere(app, &requester).await?;
    let occasion = Occasion {
        pool,
        client_id: Some(&client_context.client.id),
        username: &user.username,
        client_metadata: &context.client_metadata,
    };
    // The password stays, whatever the function says.
    let source = post_confirmation::Source::ConfirmForgotPassword;
    Ok(post_confirmation::tell(&app.triggers, occasion, source, &user).await?)
}

/// Sets the new password for a checked code, and returns the user as it is then. Fails as stale, so that it is tried again, only if the
/// password was replaced while this one was being hashed.
async fn try_recover(
    app: &App,
    context: &RequestContext,
    turn: &Turn,
    pool: &UserPool,
    user: &User,
    code: &Code,
    new_password: &SecretString,
) -> Result<User> {
    let current = store::users::credentials(&mut app.db.read().await?, &pool.id, &user.id).await?;
    let history = current.iter().flat_map(Credentials::newest_first);
    credentials::check_history(app, turn, pool, &user.id, history, new_password).await?;
    let derived = credentials::derive(
        app,
        context,
        turn,
        pool,
        user,
        new_password,
        current.as_ref(),
    )
    .await?;
    let written = retry!(redeem(
        app,
        context,
        pool,
        &user.id,
        code,
        (current.as_ref(), &derived)
    ))?;
    written.ok_or(Error::Stale)
}

/// Redeems the code and writes the password, and returns the user as it is then; `None` if the user has another
/// password meanwhile.
async fn redeem(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user_id: &str,
    code: &Code,
    (current, derived): (Option<&Credentials>, &Credentials),
) -> Result<Option<User>> {
    let unchanged = credentials::user_with_password(app, &pool.id, user_id, current).await?;
    let Some(before) = unchanged else {
        return match store::users::find(&mut app.db.read().await?, &pool.id, user_id).await? {
            Some(_) => Ok(None),
            None => refuse(Failure::UserNotFound),
        };
    };
    if !before.enabled {
        return refuse(Failure::UserDisabled);
    }
    // The address may have been replaced, or the state changed, since the code was sent.
    let sent_elsewhere = code
        .contact()
        .is_some_and(|contact| before.attributes.get(contact.attribute()) != code.value.as_ref());
    if sent_elsewhere || before.status == UserStatus::ForceChangePassword {
        return refuse(Failure::CodeExpired);
    }
    // A user that redeems the code has a verified contact, which confirms a sign-up as well.
    let mut after = User {
        status: UserStatus::Confirmed,
        ..before.clone()
    };
    verify_contact(&mut after, code);
    let update = UserUpdate::new(&pool.settings, before, after);
    let new = NewCredentials {
        recorded_as: EventKind::ForgotPassword,
        credentials: derived,
        raises_version: true,
        ends: EndedSessions::all_if(app.config.for_pool(&pool.id).sessions.end_at_recovery),
    };
    let mut tx = app.db.begin().await?;
    if !store::users::hold(&mut tx, &update.before).await? {
        return Err(Error::Stale);
    }
    codes::redeem_counted(
        &mut tx,
        &pool.id,
        user_id,
        CodePurpose::ForgotPassword,
        code,
    )
    .await?;
    let notices =
        update_user::write_with_credentials(app, context, &mut tx, pool, &update, new).await?;
    store::codes::discard(&mut tx, &pool.id, user_id, CodePurpose::SignUp).await?;
    tx.commit().await?;
    notices.dispatch(app);
    Ok(Some(update.after))
}
