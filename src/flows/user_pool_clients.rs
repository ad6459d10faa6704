//! Use cases of app clients: create, find, update and delete.

use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::domain::app_client::AppClient;
use crate::domain::app_client_request::ClientRequest;
use crate::domain::client_secret::ClientSecret;
use crate::domain::failure::{Failure, Limited};
use crate::domain::time::Timestamp;
use crate::domain::user_pool::UserPool;
use crate::entropy::LOWER_ALPHANUMERIC;
use crate::flows::{Error, Result, client_references, lookup, pagination, refuse, user_pools};
use crate::store::{self, Tx};

/// Most clients of a pool (behaviour 8).
const MAX_CLIENTS: i64 = 1_000;
/// Characters of a client's id and of a generated secret (behaviour 9).
const ID_LENGTH: usize = 26;
const SECRET_LENGTH: usize = 52;
/// How many random ids are tried. Two clients get the same one with a probability of 1 in 36²⁶.
const ID_TRIES: usize = 5;
/// Clients on a page unless the request gives a limit; also the greatest limit.
const PAGE: i32 = 60;

/// The secret of a new client.
#[derive(Debug)]
pub enum NewSecret {
    /// None: the client is public.
    None,
    /// A random one.
    Generated,
    /// This one.
    Given(SecretString),
}

/// The pool's client with this id.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], or if the database fails.
pub async fn find(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    client_id: &str,
) -> Result<AppClient> {
    lookup::pool(app, context, pool_id).await?;
    let client = store::user_pool_clients::find(&mut app.db.read().await?, client_id).await?;
    in_pool(client, pool_id, client_id)
}

pub(super) fn in_pool(
    client: Option<AppClient>,
    pool_id: &str,
    client_id: &str,
) -> Result<AppClient> {
    client
        .filter(|client| client.pool_id == pool_id)
        .ok_or_else(|| Failure::ClientNotFound(client_id.to_owned()).into())
}

/// The secrets of a client that has this one, or none.
///
/// # Errors
/// If cryptography fails.
pub fn sealed_secrets(
    app: &App,
    (pool_id, client_id): (&str, &str),
    secret: Option<&SecretString>,
    now: Timestamp,
) -> Result<Vec<ClientSecret>> {
    let seal = |secret| {
        Ok(ClientSecret {
            sealed: seal_secret(app, pool_id, client_id, secret)?,
            created_at: now,
        })
    };
    secret.into_iter().map(seal).collect()
}

/// Seals `secret` for the client's row.
///
/// # Errors
/// If cryptography fails.
pub(super) fn seal_secret(
    app: &App,
    pool_id: &str,
    client_id: &str,
    secret: &SecretString,
) -> Result<Vec<u8>> {
    let context = [pool_id, client_id];
    let bytes = secret.expose_secret().as_bytes();
    app.vault
        .seal(KeyPurpose::ClientSecret, &context, bytes)
        .map_err(|error| Error::Internal(anyhow::Error::new(error).context("client secret")))
}

/// A random secret.
pub(super) fn generate_secret(app: &App) -> SecretString {
    app.entropy.text(LOWER_ALPHANUMERIC, SECRET_LENGTH).into()
}

/// Creates a client with a random id.
///
/// # Errors
/// [`Failure::PoolNotFound`], what [`ClientRequest::create`] refuses, [`Failure::LimitReached`] if the
/// pool is full, or if cryptography or the database fails.
pub async fn create(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    secret: NewSecret,
    request: ClientRequest,
) -> Result<AppClient> {
    let secret = match secret {
        NewSecret::None => None,
        NewSecret::Generated => Some(generate_secret(app)),
        NewSecret::Given(secret) => Some(secret),
    };
    let mut tx = app.db.begin().await?;
    // The lock keeps other requests from deleting the pool or adding clients until the commit.
    let pool = user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?;
    let known = client_references::known(&mut tx, pool_id, &request).await?;
    let settings = request.create(&pool, &known, secret.is_some())?;
    if store::user_pool_clients::count(&mut tx, pool_id).await? >= MAX_CLIENTS {
        return refuse(Failure::LimitReached(Limited::AppClients, MAX_CLIENTS));
    }
    for _ in 0..ID_TRIES {
        let id = app.entropy.text(LOWER_ALPHANUMERIC, ID_LENGTH);
        let secrets = sealed_secrets(app, (pool_id, &id), secret.as_ref(), context.now)?;
        let client = AppClient {
            pool_id: pool_id.to_owned(),
            id,
            name: name.to_owned(),
            secrets,
            settings: settings.clone(),
            created_at: context.now,
            modified_at: context.now,
            version: 0,
        };
        if store::user_pool_clients::insert(&mut tx, &client).await? {
            tx.commit().await?;
            return Ok(client);
        }
    }
    Err(Error::internal("no free id for an app client"))
}

