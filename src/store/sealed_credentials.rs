//! Users' credentials by the master keys that sealed them: the SRP verifier, the password's hash, and the
//! hashes of former passwords, which are always in the same form as the password's.

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Result};

const TABLE: &str = "users";

/// What the index tells of a user's credentials.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CredentialsForm {
    /// The id of the master key that sealed the verifier.
    pub verifier_key: Vec<u8>,
    /// The first characters of the stored password hash, which name its form and, if it is sealed, its key.
    pub hash_form: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    user_id: String,
    srp_verifier: Vec<u8>,
    password_hash: String,
    former_passwords: String,
}

/// What is sealed of one user's credentials.
#[derive(Clone)]
pub struct SealedCredentials {
    /// The pool.
    pub pool_id: String,
    /// The user.
    pub user_id: String,
    /// The SRP verifier.
    pub srp_verifier: Vec<u8>,
    /// The password's hash.
    pub password_hash: String,
    /// The hashes of former passwords.
    pub former: Vec<String>,
}

impl TryFrom<Row> for SealedCredentials {
    type Error = super::Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            former: super::from_json(TABLE, &row.former_passwords)?,
            pool_id: row.pool_id,
            user_id: row.user_id,
            srp_verifier: row.srp_verifier,
            password_hash: row.password_hash,
        })
    }
}

/// The form of some user's credentials that comes after `after` in the order of its members; `None` for
/// the first.
///
/// # Errors
/// If the database fails.
pub async fn next_form(
    conn: &mut Conn,
    after: Option<&CredentialsForm>,
) -> Result<Option<CredentialsForm>> {
    if let Some(after) = after {
        let same_key = fetch_optional!(
            "db.sealed_credentials.next_form_of_key",
            CredentialsForm,
            conn,
            "SELECT substr(srp_verifier, 2, 4) AS verifier_key, substr(password_hash, 1, 17) AS hash_form
             FROM users WHERE srp_verifier IS NOT NULL AND substr(srp_verifier, 2, 4) = $1
               AND substr(password_hash, 1, 17) > $2 ORDER BY substr(password_hash, 1, 17) LIMIT 1",
            after.verifier_key.as_slice(),
            after.hash_form.as_str(),
        );
        if same_key.is_some() {
            return Ok(same_key);
        }
    }
    let verifier_key = after.map_or(&[][..], |after| &after.verifier_key);
    Ok(fetch_optional!(
        "db.sealed_credentials.next_form",
        CredentialsForm,
        conn,
        "SELECT substr(srp_verifier, 2, 4) AS verifier_key, substr(password_hash, 1, 17) AS hash_form
         FROM users WHERE srp_verifier IS NOT NULL AND substr(srp_verifier, 2, 4) > $1
         ORDER BY substr(srp_verifier, 2, 4), substr(password_hash, 1, 17) LIMIT 1",
        verifier_key,
    ))
}

/// How many users have credentials of this form.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, form: &CredentialsForm) -> Result<i64> {
    let row = fetch_optional!(
        "db.sealed_credentials.count",
        (i64,),
        conn,
        "SELECT COUNT(*) FROM users WHERE srp_verifier IS NOT NULL
           AND substr(srp_verifier, 2, 4) = $1 AND substr(password_hash, 1, 17) = $2",
        form.verifier_key.as_slice(),
        form.hash_form.as_str(),
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Up to `limit` users whose credentials have this form, in the order of pool and id, after the user `after`.
///
/// # Errors
/// If the database fails.
pub async fn list(
    conn: &mut Conn,
    form: &CredentialsForm,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<SealedCredentials>> {
    let (pool_id, user_id) = after;
    fetch_all!(
        "db.sealed_credentials.list",
        Row,
        conn,
        "SELECT pool_id, user_id, srp_verifier, password_hash, former_passwords FROM users
         WHERE srp_verifier IS NOT NULL
           AND substr(srp_verifier, 2, 4) = $1 AND substr(password_hash, 1, 17) = $2
           AND (pool_id, user_id) > ($3, $4) ORDER BY pool_id, user_id LIMIT $5 + 0",
        form.verifier_key.as_slice(),
        form.hash_form.as_str(),
        pool_id,
        user_id,
        limit,
    )
    .into_iter()
    .map(SealedCredentials::try_from)
    .collect()
}

/// Replaces `former` by `sealed`, the same credentials in another form; `false` if the user has others by
/// now, or is deleted.
///
/// # Errors
/// If the database fails.
pub async fn replace(
    conn: &mut Conn,
    former: &SealedCredentials,
    sealed: &SealedCredentials,
) -> Result<bool> {
    let former_passwords = super::to_json(TABLE, &former.former)?;
    let sealed_passwords = super::to_json(TABLE, &sealed.former)?;
    let rows = execute!(
        "db.sealed_credentials.replace",
        conn,
        "UPDATE users SET srp_verifier = $6, password_hash = $7, former_passwords = $8
         WHERE pool_id = $1 AND user_id = $2 AND srp_verifier = $3 AND password_hash = $4
           AND former_passwords = $5",
        former.pool_id.as_str(),
        former.user_id.as_str(),
        former.srp_verifier.as_slice(),
        former.password_hash.as_str(),
        &former_passwords,
        sealed.srp_verifier.as_slice(),
        sealed.password_hash.as_str(),
        &sealed_passwords,
    );
    Ok(rows == 1)
}
