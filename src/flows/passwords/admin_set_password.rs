//! Passwords that administrators set.

use secrecy::SecretString;

use super::credentials as password;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::flows::{Result, limits, lookup, refuse};
use crate::store;

/// AdminSetUserPassword: a permanent password confirms the user, another one has to be replaced at
/// the next sign-in.
///
/// # Errors
/// What sections 3.1 (policy) and 3.5 of the behaviour page list.
pub async fn set_password(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    password: &SecretString,
    permanent: bool,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    let user = lookup::by_any_name(&mut app.db.read().await?, &pool, name).await?;
    password::check_policy(&pool, password)?;
    let current = store::users::credentials(&mut app.db.read().await?, &pool.id, &user.id).await?;
    let history = current.iter().flat_map(Credentials::newest_first);
    password::check_history(app, &pool, history, password).await?;
    let credentials = password::credentials(
        app,
        context,
        &pool,
        &user.id,
        &user.username,
        password,
        current.as_ref(),
    )
    .await?;
    let status = if permanent {
        UserStatus::Confirmed
    } else {
        UserStatus::ForceChangePassword
    };
    let after = User { status, ..user };
    let mut tx = app.db.begin().await?;
    if !password::set(&mut tx, &after, None, &credentials, context.now).await? {
        return refuse(Failure::UserNotFound);
    }
    tx.commit().await?;
    limits::clear_wrong_passwords(app, &pool.id, &after.id).await
}
