//! Confirming a sign-up, and asking for its code again.

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::code::{Code, CodePurpose};
use crate::domain::contact_change::confirmation_contact;
use crate::domain::failure::Failure;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::{MfaMode, UserPool};
use crate::domain::user_update::UserUpdate;
use crate::domain::username;
use crate::flows::authentication::first_factor;
use crate::flows::codes::{self, Addressee, Comparison, Try};
use crate::flows::limits::requester::address_key;
use crate::flows::limits::{AddressLimit, Limit, Requester, Usage, budgets, usage};
use crate::flows::lookup::{ClientAndUsername, ClientContext};
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Error, Result, equal_times, lookup, refuse, retry};
use crate::messaging::MessageKind;
use crate::store;
use crate::store::attempt_log::Budget;
use crate::triggers::{Occasion, post_confirmation};

/// A sign-up that is confirmed.
pub struct Confirmed {
    /// The user's `sub`.
    pub user_id: String,
    /// The session with which the user's first sign-in begins, where the client has that
    /// ([`first_factor::session_of_sign_up`]).
    pub session: Option<String>,
}

/// Confirms a sign-up with the code that was sent (behaviour 3.3), and verifies the contact that it was
/// sent to. With `force_alias` an alias moves to this user from the one that holds it.
///
/// # Errors
/// What behaviour 3.3 lists.
pub async fn confirm_sign_up(
    app: &App,
    context: &RequestContext,
    request: &ClientAndUsername,
    code: &str,
    force_alias: bool,
) -> Result<Confirmed> {
    let (client_context, user) = lookup::resolve_user(app, context, request).await?;
    let (pool, client) = (&client_context.pool, &client_context.client);
    let hides = client.settings.hides_users();
    let requester =
        Requester::at_client(app, context, pool, client, &request.username, user.as_ref());
    let (limit, purpose) = (Limit::ConfirmSignUp, CodePurpose::SignUp);
    let user = match user {
        Some(user) if user.status == UserStatus::Unconfirmed && (user.enabled || !hides) => {
            Some(user)
        }
        // A client from which users are hidden must not learn that the user is confirmed or disabled
        // (`docs/adr/0012`).
        _ if hides => None,
        Some(user) => return refuse(Failure::CannotConfirm(user.status)),
        None => return refuse(Failure::UserNotFound),
    };
    let sent = codes::find_sent(app, context, &requester, user.as_ref(), purpose).await?;
    let conflict = if force_alias {
        AliasConflict::TakeOver
    } else {
        AliasConflict::Refuse
    };
    let further = if force_alias {
        take_over_budget(app, pool, user.as_ref(), sent.as_ref()).await?
    } else {
        None
    };
    let tried = Try {
        requester: &requester,
        hides,
        limit,
        purpose,
        user: user.as_ref(),
        sent,
        further,
        given: code,
    };
    let mut comparison = codes::compare(app, context, tried)?;
    let mut read = user.clone();
    let confirmed = if comparison.right().is_some() {
        retry!(redeem_sign_up(
            app,
            context,
            pool,
            read.take(),
            &mut comparison,
            conflict
        ))?
    } else {
        None
    };
    if let Some(user) = confirmed {
        tell_confirmed(app, context, pool, Some(&client.id), &user).await?;
        let session = first_factor::session_of_sign_up(app, context, &client_context, &user)?;
        Ok(Confirmed {
            user_id: user.id,
            session,
        })
    } else {
        let refused = codes::refuse_wrong(app, context, comparison);
        equal_times::answer(app, context, client, refused).await
    }
}

/// Tells the pool's function, where there is one, that the user has confirmed the sign-up. The user stays confirmed
/// whatever the function says.
async fn tell_confirmed(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    client_id: Option<&str>,
    user: &User,
) -> Result<()> {
    let occasion = Occasion {
        pool,
        client_id,
        username: &user.username,
        client_metadata: &context.client_metadata,
    };
    let source = post_confirmation::Source::ConfirmSignUp;
    Ok(post_confirmation::tell(&app.triggers, occasion, source, user).await?)
}

