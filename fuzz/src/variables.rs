//! Variables, by which an input refers to values that differ in every run: `$Pool`, `$Access`, …

use std::collections::BTreeMap;

use serde_json::Value;

/// Values by the names of the variables, without the `$`.
#[derive(Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// The value of a variable; empty if it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Sets a variable for each string of a response, named after its key.
    pub fn learn(&mut self, answer: &Value) {
        match answer {
            Value::Object(members) => {
                for (key, value) in members {
                    if let Value::String(text) = value {
                        self.set(key, text.as_str());
                    } else {
                        self.learn(value);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// `text` with every set variable replaced by its value.
    pub fn fill(&self, text: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(text.len());
        let mut pieces = text.split(|byte| *byte == b'$');
        filled.extend_from_slice(pieces.next().unwrap_or_default());
        for piece in pieces {
            let end = piece.iter().position(|byte| !byte.is_ascii_alphanumeric());
            let (name, rest) = piece.split_at(end.unwrap_or(piece.len()));
            let known = std::str::from_utf8(name)
                .ok()
                .and_then(|name| self.0.get(name));
            match known {
                Some(value) => filled.extend_from_slice(value.as_bytes()),
                None => {
                    filled.push(b'$');
                    filled.extend_from_slice(name);
                }
            }
            filled.extend_from_slice(rest);
        }
        filled
    }
}
