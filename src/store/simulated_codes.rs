//! What stands for the codes and messages of users that are hidden and get none.

use super::outbox::queue;
use super::statement::execute;
use super::{Conn, Result};
use crate::domain::attribute::Medium;
use crate::domain::code::CodePurpose;
use crate::domain::time::Timestamp;

/// A code that was made and not sent, with the message that would have carried it.
pub struct SimulatedCode {
    /// The code's keyed hash.
    pub hash: [u8; 32],
    /// The sealed message.
    pub payload: Vec<u8>,
    /// When the code would expire.
    pub expires_at: Timestamp,
}

/// Stores a simulated code in place of any other of the subject for the same purpose. Like
/// [`super::outbox::insert`] it looks at the queue of the recipient by `medium`, here a name that none has,
/// so that it takes as long.
///
/// # Errors
/// If the database fails.
pub async fn replace(
    conn: &mut Conn,
    pool_id: &str,
    (subject, medium): (&str, Medium),
    purpose: CodePurpose,
    code: &SimulatedCode,
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.simulated_codes.replace",
        conn,
        concat!(
            "INSERT INTO simulated_codes
               (pool_id, subject, purpose, code_hash, payload, created_at, expires_at)
             SELECT $1, $3, $4, $5, $6, $7, $8 FROM ",
            queue!(),
            " WHERE waiting >= 0
             ON CONFLICT (pool_id, subject, purpose) DO UPDATE SET
               code_hash = excluded.code_hash, payload = excluded.payload,
               created_at = excluded.created_at, expires_at = excluded.expires_at",
        ),
        pool_id,
        medium.as_str(),
        subject,
        purpose.as_str(),
        code.hash.as_slice(),
        code.payload.as_slice(),
        now.millis(),
        code.expires_at.millis(),
    );
    Ok(())
}
