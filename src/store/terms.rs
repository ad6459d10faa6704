//! Terms of app clients.

use super::creation_order::Cursor;
use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;

const TABLE: &str = "terms";

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    terms_id: String,
    client_id: String,
    terms_name: String,
    links: String,
    created_at: i64,
    modified_at: i64,
}

impl TryFrom<Row> for Terms {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            links: super::from_json(TABLE, &row.links)?,
            pool_id: row.pool_id,
            id: row.terms_id,
            client_id: row.client_id,
            name: row.terms_name,
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
        })
    }
}

/// Adds terms; `false` if the app client has some of this name.
///
/// # Errors
/// [`Error::Conflict`] if there is no such app client, or if the database fails.
pub async fn insert(conn: &mut Conn, terms: &Terms) -> Result<bool> {
    let links = super::to_json(TABLE, &terms.links)?;
    let rows = execute!(
        "db.terms.insert",
        conn,
        "INSERT INTO terms
           (pool_id, terms_id, client_id, terms_name, links, created_at, modified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &terms.pool_id,
        &terms.id,
        &terms.client_id,
        &terms.name,
        &links,
        terms.created_at.millis(),
        terms.modified_at.millis(),
    );
    Ok(rows == 1)
}

/// The pool's terms with this id.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn, pool_id: &str, id: &str) -> Result<Option<Terms>> {
    fetch_optional!(
        "db.terms.find",
        Row,
        conn,
        "SELECT pool_id, terms_id, client_id, terms_name, links, created_at, modified_at
         FROM terms WHERE pool_id = $1 AND terms_id = $2",
        pool_id,
        id,
    )
    .map(Terms::try_from)
    .transpose()
}

/// The app client's terms of this name.
///
/// # Errors
/// If the database fails.
pub async fn find_by_name(
    conn: &mut Conn,
    pool_id: &str,
    client_id: &str,
    name: &str,
) -> Result<Option<Terms>> {
    fetch_optional!(
        "db.terms.find_by_name",
        Row,
        conn,
        "SELECT pool_id, terms_id, client_id, terms_name, links, created_at, modified_at
         FROM terms WHERE pool_id = $1 AND client_id = $2 AND terms_name = $3",
        pool_id,
        client_id,
        name,
    )
    .map(Terms::try_from)
    .transpose()
}

/// Writes name and links of the terms; `false` if there are none with this id.
///
/// # Errors
/// If the database fails.
pub async fn update(conn: &mut Conn, terms: &Terms) -> Result<bool> {
    let links = super::to_json(TABLE, &terms.links)?;
    let rows = execute!(
        "db.terms.update",
        conn,
        "UPDATE terms SET terms_name = $3, links = $4, modified_at = $5
         WHERE pool_id = $1 AND terms_id = $2",
        &terms.pool_id,
        &terms.id,
        &terms.name,
        &links,
        terms.modified_at.millis(),
    );
    Ok(rows == 1)
}

/// Deletes terms; `false` if the pool has none with this id.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, id: &str) -> Result<bool> {
    let rows = execute!(
        "db.terms.delete",
        conn,
        "DELETE FROM terms WHERE pool_id = $1 AND terms_id = $2",
        pool_id,
        id,
    );
    Ok(rows == 1)
}

/// Up to `limit` terms of the pool in the order in which they were made, after the cursor.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Terms>> {
    let (created_at, id) = Cursor::bounds(after);
    fetch_all!(
        "db.terms.page",
        Row,
        conn,
        "SELECT pool_id, terms_id, client_id, terms_name, links, created_at, modified_at
         FROM terms WHERE pool_id = $1 AND (created_at, terms_id) > ($2, $3)
         ORDER BY created_at, terms_id LIMIT $4 + 0",
        pool_id,
        created_at,
        id,
        limit,
    )
    .into_iter()
    .map(Terms::try_from)
    .collect()
}
