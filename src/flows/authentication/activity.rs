//! What a sign-in and a refresh write down of a session, where the pool tracks sessions (administration 10.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AppClient;
use crate::domain::grant::Grant;
use crate::domain::session_tracking::{Activity, TrackedKind, TrackedSession, device_type};
use crate::entropy::LOWER_ALPHANUMERIC;
use crate::flows::lookup::ClientContext;
use crate::flows::{Result, turn};
use crate::store::{Conn, tracked_sessions};

/// Random characters of the id that a session is listed by.
const LISTED_ID_LENGTH: usize = 25;

/// Who uses a session with this request.
pub(in crate::flows) fn of(context: &RequestContext, client: &AppClient) -> Activity {
    Activity {
        at: context.now,
        device_type: device_type(context.user_agent.as_deref()),
        address: turn::address(context, Some(client)),
    }
}

/// A session of this kind that begins now.
fn begun(
    app: &App,
    context: &RequestContext,
    client: &AppClient,
    kind: TrackedKind,
) -> TrackedSession {
    let random = app.entropy.text(LOWER_ALPHANUMERIC, LISTED_ID_LENGTH);
    TrackedSession {
        listed_id: format!("{}{random}", kind.id_prefix()),
        kind,
        client_id: client.id.clone(),
        created_at: context.now,
        last_activity: of(context, client),
    }
}

/// What is tracked of a browser's sign-in; `None` where the pool tracks nothing.
pub(super) fn of_browser(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
) -> Option<TrackedSession> {
    let tracking = client_context.pool.settings.session_tracking();
    let client = &client_context.client;
    tracking
        .enabled
        .then(|| begun(app, context, client, TrackedKind::Browser))
}

/// Tracks the grant's session, which was stored just before in the caller's transaction. Sessions that the user has
/// beyond the pool's limit end, those first that were not used for longest.
///
/// # Errors
/// If the store fails.
pub(super) async fn begin(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    client_context: &ClientContext,
    grant: &Grant,
) -> Result<()> {
    let tracking = client_context.pool.settings.session_tracking();
    if !tracking.enabled {
        return Ok(());
    }
    let session_id = &grant.session.id;
    let kind = TrackedKind::Tokens {
        session_id: session_id.clone(),
        origin_id: grant.origin_id.clone(),
    };
    let tracked = begun(app, context, &client_context.client, kind);
    let user = &grant.user;
    let of = (&tracked, session_id.as_str());
    let most = tracking.max_per_user;
    tracked_sessions::begin(conn, &user.pool_id, &user.id, of, most).await?;
    Ok(())
}

/// Writes down that the grant's session was refreshed.
///
/// # Errors
/// If the store fails.
pub(super) async fn refreshed(
    context: &RequestContext,
    conn: &mut Conn,
    client_context: &ClientContext,
    grant: &Grant,
) -> Result<()> {
    let (user, session) = (&grant.user, &grant.session);
    let activity = of(context, &client_context.client);
    let (pool_id, user_id) = (&user.pool_id, &user.id);
    tracked_sessions::record_activity(conn, pool_id, user_id, &session.id, &activity).await?;
    Ok(())
}
