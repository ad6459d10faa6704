//! App clients.

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::app_client::{AppClient, ClientSettings};
use crate::domain::client_secret::ClientSecret;
use crate::domain::time::Timestamp;

const TABLE: &str = "user_pool_clients";

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    client_id: String,
    name: String,
    secret: Option<Vec<u8>>,
    secret_created_at: Option<i64>,
    second_secret: Option<Vec<u8>>,
    second_secret_created_at: Option<i64>,
    settings: String,
    created_at: i64,
    modified_at: i64,
    version: i64,
}

impl TryFrom<Row> for AppClient {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let mut settings: ClientSettings = super::from_json(TABLE, &row.settings)?;
        settings.adopt_untyped_members();
        let secret = |sealed: Option<Vec<u8>>, created_at: Option<i64>| {
            sealed.map(|sealed| ClientSecret {
                sealed,
                created_at: Timestamp::from_millis(created_at.unwrap_or(row.created_at)),
            })
        };
        let first = secret(row.secret, row.secret_created_at);
        let second = secret(row.second_secret, row.second_secret_created_at);
        Ok(Self {
            settings,
            pool_id: row.pool_id,
            id: row.client_id,
            name: row.name,
            secrets: first.into_iter().chain(second).collect(),
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
            version: row.version,
        })
    }
}

/// The columns of [`Row`].
macro_rules! columns {
    () => {
        "pool_id, client_id, name, secret, secret_created_at, second_secret, second_secret_created_at, settings, \
         created_at, modified_at, version"
    };
}

/// Adds a client, with its first secret if it has one; `false` if its id is taken, in any pool.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, client: &AppClient) -> Result<bool> {
    let settings = super::to_json(TABLE, &client.settings)?;
    let rows = execute!(
        "db.user_pool_clients.insert",
        conn,
        "INSERT INTO user_pool_clients
           (pool_id, client_id, name, secret, secret_created_at, settings, created_at, modified_at,
            version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        &client.pool_id,
        &client.id,
        &client.name,
        client
            .secrets
            .first()
            .map(|secret| secret.sealed.as_slice()),
        client
            .secrets
            .first()
            .map(|secret| secret.created_at.millis()),
        &settings,
        client.created_at.millis(),
        client.modified_at.millis(),
        client.version,
    );
    Ok(rows == 1)
}

/// The client with this id, whichever pool it belongs to.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn, client_id: &str) -> Result<Option<AppClient>> {
    fetch_optional!(
        "db.user_pool_clients.find",
        Row,
        conn,
        concat!(
            "SELECT ",
            columns!(),
            " FROM user_pool_clients WHERE client_id = $1"
        ),
        client_id,
    )
    .map(AppClient::try_from)
    .transpose()
}

/// Replaces the client's name and settings if it is still at `version`; `false` if it is not, or
/// is deleted. The secret stays.
///
/// # Errors
/// If the database fails.
pub async fn update(
    conn: &mut Conn,
    pool_id: &str,
    client_id: &str,
    version: i64,
    name: &str,
    settings: &ClientSettings,
    now: Timestamp,
) -> Result<bool> {
    let settings = super::to_json(TABLE, settings)?;
    let rows = execute!(
        "db.user_pool_clients.update",
        conn,
        "UPDATE user_pool_clients
         SET name = $4, settings = $5, modified_at = $6, version = version + 1
         WHERE pool_id = $1 AND client_id = $2 AND version = $3",
        pool_id,
        client_id,
        version,
        name,
        &settings,
        now.millis(),
    );
    Ok(rows == 1)
}

fn sealed(secrets: &[ClientSecret], number: usize) -> Option<&[u8]> {
    secrets.get(number).map(|secret| secret.sealed.as_slice())
}

/// Replaces the client's secrets, of which there are two at the most, if those that were `read` are stored as they were;
/// `false` if they are not (they may have been sealed anew), or the pool has no client with this id.
///
/// # Errors
/// If the database fails.
pub async fn set_secrets(
    conn: &mut Conn,
    pool_id: &str,
    client_id: &str,
    read: &[ClientSecret],
    secrets: &[ClientSecret],
) -> Result<bool> {
    let created = |number: usize| secrets.get(number).map(|secret| secret.created_at.millis());
    let rows = execute!(
        "db.user_pool_clients.set_secrets",
        conn,
        "UPDATE user_pool_clients
         SET secret = $3, secret_created_at = $4, second_secret = $5, second_secret_created_at = $6,
           version = version + 1
         WHERE pool_id = $1 AND client_id = $2
           AND secret IS NOT DISTINCT FROM $7 AND second_secret IS NOT DISTINCT FROM $8",
        pool_id,
        client_id,
        sealed(secrets, 0),
        created(0),
        sealed(secrets, 1),
        created(1),
        sealed(read, 0),
        sealed(read, 1),
    );
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
struct CountRow {
    count: i64,
}

/// How many clients the pool has.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, pool_id: &str) -> Result<i64> {
    let row = fetch_optional!(
        "db.user_pool_clients.count",
        CountRow,
        conn,
        "SELECT COUNT(*) AS count FROM user_pool_clients WHERE pool_id = $1",
        pool_id,
    );
    Ok(row.map_or(0, |row| row.count))
}

/// Deletes the client; `false` if the pool has no client with this id.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, client_id: &str) -> Result<bool> {
    let rows = execute!(
        "db.user_pool_clients.delete",
        conn,
        "DELETE FROM user_pool_clients WHERE pool_id = $1 AND client_id = $2",
        pool_id,
        client_id,
    );
    Ok(rows == 1)
}

/// Up to `limit` clients of the pool in the order of their ids, after the id `after`.
///
/// # Errors
/// If the database fails.
pub async fn list(
    conn: &mut Conn,
    pool_id: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<AppClient>> {
    fetch_all!(
        "db.user_pool_clients.list",
        Row,
        conn,
        concat!(
            "SELECT ",
            columns!(),
            " FROM user_pool_clients WHERE pool_id = $1 AND client_id > $2
             ORDER BY client_id LIMIT $3 + 0"
        ),
        pool_id,
        after,
        limit,
    )
    .into_iter()
    .map(AppClient::try_from)
    .collect()
}
