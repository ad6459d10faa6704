//! The accept loop: bounded connections, bounded patience, TLS, and an orderly end.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// All headers of a request together. Ours need about 2 KiB, browsers send up to 16.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Pause after an `accept` that failed for want of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The address of the other end of the connection, an extension of every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// What a listener puts up with.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Open connections at once; further ones wait in the kernel's queue.
    pub max_connections: usize,
    /// Time for the TLS handshake, for each request's head, between two requests, and for a client
    /// to take some more of its answer.
    pub idle: Duration,
    /// Time for requests in flight once the end has come.
    pub grace: Duration,
}

/// A bound address that does not serve yet.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    patience: Patience,
}

impl Listener {
    /// Binds `address`.
    ///
    /// # Errors
    /// What the operating system says, for instance that the address is in use.
    pub async fn bind(
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        patience: Patience,
    ) -> io::Result<Self> {
        Ok(Self {
            tcp: TcpListener::bind(address).await?,
            tls,
            patience,
        })
    }

    /// The bound address, with the port that was taken for 0.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves `router` until `stop` is ready, then finishes what is in flight. Returns whether
    /// that was done within the grace period.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>) -> bool {
        let mut stop = pin!(stop);
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(self.patience.max_connections));
        loop {
            let next = async {
                // Never closed, so there is always a place in the end.
                let place = Arc::clone(&places).acquire_owned().await.ok();
                (place, self.tcp.accept().await)
            };
            let (place, accepted) = tokio::select! {
                next = next => next,
                () = &mut stop => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let connection = Connection {
                peer,
                router: router.clone(),
                watcher: graceful.watcher(),
                idle: self.patience.idle,
            };
            let tls = self.tls.clone();
            tokio::spawn(async move {
                metrics::gauge!("cognate_connections").increment(1);
                connection.run(stream, tls).await;
                metrics::gauge!("cognate_connections").decrement(1);
                drop(place);
            });
        }
        drop(self.tcp);
        timeout(self.patience.grace, graceful.shutdown())
            .await
            .is_ok()
    }
}

struct Connection {
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
    idle: Duration,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Answers are small and written at once; waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.idle));
        let stream = Box::pin(stream);
        match tls {
            None => self.speak(TokioIo::new(stream)).await,
            Some(tls) => match timeout(self.idle, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.speak(TokioIo::new(stream)).await,
                Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                Err(_) => tracing::debug!("TLS handshake took too long"),
            },
        }
    }

    async fn speak(self, io: impl Read + Write + Unpin + 'static) {
        let Self { peer, router, .. } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // Runs between requests as well, so that it ends connections at rest.
            .header_read_timeout(self.idle)
            .max_buf_size(MAX_HEAD_BYTES)
            // A client that closes its sending side still waits for the answer.
            .half_close(true)
            .serve_connection(io, service);
        if let Err(error) = self.watcher.watch(connection).await {
            tracing::debug!(%error, "connection ended early");
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;

    /// Whoever asks and does not read gives its place up to the next.
    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_given_up() {
        let patience = Patience {
            max_connections: 1,
            idle: Duration::from_millis(100),
            grace: Duration::from_secs(5),
        };
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(local, None, patience).await.unwrap();
        let address = listener.address().unwrap();
        let large = || async { vec![0_u8; 32 * 1024 * 1024] };
        let router = Router::new()
            .route("/large", axum::routing::get(large))
            .route("/small", axum::routing::get(|| async { "small" }));
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = tokio::spawn(listener.serve(router, async {
            let _ = stopped.await;
        }));
        let ask = |path: &'static str| async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            stream
        };
        let _unread = ask("/large").await;
        let mut answer = String::new();
        let read = async {
            let mut stream = ask("/small").await;
            stream.read_to_string(&mut answer).await.unwrap();
        };
        timeout(Duration::from_secs(30), read).await.unwrap();
        assert!(answer.ends_with("small"), "{answer}");
        stop.send(()).unwrap();
        assert!(serve.await.unwrap());
    }
}
