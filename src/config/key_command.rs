//! Commands that print a master key: the door to a key management service or a hardware module.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// How long a command may take, in seconds.
pub(super) const TIME_LIMIT_SECONDS: u64 = 30;
/// The most bytes that a command may print.
const MAX_OUTPUT: u64 = 4096;
/// The pause between two looks whether a command that has printed its key has ended.
const PAUSE: Duration = Duration::from_millis(10);

/// Why a command brought no master key. It never says what the command printed.
#[derive(Debug, thiserror::Error)]
pub enum KeyCommandError {
    /// It could not be started, or its output could not be read.
    #[error("it could not be run: {0}")]
    Run(#[from] io::Error),
    /// It failed.
    #[error("it ended with {0}")]
    Failed(ExitStatus),
    /// It did not end in time, and was killed.
    #[error("it did not end within {0} s")]
    TooSlow(u64),
    /// It printed more than any key has.
    #[error("it printed more than {MAX_OUTPUT} bytes")]
    TooLong,
    /// It printed something else than text.
    #[error("it printed something that is not UTF-8")]
    NotText,
}

/// Runs a command, program and arguments, without a shell, and returns what it writes to its standard output. Its
/// standard error is thrown away, since it might quote a key. Blocks for up to `time_limit`.
///
/// # Errors
/// See [`KeyCommandError`].
pub(super) fn output(
    command: &[String],
    time_limit: Duration,
) -> Result<Zeroizing<String>, KeyCommandError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is empty").into());
    };
    let begun = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let done = text_of(&mut child, begun, time_limit);
    if done.is_err() {
        // It may have ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
    done
}

fn text_of(
    child: &mut Child,
    begun: Instant,
    time_limit: Duration,
) -> Result<Zeroizing<String>, KeyCommandError> {
    let too_slow = || KeyCommandError::TooSlow(time_limit.as_secs());
    let Some(stdout) = child.stdout.take() else {
        return Err(io::Error::from(io::ErrorKind::BrokenPipe).into());
    };
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .name("key-command".to_owned())
        .spawn(move || {
            // With capacity for everything the buffer is not reallocated, so no copy of the key remains.
            let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
            let read = stdout.take(MAX_OUTPUT + 1).read_to_end(&mut bytes);
            // The receiver is gone if it has waited for too long.
            let _ = sender.send(read.map(|_| bytes));
        })?;
    let bytes = receiver
        .recv_timeout(time_limit)
        .map_err(|_| too_slow())??;
    if bytes.len() as u64 > MAX_OUTPUT {
        return Err(KeyCommandError::TooLong);
    }
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if begun.elapsed() > time_limit {
            return Err(too_slow());
        }
        std::thread::park_timeout(PAUSE);
    };
    if !status.success() {
        return Err(KeyCommandError::Failed(status));
    }
    std::str::from_utf8(&bytes)
        .map(|text| Zeroizing::new(text.to_owned()))
        .map_err(|_| KeyCommandError::NotText)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).into()
    }

    fn run(command: &[String]) -> Result<Zeroizing<String>, KeyCommandError> {
        output(command, Duration::from_secs(10))
    }

    #[test]
    fn the_output_of_a_command_is_its_key() {
        assert_eq!(
            run(&shell("echo abc; echo x >&2")).unwrap().as_str(),
            "abc\n"
        );
        // Without a shell, a dollar is a dollar.
        let echo = ["echo", "$HOME", "*"].map(str::to_owned);
        assert_eq!(run(&echo).unwrap().as_str(), "$HOME *\n");
    }

    #[test]
    fn a_failure_is_named_without_what_was_printed() {
        for (command, expected) in [
            (shell("echo secret; exit 3"), "exit status: 3"),
            (shell("yes secret | head -c 5000"), "more than 4096 bytes"),
            (shell(r"printf '\377secret'"), "not UTF-8"),
            (vec!["/nowhere/program".to_owned()], "could not be run"),
            (vec![], "it is empty"),
        ] {
            let error = run(&command).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_command_that_does_not_end_is_given_up() {
        for script in ["sleep 100", "echo key; exec >&-; sleep 100"] {
            let begun = Instant::now();
            let error = output(&shell(script), Duration::from_millis(300)).unwrap_err();
            assert!(matches!(error, KeyCommandError::TooSlow(_)), "{error}");
            assert!(begun.elapsed() < Duration::from_secs(20));
        }
    }
}
