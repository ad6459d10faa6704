//! Positions in lists that come in the order in which their items were made.

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;

/// Where the next page begins: behind the item that was made, or added, at this time and has this key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// In milliseconds.
    pub created_at: i64,
    /// What tells items of one millisecond apart.
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
