//! The migrated SQLite file that each test starts from a copy of: the migrations take longer than most tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cognate::store::{Db, OpenOptions};

/// Where cargo lets tests of this build keep files.
const KEPT: &str = env!("CARGO_TARGET_TMPDIR");

/// Copies the migrated template to `file`, which has to be missing.
pub async fn copy_template(file: &Path) {
    fs::copy(template().await, file).unwrap();
}

/// The template, made by whichever test comes first. It is made anew once the tests are built anew, so that the
/// server and the migrations that made it are always those that are tested.
async fn template() -> PathBuf {
    let template = Path::new(KEPT).join("migrated-template.db");
    let built = modified(&std::env::current_exe().unwrap());
    if modified(&template) > built {
        return template;
    }
    let directory = tempfile::tempdir_in(KEPT).unwrap();
    let file = directory.path().join("store.db");
    let options = OpenOptions {
        max_connections: 1,
        acquire_timeout: Duration::from_secs(60),
        statement_cache: 0,
    };
    let url = format!("sqlite://{}", file.display());
    let db = Db::open(&url, &options).await.unwrap();
    db.migrate().await.unwrap();
    // The last connection that closes writes the log into the file.
    db.close().await;
    // Tests that come at the same time each make one, and whichever is last stays.
    fs::rename(file, &template).unwrap();
    template
}

/// When the file was written; the beginning of time if there is none.
fn modified(file: &Path) -> SystemTime {
    let file = fs::metadata(file).and_then(|file| file.modified());
    file.unwrap_or(SystemTime::UNIX_EPOCH)
}
