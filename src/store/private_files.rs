//! The files of the embedded store are its owner's alone, whatever the process's umask.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What the owner may: read and write.
const PRIVATE: u32 = 0o600;

/// Makes the database file, if it does not exist, and takes the rights of others from it and from the files
/// that an earlier version may have left beside it. SQLite gives its write-ahead log and that one's index the
/// mode of the database file.
///
/// # Errors
/// If the file cannot be made or opened.
pub(super) fn prepare(database: &Path) -> io::Result<()> {
    create(database)?;
    for end in ["-wal", "-shm", "-journal"] {
        let path = beside(database, end);
        if path.exists() {
            make_private(&path);
        }
    }
    Ok(())
}

/// Opens the file for writing, makes it if it does not exist, and takes the rights of others from it.
///
/// # Errors
/// If the file cannot be made or opened.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(PRIVATE)
        .open(path)?;
    make_private(path);
    Ok(file)
}

fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(end);
    name.into()
}

/// A file of another owner is left as it is: who can write to it may use it, and its owner chose its mode.
fn make_private(path: &Path) {
    let others_may = |file: &fs::Metadata| file.permissions().mode() & 0o777 != PRIVATE;
    if fs::metadata(path).is_ok_and(|file| others_may(&file))
        && let Err(error) = fs::set_permissions(path, Permissions::from_mode(PRIVATE))
    {
        tracing::warn!(path = %path.display(), %error, "others than the server can open a file of the store");
    }
}
