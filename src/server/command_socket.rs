//! The Unix socket beside the embedded store, on which the server takes commands of the command line: what they write,
//! the server sees at once, since it writes it itself.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use super::command_protocol::{Outcome, Served, serve};
use super::commands::{CommandContext, StoreCommand};
use crate::app::App;
use crate::config::Config;
use crate::store::{self, is_socket_path};

/// The byte with which the server tells a client that it takes its command. A client that does not get it, since the
/// server stops, may give its command elsewhere.
pub const ACCEPTED: u8 = b'+';
/// The byte with which the server tells a client that it takes no commands from its user.
pub const REFUSED: u8 = b'-';
/// Commands at once; further ones wait in the kernel's queue. They are fewer than the connections that read the store,
/// of which an export holds one.
const MAX_COMMANDS: usize = 3;
/// The pause after an `accept` that failed for lack of file descriptors or memory.
const PAUSE_AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(50);

/// A socket that listens. Its file is removed when this is dropped.
pub struct CommandSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl CommandSocket {
    /// Listens beside the embedded store, which this process has claimed. A server whose store is elsewhere has no
    /// socket. Nor has one that cannot listen, which is logged: that commands do not work must not keep users out.
    pub fn bind(config: &Config) -> Option<Self> {
        let path = store::command_socket(config.store.effective_url().expose())?;
        if !is_socket_path(&path) {
            tracing::warn!(path = %path.display(), "commands need the server stopped: the path is too long for a socket");
            return None;
        }
        match listen(&path) {
            Ok(listener) => Some(Self { listener, path }),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "commands need the server stopped: cannot listen for them");
                None
            }
        }
    }

    /// Takes commands until `stop` is ready. Then removes the socket and lets those that run finish for `grace`.
    /// Returns whether they did.
    pub async fn serve(
        self,
        app: &Arc<App>,
        stop: impl Future<Output = ()>,
        grace: Duration,
    ) -> bool {
        let mut running = JoinSet::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept(), if running.len() < MAX_COMMANDS => match accepted {
                    Ok((stream, _)) => {
                        running.spawn(serve_client(stream, Arc::clone(app)));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a command");
                        sleep(PAUSE_AFTER_ACCEPT_ERROR).await;
                    }
                },
                Some(ended) = running.join_next() => note_panic(ended),
            }
        }
        // Before the store is given up: the next server's socket has the same path.
        drop(self);
        let finishing = async {
            while let Some(ended) = running.join_next().await {
                note_panic(ended);
            }
        };
        let in_time = timeout(grace, finishing).await.is_ok();
        running.shutdown().await;
        in_time
    }
}

impl Drop for CommandSocket {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(path = %self.path.display(), %error, "the socket of commands was not removed");
        }
    }
}

/// Listens at `path`, in the place of a server that was killed. Nothing but a socket is replaced.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let kind = |path| fs::symlink_metadata(path).map(|file| file.file_type());
    if kind(path).is_ok_and(|kind| !kind.is_socket()) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    // It has another name, which is not longer, until nobody but its owner may connect.
    let made = path.with_extension("sck");
    if kind(&made).is_ok_and(|kind| kind.is_socket()) {
        fs::remove_file(&made)?;
    }
    let listener = UnixListener::bind(&made)?;
    let named = fs::set_permissions(&made, Permissions::from_mode(0o600))
        .and_then(|()| fs::rename(&made, path));
    if named.is_err() {
        let _ = fs::remove_file(&made);
    }
    named.map(|()| listener)
}

/// Whether the other end is a process of this server's user, or of root, who can do all that the server can anyway.
fn is_permitted(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

async fn serve_client(mut stream: UnixStream, app: Arc<App>) {
    if !is_permitted(&stream) {
        tracing::warn!("a command of another user was refused");
        let _ = stream.write_u8(REFUSED).await;
        return;
    }
    // A client that is gone by now is seen by the next line that reads.
    let _ = stream.write_u8(ACCEPTED).await;
    let begun = Instant::now();
    let context = CommandContext::of_server(&app);
    let served: Served = serve::<StoreCommand, _, _>(stream, &context).await;
    // Where it was cut off, it may have changed something nevertheless.
    context.forget_what_was_read();
    let elapsed_ms = begun.elapsed().as_millis();
    // What it was given and has said stays between it and its client.
    match (served.command, served.outcome) {
        (Some(command), Outcome::Exit(code)) => {
            tracing::info!(command, code, elapsed_ms, "a command has ended");
        }
        (Some(command), outcome) => {
            tracing::info!(command, ?outcome, elapsed_ms, "a command has not succeeded");
        }
        (None, _) => tracing::warn!("what came on the socket of commands is no command"),
    }
}

/// The panic itself is logged by the process's hook.
fn note_panic(ended: Result<(), JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        metrics::counter!("cognate_panics_total").increment(1);
        tracing::error!("a command ended in a panic");
    }
}
