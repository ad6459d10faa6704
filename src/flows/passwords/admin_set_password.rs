//! Passwords that administrators set.

use secrecy::SecretString;

use super::credentials;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::auth_event::EventKind;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::flows::limits::{Requester, Usage, lock_out, usage};
use crate::flows::update_user::{self, EndedSessions, NewCredentials};
use crate::flows::{Error, Result, lookup, retry, turn};
use crate::store;

/// AdminSetUserPassword: a permanent password confirms the user, another one has to be replaced at
/// the next sign-in. The user's sessions end, unless the configuration says otherwise.
///
/// # Errors
/// What behaviour 3.1 (policy) and 3.5 list.
pub async fn set_password(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    password: &SecretString,
    permanent: bool,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    retry!(try_set_password(
        app, context, &pool, name, password, permanent
    ))
}

/// Fails as stale, so that it is tried again, only if the password was replaced while this one was
/// being hashed.
async fn try_set_password(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    name: &str,
    password: &SecretString,
    permanent: bool,
) -> Result<()> {
    let user = lookup::by_any_name(&mut app.db.read().await?, pool, name).await?;
    credentials::check_new(app, pool, password).await?;
    let requester = Requester::administrator(app, context, pool, name, Some(&user));
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    let current = store::users::credentials(&mut app.db.read().await?, &pool.id, &user.id).await?;
    let turn = turn::of_request(context, &pool.id);
    let history = current.iter().flat_map(Credentials::newest_first);
    credentials::check_history(app, &turn, pool, &user.id, history, password).await?;
    let derived =
        credentials::derive(app, context, &turn, pool, &user, password, current.as_ref()).await?;
    let status = if permanent {
        UserStatus::Confirmed
    } else {
        UserStatus::ForceChangePassword
    };
    let change = Change {
        current: current.as_ref(),
        derived: &derived,
        status,
    };
    if !retry!(write(app, context, pool, &user.id, &change))? {
        return Err(Error::Stale);
    }
    lock_out::forgive_everywhere(app, &requester).await
}

struct Change<'a> {
    current: Option<&'a Credentials>,
    derived: &'a Credentials,
    status: UserStatus,
}

/// Writes the password; `false` if the user has another one meanwhile, or is deleted.
async fn write(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user_id: &str,
    change: &Change<'_>,
) -> Result<bool> {
    let unchanged = credentials::user_with_password(app, &pool.id, user_id, change.current).await?;
    let Some(before) = unchanged else {
        return Ok(false);
    };
    let after = User {
        status: change.status,
        ..before.clone()
    };
    let update = UserUpdate::new(&pool.settings, before, after);
    let new = NewCredentials {
        recorded_as: EventKind::PasswordChange,
        credentials: change.derived,
        raises_version: true,
        ends: EndedSessions::all_if(
            app.config
                .for_pool(&pool.id)
                .sessions
                .end_at_admin_set_password,
        ),
    };
    let mut tx = app.db.begin().await?;
    let notices =
        update_user::write_with_credentials(app, context, &mut tx, pool, &update, new).await?;
    tx.commit().await?;
    notices.dispatch(app);
    Ok(true)
}
