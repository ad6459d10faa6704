//! Users and their credentials.

use super::statement::{execute, fetch_optional};
use super::{Conn, Error, Result, Tx};
use crate::domain::second_factor::UserMfa;
use crate::domain::time::Timestamp;
use crate::domain::user::{Credentials, User, UserStatus};

const TABLE: &str = "users";

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pool_id: String,
    user_id: String,
    username: String,
    status: String,
    enabled: bool,
    attributes: String,
    created_at: i64,
    modified_at: i64,
    credentials_version: i64,
    mfa: Option<String>,
    version: i64,
}

impl TryFrom<Row> for User {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            attributes: super::from_json(TABLE, &row.attributes)?,
            mfa: match &row.mfa {
                Some(mfa) => super::from_json(TABLE, mfa)?,
                None => UserMfa::default(),
            },
            status: UserStatus::named(&row.status).ok_or(Error::UnknownValue {
                column: "users.status",
            })?,
            pool_id: row.pool_id,
            id: row.user_id,
            username: row.username,
            enabled: row.enabled,
            created_at: Timestamp::from_millis(row.created_at),
            modified_at: Timestamp::from_millis(row.modified_at),
            credentials_version: row.credentials_version,
            version: row.version,
        })
    }
}

/// The columns of [`Row`], qualified, for every query that reads users.
macro_rules! user_columns {
    () => {
        "u.pool_id, u.user_id, u.username, u.status, u.enabled, u.attributes, u.created_at, \
         u.modified_at, u.credentials_version, u.mfa, u.version"
    };
}
pub(super) use user_columns;

/// The statement that finds a user by pool, and by username key or else by up to three aliases, the first
/// of which takes precedence.
macro_rules! by_name_or_alias {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            ", 0 AS rank FROM users u WHERE u.pool_id = $1 AND u.username_key = $2",
            " UNION ALL SELECT ",
            $columns,
            ", CASE a.attribute WHEN $3 THEN 1 WHEN $4 THEN 2 ELSE 3 END AS rank",
            " FROM aliases a JOIN users u ON u.pool_id = a.pool_id AND u.user_id = a.user_id",
            " WHERE a.pool_id = $1 AND a.value_key = $2 AND a.attribute IN ($3, $4, $5)",
            " ORDER BY rank LIMIT 1"
        )
    };
}
pub(super) use by_name_or_alias;

/// Adds a user; `false` if the username (by `username_key`) is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    user: &User,
    username_key: &str,
    credentials: Option<&Credentials>,
) -> Result<bool> {
    let attributes = super::to_json(TABLE, &user.attributes)?;
    let former = super::to_json(TABLE, &credentials.map_or(&[][..], |c| &c.former))?;
    let mfa = stored_mfa(user)?;
    let rows = execute!(
        "db.users.insert",
        conn,
        "INSERT INTO users (pool_id, user_id, username, username_key, status, enabled, attributes,
           email, phone_number, name, given_name, family_name, preferred_username,
           password_hash, srp_salt, srp_verifier, password_set_at, former_passwords,
           created_at, modified_at, version, credentials_version, mfa)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
           $19, $20, $21, $22, $23) ON CONFLICT DO NOTHING",
        &user.pool_id,
        &user.id,
        &user.username,
        username_key,
        user.status.as_str(),
        user.enabled,
        &attributes,
        user.attributes.get("email"),
        user.attributes.get("phone_number"),
        user.attributes.get("name"),
        user.attributes.get("given_name"),
        user.attributes.get("family_name"),
        user.attributes.get("preferred_username"),
        credentials.map(|c| c.password_hash.as_str()),
        credentials.map(|c| c.srp_salt.as_slice()),
        credentials.map(|c| c.srp_verifier.as_slice()),
        credentials.map(|c| c.set_at.millis()),
        &former,
        user.created_at.millis(),
        user.modified_at.millis(),
        user.version,
        user.credentials_version,
        &mfa,
    );
    Ok(rows == 1)
}

/// The user with this `sub`.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<Option<User>> {
    fetch_optional!(
        "db.users.find",
        Row,
        conn,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u WHERE u.pool_id = $1 AND u.user_id = $2"
        ),
        pool_id,
        user_id,
    )
    .map(User::try_from)
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
) -> Result<Option<User>> {
    fetch_optional!(
        "db.users.find_by_username",
        Row,
        conn,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u WHERE u.pool_id = $1 AND u.username_key = $2"
        ),
        pool_id,
        username_key,
    )
    .map(User::try_from)
    .transpose()
}

