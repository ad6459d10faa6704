//! Where the files of a SQLite store are, beside the database's own.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::sqlite::SqliteConnectOptions;

/// The socket on which the server that has the SQLite store at `url` listens for commands. None for a store in memory,
/// which no other process can have, and on PostgreSQL.
#[must_use]
pub fn command_socket(url: &str) -> Option<PathBuf> {
    if !url.starts_with("sqlite:") || is_in_memory(url) {
        return None;
    }
    let options = SqliteConnectOptions::from_str(url).ok()?;
    Some(beside(options.get_filename(), ".sock"))
}

/// Whether a socket can have this path: longer ones than about a hundred bytes do not fit into its address.
#[must_use]
pub fn is_socket_path(path: &Path) -> bool {
    std::os::unix::net::SocketAddr::from_pathname(path).is_ok()
}

/// Whether `path` is the file of the SQLite store at `url`, or one that SQLite or the server keeps beside it.
#[must_use]
pub fn is_of_store(url: &str, path: &Path) -> bool {
    let options = SqliteConnectOptions::from_str(url);
    let (Ok(options), Ok(path)) = (options, std::fs::canonicalize(path)) else {
        return false;
    };
    ["", "-wal", "-shm", "-journal", ".lock", ".sock"]
        .iter()
        .any(|end| path == beside(options.get_filename(), end))
}

/// Whether the URL names a database without a file.
pub(super) fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

/// The file with this ending beside the database's. Two paths may lead to the same database by a link; they lead to
/// the same file beside it.
pub(super) fn beside(database: &Path, end: &str) -> PathBuf {
    let database = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let mut path = database.into_os_string();
    path.push(end);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_the_database_leads_to_the_same_socket() {
        let directory = tempfile::tempdir().unwrap();
        let real = directory.path().canonicalize().unwrap().join("real.db");
        std::fs::write(&real, "").unwrap();
        let link = directory.path().join("link.db");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let socket = |path: &Path| command_socket(&format!("sqlite://{}", path.display()));
        assert_eq!(socket(&real), Some(real.with_extension("db.sock")));
        assert_eq!(socket(&link), socket(&real));
    }

    #[test]
    fn only_a_store_in_a_file_has_a_socket() {
        assert_eq!(command_socket("sqlite::memory:"), None);
        assert_eq!(command_socket("sqlite://x.db?mode=memory"), None);
        assert_eq!(command_socket("postgres://me@host/cognate"), None);
    }

    #[test]
    fn a_long_path_is_not_a_sockets() {
        assert!(is_socket_path(Path::new(
            "/var/lib/cognate/cognate.db.sock"
        )));
        assert!(!is_socket_path(Path::new(&format!("/{}", "d".repeat(120)))));
    }
}
