//! Jobs that import users, and the logs of what became of each row.

use super::creation_order::Cursor;
use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::time::Timestamp;
use crate::domain::user_import::{
    Counts, EXPIRED, End, HashAlgorithm, ImportJob, ImportStatus, LogLine, Position, RowOutcome,
};

#[derive(sqlx::FromRow)]
struct Row {
    pool_id: String,
    job_id: String,
    job_name: String,
    role_arn: String,
    algorithm: Option<String>,
    status: String,
    created_at: i64,
    started_at: Option<i64>,
    completed_at: Option<i64>,
    completion_message: Option<String>,
    upload_id: Option<String>,
    imported: i64,
    skipped: i64,
    failed: i64,
    next_byte: i64,
    next_line: i64,
}

impl TryFrom<Row> for ImportJob {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unknown = |column| Error::UnknownValue { column };
        Ok(Self {
            status: ImportStatus::named(&row.status)
                .ok_or_else(|| unknown("user_import_jobs.status"))?,
            algorithm: row
                .algorithm
                .map(|word| {
                    let named = HashAlgorithm::named(&word);
                    named.ok_or_else(|| unknown("user_import_jobs.algorithm"))
                })
                .transpose()?,
            pool_id: row.pool_id,
            id: row.job_id,
            name: row.job_name,
            role_arn: row.role_arn,
            created_at: Timestamp::from_millis(row.created_at),
            started_at: row.started_at.map(Timestamp::from_millis),
            completed_at: row.completed_at.map(Timestamp::from_millis),
            completion_message: row.completion_message,
            upload_id: row.upload_id,
            counts: Counts {
                imported: row.imported,
                skipped: row.skipped,
                failed: row.failed,
            },
            position: Position {
                byte: row.next_byte.unsigned_abs(),
                line: row.next_line,
            },
        })
    }
}

macro_rules! select_jobs {
    ($rest:literal) => {
        concat!(
            "SELECT pool_id, job_id, job_name, role_arn, algorithm, status, created_at, started_at,
               completed_at, completion_message, upload_id, imported, skipped, failed, next_byte, next_line
             FROM user_import_jobs ",
            $rest
        )
    };
}

/// Adds a job; `false` if its id is taken.
///
/// # Errors
/// If the database fails.
pub async fn insert(conn: &mut Conn, job: &ImportJob) -> Result<bool> {
    let rows = execute!(
        "db.user_import_jobs.insert",
        conn,
        "INSERT INTO user_import_jobs (pool_id, job_id, job_name, role_arn, algorithm, status, created_at,
           imported, skipped, failed, next_byte, next_line)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
        &job.pool_id,
        &job.id,
        &job.name,
        &job.role_arn,
        job.algorithm.map(HashAlgorithm::as_str),
        job.status.as_str(),
        job.created_at.millis(),
        job.counts.imported,
        job.counts.skipped,
        job.counts.failed,
        stored_byte(job.position),
        job.position.line,
    );
    Ok(rows == 1)
}

fn stored_byte(position: Position) -> i64 {
    i64::try_from(position.byte).unwrap_or(i64::MAX)
}

/// The job with this id.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn, pool_id: &str, job_id: &str) -> Result<Option<ImportJob>> {
    fetch_optional!(
        "db.user_import_jobs.find",
        Row,
        conn,
        select_jobs!("WHERE pool_id = $1 AND job_id = $2"),
        pool_id,
        job_id,
    )
    .map(ImportJob::try_from)
    .transpose()
}

/// The jobs of all pools with this id, of which there is more than one only by an improbable chance.
///
/// # Errors
/// If the database fails.
pub async fn find_in_any_pool(conn: &mut Conn, job_id: &str) -> Result<Vec<ImportJob>> {
    fetch_all!(
        "db.user_import_jobs.find_in_any_pool",
        Row,
        conn,
        select_jobs!("WHERE job_id = $1 ORDER BY pool_id"),
        job_id,
    )
    .into_iter()
    .map(ImportJob::try_from)
    .collect()
}

/// Up to `limit` jobs of the pool, the newest first, after the cursor.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<ImportJob>> {
    let (created_at, job_id) = after.map_or((i64::MAX, ""), |cursor| {
        (cursor.created_at, cursor.key.as_str())
    });
    fetch_all!(
        "db.user_import_jobs.page",
        Row,
        conn,
        select_jobs!(
            "WHERE pool_id = $1 AND (created_at, job_id) < ($2, $3)
             ORDER BY created_at DESC, job_id DESC LIMIT $4 + 0"
        ),
        pool_id,
        created_at,
        job_id,
        limit,
    )
    .into_iter()
    .map(ImportJob::try_from)
    .collect()
}

