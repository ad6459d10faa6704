//! The lines of an export.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Error, Result};
use crate::store::table_rows::{ColumnType, Value};

/// The form of export that this version writes and reads.
pub const FORMAT: u32 = 1;

/// A line of an export.
#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first.
    Head(Head),
    /// Rows of a table.
    Rows(Rows),
    /// The last. Without it, an export is not whole.
    End {
        /// How many rows there were.
        rows: u64,
    },
}

/// What an export has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The form of the lines.
    pub format: u32,
    /// The version of Cognate that wrote it.
    pub version: String,
    /// The newest migration of the store that it was written from.
    pub migration: i64,
    /// When it was written, in milliseconds since the Unix epoch.
    pub exported_at: i64,
    /// The pools.
    pub pools: Vec<ExportedPool>,
    /// Whether it has the access keys of administrators.
    pub access_keys: bool,
    /// How many rows there are.
    pub rows: u64,
}

/// A user pool of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedPool {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Rows of a table.
#[derive(Serialize, Deserialize)]
pub struct Rows {
    /// The table.
    pub table: String,
    /// The pool, unless the table belongs to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// For each row a value for each column; bytes are in base64.
    pub rows: Vec<Vec<Json>>,
}

impl Line {
    /// The line as text.
    ///
    /// # Errors
    /// [`Error::Damaged`], which does not happen: all values have a form in JSON.
    pub fn write(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|_| Error::Damaged("a line cannot be written"))
    }

    /// The line that a text is.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is none.
    pub fn read(text: &[u8]) -> Result<Self> {
        serde_json::from_slice(text).map_err(|_| Error::Damaged("a line cannot be read"))
    }
}

/// A stored value as it is exported.
pub(super) fn to_json(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Text(text) => Json::String(text),
        Value::Integer(number) => number.into(),
        Value::Boolean(truth) => truth.into(),
        Value::Bytes(bytes) => BASE64_STANDARD.encode(bytes).into(),
    }
}

/// An exported value as it is stored in a column of this type.
pub(super) fn from_json(value: Json, kind: ColumnType) -> Result<Value> {
    let read = match (value, kind) {
        (Json::Null, _) => Some(Value::Null),
        (Json::String(text), ColumnType::Text) => Some(Value::Text(text)),
        (Json::String(text), ColumnType::Bytes) => {
            BASE64_STANDARD.decode(text).ok().map(Value::Bytes)
        }
        (Json::Number(number), ColumnType::Integer) => number.as_i64().map(Value::Integer),
        (Json::Bool(truth), ColumnType::Boolean) => Some(Value::Boolean(truth)),
        _ => None,
    };
    read.ok_or(Error::Damaged("a value has another type than its column"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = (Value, ColumnType)> {
        let kinds = [
            ColumnType::Text,
            ColumnType::Integer,
            ColumnType::Boolean,
            ColumnType::Bytes,
        ];
        prop_oneof![
            ".*".prop_map(|text| (Value::Text(text), ColumnType::Text)),
            any::<i64>().prop_map(|number| (Value::Integer(number), ColumnType::Integer)),
            any::<bool>().prop_map(|truth| (Value::Boolean(truth), ColumnType::Boolean)),
            any::<Vec<u8>>().prop_map(|bytes| (Value::Bytes(bytes), ColumnType::Bytes)),
            prop::sample::select(kinds.to_vec()).prop_map(|kind| (Value::Null, kind)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_exported_is_imported((stored, kind) in value()) {
            let line = serde_json::to_string(&to_json(stored.clone())).unwrap();
            let read = from_json(serde_json::from_str(&line).unwrap(), kind).unwrap();
            prop_assert!(read == stored);
        }

        #[test]
        fn no_text_is_more_than_a_refusal(noise in any::<Vec<u8>>()) {
            let _ = Line::read(&noise);
        }
    }
}
