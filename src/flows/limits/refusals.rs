//! What is recorded of an attempt that a limit refuses: a count in the metrics and a line in the log, of which
//! there are only so many a minute.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::{Result, refuse as refuse_with};

/// Lines of the log in a minute.
const LINES: u32 = 60;

/// Whose limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// That of one user, or of the address that a message would go to or a code came from.
    UserOrAddress,
    /// That of one source.
    Source,
    /// That of one access key.
    Administrator,
    /// That of one app client.
    Client,
    /// That of the pool.
    Pool,
}

impl Dimension {
    const fn as_str(self) -> &'static str {
        match self {
            Self::UserOrAddress => "user_or_address",
            Self::Source => "source",
            Self::Administrator => "administrator",
            Self::Client => "client",
            Self::Pool => "pool",
        }
    }
}

/// Records the refusal and fails with `failure`.
///
/// # Errors
/// Always `failure`.
pub fn refuse<T>(
    context: &RequestContext,
    (dimension, kind, pool_id): (Dimension, &'static str, &str),
    failure: Failure,
) -> Result<T> {
    metrics::counter!(
        "cognate_limit_refusals_total",
        "limit" => kind,
        "by" => dimension.as_str(),
    )
    .increment(1);
    let minute = context.now.seconds().div_euclid(60);
    if let Some(unlogged) = LOGGED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take(minute)
    {
        // The address tells the operator whom to block. It is logged only where the source's own limit is
        // reached.
        let source = context
            .source_address
            .filter(|_| dimension == Dimension::Source)
            .map(tracing::field::display);
        tracing::warn!(
            limit = kind,
            by = dimension.as_str(),
            pool_id,
            source,
            unlogged,
            "a limit refused an attempt"
        );
    }
    refuse_with(failure)
}

static LOGGED: Mutex<Lines> = Mutex::new(Lines {
    minute: 0,
    lines: 0,
    unlogged: 0,
});

/// How many lines a minute has had, and how many refusals have had none since the last line.
struct Lines {
    minute: i64,
    lines: u32,
    unlogged: u64,
}

impl Lines {
    /// Takes a line of this minute, and returns how many refusals before it were not logged. `None` if the
    /// minute has no line left.
    fn take(&mut self, minute: i64) -> Option<u64> {
        if self.minute != minute {
            (self.minute, self.lines) = (minute, 0);
        }
        if self.lines >= LINES {
            self.unlogged = self.unlogged.saturating_add(1);
            return None;
        }
        self.lines += 1;
        Some(std::mem::take(&mut self.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_lines_and_the_next_tells_how_many_are_missing() {
        let mut lines = Lines {
            minute: 0,
            lines: 0,
            unlogged: 0,
        };
        for _ in 0..LINES {
            assert_eq!(lines.take(7), Some(0));
        }
        assert_eq!(lines.take(7), None);
        assert_eq!(lines.take(7), None);
        assert_eq!(lines.take(8), Some(2));
        assert_eq!(lines.take(8), Some(0));
    }
}
