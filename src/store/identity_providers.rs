//! Identity providers and their other names.

use super::creation_order::Cursor;
use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::identity_provider::{IdentityProvider, ListedProvider};
use crate::domain::provider_type::ProviderType;
use crate::domain::time::Timestamp;

const TABLE: &str = "identity_providers";

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    provider_name: String,
    provider_type: String,
    details: String,
    secrets: Option<Vec<u8>>,
    attribute_mapping: Option<String>,
    identifiers: String,
    acr_mapping: Option<String>,
    origin: Option<String>,
    created_at: i64,
    modified_at: i64,
}

impl TryFrom<Row> for IdentityProvider {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let json = |text: &str| super::from_json(TABLE, text);
        let provider_type = ProviderType::named(&row.provider_type);
        Ok(Self {
            provider_type: provider_type.ok_or(Error::UnknownValue {
                column: "identity_providers.provider_type",
            })?,
            details: super::from_json(TABLE, &row.details)?,
            identifiers: super::from_json(TABLE, &row.identifiers)?,
            attribute_mapping: row.attribute_mapping.as_deref().map(json).transpose()?,
            acr_mapping: row.acr_mapping.as_deref().map(json).transpose()?,
            pool_id: row.pool_id,
            name: row.provider_name,
            origin: row.origin,
            sealed_secrets: row.secrets,
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
        })
    }
}

/// The columns of [`Row`], of the table `p`.
macro_rules! provider_columns {
    () => {
        "p.pool_id, p.provider_name, p.provider_type, p.details, p.secrets, p.attribute_mapping, \
         p.identifiers, p.acr_mapping, p.origin, p.created_at, p.modified_at"
    };
}

/// What of a provider is stored as JSON.
struct Documents {
    details: String,
    attribute_mapping: Option<String>,
    identifiers: String,
    acr_mapping: Option<String>,
}

impl Documents {
    fn of(provider: &IdentityProvider) -> Result<Self> {
        let json = |map| super::to_json(TABLE, map);
        Ok(Self {
            details: super::to_json(TABLE, &provider.details)?,
            attribute_mapping: provider.attribute_mapping.as_ref().map(json).transpose()?,
            identifiers: super::to_json(TABLE, &provider.identifiers)?,
            acr_mapping: provider.acr_mapping.as_ref().map(json).transpose()?,
        })
    }
}

/// Adds a provider without its other names; `false` if its name is taken, in whatever case.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, provider: &IdentityProvider) -> Result<bool> {
    let documents = Documents::of(provider)?;
    let rows = execute!(
        "db.identity_providers.insert",
        conn,
        "INSERT INTO identity_providers (pool_id, provider_name, provider_type, details, secrets,
           attribute_mapping, identifiers, acr_mapping, created_at, modified_at, origin, name_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
        &provider.pool_id,
        &provider.name,
        provider.provider_type.as_str(),
        &documents.details,
        provider.sealed_secrets.as_deref(),
        documents.attribute_mapping.as_deref(),
        &documents.identifiers,
        documents.acr_mapping.as_deref(),
        provider.created_at.millis(),
        provider.modified_at.millis(),
        provider.origin.as_deref(),
        provider.name_key(),
    );
    Ok(rows == 1)
}

/// Replaces everything of a provider but its name, its type, the time it was made and its rows of other names. Its
/// secrets are left as they are stored by now, unless it `has_new_secrets`: they may have been sealed anew since they
/// were read.
///
/// # Errors
/// If the database fails.
pub async fn update(
    conn: &mut Conn,
    provider: &IdentityProvider,
    has_new_secrets: bool,
) -> Result<bool> {
    let documents = Documents::of(provider)?;
    let rows = execute!(
        "db.identity_providers.update",
        conn,
        "UPDATE identity_providers SET details = $3,
           secrets = CASE WHEN $10 THEN $4 ELSE secrets END, attribute_mapping = $5,
           identifiers = $6, acr_mapping = $7, modified_at = $8, origin = $9
         WHERE pool_id = $1 AND provider_name = $2",
        &provider.pool_id,
        &provider.name,
        &documents.details,
        provider.sealed_secrets.as_deref(),
        documents.attribute_mapping.as_deref(),
        &documents.identifiers,
        documents.acr_mapping.as_deref(),
        provider.modified_at.millis(),
        provider.origin.as_deref(),
        has_new_secrets,
    );
    Ok(rows == 1)
}