/// What a try is counted against that would take the address of the code over from another user who has
/// verified it. It asks the store as often where there is no code.
async fn take_over_budget(
    app: &App,
    pool: &UserPool,
    user: Option<&User>,
    code: Option<&Code>,
) -> Result<Option<Budget>> {
    let sent_to = code.and_then(|code| Some((code.contact()?, code.value.as_deref()?)));
    let (contact, address) = sent_to.unwrap_or((Contact::Email, ""));
    if !pool.settings.alias_attributes.contains(&contact.into()) {
        return Ok(None);
    }
    let key = username::key(&pool.settings, address);
    let mut conn = app.db.read().await?;
    let owner = store::aliases::owner(&mut conn, &pool.id, contact.attribute(), &key).await?;
    let is_held = owner.is_some_and(|owner| user.is_some_and(|user| user.id != owner));
    Ok(if is_held {
        AddressLimit::TakeOvers.budget(app, address_key(app, &pool.id, contact, address))
    } else {
        None
    })
}

/// Redeems the code and confirms its user, whom the first attempt has `read` already, and returns the user as it is
/// then; `None` if the code has ended, or the user is deleted.
async fn redeem_sign_up(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    read: Option<User>,
    comparison: &mut Comparison<'_>,
    conflict: AliasConflict,
) -> Result<Option<User>> {
    let Some((user, code)) = comparison.right() else {
        return Ok(None);
    };
    let code = code.clone();
    let found = match read {
        Some(user) => Some(user),
        None => store::users::find(&mut app.db.read().await?, &pool.id, &user.id).await?,
    };
    let Some(before) = found else {
        return Ok(None);
    };
    let mut tx = app.db.begin().await?;
    codes::count_right(context, &mut tx, comparison).await?;
    if !store::users::hold(&mut tx, &before).await? {
        return Err(Error::Stale);
    }
    if !codes::redeem(app, &mut tx, comparison).await? {
        return Ok(None);
    }
    if before.status != UserStatus::Unconfirmed {
        return refuse(Failure::CannotConfirm(before.status));
    }
    let mut after = signed_up(pool, &before);
    verify_contact(&mut after, &code);
    let update = UserUpdate::new(&pool.settings, before, after);
    let notices = update_user::write(app, context, &mut tx, pool, &update, conflict).await?;
    tx.commit().await?;
    notices.dispatch(app);
    Ok(Some(update.after))
}

/// The user whose sign-up is confirmed: where a second factor is required, the first sign-in needs none
/// (administration 2.6).
fn signed_up(pool: &UserPool, user: &User) -> User {
    let mut after = confirmed(user);
    after.mfa.first_sign_in = pool.settings.mfa == MfaMode::On;
    after
}

/// The user, confirmed.
pub fn confirmed(user: &User) -> User {
    User {
        status: UserStatus::Confirmed,
        ..user.clone()
    }
}

/// Marks the contact verified that the code was sent to, if the user still has that address.
pub fn verify_contact(user: &mut User, code: &Code) {
    let Some(contact) = code.contact() else {
        return;
    };
    if user.attributes.get(contact.attribute()) == code.value.as_ref() {
        user.attributes
            .insert(contact.verified_flag().to_owned(), "true".to_owned());
    }
}

/// Whether the sign-up of the user with this `sub` is confirmed.
///
/// # Errors
/// If the store fails.
pub async fn is_confirmed(app: &App, pool: &UserPool, sub: &str) -> Result<bool> {
    let mut conn = app.db.read().await?;
    let user = store::users::find(&mut conn, &pool.id, sub).await?;
    Ok(user.is_some_and(|user| user.status == UserStatus::Confirmed))
}

/// Sends the code of a sign-up again; the former one is invalid from then on.
///
/// # Errors
/// What behaviour 3.3 lists.
pub async fn resend(
    app: &App,
    context: &RequestContext,
    request: &ClientAndUsername,
) -> Result<Delivery> {
    let (client_context, user) = lookup::resolve_user(app, context, request).await?;
    let sending = send_again(app, context, request, &client_context, user);
    equal_times::answer(app, context, &client_context.client, sending).await
}

