//! Changing a password, by a user that is signed in (behaviour 3.5).

use secrecy::SecretString;

use super::credentials as password;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::user::{Credentials, User};
use crate::flows::authentication::authorize;
use crate::flows::limits::{self, Limit};
use crate::flows::{Result, refuse};
use crate::store;

/// ChangePassword, by a user that is signed in. Tokens stay valid.
///
/// # Errors
/// What sections 1.6, 3.1 (policy), 3.5 and 3.7 of the behaviour page list.
pub async fn change_password(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    previous: Option<&SecretString>,
    proposed: &SecretString,
) -> Result<()> {
    let by = authorize::authorize(app, context, token).await?;
    let (pool, user) = (&by.pool, &by.user);
    password::check_policy(pool, proposed)?;
    limits::count(app, context, &pool.id, Limit::ChangePassword, &user.id).await?;
    limits::check_lockout(app, context, &pool.id, &user.id).await?;
    let Some(current) = current_password(app, user, previous).await? else {
        return limits::refuse_wrong_password(app, context, &pool.id, &user.id).await;
    };
    if limits::check_lockout(app, context, &pool.id, &user.id).await? {
        limits::clear_wrong_passwords(app, &pool.id, &user.id).await?;
    }
    let history = current.iter().flat_map(Credentials::newest_first);
    password::check_history(app, pool, history, proposed).await?;
    let credentials = password::credentials(
        app,
        context,
        pool,
        &user.id,
        &user.username,
        proposed,
        current.as_ref(),
    )
    .await?;
    let mut tx = app.db.begin().await?;
    if !password::set(&mut tx, user, current.as_ref(), &credentials, context.now).await? {
        return refuse(Failure::WrongCredentials);
    }
    Ok(tx.commit().await?)
}

/// The credentials that `previous` proves; `Some(None)` for a user that has no password and gives
/// none (behaviour 3.5).
async fn current_password(
    app: &App,
    user: &User,
    previous: Option<&SecretString>,
) -> Result<Option<Option<Credentials>>> {
    let current =
        store::users::credentials(&mut app.db.read().await?, &user.pool_id, &user.id).await?;
    let Some(previous) = previous else {
        return Ok(current.is_none().then_some(None));
    };
    let known = current.map(|credentials| (user.clone(), credentials));
    let right = password::is_right(app, known.as_ref(), previous).await?;
    Ok(right.then(|| known.map(|(_, credentials)| credentials)))
}
