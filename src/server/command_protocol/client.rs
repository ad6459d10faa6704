//! The side that gives a command.

use std::future::pending;
use std::io;

use anyhow::Context as _;
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadHalf, WriteHalf};
use tokio_util::bytes::{Bytes, BytesMut};
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

use super::frames::{Answer, MAX_PIECE, codec};

/// What becomes of what a command says.
pub trait Output: Send {
    /// Prints lines to standard output.
    fn print(&mut self, text: &str);

    /// Prints lines to standard error.
    fn print_error(&mut self, text: &str);

    /// Appends to the file that the command makes.
    ///
    /// # Errors
    /// What the operating system says. The command is then cut off.
    fn write(&mut self, piece: &[u8]) -> io::Result<()>;

    /// Shows how much is done.
    fn progress(&mut self, done: u64, total: u64);
}

/// Gives `command` to whoever is at the other end of `io`, with the file that it reads, and returns its exit code.
///
/// # Errors
/// What the command fails with; if a file cannot be read or written; if the other end goes away before the command has
/// ended.
pub async fn give<T, I>(
    io: T,
    command: &(impl Serialize + Sync),
    input: Option<I>,
    output: &mut impl Output,
) -> anyhow::Result<u8>
where
    T: AsyncRead + AsyncWrite + Send,
    I: AsyncRead + Send + Unpin,
{
    let command = serde_json::to_vec(command).context("cannot write the command")?;
    let (read, write) = tokio::io::split(io);
    let mut frames = FramedWrite::new(write, codec());
    let sending = async {
        match send(&mut frames, command.into(), input).await {
            Err(Unsent::Input(error)) => error,
            // Why the server takes no more is in what it answers.
            Ok(()) | Err(Unsent::Connection) => pending().await,
        }
    };
    tokio::select! {
        biased;
        ended = receive(FramedRead::new(read, codec()), output) => ended,
        error = sending => Err(error).context("cannot read the file"),
    }
}

/// Why not everything was sent.
enum Unsent {
    /// The file cannot be read.
    Input(io::Error),
    /// The other end takes no more.
    Connection,
}

async fn send<T: AsyncWrite>(
    frames: &mut FramedWrite<WriteHalf<T>, LengthDelimitedCodec>,
    command: Bytes,
    input: Option<impl AsyncRead + Unpin>,
) -> Result<(), Unsent> {
    let unsent = |_| Unsent::Connection;
    frames.send(command).await.map_err(unsent)?;
    if let Some(mut input) = input {
        loop {
            let mut piece = BytesMut::with_capacity(MAX_PIECE);
            if input.read_buf(&mut piece).await.map_err(Unsent::Input)? == 0 {
                break;
            }
            frames.send(piece.freeze()).await.map_err(unsent)?;
        }
    }
    frames.send(Bytes::new()).await.map_err(unsent)
}

async fn receive<T: AsyncRead>(
    mut answers: FramedRead<ReadHalf<T>, LengthDelimitedCodec>,
    output: &mut impl Output,
) -> anyhow::Result<u8> {
    while let Some(Ok(frame)) = answers.next().await {
        let answer = Answer::decode(frame).context(
            "the server that runs says what this version does not understand: is it of another version?",
        )?;
        match answer {
            Answer::Print(text) => output.print(&text),
            Answer::PrintError(text) => output.print_error(&text),
            Answer::Write(piece) => output.write(&piece).context("cannot write the file")?,
            Answer::Progress { done, total } => output.progress(done, total),
            Answer::Exit(code) => return Ok(code),
            Answer::Failed(text) => anyhow::bail!(text),
        }
    }
    anyhow::bail!(
        "the server went away before the command had ended, so that not all of it may be done; the server's log may \
         say why"
    )
}
