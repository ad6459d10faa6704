//! Tracking of users' sessions, where the pool has that (administration 10.1): what a sign-in and a refresh write
//! down, the lists, the revocation of one session, and the configuration.

use secrecy::SecretString;

use super::auth_events::{self, Subject};
use super::authentication::authorize;
use super::users::accounts;
use super::{Result, pagination, refuse, retry, user_pool_clients, user_pools};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AppClient;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::failure::Failure;
use crate::domain::session_tracking::{SessionTracking, TrackedSession, TrackingFault};
use crate::domain::tier::Feature;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::store::tracked_sessions::{ListedTokens, Place};
use crate::store::{self, Conn};

/// The most sessions in one page of a list (documented by AWS).
const PAGE: i32 = 125;

/// Sessions as a list answers them.
pub struct Listed {
    /// The sessions, in the order in which they began.
    pub sessions: Vec<TrackedSession>,
    /// The session that the caller belongs to, as its tokens name it; `None` for an administrator.
    pub current: Option<String>,
    /// The token of the next page.
    pub next_token: Option<String>,
}

async fn list(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user: &User,
    page_token: Option<&str>,
) -> Result<(Vec<TrackedSession>, Option<String>)> {
    let list = ["ListUserSessions", pool.id.as_str(), user.id.as_str()];
    let after: Option<Place> = pagination::decode_token(&app.vault, &list, page_token)?;
    if !pool.settings.session_tracking().enabled {
        return Ok((Vec::new(), None));
    }
    let mut conn = app.db.read().await?;
    let limit = i64::from(PAGE) + 1;
    let page = store::tracked_sessions::page;
    let sessions = page(
        &mut conn,
        &pool.id,
        &user.id,
        after.as_ref(),
        limit,
        context.now,
    )
    .await?;
    let behind = |session: &TrackedSession| -> Place {
        (session.created_at.millis(), session.listed_id.clone())
    };
    pagination::paginate(&app.vault, &list, sessions, PAGE, behind)
}

/// ListUserSessions: the caller's sessions at all app clients; none where the pool does not track them.
///
/// # Errors
/// What behaviour 1.6 lists, [`Failure::InvalidPageToken`].
pub async fn list_own(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    page_token: Option<&str>,
) -> Result<Listed> {
    let caller = authorize::authorize(app, context, token).await?;
    let (sessions, next_token) = list(app, context, &caller.pool, &caller.user, page_token).await?;
    Ok(Listed {
        sessions,
        current: Some(caller.session_id),
        next_token,
    })
}

/// AdminListUserSessions.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`], [`Failure::InvalidPageToken`].
pub async fn list_of(
    app: &App,
    context: &RequestContext,
    (pool_id, name): (&str, &str),
    page_token: Option<&str>,
) -> Result<Listed> {
    let (pool, user) = accounts::find(app, context, pool_id, name).await?;
    let (sessions, next_token) = list(app, context, &pool, &user, page_token).await?;
    Ok(Listed {
        sessions,
        current: None,
        next_token,
    })
}

/// What is revoked.
#[derive(Clone, Copy)]
pub struct Revoked<'a> {
    /// The id that the session is listed by.
    pub listed_id: &'a str,
    /// Whether all sessions end that are joined to it by the browser's sign-in that they come from, and that too.
    pub with_linked: bool,
}

/// RevokeUserSession: ends another session of the caller.
///
/// # Errors
/// What behaviour 1.6 lists, [`TrackingFault::NotFound`], [`TrackingFault::Current`].
pub async fn revoke_own(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    revoked: Revoked<'_>,
) -> Result<()> {
    let caller = authorize::authorize(app, context, token).await?;
    let current = Some(caller.session_id.as_str());
    revoke(app, context, (&caller.pool, &caller.user), revoked, current).await
}

/// AdminRevokeUserSession: ends a session of the user.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`], [`TrackingFault::NotFound`].
pub async fn revoke_of(
    app: &App,
    context: &RequestContext,
    (pool_id, name): (&str, &str),
    revoked: Revoked<'_>,
) -> Result<()> {
    let (pool, user) = accounts::find(app, context, pool_id, name).await?;
    revoke(app, context, (&pool, &user), revoked, None).await
}

/// Ends the session, as GlobalSignOut ends all. The session `current` cannot be ended.
async fn revoke(
    app: &App,
    context: &RequestContext,
    of: (&UserPool, &User),
    revoked: Revoked<'_>,
    current: Option<&str>,
) -> Result<()> {
    retry!(try_revoke(app, context, of, revoked, current))
}

