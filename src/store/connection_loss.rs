//! When a connection to PostgreSQL was last lost, so that connections opened before are not reused.
//!
//! A restart of the database breaks all connections at once, and a connection that was opened while
//! the database was read-only stays read-only. Pinging each connection before each use would cost a
//! round trip. Closing every connection that is older than the last loss costs a comparison, and spares
//! one failing request per connection.

use std::io::ErrorKind;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The origin of the milliseconds in [`LAST_LOSS`].
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
/// Milliseconds after [`ORIGIN`] of the last loss, 0 if there was none. One value for the process:
/// closing a connection without need costs no more than opening a new one.
static LAST_LOSS: AtomicU64 = AtomicU64::new(0);
/// Least milliseconds between two losses that are recorded because the database is read-only, so that
/// connections are not replaced over and over while it stays so.
const READ_ONLY_INTERVAL: u64 = 1_000;

/// Whether the connection on which this error occurred is lost.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlx's errors are not ours to list, and more may come"
)]
pub(super) fn is_loss(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_loss_code(&code)),
        // The driver or the other end closed an open connection. A refused connection attempt is
        // another kind of error.
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

/// PostgreSQL's codes for a connection that it ends (shut down by an administrator, crashed, database
/// dropped, idle for too long), and class 08, which poolers use when they lose their own connection.
fn is_loss_code(code: &str) -> bool {
    matches!(code, "57P01" | "57P02" | "57P04" | "57P05") || code.starts_with("08")
}

/// Records a loss if this error of a statement means one.
pub(super) fn observe_error(error: &sqlx::Error) {
    /// `read_only_sql_transaction`: a standby, a demoted primary, or set by an operator.
    const READ_ONLY: &str = "25006";
    let read_only = error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some(READ_ONLY))
        && now().saturating_sub(LAST_LOSS.load(Ordering::Relaxed)) >= READ_ONLY_INTERVAL;
    if read_only || is_loss(error) {
        record_loss();
    }
}

/// Records that the connections open now are lost.
pub(super) fn record_loss() {
    LAST_LOSS.fetch_max(now(), Ordering::Relaxed);
}

/// Whether a connection of this age was opened before the last loss.
pub(super) fn predates_last_loss(age: Duration) -> bool {
    let last_loss = LAST_LOSS.load(Ordering::Relaxed);
    last_loss > 0 && now().saturating_sub(last_loss) <= millis(age)
}

fn now() -> u64 {
    millis(ORIGIN.elapsed()).max(1)
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
    fn a_refused_connection_attempt_is_not_a_loss() {
        assert!(is_loss(&io(ErrorKind::ConnectionReset)));
        assert!(is_loss(&io(ErrorKind::UnexpectedEof)));
        assert!(!is_loss(&io(ErrorKind::ConnectionRefused)));
        assert!(!is_loss(&io(ErrorKind::TimedOut)));
        assert!(!is_loss(&sqlx::Error::PoolTimedOut));
    }

    #[test]
    fn only_codes_that_end_a_connection_are_losses() {
        for code in ["57P01", "57P02", "57P05", "08006", "08P01"] {
            assert!(is_loss_code(code), "{code}");
        }
        // Cancelled, starting up, too many, serialization: the connection goes on, or there is none.
        for code in ["57014", "57P03", "53300", "40001"] {
            assert!(!is_loss_code(code), "{code}");
        }
    }

    #[test]
    fn only_connections_opened_before_the_loss_predate_it() {
        record_loss();
        assert!(predates_last_loss(Duration::from_secs(60)));
        std::thread::park_timeout(Duration::from_millis(20));
        assert!(!predates_last_loss(Duration::from_millis(1)));
    }
}
