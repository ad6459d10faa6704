//! The accept loop: limits and timeouts of connections, TLS, and graceful shutdown.

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

/// The largest head of a request. API clients send about 2 KiB, browsers up to 16.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The pause after an `accept` that failed for lack of file descriptors or memory.
const PAUSE_AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(50);

/// The remote address of the connection, an extension of every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The limits and timeouts of the connections of a listener.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Open connections at once; further ones wait in the kernel's queue.
    pub max_connections: usize,
    /// The timeout of the TLS handshake, of each request's head, of the time between two requests, and
    /// of a write that the client does not read.
    pub idle_timeout: Duration,
    /// How long requests in flight may take to finish at shutdown.
    pub shutdown_timeout: Duration,
}

/// A bound address that does not accept connections yet.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: ConnectionLimits,
}

impl Listener {
    /// Binds `address`.
    ///
    /// # Errors
    /// What the operating system says, for instance that the address is in use.
    pub async fn bind(
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        limits: ConnectionLimits,
    ) -> io::Result<Self> {
        Ok(Self {
            tcp: TcpListener::bind(address).await?,
            tls,
            limits,
        })
    }

    /// The bound address, with the port that was taken for 0.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves `router` until `stop` is ready, then finishes the requests in flight. Returns whether
    /// they finished within [`ConnectionLimits::shutdown_timeout`].
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>) -> bool {
        let mut stop = pin!(stop);
        let graceful = GracefulShutdown::new();
        let permits = Arc::new(Semaphore::new(self.limits.max_connections));
        loop {
            let next = async {
                // The semaphore is never closed, so this waits for a permit.
                let permit = Arc::clone(&permits).acquire_owned().await.ok();
                (permit, self.tcp.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                next = next => next,
                () = &mut stop => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(PAUSE_AFTER_ACCEPT_ERROR).await;
                    continue;
                }
            };
            let connection = Connection {
                peer,
                router: router.clone(),
                watcher: graceful.watcher(),
                idle_timeout: self.limits.idle_timeout,
            };
            let tls = self.tls.clone();
            tokio::spawn(async move {
                metrics::gauge!("cognate_connections").increment(1);
                connection.run(stream, tls).await;
                metrics::gauge!("cognate_connections").decrement(1);
                drop(permit);
            });
        }
        drop(self.tcp);
        timeout(self.limits.shutdown_timeout, graceful.shutdown())
            .await
            .is_ok()
    }
}

struct Connection {
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
    idle_timeout: Duration,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Responses are small and written at once. Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.idle_timeout));
        let stream = Box::pin(stream);
        match tls {
            None => self.serve_http(TokioIo::new(stream)).await,
            Some(tls) => match timeout(self.idle_timeout, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.serve_http(TokioIo::new(stream)).await,
                Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                Err(_) => tracing::debug!("TLS handshake took too long"),
            },
        }
    }

    async fn serve_http(self, io: impl Read + Write + Unpin + 'static) {
        let Self { peer, router, .. } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // Also runs between two requests, so that it closes idle connections.
            .header_read_timeout(self.idle_timeout)
            .max_buf_size(MAX_HEAD_BYTES)
            // A client that shuts its sending side down still reads the response.
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

    /// A client that does not read its response does not block the next client.
    #[tokio::test]
    async fn a_connection_whose_response_is_not_read_is_closed() {
        let limits = ConnectionLimits {
            max_connections: 1,
            idle_timeout: Duration::from_millis(100),
            shutdown_timeout: Duration::from_secs(5),
        };
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(local, None, limits).await.unwrap();
        let address = listener.address().unwrap();
        let large = || async { vec![0_u8; 32 * 1024 * 1024] };
        let router = Router::new()
            .route("/large", axum::routing::get(large))
            .route("/small", axum::routing::get(|| async { "small" }));
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = tokio::spawn(listener.serve(router, async {
            let _ = stopped.await;
        }));
        let request = |path: &'static str| async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream
        };
        let _unread = request("/large").await;
        let mut answer = String::new();
        let read = async {
            let mut stream = request("/small").await;
            stream.read_to_string(&mut answer).await.unwrap();
        };
        timeout(Duration::from_secs(30), read).await.unwrap();
        assert!(answer.ends_with("small"), "{answer}");
        stop.send(()).unwrap();
        assert!(serve.await.unwrap());
    }
}
