//! What a command says, on the streams of this process.

use std::io::{self, IsTerminal, Write};

use super::{print_error, print_output};
use crate::server::command_protocol::Output;

/// The standard streams, and the file that the command makes.
pub struct Terminal<F> {
    file: F,
    shows_progress: bool,
}

impl<F: Write> Terminal<F> {
    /// Has `file` take what the command makes. How much is done is shown where people see it.
    pub fn new(file: F) -> Self {
        Self {
            file,
            shows_progress: io::stderr().is_terminal(),
        }
    }
}

impl<F: Write + Send> Output for Terminal<F> {
    fn print(&mut self, text: &str) {
        print_output(text);
    }

    fn print_error(&mut self, text: &str) {
        print_error(text);
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)
    }

    fn progress(&mut self, done: u64, total: u64) {
        if self.shows_progress {
            // Each covers the one before, and the last one ends the line.
            let end = if done < total { "" } else { "\n" };
            let _ = write!(io::stderr(), "\r{done} of {total}{end}");
        }
    }
}
