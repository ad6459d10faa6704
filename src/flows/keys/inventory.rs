//! Under which master keys the database's values are sealed.

use crate::crypto::{CryptoError, KeyId, KeyStanding, Vault, password_pepper};
use crate::store::sealed_credentials::{self, CredentialsForm};
use crate::store::sealed_values::{self, SealedColumn};
use crate::store::{self, Conn, Db};

/// Values of a table that are sealed for one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealedKind {
    /// SRP verifiers of users.
    SrpVerifiers,
    /// Password hashes of users, with those of their former passwords.
    PasswordHashes,
    /// Private signing keys.
    SigningKeys,
    /// Private keys that sign SAML requests.
    SamlKeys,
    /// Secrets of app clients.
    ClientSecrets,
    /// Secrets of authenticator apps.
    SoftwareTokens,
    /// Messages that are pending.
    Messages,
    /// SRP verifiers of devices.
    DeviceVerifiers,
    /// Secrets of identity providers.
    ProviderSecrets,
    /// Secrets of administrators' access keys.
    AccessKeys,
    /// Files with users that wait or are being imported.
    ImportFiles,
    /// Keys that pools have brought from other servers.
    ImportedTokenKeys,
}

impl SealedKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::SrpVerifiers,
        Self::PasswordHashes,
        Self::SigningKeys,
        Self::SamlKeys,
        Self::ClientSecrets,
        Self::SoftwareTokens,
        Self::Messages,
        Self::DeviceVerifiers,
        Self::ProviderSecrets,
        Self::AccessKeys,
        Self::ImportFiles,
        Self::ImportedTokenKeys,
    ];

    /// The table.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::SrpVerifiers | Self::PasswordHashes => "users",
            Self::SigningKeys => SealedColumn::SigningKey.table(),
            Self::SamlKeys => SealedColumn::SamlKey.table(),
            Self::ClientSecrets => SealedColumn::ClientSecret.table(),
            Self::SoftwareTokens => SealedColumn::SoftwareToken.table(),
            Self::Messages => SealedColumn::Message.table(),
            Self::DeviceVerifiers => SealedColumn::DeviceVerifier.table(),
            Self::ProviderSecrets => SealedColumn::ProviderSecrets.table(),
            Self::AccessKeys => SealedColumn::AccessKey.table(),
            Self::ImportFiles => SealedColumn::ImportFile.table(),
            Self::ImportedTokenKeys => SealedColumn::ImportedTokenKeys.table(),
        }
    }

    /// What is sealed, in words.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::SrpVerifiers => "SRP verifiers",
            Self::PasswordHashes => "password hashes",
            Self::SigningKeys => "signing keys",
            Self::SamlKeys => "SAML signing keys",
            Self::ClientSecrets => "client secrets",
            Self::SoftwareTokens => "secrets of authenticator apps",
            Self::Messages => "pending messages",
            Self::DeviceVerifiers => "SRP verifiers of devices",
            Self::ProviderSecrets => "secrets of identity providers",
            Self::AccessKeys => "secrets of access keys",
            Self::ImportFiles => "files with users",
            Self::ImportedTokenKeys => "imported token keys",
        }
    }

    /// Whether a server that cannot open some of these is of no use. A message that it cannot open stays pending
    /// for a node that can, and an import whose file it cannot open fails.
    #[must_use]
    pub const fn is_vital(self) -> bool {
        !matches!(self, Self::Messages | Self::ImportFiles)
    }

    const fn of(column: SealedColumn) -> Self {
        match column {
            SealedColumn::ClientSecret | SealedColumn::SecondClientSecret => Self::ClientSecrets,
            SealedColumn::SigningKey => Self::SigningKeys,
            SealedColumn::SamlKey => Self::SamlKeys,
            SealedColumn::SoftwareToken => Self::SoftwareTokens,
            SealedColumn::Message => Self::Messages,
            SealedColumn::DeviceVerifier => Self::DeviceVerifiers,
            SealedColumn::ProviderSecrets => Self::ProviderSecrets,
            SealedColumn::AccessKey => Self::AccessKeys,
            SealedColumn::ImportFile => Self::ImportFiles,
            SealedColumn::ImportedTokenKeys => Self::ImportedTokenKeys,
        }
    }
}

/// How a value is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sealing {
    /// Under the master key with this id.
    Under(KeyId),
    /// Not at all: a password hash as earlier versions store it.
    None,
}

/// Values of one kind that are stored alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The kind.
    pub kind: SealedKind,
    /// How they are sealed.
    pub sealing: Sealing,
    /// How many there are, in rows; 0 where it was not counted.
    pub rows: i64,
}

impl Entry {
    /// What `vault` can do with these; `None` if they are not sealed.
    #[must_use]
    pub fn standing(&self, vault: &Vault) -> Option<KeyStanding> {
        match self.sealing {
            Sealing::Under(key) => Some(vault.standing(key)),
            Sealing::None => None,
        }
    }
}

