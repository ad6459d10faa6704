//! Changing a password, by a user that is signed in (behaviour 3.5).

use secrecy::SecretString;

use super::credentials;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::Turn;
use crate::domain::auth_event::EventKind;
use crate::domain::failure::Failure;
use crate::domain::risk_configuration::PasswordEvent;
use crate::domain::user::{Credentials, User};
use crate::domain::user_update::UserUpdate;
use crate::flows::authentication::authorize::{self, Authorized};
use crate::flows::limits::lock_out::{self, Guess};
use crate::flows::limits::{Limit, Requester, budgets};
use crate::flows::update_user::{self, EndedSessions, NewCredentials};
use crate::flows::{Result, refuse, retry, risk_rules, turn};
use crate::store;

/// ChangePassword, by a user that is signed in. Tokens stay valid, unless the configuration says that all
/// other sessions end; the one that calls goes on in either case.
///
/// # Errors
/// What behaviour 1.6, 3.1 (policy), 3.5 and 3.7 list.
pub async fn change_password(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    previous: Option<&SecretString>,
    proposed: &SecretString,
) -> Result<()> {
    let caller = authorize::authorize(app, context, token).await?;
    let (pool, user) = (&caller.pool, &caller.user);
    let turn = turn::of_user(turn::of_request(context, &pool.id));
    credentials::check_new(app, pool, proposed).await?;
    let (of, event) = (
        (pool.as_ref(), caller.client.as_ref()),
        PasswordEvent::PasswordChange,
    );
    risk_rules::check_new_password(app, context, of, event, proposed).await?;
    let requester = Requester::at_client(
        app,
        context,
        pool,
        &caller.client,
        &user.username,
        Some(user),
    );
    budgets::count(app, context, &requester, Limit::ChangePassword).await?;
    lock_out::check_lockout(app, context, &requester, Guess::Password).await?;
    let Some(current) = current_password(app, &turn, user, previous).await? else {
        return lock_out::refuse_wrong_current_password(app, context, &requester).await;
    };
    if lock_out::check_lockout(app, context, &requester, Guess::Password).await? {
        lock_out::forgive(app, &requester, Guess::Password).await?;
    }
    let history = current.iter().flat_map(Credentials::newest_first);
    credentials::check_history(app, &turn, pool, &user.id, history, proposed).await?;
    let derived =
        credentials::derive(app, context, &turn, pool, user, proposed, current.as_ref()).await?;
    retry!(write(app, context, &caller, current.as_ref(), &derived))
}

/// Replaces `current` by `derived`. Where the change ends other sessions, sign-ins that have begun with the
/// former password end as well.
async fn write(
    app: &App,
    context: &RequestContext,
    caller: &Authorized,
    current: Option<&Credentials>,
    derived: &Credentials,
) -> Result<()> {
    let pool = &caller.pool;
    let unchanged =
        credentials::user_with_password(app, &pool.id, &caller.user.id, current).await?;
    let Some(user) = unchanged else {
        return refuse(Failure::WrongCredentials);
    };
    let update = UserUpdate::new(&pool.settings, user.clone(), user);
    let ends_sessions = app
        .config
        .for_pool(&pool.id)
        .sessions
        .end_at_change_password;
    let new = NewCredentials {
        recorded_as: EventKind::PasswordChange,
        credentials: derived,
        raises_version: ends_sessions,
        ends: if ends_sessions {
            EndedSessions::AllBut(&caller.session_id)
        } else {
            EndedSessions::None
        },
    };
    let mut tx = app.db.begin().await?;
    let notices =
        update_user::write_with_credentials(app, context, &mut tx, pool, &update, new).await?;
    tx.commit().await?;
    notices.dispatch(app);
    Ok(())
}

/// The credentials that `previous` proves; `Some(None)` for a user that has no password and gives
/// none (behaviour 3.5).
async fn current_password(
    app: &App,
    turn: &Turn,
    user: &User,
    previous: Option<&SecretString>,
) -> Result<Option<Option<Credentials>>> {
    let current =
        store::users::credentials(&mut app.db.read().await?, &user.pool_id, &user.id).await?;
    let Some(previous) = previous else {
        return Ok(current.is_none().then_some(None));
    };
    let known = current.map(|credentials| (user.clone(), credentials));
    let right = credentials::is_right(
        app,
        turn,
        (&user.pool_id, &user.username),
        known.as_ref(),
        previous,
    )
    .await?;
    Ok(right.then(|| known.map(|(_, credentials)| credentials)))
}
