//! Both sides of the protocol against each other, and each against one that breaks it.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, Empty};
use tokio_util::bytes::Bytes;

use super::frames::{MAX_FRAME, MAX_PIECE};
use super::{Command, Console, Outcome, Output, Served, give, serve};

/// What is on its way between the two sides.
const BUFFER: usize = 4_096;
const NO_FILE: Option<Empty> = None;

#[derive(Debug, Serialize, Deserialize)]
enum Test {
    /// Sends the client's file back, and says how far it is.
    Copy,
    /// Prints on both streams.
    Print,
    /// Fails without reading the client's file.
    Fail,
    /// Writes as much as the client takes, and counts the pieces.
    WriteOn,
    /// Reads the client's file, and counts it if there is an end of it.
    Count,
    Panic,
}

impl Command<AtomicUsize> for Test {
    fn name(&self) -> &'static str {
        "test"
    }

    async fn run(&self, counter: &AtomicUsize, console: &mut Console) -> anyhow::Result<u8> {
        match self {
            Self::Copy => {
                let mut done = 0;
                while let Some(piece) = console.read().await? {
                    done += piece.len();
                    console.write(piece).await?;
                    console.progress(done as u64, u64::MAX).await?;
                }
                assert!(console.read().await?.is_none());
                Ok(7)
            }
            Self::Print => {
                console.print("one").await?;
                console.print_error("two").await?;
                console.print("three\nfour").await?;
                Ok(0)
            }
            Self::Fail => Err(anyhow::anyhow!("inner").context("outer")),
            Self::WriteOn => loop {
                console.write(Bytes::from_static(&[1; 1_024])).await?;
                counter.fetch_add(1, Ordering::SeqCst);
            },
            Self::Count => {
                while console.read().await?.is_some() {}
                counter.fetch_add(1, Ordering::SeqCst);
                Ok(0)
            }
            Self::Panic => panic!("a command that panics"),
        }
    }
}

/// What a client was told, in order.
#[derive(Default)]
struct Told {
    lines: Vec<String>,
    file: Vec<u8>,
    progress: Vec<(u64, u64)>,
    disk_is_full: bool,
}

impl Output for Told {
    fn print(&mut self, text: &str) {
        self.lines.push(format!("out: {text}"));
    }

    fn print_error(&mut self, text: &str) {
        self.lines.push(format!("error: {text}"));
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.disk_is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.extend(piece);
        Ok(())
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.progress.push((done, total));
    }
}

/// Gives a command, and returns what the client and the server make of it.
async fn run(
    command: &Test,
    file: Option<&[u8]>,
    told: &mut Told,
) -> (anyhow::Result<u8>, Served, usize) {
    let (client, server) = tokio::io::duplex(BUFFER);
    let counter = AtomicUsize::new(0);
    let (given, served) = tokio::join!(
        give(client, command, file, told),
        serve::<Test, _, _>(server, &counter)
    );
    (given, served, counter.into_inner())
}

/// A server whose client sends what it likes.
fn served() -> (DuplexStream, tokio::task::JoinHandle<Served>) {
    let (client, server) = tokio::io::duplex(BUFFER);
    let task = tokio::spawn(async move {
        let counter = AtomicUsize::new(0);
        serve::<Test, _, _>(server, &counter).await
    });
    (client, task)
}

fn frame(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    [&length.to_be_bytes(), content].concat()
}

const UNDERSTOOD: Option<&str> = Some("test");

#[tokio::test]
async fn a_file_goes_there_and_comes_back_with_its_progress() {
    let file: Vec<u8> = (0..=250).cycle().take(3 * MAX_PIECE + 5).collect();
    let mut told = Told::default();
    let (given, served, _) = run(&Test::Copy, Some(&file), &mut told).await;
    assert_eq!(given.unwrap(), 7);
    assert_eq!(
        (served.command, served.outcome),
        (UNDERSTOOD, Outcome::Exit(7))
    );
    assert!(told.file == file);
    assert_eq!(told.progress.last(), Some(&(file.len() as u64, u64::MAX)));
    assert!(told.progress.is_sorted() && told.progress.len() > 3);
}

#[tokio::test]
async fn a_command_without_a_file_reads_an_empty_one() {
    let mut told = Told::default();
    let (given, ..) = run(&Test::Copy, None, &mut told).await;
    assert_eq!(given.unwrap(), 7);
    assert!(told.file.is_empty() && told.progress.is_empty());
}

#[tokio::test]
async fn what_is_printed_arrives_in_order() {
    let mut told = Told::default();
    let (given, ..) = run(&Test::Print, None, &mut told).await;
    assert_eq!(given.unwrap(), 0);
    assert_eq!(told.lines, ["out: one", "error: two", "out: three\nfour"]);
}

/// The client is still sending its file, of which nobody reads the rest.
#[tokio::test]
async fn an_early_failure_is_told() {
    let file = vec![1; 4 * MAX_PIECE];
    let (given, served, _) = run(&Test::Fail, Some(&file), &mut Told::default()).await;
    assert_eq!(given.unwrap_err().to_string(), "outer: inner");
    assert_eq!(served.outcome, Outcome::Failed);
}

