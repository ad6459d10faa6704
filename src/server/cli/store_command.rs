//! Commands that need the store: the server that has the embedded store runs them, or else this process.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

use super::print_error;
use crate::app::open_store;
use crate::clock::Clock;
use crate::config::{Config, StoreKind};
use crate::server::command_protocol::{Output, give, serve};
use crate::server::command_socket::{ACCEPTED, REFUSED};
use crate::server::commands::{CommandContext, StoreCommand};
use crate::store::{self, Db};

/// Pause between two attempts to reach a server that is starting or stopping.
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// After this a command says what it waits for.
const SILENCE: Duration = Duration::from_secs(3);
/// What the command's process and the one that runs it, which are the same here, have on its way.
const BUFFER: usize = 64 * 1024;

/// Who runs a command.
enum Runner {
    /// The server that has the store.
    Server(UnixStream),
    /// This process, which has the store.
    Here(Db),
}

/// Runs a command, with the file that it reads, and returns its exit code.
///
/// # Errors
/// What is wrong, in words for the operator.
pub async fn run(
    config: &Config,
    command: &StoreCommand,
    input: Option<impl AsyncRead + Send + Unpin>,
    output: &mut impl Output,
) -> anyhow::Result<u8> {
    match find_runner(config).await? {
        Runner::Server(stream) => give(stream, command, input, output).await,
        Runner::Here(db) => {
            let clock = Clock::default();
            let context = CommandContext::without_server(config, &db, &clock);
            let (client, server) = tokio::io::duplex(BUFFER);
            let (ended, _) = tokio::join!(
                give(client, command, input, output),
                serve::<StoreCommand, _, _>(server, &context)
            );
            db.close().await;
            ended
        }
    }
}

/// Looks for the server that has the store. Where there is none, opens the store, so that none starts meanwhile.
async fn find_runner(config: &Config) -> anyhow::Result<Runner> {
    let url = config.store.effective_url();
    if url.kind() == StoreKind::Postgres {
        return Ok(Runner::Here(open_store(config).await?));
    }
    // A server that starts has the store a moment before it listens, one that stops a moment longer.
    let patience = Duration::from_secs(config.store.acquire_timeout_seconds);
    let mut deadline = Instant::now() + patience;
    let mut opened: Option<Db> = None;
    loop {
        // Anew each time, since the file may only be made meanwhile, and be a link.
        let socket = store::command_socket(url.expose());
        let begun = Instant::now();
        if let Some(socket) = &socket
            && let Some(stream) = connect(socket).await?
        {
            if let Some(db) = opened {
                db.close().await;
            }
            return Ok(Runner::Server(stream));
        }
        // What it waited for its turn with a server that then stopped does not count.
        deadline += begun.elapsed();
        let db = match opened {
            Some(db) => db,
            None => open_store(config).await?,
        };
        if db.try_claim()? {
            return Ok(Runner::Here(db));
        }
        if Instant::now() >= deadline {
            db.close().await;
            bail!(unreachable(&url.to_string(), socket.as_deref()));
        }
        opened = Some(db);
        sleep(RETRY_PAUSE).await;
    }
}

/// A connection to the server that takes the command, unless none does.
async fn connect(socket: &Path) -> anyhow::Result<Option<UnixStream>> {
    use io::ErrorKind::{ConnectionRefused, InvalidInput, NotFound, WouldBlock};
    let refused = || {
        let socket = socket.display();
        format!("cannot speak to the server at {socket}: only its own user and root may")
    };
    let mut stream = match UnixStream::connect(socket).await {
        Ok(stream) => stream,
        // No file, a file that a killed server has left, a path that is too long, or more clients than may wait.
        Err(error)
            if [NotFound, ConnectionRefused, InvalidInput, WouldBlock].contains(&error.kind()) =>
        {
            return Ok(None);
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(error).with_context(refused);
        }
        Err(error) => {
            let socket = socket.display();
            return Err(error).with_context(|| format!("cannot speak to the server at {socket}"));
        }
    };
    anyhow::ensure!(
        is_servers(&stream, socket),
        "another user than the store's listens at {}",
        socket.display()
    );
    // This waits for a server that is starting, and for the end of other commands.
    let taken = stream.read_u8();
    tokio::pin!(taken);
    let taken = match timeout(SILENCE, &mut taken).await {
        Ok(taken) => taken,
        Err(_) => {
            print_error("waiting for the server to start, or for other commands to end");
            taken.await
        }
    };
    match taken {
        Ok(ACCEPTED) => Ok(Some(stream)),
        Ok(REFUSED) => bail!(refused()),
        Ok(_) => bail!(
            "{} is not the socket of a server of this version",
            socket.display()
        ),
        // It stops, and has not seen the command.
        Err(_) => Ok(None),
    }
}

/// Whether the other end is a process that may have the store open: of this process's user, of root, or, where this is
/// root, of the user that owns the database. Whoever can write to the directory could else take commands, with what
/// they hold.
fn is_servers(stream: &UnixStream, socket: &Path) -> bool {
    let own = rustix::process::geteuid();
    let owner = std::fs::metadata(socket.with_extension("")).map(|database| database.uid());
    stream.peer_cred().is_ok_and(|peer| {
        let peer = peer.uid();
        peer == own.as_raw()
            || peer == 0
            || (own.is_root() && owner.is_ok_and(|owner| owner == peer))
    })
}

/// Why neither a server nor this process can run the command.
fn unreachable(url: &str, socket: Option<&Path>) -> String {
    let held = format!("another process has the store {url} open");
    match socket {
        Some(socket) if !store::is_socket_path(socket) => format!(
            "{held}, and {} is longer than the path of a socket can be, so that no server listens there: stop the \
             server for the time of the command, or give the store a shorter path",
            socket.display()
        ),
        Some(socket) => format!(
            "{held}, and no server listens at {}: it may be another command, a server that is starting or stopping, or a \
             server of an earlier version, which has to be stopped for the time of the command",
            socket.display()
        ),
        None => held,
    }
}
