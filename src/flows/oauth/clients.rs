//! How an app client authenticates at the token endpoint and the revocation endpoint (domain 3.1).

use secrecy::{ExposeSecret, SecretString};

use super::{Result, refused_as};
use crate::app::App;
use crate::domain::oauth_fault::OAuthFault;
use crate::domain::user_pool::UserPool;
use crate::flows::lookup::{self, ClientContext};

/// The longest id that is looked up, as the service's model bounds it.
const MAX_ID_LENGTH: usize = 128;

/// What a request names an app client by, and proves it with.
#[derive(Default)]
pub struct ClientCredentials {
    /// The id.
    pub id: String,
    /// The secret.
    pub secret: Option<SecretString>,
}

/// The pool's app client that these are the credentials of.
///
/// # Errors
/// [`OAuthFault::InvalidClient`] if the pool has no such client, or the secret is missing or wrong.
pub async fn authenticate(
    app: &App,
    pool: &UserPool,
    credentials: &ClientCredentials,
) -> Result<ClientContext> {
    let fault = OAuthFault::InvalidClient;
    let Some(client_context) = find(app, pool, &credentials.id).await? else {
        return Err(fault.into());
    };
    let secret = credentials.secret.as_ref().map(ExposeSecret::expose_secret);
    let checked = lookup::check_client_secret(app, &client_context.client, secret);
    refused_as(checked, fault)?;
    Ok(client_context)
}

/// The pool's app client with this id.
///
/// # Errors
/// If the store fails.
pub async fn find(
    app: &App,
    pool: &UserPool,
    id: &str,
) -> crate::flows::Result<Option<ClientContext>> {
    // Other texts are not looked up: PostgreSQL refuses U+0000.
    let may_be_id = |byte: u8| byte.is_ascii_alphanumeric() || b"_+".contains(&byte);
    if id.is_empty() || id.len() > MAX_ID_LENGTH || !id.bytes().all(may_be_id) {
        return Ok(None);
    }
    let found = lookup::find_client(app, id).await?;
    Ok(found.filter(|found| found.pool.id == pool.id))
}
