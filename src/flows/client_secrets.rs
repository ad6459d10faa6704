//! Secrets of app clients: a second one is added, both are valid everywhere, and the former one is deleted, so that a
//! secret is exchanged without an outage (administration 5).

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::client_secret::{ClientSecret, ClientSecretFault, MAX_SECRETS};
use crate::domain::failure::Failure;
use crate::flows::{Error, Result, refuse, retry, user_pool_clients, user_pools};
use crate::store;

/// Adds a secret to a client that has one: `given`, or a random one, which is returned.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`ClientSecretFault`].
pub async fn add(
    app: &App,
    context: &RequestContext,
    of: (&str, &str),
    given: Option<SecretString>,
) -> Result<(ClientSecret, Option<SecretString>)> {
    let generated = given
        .is_none()
        .then(|| user_pool_clients::generate_secret(app));
    let Some(secret) = given.as_ref().or(generated.as_ref()) else {
        return Err(Error::internal("neither a given nor a random secret"));
    };
    let sealed = user_pool_clients::seal_secret(app, of.0, of.1, secret)?;
    let added = change(app, context, of, |secrets| {
        if secrets.is_empty() {
            return Err(ClientSecretFault::PublicClient);
        }
        if secrets.len() >= MAX_SECRETS {
            return Err(ClientSecretFault::TooMany);
        }
        let added = ClientSecret {
            sealed: sealed.clone(),
            created_at: ClientSecret::next_time(secrets, context.now),
        };
        secrets.push(added.clone());
        Ok(added)
    })
    .await?;
    Ok((added, generated))
}

/// Deletes one of two secrets.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`ClientSecretFault`].
pub async fn delete(
    app: &App,
    context: &RequestContext,
    of: (&str, &str),
    secret_id: &str,
) -> Result<()> {
    change(app, context, of, |secrets| {
        let is_named = |secret: &ClientSecret| secret.id(of.1) == secret_id;
        if !secrets.iter().any(is_named) {
            return Err(ClientSecretFault::NotFound);
        }
        if secrets.len() == 1 {
            return Err(ClientSecretFault::OnlyOne);
        }
        secrets.retain(|secret| !is_named(secret));
        Ok(())
    })
    .await
}

/// The client's secrets, the oldest first.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`].
pub async fn list(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, &str),
) -> Result<Vec<ClientSecret>> {
    let client = user_pool_clients::find(app, context, pool_id, client_id).await?;
    Ok(client.secrets)
}

/// Reads the client's secrets, changes and writes them, under the pool's lock. They are read again if they have been sealed
/// anew meanwhile, for which no lock is taken.
async fn change<T>(
    app: &App,
    context: &RequestContext,
    of: (&str, &str),
    change: impl Fn(&mut Vec<ClientSecret>) -> std::result::Result<T, ClientSecretFault>,
) -> Result<T> {
    retry!(try_change(app, context, of, &change))
}

async fn try_change<T>(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, &str),
    change: &impl Fn(&mut Vec<ClientSecret>) -> std::result::Result<T, ClientSecretFault>,
) -> Result<T> {
    let mut tx = app.db.begin().await?;
    user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?;
    let client = store::user_pool_clients::find(&mut tx, client_id).await?;
    let read = user_pool_clients::in_pool(client, pool_id, client_id)?.secrets;
    let mut secrets = read.clone();
    let changed = match change(&mut secrets) {
        Ok(changed) => changed,
        Err(fault) => return refuse(Failure::ClientSecret(fault)),
    };
    if !store::user_pool_clients::set_secrets(&mut tx, pool_id, client_id, &read, &secrets).await? {
        return Err(Error::Stale);
    }
    tx.commit().await?;
    app.caches.clients.invalidate(client_id);
    Ok(changed)
}
