//! `cognate import log`: what became of the rows of a user import.

use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::CommandContext;
use crate::server::command_protocol::Console;
use crate::store::user_import_jobs;

/// Lines that are read at once.
const PAGE: i64 = 1_000;

/// What `cognate import log` takes.
#[derive(Args, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportLog {
    /// The id of the job, as CreateUserImportJob has answered it
    #[arg(value_name = "JOB ID")]
    job_id: String,
}

/// Prints the log.
///
/// # Errors
/// What is wrong, in words for the operator.
pub async fn run(
    context: &CommandContext<'_>,
    options: &ImportLog,
    console: &Console,
) -> anyhow::Result<u8> {
    let (db, job_id) = (context.db, &options.job_id);
    let mut conn = db.read().await?;
    let jobs = user_import_jobs::find_in_any_pool(&mut conn, job_id).await;
    let jobs = jobs.context(
        "cannot read the store's import jobs; it may not have been brought up to date by this version: start the \
         server, or run `cognate migrate`, first",
    )?;
    drop(conn);
    anyhow::ensure!(!jobs.is_empty(), "there is no user import job {job_id}");
    for job in jobs {
        let mut after = 0;
        loop {
            let mut conn = db.read().await?;
            let page = user_import_jobs::log_page(&mut conn, &job, after, PAGE).await?;
            drop(conn);
            let Some(last) = page.last() else {
                break;
            };
            after = last.line;
            let lines: Vec<String> = page.iter().map(ToString::to_string).collect();
            console.print(&lines.join("\n")).await?;
        }
        anyhow::ensure!(
            after > 0 || job.counts.rows() == 0,
            "the log of {job_id} is gone: it is kept for 90 days after the end of the job"
        );
    }
    Ok(0)
}
