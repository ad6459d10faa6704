//! Domains of user pools.

use super::statement::{execute, fetch_optional};
use super::{Conn, Error, Result, Tx};
use crate::domain::pool_domain::PoolDomain;
use crate::domain::time::Timestamp;

const TABLE: &str = "user_pool_domains";

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    domain: String,
    certificate: Option<String>,
    managed_login_version: i64,
    routing: Option<String>,
    created_at: i64,
    modified_at: i64,
}

impl TryFrom<Row> for PoolDomain {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let version = i32::try_from(row.managed_login_version);
        Ok(Self {
            certificate: row
                .certificate
                .map(|json| super::from_json(TABLE, &json))
                .transpose()?,
            managed_login_version: version.map_err(|_| Error::UnknownValue {
                column: "managed_login_version",
            })?,
            routing: row
                .routing
                .map(|json| super::from_json(TABLE, &json))
                .transpose()?,
            pool_id: row.pool_id,
            name: row.domain,
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
        })
    }
}

/// The columns that hold JSON.
fn documents(domain: &PoolDomain) -> Result<(Option<String>, Option<String>)> {
    let certificate = domain.certificate.as_ref();
    let routing = domain.routing.as_ref();
    Ok((
        certificate
            .map(|certificate| super::to_json(TABLE, certificate))
            .transpose()?,
        routing
            .map(|routing| super::to_json(TABLE, routing))
            .transpose()?,
    ))
}

/// Adds a domain; `false` if its name is taken, in any pool.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, domain: &PoolDomain) -> Result<bool> {
    let (certificate, routing) = documents(domain)?;
    let rows = execute!(
        "db.user_pool_domains.insert",
        conn,
        "INSERT INTO user_pool_domains
           (pool_id, domain, is_custom, certificate, managed_login_version, routing, created_at,
            modified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        &domain.pool_id,
        &domain.name,
        domain.certificate.is_some(),
        certificate.as_deref(),
        i64::from(domain.managed_login_version),
        routing.as_deref(),
        domain.created_at.millis(),
        domain.modified_at.millis(),
    );
    Ok(rows == 1)
}

/// The domain of this name, if its pool is one of the region.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn, region: &str, name: &str) -> Result<Option<PoolDomain>> {
    fetch_optional!(
        "db.user_pool_domains.find",
        Row,
        conn,
        "SELECT d.pool_id, d.domain, d.certificate, d.managed_login_version, d.routing, d.created_at,
           d.modified_at
         FROM user_pool_domains d JOIN user_pools p ON p.pool_id = d.pool_id
         WHERE d.domain = $2 AND p.region = $1",
        region,
        name,
    )
    .map(PoolDomain::try_from)
    .transpose()
}

/// The domain of this name, in whatever region.
///
/// # Errors
/// If the database fails.
pub async fn named(conn: &mut Conn, name: &str) -> Result<Option<PoolDomain>> {
    fetch_optional!(
        "db.user_pool_domains.named",
        Row,
        conn,
        "SELECT pool_id, domain, certificate, managed_login_version, routing, created_at, modified_at
         FROM user_pool_domains WHERE domain = $1",
        name,
    )
    .map(PoolDomain::try_from)
    .transpose()
}

/// How many prefixes, or how many custom domains, the pool has.
///
/// # Errors
/// If the database fails.
pub async fn count(tx: &mut Tx, pool_id: &str, is_custom: bool) -> Result<i64> {
    let row = fetch_optional!(
        "db.user_pool_domains.count",
        (i64,),
        tx,
        "SELECT COUNT(*) FROM user_pool_domains WHERE pool_id = $1 AND is_custom = $2",
        pool_id,
        is_custom,
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Writes what can change of the domain; `false` if the pool has none of this name.
///
/// # Errors
/// If the database fails.
pub async fn update(conn: &mut Conn, domain: &PoolDomain) -> Result<bool> {
    let (certificate, routing) = documents(domain)?;
    let rows = execute!(
        "db.user_pool_domains.update",
        conn,
        "UPDATE user_pool_domains
         SET certificate = $3, managed_login_version = $4, routing = $5, modified_at = $6
         WHERE pool_id = $1 AND domain = $2",
        &domain.pool_id,
        &domain.name,
        certificate.as_deref(),
        i64::from(domain.managed_login_version),
        routing.as_deref(),
        domain.modified_at.millis(),
    );
    Ok(rows == 1)
}

/// Deletes the domain; `false` if the pool has none of this name.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, name: &str) -> Result<bool> {
    let rows = execute!(
        "db.user_pool_domains.delete",
        conn,
        "DELETE FROM user_pool_domains WHERE pool_id = $1 AND domain = $2",
        pool_id,
        name,
    );
    Ok(rows == 1)
}