/// Makes `identifier` another name of the provider; `false` if a provider of the pool has it.
///
/// # Errors
/// If the database fails.
pub async fn insert_identifier(
    conn: &mut Conn,
    pool_id: &str,
    identifier: &str,
    name: &str,
) -> Result<bool> {
    let rows = execute!(
        "db.identity_providers.insert_identifier",
        conn,
        "INSERT INTO identity_provider_identifiers (pool_id, identifier, provider_name)
         VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        pool_id,
        identifier,
        name,
    );
    Ok(rows == 1)
}

/// Takes all other names from the provider.
///
/// # Errors
/// If the database fails.
pub async fn delete_identifiers(conn: &mut Conn, pool_id: &str, name: &str) -> Result<()> {
    execute!(
        "db.identity_providers.delete_identifiers",
        conn,
        "DELETE FROM identity_provider_identifiers WHERE pool_id = $1 AND provider_name = $2",
        pool_id,
        name,
    );
    Ok(())
}

/// The provider of this name.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn, pool_id: &str, name: &str) -> Result<Option<IdentityProvider>> {
    fetch_optional!(
        "db.identity_providers.find",
        Row,
        conn,
        concat!(
            "SELECT ",
            provider_columns!(),
            " FROM identity_providers p WHERE p.pool_id = $1 AND p.provider_name = $2"
        ),
        pool_id,
        name,
    )
    .map(IdentityProvider::try_from)
    .transpose()
}

/// The provider that has this other name.
///
/// # Errors
/// If the database fails.
pub async fn find_by_identifier(
    conn: &mut Conn,
    pool_id: &str,
    identifier: &str,
) -> Result<Option<IdentityProvider>> {
    fetch_optional!(
        "db.identity_providers.find_by_identifier",
        Row,
        conn,
        concat!(
            "SELECT ",
            provider_columns!(),
            " FROM identity_provider_identifiers i
              JOIN identity_providers p
                ON p.pool_id = i.pool_id AND p.provider_name = i.provider_name
              WHERE i.pool_id = $1 AND i.identifier = $2"
        ),
        pool_id,
        identifier,
    )
    .map(IdentityProvider::try_from)
    .transpose()
}

/// Deletes a provider with its other names; `false` if the pool has none of this name.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, name: &str) -> Result<bool> {
    let rows = execute!(
        "db.identity_providers.delete",
        conn,
        "DELETE FROM identity_providers WHERE pool_id = $1 AND provider_name = $2",
        pool_id,
        name,
    );
    Ok(rows == 1)
}

/// How many providers the pool has.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, pool_id: &str) -> Result<i64> {
    let row = fetch_optional!(
        "db.identity_providers.count",
        (i64,),
        conn,
        "SELECT COUNT(*) FROM identity_providers WHERE pool_id = $1",
        pool_id,
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// The names of all providers of the pool.
///
/// # Errors
/// If the database fails.
pub async fn names(conn: &mut Conn, pool_id: &str) -> Result<Vec<String>> {
    let rows = fetch_all!(
        "db.identity_providers.names",
        (String,),
        conn,
        "SELECT provider_name FROM identity_providers WHERE pool_id = $1",
        pool_id,
    );
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    provider_name: String,
    provider_type: String,
    created_at: i64,
    modified_at: i64,
}

/// Up to `limit` providers in the order in which they were made, after the cursor.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<ListedProvider>> {
    let (created_at, name) = Cursor::bounds(after);
    let rows = fetch_all!(
        "db.identity_providers.page",
        ListedRow,
        conn,
        "SELECT provider_name, provider_type, created_at, modified_at
         FROM identity_providers WHERE pool_id = $1 AND (created_at, provider_name) > ($2, $3)
         ORDER BY created_at, provider_name LIMIT $4 + 0",
        pool_id,
        created_at,
        name,
        limit,
    );
    let listed = rows.into_iter().map(|row| {
        let provider_type = ProviderType::named(&row.provider_type);
        Ok(ListedProvider {
            provider_type: provider_type.ok_or(Error::UnknownValue {
                column: "identity_providers.provider_type",
            })?,
            name: row.provider_name,
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
        })
    });
    listed.collect()
}
