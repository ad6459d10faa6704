//! Users that administrators make (behaviour 9).

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::Contact;
use crate::domain::attribute_update::{self, AttributeInput};
use crate::domain::failure::Failure;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::domain::{password as policy, username};
use crate::flows::passwords::credentials as password;
use crate::flows::sign_up::register::{new_user, refuse_taken_name};
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Error, Result, codes, lookup, refuse, retry};
use crate::messaging::{Purpose, Queued};
use crate::store::{self, Conn};

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
    /// The temporary password; made up if there is none.
    pub temporary_password: Option<SecretString>,
    /// The attributes.
    pub attributes: Vec<AttributeInput>,
    /// Whether an alias moves here from the user that holds it.
    pub force_alias: bool,
    /// What becomes of the invitation.
    pub invitation: Invitation,
}

/// AdminCreateUser.
///
/// # Errors
/// What sections 2.4, 3.1 and 9 of the behaviour page list.
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

fn temporary_password(
    app: &App,
    pool: &UserPool,
    given: Option<&SecretString>,
) -> Result<SecretString> {
    if let Some(given) = given {
        password::check_policy(pool, given)?;
        return Ok(given.clone());
    }
    let policy = &pool.settings.password_policy;
    Ok(policy::generate(policy, &app.entropy.bytes()).into())
}

async fn create_new(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    request: &AdminCreateUser,
    media: Option<Option<&[Contact]>>,
) -> Result<User> {
    let contact = username::contact_of_new(&pool.settings, &request.username)?;
    let attributes = attribute_update::validate_new_user(
        &pool.settings,
        None,
        contact.map(|contact| (contact, request.username.as_str())),
        &request.attributes,
    )?;
    let temporary = temporary_password(app, pool, request.temporary_password.as_ref())?;
    let status = UserStatus::ForceChangePassword;
    let user = new_user(
        app,
        context,
        pool,
        &request.username,
        contact,
        status,
        attributes,
    );
    let destinations = match media {
        Some(media) => destinations(&user, media)?,
        None => Vec::new(),
    };
    let told = |error| match error {
        Error::Refused(Failure::UsernameExists) => Failure::UserAccountExists.into(),
        other => other,
    };
    refuse_taken_name(
        &mut app.db.read().await?,
        pool,
        &user,
        &request.username,
        contact,
    )
    .await
    .map_err(told)?;
    let credentials = password::credentials(
        app,
        context,
        pool,
        &user.id,
        &user.username,
        &temporary,
        None,
    )
    .await?;
    let conflict = if request.force_alias {
        AliasConflict::TakeOver
    } else {
        AliasConflict::Refuse
    };
    let messages = retry!(insert(
        app,
        context,
        pool,
        &user,
        &credentials,
        conflict,
        (&destinations, &temporary)
    ))?;
    hand_over(app, messages);
    Ok(user)
}

async fn insert(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user: &User,
    credentials: &Credentials,
    conflict: AliasConflict,
    (destinations, temporary): (&[Contact], &SecretString),
) -> Result<Vec<Queued>> {
    let mut tx = app.db.begin().await?;
    let key = username::key(&pool.settings, &user.username);
    if !store::users::insert(&mut tx, user, &key, Some(credentials)).await? {
        return refuse(Failure::UserAccountExists);
    }
    update_user::claim_aliases(&mut tx, pool, user, conflict, context.now)
        .await
        .map_err(|error| match error {
            // To whoever makes the user, a name that is taken as an alias is a name that is taken.
            Error::Refused(Failure::AliasExists(attribute)) => Contact::named(attribute)
                .map_or(Failure::UserAccountExists, Failure::ContactIsUsername)
                .into(),
            other => other,
        })?;
    let messages = send(app, context, &mut tx, pool, user, destinations, temporary).await?;
    tx.commit().await?;
    Ok(messages)
}

/// Where an invitation goes.
fn destinations(user: &User, media: Option<&[Contact]>) -> Result<Vec<Contact>> {
    let has = |contact: &Contact| user.attributes.contains_key(contact.attribute());
    match media {
        // By default the phone; who has none is told by e-mail, who has neither by the administrator.
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

async fn send(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    user: &User,
    destinations: &[Contact],
    temporary: &SecretString,
) -> Result<Vec<Queued>> {
    let mut messages = Vec::new();
    for contact in destinations {
        if let Some(address) = user.attributes.get(contact.attribute()) {
            let to = (*contact, address.as_str());
            let queued = codes::deliver(
                app,
                context,
                conn,
                pool,
                user,
                Purpose::Invitation,
                to,
                temporary,
            )
            .await?;
            messages.push(queued);
        }
    }
    Ok(messages)
}

/// Has the messages delivered that [`send`] wrote, after the commit.
fn hand_over(app: &App, messages: Vec<Queued>) {
    for queued in messages {
        app.outbox.committed(queued);
    }
}

/// Sends the invitation again with a new temporary password, whose days begin anew.
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
    let temporary = temporary_password(app, pool, request.temporary_password.as_ref())?;
    let destinations = destinations(&user, media)?;
    let current = store::users::credentials(&mut app.db.read().await?, &pool.id, &user.id).await?;
    let credentials = password::credentials(
        app,
        context,
        pool,
        &user.id,
        &user.username,
        &temporary,
        current.as_ref(),
    )
    .await?;
    let mut tx = app.db.begin().await?;
    if !password::set(&mut tx, &user, current.as_ref(), &credentials, context.now).await? {
        return refuse(Failure::CannotResendInvitation);
    }
    let messages = send(
        app,
        context,
        &mut tx,
        pool,
        &user,
        &destinations,
        &temporary,
    )
    .await?;
    tx.commit().await?;
    hand_over(app, messages);
    Ok(User {
        modified_at: context.now,
        ..user
    })
}