/// Whether this is a user's username, by its key, or a user's id.
///
/// # Errors
/// If the database fails.
pub async fn has_name(conn: &mut Conn, pool_id: &str, key: &str) -> Result<bool> {
    let row = fetch_optional!(
        "db.users.has_name",
        (i32,),
        conn,
        "SELECT 1 FROM users WHERE pool_id = $1 AND username_key = $2
         UNION ALL SELECT 1 FROM users WHERE pool_id = $1 AND user_id = $2 LIMIT 1",
        pool_id,
        key,
    );
    Ok(row.is_some())
}

/// The user with this username key, or else the user that has `key` as an alias. `aliases` names the
/// attributes that are aliases, three at the most; the first takes precedence.
///
/// # Errors
/// If the database fails.
pub async fn find_by_name_or_alias(
    conn: &mut Conn,
    pool_id: &str,
    key: &str,
    aliases: &[&str],
) -> Result<Option<User>> {
    let alias = |number: usize| aliases.get(number).copied().unwrap_or_default();
    fetch_optional!(
        "db.users.find_by_name_or_alias",
        Row,
        conn,
        by_name_or_alias!(user_columns!()),
        pool_id,
        key,
        alias(0),
        alias(1),
        alias(2),
    )
    .map(User::try_from)
    .transpose()
}

/// The user that has this alias.
///
/// # Errors
/// If the database fails.
pub async fn find_by_alias(
    conn: &mut Conn,
    pool_id: &str,
    attribute: &str,
    value_key: &str,
) -> Result<Option<User>> {
    fetch_optional!(
        "db.users.find_by_alias",
        Row,
        conn,
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM aliases a JOIN users u ON u.pool_id = a.pool_id AND u.user_id = a.user_id",
            " WHERE a.pool_id = $1 AND a.attribute = $2 AND a.value_key = $3"
        ),
        pool_id,
        attribute,
        value_key,
    )
    .map(User::try_from)
    .transpose()
}

/// [`hold`] on SQLite, whose transaction is the only one that writes.
macro_rules! at_version {
    () => {
        "SELECT 1 FROM users WHERE pool_id = $1 AND user_id = $2 AND version = $3"
    };
}

/// Whether the user is still at the version of `user`. Its row stays as it is until the transaction
/// ends, in which the caller writes what depends on the user without changing it.
///
/// # Errors
/// If the database fails.
pub async fn hold(tx: &mut Tx, user: &User) -> Result<bool> {
    hold_at(tx, &user.pool_id, &user.id, user.version).await
}

/// What [`hold`] does, for a user that there need not be: then it costs as much.
///
/// # Errors
/// If the database fails.
pub async fn hold_at(tx: &mut Tx, pool_id: &str, user_id: &str, version: i64) -> Result<bool> {
    let conn: &mut Conn = tx;
    let sql = if conn.is_postgres() {
        concat!(at_version!(), " FOR NO KEY UPDATE")
    } else {
        at_version!()
    };
    let row = fetch_optional!(
        "db.users.hold",
        (i32,),
        conn,
        sql,
        pool_id,
        user_id,
        version,
    );
    Ok(row.is_some())
}

/// Writes status, enabled, attributes and second factors of `after` if the stored version is still `after.version`;
/// `false` if it is not, or the user is deleted. `before` is what was read at that version.
///
/// # Errors
/// If the database fails.
pub async fn update(conn: &mut Conn, before: &User, after: &User, now: Timestamp) -> Result<bool> {
    let attributes = super::to_json(TABLE, &after.attributes)?;
    let mfa = stored_mfa(after)?;
    // SQLite rewrites every index on a column that is set, even if the value stays the same.
    let rows = if indexed_columns_unchanged(before, after) {
        execute!(
            "db.users.update_attributes",
            conn,
            "UPDATE users SET attributes = $4, modified_at = $5, version = version + 1
             WHERE pool_id = $1 AND user_id = $2 AND version = $3",
            &after.pool_id,
            &after.id,
            after.version,
            &attributes,
            now.millis(),
        )
    } else {
        execute!(
            "db.users.update",
            conn,
            "UPDATE users SET status = $4, enabled = $5, attributes = $6, email = $7,
               phone_number = $8, name = $9, given_name = $10, family_name = $11,
               preferred_username = $12, modified_at = $13, mfa = $14, credentials_version = $15,
               version = version + 1
             WHERE pool_id = $1 AND user_id = $2 AND version = $3",
            &after.pool_id,
            &after.id,
            after.version,
            after.status.as_str(),
            after.enabled,
            &attributes,
            after.attributes.get("email"),
            after.attributes.get("phone_number"),
            after.attributes.get("name"),
            after.attributes.get("given_name"),
            after.attributes.get("family_name"),
            after.attributes.get("preferred_username"),
            now.millis(),
            &mfa,
            after.credentials_version,
        )
    };
    Ok(rows == 1)
}

