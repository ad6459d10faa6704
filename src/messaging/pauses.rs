//! How long a message waits until it is looked at again.

use crate::config::OutboxConfig;

/// Milliseconds from the end of try number `attempts` to the next: the base doubled for each
/// failure before, up to the cap, and up to a quarter more by `jitter`, so that what failed
/// together does not come back together.
pub(super) fn pause_ms(config: &OutboxConfig, attempts: i64, jitter: u8) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1).max(0)).unwrap_or(u32::MAX);
    let factor = 2_u64.saturating_pow(doublings);
    let seconds = config
        .backoff_base_seconds
        .saturating_mul(factor)
        .min(config.backoff_cap_seconds);
    let ms = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    ms.saturating_add((ms / 1024).saturating_mul(i64::from(jitter)))
}

/// Milliseconds until a message is looked at again that has waited for `age_ms` and counts no
/// tries: as long again, between the base and the cap.
pub(super) fn waiting_ms(config: &OutboxConfig, age_ms: i64) -> i64 {
    let ms = |seconds: u64| i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    age_ms
        .max(ms(config.backoff_base_seconds))
        .min(ms(config.backoff_cap_seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap() {
        let config = OutboxConfig::default();
        let pause = |attempts| pause_ms(&config, attempts, 0) / 1000;
        assert_eq!([1, 2, 3, 7, 8, 9].map(pause), [5, 10, 20, 320, 600, 600]);
        assert_eq!(pause(i64::MAX), 600);
        assert_eq!(pause_ms(&config, 1, 255), 5000 + 4 * 255);
    }

    #[test]
    fn what_waits_for_its_key_waits_as_long_again() {
        let config = OutboxConfig::default();
        let wait = |age| waiting_ms(&config, age);
        assert_eq!(
            [-1, 0, 5000, 60_000, i64::MAX].map(wait),
            [5000, 5000, 5000, 60_000, 600_000]
        );
    }
}
