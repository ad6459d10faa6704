//! The directory of the fuzzers' databases.

use std::path::PathBuf;
use std::sync::OnceLock;

static BASE: OnceLock<PathBuf> = OnceLock::new();

/// Sets the base directory, which the caller removes. Only the first call has an effect.
pub fn set(directory: PathBuf) {
    let _ = BASE.set(directory);
}

/// An empty directory for `name`; what an earlier run left there is removed.
pub(crate) fn empty(name: &str) -> PathBuf {
    let base = BASE.get().cloned().unwrap_or_else(std::env::temp_dir);
    let directory = base.join(format!("cognate-fuzz-{name}"));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory for the database");
    directory
}
