//! What a command has of its client: what it says there, and the files that it makes and reads there.

use tokio::sync::mpsc;
use tokio_util::bytes::Bytes;

use super::frames::{Answer, MAX_PIECE};

/// Frames that may wait in each direction. Who sends more waits.
const WAITING: usize = 4;

/// The client went away, so that nobody learns how the command ends.
#[derive(Debug, thiserror::Error)]
#[error("the program that gave the command is gone")]
pub struct ClientGone;

/// The client of a command. Each method waits until the client takes what it is given.
pub struct Console {
    answers: mpsc::Sender<Answer>,
    input: mpsc::Receiver<Bytes>,
    input_has_ended: bool,
}

/// The other ends of a [`Console`].
pub(super) struct Ends {
    /// What the command says.
    pub answers: mpsc::Receiver<Answer>,
    /// Where the client's file goes, an empty piece at its end.
    pub input: mpsc::Sender<Bytes>,
}

impl Console {
    pub(super) fn new() -> (Self, Ends) {
        let (answers, said) = mpsc::channel(WAITING);
        let (given, input) = mpsc::channel(WAITING);
        let console = Self {
            answers,
            input,
            input_has_ended: false,
        };
        let ends = Ends {
            answers: said,
            input: given,
        };
        (console, ends)
    }

    /// Prints lines to the client's standard output.
    ///
    /// # Errors
    /// [`ClientGone`].
    pub async fn print(&self, text: &str) -> Result<(), ClientGone> {
        self.say(Answer::Print(text.to_owned())).await
    }

    /// Prints lines to the client's standard error.
    ///
    /// # Errors
    /// [`ClientGone`].
    pub async fn print_error(&self, text: &str) -> Result<(), ClientGone> {
        self.say(Answer::PrintError(text.to_owned())).await
    }

    /// Appends to the file that the command makes at the client's.
    ///
    /// # Errors
    /// [`ClientGone`].
    pub async fn write(&self, mut contents: Bytes) -> Result<(), ClientGone> {
        while !contents.is_empty() {
            let piece = contents.split_to(contents.len().min(MAX_PIECE));
            self.say(Answer::Write(piece)).await?;
        }
        Ok(())
    }

    /// Tells how much is done, in whatever unit.
    ///
    /// # Errors
    /// [`ClientGone`].
    pub async fn progress(&self, done: u64, total: u64) -> Result<(), ClientGone> {
        self.say(Answer::Progress { done, total }).await
    }

    /// The next piece of the client's file; `None` at its end, and where the client gives no file.
    ///
    /// # Errors
    /// [`ClientGone`].
    pub async fn read(&mut self) -> Result<Option<Bytes>, ClientGone> {
        if self.input_has_ended {
            return Ok(None);
        }
        // A client that is gone is not the end of its file: half a file must not pass for a whole one.
        let piece = self.input.recv().await.ok_or(ClientGone)?;
        self.input_has_ended = piece.is_empty();
        Ok((!piece.is_empty()).then_some(piece))
    }

    pub(super) async fn say(&self, answer: Answer) -> Result<(), ClientGone> {
        self.answers.send(answer).await.map_err(|_| ClientGone)
    }
}
