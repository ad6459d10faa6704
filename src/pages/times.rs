//! Points in time on a page and in JSON.

use crate::domain::time::Timestamp;

/// ISO 8601 in UTC with milliseconds, for programs and for the `datetime` of a `time` element.
pub fn iso_8601(time: Timestamp) -> String {
    format!("{:.3}", jiff_timestamp(time))
}

/// What a `time` element shows until the page's script writes the browser's local time into it.
pub fn utc(time: Timestamp) -> String {
    jiff_timestamp(time)
        .strftime("%Y-%m-%d %H:%M:%S UTC")
        .to_string()
}

fn jiff_timestamp(time: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc() {
        let time = Timestamp::from_millis(1_700_000_000_120);
        assert_eq!(iso_8601(time), "2023-11-14T22:13:20.120Z");
        assert_eq!(utc(time), "2023-11-14 22:13:20 UTC");
    }
}
