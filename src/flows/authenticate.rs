//! Signing in by password, and what every way of signing in ends with.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::lookup::Entry;
use super::tokens::{self, Tokens};
use super::{Result, limits, lookup, password, refuse};
use crate::app::App;
use crate::crypto::tokens::seal_session;
use crate::domain::app_client::AuthFlow;
use crate::domain::attribute::Attributes;
use crate::domain::change;
use crate::domain::failure::{Failure, Flow};
use crate::domain::group::Group;
use crate::domain::permissions::may_read;
use crate::domain::time::Timestamp;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::store::sign_in::Found;

const DAY_SECONDS: i64 = 86_400;

/// What signing in comes to.
pub enum Outcome {
    /// The user is in.
    SignedIn(Tokens),
    /// The user has to prove its password by SRP.
    PasswordVerifier(super::srp::Challenge),
    /// The user has to replace its temporary password.
    NewPasswordRequired(NewPasswordRequired),
}

/// A challenge to replace a temporary password.
pub struct NewPasswordRequired {
    /// What the answer must bring back.
    pub session: String,
    /// The real username.
    pub username: String,
    /// Required attributes that the user does not have.
    pub required: Vec<String>,
    /// The user's attributes that the client may read, without `sub`.
    pub attributes: Attributes,
}

/// The state of a challenge, sealed in a client's hands.
#[derive(Serialize, Deserialize)]
pub(super) struct ChallengeState {
    /// What makes it spendable once.
    pub id: Uuid,
    /// The pool.
    pub pool: String,
    /// The client.
    pub client: String,
    /// The user.
    pub user: String,
    /// When the password that was proven was set; another one makes the challenge void.
    pub password_set_at: i64,
    /// The end of its life, in milliseconds.
    pub exp: i64,
}

/// Refuses a flow that the client does not allow.
///
/// # Errors
/// [`Failure::FlowNotEnabled`].
pub fn check_flow(entry: &Entry, flow: AuthFlow, refused: Flow) -> Result<()> {
    if entry.client.settings.allows(flow) {
        Ok(())
    } else {
        refuse(Failure::FlowNotEnabled(refused))
    }
}

/// USER_PASSWORD_AUTH.
///
/// # Errors
/// What sections 3.6, 3.7 and 5.2 of the behaviour page list.
pub async fn by_password(
    app: &App,
    entry: &Entry,
    name: &str,
    password: &SecretString,
    request_id: Uuid,
    now: Timestamp,
) -> Result<Outcome> {
    let pool = &entry.pool;
    let found = lookup::for_sign_in(app, pool, name).await?;
    let user = found.as_ref().map(|found| &found.user);
    refuse_without_password(entry, user)?;
    let subject = lookup::subject(app, pool, name, user);
    limits::check_lockout(app, &pool.id, &subject, now).await?;
    let known = found.and_then(Found::with_password);
    let right = password::is_right(app, known.as_ref(), password).await?;
    let (true, Some((user, credentials))) = (right, known) else {
        return limits::refuse_wrong_password(app, &pool.id, &subject, now).await;
    };
    after_password(app, entry, user, &credentials, request_id, now).await
}

/// What is said before a password is looked at: that there is no such user, where the client does
/// not hide it, and that the password must be reset first (behaviour 3.5, 3.6).
///
/// # Errors
/// [`Failure::UserNotFound`], [`Failure::PasswordResetRequired`].
pub(super) fn refuse_without_password(entry: &Entry, user: Option<&User>) -> Result<()> {
    if entry.client.settings.hides_users() {
        return Ok(());
    }
    match user {
        None => refuse(Failure::UserNotFound),
        Some(user) if user.status == UserStatus::ResetRequired => {
            refuse(Failure::PasswordResetRequired)
        }
        Some(_) => Ok(()),
    }
}

/// What follows a right password: the lock-out once more, the user's state, then a challenge or
/// the tokens.
///
/// # Errors
/// What the user's state forbids.
pub(super) async fn after_password(
    app: &App,
    entry: &Entry,
    user: User,
    credentials: &Credentials,
    request_id: Uuid,
    now: Timestamp,
) -> Result<Outcome> {
    let groups = limits::after_right_password(app, &user, now).await?;
    if !user.enabled {
        return refuse(Failure::UserDisabled);
    }
    match user.status {
        UserStatus::Confirmed => Ok(Outcome::SignedIn(
            sign_in(app, entry, &user, credentials, &groups, request_id, now).await?,
        )),
        UserStatus::Unconfirmed => refuse(Failure::UserNotConfirmed),
        // Only reached where the client hides users: to it the password is simply wrong.
        UserStatus::ResetRequired => refuse(Failure::WrongCredentials),
        UserStatus::ForceChangePassword => {
            let days = entry
                .pool
                .settings
                .password_policy
                .temporary_password_validity_days;
            if credentials
                .set_at
                .plus_seconds(i64::from(days) * DAY_SECONDS)
                <= now
            {
                return refuse(Failure::TemporaryPasswordExpired);
            }
            let schema = &entry.pool.settings.schema;
            let state = ChallengeState {
                id: app.entropy.uuid(),
                pool: entry.pool.id.clone(),
                client: entry.client.id.clone(),
                user: user.id.clone(),
                password_set_at: credentials.set_at.millis(),
                exp: challenge_end(entry, now).millis(),
            };
            Ok(Outcome::NewPasswordRequired(NewPasswordRequired {
                session: seal_session(&app.vault, &state)?,
                required: change::missing_required(schema, &user.attributes),
                username: user.username,
                attributes: user
                    .attributes
                    .into_iter()
                    .filter(|(name, _)| may_read(&entry.client.settings, schema, name))
                    .collect(),
            }))
        }
    }
}

/// The end of a challenge that begins now (behaviour 5.5).
pub(super) fn challenge_end(entry: &Entry, now: Timestamp) -> Timestamp {
    now.plus_seconds(i64::from(entry.client.settings.auth_session_validity_minutes) * 60)
}

/// Opens a session and issues its tokens.
///
/// # Errors
/// [`Failure::WrongCredentials`] if user or password are no more what they were when the password
/// was checked.
async fn sign_in(
    app: &App,
    entry: &Entry,
    user: &User,
    credentials: &Credentials,
    groups: &[Group],
    request_id: Uuid,
    now: Timestamp,
) -> Result<Tokens> {
    let session = tokens::new_session(app, &entry.client, request_id, now);
    let (pool, client) = (&entry.pool, &entry.client);
    let mut issued = tokens::issue(app, pool, client, user, groups, &session, now).await?;
    let mut tx = app.db.begin().await?;
    let set_at = credentials.set_at;
    issued.refresh = Some(tokens::open_session(app, &mut tx, user, set_at, &session, now).await?);
    tx.commit().await?;
    Ok(issued)
}
