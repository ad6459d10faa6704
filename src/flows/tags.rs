//! Tags of user pools by the pools' ARNs (administration 5). They are the `UserPoolTags` of the settings.

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::tags::{self, PoolArn, Tags};
use crate::flows::{Result, lookup, refuse, user_pools};

/// Adds tags to a pool's.
///
/// # Errors
/// [`Failure::NotAPool`], [`Failure::PoolNotFound`], what [`tags::add`] refuses.
pub async fn add(app: &App, context: &RequestContext, arn: &str, given: Tags) -> Result<()> {
    let pool_id = pool_id(app, context, arn)?;
    user_pools::change(app, context, pool_id, |pool| {
        tags::add(&mut pool.settings.tags, given).map_err(Failure::Setting)
    })
    .await
}

/// Takes the tags with these keys away, as far as they are there.
///
/// # Errors
/// [`Failure::NotAPool`], [`Failure::PoolNotFound`].
pub async fn remove(app: &App, context: &RequestContext, arn: &str, keys: &[String]) -> Result<()> {
    let pool_id = pool_id(app, context, arn)?;
    user_pools::change(app, context, pool_id, |pool| {
        for key in keys {
            pool.settings.tags.remove(key);
        }
        Ok(())
    })
    .await
}

/// All tags of a pool.
///
/// # Errors
/// [`Failure::NotAPool`], [`Failure::PoolNotFound`].
pub async fn list(app: &App, context: &RequestContext, arn: &str) -> Result<Tags> {
    let pool_id = pool_id(app, context, arn)?;
    let pool = lookup::pool(app, context, pool_id).await?;
    Ok(pool.settings.tags.clone())
}

/// The id of the pool that the ARN names, which is one of this server's account and of the request's region.
fn pool_id<'a>(app: &App, context: &RequestContext, arn: &'a str) -> Result<&'a str> {
    let Some(named) = PoolArn::read(arn) else {
        return refuse(Failure::NotAPool(arn.to_owned()));
    };
    let account = &app.config.server.account_id;
    if named.region != context.region.as_str() || named.account != account {
        return refuse(Failure::PoolNotFound(named.pool_id.to_owned()));
    }
    Ok(named.pool_id)
}