/// How many jobs of the pool wait to be started.
///
/// # Errors
/// If the database fails.
pub async fn count_waiting(conn: &mut Conn, pool_id: &str) -> Result<i64> {
    let row = fetch_optional!(
        "db.user_import_jobs.count_waiting",
        (i64,),
        conn,
        "SELECT COUNT(*) FROM user_import_jobs WHERE pool_id = $1 AND status = 'Created'",
        pool_id,
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Whether a job of the pool is active.
///
/// # Errors
/// If the database fails.
pub async fn is_active(conn: &mut Conn, pool_id: &str) -> Result<bool> {
    let row = fetch_optional!(
        "db.user_import_jobs.is_active",
        (i32,),
        conn,
        "SELECT 1 FROM user_import_jobs
         WHERE pool_id = $1 AND status IN ('Pending', 'InProgress', 'Stopping')",
        pool_id,
    );
    Ok(row.is_some())
}

/// Up to `limit` active jobs in the order of their pools, after this pool. A pool has one at the most.
///
/// # Errors
/// If the database fails.
pub async fn list_active(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<ImportJob>> {
    fetch_all!(
        "db.user_import_jobs.list_active",
        Row,
        conn,
        select_jobs!(
            "WHERE status IN ('Pending', 'InProgress', 'Stopping') AND pool_id > $1
             ORDER BY pool_id LIMIT $2 + 0"
        ),
        after,
        limit,
    )
    .into_iter()
    .map(ImportJob::try_from)
    .collect()
}

/// Starts a job that waits and has a file; `false` if it does not.
///
/// # Errors
/// If the database fails, also because another job of the pool is active.
pub async fn start(conn: &mut Conn, pool_id: &str, job_id: &str, now: Timestamp) -> Result<bool> {
    let rows = execute!(
        "db.user_import_jobs.start",
        conn,
        "UPDATE user_import_jobs SET status = 'Pending', started_at = $3
         WHERE pool_id = $1 AND job_id = $2 AND status = 'Created' AND upload_id IS NOT NULL",
        pool_id,
        job_id,
        now.millis(),
    );
    Ok(rows == 1)
}

/// Has an active job stopped; `false` if it is not active, or to be stopped already.
///
/// # Errors
/// If the database fails.
pub async fn stop(conn: &mut Conn, pool_id: &str, job_id: &str) -> Result<bool> {
    let rows = execute!(
        "db.user_import_jobs.stop",
        conn,
        "UPDATE user_import_jobs SET status = 'Stopping'
         WHERE pool_id = $1 AND job_id = $2 AND status IN ('Pending', 'InProgress')",
        pool_id,
        job_id,
    );
    Ok(rows == 1)
}

/// Moves a job that runs on in its file; `false` if it is not where `job` says, or does not run any more.
///
/// # Errors
/// If the database fails.
pub async fn advance(conn: &mut Conn, job: &ImportJob, to: Position) -> Result<bool> {
    let rows = execute!(
        "db.user_import_jobs.advance",
        conn,
        "UPDATE user_import_jobs SET status = 'InProgress', next_byte = $4, next_line = $5
         WHERE pool_id = $1 AND job_id = $2 AND next_byte = $3 AND status IN ('Pending', 'InProgress')",
        &job.pool_id,
        &job.id,
        stored_byte(job.position),
        stored_byte(to),
        to.line,
    );
    Ok(rows == 1)
}

/// Counts rows of a job.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, job: &ImportJob, counts: Counts) -> Result<()> {
    execute!(
        "db.user_import_jobs.count",
        conn,
        "UPDATE user_import_jobs
         SET imported = imported + $3, skipped = skipped + $4, failed = failed + $5
         WHERE pool_id = $1 AND job_id = $2",
        &job.pool_id,
        &job.id,
        counts.imported,
        counts.skipped,
        counts.failed,
    );
    Ok(())
}

/// Ends a job that is in one of the states `from`; `false` if it is in another. Its log is kept until `log_until`.
///
/// # Errors
/// If the database fails.
pub async fn end(
    conn: &mut Conn,
    job: &ImportJob,
    end: End<'_>,
    now: Timestamp,
    log_until: Timestamp,
) -> Result<bool> {
    let sql = match end {
        End::Stopped => {
            "UPDATE user_import_jobs
             SET status = $3, completion_message = $4, completed_at = $5, log_until = $6
             WHERE pool_id = $1 AND job_id = $2 AND status = 'Stopping'"
        }
        End::Succeeded | End::Failed(_) => {
            "UPDATE user_import_jobs
             SET status = $3, completion_message = $4, completed_at = $5, log_until = $6
             WHERE pool_id = $1 AND job_id = $2 AND status IN ('Pending', 'InProgress')"
        }
    };
    let rows = execute!(
        "db.user_import_jobs.end",
        conn,
        sql,
        &job.pool_id,
        &job.id,
        end.status().as_str(),
        end.message(),
        now.millis(),
        log_until.millis(),
    );
    Ok(rows == 1)
}

/// Ends up to `limit` jobs that were made before `made_before` and never started. Returns how many.
///
/// # Errors
/// If the database fails.
pub async fn expire(
    conn: &mut Conn,
    made_before: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<u64> {
    Ok(execute!(
        "db.user_import_jobs.expire",
        conn,
        "UPDATE user_import_jobs SET status = 'Expired', completion_message = $3, completed_at = $2
         WHERE status = 'Created' AND (pool_id, job_id) IN
           (SELECT pool_id, job_id FROM user_import_jobs
            WHERE status = 'Created' AND created_at < $1 LIMIT $4 + 0)",
        made_before.millis(),
        now.millis(),
        EXPIRED,
        limit,
    ))
}

/// Adds a line to a job's log.
///
/// # Errors
/// If the database fails.
pub async fn log(conn: &mut Conn, job: &ImportJob, line: &LogLine) -> Result<()> {
    execute!(
        "db.user_import_jobs.log",
        conn,
        "INSERT INTO user_import_log (pool_id, job_id, line, outcome, message)
         VALUES ($1, $2, $3, $4, $5)",
        &job.pool_id,
        &job.id,
        line.line,
        line.outcome.as_str(),
        line.outcome.reason(),
    );
    Ok(())
}

#[derive(sqlx::FromRow)]
struct LogRow {
    line: i64,
    outcome: String,
    message: Option<String>,
}

/// Up to `limit` lines of a job's log behind the row `after`.
///
/// # Errors
/// If the database fails.
pub async fn log_page(
    conn: &mut Conn,
    job: &ImportJob,
    after: i64,
    limit: i64,
) -> Result<Vec<LogLine>> {
    let rows = fetch_all!(
        "db.user_import_jobs.log_page",
        LogRow,
        conn,
        "SELECT line, outcome, message FROM user_import_log
         WHERE pool_id = $1 AND job_id = $2 AND line > $3 ORDER BY line LIMIT $4 + 0",
        &job.pool_id,
        &job.id,
        after,
        limit,
    );
    rows.into_iter()
        .map(|row| {
            let outcome = RowOutcome::named(&row.outcome, row.message);
            Ok(LogLine {
                line: row.line,
                outcome: outcome.ok_or(Error::UnknownValue {
                    column: "user_import_log.outcome",
                })?,
            })
        })
        .collect()
}

/// Deletes up to `limit` lines of the log of one job, if there is one whose log has been kept for long enough. Returns
/// whether there is more to be done.
///
/// # Errors
/// If the database fails.
pub async fn delete_log(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<bool> {
    let over = fetch_optional!(
        "db.user_import_jobs.log_is_over",
        (String, String),
        conn,
        "SELECT pool_id, job_id FROM user_import_jobs WHERE log_until < $1 LIMIT 1",
        now.millis(),
    );
    let Some((pool_id, job_id)) = over else {
        return Ok(false);
    };
    let deleted = execute!(
        "db.user_import_jobs.delete_log",
        conn,
        "DELETE FROM user_import_log WHERE pool_id = $1 AND job_id = $2 AND line IN
           (SELECT line FROM user_import_log WHERE pool_id = $1 AND job_id = $2 LIMIT $3 + 0)",
        &pool_id,
        &job_id,
        limit,
    );
    if deleted < limit.unsigned_abs() {
        execute!(
            "db.user_import_jobs.forget_log",
            conn,
            "UPDATE user_import_jobs SET log_until = NULL WHERE pool_id = $1 AND job_id = $2",
            &pool_id,
            &job_id,
        );
    }
    Ok(true)
}
