//! Answers whose time does not tell whether a user exists, where an app client hides users (ADR 30).
//!
//! What an answer for a user costs and what one for a name that nobody has costs differ by some hundredths of a
//! millisecond, however alike the work is: one reads a row that the other does not find. So such an answer waits
//! for the end of an interval that began with the request, and then for a random part of another one: a processor that
//! has slept longer wakes up later, by hundredths of a millisecond.

use std::time::Duration;

use async_io::Timer;

use super::Result;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AppClient;
use crate::messaging::EnqueuedMessage;

/// What the answer takes from the end of its wait until it has left.
const AFTER_THE_ANSWER: Duration = Duration::from_millis(2);

/// Does `work` and answers what comes of it within the interval that follows the one in which the work ended.
///
/// # Errors
/// Those of `work`.
pub async fn answer<T>(
    app: &App,
    context: &RequestContext,
    client: &AppClient,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let done = work.await;
    wait(app, context, client).await;
    done
}

/// Does `work` and answers as [`answer`] does if it is refused. For what succeeds only with a secret of the
/// user's, from which nothing is to be hidden.
///
/// # Errors
/// Those of `work`.
pub async fn refuse<T>(
    app: &App,
    context: &RequestContext,
    client: &AppClient,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let done = work.await;
    if done.is_err() {
        wait(app, context, client).await;
    }
    done
}

async fn wait(app: &App, context: &RequestContext, client: &AppClient) {
    if client.settings.hides_users()
        && let Some(interval) = interval(app)
    {
        let wait = left(context.arrived.elapsed(), interval) + part(interval, app.entropy.bytes());
        // Not tokio's, whose waits are of whole milliseconds: the answer would leave as much after a millisecond as
        // the work went beyond one.
        Timer::after(wait).await;
    }
}

/// Passes a message on for delivery after an answer that [`answer`] holds back: a delivery beside the answer would
/// delay it. A client that goes away meanwhile does not stop the message.
pub fn dispatch_afterwards(app: &App, context: &RequestContext, queued: EnqueuedMessage) {
    let Some(interval) = interval(app) else {
        return app.outbox.dispatch(queued);
    };
    let wait = left(context.arrived.elapsed(), interval) + interval + AFTER_THE_ANSWER;
    let outbox = app.outbox.clone();
    tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        outbox.dispatch(queued);
    });
}

fn interval(app: &App) -> Option<Duration> {
    let milliseconds = app.config.users.hidden_answer_interval_ms;
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds.into()))
}

/// The time to the end of the interval that `spent` falls into; a whole one at its beginning.
fn left(spent: Duration, interval: Duration) -> Duration {
    let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let into = nanos(spent).checked_rem(nanos(interval)).unwrap_or(0);
    interval.saturating_sub(Duration::from_nanos(into))
}

/// A random part of the interval.
fn part(interval: Duration, random: [u8; 4]) -> Duration {
    let nanos = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
    let part = (u128::from(nanos) * u128::from(u32::from_ne_bytes(random))) >> 32;
    Duration::from_nanos(u64::try_from(part).unwrap_or(nanos))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_part_is_less_than_the_whole(random in any::<u32>(), interval_ms in 1_u64..1_000) {
            let interval = Duration::from_millis(interval_ms);
            prop_assert!(part(interval, random.to_ne_bytes()) < interval);
        }

        #[test]
        fn waits_end_at_the_ends_of_intervals(
            spent in 0_u64..10_000_000_000,
            interval_ms in 1_u64..1_000,
        ) {
            let interval = Duration::from_millis(interval_ms);
            let spent = Duration::from_nanos(spent);
            let wait = left(spent, interval);
            prop_assert!(wait > Duration::ZERO && wait <= interval);
            prop_assert_eq!((spent + wait).as_nanos() % interval.as_nanos(), 0);
        }
    }
}
