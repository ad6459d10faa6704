//! Finding the pool, the client and the user that a request names.

use std::sync::Arc;

use secrecy::SecretString;

use super::{Result, refuse};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::secret_hash::{verify_client_secret, verify_secret_hash};
use crate::crypto::{KeyPurpose, simulated};
use crate::domain::app_client::AppClient;
use crate::domain::attribute::Contact;
use crate::domain::client_secret::ClientSecret;
use crate::domain::failure::Failure;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::domain::username;
use crate::store::sign_in::UserWithCredentials;
use crate::store::{self, Conn};

/// An app client with its pool: what an unsigned request begins with.
#[derive(Clone)]
pub struct ClientContext {
    /// The pool.
    pub pool: Arc<UserPool>,
    /// The client.
    pub client: Arc<AppClient>,
}

/// The members of a request that names a user without an access token.
pub struct ClientAndUsername {
    /// The app client.
    pub client_id: String,
    /// Its secret hash, where it has a secret.
    pub secret_hash: Option<String>,
    /// The name that the user signs in with.
    pub username: String,
}

/// The client and pool of such a request, and the user if there is one with that name.
///
/// # Errors
/// [`Failure::ClientNotFound`], [`Failure::SecretHashMissing`], [`Failure::SecretHashWrong`].
pub async fn resolve_user(
    app: &App,
    context: &RequestContext,
    request: &ClientAndUsername,
) -> Result<(ClientContext, Option<User>)> {
    let client_context = client_context(app, &request.client_id).await?;
    let hash = request.secret_hash.as_deref();
    check_caller(
        app,
        context,
        &client_context.client,
        (&request.username, hash),
    )?;
    let mut conn = app.db.read().await?;
    let user = by_sign_in_name(&mut conn, &client_context.pool, &request.username).await?;
    Ok((client_context, user))
}

/// The pool with this id in this region.
///
/// # Errors
/// [`Failure::PoolNotFound`].
pub async fn pool(app: &App, context: &RequestContext, pool_id: &str) -> Result<Arc<UserPool>> {
    let found = cached_pool(app, pool_id).await?;
    match found.filter(|pool| pool.region == context.region.as_str()) {
        Some(pool) => Ok(pool),
        None => refuse(Failure::PoolNotFound(pool_id.to_owned())),
    }
}

/// The pool with this id, in whatever region.
pub(super) async fn cached_pool(app: &App, pool_id: &str) -> Result<Option<Arc<UserPool>>> {
    let read =
        async || Result::Ok(store::user_pools::find(&mut app.db.read().await?, pool_id).await?);
    app.caches
        .pools
        .get_or(pool_id, app.clock.now(), read)
        .await
}

/// The client with this id, and its pool.
///
/// # Errors
/// [`Failure::ClientNotFound`].
pub async fn client_context(app: &App, client_id: &str) -> Result<ClientContext> {
    match find_client(app, client_id).await? {
        Some(found) => Ok(found),
        None => refuse(Failure::ClientNotFound(client_id.to_owned())),
    }
}

/// The client with this id, and its pool; `None` if there is none.
///
/// # Errors
/// If the store fails.
pub async fn find_client(app: &App, client_id: &str) -> Result<Option<ClientContext>> {
    let read = async || {
        let mut conn = app.db.read().await?;
        Result::Ok(store::user_pool_clients::find(&mut conn, client_id).await?)
    };
    let cached = app
        .caches
        .clients
        .get_or(client_id, app.clock.now(), read)
        .await?;
    if let Some(client) = cached
        && let Some(pool) = cached_pool(app, &client.pool_id).await?
    {
        return Ok(Some(ClientContext { pool, client }));
    }
    Ok(None)
}

/// The client's secrets, opened, the oldest first; none of a public client.
///
/// # Errors
/// If one cannot be opened, which means that the master key is not the one it was sealed under.
pub fn client_secrets(app: &App, client: &AppClient) -> Result<Vec<SecretString>> {
    let open = |secret: &ClientSecret| {
        let context = [client.pool_id.as_str(), client.id.as_str()];
        let opened = app
            .vault
            .open(KeyPurpose::ClientSecret, &context, &secret.sealed);
        let text = opened.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        text.map(SecretString::from).ok_or_else(|| {
            super::Error::internal("a client secret does not open under the master key")
        })
    };
    client.secrets.iter().map(open).collect()
}

/// Whether one of the secrets is right. All of them are tried, so that the time does not tell which one was.
fn is_any(secrets: &[SecretString], is_right: impl Fn(&SecretString) -> bool) -> bool {
    secrets
        .iter()
        .fold(false, |any, secret| is_right(secret) | any)
}

/// Checks that the app client itself has sent the request, or that one of the pool's own pages has. A browser proves no
/// secret, and is not counted as one that does ([`turn::origin`]).
///
/// [`turn::origin`]: super::turn::origin
///
/// # Errors
/// Those of [`check_secret_hash`].
pub fn check_caller(
    app: &App,
    context: &RequestContext,
    client: &AppClient,
    (username, hash): (&str, Option<&str>),
) -> Result<()> {
    if context.at_domain {
        return Ok(());
    }
    check_secret_hash(app, client, username, hash)
}

