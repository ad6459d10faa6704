//! `[logs]`: level and format of the log.

use serde::{Deserialize, Serialize};

/// Level and format of the log, which goes to standard error.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogsConfig {
    /// `error`, `warn`, `info`, `debug`, `trace`, or directives as `info,cognate=debug`.
    pub level: String,
    /// `text` for people, `json` for machines.
    pub format: LogFormat,
}

impl Default for LogsConfig {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}
