//! Users that administrators make (behaviour 9).

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::Contact;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::auth_event::EventKind;
use crate::domain::failure::Failure;
use crate::domain::first_factor;
use crate::domain::password;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::flows::codes::{self, Addressee};
use crate::flows::create_user::{self, NewUser, Origin, PreparedUser};
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::notices::Notices;
use crate::flows::passwords::credentials;
use crate::flows::update_user::{self, AliasConflict, EndedSessions, NewCredentials};
use crate::flows::{Result, lookup, refuse, retry, turn};
use crate::messaging::{EnqueuedMessage, OutgoingMessage};
use crate::store::{self, Conn};
use crate::triggers::{Occasion, pre_sign_up};

/// What becomes of the invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invitation {
    /// It goes to these contacts; `None` is the default: the phone, or else the e-mail address.
    Send(Option<Vec<Contact>>),
    /// It is not sent.
    Suppress,
    /// It is sent again, to a user that exists.
    Resend(Option<Vec<Contact>>),
}

/// A request to make a user.
pub struct AdminCreateUser {
    /// The name.
    pub username: String,
    /// The temporary password. If there is none, a user who can sign in with a code gets none and is confirmed; for
    /// others one is generated.
    pub temporary_password: Option<SecretString>,
    /// The attributes.
    pub attributes: Vec<AttributeInput>,
    /// Whether an alias moves here from the user that holds it.
    pub force_alias: bool,
    /// What becomes of the invitation.
    pub invitation: Invitation,
    /// What the administrator says to the pool's function, and nobody stores.
    pub validation_data: BTreeMap<String, String>,
}

/// AdminCreateUser.
///
/// # Errors
/// What behaviour 2.4, 3.1 and 9 list.
pub async fn create(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    request: &AdminCreateUser,
) -> Result<User> {
    let pool = lookup::pool(app, context, pool_id).await?;
    match &request.invitation {
        Invitation::Resend(media) => resend(app, context, &pool, request, media.as_deref()).await,
        Invitation::Send(media) => {
            create_new(app, context, &pool, request, Some(media.as_deref())).await
        }
        Invitation::Suppress => create_new(app, context, &pool, request, None).await,
    }
}

fn generated_password(app: &App, pool: &UserPool) -> SecretString {
    password::generate(&pool.settings.password_policy, &app.entropy.bytes()).into()
}

async fn create_new(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    request: &AdminCreateUser,
    media: Option<Option<&[Contact]>>,
) -> Result<User> {
    let temporary = match &request.temporary_password {
        Some(given) => given.clone(),
        None => generated_password(app, pool),
    };
    let new = NewUser {
        origin: Origin::Administrator,
        username: &request.username,
        password: Some(temporary.clone()),
        password_is_generated: request.temporary_password.is_none(),
        attributes: &request.attributes,
        status: UserStatus::ForceChangePassword,
    };
    let mut checked = create_user::check(app, context, pool, new).await?;
    let needs_none = request.temporary_password.is_none()
        && first_factor::can_begin_with_code(&pool.settings, &checked.user.attributes);
    if needs_none {
        checked = checked.without_password();
    }
    let destinations = match media {
        // An invitation tells the temporary password.
        Some(media) if !needs_none => destinations(&checked.user, media)?,
        Some(_) | None => Vec::new(),
    };
    limit(app, context, pool, &checked.user, &destinations)?;
    let occasion = Occasion {
        pool,
        client_id: None,
        username: &checked.user.username,
        client_metadata: &context.client_metadata,
    };
    // It may refuse the user, but decides nothing else here (behaviour 6).
    pre_sign_up::ask(
        &app.triggers,
        occasion,
        pre_sign_up::Source::AdminCreateUser,
        &checked.user.attributes,
        &request.validation_data,
    )
    .await?;
    let turn = turn::of_request(context, &pool.id);
    let prepared = create_user::prepare(app, context, &turn, pool, checked).await?;
    let conflict = if request.force_alias {
        AliasConflict::TakeOver
    } else {
        AliasConflict::Refuse
    };
    let to = Addressee::new(pool, &prepared.user, None);
    let invitation = codes::prepare_invitation(app, context, to, &destinations, &temporary).await?;
    let (messages, moved) = retry!(insert(app, context, pool, &prepared, conflict, &invitation))?;
    hand_over(app, messages);
    moved.dispatch(app);
    Ok(prepared.user)
}

