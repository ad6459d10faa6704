//! Where a fuzzer keeps its databases.

use std::path::PathBuf;
use std::sync::OnceLock;

static PLACE: OnceLock<PathBuf> = OnceLock::new();

/// Keeps everything below `directory`, whose owner removes it. Only the first call counts.
pub fn set(directory: PathBuf) {
    let _ = PLACE.set(directory);
}

/// An empty directory for `name`; what an earlier run left there is removed.
pub(crate) fn empty(name: &str) -> PathBuf {
    let base = PLACE.get().cloned().unwrap_or_else(std::env::temp_dir);
    let directory = base.join(format!("cognate-fuzz-{name}"));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory for the database");
    directory
}
