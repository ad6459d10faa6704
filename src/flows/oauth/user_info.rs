//! The userInfo endpoint (domain 4.1).

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::SUB;
use crate::domain::failure::Failure;
use crate::domain::oauth_scopes::shows_in_user_info;
use crate::domain::permissions::may_read;
use crate::domain::user_pool::UserPool;
use crate::flows::authentication::authorize::{self, AuthorizedToken, Purpose};
use crate::flows::{Result, refuse};

/// What the endpoint says of the user: names and values in order, `sub` first and `username` last.
///
/// # Errors
/// What behaviour 1.6 lists; [`Failure::AccessTokenScope`] if the token lacks `openid`,
/// [`Failure::InvalidAccessToken`] if it is of another pool.
pub async fn user_info(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    token: &SecretString,
) -> Result<Vec<(String, String)>> {
    let AuthorizedToken { authorized, scopes } =
        authorize::authorize_for(app, context, token, Purpose::UserInfo).await?;
    if authorized.pool.id != pool.id {
        return refuse(Failure::InvalidAccessToken);
    }
    let (settings, schema) = (&authorized.client.settings, &pool.settings.schema);
    let user = authorized.user;
    let is_shown = |name: &str| {
        name != SUB && may_read(settings, schema, name) && shows_in_user_info(&scopes, name)
    };
    let mut claims = vec![(SUB.to_owned(), user.id)];
    claims.extend(
        user.attributes
            .into_iter()
            .filter(|(name, _)| is_shown(name)),
    );
    claims.push(("username".to_owned(), user.username));
    Ok(claims)
}
