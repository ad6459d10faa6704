//! Sealed values by the master key that sealed them, for finding which keys are needed and for sealing anew.
//! Users' credentials, which hold several in one row, are in [`super::sealed_credentials`].

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Result};

/// A column of sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedColumn {
    /// Secrets of app clients.
    ClientSecret,
    /// Their second secrets.
    SecondClientSecret,
    /// Private halves of signing keys, unless they are wiped.
    SigningKey,
    /// Private halves of the keys that sign SAML requests.
    SamlKey,
    /// Payloads of messages that are pending.
    Message,
    /// Secrets of authenticator apps.
    SoftwareToken,
    /// SRP verifiers of devices. A row's id is the user's, a slash and the device's key.
    DeviceVerifier,
    /// What is secret among the details of identity providers.
    ProviderSecrets,
    /// Secrets of administrators' access keys, which belong to no pool: in the place of its id is an empty text.
    AccessKey,
    /// Pieces of files with users.
    ImportFile,
    /// The keys that pools have brought from other servers.
    ImportedTokenKeys,
}

/// A row with its sealed value.
#[derive(sqlx::FromRow)]
pub struct SealedRow {
    /// The pool.
    pub pool_id: String,
    /// The row's id within the pool.
    pub row_id: String,
    /// The sealed value.
    pub sealed: Vec<u8>,
}

/// Where a column is, and the statements on it.
struct Statements {
    table: &'static str,
    column: &'static str,
    id: &'static [&'static str],
    next_key: &'static str,
    count: &'static str,
    list: &'static str,
    replace: &'static str,
}

/// The statements on `$column` of `$table`, whose rows are named by `$id` and have a value where `$condition`
/// holds, which is also the condition of the table's index by master key.
macro_rules! statements {
    ($table:literal, $id:literal, $column:literal, $condition:literal) => {
        Statements {
            table: $table,
            column: $column,
            id: &[$id],
            next_key: concat!(
                "SELECT substr(",
                $column,
                ", 2, 4) FROM ",
                $table,
                " WHERE ",
                $condition,
                " AND substr(",
                $column,
                ", 2, 4) > $1 ORDER BY 1 LIMIT 1"
            ),
            count: concat!(
                "SELECT COUNT(*) FROM ",
                $table,
                " WHERE ",
                $condition,
                " AND substr(",
                $column,
                ", 2, 4) = $1"
            ),
            list: concat!(
                "SELECT pool_id, ",
                $id,
                " AS row_id, ",
                $column,
                " AS sealed FROM ",
                $table,
                " WHERE ",
                $condition,
                " AND substr(",
                $column,
                ", 2, 4) = $1",
                " AND (pool_id, ",
                $id,
                ") > ($2, $3) ORDER BY pool_id, ",
                $id,
                " LIMIT $4 + 0"
            ),
            replace: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $4 WHERE pool_id = $1 AND ",
                $id,
                " = $2 AND ",
                $column,
                " = $3"
            ),
        }
    };
}

const CLIENT_SECRET: Statements = statements!(
    "user_pool_clients",
    "client_id",
    "secret",
    "secret IS NOT NULL"
);
const SECOND_CLIENT_SECRET: Statements = statements!(
    "user_pool_clients",
    "client_id",
    "second_secret",
    "second_secret IS NOT NULL"
);
const SIGNING_KEY: Statements = statements!(
    "signing_keys",
    "kid",
    "private_key",
    "length(private_key) > 0"
);
const SAML_KEY: Statements =
    statements!("saml_keys", "kid", "private_key", "length(private_key) > 0");
const SOFTWARE_TOKEN: Statements =
    statements!("software_tokens", "user_id", "secret", "secret IS NOT NULL");
const PROVIDER_SECRETS: Statements = statements!(
    "identity_providers",
    "provider_name",
    "secrets",
    "secrets IS NOT NULL"
);
const IMPORT_FILE: Statements = statements!(
    "user_import_chunks",
    "chunk_id",
    "bytes",
    "length(bytes) > 0"
);
const IMPORTED_TOKEN_KEYS: Statements =
    statements!("imported_token_keys", "key_id", "keys", "length(keys) > 0");
