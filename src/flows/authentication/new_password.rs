//! Answering the challenge to replace a temporary password.

use secrecy::SecretString;

use super::challenge_session::{ChallengeKind, ChallengeState, resume};
use super::outcome::Outcome;
use super::sign_in_triggers;
use super::standing::Standing;
use super::step;
use super::tokens;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::Contact;
use crate::domain::attribute_update::{self, AttributeInput};
use crate::domain::auth_event::EventKind;
use crate::domain::failure::Failure;
use crate::domain::grant::{ClaimOverrides, Grant};
use crate::domain::risk_configuration::PasswordEvent;
use crate::domain::session::Session;
use crate::domain::sign_in::{self, Next, Proven};
use crate::domain::user::{Credentials, User, UserStatus};
use crate::domain::user_update::UserUpdate;
use crate::flows::devices::sign_in::SignInDevice;
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::notices::Notices;
use crate::flows::passwords::credentials;
use crate::flows::sign_up::confirm;
use crate::flows::update_user::{self, EndedSessions, NewCredentials};
use crate::flows::{Result, refuse, retry, risk_rules, turn};
use crate::store;

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
    /// The key of the device, if the answer names one.
    pub device_key: Option<String>,
}

/// NEW_PASSWORD_REQUIRED: sets the password and the attributes, confirms the user and signs in, all
/// or nothing, unless another challenge follows or a function of the pool. A refused answer leaves the session usable.
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
    let (state, user, current) = waiting(app, context, client_context, answer).await?;
    let confirmed = completed(client_context, answer, &user)?;
    let device_key = answer.device_key.as_deref();
    let device = SignInDevice::find(app, pool, &confirmed, device_key).await?;
    credentials::check_new(app, pool, &answer.password).await?;
    let of = (pool.as_ref(), client_context.client.as_ref());
    let event = PasswordEvent::PasswordChange;
    risk_rules::check_new_password(app, context, of, event, &answer.password).await?;
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
        session: tokens::new_session(
            app,
            context,
            client_context,
            state.proven,
            device.session_key(),
        ),
        device: &device,
    };
    let completed = retry!(complete(app, context, client_context, answer, &completion))?;
    let Completed {
        grant,
        refresh,
        notices,
    } = completed;
    notices.dispatch(app);
    let Some(refresh) = refresh else {
        // As it was written, since what follows is written on the condition of its version.
        let mut conn = app.db.read().await?;
        let written = store::users::find(&mut conn, &pool.id, &user.id).await?;
        drop(conn);
        let Some(user) = written else {
            return refuse(Failure::InvalidSession);
        };
        let proven = Proven {
            new_password: true,
            ..state.proven
        };
        let standing = Standing {
            device_key: answer.device_key.clone(),
            ..Standing::first(user, grant.groups, proven)
        };
        let of = (client_context, &requester);
        return step::take(app, context, of, Some(&derived), standing).await;
    };
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

/// The challenge, the user that has to answer it, and the temporary password.
async fn waiting(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    answer: &NewPassword,
) -> Result<(ChallengeState, User, Credentials)> {
    let kind = ChallengeKind::NewPassword;
    let (session, name) = (answer.session.as_str(), Some(answer.name.as_str()));
    let resumed = resume(app, context, client_context, kind, session, name).await?;
    match resumed.credentials {
        Some(current) if resumed.user.status == UserStatus::ForceChangePassword => {
            Ok((resumed.state, resumed.user, current))
        }
        _ => refuse(Failure::InvalidSession),
    }
}

struct Completion<'a> {
    state: &'a ChallengeState,
    current: &'a Credentials,
    derived: &'a Credentials,
    session: Session,
    device: &'a SignInDevice,
}

/// What the answer has brought about.
struct Completed {
    grant: Grant,
    /// The refresh token of the session that was opened; `None` if another challenge, or a function, comes first.
    refresh: Option<SecretString>,
    /// What the user is told.
    notices: Notices,
}

/// Writes the password and attributes of the answer, and opens the session if nothing else is to be proven.
async fn complete(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    answer: &NewPassword,
    completion: &Completion<'_>,
) -> Result<Completed> {
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
        recorded_as: EventKind::PasswordChange,
        credentials: completion.derived,
        raises_version: false,
        ends: EndedSessions::None,
    };
    let grant = Grant {
        user: update.after.clone(),
        groups,
        session: completion.session.clone(),
        new_device: completion.device.issued(),
        overrides: ClaimOverrides::default(),
        origin_id: None,
    };

    let mut tx = app.db.begin().await?;
    let changed =
        update_user::write_with_credentials(app, context, &mut tx, pool, &update, new).await?;
    state.spend(&mut tx).await?;
    let set_at = Some(completion.derived.set_at);
    let next = sign_in::next(
        &pool.settings,
        &grant.user,
        set_at,
        state.proven,
        completion.device.named(false),
        context.now,
    )?;
    // Functions are called while no transaction is open, and may refuse the tokens of a password that is set.
    let ends = next == Next::Tokens && !context.at_domain;
    let opens = ends && !sign_in_triggers::follow_sign_in(pool);
    let (refresh, told) = if opens {
        let opened =
            tokens::open_session(app, context, &mut tx, client_context, &grant, state.proven)
                .await?;
        (Some(opened.0), opened.1)
    } else {
        (None, Notices::default())
    };
    tx.commit().await?;
    let notices = changed.and(told);
    Ok(Completed {
        grant,
        refresh,
        notices,
    })
}
