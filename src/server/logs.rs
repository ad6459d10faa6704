//! The log of the process, on standard error.

use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogsConfig};

/// Sends events to standard error as `config` says. Once per process.
///
/// # Errors
/// If the level cannot be read, or a log is set up already.
pub fn start(config: &LogsConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(directives(&config.level)).context("logs.level")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let started = match config.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot set up the log: {error}"))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Logs a panic. Only a text that is part of the program is logged, since a formatted one may quote
/// a secret.
fn log_panic(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string);
    let text = info.payload().downcast_ref::<&str>().copied();
    tracing::error!(location, text, "panic");
}

/// The filter directives for `logs.level`. A plain level applies to this server; libraries stay at
/// `info` or above, since their lower levels may log contents of requests. Directives are used as they
/// are.
fn directives(level: &str) -> String {
    match level.to_ascii_lowercase().as_str() {
        word @ ("debug" | "trace") => format!("info,cognate={word}"),
        _ => level.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_level_applies_to_the_server_only() {
        assert_eq!(directives("trace"), "info,cognate=trace");
        assert_eq!(directives("WARN"), "WARN");
        assert_eq!(directives("info,sqlx=debug"), "info,sqlx=debug");
    }
}
