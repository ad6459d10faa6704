//! What a command says, on the streams of this process.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressStyle};

use super::{print_error, print_output};
use crate::server::command_protocol::Output;

/// How progress looks.
const STYLE: &str = "{bar:40} {percent}% {human_pos}/{human_len} ({eta} left)";

/// The standard streams, and the file that the command makes.
pub struct Terminal<F> {
    file: F,
    /// On standard error; nothing where that is no terminal.
    bar: ProgressBar,
    /// Whether the bar is shown. Before, it would be drawn empty.
    has_progress: bool,
}

impl<F> Terminal<F> {
    /// Has `file` take what the command makes.
    pub fn new(file: F) -> Self {
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template(STYLE) {
            bar.set_style(style);
        }
        Self {
            file,
            bar,
            has_progress: false,
        }
    }

    /// The file.
    pub fn into_file(self) -> F {
        self.bar.finish_and_clear();
        self.file
    }
}

impl<F: Write + Send> Output for Terminal<F> {
    fn print(&mut self, text: &str) {
        if self.has_progress {
            self.bar.suspend(|| print_output(text));
        } else {
            print_output(text);
        }
    }

    fn print_error(&mut self, text: &str) {
        if self.has_progress {
            self.bar.suspend(|| print_error(text));
        } else {
            print_error(text);
        }
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.has_progress = done < total;
        self.bar.set_length(total);
        self.bar.set_position(done);
        if done >= total {
            self.bar.finish_and_clear();
        }
    }
}
