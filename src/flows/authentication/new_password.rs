//! Answering the challenge to replace a temporary password.

use secrecy::SecretString;

use super::outcome::{ChallengeState, Outcome};
use super::tokens;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::tokens::open_session;
use crate::domain::attribute::Contact;
use crate::domain::attribute_update::{self, AttributeInput};
use crate::domain::failure::Failure;
use crate::domain::grant::{ClaimOverrides, Grant};
use crate::domain::session::{Session, SignInMethod};
use crate::domain::time::Timestamp;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::domain::user_update::UserUpdate;
use crate::domain::username;
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::notices::Notices;
use crate::flows::passwords::credentials;
use crate::flows::sign_up::confirm;
use crate::flows::update_user::{self, EndedSessions, NewCredentials};
use crate::flows::{Result, lookup, refuse, retry, turn};
use crate::store;
use crate::store::sign_in::UserWithCredentials;

/// The answer.
pub struct NewPassword {
    /// The session of the challenge.
    pub session: String,
    /// The name that the answer gives.
    pub name: String,
    /// The new password, which may be the temporary one (behaviour 3.5).
    pub password: SecretString,
    /// Attributes that the challenge asked for.
    pub attributes: Vec<AttributeInput>,
}

/// NEW_PASSWORD_REQUIRED: sets the password and the attributes, confirms the user and signs in, all
/// or nothing. A refused answer leaves the session usable.
///
/// # Errors
/// What behaviour 2.4, 3.1 and 5.5 list.
pub async fn new_password(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    answer: &NewPassword,
) -> Result<Outcome> {
    let pool = &client_context.pool;
    let (state, user, current) =
        resume(app, context, client_context, &answer.session, &answer.name).await?;
    completed(client_context, answer, &user)?;
    credentials::check_new(app, pool, &answer.password).await?;
    let requester = Requester::at_client(
        app,
        context,
        pool,
        &client_context.client,
        &user.username,
        Some(&user),
    );
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    let turn = turn::of_user(turn::of_client(context, &client_context.client));
    let (password, former) = (&answer.password, current.former.iter());
    credentials::check_history(app, &turn, pool, &user.id, former, password).await?;
    let derived =
        credentials::derive(app, context, &turn, pool, &user, password, Some(&current)).await?;
    let client = &client_context.client;
    let completion = Completion {
        state: &state,
        current: &current,
        derived: &derived,
        session: tokens::new_session(app, context, client, SignInMethod::Password),
    };
    let (grant, refresh, notices) =
        retry!(complete(app, context, client_context, answer, &completion))?;
    notices.dispatch(app);
    let mut issued = tokens::issue(app, context, pool, client, &grant).await?;
    issued.refresh = Some(refresh);
    Ok(Outcome::SignedIn(issued))
}

/// The user as the answer makes it: confirmed, with the attributes that it brings. A contact among
/// them is unverified.
fn completed(client_context: &ClientContext, answer: &NewPassword, user: &User) -> Result<User> {
    let changes = attribute_update::validate_new_password_attributes(
        &client_context.pool.settings,
        &client_context.client.settings,
        &user.attributes,
        &answer.attributes,
    )?;
    let mut after = confirm::confirmed(user);
    after.attributes = attribute_update::apply(&user.attributes, &changes);
    for contact in Contact::ALL {
        if changes
            .iter()
            .any(|change| change.attribute() == contact.attribute())
        {
            after
                .attributes
                .insert(contact.verified_flag().to_owned(), "false".to_owned());
        }
    }
    Ok(after)
}

/// Opens the challenge that is sealed in `session`, and reads the user that has to answer it.
async fn resume(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    session: &str,
    name: &str,
) -> Result<(ChallengeState, User, Credentials)> {
    let pool = &client_context.pool;
    let Some(state) = open_session::<ChallengeState>(&app.vault, session)
        .filter(|state| state.pool == pool.id && state.client == client_context.client.id)
    else {
        return refuse(Failure::InvalidSession);
    };
    if Timestamp::from_millis(state.exp) <= context.now {
        return refuse(Failure::SessionExpired);
    }
    let mut conn = app.db.read().await?;
    let found = store::sign_in::find(&mut conn, &pool.id, &state.user).await?;
    // The store is asked whether the challenge was used only after the rows that an answer changes were
    // read: a request that sees those changes must also see that the challenge was used.
    if store::challenges::is_answered(&mut conn, &pool.id, &state.id.to_string()).await? {
        return refuse(Failure::SessionSpent);
    }
    let Some(UserWithCredentials { user, credentials }) = found else {
        return refuse(Failure::InvalidSession);
    };
    let key = |name: &str| username::key(&pool.settings, name);
    if key(name) != key(&user.username) {
        let named = lookup::by_sign_in_name(&mut conn, pool, name).await?;
        if named.is_none_or(|named| named.id != user.id) {
            return refuse(Failure::InvalidSession);
        }
    }
    if !user.enabled {
        return refuse(Failure::UserDisabled);
    }
    match credentials {
        Some(current)
            if user.status == UserStatus::ForceChangePassword
                && user.credentials_version == state.credentials_version =>
        {
            Ok((state, user, current))
        }
        _ => refuse(Failure::InvalidSession),
    }
}

struct Completion<'a> {
    state: &'a ChallengeState,
    current: &'a Credentials,
    derived: &'a Credentials,
    session: Session,
}

/// Writes the password and attributes of the answer and opens the session. Returns the grant, the
/// session's refresh token, and what the user is told.
async fn complete(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    answer: &NewPassword,
    completion: &Completion<'_>,
) -> Result<(Grant, SecretString, Notices)> {
    let pool = &client_context.pool;
    let state = completion.state;
    let (user_id, id) = (&state.user, state.id.to_string());
    let current = Some(completion.current);
    let found = credentials::user_with_password(app, &pool.id, user_id, current).await?;
    let waiting = |user: &User| user.status == UserStatus::ForceChangePassword;
    let Some(before) = found.filter(waiting) else {
        let mut conn = app.db.read().await?;
        let answered = store::challenges::is_answered(&mut conn, &pool.id, &id).await?;
        return refuse(if answered {
            Failure::SessionSpent
        } else {
            Failure::InvalidSession
        });
    };
    if !before.enabled {
        return refuse(Failure::UserDisabled);
    }
    let groups = store::groups::of_user(&mut app.db.read().await?, &pool.id, user_id).await?;
    let after = completed(client_context, answer, &before)?;
    let update = UserUpdate::new(&pool.settings, before, after);
    let new = NewCredentials {
        credentials: completion.derived,
        raises_version: false,
        ends: EndedSessions::None,
    };
    let grant = Grant {
        user: update.after.clone(),
        groups,
        session: completion.session.clone(),
        overrides: ClaimOverrides::default(),
    };

    let mut tx = app.db.begin().await?;
    let changed =
        update_user::write_with_credentials(app, context, &mut tx, pool, &update, new).await?;
    let end = Timestamp::from_millis(state.exp);
    if !store::challenges::mark_answered(&mut tx, &pool.id, &id, end).await? {
        return refuse(Failure::SessionSpent);
    }
    let (refresh, device) =
        tokens::open_session(app, context, &mut tx, client_context, &grant).await?;
    tx.commit().await?;
    Ok((grant, refresh, changed.and(device)))
}