/// Attributes that are copied to an indexed column.
const INDEXED: [&str; 6] = [
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
];

/// The user's factors as they are stored: none are no text, so that few rows have one.
fn stored_mfa(user: &User) -> Result<Option<String>> {
    let is_some = user.mfa != UserMfa::default();
    is_some
        .then(|| super::to_json(TABLE, &user.mfa))
        .transpose()
}

fn indexed_columns_unchanged(before: &User, after: &User) -> bool {
    let same = |name: &str| before.attributes.get(name) == after.attributes.get(name);
    before.status == after.status
        && before.enabled == after.enabled
        && before.mfa == after.mfa
        && before.credentials_version == after.credentials_version
        && INDEXED.into_iter().all(same)
}

/// Deletes the user with everything that belongs to the user; `false` if there is none.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<bool> {
    let rows = execute!(
        "db.users.delete",
        conn,
        "DELETE FROM users WHERE pool_id = $1 AND user_id = $2",
        pool_id,
        user_id,
    );
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
pub(super) struct CredentialsRow {
    password_hash: Option<String>,
    srp_salt: Option<Vec<u8>>,
    srp_verifier: Option<Vec<u8>>,
    password_set_at: Option<i64>,
    former_passwords: String,
}

/// The columns of [`CredentialsRow`], qualified.
macro_rules! credentials_columns {
    () => {
        "u.password_hash, u.srp_salt, u.srp_verifier, u.password_set_at, u.former_passwords"
    };
}
pub(super) use credentials_columns;

impl CredentialsRow {
    /// The credentials; `None` if there is no password.
    pub fn credentials(self) -> Result<Option<Credentials>> {
        let Self {
            password_hash: Some(password_hash),
            srp_salt: Some(srp_salt),
            srp_verifier: Some(srp_verifier),
            password_set_at: Some(set_at),
            former_passwords,
        } = self
        else {
            return Ok(None);
        };
        Ok(Some(Credentials {
            password_hash,
            srp_salt,
            srp_verifier,
            set_at: Timestamp::from_millis(set_at),
            former: super::from_json(TABLE, &former_passwords)?,
        }))
    }
}

/// The user's credentials; `None` if the user is deleted or has no password.
///
/// # Errors
/// If the database fails.
pub async fn credentials(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
) -> Result<Option<Credentials>> {
    let row = fetch_optional!(
        "db.users.credentials",
        CredentialsRow,
        conn,
        concat!(
            "SELECT ",
            credentials_columns!(),
            " FROM users u WHERE u.pool_id = $1 AND u.user_id = $2"
        ),
        pool_id,
        user_id,
    );
    row.map_or(Ok(None), CredentialsRow::credentials)
}

/// [`update`] with new credentials, whatever the user had before. `raises_version` says whether the
/// credentials version rises with them.
///
/// # Errors
/// If the database fails.
pub async fn update_with_credentials(
    conn: &mut Conn,
    after: &User,
    credentials: &Credentials,
    raises_version: bool,
    now: Timestamp,
) -> Result<bool> {
    let attributes = super::to_json(TABLE, &after.attributes)?;
    let former = super::to_json(TABLE, &credentials.former)?;
    let mfa = stored_mfa(after)?;
    let rows = execute!(
        "db.users.update_with_credentials",
        conn,
        "UPDATE users SET status = $4, enabled = $5, attributes = $6, email = $7,
           phone_number = $8, name = $9, given_name = $10, family_name = $11,
           preferred_username = $12, modified_at = $13, password_hash = $14, srp_salt = $15,
           srp_verifier = $16, password_set_at = $17, former_passwords = $18,
           credentials_version = credentials_version + $19, mfa = $20, version = version + 1
         WHERE pool_id = $1 AND user_id = $2 AND version = $3",
        &after.pool_id,
        &after.id,
        after.version,
        after.status.as_str(),
        after.enabled,
        &attributes,
        after.attributes.get("email"),
        after.attributes.get("phone_number"),
        after.attributes.get("name"),
        after.attributes.get("given_name"),
        after.attributes.get("family_name"),
        after.attributes.get("preferred_username"),
        now.millis(),
        &credentials.password_hash,
        credentials.srp_salt.as_slice(),
        credentials.srp_verifier.as_slice(),
        credentials.set_at.millis(),
        &former,
        i64::from(raises_version),
        &mfa,
    );
    Ok(rows == 1)
}