/// Replaces the client's settings by those of the request, and its name if there is a new one.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], what [`ClientRequest::update`] refuses,
/// or if the database fails.
pub async fn update(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    client_id: &str,
    name: Option<String>,
    request: ClientRequest,
) -> Result<AppClient> {
    let mut tx = app.db.begin().await?;
    let (pool, mut client) = locked(&mut tx, context, pool_id, client_id).await?;
    let known = client_references::known(&mut tx, pool_id, &request).await?;
    client.settings = request.update(&pool, &known, client.is_confidential(), &client.settings)?;
    if let Some(name) = name {
        client.name = name;
    }
    write(app, context, tx, client).await
}

/// Reads the client, changes it and writes it back, under its pool's lock.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`Failure::ConcurrentChange`], what `change` refuses, or
/// if the database fails.
pub(super) async fn change(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, &str),
    change: impl FnOnce(&UserPool, &mut AppClient) -> std::result::Result<(), Failure>,
) -> Result<AppClient> {
    let mut tx = app.db.begin().await?;
    let (pool, mut client) = locked(&mut tx, context, pool_id, client_id).await?;
    change(&pool, &mut client)?;
    write(app, context, tx, client).await
}

/// The client and its pool, which is locked until the transaction ends.
async fn locked(
    tx: &mut Tx,
    context: &RequestContext,
    pool_id: &str,
    client_id: &str,
) -> Result<(UserPool, AppClient)> {
    let pool = user_pools::locked(tx, context.region.as_str(), pool_id).await?;
    let client = store::user_pool_clients::find(tx, client_id).await?;
    Ok((pool, in_pool(client, pool_id, client_id)?))
}

/// Writes the changed client and ends the transaction.
async fn write(
    app: &App,
    context: &RequestContext,
    mut tx: Tx,
    mut client: AppClient,
) -> Result<AppClient> {
    client.modified_at = context.now;
    let updated = store::user_pool_clients::update(
        &mut tx,
        &client.pool_id,
        &client.id,
        client.version,
        &client.name,
        &client.settings,
        context.now,
    )
    .await?;
    if !updated {
        return Err(Failure::ConcurrentChange.into());
    }
    client.version += 1;
    tx.commit().await?;
    app.caches.clients.invalidate(&client.id);
    Ok(client)
}

/// Deletes the client.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], or if the database fails.
pub async fn delete(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    client_id: &str,
) -> Result<()> {
    lookup::pool(app, context, pool_id).await?;
    let mut conn = app.db.write().await?;
    if store::user_pool_clients::delete(&mut conn, pool_id, client_id).await? {
        app.caches.clients.invalidate(client_id);
        Ok(())
    } else {
        Err(Failure::ClientNotFound(client_id.to_owned()).into())
    }
}

/// A page of the pool's clients in the order of their ids, and the token of the next page.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::InvalidPageToken`], or if the database fails.
pub async fn list(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<(Vec<AppClient>, Option<String>)> {
    lookup::pool(app, context, pool_id).await?;
    let list = ["ListUserPoolClients", pool_id];
    let after: String = pagination::decode_token(&app.vault, &list, token)?.unwrap_or_default();
    let limit = limit.unwrap_or(PAGE);
    let mut conn = app.db.read().await?;
    let clients =
        store::user_pool_clients::list(&mut conn, pool_id, &after, i64::from(limit) + 1).await?;
    pagination::paginate(&app.vault, &list, clients, limit, |client| {
        client.id.clone()
    })
}