/// Whether rows are counted, which reads an index entry for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// None are.
    Nothing,
    /// Those that are under another key than the vault's current one, and, if asked for, password hashes that are
    /// not sealed.
    Outdated {
        /// Whether hashes that are not sealed are counted.
        unsealed: bool,
    },
    /// All are.
    Everything,
}

/// What the database holds of `kinds`. Without counting, it reads as many index entries as there are master
/// keys; pending messages are read one by one.
///
/// # Errors
/// If the database fails.
pub async fn read(
    db: &Db,
    vault: &Vault,
    count: Count,
    kinds: impl Fn(SealedKind) -> bool,
) -> store::Result<Vec<Entry>> {
    let mut conn = db.read().await?;
    let mut entries = Vec::new();
    if kinds(SealedKind::SrpVerifiers) || kinds(SealedKind::PasswordHashes) {
        read_credentials(&mut conn, vault, count, &mut entries).await?;
    }
    for column in SealedColumn::ALL {
        let kind = SealedKind::of(column);
        if !kinds(kind) {
            continue;
        }
        let mut after = Vec::new();
        while let Some(key) = sealed_values::next_key(&mut conn, column, &after).await? {
            let rows = if counts(count, vault, &key) {
                sealed_values::count(&mut conn, column, &key).await?
            } else {
                0
            };
            if let Some(id) = KeyId::from_bytes(&key) {
                let sealing = Sealing::Under(id);
                add(&mut entries, kind, sealing, rows);
            }
            after = key;
        }
    }
    entries.sort_by_key(|entry| (entry.kind, entry.sealing));
    Ok(entries)
}

async fn read_credentials(
    conn: &mut Conn,
    vault: &Vault,
    count: Count,
    entries: &mut Vec<Entry>,
) -> store::Result<()> {
    let mut after: Option<CredentialsForm> = None;
    while let Some(form) = sealed_credentials::next_form(conn, after.as_ref()).await? {
        let hash_key = password_pepper::sealed_under(&form.hash_form);
        let is_counted = counts(count, vault, &form.verifier_key)
            || match hash_key {
                Some(key) => counts(count, vault, key.as_bytes()),
                None => matches!(
                    count,
                    Count::Everything | Count::Outdated { unsealed: true }
                ),
            };
        let rows = if is_counted {
            sealed_credentials::count(conn, &form).await?
        } else {
            0
        };
        if let Some(key) = KeyId::from_bytes(&form.verifier_key) {
            add(entries, SealedKind::SrpVerifiers, Sealing::Under(key), rows);
        }
        let sealing = hash_key.map_or(Sealing::None, Sealing::Under);
        add(entries, SealedKind::PasswordHashes, sealing, rows);
        after = Some(form);
    }
    Ok(())
}

fn counts(count: Count, vault: &Vault, key: &[u8]) -> bool {
    match count {
        Count::Nothing => false,
        Count::Outdated { .. } => key != vault.current_key().as_bytes(),
        Count::Everything => true,
    }
}

fn add(entries: &mut Vec<Entry>, kind: SealedKind, sealing: Sealing, rows: i64) {
    let same = |entry: &&mut Entry| entry.kind == kind && entry.sealing == sealing;
    match entries.iter_mut().find(same) {
        Some(entry) => entry.rows += rows,
        None => entries.push(Entry {
            kind,
            sealing,
            rows,
        }),
    }
}

/// What of `entries` makes a server with `vault` useless, in words for the operator; `None` if nothing does.
#[must_use]
pub fn missing_keys(vault: &Vault, entries: &[Entry]) -> Option<String> {
    let missing: Vec<String> = entries
        .iter()
        .filter(|entry| entry.kind.is_vital())
        .filter(|entry| entry.standing(vault) == Some(KeyStanding::Unknown))
        .filter_map(|entry| match entry.sealing {
            Sealing::Under(key) => Some(format!("{} under {key}", entry.kind.purpose())),
            Sealing::None => None,
        })
        .collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}

/// Why a server does not start although its current key is the database's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Rows are sealed under keys that are not configured.
    #[error(
        "the database has rows that are sealed under a master key which is not configured: {0}. Add \
         that key to secrets.previous_master_keys until `cognate keys status` says that it is not \
         needed any more; if it is lost, docs/keys.md says what can be saved"
    )]
    Missing(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] CryptoError),
}

/// Refuses a vault that does not have every key that the database needs.
///
/// # Errors
/// See [`Error`].
pub async fn check(db: &Db, vault: &Vault) -> Result<(), Error> {
    let entries = read(db, vault, Count::Nothing, SealedKind::is_vital).await?;
    match missing_keys(vault, &entries) {
        Some(missing) => Err(Error::Missing(missing)),
        None => Ok(()),
    }
}
