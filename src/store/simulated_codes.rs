//! What stands for the codes and messages of users that are hidden and get none.

use super::statement::execute;
use super::{Conn, Result};
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

/// Stores a simulated code in place of any other of the subject for the same purpose.
///
/// # Errors
/// If the database fails.
pub async fn replace(
    conn: &mut Conn,
    pool_id: &str,
    subject: &str,
    purpose: CodePurpose,
    code: &SimulatedCode,
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.simulated_codes.replace",
        conn,
        "INSERT INTO simulated_codes
           (pool_id, subject, purpose, code_hash, payload, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (pool_id, subject, purpose) DO UPDATE SET
           code_hash = excluded.code_hash, payload = excluded.payload,
           created_at = excluded.created_at, expires_at = excluded.expires_at",
        pool_id,
        subject,
        purpose.as_str(),
        code.hash.as_slice(),
        code.payload.as_slice(),
        now.millis(),
        code.expires_at.millis(),
    );
    Ok(())
}
