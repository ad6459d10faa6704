//! When a session with PostgreSQL was last lost, so that those opened before are not used again.
//!
//! A restart of the database breaks all sessions at once, and a session stays read-only if it was
//! opened while the database was. Asking each session before each use would cost a round trip; to
//! close all that are older than the last loss costs a comparison, and one request per session that
//! would have failed is spared.

use std::io::ErrorKind;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The origin of the milliseconds in [`LOST_AT`].
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
/// Milliseconds after [`BEGUN`] of the last loss, 0 if there was none. One for the process: a
/// session that is closed without need costs no more than a new one.
static LOST_AT: AtomicU64 = AtomicU64::new(0);
/// As long as the database takes no writes, sessions are not renewed more often than this.
const READ_ONLY_PAUSE: u64 = 1_000;

/// Whether the session on which this happened cannot be used any more.
pub(super) fn is_loss(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| ends_session(&code)),
        // The driver closed it, or the other end did; not a new one that was refused.
        sqlx::Error::Io(error) => matches!(
            error.kind(),
            ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
                | ErrorKind::NotConnected
                | ErrorKind::UnexpectedEof
        ),
        _ => false,
    }
}

/// PostgreSQL's codes for a session's end: told to go, crashed, its database dropped, idle for too
/// long; and what poolers say when they lose theirs.
fn ends_session(code: &str) -> bool {
    matches!(code, "57P01" | "57P02" | "57P04" | "57P05") || code.starts_with("08")
}

/// Takes note of a failed statement.
pub(super) fn note(error: &sqlx::Error) {
    /// `read_only_sql_transaction`: a standby, a demoted primary, or set by an operator.
    const READ_ONLY: &str = "25006";
    let reads_only = error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some(READ_ONLY))
        && now().saturating_sub(LOST_AT.load(Ordering::Relaxed)) >= READ_ONLY_PAUSE;
    if reads_only || is_loss(error) {
        mark();
    }
}

/// Gives up all sessions there are now.
pub(super) fn mark() {
    LOST_AT.fetch_max(now(), Ordering::Relaxed);
}

/// Whether a session of this age was there at the last loss.
pub(super) fn outlived(age: Duration) -> bool {
    let lost = LOST_AT.load(Ordering::Relaxed);
    lost > 0 && now().saturating_sub(lost) <= millis(age)
}

fn now() -> u64 {
    millis(BEGUN.elapsed()).max(1)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io(kind: ErrorKind) -> sqlx::Error {
        sqlx::Error::Io(kind.into())
    }

    #[test]
    fn a_refused_connection_is_no_lost_session() {
        assert!(is_loss(&io(ErrorKind::ConnectionReset)));
        assert!(is_loss(&io(ErrorKind::UnexpectedEof)));
        assert!(!is_loss(&io(ErrorKind::ConnectionRefused)));
        assert!(!is_loss(&io(ErrorKind::TimedOut)));
        assert!(!is_loss(&sqlx::Error::PoolTimedOut));
    }

    #[test]
    fn codes_that_end_a_session() {
        for code in ["57P01", "57P02", "57P05", "08006", "08P01"] {
            assert!(ends_session(code), "{code}");
        }
        // Cancelled, starting up, too many, serialization: the session goes on, or there is none.
        for code in ["57014", "57P03", "53300", "40001"] {
            assert!(!ends_session(code), "{code}");
        }
    }

    #[test]
    fn only_those_who_were_there_are_given_up() {
        mark();
        assert!(outlived(Duration::from_secs(60)));
        std::thread::park_timeout(Duration::from_millis(20));
        assert!(!outlived(Duration::from_millis(1)));
    }
}
