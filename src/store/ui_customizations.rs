//! Looks of the classic login pages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::statement::{execute, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::time::Timestamp;
use crate::domain::ui_customization::{Image, ImageFormat, Look, UiCustomization};

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    client_id: Option<String>,
    css: Option<String>,
    image_format: Option<String>,
    image: Option<String>,
    created_at: i64,
    modified_at: i64,
}

impl TryFrom<Row> for UiCustomization {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let image = image_of(row.image_format, row.image)?;
        Ok(Self {
            pool_id: row.pool_id,
            client_id: row.client_id,
            look: Look {
                css: row.css,
                image,
            },
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
        })
    }
}

fn image_of(format: Option<String>, text: Option<String>) -> Result<Option<Image>> {
    let (Some(format), Some(text)) = (format, text) else {
        return Ok(None);
    };
    let unknown = |column| Error::UnknownValue { column };
    Ok(Some(Image {
        format: match format.as_str() {
            "png" => ImageFormat::Png,
            "jpeg" => ImageFormat::Jpeg,
            _ => return Err(unknown("image_format")),
        },
        bytes: STANDARD.decode(text).map_err(|_| unknown("image"))?,
    }))
}

/// The logo of the app client, or of the pool where there is no `client_id`; `None` if there is none.
///
/// # Errors
/// If the database fails.
pub async fn image(
    conn: &mut Conn,
    pool_id: &str,
    client_id: Option<&str>,
) -> Result<Option<Image>> {
    let row = fetch_optional!(
        "db.ui_customizations.image",
        (Option<String>, Option<String>),
        conn,
        "SELECT image_format, image FROM ui_customizations WHERE pool_id = $1 AND scope = $2",
        pool_id,
        client_id.unwrap_or_default(),
    );
    let (format, text) = row.unwrap_or_default();
    image_of(format, text)
}

/// The look of the app client, or of the pool where there is no `client_id`; `None` if it was not set.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    client_id: Option<&str>,
) -> Result<Option<UiCustomization>> {
    fetch_optional!(
        "db.ui_customizations.find",
        Row,
        conn,
        "SELECT pool_id, client_id, css, image_format, image, created_at, modified_at
         FROM ui_customizations WHERE pool_id = $1 AND scope = $2",
        pool_id,
        client_id.unwrap_or_default(),
    )
    .map(UiCustomization::try_from)
    .transpose()
}

/// Replaces the look of the app client, or of the pool where there is no `client_id`.
///
/// # Errors
/// [`Error::Conflict`] if there is no such app client, or if the database fails.
pub async fn put(conn: &mut Conn, customization: &UiCustomization) -> Result<()> {
    let image = customization.look.image.as_ref();
    let format = image.map(|image| match image.format {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpeg",
    });
    let bytes = image.map(|image| STANDARD.encode(&image.bytes));
    execute!(
        "db.ui_customizations.put",
        conn,
        "INSERT INTO ui_customizations
           (pool_id, scope, client_id, css, image_format, image, created_at, modified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (pool_id, scope) DO UPDATE
         SET css = excluded.css, image_format = excluded.image_format, image = excluded.image,
           modified_at = excluded.modified_at",
        &customization.pool_id,
        customization.client_id.as_deref().unwrap_or_default(),
        customization.client_id.as_deref(),
        customization.look.css.as_deref(),
        format,
        bytes.as_deref(),
        customization.created_at.millis(),
        customization.modified_at.millis(),
    );
    Ok(())
}

/// Deletes the look of the app client, or of the pool where there is no `client_id`, if there is one.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, client_id: Option<&str>) -> Result<()> {
    execute!(
        "db.ui_customizations.delete",
        conn,
        "DELETE FROM ui_customizations WHERE pool_id = $1 AND scope = $2",
        pool_id,
        client_id.unwrap_or_default(),
    );
    Ok(())
}
