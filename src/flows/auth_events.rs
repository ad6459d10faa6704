//! Recording what happens to users' accounts, in the transaction that makes it so or beside the refusal.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::pagination::{self, Page};
use super::{Error, Result, lookup, refuse, turn};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::domain::app_client::AppClient;
use crate::domain::auth_event::{
    AuthEvent, ChallengeAnswer, EventKind, Feedback, FeedbackProvider, FeedbackValue, Outcome,
};
use crate::domain::failure::Failure;
use crate::domain::feedback_fault::FeedbackFault;
use crate::domain::sign_in_settings::ThreatProtectionMode;
use crate::domain::user_pool::UserPool;
use crate::store::auth_events::Place;
use crate::store::{self, Conn};

/// The most characters of a `User-Agent` that are kept.
const LONGEST_USER_AGENT: usize = 512;
const DAY_SECONDS: i64 = 86_400;
/// The days that an event of a name that nobody has is kept at most: it is there so that the refusal costs as much as
/// that of a user.
const NOBODYS_DAYS: u32 = 1;

/// The user that an event is of.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The pool.
    pub pool_id: &'a str,
    /// The user's id, or what stands for it ([`Subject::is_nobody`]).
    pub user_id: &'a str,
    /// Whether there is no such user.
    pub is_nobody: bool,
}

impl<'a> Subject<'a> {
    /// A user.
    #[must_use]
    pub const fn user(pool_id: &'a str, user_id: &'a str) -> Self {
        Self {
            pool_id,
            user_id,
            is_nobody: false,
        }
    }
}

