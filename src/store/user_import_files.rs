//! Files with users: what is being uploaded, and what was. The content is in pieces, each sealed.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// The id of a piece of a file. The ids of a file's pieces are in the order of the pieces.
#[must_use]
pub fn chunk_id(upload_id: &str, number: u64) -> String {
    format!("{upload_id}/{number:06}")
}

/// Begins an upload for a job that waits, unless the job has `most` already; `false` if it has, or does not wait. It
/// ends at `expires_at` unless it becomes the job's file.
///
/// # Errors
/// If the database fails.
pub async fn begin(
    conn: &mut Conn,
    (pool_id, job_id, upload_id): (&str, &str, &str),
    expires_at: Timestamp,
    most: i64,
) -> Result<bool> {
    let rows = execute!(
        "db.user_import_files.begin",
        conn,
        "INSERT INTO user_import_uploads (pool_id, upload_id, job_id, expires_at)
         SELECT j.pool_id, $3, j.job_id, $4 FROM user_import_jobs j
         WHERE j.pool_id = $1 AND j.job_id = $2 AND j.status = 'Created'
           AND (SELECT COUNT(*) FROM user_import_uploads u
                WHERE u.pool_id = $1 AND u.job_id = $2) < $5",
        pool_id,
        job_id,
        upload_id,
        expires_at.millis(),
        most,
    );
    Ok(rows == 1)
}

/// Adds a piece to an upload; `false` if the upload has ended.
///
/// # Errors
/// If the database fails.
pub async fn add_chunk(
    conn: &mut Conn,
    (pool_id, upload_id, chunk_id): (&str, &str, &str),
    sealed: &[u8],
) -> Result<bool> {
    let rows = execute!(
        "db.user_import_files.add_chunk",
        conn,
        "INSERT INTO user_import_chunks (pool_id, chunk_id, upload_id, bytes)
         SELECT pool_id, $3, upload_id, $4 FROM user_import_uploads
         WHERE pool_id = $1 AND upload_id = $2",
        pool_id,
        upload_id,
        chunk_id,
        sealed,
    );
    Ok(rows == 1)
}

/// Makes a whole upload the file of its job, if the job still waits and the upload has not ended; `false` if not. The
/// file that the job had before is deleted later.
///
/// # Errors
/// If the database fails.
pub async fn finish(
    conn: &mut Conn,
    (pool_id, job_id, upload_id): (&str, &str, &str),
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        "db.user_import_files.take",
        conn,
        "UPDATE user_import_jobs SET upload_id = $3
         WHERE pool_id = $1 AND job_id = $2 AND status = 'Created' AND EXISTS
           (SELECT 1 FROM user_import_uploads u
            WHERE u.pool_id = $1 AND u.upload_id = $3 AND u.expires_at > $4)",
        pool_id,
        job_id,
        upload_id,
        now.millis(),
    );
    if rows != 1 {
        return Ok(false);
    }
    execute!(
        "db.user_import_files.replace",
        conn,
        "UPDATE user_import_uploads
         SET expires_at = CASE WHEN upload_id = $3 THEN NULL ELSE COALESCE(expires_at, $4) END
         WHERE pool_id = $1 AND job_id = $2",
        pool_id,
        job_id,
        upload_id,
        now.millis(),
    );
    Ok(true)
}

/// A piece of a file, sealed; `None` behind the last one.
///
/// # Errors
/// If the database fails.
pub async fn chunk(conn: &mut Conn, pool_id: &str, chunk_id: &str) -> Result<Option<Vec<u8>>> {
    let row = fetch_optional!(
        "db.user_import_files.chunk",
        (Vec<u8>,),
        conn,
        "SELECT bytes FROM user_import_chunks WHERE pool_id = $1 AND chunk_id = $2",
        pool_id,
        chunk_id,
    );
    Ok(row.map(|(bytes,)| bytes))
}

/// Has an upload deleted, whether it is a job's file or not.
///
/// # Errors
/// If the database fails.
pub async fn release(
    conn: &mut Conn,
    pool_id: &str,
    upload_id: &str,
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.user_import_files.release",
        conn,
        "UPDATE user_import_uploads SET expires_at = $3 WHERE pool_id = $1 AND upload_id = $2",
        pool_id,
        upload_id,
        now.millis(),
    );
    Ok(())
}

/// Has the files of jobs deleted that were never started and wait no more.
///
/// # Errors
/// If the database fails.
pub async fn release_of_expired(conn: &mut Conn, now: Timestamp) -> Result<()> {
    execute!(
        "db.user_import_files.release_of_expired",
        conn,
        "UPDATE user_import_uploads SET expires_at = $1
         WHERE expires_at IS NULL AND EXISTS
           (SELECT 1 FROM user_import_jobs j
            WHERE j.pool_id = user_import_uploads.pool_id AND j.job_id = user_import_uploads.job_id
              AND j.status = 'Expired')",
        now.millis(),
    );
    Ok(())
}

/// Deletes up to `limit` pieces of an upload that has ended, and then the upload. Returns whether there is more to be
/// done.
///
/// # Errors
/// If the database fails.
pub async fn delete_ended(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<bool> {
    let ended = fetch_optional!(
        "db.user_import_files.ended",
        (String, String),
        conn,
        "SELECT pool_id, upload_id FROM user_import_uploads WHERE expires_at <= $1 LIMIT 1",
        now.millis(),
    );
    let Some((pool_id, upload_id)) = ended else {
        return Ok(false);
    };
    let deleted = execute!(
        "db.user_import_files.delete_chunks",
        conn,
        "DELETE FROM user_import_chunks WHERE pool_id = $1 AND chunk_id IN
           (SELECT chunk_id FROM user_import_chunks
            WHERE pool_id = $1 AND upload_id = $2 ORDER BY chunk_id LIMIT $3 + 0)",
        &pool_id,
        &upload_id,
        limit,
    );
    if deleted < limit.unsigned_abs() {
        execute!(
            "db.user_import_files.delete_upload",
            conn,
            "DELETE FROM user_import_uploads WHERE pool_id = $1 AND upload_id = $2",
            &pool_id,
            &upload_id,
        );
    }
    Ok(true)
}
