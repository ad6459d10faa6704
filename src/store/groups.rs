//! Groups and their members.

use sqlx::AssertSqlSafe;

use super::creation_order::Cursor;
use super::statement::{execute, fetch_all, fetch_optional, first_rows};
use super::users::{self, user_columns};
use super::{Conn, Result, Tx};
use crate::domain::group::Group;
use crate::domain::time::Timestamp;
use crate::domain::user::User;

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

/// Deletes a group with its memberships; `false` if the pool has no group of this name.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, name: &str) -> Result<bool> {
    let rows = execute!(
        "db.groups.delete",
        conn,
        "DELETE FROM groups WHERE pool_id = $1 AND group_name = $2",
        pool_id,
        name,
    );
    Ok(rows == 1)
}

/// How many groups the pool has.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, pool_id: &str) -> Result<i64> {
    let row = fetch_optional!(
        "db.groups.count",
        (i64,),
        conn,
        "SELECT COUNT(*) FROM groups WHERE pool_id = $1",
        pool_id,
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Up to `limit` groups of the pool in the order in which they were made, after the cursor.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Group>> {
    let (created_at, name) = Cursor::bounds(after);
    let rows = fetch_all!(
        "db.groups.page",
        Row,
        conn,
        "SELECT pool_id, group_name, description, precedence, role_arn, created_at, modified_at
         FROM groups WHERE pool_id = $1 AND (created_at, group_name) > ($2, $3)
         ORDER BY created_at, group_name LIMIT $4 + 0",
        pool_id,
        created_at,
        name,
        limit,
    );
    Ok(rows.into_iter().map(Group::from).collect())
}

/// Up to `limit` groups of the user in the order in which the groups were made, after the cursor.
///
/// # Errors
/// If the database fails.
pub async fn page_of_user(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Group>> {
    let (created_at, name) = Cursor::bounds(after);
    let rows = fetch_all!(
        "db.groups.page_of_user",
        Row,
        conn,
        "SELECT g.pool_id, g.group_name, g.description, g.precedence, g.role_arn, g.created_at,
           g.modified_at
         FROM group_members m
         JOIN groups g ON g.pool_id = m.pool_id AND g.group_name = m.group_name
         WHERE m.pool_id = $1 AND m.user_id = $2 AND (g.created_at, g.group_name) > ($3, $4)
         ORDER BY g.created_at, g.group_name LIMIT $5 + 0",
        pool_id,
        user_id,
        created_at,
        name,
        limit,
    );
    Ok(rows.into_iter().map(Group::from).collect())
}

/// A member of a group.
pub struct Member {
    /// The user.
    pub user: User,
    /// When it was added, in milliseconds.
    pub added_at: i64,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    #[sqlx(flatten)]
    user: users::Row,
    added_at: i64,
}

/// Up to `limit` members of the group in the order in which they were added, after the cursor.
///
/// # Errors
/// If the database fails.
pub async fn members(
    conn: &mut Conn,
    pool_id: &str,
    name: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Member>> {
    const ORDERED: &str = concat!(
        "SELECT ",
        user_columns!(),
        ", m.added_at FROM group_members m
         JOIN users u ON u.pool_id = m.pool_id AND u.user_id = m.user_id
         WHERE m.pool_id = $1 AND m.group_name = $2 AND (m.added_at, m.user_id) > ($3, $4)
         ORDER BY m.added_at, m.user_id"
    );
    let (added_at, user_id) = Cursor::bounds(after);
    let rows = fetch_all!(
        "db.groups.members",
        MemberRow,
        conn,
        AssertSqlSafe(first_rows(ORDERED, 5, limit)),
        pool_id,
        name,
        added_at,
        user_id,
        limit,
    );
    let members = rows.into_iter().map(|row| {
        Ok(Member {
            added_at: row.added_at,
            user: User::try_from(row.user)?,
        })
    });
    members.collect()
}

/// How many groups the user is a member of, without the one of this name. Keeps other requests from changing
/// the number until the commit.
///
/// # Errors
/// If the database fails.
pub async fn count_others_of_user(
    tx: &mut Tx,
    pool_id: &str,
    user_id: &str,
    name: &str,
) -> Result<i64> {
    // The update changes nothing, but locks the row on PostgreSQL; SQLite has one writer anyway.
    execute!(
        "db.groups.lock_user",
        tx,
        "UPDATE users SET version = version WHERE pool_id = $1 AND user_id = $2",
        pool_id,
        user_id,
    );
    let row = fetch_optional!(
        "db.groups.count_others_of_user",
        (i64,),
        tx,
        "SELECT COUNT(*) FROM group_members WHERE pool_id = $1 AND user_id = $2 AND group_name <> $3",
        pool_id,
        user_id,
        name,
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Takes a user out of a group, if it is a member.
///
/// # Errors
/// If the database fails.
pub async fn remove_member(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    name: &str,
) -> Result<()> {
    execute!(
        "db.groups.remove_member",
        conn,
        "DELETE FROM group_members WHERE pool_id = $1 AND user_id = $2 AND group_name = $3",
        pool_id,
        user_id,
        name,
    );
    Ok(())
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
         ORDER BY CASE WHEN g.precedence IS NULL THEN 1 ELSE 0 END, g.precedence, g.created_at,
           g.group_name",
        pool_id,
        user_id,
    );
    Ok(rows.into_iter().map(Group::from).collect())
}