/// Records an event in the caller's transaction, unless the configuration keeps none.
///
/// # Errors
/// If the store fails.
pub async fn record(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    (subject, client): (Subject<'_>, Option<&AppClient>),
    (kind, outcome): (EventKind, Outcome),
) -> Result<()> {
    let event_id = app.entropy.uuid().to_string();
    let event = new(context, client, event_id, (kind, outcome), Vec::new());
    insert(app, context, conn, subject, &event).await
}

/// [`record`] of a sign-in, with what was answered in it. One that passed has the request's id, which is the
/// `event_id` of its tokens.
///
/// # Errors
/// If the store fails.
pub async fn record_sign_in(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    (subject, client): (Subject<'_>, Option<&AppClient>),
    outcome: Outcome,
    challenges: Vec<ChallengeAnswer>,
) -> Result<()> {
    let event_id = match outcome {
        Outcome::Pass => context.request_id.to_string(),
        Outcome::Fail => app.entropy.uuid().to_string(),
    };
    let what = (EventKind::SignIn, outcome);
    let event = new(context, client, event_id, what, challenges);
    insert(app, context, conn, subject, &event).await
}

fn new(
    context: &RequestContext,
    client: Option<&AppClient>,
    event_id: String,
    (kind, outcome): (EventKind, Outcome),
    challenges: Vec<ChallengeAnswer>,
) -> AuthEvent {
    let agent = context.user_agent.as_deref();
    AuthEvent {
        event_id,
        kind,
        outcome,
        challenges,
        client_id: client.map(|client| client.id.clone()),
        source_address: turn::address(context, client),
        user_agent: agent.map(|agent| agent.chars().take(LONGEST_USER_AGENT).collect()),
        request_id: context.request_id.to_string(),
        occurred_at: context.now,
        feedback: None,
    }
}

async fn insert(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    subject: Subject<'_>,
    event: &AuthEvent,
) -> Result<()> {
    let days = app.config.events.retention_days;
    if days == 0 {
        return Ok(());
    }
    let days = if subject.is_nobody {
        days.min(NOBODYS_DAYS)
    } else {
        days
    };
    let expires_at = context.now.plus_seconds(i64::from(days) * DAY_SECONDS);
    let (pool_id, user_id) = (subject.pool_id, subject.user_id);
    store::auth_events::insert(conn, pool_id, user_id, event, expires_at).await?;
    Ok(())
}

/// The token by which the user says, without signing in, whose a sign-in was.
#[must_use]
pub fn feedback_token(app: &App, pool_id: &str, user_id: &str, event_id: &str) -> String {
    let parts = [pool_id, user_id, event_id].map(str::as_bytes);
    let hash = app.vault.keyed_hash(KeyPurpose::EventFeedback, &parts);
    URL_SAFE_NO_PAD.encode(hash)
}

fn is_feedback_token(app: &App, parts: [&str; 3], given: &str) -> bool {
    let parts = parts.map(str::as_bytes);
    URL_SAFE_NO_PAD.decode(given).is_ok_and(|hash| {
        app.vault
            .verify_keyed_hash(KeyPurpose::EventFeedback, &parts, &hash)
    })
}

/// UpdateAuthEventFeedback: the user says whose a sign-in was, by the token of the message that told of it.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`FeedbackFault`].
pub async fn update_feedback(
    app: &App,
    context: &RequestContext,
    (pool_id, name): (&str, &str),
    (event_id, token): (&str, &str),
    value: FeedbackValue,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    check_add_ons(&pool)?;
    // No app client says whether users are hidden, so that they always are: nobody's name has a wrong token.
    let user = match lookup::by_any_name(&mut app.db.read().await?, &pool, name).await {
        Ok(user) => Some(user),
        Err(Error::Refused(Failure::UserNotFound)) => None,
        Err(error) => return Err(error),
    };
    let subject = user.as_ref().map_or(name, |user| &user.id);
    let is_right = is_feedback_token(app, [&pool.id, subject, event_id], token);
    let Some(user) = user.filter(|_| is_right) else {
        return refuse(Failure::Feedback(FeedbackFault::WrongToken));
    };
    let said = (event_id, value, FeedbackProvider::User);
    set_feedback(app, context, (&pool.id, &user.id), said).await
}

/// AdminUpdateAuthEventFeedback: an administrator says whose a sign-in was.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`], [`FeedbackFault`].
pub async fn update_feedback_by_admin(
    app: &App,
    context: &RequestContext,
    (pool_id, name): (&str, &str),
    event_id: &str,
    value: FeedbackValue,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    check_add_ons(&pool)?;
    let user = lookup::by_any_name(&mut app.db.read().await?, &pool, name).await?;
    let said = (event_id, value, FeedbackProvider::Administrator);
    set_feedback(app, context, (&pool.id, &user.id), said).await
}

/// AdminListUserAuthEvents: up to `limit` of the user's events that the interface has names for, the newest first.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`FeedbackFault::AddOnsOff`], [`Failure::UserNotFound`],
/// [`Failure::InvalidPageToken`].
pub async fn list(
    app: &App,
    context: &RequestContext,
    (pool_id, name): (&str, &str),
    limit: i32,
    token: Option<&str>,
) -> Result<Page<AuthEvent>> {
    let pool = lookup::pool(app, context, pool_id).await?;
    check_add_ons(&pool)?;
    let user = lookup::by_any_name(&mut app.db.read().await?, &pool, name).await?;
    let (pool_id, user_id) = (pool.id.as_str(), user.id.as_str());
    let read = async |before: Option<Place>, limit| {
        let mut conn = app.db.read().await?;
        Ok(store::auth_events::page(&mut conn, pool_id, user_id, before.as_ref(), limit).await?)
    };
    let behind = |event: &AuthEvent| (event.occurred_at.millis(), event.event_id.clone());
    let list = ["AdminListUserAuthEvents", pool_id, user_id];
    pagination::page(&app.vault, &list, limit, token, read, behind).await
}

async fn set_feedback(
    app: &App,
    context: &RequestContext,
    (pool_id, user_id): (&str, &str),
    (event_id, value, provider): (&str, FeedbackValue, FeedbackProvider),
) -> Result<()> {
    let feedback = Feedback {
        value,
        provider,
        at: context.now.millis(),
    };
    let mut conn = app.db.write().await?;
    if store::auth_events::set_feedback(&mut conn, pool_id, user_id, event_id, &feedback).await? {
        return Ok(());
    }
    refuse(Failure::Feedback(FeedbackFault::EventNotFound))
}

fn check_add_ons(pool: &UserPool) -> Result<()> {
    let protection = pool.settings.threat_protection.unwrap_or_default();
    if protection.mode == ThreatProtectionMode::Off {
        return refuse(Failure::Feedback(FeedbackFault::AddOnsOff));
    }
    Ok(())
}
