//! Risk configurations of pools and app clients.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::risk_configuration::{RiskConfiguration, StoredRiskConfiguration};
use crate::domain::time::Timestamp;

const TABLE: &str = "risk_configurations";

/// The configuration of the app client, or of the pool where there is no `client_id`; `None` if it was not set.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    client_id: Option<&str>,
) -> Result<Option<StoredRiskConfiguration>> {
    let row = fetch_optional!(
        "db.risk_configurations.find",
        (String, i64),
        conn,
        "SELECT configuration, modified_at FROM risk_configurations
         WHERE pool_id = $1 AND scope = $2",
        pool_id,
        client_id.unwrap_or_default(),
    );
    row.map(|(configuration, modified_at)| {
        Ok(StoredRiskConfiguration {
            configuration: super::from_json(TABLE, &configuration)?,
            modified_at: Timestamp::from_millis(modified_at),
        })
    })
    .transpose()
}

/// The configuration that holds at the app client: its own, else the pool's; `None` if neither was set.
///
/// # Errors
/// If the database fails.
pub async fn find_effective(
    conn: &mut Conn,
    pool_id: &str,
    client_id: &str,
) -> Result<Option<RiskConfiguration>> {
    // The pool's scope is empty, and comes behind every client's.
    let row = fetch_optional!(
        "db.risk_configurations.find_effective",
        (String,),
        conn,
        "SELECT configuration FROM risk_configurations
         WHERE pool_id = $1 AND scope IN ($2, '') ORDER BY scope DESC LIMIT 1",
        pool_id,
        client_id,
    );
    row.map(|(configuration,)| super::from_json(TABLE, &configuration))
        .transpose()
}

/// Replaces the configuration of the app client, or of the pool where there is no `client_id`.
///
/// # Errors
/// [`super::Error::Conflict`] if there is no such app client, or if the database fails.
pub async fn put(
    conn: &mut Conn,
    pool_id: &str,
    client_id: Option<&str>,
    configuration: &RiskConfiguration,
    now: Timestamp,
) -> Result<()> {
    let configuration = super::to_json(TABLE, configuration)?;
    execute!(
        "db.risk_configurations.put",
        conn,
        "INSERT INTO risk_configurations (pool_id, scope, client_id, configuration, modified_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (pool_id, scope) DO UPDATE
         SET configuration = excluded.configuration, modified_at = excluded.modified_at",
        pool_id,
        client_id.unwrap_or_default(),
        client_id,
        &configuration,
        now.millis(),
    );
    Ok(())
}

/// Deletes the configuration of the app client, or of the pool where there is no `client_id`, if there is one.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, client_id: Option<&str>) -> Result<()> {
    execute!(
        "db.risk_configurations.delete",
        conn,
        "DELETE FROM risk_configurations WHERE pool_id = $1 AND scope = $2",
        pool_id,
        client_id.unwrap_or_default(),
    );
    Ok(())
}
