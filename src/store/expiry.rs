//! Deletion of what has expired.

use super::statement::execute;
use super::{Conn, Result, known_devices};
use crate::domain::time::Timestamp;

/// Deletes expired codes (simulated ones too), authorization codes, sessions, sign-ins of browsers, records of answered challenges, custom challenges, registrations of
/// passkeys and recorded events, devices (known and confirmed ones) that nobody has signed in from for long, access keys that have ended, keys that came with a pool, refresh tokens that were
/// replaced before `replaced_before`, and counters of attempts that were last changed before
/// `counted_before`. Deletes at most `batch` rows of each kind, so that the transaction stays short, and returns
/// how many were deleted, or were looked at and are not expired.
///
/// # Errors
/// If the database fails.
pub async fn delete_expired(
    conn: &mut Conn,
    now: Timestamp,
    replaced_before: Timestamp,
    counted_before: Timestamp,
    batch: i64,
) -> Result<u64> {
    let mut deleted = 0;
    deleted += execute!(
        "db.expiry.delete_codes",
        conn,
        "DELETE FROM codes WHERE (pool_id, user_id, purpose) IN
           (SELECT pool_id, user_id, purpose FROM codes WHERE expires_at < $1 LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_simulated_codes",
        conn,
        "DELETE FROM simulated_codes WHERE (pool_id, subject, purpose) IN
           (SELECT pool_id, subject, purpose FROM simulated_codes WHERE expires_at < $1
            LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_sessions",
        conn,
        "DELETE FROM sessions WHERE (pool_id, user_id, session_id) IN
           (SELECT pool_id, user_id, session_id FROM sessions WHERE expires_at < $1 LIMIT $2 + 0)",
        // An access token may live for a day after the refresh tokens of its session have expired.
        now.plus_seconds(-86_400).millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_replaced_tokens",
        conn,
        "DELETE FROM refresh_tokens WHERE (pool_id, user_id, token_hash) IN
           (SELECT pool_id, user_id, token_hash FROM refresh_tokens WHERE replaced_at < $1
            LIMIT $2 + 0)",
        replaced_before.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_challenges",
        conn,
        "DELETE FROM spent_challenges WHERE (pool_id, challenge_id) IN
           (SELECT pool_id, challenge_id FROM spent_challenges WHERE expires_at < $1 LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_attempts",
        conn,
        "DELETE FROM attempts WHERE (pool_id, kind, subject) IN
           (SELECT pool_id, kind, subject FROM attempts WHERE last_at < $1 LIMIT $2 + 0)",
        counted_before.millis(),
        batch,
    );
    // Rows whose subject has made an attempt since.
    deleted += execute!(
        "db.expiry.postpone_attempt_log",
        conn,
        "UPDATE attempt_log SET expires_at = last_at + period_ms
         WHERE last_at + period_ms >= $1 AND (pool_id, kind, subject) IN
           (SELECT pool_id, kind, subject FROM attempt_log WHERE expires_at < $1
            ORDER BY expires_at LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_attempt_log",
        conn,
        "DELETE FROM attempt_log WHERE (pool_id, kind, subject) IN
           (SELECT pool_id, kind, subject FROM attempt_log WHERE expires_at < $1
            ORDER BY expires_at LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_usage_counts",
        conn,
        "DELETE FROM usage_counts WHERE (pool_id, kind, subject, part) IN
           (SELECT pool_id, kind, subject, part FROM usage_counts
            WHERE expires_at < $1 LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_known_devices",
        conn,
        "DELETE FROM known_devices WHERE (pool_id, user_id, device_hash) IN
           (SELECT pool_id, user_id, device_hash FROM known_devices
            WHERE last_seen_at < $1 LIMIT $2 + 0)",
        now.plus_seconds(-known_devices::MEMORY_SECONDS).millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_passkey_registrations",
        conn,
        "DELETE FROM passkey_registrations WHERE (pool_id, user_id, challenge) IN
           (SELECT pool_id, user_id, challenge FROM passkey_registrations WHERE expires_at < $1
            LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_auth_events",
        conn,
        "DELETE FROM auth_events WHERE (pool_id, user_id, occurred_at, event_id) IN
           (SELECT pool_id, user_id, occurred_at, event_id FROM auth_events WHERE expires_at < $1
            LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_custom_challenges",
        conn,
        "DELETE FROM custom_challenges WHERE (pool_id, challenge_id) IN
           (SELECT pool_id, challenge_id FROM custom_challenges WHERE expires_at < $1
            LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_devices",
        conn,
        "DELETE FROM devices WHERE (pool_id, user_id, device_key) IN
           (SELECT pool_id, user_id, device_key FROM devices WHERE forgotten_after < $1 LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_access_keys",
        conn,
        "DELETE FROM access_keys WHERE key_id IN
           (SELECT key_id FROM access_keys WHERE ends_at < $1 LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_imported_token_keys",
        conn,
        "DELETE FROM imported_token_keys WHERE (pool_id, key_id) IN
           (SELECT pool_id, key_id FROM imported_token_keys WHERE ends_at < $1 LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_browser_sessions",
        conn,
        "DELETE FROM browser_sessions WHERE (pool_id, token_hash) IN
           (SELECT pool_id, token_hash FROM browser_sessions WHERE expires_at < $1 LIMIT $2 + 0)",
        now.millis(),
        batch,
    );
    deleted += execute!(
        "db.expiry.delete_authorization_codes",
        conn,
        "DELETE FROM authorization_codes WHERE (pool_id, code_hash) IN
           (SELECT pool_id, code_hash FROM authorization_codes WHERE expires_at < $1 LIMIT $2 + 0)",
        // A code that is used again after its end still ends the session that it was exchanged for.
        now.plus_seconds(-3600).millis(),
        batch,
    );
    Ok(deleted)
}
