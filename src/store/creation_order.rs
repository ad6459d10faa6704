//! Positions in lists that come in the order in which their items were made.

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;

/// Where the next page begins: behind the item that was made, or added, at this time and has this key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// In milliseconds.
    pub created_at: i64,
    /// What tells items of one millisecond apart. Tokens of lists of devices that an earlier version has issued
    /// have it under another name.
    #[serde(alias = "device_key")]
    pub key: String,
}

impl Cursor {
    /// Behind the item with this time and key.
    #[must_use]
    pub fn behind(created_at: Timestamp, key: &str) -> Self {
        Self {
            created_at: created_at.millis(),
            key: key.to_owned(),
        }
    }

    /// Time and key that every item of the page is behind; those that every item is behind where there is no
    /// cursor.
    pub(super) fn bounds(after: Option<&Self>) -> (i64, &str) {
        after.map_or((i64::MIN, ""), |cursor| {
            (cursor.created_at, cursor.key.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_that_an_earlier_version_has_issued_are_read() {
        let cursor = Cursor::behind(Timestamp::from_millis(7), "us-east-1_1");
        let written = serde_json::to_string(&cursor).unwrap();
        assert_eq!(written, r#"{"created_at":7,"key":"us-east-1_1"}"#);
        for issued in [
            written.as_str(),
            r#"{"created_at":7,"device_key":"us-east-1_1"}"#,
        ] {
            let read: Cursor = serde_json::from_str(issued).unwrap();
            assert_eq!(read, cursor);
        }
    }
}