async fn try_revoke(
    app: &App,
    context: &RequestContext,
    (pool, user): (&UserPool, &User),
    revoked: Revoked<'_>,
    current: Option<&str>,
) -> Result<()> {
    if !pool.settings.session_tracking().enabled {
        return refuse(Failure::Tracking(TrackingFault::NotFound));
    }
    let (pool_id, user_id, now) = (pool.id.as_str(), user.id.as_str(), context.now);
    let mut tx = app.db.begin().await?;
    let id = revoked.listed_id;
    let found = store::tracked_sessions::find(&mut tx, pool_id, user_id, id, now).await?;
    let browser = store::tracked_sessions::find_browser(&mut tx, pool_id, user_id, id, now).await?;
    if found.is_none() && browser.is_none() {
        return refuse(Failure::Tracking(TrackingFault::NotFound));
    }
    let origin = match &found {
        Some(tokens) => tokens.origin_id.as_deref(),
        None => Some(id),
    };
    let is_current = |tokens: &ListedTokens| current == Some(tokens.session_id.as_str());
    if found.as_ref().is_some_and(is_current) {
        return refuse(Failure::Tracking(TrackingFault::Current));
    }
    if let Some(origin) = origin.filter(|_| revoked.with_linked) {
        let ended = end_linked(context, &mut tx, (pool_id, user_id), origin).await?;
        if ended.iter().any(is_current) {
            return refuse(Failure::Tracking(TrackingFault::Current));
        }
    } else if let Some(tokens) = &found {
        store::sessions::revoke(&mut tx, pool_id, user_id, &tokens.session_id, now).await?;
    } else if let Some(hash) = &browser {
        store::browser_sessions::delete(&mut tx, pool_id, hash).await?;
    }
    let of = (Subject::user(pool_id, user_id), None);
    let what = (EventKind::Revocation, Outcome::Pass);
    auth_events::record(app, context, &mut tx, of, what).await?;
    Ok(tx.commit().await?)
}

/// Ends, in the caller's transaction, the browser's sign-in that is listed by `origin`, or was, and the sessions of tokens
/// that come from it, which are returned. Codes that nobody has exchanged yet end with it, whatever sign-in of the user
/// they are from.
///
/// # Errors
/// If the store fails.
async fn end_linked(
    context: &RequestContext,
    conn: &mut Conn,
    (pool_id, user_id): (&str, &str),
    origin: &str,
) -> Result<Vec<ListedTokens>> {
    let now = context.now;
    // In the order in which a code or tokens are made: the sign-in, its codes, the user, its sessions.
    let browser = store::tracked_sessions::find_browser(conn, pool_id, user_id, origin, now);
    if let Some(hash) = browser.await? {
        store::browser_sessions::delete(conn, pool_id, &hash).await?;
    }
    store::authorization_codes::delete_unused_of_user(conn, pool_id, user_id).await?;
    store::sessions::hold_off(conn, pool_id, user_id).await?;
    let tokens = store::tracked_sessions::of_origin(conn, pool_id, user_id, origin, now).await?;
    for tokens in &tokens {
        store::sessions::revoke(conn, pool_id, user_id, &tokens.session_id, now).await?;
    }
    Ok(tokens)
}

/// Ends what is joined to a session of tokens that ends, in the caller's transaction: the browser's sign-in that it comes
/// from, if that is tracked, and all that come from that. Returns whether a session of tokens has ended.
///
/// # Errors
/// If the store fails.
pub async fn end_linked_to(
    context: &RequestContext,
    conn: &mut Conn,
    (pool_id, user_id): (&str, &str),
    session_id: &str,
) -> Result<bool> {
    let origin = store::tracked_sessions::origin_of(conn, pool_id, user_id, session_id).await?;
    let Some(origin) = origin else {
        return Ok(false);
    };
    let ended = end_linked(context, conn, (pool_id, user_id), &origin).await?;
    Ok(!ended.is_empty())
}

/// SetUserPoolSessionConfiguration.
///
/// # Errors
/// [`Failure::PoolNotFound`], or if the database fails.
pub async fn configure_pool(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    tracking: SessionTracking,
) -> Result<()> {
    user_pools::change(app, context, pool_id, |pool| {
        user_pools::check_feature(app, &pool.settings, Feature::SessionTracking)?;
        pool.settings.session_tracking = Some(tracking);
        Ok(())
    })
    .await
}

/// SetUserPoolClientSessionConfiguration.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`TrackingFault::Off`], or if the database fails.
pub async fn configure_client(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, &str),
    sso_session_minutes: i32,
) -> Result<AppClient> {
    user_pool_clients::change(app, context, (pool_id, client_id), |pool, client| {
        if !pool.settings.session_tracking().enabled {
            return Err(Failure::Tracking(TrackingFault::Off));
        }
        client.settings.sso_session_minutes = Some(sso_session_minutes);
        Ok(())
    })
    .await
}
