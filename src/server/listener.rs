//! The accept loop: limits and timeouts of connections, TLS, and graceful shutdown.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt};

use super::host::{self, AmbiguousHost};
use super::http2;
use super::open_streams::{Admitted, FurtherStreams, OpenStreams, Overdue};
use super::peers::Peers;
use super::source_address::{Peer, TrustedProxies};
use super::tls::HTTP2_ALPN;

/// The largest head of a request. API clients send about 2 KiB, browsers up to 16.
const MAX_HEAD_BYTES: u32 = 64 * 1024;
/// How long a connection that is asked to end may take for it once it has no open stream: as long as a
/// client needs to answer, and to read what is still on its way.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(5);
/// The pause after an `accept` that failed for lack of file descriptors or memory.
const PAUSE_AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(50);

/// What a listener serves: a router, or one within layers. It is cloned for each request, so its clone has to
/// be cheap.
pub trait HttpService:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S> HttpService for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// The limits and timeouts of the connections of a listener.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Open connections at once; further ones wait in the kernel's queue.
    pub max_connections: usize,
    /// The timeout of the TLS handshake, of each request's head, of the time between two requests (or, in
    /// HTTP/2, of the time without an open stream), and of a write that the client does not read.
    pub idle_timeout: Duration,
    /// How long requests in flight may take to finish at shutdown.
    pub shutdown_timeout: Duration,
}

/// A bound address that does not accept connections yet.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: ConnectionLimits,
    peers: Arc<Peers>,
    permits: Arc<Semaphore>,
    further_streams: Arc<Semaphore>,
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
            peers: Peers::new(limits.max_connections, TrustedProxies::default()),
            permits: Arc::new(Semaphore::new(limits.max_connections)),
            // All connections together have at most twice as many requests as with HTTP/1.1, where each has
            // one at a time.
            further_streams: Arc::new(Semaphore::new(limits.max_connections)),
        })
    }

    /// Binds another address, whose connections are counted together with those of this one.
    ///
    /// # Errors
    /// As [`Listener::bind`].
    pub async fn beside(&self, address: SocketAddr, tls: TlsAcceptor) -> io::Result<Self> {
        Ok(Self {
            tcp: TcpListener::bind(address).await?,
            tls: Some(tls),
            limits: self.limits,
            peers: Arc::clone(&self.peers),
            permits: Arc::clone(&self.permits),
            further_streams: Arc::clone(&self.further_streams),
        })
    }

    /// Counts the connections of each peer in `peers`. Otherwise a peer may have all connections.
    pub fn with_peers(self, peers: Arc<Peers>) -> Self {
        Self { peers, ..self }
    }

    /// The bound address, with the port that was taken for 0.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves `service` until `stop` is ready, then finishes the requests in flight. Returns whether
    /// they finished within [`ConnectionLimits::shutdown_timeout`].
    pub async fn serve(self, service: impl HttpService, stop: impl Future<Output = ()>) -> bool {
        let mut stop = pin!(stop);
        let (stopping, _) = watch::channel(());
        let protocols = Arc::new(protocols(self.limits.idle_timeout));
        loop {
            let next = async {
                // The semaphore is never closed, so this waits for a permit.
                let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
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
            let Some(counted) = self.peers.admit(peer.ip()) else {
                tracing::debug!(%peer, "connection closed: its peer has too many");
                metrics::counter!("cognate_connections_refused_total").increment(1);
                continue;
            };
            let connection = Connection {
                peer,
                service: service.clone(),
                protocols: Arc::clone(&protocols),
                further_streams: [
                    Arc::clone(&self.further_streams),
                    Arc::clone(&counted.further_streams),
                ],
                stopping: stopping.subscribe(),
                idle_timeout: self.limits.idle_timeout,
            };
            let tls = self.tls.clone();
            tokio::spawn(async move {
                metrics::gauge!("cognate_connections").increment(1);
                connection.run(stream, tls).await;
                metrics::gauge!("cognate_connections").decrement(1);
                drop((counted, permit));
            });
        }
        drop(self.tcp);
        let _ = stopping.send(());
        // Each connection holds a receiver until it has ended.
        timeout(self.limits.shutdown_timeout, stopping.closed())
            .await
            .is_ok()
    }
}