/// Whichever side is faster. A client that is told nothing would take the server for gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_is_told_every_time() {
    for _ in 0..2_000 {
        let (client, task) = served();
        let given = give(client, &Test::Fail, NO_FILE, &mut Told::default()).await;
        assert_eq!(given.unwrap_err().to_string(), "outer: inner");
        assert_eq!(task.await.unwrap().outcome, Outcome::Failed);
    }
}

#[tokio::test]
async fn a_command_waits_for_a_client_that_does_not_read() {
    let (mut client, server) = tokio::io::duplex(BUFFER);
    let counter = std::sync::Arc::new(AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&counter);
    let task = tokio::spawn(async move { serve::<Test, _, _>(server, &*count).await });
    client.write_all(&frame(br#""WriteOn""#)).await.unwrap();
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    let written = counter.load(Ordering::SeqCst);
    assert!((1..=16).contains(&written), "{written}");
    drop(client);
    assert_eq!(task.await.unwrap().outcome, Outcome::ClientGone);
}

#[tokio::test]
async fn half_a_file_is_not_a_whole_one() {
    let (mut client, server) = tokio::io::duplex(BUFFER);
    let counter = AtomicUsize::new(0);
    let send = async move {
        client.write_all(&frame(br#""Count""#)).await.unwrap();
        client.write_all(&frame(b"half")).await.unwrap();
    };
    let ((), served) = tokio::join!(send, serve::<Test, _, _>(server, &counter));
    assert_eq!(served.outcome, Outcome::ClientGone);
    assert_eq!(counter.into_inner(), 0);
}

#[tokio::test]
async fn a_server_that_goes_away_is_an_error() {
    let (client, mut server) = tokio::io::duplex(BUFFER);
    let leave = async move {
        let mut start = [0; 4];
        server.read_exact(&mut start).await.unwrap();
    };
    let mut told = Told::default();
    let (given, ()) = tokio::join!(give(client, &Test::Copy, NO_FILE, &mut told), leave);
    let error = given.unwrap_err().to_string();
    assert!(
        error.contains("went away before the command had ended"),
        "{error}"
    );
}

/// As one that panics: the task's end closes the connection.
#[tokio::test]
async fn a_command_that_panics_is_an_error_at_the_client() {
    let (client, server) = tokio::io::duplex(BUFFER);
    let task = tokio::spawn(async move {
        let counter = AtomicUsize::new(0);
        serve::<Test, _, _>(server, &counter).await
    });
    let given = give(client, &Test::Panic, NO_FILE, &mut Told::default()).await;
    assert!(given.unwrap_err().to_string().contains("went away"));
    assert!(task.await.unwrap_err().is_panic());
}

#[tokio::test]
async fn a_server_that_says_something_else_is_an_error() {
    for said in [&b"\x09what is this"[..], b"\x01\xff\xfe", b"\x04short", b""] {
        let (client, mut server) = tokio::io::duplex(BUFFER);
        server.write_all(&frame(said)).await.unwrap();
        let given = give(client, &Test::Copy, NO_FILE, &mut Told::default()).await;
        let error = given.unwrap_err().to_string();
        assert!(error.contains("of another version"), "{error}");
    }
}

#[tokio::test]
async fn a_full_disk_ends_the_command() {
    let mut told = Told {
        disk_is_full: true,
        ..Told::default()
    };
    let (given, served, _) = run(&Test::WriteOn, None, &mut told).await;
    assert_eq!(given.unwrap_err().to_string(), "cannot write the file");
    assert_eq!(served.outcome, Outcome::ClientGone);
}

#[tokio::test]
async fn what_is_no_command_is_refused() {
    let too_long = u32::try_from(MAX_FRAME + 1).unwrap().to_be_bytes().to_vec();
    let cases = [
        frame(b"\"Unknown\""),
        frame(b"{\"Copy\":{\"option\":1}}"),
        frame(b"\xff\x00\x12"),
        frame(b""),
        too_long,
        vec![0xff; 64],
    ];
    for sent in cases {
        let (mut client, task) = served();
        client.write_all(&sent).await.unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        // The length, and the kind of a failure.
        assert_eq!(answer[4], 6, "{sent:?}");
        drop(client);
        let served = task.await.unwrap();
        assert_eq!(
            (served.command, served.outcome),
            (None, Outcome::NotUnderstood)
        );
    }
}

/// What follows the end of the file has no meaning.
#[tokio::test]
async fn a_client_that_says_more_than_it_may_is_cut_off() {
    let (mut client, task) = served();
    let sent = [frame(br#""WriteOn""#), frame(b""), frame(b"more")].concat();
    client.write_all(&sent).await.unwrap();
    assert_eq!(task.await.unwrap().outcome, Outcome::ClientGone);
}
