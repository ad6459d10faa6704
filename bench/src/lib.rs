//! The benchmark of the whole server. The fault program shares its parts that run the server as a
//! process: child processes, a PostgreSQL, an HTTP client, SRP.

mod cases;
pub mod cli;
mod code_flow;
pub mod dataset;
mod existence;
mod factor_sign_ins;
pub mod factors;
mod generate;
mod limits;
mod lists;
mod load;
mod mailbox;
mod measure;
mod plot;
mod pool_domain;
pub mod postgres;
pub mod process;
mod report;
mod results;
mod run;
pub mod srp;
pub mod wire;

use std::time::Duration;

use cognate::store::{Db, OpenOptions};

/// Prints the progress of the program.
#[expect(clippy::print_stderr, reason = "progress goes to standard error")]
pub fn print_progress(text: &str) {
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
