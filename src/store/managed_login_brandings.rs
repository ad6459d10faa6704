//! Looks of the managed login pages.

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Result, Tx};
use crate::domain::managed_login_branding::{Asset, ManagedLoginBranding};
use crate::domain::time::Timestamp;

const TABLE: &str = "managed_login_brandings";

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    branding_id: String,
    client_id: String,
    settings: Option<String>,
    created_at: i64,
    modified_at: i64,
}

#[derive(sqlx::FromRow)]
struct AssetRow {
    category: String,
    color_mode: String,
    extension: String,
    bytes: String,
    resource_id: Option<String>,
}

impl From<AssetRow> for Asset {
    fn from(row: AssetRow) -> Self {
        Self {
            category: row.category,
            color_mode: row.color_mode,
            extension: row.extension,
            bytes: row.bytes,
            resource_id: row.resource_id,
        }
    }
}

async fn with_assets(conn: &mut Conn, row: Option<Row>) -> Result<Option<ManagedLoginBranding>> {
    let Some(row) = row else {
        return Ok(None);
    };
    let assets = fetch_all!(
        "db.managed_login_brandings.assets",
        AssetRow,
        conn,
        "SELECT category, color_mode, extension, bytes, resource_id FROM managed_login_assets
         WHERE pool_id = $1 AND branding_id = $2 ORDER BY place",
        &row.pool_id,
        &row.branding_id,
    );
    let settings = row.settings.map(|json| super::from_json(TABLE, &json));
    Ok(Some(ManagedLoginBranding {
        settings: settings.transpose()?,
        assets: assets.into_iter().map(Asset::from).collect(),
        pool_id: row.pool_id,
        id: row.branding_id,
        client_id: row.client_id,
        created_at: Timestamp::from_millis(row.created_at),
        modified_at: Timestamp::from_millis(row.modified_at),
    }))
}

/// The pool's branding with this id.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    id: &str,
) -> Result<Option<ManagedLoginBranding>> {
    let row = fetch_optional!(
        "db.managed_login_brandings.find",
        Row,
        conn,
        "SELECT pool_id, branding_id, client_id, settings, created_at, modified_at
         FROM managed_login_brandings WHERE pool_id = $1 AND branding_id = $2",
        pool_id,
        id,
    );
    with_assets(conn, row).await
}

/// The app client's branding.
///
/// # Errors
/// If the database fails.
pub async fn find_by_client(
    conn: &mut Conn,
    pool_id: &str,
    client_id: &str,
) -> Result<Option<ManagedLoginBranding>> {
    let row = fetch_optional!(
        "db.managed_login_brandings.find_by_client",
        Row,
        conn,
        "SELECT pool_id, branding_id, client_id, settings, created_at, modified_at
         FROM managed_login_brandings WHERE pool_id = $1 AND client_id = $2",
        pool_id,
        client_id,
    );
    with_assets(conn, row).await
}

/// The picture of this category and colour mode in the branding of the app client of this pool and id.
///
/// # Errors
/// If the database fails.
pub async fn asset(
    conn: &mut Conn,
    (pool_id, client_id): (&str, &str),
    (category, color_mode): (&str, &str),
) -> Result<Option<Asset>> {
    let row = fetch_optional!(
        "db.managed_login_brandings.asset",
        AssetRow,
        conn,
        "SELECT a.category, a.color_mode, a.extension, a.bytes, a.resource_id
         FROM managed_login_brandings b
         JOIN managed_login_assets a ON a.pool_id = b.pool_id AND a.branding_id = b.branding_id
         WHERE b.pool_id = $1 AND b.client_id = $2 AND a.category = $3 AND a.color_mode = $4",
        pool_id,
        client_id,
        category,
        color_mode,
    );
    Ok(row.map(Asset::from))
}

/// Adds a branding; `false` if the app client has one.
///
/// # Errors
/// [`super::Error::Conflict`] if there is no such app client, or if the database fails.
pub async fn insert(tx: &mut Tx, branding: &ManagedLoginBranding) -> Result<bool> {
    let settings = stored_settings(branding)?;
    let rows = execute!(
        "db.managed_login_brandings.insert",
        tx,
        "INSERT INTO managed_login_brandings
           (pool_id, branding_id, client_id, settings, created_at, modified_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        &branding.pool_id,
        &branding.id,
        &branding.client_id,
        settings.as_deref(),
        branding.created_at.millis(),
        branding.modified_at.millis(),
    );
    if rows == 0 {
        return Ok(false);
    }
    put_assets(tx, branding, |_| true).await?;
    Ok(true)
}

/// Writes the settings of a branding and the pictures with the keys in `changed`; `false` if there is none with this
/// id. The pool must be locked.
///
/// # Errors
/// If the database fails.
pub async fn update(
    tx: &mut Tx,
    branding: &ManagedLoginBranding,
    changed: &[(String, String)],
) -> Result<bool> {
    let settings = stored_settings(branding)?;
    let rows = execute!(
        "db.managed_login_brandings.update",
        tx,
        "UPDATE managed_login_brandings SET settings = $3, modified_at = $4
         WHERE pool_id = $1 AND branding_id = $2",
        &branding.pool_id,
        &branding.id,
        settings.as_deref(),
        branding.modified_at.millis(),
    );
    if rows == 0 {
        return Ok(false);
    }
    put_assets(tx, branding, |asset| {
        let key = asset.key();
        let is_it = |(category, mode): &(String, String)| (category.as_str(), mode.as_str()) == key;
        changed.iter().any(is_it)
    })
    .await?;
    Ok(true)
}

fn stored_settings(branding: &ManagedLoginBranding) -> Result<Option<String>> {
    let settings = branding.settings.as_ref();
    settings
        .map(|settings| super::to_json(TABLE, settings))
        .transpose()
}

/// Writes the pictures that are `chosen`. One that is replaced keeps its place.
async fn put_assets(
    tx: &mut Tx,
    branding: &ManagedLoginBranding,
    chosen: impl Fn(&Asset) -> bool,
) -> Result<()> {
    let assets = (0_i64..).zip(&branding.assets);
    for (place, asset) in assets.filter(|(_, asset)| chosen(asset)) {
        execute!(
            "db.managed_login_brandings.put_asset",
            tx,
            "INSERT INTO managed_login_assets
               (pool_id, branding_id, category, color_mode, place, extension, bytes, resource_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (pool_id, branding_id, category, color_mode) DO UPDATE
             SET extension = excluded.extension, bytes = excluded.bytes,
               resource_id = excluded.resource_id",
            &branding.pool_id,
            &branding.id,
            &asset.category,
            &asset.color_mode,
            place,
            &asset.extension,
            &asset.bytes,
            asset.resource_id.as_deref(),
        );
    }
    Ok(())
}

/// Deletes a branding; `false` if the pool has none with this id.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, id: &str) -> Result<bool> {
    let rows = execute!(
        "db.managed_login_brandings.delete",
        conn,
        "DELETE FROM managed_login_brandings WHERE pool_id = $1 AND branding_id = $2",
        pool_id,
        id,
    );
    Ok(rows == 1)
}
