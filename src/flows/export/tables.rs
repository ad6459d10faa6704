//! Which tables an export has, and what in them is sealed.

use super::{Error, Result};
use crate::crypto::KeyPurpose;
use crate::flows::keys;
use crate::store::Conn;
use crate::store::sealed_values::SealedColumn;
use crate::store::table_rows::{ColumnType, Table};

/// The tables of a user pool, each behind those that its rows refer to.
pub const POOL_TABLES: [&str; 31] = [
    "user_pools",
    "signing_keys",
    "saml_keys",
    "imported_token_keys",
    "user_pool_clients",
    "user_pool_domains",
    "groups",
    "resource_servers",
    "identity_providers",
    "identity_provider_identifiers",
    "terms",
    "risk_configurations",
    "log_deliveries",
    "ui_customizations",
    "managed_login_brandings",
    "managed_login_assets",
    "users",
    "aliases",
    "group_members",
    "identity_links",
    "software_tokens",
    "passkeys",
    "devices",
    "sessions",
    "tracked_sessions",
    "refresh_tokens",
    "auth_events",
    "user_import_jobs",
    "user_import_uploads",
    "user_import_chunks",
    "user_import_log",
];

/// The table of what belongs to no pool and is exported with all of them.
pub const ACCESS_KEYS: &str = "access_keys";

/// The tables that no export has, each with the reason.
pub const LEFT_OUT: [(&str, &str); 18] = [
    (
        "codes",
        "hashed under the master key; whoever waits for one asks for another",
    ),
    ("simulated_codes", "the same, for users that do not exist"),
    (
        "spent_challenges",
        "the target opens no challenge of the source",
    ),
    ("custom_challenges", "the same"),
    (
        "passkey_registrations",
        "the same; a registration takes minutes",
    ),
    (
        "known_devices",
        "hashed under the master key; a device is told of once more",
    ),
    (
        "browser_sessions",
        "hashed under the master key; the browser signs in anew",
    ),
    ("tracked_browser_sessions", "what is listed of them"),
    ("authorization_codes", "the same, for minutes"),
    ("attempts", "counted under keyed hashes, for an hour"),
    ("attempt_log", "the same, for a day"),
    ("usage_counts", "the same, for minutes"),
    ("outbox", "the source delivers what is pending"),
    ("master_key_check", "of the store"),
    ("master_keys", "of the store"),
    ("stored_forms", "of the store"),
    ("job_leases", "of the servers that run"),
    ("schema_compatibility", "of the schema"),
];

/// Columns that an export has empty: what they hold is sealed for a moment, and void at the target.
const EMPTIED: [(&str, &str); 2] = [
    ("devices", "waiting_session"),
    ("software_tokens", "new_secret"),
];

/// Columns of bytes that are not sealed: salts, and hashes under keys that the export has.
const READABLE: [(&str, &str); 3] = [
    ("users", "srp_salt"),
    ("devices", "srp_salt"),
    ("refresh_tokens", "token_hash"),
];

/// How many rows of a table are read and written at once.
#[must_use]
pub fn rows_at_once(table: &str) -> i64 {
    match table {
        // Of pictures and pieces of files, one takes megabytes.
        "managed_login_assets" | "ui_customizations" | "user_import_chunks" => 1,
        _ => 200,
    }
}

/// What an export does with the values of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The export has the values as they are.
    Readable,
    /// The export has none.
    Emptied,
    /// The export has the values opened. In the store they are sealed for this purpose, in the context of the pool and
    /// of a row's id: the values at these places with slashes between them.
    Sealed(KeyPurpose, Vec<usize>),
    /// A password's hash, of the user at this place; opened if it is sealed.
    PasswordHash(usize),
    /// A JSON list of such hashes.
    PasswordHashes(usize),
}

/// A table, and what an export does with each of its columns.
pub(super) struct ExportedTable {
    pub table: Table,
    pub forms: Vec<Form>,
    /// The place of the pool's id, if the table has it.
    pub pool_id: Option<usize>,
}

impl ExportedTable {
    /// Reads from the database what the table is made of.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] for a column of bytes that nobody has thought of, or if the store fails.
    pub async fn describe(conn: &mut Conn, name: &'static str) -> Result<Self> {
        let table = Table::describe(conn, name).await?;
        let forms = table
            .columns
            .iter()
            .map(|column| form(&table, &column.name, column.kind))
            .collect::<Result<_>>()?;
        let pool_id = table.place("pool_id");
        Ok(Self {
            table,
            forms,
            pool_id,
        })
    }
}

fn form(table: &Table, column: &str, kind: ColumnType) -> Result<Form> {
    let name = table.name;
    let unknown = || Error::UnknownColumn {
        table: name,
        column: column.to_owned(),
    };
    if EMPTIED.contains(&(name, column)) {
        return Ok(Form::Emptied);
    }
    let place = |column: &str| table.place(column).ok_or_else(unknown);
    match (name, column) {
        ("users", "password_hash") => return Ok(Form::PasswordHash(place("user_id")?)),
        ("users", "former_passwords") => return Ok(Form::PasswordHashes(place("user_id")?)),
        ("users", "srp_verifier") => {
            return Ok(Form::Sealed(
                KeyPurpose::SrpVerifier,
                vec![place("user_id")?],
            ));
        }
        _ => {}
    }
    let sealed = SealedColumn::ALL.into_iter();
    let sealed = sealed.filter(|sealed| sealed.table() == name);
    if let Some(sealed) = sealed.into_iter().find(|sealed| sealed.column() == column) {
        let id = sealed.id_columns().iter().map(|column| place(column));
        return Ok(Form::Sealed(
            keys::purpose(sealed),
            id.collect::<Result<_>>()?,
        ));
    }
    if kind == ColumnType::Bytes && !READABLE.contains(&(name, column)) {
        return Err(unknown());
    }
    Ok(Form::Readable)
}
