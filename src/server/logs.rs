//! The process's log, on standard error.

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

/// Only a text that was fixed when the program was compiled is logged: one that was made at run
/// time may quote anything.
fn log_panic(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string);
    let text = info.payload().downcast_ref::<&str>().copied();
    tracing::error!(location, text, "panic");
}

/// A plain word is our own level. Libraries stay at `info` or above: what they say below is about
/// bytes and polls, and not ours to vouch for. Whoever writes directives gets what they say.
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
    fn a_word_is_our_own_level() {
        assert_eq!(directives("trace"), "info,cognate=trace");
        assert_eq!(directives("WARN"), "WARN");
        assert_eq!(directives("info,sqlx=debug"), "info,sqlx=debug");
    }
}
