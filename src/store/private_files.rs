//! The files of the embedded store are its owner's alone, whatever the process's umask.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
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
        // A link is none of SQLite's files.
        let opened = File::options()
            .read(true)
            .custom_flags(no_follow())
            .open(&path);
        if let Ok(file) = opened {
            make_private(&path, &file);
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
    make_private(path, &file);
    Ok(file)
}

/// As [`create`], of an empty file that is under no other name. Who owns the directory could else have root, who takes
/// rights from the file and may give it away, do that to another one.
///
/// # Errors
/// If the file cannot be made or opened, or is a link or not empty.
pub(super) fn create_empty(path: &Path) -> io::Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(PRIVATE)
        .custom_flags(no_follow())
        .open(path)?;
    let made = file.metadata()?;
    if !made.is_file() || made.nlink() != 1 || made.len() != 0 {
        let text = format!("{} is no empty file of its own", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    make_private(path, &file);
    Ok(file)
}

/// The flags of `open` that refuse a link, and do not wait for the other end of a pipe.
fn no_follow() -> i32 {
    use rustix::fs::OFlags;
    OFlags::NOFOLLOW
        .union(OFlags::NONBLOCK)
        .bits()
        .cast_signed()
}

/// A file that its owner alone can open, and that appears under its name as a whole or not at all: until
/// [`NewFile::finish`] it has another name, under which it is removed when it is dropped.
pub struct NewFile {
    file: File,
    part: PathBuf,
    to: PathBuf,
}

impl NewFile {
    /// Makes the file that is to be `to`.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(to: &Path) -> io::Result<Self> {
        let part = beside(to, &format!(".{}.part", std::process::id()));
        // A part that an earlier process of this number left is no base for a new one, nor is what others put there.
        let _ = fs::remove_file(&part);
        let file = File::options()
            .create_new(true)
            .write(true)
            .mode(PRIVATE)
            .open(&part)?;
        Ok(Self {
            file,
            part,
            to: to.to_owned(),
        })
    }

    /// Where the file is until it is finished.
    #[must_use]
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// Makes what was written durable, and gives the file its name, in the place of one that is there. Returns its size
    /// in bytes.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn finish(self) -> io::Result<u64> {
        self.file.sync_all()?;
        let size = self.file.metadata()?.len();
        fs::rename(&self.part, &self.to)?;
        let directory = self.to.parent();
        let directory = directory.filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(size)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // It has its name, unless it was cut off.
        let _ = fs::remove_file(&self.part);
    }
}

fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(end);
    name.into()
}

/// A file of another owner is left as it is: who can write to it may use it, and its owner chose its mode.
fn make_private(path: &Path, file: &File) {
    let others_may = |file: &fs::Metadata| file.permissions().mode() & 0o777 != PRIVATE;
    if file.metadata().is_ok_and(|made| others_may(&made))
        && let Err(error) = file.set_permissions(Permissions::from_mode(PRIVATE))
    {
        tracing::warn!(path = %path.display(), %error, "others than the server can open a file of the store");
    }
}
