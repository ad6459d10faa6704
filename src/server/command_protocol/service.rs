//! The side that runs a command.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::bytes::Bytes;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

use super::console::{ClientGone, Console};
use super::error_text;
use super::frames::{Answer, codec};

/// How long a client may take until its command is there.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take to close the connection once it was told how its command has ended.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(2);

/// A command, which works on a `Context`.
pub trait Command<Context>: DeserializeOwned + Send + Sync {
    /// Its name for the log, without what it was given.
    fn name(&self) -> &'static str;

    /// Runs it, and returns the exit code. It may be cut off at any await, when the client goes away.
    ///
    /// # Errors
    /// What is wrong, in words for the operator.
    fn run(
        &self,
        context: &Context,
        console: &mut Console,
    ) -> impl Future<Output = anyhow::Result<u8>> + Send;
}

/// How a client was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// The command's name, if the client gave one.
    pub command: Option<&'static str>,
    /// How it has ended.
    pub outcome: Outcome,
}

/// How a command has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With an exit code.
    Exit(u8),
    /// With an error, of which the client was told.
    Failed,
    /// It was cut off, since the client went away.
    ClientGone,
    /// There was no command that this version knows.
    NotUnderstood,
}

type Frames<T> = FramedRead<ReadHalf<T>, LengthDelimitedCodec>;
type Answers<T> = FramedWrite<WriteHalf<T>, LengthDelimitedCodec>;

/// Reads a command from `io`, runs it on `context`, and tells the client how it has ended.
pub async fn serve<C, Context, T>(io: T, context: &Context) -> Served
where
    C: Command<Context>,
    Context: Sync,
    T: AsyncRead + AsyncWrite + Send,
{
    let (read, write) = tokio::io::split(io);
    let mut frames = FramedRead::new(read, codec());
    let mut answers = FramedWrite::new(write, codec());
    let command: C = match read_command(&mut frames).await {
        Ok(command) => command,
        Err(reason) => {
            let refusal = async {
                answers
                    .send(Answer::Failed(reason.to_owned()).encode())
                    .await?;
                answers.get_mut().shutdown().await
            };
            // Whoever sent it may be gone, or not read.
            let _ = timeout(CLOSING_TIMEOUT, refusal).await;
            read_rest(frames).await;
            return Served {
                command: None,
                outcome: Outcome::NotUnderstood,
            };
        }
    };
    let (mut console, ends) = Console::new();
    // It has the console, so that the answers end with it.
    let work = async {
        let ended = command.run(context, &mut console).await;
        let (outcome, last) = match ended {
            Ok(code) => (Outcome::Exit(code), Answer::Exit(code)),
            Err(error) => (Outcome::Failed, Answer::Failed(error_text(&error))),
        };
        let told = console.say(last).await;
        drop(console);
        told.map(|()| outcome)
    };
    let conversation = async { tokio::try_join!(work, send_answers(answers, ends.answers)) };
    let ended = tokio::select! {
        biased;
        ended = conversation => ended.map(|(outcome, ())| outcome),
        () = receive_input(&mut frames, ends.input) => Err(ClientGone),
    };
    if ended.is_ok() {
        read_rest(frames).await;
    }
    Served {
        command: Some(command.name()),
        outcome: ended.unwrap_or(Outcome::ClientGone),
    }
}

/// The command in the first frame, or what is wrong with it. What was sent instead is not repeated.
async fn read_command<C: DeserializeOwned, T: AsyncRead>(
    frames: &mut Frames<T>,
) -> Result<C, &'static str> {
    let frame = match timeout(COMMAND_TIMEOUT, frames.next()).await {
        Ok(Some(Ok(frame))) => frame,
        Ok(Some(Err(_))) => return Err("that is no frame of a command"),
        Ok(None) => return Err("no command came"),
        Err(_) => return Err("no command came in time"),
    };
    serde_json::from_slice(&frame).map_err(|_| {
        "the server that runs does not know this command, or not all of its options: is it of another version than \
         the program that gave it?"
    })
}

/// Sends what the command says until it has ended.
async fn send_answers<T: AsyncWrite>(
    mut answers: Answers<T>,
    mut said: mpsc::Receiver<Answer>,
) -> Result<(), ClientGone> {
    while let Some(answer) = said.recv().await {
        let sent = answers.send(answer.encode()).await;
        sent.map_err(|_| ClientGone)?;
    }
    // The client has its last answer, and may be gone by now.
    let _ = answers.get_mut().shutdown().await;
    Ok(())
}

/// Reads what nobody needs, until the client closes the connection: one that is closed with something unread in it is
/// reset, and the client may then not see its last answers.
async fn read_rest<T: AsyncRead>(frames: Frames<T>) {
    let mut rest = frames.into_inner();
    let reading = async { tokio::io::copy(&mut rest, &mut tokio::io::sink()).await };
    let _ = timeout(CLOSING_TIMEOUT, reading).await;
}

/// Receives the client's file, and returns when the client goes away or sends what it must not.
async fn receive_input<T: AsyncRead>(frames: &mut Frames<T>, input: mpsc::Sender<Bytes>) {
    let mut has_ended = false;
    while let Some(Ok(frame)) = frames.next().await {
        if has_ended {
            return;
        }
        has_ended = frame.is_empty();
        // A command that has ended reads no more, while its last answers may still be on their way.
        let _ = input.send(frame.freeze()).await;
    }
}