// There is no index: what is pending is little, and every claim would have to keep it up.
const MESSAGE: Statements = statements!("outbox", "message_id", "payload", "status = 'pending'");
// A device is named within its user. All users' ids are equally long, so this is the order of the index.
const DEVICE_VERIFIER: Statements = Statements {
    table: "devices",
    column: "srp_verifier",
    id: &["user_id", "device_key"],
    next_key: "SELECT substr(srp_verifier, 2, 4) FROM devices WHERE substr(srp_verifier, 2, 4) > $1
               ORDER BY 1 LIMIT 1",
    count: "SELECT COUNT(*) FROM devices WHERE substr(srp_verifier, 2, 4) = $1",
    list: "SELECT pool_id, user_id || '/' || device_key AS row_id, srp_verifier AS sealed FROM devices
           WHERE substr(srp_verifier, 2, 4) = $1 AND (pool_id, user_id || '/' || device_key) > ($2, $3)
           ORDER BY pool_id, user_id, device_key LIMIT $4 + 0",
    replace: "UPDATE devices SET srp_verifier = $4
              WHERE pool_id = $1 AND user_id = substr($2, 1, 36) AND device_key = substr($2, 38)
                AND srp_verifier = $3",
};
const ACCESS_KEY: Statements = Statements {
    table: "access_keys",
    column: "secret",
    id: &["key_id"],
    next_key: "SELECT substr(secret, 2, 4) FROM access_keys WHERE substr(secret, 2, 4) > $1 ORDER BY 1 LIMIT 1",
    count: "SELECT COUNT(*) FROM access_keys WHERE substr(secret, 2, 4) = $1",
    list:
        "SELECT CAST('' AS TEXT) AS pool_id, key_id AS row_id, secret AS sealed FROM access_keys
           WHERE substr(secret, 2, 4) = $1 AND $2 = '' AND key_id > $3 ORDER BY key_id LIMIT $4 + 0",
    replace: "UPDATE access_keys SET secret = $4 WHERE $1 = '' AND key_id = $2 AND secret = $3",
};

impl SealedColumn {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::SigningKey,
        Self::SamlKey,
        Self::ClientSecret,
        Self::SecondClientSecret,
        Self::SoftwareToken,
        Self::Message,
        Self::DeviceVerifier,
        Self::ProviderSecrets,
        Self::AccessKey,
        Self::ImportFile,
        Self::ImportedTokenKeys,
    ];

    /// The table that the column is in.
    #[must_use]
    pub const fn table(self) -> &'static str {
        self.statements().table
    }

    /// The column's name.
    #[must_use]
    pub const fn column(self) -> &'static str {
        self.statements().column
    }

    /// The columns whose values, with slashes between them, are a row's id within the pool.
    #[must_use]
    pub const fn id_columns(self) -> &'static [&'static str] {
        self.statements().id
    }

    const fn statements(self) -> &'static Statements {
        match self {
            Self::ClientSecret => &CLIENT_SECRET,
            Self::SecondClientSecret => &SECOND_CLIENT_SECRET,
            Self::SigningKey => &SIGNING_KEY,
            Self::SamlKey => &SAML_KEY,
            Self::Message => &MESSAGE,
            Self::SoftwareToken => &SOFTWARE_TOKEN,
            Self::DeviceVerifier => &DEVICE_VERIFIER,
            Self::ProviderSecrets => &PROVIDER_SECRETS,
            Self::AccessKey => &ACCESS_KEY,
            Self::ImportFile => &IMPORT_FILE,
            Self::ImportedTokenKeys => &IMPORTED_TOKEN_KEYS,
        }
    }
}

/// The least id of a master key above `after` (empty for the first) under which a value of `column` is
/// sealed.
///
/// # Errors
/// If the database fails.
pub async fn next_key(
    conn: &mut Conn,
    column: SealedColumn,
    after: &[u8],
) -> Result<Option<Vec<u8>>> {
    let row = fetch_optional!(
        "db.sealed_values.next_key",
        (Vec<u8>,),
        conn,
        column.statements().next_key,
        after,
    );
    Ok(row.map(|(key,)| key))
}

/// How many values of `column` are sealed under the master key with the id `key`.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, column: SealedColumn, key: &[u8]) -> Result<i64> {
    let row = fetch_optional!(
        "db.sealed_values.count",
        (i64,),
        conn,
        column.statements().count,
        key,
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Up to `limit` rows of `column` that are sealed under `key`, in the order of pool and id, after the row
/// `after`.
///
/// # Errors
/// If the database fails.
pub async fn list(
    conn: &mut Conn,
    column: SealedColumn,
    key: &[u8],
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<SealedRow>> {
    let (pool_id, row_id) = after;
    Ok(fetch_all!(
        "db.sealed_values.list",
        SealedRow,
        conn,
        column.statements().list,
        key,
        pool_id,
        row_id,
        limit,
    ))
}

/// Replaces the value of `former` by `sealed`; `false` if another value is stored by now, or the row is gone.
///
/// # Errors
/// If the database fails.
pub async fn replace(
    conn: &mut Conn,
    column: SealedColumn,
    former: &SealedRow,
    sealed: &[u8],
) -> Result<bool> {
    let rows = execute!(
        "db.sealed_values.replace",
        conn,
        column.statements().replace,
        former.pool_id.as_str(),
        former.row_id.as_str(),
        former.sealed.as_slice(),
        sealed,
    );
    Ok(rows == 1)
}