/// Checks the hash that a client with a secret sends beside a username (behaviour 5.3); a client
/// without one may send anything.
///
/// # Errors
/// [`Failure::SecretHashMissing`] or [`Failure::SecretHashWrong`].
pub fn check_secret_hash(
    app: &App,
    client: &AppClient,
    username: &str,
    hash: Option<&str>,
) -> Result<()> {
    let secrets = client_secrets(app, client)?;
    let is_right = |hash| {
        is_any(&secrets, |secret| {
            verify_secret_hash(secret, username, &client.id, hash)
        })
    };
    match hash {
        _ if secrets.is_empty() => Ok(()),
        None => refuse(Failure::SecretHashMissing(client.id.clone())),
        Some(hash) if is_right(hash) => Ok(()),
        Some(_) => refuse(Failure::SecretHashWrong(client.id.clone())),
    }
}

/// Checks the secret that a client with one sends in the clear, where no username is known.
///
/// # Errors
/// [`Failure::SecretMissing`] or [`Failure::SecretHashWrong`].
pub fn check_client_secret(app: &App, client: &AppClient, given: Option<&str>) -> Result<()> {
    let secrets = client_secrets(app, client)?;
    let is_right = |given| is_any(&secrets, |secret| verify_client_secret(secret, given));
    match given {
        _ if secrets.is_empty() => Ok(()),
        None => refuse(Failure::SecretMissing(client.id.clone())),
        Some(given) if is_right(given) => Ok(()),
        Some(_) => refuse(Failure::SecretHashWrong(client.id.clone())),
    }
}

/// The user that signs in with this name: the username, or an alias. Always one query, so that the time
/// of the answer does not reveal whether the user exists.
///
/// # Errors
/// If the store fails.
pub async fn by_sign_in_name(conn: &mut Conn, pool: &UserPool, name: &str) -> Result<Option<User>> {
    let key = username::key(&pool.settings, name);
    let aliases = username::possible_aliases(&pool.settings, name);
    if aliases.is_empty() {
        return Ok(store::users::find_by_username(conn, &pool.id, &key).await?);
    }
    let aliases: Vec<&str> = aliases.iter().map(|alias| alias.attribute()).collect();
    Ok(store::users::find_by_name_or_alias(conn, &pool.id, &key, &aliases).await?)
}

/// [`by_sign_in_name`] with the user's credentials, also in one query.
///
/// # Errors
/// If the store fails.
pub async fn for_sign_in(
    app: &App,
    pool: &UserPool,
    name: &str,
) -> Result<Option<UserWithCredentials>> {
    let key = username::key(&pool.settings, name);
    let aliases = username::possible_aliases(&pool.settings, name);
    let mut conn = app.db.read().await?;
    if aliases.is_empty() {
        return Ok(store::sign_in::find_by_username(&mut conn, &pool.id, &key).await?);
    }
    let aliases: Vec<&str> = aliases.iter().map(|alias| alias.attribute()).collect();
    Ok(store::sign_in::find_by_name_or_alias(&mut conn, &pool.id, &key, &aliases).await?)
}

/// The user that an administrator names, by username, alias or `sub`.
///
/// # Errors
/// [`Failure::UserNotFound`].
pub async fn by_any_name(conn: &mut Conn, pool: &UserPool, name: &str) -> Result<User> {
    // The `sub` first: no user can choose another user's `sub` as its name.
    if uuid::Uuid::try_parse(name).is_ok()
        && let Some(user) = store::users::find(conn, &pool.id, name).await?
    {
        return Ok(user);
    }
    match by_sign_in_name(conn, pool, name).await? {
        Some(user) => Ok(user),
        None => refuse(Failure::UserNotFound),
    }
}

/// The key under which tries are counted: a keyed hash of the username or, where no user has the name, of the
/// name. Unknown names are limited like real users, and a user who is deleted and made anew is the same.
#[must_use]
pub fn throttle_key(app: &App, pool: &UserPool, name: &str, user: Option<&User>) -> String {
    let name = user.map_or(name, |user| user.username.as_str());
    let key = username::key(&pool.settings, name);
    let parts: [&[u8]; 3] = [b"user", pool.id.as_bytes(), key.as_bytes()];
    hex::encode(app.vault.keyed_hash(KeyPurpose::Limit, &parts))
}

/// The username of the simulated user, which is answered for a name that no user has. Where real
/// usernames are UUIDs it is a UUID, the same each time; where users choose their usernames it is the
/// name itself, because another one would reveal that the name is free (`docs/adr/`).
#[must_use]
pub fn simulated_username(app: &App, pool: &UserPool, name: &str) -> String {
    let settings = &pool.settings;
    let key = username::key(settings, name);
    // A sign-in by a `sub` is answered with that `sub`.
    if !settings.username_attributes.is_empty() && uuid::Uuid::try_parse(&key).is_ok() {
        return key;
    }
    let is_contact = Contact::ALL.into_iter().any(|contact| {
        settings.alias_attributes.contains(&contact.into()) && contact.is_well_formed(name)
    });
    if is_contact || !settings.username_attributes.is_empty() {
        simulated::simulated_uuid(&app.vault, &pool.id, &key).to_string()
    } else {
        key
    }
}
