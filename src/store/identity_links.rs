//! Accounts at identity providers that are linked to users.

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::identity_link::{Account, IdentityLink};
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::provider_type::ProviderType;
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    provider_name: String,
    attribute_name: String,
    value: String,
    user_id: String,
    provider_type: String,
    issuer: Option<String>,
    origin: Option<String>,
    linked_at: i64,
}

impl TryFrom<Row> for IdentityLink {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let provider_type = ProviderType::named(&row.provider_type);
        Ok(Self {
            provider_type: provider_type.ok_or(Error::UnknownValue {
                column: "identity_links.provider_type",
            })?,
            pool_id: row.pool_id,
            account: Account {
                provider: row.provider_name,
                attribute: row.attribute_name,
                value: row.value,
            },
            user_id: row.user_id,
            issuer: row.issuer,
            origin: row.origin,
            linked_at: Timestamp::from_millis(row.linked_at),
        })
    }
}

/// Adds a link; `false` if the account is linked to a user.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, link: &IdentityLink) -> Result<bool> {
    let rows = execute!(
        "db.identity_links.insert",
        conn,
        "INSERT INTO identity_links (pool_id, provider_name, attribute_name, value, user_id,
           provider_type, issuer, linked_at, origin)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        &link.pool_id,
        &link.account.provider,
        &link.account.attribute,
        &link.account.value,
        &link.user_id,
        link.provider_type.as_str(),
        link.issuer.as_deref(),
        link.linked_at.millis(),
        link.origin.as_deref(),
    );
    Ok(rows == 1)
}

/// The link of an account.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    account: &Account,
) -> Result<Option<IdentityLink>> {
    fetch_optional!(
        "db.identity_links.find",
        Row,
        conn,
        "SELECT pool_id, provider_name, attribute_name, value, user_id, provider_type, issuer,
           origin, linked_at
         FROM identity_links
         WHERE pool_id = $1 AND provider_name = $2 AND attribute_name = $3 AND value = $4",
        pool_id,
        &account.provider,
        &account.attribute,
        &account.value,
    )
    .map(IdentityLink::try_from)
    .transpose()
}

/// Deletes the link of an account to this user; `false` if there is none.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    conn: &mut Conn,
    pool_id: &str,
    account: &Account,
    user_id: &str,
) -> Result<bool> {
    let rows = execute!(
        "db.identity_links.delete",
        conn,
        "DELETE FROM identity_links
         WHERE pool_id = $1 AND provider_name = $2 AND attribute_name = $3 AND value = $4
           AND user_id = $5",
        pool_id,
        &account.provider,
        &account.attribute,
        &account.value,
        user_id,
    );
    Ok(rows == 1)
}

/// The links of a user, the first made first.
///
/// # Errors
/// If the database fails.
pub async fn of_user(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<Vec<IdentityLink>> {
    fetch_all!(
        "db.identity_links.of_user",
        Row,
        conn,
        "SELECT pool_id, provider_name, attribute_name, value, user_id, provider_type, issuer,
           origin, linked_at
         FROM identity_links WHERE pool_id = $1 AND user_id = $2
         ORDER BY linked_at, provider_name, attribute_name, value",
        pool_id,
        user_id,
    )
    .into_iter()
    .map(IdentityLink::try_from)
    .collect()
}

/// Gives the links that were made at the provider while it had the origin `former` the one that it has now.
///
/// # Errors
/// If the database fails.
pub async fn move_origin(conn: &mut Conn, provider: &IdentityProvider, former: &str) -> Result<()> {
    execute!(
        "db.identity_links.move_origin",
        conn,
        "UPDATE identity_links SET origin = $4
         WHERE pool_id = $1 AND provider_name = $2 AND provider_type = $3 AND origin = $5",
        &provider.pool_id,
        &provider.name,
        provider.provider_type.as_str(),
        provider.origin.as_deref(),
        former,
    );
    Ok(())
}
