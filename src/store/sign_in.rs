//! What a sign-in reads, in as few statements as possible, since password hashing occupies the
//! processors and delays each statement.

use super::attempt_log::Budget;
use super::attempts::{Lockout, LockoutRow};
use super::statement::{fetch_all, fetch_optional};
use super::users::{CredentialsRow, Row, by_name_or_alias, credentials_columns, user_columns};
use super::{Conn, Result, groups};
use crate::domain::group::Group;
use crate::domain::time::Timestamp;
use crate::domain::user::{Credentials, User};

/// A user and the user's credentials.
pub struct UserWithCredentials {
    /// The user.
    pub user: User,
    /// The credentials; `None` if the user has no password.
    pub credentials: Option<Credentials>,
}

impl UserWithCredentials {
    /// Both, if the user has a password.
    #[must_use]
    pub fn with_password(self) -> Option<(User, Credentials)> {
        Some((self.user, self.credentials?))
    }
}

#[derive(sqlx::FromRow)]
struct UserWithCredentialsRow {
    #[sqlx(flatten)]
    user: Row,
    #[sqlx(flatten)]
    credentials: CredentialsRow,
}

/// The columns of [`UserWithCredentialsRow`], qualified.
macro_rules! user_with_credentials_columns {
    () => {
        concat!(user_columns!(), ", ", credentials_columns!())
    };
}

impl TryFrom<UserWithCredentialsRow> for UserWithCredentials {
    type Error = super::Error;

    fn try_from(row: UserWithCredentialsRow) -> Result<Self> {
        Ok(Self {
            user: row.user.try_into()?,
            credentials: row.credentials.credentials()?,
        })
    }
}

/// The user with this `sub`.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
) -> Result<Option<UserWithCredentials>> {
    fetch_optional!(
        "db.sign_in.find",
        UserWithCredentialsRow,
        conn,
        concat!(
            "SELECT ",
            user_with_credentials_columns!(),
            " FROM users u WHERE u.pool_id = $1 AND u.user_id = $2"
        ),
        pool_id,
        user_id,
    )
    .map(UserWithCredentials::try_from)
    .transpose()
}

/// The user with this username, by its key.
///
/// # Errors
/// If the database fails.
pub async fn find_by_username(
    conn: &mut Conn,
    pool_id: &str,
    username_key: &str,
) -> Result<Option<UserWithCredentials>> {
    fetch_optional!(
        "db.sign_in.find_by_username",
        UserWithCredentialsRow,
        conn,
        concat!(
            "SELECT ",
            user_with_credentials_columns!(),
            " FROM users u WHERE u.pool_id = $1 AND u.username_key = $2"
        ),
        pool_id,
        username_key,
    )
    .map(UserWithCredentials::try_from)
    .transpose()
}

/// The user whose username this is by its key, or else the one that holds it as one of these aliases,
/// as for [`super::users::find_by_name_or_alias`].
///
/// # Errors
/// If the database fails.
pub async fn find_by_name_or_alias(
    conn: &mut Conn,
    pool_id: &str,
    key: &str,
    aliases: &[&str],
) -> Result<Option<UserWithCredentials>> {
    let alias = |number: usize| aliases.get(number).copied().unwrap_or_default();
    fetch_optional!(
        "db.sign_in.find_by_name_or_alias",
        UserWithCredentialsRow,
        conn,
        by_name_or_alias!(user_with_credentials_columns!()),
        pool_id,
        key,
        alias(0),
        alias(1),
        alias(2),
    )
    .map(UserWithCredentials::try_from)
    .transpose()
}

/// What may lock the user out, or nulls, beside one of the user's groups, or nulls.
#[derive(sqlx::FromRow)]
struct LockoutAndGroupRow {
    #[sqlx(flatten)]
    lockout: LockoutRow,
    #[sqlx(flatten)]
    group: groups::OptionalRow,
}

/// Whose wrong passwords lock a user out.
pub struct LockoutSubjects<'a> {
    /// The kind of the counter.
    pub kind: &'a str,
    /// The user from the origin of the request.
    pub user_and_origin: &'a str,
    /// The user from everywhere; `None` if that is not limited.
    pub from_everywhere: Option<&'a Budget>,
}

/// What may lock the user out, as [`super::attempts::lockout`], and the user's groups in order of precedence.
///
/// # Errors
/// If the database fails.
pub async fn lockout_and_groups(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    subjects: &LockoutSubjects<'_>,
    now: Timestamp,
) -> Result<(Lockout, Vec<Group>)> {
    let budget = subjects.from_everywhere;
    let rows = fetch_all!(
        "db.sign_in.lockout_and_groups",
        LockoutAndGroupRow,
        conn,
        "SELECT a.count, a.last_at, a.locked_until, l.times,
           g.group_name, g.description, g.precedence, g.role_arn,
           g.created_at AS group_created_at, g.modified_at AS group_modified_at
         FROM (SELECT 1 AS one) o
         LEFT JOIN attempts a ON a.pool_id = $1 AND a.kind = $2 AND a.subject = $3
         LEFT JOIN attempt_log l ON l.pool_id = $1 AND l.kind = $4 AND l.subject = $5
         LEFT JOIN group_members m ON m.pool_id = $1 AND m.user_id = $6
         LEFT JOIN groups g ON g.pool_id = m.pool_id AND g.group_name = m.group_name
         ORDER BY CASE WHEN g.precedence IS NULL THEN 1 ELSE 0 END, g.precedence, g.created_at, g.group_name",
        pool_id,
        subjects.kind,
        subjects.user_and_origin,
        budget.map_or("", |budget| budget.kind),
        budget.map_or("", |budget| budget.subject.as_str()),
        user_id,
    );
    let lockout = rows.first().map_or(
        Lockout {
            counter: None,
            is_spent: false,
        },
        |row| row.lockout.lockout(budget, now),
    );
    let groups = rows.into_iter().filter_map(|row| row.group.group(pool_id));
    Ok((lockout, groups.collect()))
}
