//! Resource servers.

use super::creation_order::Cursor;
use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::resource_server::ResourceServer;
use crate::domain::time::Timestamp;

const TABLE: &str = "resource_servers";

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    identifier: String,
    name: String,
    scopes: String,
    created_at: i64,
}

impl TryFrom<Row> for ResourceServer {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            scopes: super::from_json(TABLE, &row.scopes)?,
            pool_id: row.pool_id,
            identifier: row.identifier,
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// Adds a resource server; `false` if the identifier is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, server: &ResourceServer) -> Result<bool> {
    let scopes = super::to_json(TABLE, &server.scopes)?;
    let rows = execute!(
        "db.resource_servers.insert",
        conn,
        "INSERT INTO resource_servers (pool_id, identifier, name, scopes, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        &server.pool_id,
        &server.identifier,
        &server.name,
        &scopes,
        server.created_at.millis(),
    );
    Ok(rows == 1)
}

/// The resource server with this identifier.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    identifier: &str,
) -> Result<Option<ResourceServer>> {
    fetch_optional!(
        "db.resource_servers.find",
        Row,
        conn,
        "SELECT pool_id, identifier, name, scopes, created_at
         FROM resource_servers WHERE pool_id = $1 AND identifier = $2",
        pool_id,
        identifier,
    )
    .map(ResourceServer::try_from)
    .transpose()
}

/// Replaces name and scopes; `false` if the pool has no resource server with this identifier.
///
/// # Errors
/// If the database fails.
pub async fn update(conn: &mut Conn, server: &ResourceServer) -> Result<bool> {
    let scopes = super::to_json(TABLE, &server.scopes)?;
    let rows = execute!(
        "db.resource_servers.update",
        conn,
        "UPDATE resource_servers SET name = $3, scopes = $4 WHERE pool_id = $1 AND identifier = $2",
        &server.pool_id,
        &server.identifier,
        &server.name,
        &scopes,
    );
    Ok(rows == 1)
}

/// Deletes a resource server; `false` if the pool has none with this identifier.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, identifier: &str) -> Result<bool> {
    let rows = execute!(
        "db.resource_servers.delete",
        conn,
        "DELETE FROM resource_servers WHERE pool_id = $1 AND identifier = $2",
        pool_id,
        identifier,
    );
    Ok(rows == 1)
}

/// How many resource servers the pool has.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, pool_id: &str) -> Result<i64> {
    let row = fetch_optional!(
        "db.resource_servers.count",
        (i64,),
        conn,
        "SELECT COUNT(*) FROM resource_servers WHERE pool_id = $1",
        pool_id,
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Up to `limit` resource servers in the order in which they were made, after the cursor.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<ResourceServer>> {
    let (created_at, identifier) = Cursor::bounds(after);
    let rows = fetch_all!(
        "db.resource_servers.page",
        Row,
        conn,
        "SELECT pool_id, identifier, name, scopes, created_at
         FROM resource_servers WHERE pool_id = $1 AND (created_at, identifier) > ($2, $3)
         ORDER BY created_at, identifier LIMIT $4 + 0",
        pool_id,
        created_at,
        identifier,
        limit,
    );
    rows.into_iter().map(ResourceServer::try_from).collect()
}
