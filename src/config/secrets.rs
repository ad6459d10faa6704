//! `[secrets]`: the master key under which the database's secrets are encrypted.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::key_command::{self, KeyCommandError};
use super::{Profile, key_strength};

/// Size of a master key, in bytes.
pub(super) const KEY_BYTES: usize = 32;

/// The master key under which the database's secrets are encrypted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecretsConfig {
    /// 32 bytes in base64 or hexadecimal.
    #[serde(serialize_with = "super::redaction::redacted_option")]
    pub master_key: Option<SecretString>,
    /// A file that holds the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key_file: Option<PathBuf>,
    /// A program and its arguments, run once without a shell, that prints the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key_command: Option<Vec<String>>,
    /// Earlier master keys, which still decrypt what was encrypted under them.
    #[serde(serialize_with = "super::redaction::redacted_list")]
    pub previous_master_keys: Vec<SecretString>,
    /// Permits production a master key that is not random.
    pub accept_weak_keys: bool,
    /// Permits production to read secrets from files that others than their owner can open: the master
    /// key's, the TLS key's, and a configuration file with secrets in it.
    pub accept_readable_files: bool,
    /// Files that hold an earlier master key each.
    pub previous_master_key_files: Vec<PathBuf>,
    /// Commands that print an earlier master key each.
    pub previous_master_key_commands: Vec<Vec<String>>,
    /// Start, and be ready, although rows are sealed under a master key that is not there: what needs them
    /// fails. For a key that is lost.
    pub serve_despite_missing_master_keys: bool,
}

/// The decoded master keys. `Debug` shows only how many there are.
pub struct MasterKeys {
    /// The key that encrypts.
    pub current: Zeroizing<[u8; KEY_BYTES]>,
    /// Earlier keys, which only decrypt, in the order of the configuration.
    pub previous: Vec<Zeroizing<[u8; KEY_BYTES]>>,
}

impl std::fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKeys(1 + {} previous)", self.previous.len())
    }
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Production, and neither `master_key` nor `master_key_file` is set.
    #[error(
        "the production profile needs a master key: set secrets.master_key_file (or \
         secrets.master_key) to 32 random bytes in base64, as `openssl rand -base64 32` prints"
    )]
    Missing,
    /// A key is not 32 bytes in base64 or hexadecimal.
    #[error("{0} is not 32 bytes in base64 or hexadecimal")]
    Malformed(String),
    /// A command did not print a key.
    #[error("the command of {key} ({program}) brought no master key: {source}")]
    Command {
        /// The setting.
        key: &'static str,
        /// The program, without its arguments.
        program: String,
        /// What went wrong.
        source: KeyCommandError,
    },
    /// A key file cannot be read or written.
    #[error("cannot use the master key file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// The key in a file that a command names: 32 random bytes in base64 or hexadecimal.
///
/// # Errors
/// What is wrong with it, in words for the operator; nothing of the key is in them.
pub fn read_key_file(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, String> {
    let key = read(path).map_err(|error| match error {
        MasterKeyError::File { path, source } => {
            format!("cannot read the key file {}: {source}", path.display())
        }
        other @ (MasterKeyError::Missing
        | MasterKeyError::Malformed(_)
        | MasterKeyError::Command { .. }) => other.to_string(),
    })?;
    match key_strength::weakness_of_key(key.as_slice()) {
        Some(weakness) => Err(format!(
            "the content of {} is no key that was drawn at random: it {weakness}; draw one, as `openssl rand -base64 \
             32` prints",
            path.display()
        )),
        None => Ok(key),
    }
}

impl SecretsConfig {
    /// Reads the keys. Where development configures none, the key is in `<data_dir>/master.key`, which
    /// is written from `fresh` (random bytes) with mode 0600 if it does not exist.
    ///
    /// # Errors
    /// See [`MasterKeyError`].
    pub fn master_keys(
        &self,
        profile: Profile,
        data_dir: &Path,
        fresh: impl FnOnce() -> [u8; KEY_BYTES],
    ) -> Result<MasterKeys, MasterKeyError> {
        let current = if let Some(key) = &self.master_key {
            decode(key.expose_secret(), "secrets.master_key")?
        } else if let Some(path) = &self.master_key_file {
            read(path)?
        } else if let Some(command) = &self.master_key_command {
            printed(command, "secrets.master_key_command")?
        } else {
            match profile {
                Profile::Development => read_or_create(data_dir, fresh)?,
                Profile::Production => return Err(MasterKeyError::Missing),
            }
        };
        let mut previous = Vec::new();
        for key in &self.previous_master_keys {
            let name = "a key of secrets.previous_master_keys";
            previous.push(decode(key.expose_secret(), name)?);
        }
        for path in &self.previous_master_key_files {
            previous.push(read(path)?);
        }
        for command in &self.previous_master_key_commands {
            previous.push(printed(command, "secrets.previous_master_key_commands")?);
        }
        Ok(MasterKeys { current, previous })
    }

    /// The name of the setting that gives a current key which does not look random, with the reason.
    /// Previous keys are not judged, since to replace a weak one is to make it a previous one.
    pub(super) fn weak(&self) -> Option<(&'static str, &'static str)> {
        let (name, key) = match (&self.master_key, &self.master_key_file) {
            (Some(key), _) => (
                "secrets.master_key",
                decode(key.expose_secret(), "secrets.master_key"),
            ),
            (None, Some(path)) => ("secrets.master_key_file", read(path)),
            (None, None) => return None,
        };
        let weakness = key_strength::weakness_of_key(key.ok()?.as_slice())?;
        Some((name, weakness))
    }

    /// The names of the settings that hold a key which cannot be decoded.
    pub(super) fn malformed(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        if let Some(key) = &self.master_key
            && decode(key.expose_secret(), "").is_err()
        {
            names.push("secrets.master_key");
        }
        if self
            .previous_master_keys
            .iter()
            .any(|key| decode(key.expose_secret(), "").is_err())
        {
            names.push("secrets.previous_master_keys");
        }
        names
    }
}

/// The 32 bytes that a setting of this name holds, in base64 or hexadecimal.
pub(super) fn decode(text: &str, name: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, MasterKeyError> {
    let text = text.trim();
    let bytes = Zeroizing::new(if text.len() == KEY_BYTES * 2 {
        hex::decode(text).ok()
    } else {
        [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD]
            .into_iter()
            .find_map(|engine| engine.decode(text).ok())
    });
    bytes
        .as_deref()
        .and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes).ok())
        .map(Zeroizing::new)
        .ok_or_else(|| MasterKeyError::Malformed(name.to_owned()))
}

