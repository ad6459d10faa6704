//! User pools.

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result, Tx};
use crate::domain::pool_domain::DomainNames;
use crate::domain::time::Timestamp;
use crate::domain::user_pool::{PoolSettings, UserPool};

const TABLE: &str = "user_pools";

/// Reads pools, each with its domains. What follows names no column of another table.
macro_rules! select_pools {
    ($rest:literal) => {
        concat!(
            "SELECT pool_id, region, name, settings, created_at, modified_at, version,
               (SELECT MIN(d.domain) FROM user_pool_domains d
                WHERE d.pool_id = user_pools.pool_id AND NOT d.is_custom) AS prefix,
               (SELECT MIN(d.domain) FROM user_pool_domains d
                WHERE d.pool_id = user_pools.pool_id AND d.is_custom) AS custom_domain
             FROM user_pools ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    region: String,
    name: String,
    settings: String,
    created_at: i64,
    modified_at: i64,
    version: i64,
    prefix: Option<String>,
    custom_domain: Option<String>,
}

impl TryFrom<Row> for UserPool {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let mut settings: PoolSettings = super::from_json(TABLE, &row.settings)?;
        settings.adopt_untyped_members();
        Ok(Self {
            settings,
            id: row.pool_id,
            region: row.region,
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
            version: row.version,
            domains: DomainNames {
                prefix: row.prefix,
                custom: row.custom_domain,
            },
        })
    }
}

/// Adds a pool; `false` if its id is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, pool: &UserPool) -> Result<bool> {
    let settings = super::to_json(TABLE, &pool.settings)?;
    let rows = execute!(
        "db.user_pools.insert",
        conn,
        "INSERT INTO user_pools (pool_id, region, name, settings, created_at, modified_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &pool.id,
        &pool.region,
        &pool.name,
        &settings,
        pool.created_at.millis(),
        pool.modified_at.millis(),
        pool.version,
    );
    Ok(rows == 1)
}

/// The pool with this id.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn, pool_id: &str) -> Result<Option<UserPool>> {
    fetch_optional!(
        "db.user_pools.find",
        Row,
        conn,
        select_pools!("WHERE pool_id = $1"),
        pool_id,
    )
    .map(UserPool::try_from)
    .transpose()
}

/// Writes region, name and settings of `pool` if the stored version is still `pool.version`; `false` if it is
/// not, or the pool is deleted.
///
/// # Errors
/// If the database fails.
pub async fn update(conn: &mut Conn, pool: &UserPool, now: Timestamp) -> Result<bool> {
    let settings = super::to_json(TABLE, &pool.settings)?;
    let rows = execute!(
        "db.user_pools.update",
        conn,
        "UPDATE user_pools
         SET region = $3, name = $4, settings = $5, modified_at = $6, version = version + 1
         WHERE pool_id = $1 AND version = $2",
        &pool.id,
        pool.version,
        &pool.region,
        &pool.name,
        &settings,
        now.millis(),
    );
    Ok(rows == 1)
}

/// Locks the pool's row until the transaction ends; `false` if there is no such pool. A change that reads
/// before it writes (to extend the schema, or to check a client against it) begins with this, so that
/// nothing changes in between. The update changes nothing, but locks the row on PostgreSQL; SQLite has
/// one writer anyway.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, pool_id: &str) -> Result<bool> {
    let rows = execute!(
        "db.user_pools.lock",
        tx,
        "UPDATE user_pools SET version = version WHERE pool_id = $1",
        pool_id,
    );
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
struct CountRow {
    count: i64,
}

/// How many pools the region has.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, region: &str) -> Result<i64> {
    let row = fetch_optional!(
        "db.user_pools.count",
        CountRow,
        conn,
        "SELECT COUNT(*) AS count FROM user_pools WHERE region = $1",
        region,
    );
    Ok(row.map_or(0, |row| row.count))
}

/// How many pools all regions have.
///
/// # Errors
/// If the database fails.
pub async fn count_all(conn: &mut Conn) -> Result<i64> {
    let row = fetch_optional!(
        "db.user_pools.count_all",
        CountRow,
        conn,
        "SELECT COUNT(*) AS count FROM user_pools",
    );
    Ok(row.map_or(0, |row| row.count))
}

/// Deletes the pool with everything in it; `false` if there is none.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str) -> Result<bool> {
    for sql in [
        "DELETE FROM outbox WHERE pool_id = $1",
        "DELETE FROM attempts WHERE pool_id = $1",
        "DELETE FROM attempt_log WHERE pool_id = $1",
        "DELETE FROM usage_counts WHERE pool_id = $1",
        "DELETE FROM spent_challenges WHERE pool_id = $1",
    ] {
        execute!("db.user_pools.delete_unreferenced", conn, sql, pool_id);
    }
    Ok(execute!(
        "db.user_pools.delete",
        conn,
        "DELETE FROM user_pools WHERE pool_id = $1",
        pool_id
    ) == 1)
}

/// The ids of up to `limit` pools of all regions after the pool `after`, in order.
///
/// # Errors
/// If the database fails.
pub async fn list_ids(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<String>> {
    let rows = fetch_all!(
        "db.user_pools.list_ids",
        (String,),
        conn,
        "SELECT pool_id FROM user_pools WHERE pool_id > $1 ORDER BY pool_id LIMIT $2 + 0",
        after,
        limit,
    );
    Ok(rows.into_iter().map(|(pool_id,)| pool_id).collect())
}

/// Up to `limit` pools of the region in the order of their ids, after the id `after`.
///
/// # Errors
/// If the database fails.
pub async fn list(conn: &mut Conn, region: &str, after: &str, limit: i64) -> Result<Vec<UserPool>> {
    fetch_all!(
        "db.user_pools.list",
        Row,
        conn,
        select_pools!("WHERE region = $1 AND pool_id > $2 ORDER BY pool_id LIMIT $3 + 0"),
        region,
        after,
        limit,
    )
    .into_iter()
    .map(UserPool::try_from)
    .collect()
}

/// The first `limit` pools of all regions in the order of their ids.
///
/// # Errors
/// If the database fails.
pub async fn first(conn: &mut Conn, limit: i64) -> Result<Vec<UserPool>> {
    fetch_all!(
        "db.user_pools.first",
        Row,
        conn,
        select_pools!("ORDER BY pool_id LIMIT $1 + 0"),
        limit,
    )
    .into_iter()
    .map(UserPool::try_from)
    .collect()
}