async fn send_again(
    app: &App,
    context: &RequestContext,
    request: &ClientAndUsername,
    client_context: &ClientContext,
    user: Option<User>,
) -> Result<Delivery> {
    let pool = &client_context.pool;
    if user.is_none() && !client_context.client.settings.hides_users() {
        return refuse(Failure::UserNotFound);
    }
    if pool.settings.auto_verified.is_empty() {
        return refuse(Failure::AutoVerificationOff);
    }
    let requester = Requester::at_client(
        app,
        context,
        pool,
        &client_context.client,
        &request.username,
        user.as_ref(),
    );
    let hides = client_context.client.settings.hides_users();
    if !hides
        && user
            .as_ref()
            .is_some_and(|user| user.status != UserStatus::Unconfirmed)
    {
        return refuse(Failure::AlreadyConfirmed);
    }
    budgets::count(app, context, &requester, Limit::ResendCode).await?;
    usage::spend(app, context, &requester, Usage::Messages, 1)?;
    let waiting = user
        .as_ref()
        .filter(|user| user.status == UserStatus::Unconfirmed && (user.enabled || !hides));
    let sent_to = waiting.filter(|user| waiting_contact(pool, user).is_ok());
    // Where users are hidden, neither the answer nor its time tells whose address the message goes to.
    let answered = hides
        .then(|| codes::hidden_delivery(pool, &request.username, &pool.settings.auto_verified));
    let (purpose, message) = (CodePurpose::SignUp, MessageKind::ResendCode);
    if let Some(answered) = &answered
        && (sent_to.is_none() || codes::asks_function(pool))
    {
        let named = (&requester, request.username.as_str());
        let what = ((purpose, message), answered.contact);
        let to = (sent_to.cloned(), waiting_contact);
        codes::send_hidden(app, context, client_context, named, what, to).await?;
        return Ok(answered.clone());
    }
    let Some(user) = sent_to else {
        return refuse(Failure::NothingToVerify(first_auto_verified(pool)));
    };
    let to = Addressee::new(pool, user, Some(&client_context.client.id));
    let kind = (purpose, message);
    let sent = codes::send_alone(app, context, to, kind, waiting_contact, hides).await?;
    Ok(answered.unwrap_or(sent))
}

/// The contact that the code of an unconfirmed user goes to.
fn waiting_contact<'u>(
    pool: &UserPool,
    user: &'u User,
) -> std::result::Result<(Contact, &'u str), Failure> {
    if user.status != UserStatus::Unconfirmed {
        return Err(Failure::AlreadyConfirmed);
    }
    confirmation_contact(&pool.settings, &user.attributes)
        .ok_or_else(|| Failure::NothingToVerify(first_auto_verified(pool)))
}

fn first_auto_verified(pool: &UserPool) -> Contact {
    pool.settings
        .auto_verified
        .first()
        .copied()
        .unwrap_or(Contact::Email)
}

/// AdminConfirmSignUp: confirms a sign-up without a code. Contacts stay unverified.
///
/// # Errors
/// [`Failure::UserNotFound`], [`Failure::CannotConfirm`].
pub async fn admin_confirm_sign_up(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    let user = retry!(admin_confirm(app, context, &pool, name))?;
    tell_confirmed(app, context, &pool, None, &user).await
}

async fn admin_confirm(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    name: &str,
) -> Result<User> {
    let user = lookup::by_any_name(&mut app.db.read().await?, pool, name).await?;
    if user.status != UserStatus::Unconfirmed {
        return refuse(Failure::CannotConfirm(user.status));
    }
    let after = signed_up(pool, &user);
    let update = UserUpdate::new(&pool.settings, user, after);
    let mut tx = app.db.begin().await?;
    let conflict = AliasConflict::Refuse;
    let notices = update_user::write(app, context, &mut tx, pool, &update, conflict).await?;
    store::codes::discard(&mut tx, &pool.id, &update.before.id, CodePurpose::SignUp).await?;
    tx.commit().await?;
    notices.dispatch(app);
    Ok(update.after)
}