/// The 32 bytes in a file, written as those of a setting.
pub(super) fn read(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, MasterKeyError> {
    let text = fs::read_to_string(path).map_err(|source| MasterKeyError::File {
        path: path.to_owned(),
        source,
    })?;
    let text = Zeroizing::new(text);
    decode(&text, &format!("the content of {}", path.display()))
}

/// The key that a command prints, which is the setting `key`.
fn printed(
    command: &[String],
    key: &'static str,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, MasterKeyError> {
    let limit = Duration::from_secs(key_command::TIME_LIMIT_SECONDS);
    let text = key_command::output(command, limit).map_err(|source| MasterKeyError::Command {
        key,
        program: command.first().cloned().unwrap_or_default(),
        source,
    })?;
    decode(&text, &format!("the output of {key}"))
}

fn read_or_create(
    data_dir: &Path,
    fresh: impl FnOnce() -> [u8; KEY_BYTES],
) -> Result<Zeroizing<[u8; KEY_BYTES]>, MasterKeyError> {
    let path = data_dir.join("master.key");
    if !path.exists() {
        let key = Zeroizing::new(fresh());
        create(data_dir, &path, &key).map_err(|source| MasterKeyError::File {
            path: path.clone(),
            source,
        })?;
    }
    // Read also after writing: another process may have created the file first.
    read(&path)
}

/// Writes the key to a draft file and links that to `path`, so that a crash leaves no partial key and
/// the first of several processes wins.
fn create(data_dir: &Path, path: &Path, key: &[u8; KEY_BYTES]) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)?;
    let draft = data_dir.join(format!("master.key.{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    let text = Zeroizing::new(STANDARD.encode(key));
    writeln!(file, "{}", text.as_str())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::File::open(data_dir)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn development_creates_a_key_once() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let config = SecretsConfig::default();
        let first = config
            .master_keys(Profile::Development, &data, || [7; 32])
            .unwrap();
        let second = config
            .master_keys(Profile::Development, &data, || [8; 32])
            .unwrap();
        assert_eq!(*first.current, [7; 32]);
        assert_eq!(*second.current, [7; 32]);
        let mode = fs::metadata(data.join("master.key")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }

    #[test]
    fn production_without_a_key_is_refused() {
        let error = SecretsConfig::default()
            .master_keys(Profile::Production, Path::new("/nowhere"), || [0; 32])
            .unwrap_err();
        assert!(matches!(error, MasterKeyError::Missing));
    }

    #[test]
    fn keys_come_from_commands_and_files() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("former.key");
        fs::write(&file, hex::encode([5; 32])).unwrap();
        let echo = |byte: u8| vec!["echo".to_owned(), STANDARD.encode([byte; 32])];
        let config = SecretsConfig {
            master_key_command: Some(echo(6)),
            previous_master_key_files: vec![file],
            previous_master_key_commands: vec![echo(7)],
            ..SecretsConfig::default()
        };
        let nowhere = Path::new("/nowhere");
        let keys = config
            .master_keys(Profile::Production, nowhere, || [0; 32])
            .unwrap();
        assert_eq!(*keys.current, [6; 32]);
        let previous: Vec<_> = keys.previous.iter().map(|key| **key).collect();
        assert_eq!(previous, [[5; 32], [7; 32]]);

        let config = SecretsConfig {
            master_key_command: Some(vec!["echo".to_owned(), "not a key".to_owned()]),
            ..SecretsConfig::default()
        };
        let error = config
            .master_keys(Profile::Production, nowhere, || [0; 32])
            .unwrap_err()
            .to_string();
        assert!(error.contains("secrets.master_key_command"), "{error}");
        assert!(!error.contains("not a key"), "{error}");
    }

    #[test]
    fn keys_are_read_in_base64_and_hexadecimal() {
        for text in [
            STANDARD.encode([9; 32]),
            URL_SAFE_NO_PAD.encode([9; 32]),
            hex::encode([9; 32]),
        ] {
            assert_eq!(*decode(&text, "x").unwrap(), [9; 32]);
        }
        for text in [
            "",
            "short",
            &STANDARD.encode([9; 31]),
            &hex::encode([9; 33]),
        ] {
            assert!(decode(text, "x").is_err());
        }
    }
}
