//! The benchmark of the whole server, and what other programs that run the server as a process share
//! with it: processes that end with their parent, a PostgreSQL, requests as bytes, SRP.

mod cases;
pub mod cli;
mod generate;
mod limits;
mod load;
mod mailbox;
mod measure;
mod plot;
pub mod postgres;
pub mod process;
mod report;
mod results;
mod run;
pub mod srp;
pub mod wire;
pub mod world;

use std::time::Duration;

use cognate::store::{Db, OpenOptions};

/// Tells the person who waits.
#[expect(clippy::print_stderr, reason = "progress goes to standard error")]
pub fn say(text: &str) {
    eprintln!("{text}");
}

/// A store beside the server's.
///
/// # Errors
/// If it cannot be opened.
pub async fn open_store(url: &str) -> anyhow::Result<Db> {
    let options = OpenOptions {
        max_connections: 4,
        acquire_timeout: Duration::from_secs(30),
        statement_cache: 100,
    };
    Ok(Db::open(url, &options).await?)
}
