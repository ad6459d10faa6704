//! Imports of users from files, and the end of jobs, files and logs.

use std::sync::Arc;

use crate::app::App;
use crate::domain::user_import::WAITING_SECONDS;
use crate::flows::Error;
use crate::flows::import_jobs::import;
use crate::store::{user_import_files, user_import_jobs};

/// Jobs of one page.
const PAGE: i64 = 100;
/// The most jobs that one transaction ends.
const BATCH: i64 = 100;
/// The pieces of a file, of 256 KiB each, that one transaction deletes.
const CHUNKS: i64 = 16;
/// The lines of a log that one transaction deletes.
const LINES: i64 = 1_000;

/// Imports users as long as a job is active. The jobs of several pools take turns.
///
/// # Errors
/// If the store or cryptography fails; what was imported before stays imported.
pub async fn run(app: Arc<App>) -> anyhow::Result<()> {
    loop {
        let mut turns = 0_u64;
        let mut failures: Vec<anyhow::Error> = Vec::new();
        let mut after = String::new();
        loop {
            let mut conn = app.db.read().await?;
            let jobs = user_import_jobs::list_active(&mut conn, &after, PAGE).await?;
            drop(conn);
            let Some(last) = jobs.last() else {
                break;
            };
            after.clone_from(&last.pool_id);
            for job in jobs {
                turns += 1;
                let (pool_id, job_id) = (job.pool_id.clone(), job.id.clone());
                // One job that fails does not hold up those of other pools.
                if let Err(error) = import::take_up(&app, job).await {
                    let what = format!("the import {job_id} of the user pool {pool_id}");
                    failures.push(failure(error).context(what));
                }
            }
        }
        match failures.pop() {
            // It is tried again after the interval.
            Some(failure) => return Err(failure),
            None if turns == 0 => return Ok(()),
            None => {}
        }
    }
}

/// Ends jobs that were never started, and deletes files and logs that are kept no longer.
///
/// # Errors
/// If the store fails; what was deleted before stays deleted.
pub async fn purge(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let made_before = now.plus_seconds(-WAITING_SECONDS);
    loop {
        let mut tx = app.db.begin().await?;
        let ended = user_import_jobs::expire(&mut tx, made_before, now, BATCH).await?;
        if ended > 0 {
            user_import_files::release_of_expired(&mut tx, now).await?;
        }
        tx.commit().await?;
        if ended < BATCH.unsigned_abs() {
            break;
        }
    }
    loop {
        let mut tx = app.db.begin().await?;
        let is_more = user_import_files::delete_ended(&mut tx, now, CHUNKS).await?;
        tx.commit().await?;
        if !is_more {
            break;
        }
    }
    loop {
        let mut tx = app.db.begin().await?;
        let is_more = user_import_jobs::delete_log(&mut tx, now, LINES).await?;
        tx.commit().await?;
        if !is_more {
            return Ok(());
        }
    }
}

/// A flow's error for the log.
fn failure(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(error) => error,
        other @ (Error::Refused(_) | Error::Busy | Error::Stale) => anyhow::anyhow!("{other:?}"),
    }
}
