//! `cognate import`: what became of imports. It works beside servers that run, and without any.

use anyhow::Context;
use clap::{Args, Subcommand};

use super::print_output;
use crate::app::open_store;
use crate::config::Config;
use crate::store::{Db, user_import_jobs};

/// Lines that are read at once.
const PAGE: i64 = 1_000;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Print what became of each row of a user import
    ///
    /// A line for each row that was read so far, in the form and the order of the log that AWS writes to CloudWatch.
    /// The log of a job is kept for 90 days after its end.
    Log(Log),
}

/// What `cognate import log` takes.
#[derive(Args, Debug)]
pub struct Log {
    /// The id of the job, as CreateUserImportJob has answered it
    #[arg(value_name = "JOB ID")]
    job_id: String,
}

/// Runs a command.
///
/// # Errors
/// What is wrong, in words for the operator.
pub async fn run(config: &Config, command: &ImportCommand) -> anyhow::Result<()> {
    let db = open_store(config).await?;
    let done = match command {
        ImportCommand::Log(options) => log(&db, &options.job_id).await,
    };
    db.close().await;
    done
}

async fn log(db: &Db, job_id: &str) -> anyhow::Result<()> {
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
            print_output(&lines.join("\n"));
        }
        anyhow::ensure!(
            after > 0 || job.counts.rows() == 0,
            "the log of {job_id} is gone: it is kept for 90 days after the end of the job"
        );
    }
    Ok(())
}