/// Counts the hash and the messages of an invitation for the access key that asks for it.
fn limit(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user: &User,
    destinations: &[Contact],
) -> Result<()> {
    let requester = Requester::administrator(app, context, pool, &user.username, Some(user));
    let messages = u32::try_from(destinations.len()).unwrap_or(u32::MAX);
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    usage::spend(app, context, &requester, Usage::Messages, messages)
}

async fn insert(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    prepared: &PreparedUser,
    conflict: AliasConflict,
    invitation: &[OutgoingMessage],
) -> Result<(Vec<EnqueuedMessage>, Notices)> {
    let mut tx = app.db.begin().await?;
    let moved = create_user::insert(app, context, &mut tx, pool, prepared, conflict).await?;
    let messages = store_each(app, context, &mut tx, invitation).await?;
    tx.commit().await?;
    Ok((messages, moved))
}

/// The contacts that get the invitation.
fn destinations(user: &User, media: Option<&[Contact]>) -> Result<Vec<Contact>> {
    let has = |contact: &Contact| user.attributes.contains_key(contact.attribute());
    match media {
        // By default the phone number, or else the e-mail address. The administrator informs a user
        // that has neither.
        None => Ok([Contact::PhoneNumber, Contact::Email]
            .into_iter()
            .filter(has)
            .take(1)
            .collect()),
        Some(media) => match media.iter().find(|contact| !has(contact)) {
            Some(missing) => refuse(Failure::NoContact(*missing)),
            None => Ok(media.to_vec()),
        },
    }
}

async fn store_each(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    messages: &[OutgoingMessage],
) -> Result<Vec<EnqueuedMessage>> {
    let mut queued = Vec::with_capacity(messages.len());
    for message in messages {
        queued.push(codes::store_message(app, context, conn, message).await?);
    }
    Ok(queued)
}

/// Dispatches the messages that [`store_each`] wrote. The caller calls it after the commit.
fn hand_over(app: &App, messages: Vec<EnqueuedMessage>) {
    for queued in messages {
        app.outbox.dispatch(queued);
    }
}

/// Sends the invitation again with a new temporary password, whose lifetime begins now. It ends sessions as a
/// password that an administrator sets.
async fn resend(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    request: &AdminCreateUser,
    media: Option<&[Contact]>,
) -> Result<User> {
    let user = lookup::by_any_name(&mut app.db.read().await?, pool, &request.username).await?;
    if user.status != UserStatus::ForceChangePassword {
        return refuse(Failure::CannotResendInvitation);
    }
    let temporary = match &request.temporary_password {
        Some(given) => {
            credentials::check_new(app, pool, given).await?;
            given.clone()
        }
        None => generated_password(app, pool),
    };
    let destinations = destinations(&user, media)?;
    limit(app, context, pool, &user, &destinations)?;
    let current = store::users::credentials(&mut app.db.read().await?, &pool.id, &user.id).await?;
    let turn = turn::of_request(context, &pool.id);
    let replaced = current.as_ref();
    let derived =
        credentials::derive(app, context, &turn, pool, &user, &temporary, replaced).await?;
    let passwords = (current.as_ref(), &derived);
    let invitation = (destinations.as_slice(), &temporary);
    let (messages, notices) = retry!(replace_password(
        app, context, pool, &user.id, passwords, invitation
    ))?;
    hand_over(app, messages);
    notices.dispatch(app);
    Ok(User {
        modified_at: context.now,
        ..user
    })
}

async fn replace_password(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user_id: &str,
    (current, derived): (Option<&Credentials>, &Credentials),
    (destinations, temporary): (&[Contact], &SecretString),
) -> Result<(Vec<EnqueuedMessage>, Notices)> {
    let unchanged = credentials::user_with_password(app, &pool.id, user_id, current).await?;
    let invited = |user: &User| user.status == UserStatus::ForceChangePassword;
    let Some(user) = unchanged.filter(invited) else {
        return refuse(Failure::CannotResendInvitation);
    };
    let update = UserUpdate::new(&pool.settings, user.clone(), user);
    let new = NewCredentials {
        recorded_as: EventKind::PasswordChange,
        credentials: derived,
        raises_version: true,
        ends: EndedSessions::all_if(
            app.config
                .for_pool(&pool.id)
                .sessions
                .end_at_admin_set_password,
        ),
    };
    let to = Addressee::new(pool, &update.after, None);
    let invitation = codes::prepare_invitation(app, context, to, destinations, temporary).await?;
    let mut tx = app.db.begin().await?;
    let notices =
        update_user::write_with_credentials(app, context, &mut tx, pool, &update, new).await?;
    let messages = store_each(app, context, &mut tx, &invitation).await?;
    tx.commit().await?;
    Ok((messages, notices))
}