type Protocols = auto::Builder<TokioExecutor>;

/// HTTP/1.1 and HTTP/2 with their bounds, told apart by the first bytes of a connection.
fn protocols(idle_timeout: Duration) -> Protocols {
    let mut protocols = auto::Builder::new(TokioExecutor::new());
    protocols
        .http1()
        .timer(TokioTimer::new())
        // Also runs between two requests, so that it closes idle connections.
        .header_read_timeout(idle_timeout)
        .max_buf_size(MAX_HEAD_BYTES as usize)
        // A client that shuts its sending side down still reads the response.
        .half_close(true);
    http2::bound(&mut protocols, MAX_HEAD_BYTES, idle_timeout);
    protocols
}

struct Connection<S> {
    peer: SocketAddr,
    service: S,
    protocols: Arc<Protocols>,
    further_streams: FurtherStreams,
    stopping: watch::Receiver<()>,
    idle_timeout: Duration,
}

impl<S: HttpService> Connection<S> {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Responses are small and written at once. Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.idle_timeout));
        let stream = Box::pin(stream);
        let protocols = Arc::clone(&self.protocols);
        match tls {
            None => self.serve_http(&protocols, TokioIo::new(stream)).await,
            Some(tls) => match timeout(self.idle_timeout, tls.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let protocols = Protocols::clone(&protocols);
                    let protocols = match stream.get_ref().1.alpn_protocol() {
                        Some(HTTP2_ALPN) => protocols.http2_only(),
                        _ => protocols.http1_only(),
                    };
                    self.serve_http(&protocols, TokioIo::new(stream)).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                Err(_) => tracing::debug!("TLS handshake took too long"),
            },
        }
    }

    async fn serve_http(mut self, protocols: &Protocols, io: impl Read + Write + Unpin + 'static) {
        let streams = OpenStreams::new(self.idle_timeout, self.further_streams);
        let (peer, service) = (self.peer, self.service);
        let admission = Arc::clone(&streams);
        let service = service_fn(move |request: Request<Incoming>| {
            // At once: when the future runs, further requests have been read.
            let admitted = admission.admit(request.version());
            let service = service.clone();
            async move { answer(admitted, peer, request, service).await }
        });
        let mut connection = pin!(protocols.serve_connection(io, service));
        let mut closing_since: Option<Instant> = None;
        loop {
            let overdue = match closing_since {
                None => streams.overdue(Instant::now(), self.idle_timeout),
                Some(since) => streams.overdue(since, CLOSING_TIMEOUT.min(self.idle_timeout)),
            };
            tokio::select! {
                // In this order, so that a client that always has the connection read has its time run
                // out nevertheless.
                biased;
                overdue = overdue => {
                    if overdue == Overdue::Unread || closing_since.is_some() {
                        tracing::debug!(?overdue, "connection closed");
                        return;
                    }
                }
                _ = self.stopping.changed(), if closing_since.is_none() => {}
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "connection ended early");
                    }
                    return;
                }
            }
            closing_since = Some(Instant::now());
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// Answers a request that the connection has admitted.
async fn answer(
    admitted: Option<Admitted>,
    peer: SocketAddr,
    request: Request<Incoming>,
    service: impl HttpService,
) -> Result<Response<Body>, h2::Error> {
    let Some(admitted) = admitted else {
        // The client may send it again elsewhere, since nothing has been done.
        metrics::counter!("cognate_requests_shed_total").increment(1);
        return Err(h2::Reason::REFUSED_STREAM.into());
    };
    let mut request = request.map(Body::new);
    if let Err(AmbiguousHost) = host::authority_to_host(&mut request) {
        return Ok(admitted.answer(ambiguous_host()));
    }
    request.extensions_mut().insert(Peer(peer));
    let Ok(response) = service.oneshot(request).await;
    Ok(admitted.answer(response))
}

fn ambiguous_host() -> Response<Body> {
    let message = "The request does not name one host.";
    (StatusCode::BAD_REQUEST, Json(json!({ "message": message }))).into_response()
}

#[cfg(test)]
mod tests;
