//! How long a message waits before its next attempt.

use crate::config::OutboxConfig;

/// Milliseconds from the end of attempt number `attempts` to the next one: the base doubled for each
/// earlier failure, up to the cap, plus up to a quarter by `jitter`, so that messages which failed
/// together are not retried together.
pub(super) fn retry_delay_ms(config: &OutboxConfig, attempts: i64, jitter: u8) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1).max(0)).unwrap_or(u32::MAX);
    let factor = 2_u64.saturating_pow(doublings);
    let seconds = config
        .backoff_base_seconds
        .saturating_mul(factor)
        .min(config.backoff_cap_seconds);
    let ms = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    ms.saturating_add((ms / 1024).saturating_mul(i64::from(jitter)))
}

/// Milliseconds until the next attempt at a message that is `age_ms` old and that this node cannot
/// decrypt: its age again, between the base and the cap. Such attempts are not counted, so they
/// cannot give the delay.
pub(super) fn undecryptable_delay_ms(config: &OutboxConfig, age_ms: i64) -> i64 {
    let ms = |seconds: u64| i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    age_ms
        .max(ms(config.backoff_base_seconds))
        .min(ms(config.backoff_cap_seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_delays_double_up_to_the_cap() {
        let config = OutboxConfig::default();
        let delay = |attempts| retry_delay_ms(&config, attempts, 0) / 1000;
        assert_eq!([1, 2, 3, 7, 8, 9].map(delay), [5, 10, 20, 320, 600, 600]);
        assert_eq!(delay(i64::MAX), 600);
        assert_eq!(retry_delay_ms(&config, 1, 255), 5000 + 4 * 255);
    }

    #[test]
    fn an_undecryptable_message_waits_its_age_again() {
        let config = OutboxConfig::default();
        let delay = |age| undecryptable_delay_ms(&config, age);
        assert_eq!(
            [-1, 0, 5000, 60_000, i64::MAX].map(delay),
            [5000, 5000, 5000, 60_000, 600_000]
        );
    }
}
