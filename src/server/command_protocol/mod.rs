//! How a command that is given in one process runs in another: the process of the command line sends it, the server
//! runs it and sends back what it says.
//!
//! Both sides send length-delimited frames, over whatever carries bytes. The client's first frame is the command, in
//! JSON. Frames of the file that the command reads follow, and an empty one, which ends the file and is sent where
//! there is no file too. Each frame of the server begins with a byte for what it is ([`frames::Answer`]); the last one
//! says how the command has ended. Nobody sends more than the other side takes, and whoever goes away ends it.

mod client;
mod console;
mod frames;
mod service;
#[cfg(test)]
mod tests;

pub use client::{Output, give};
pub use console::{ClientGone, Console};
pub use service::{Command, Outcome, Served, serve};

/// The error with its causes, each of which is left out if the text before it says it already.
#[must_use]
pub fn error_text(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            let separator = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{separator}{cause}");
        }
    }
    text
}
