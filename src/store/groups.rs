//! Groups and their members.

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Result};
use crate::domain::group::Group;
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    group_name: String,
    description: Option<String>,
    precedence: Option<i64>,
    role_arn: Option<String>,
    created_at: i64,
    modified_at: i64,
}

impl From<Row> for Group {
    fn from(row: Row) -> Self {
        Self {
            pool_id: row.pool_id,
            name: row.group_name,
            description: row.description,
            precedence: row.precedence,
            role_arn: row.role_arn,
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
        }
    }
}

/// The columns of a group that an outer join may leave null.
#[derive(sqlx::FromRow)]
pub(super) struct OptionalRow {
    group_name: Option<String>,
    description: Option<String>,
    precedence: Option<i64>,
    role_arn: Option<String>,
    group_created_at: Option<i64>,
    group_modified_at: Option<i64>,
}

impl OptionalRow {
    /// The group, if there is one; it belongs to this pool.
    pub fn group(self, pool_id: &str) -> Option<Group> {
        Some(Group {
            pool_id: pool_id.to_owned(),
            name: self.group_name?,
            description: self.description,
            precedence: self.precedence,
            role_arn: self.role_arn,
            created_at: Timestamp::from_millis(self.group_created_at?),
            modified_at: Timestamp::from_millis(self.group_modified_at?),
        })
    }
}

/// Adds a group; `false` if the name is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, group: &Group) -> Result<bool> {
    let rows = execute!(
        "db.groups.insert",
        conn,
        "INSERT INTO groups
           (pool_id, group_name, description, precedence, role_arn, created_at, modified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &group.pool_id,
        &group.name,
        group.description.as_deref(),
        group.precedence,
        group.role_arn.as_deref(),
        group.created_at.millis(),
        group.modified_at.millis(),
    );
    Ok(rows == 1)
}

/// The group of this name.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn, pool_id: &str, name: &str) -> Result<Option<Group>> {
    let row = fetch_optional!(
        "db.groups.find",
        Row,
        conn,
        "SELECT pool_id, group_name, description, precedence, role_arn, created_at, modified_at
         FROM groups WHERE pool_id = $1 AND group_name = $2",
        pool_id,
        name,
    );
    Ok(row.map(Group::from))
}

/// Replaces everything of a group except its name and its creation time; `false` if the pool has no
/// group of this name.
///
/// # Errors
/// If the database fails.
pub async fn update(conn: &mut Conn, group: &Group) -> Result<bool> {
    let rows = execute!(
        "db.groups.update",
        conn,
        "UPDATE groups SET description = $3, precedence = $4, role_arn = $5, modified_at = $6
         WHERE pool_id = $1 AND group_name = $2",
        &group.pool_id,
        &group.name,
        group.description.as_deref(),
        group.precedence,
        group.role_arn.as_deref(),
        group.modified_at.millis(),
    );
    Ok(rows == 1)
}

/// Adds a user to a group; `false` if the user is a member already.
///
/// # Errors
/// If the database fails, or there is no such user or group.
pub async fn add_member(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    name: &str,
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        "db.groups.add_member",
        conn,
        "INSERT INTO group_members (pool_id, user_id, group_name, added_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        pool_id,
        user_id,
        name,
        now.millis(),
    );
    Ok(rows == 1)
}

/// The groups of a user, the lowest precedence first and those without a precedence last, as
/// `cognito:groups` and `cognito:preferred_role` need them.
///
/// # Errors
/// If the database fails.
pub async fn of_user(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<Vec<Group>> {
    let rows = fetch_all!(
        "db.groups.of_user",
        Row,
        conn,
        "SELECT g.pool_id, g.group_name, g.description, g.precedence, g.role_arn, g.created_at,
           g.modified_at
         FROM group_members m
         JOIN groups g ON g.pool_id = m.pool_id AND g.group_name = m.group_name
         WHERE m.pool_id = $1 AND m.user_id = $2
         ORDER BY CASE WHEN g.precedence IS NULL THEN 1 ELSE 0 END, g.precedence, g.group_name",
        pool_id,
        user_id,
    );
    Ok(rows.into_iter().map(Group::from).collect())
}
