//! Connections to a listener with routes of the tests' own.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use h2::client::SendRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

/// An end that has not come by then never will.
const LIMIT: Duration = Duration::from_secs(30);

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<bool>,
}

impl Server {
    async fn start(router: Router, max_connections: usize, idle_timeout: Duration) -> Self {
        let limits = ConnectionLimits {
            max_connections,
            idle_timeout,
            shutdown_timeout: Duration::from_secs(5),
        };
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(local, None, limits).await.unwrap();
        let address = listener.address().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(listener.serve(router, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            serving,
        }
    }

    /// An HTTP/2 client that permits `window` bytes per answer, and what ends with its connection.
    async fn http2(&self, window: u32) -> (SendRequest<Bytes>, JoinHandle<()>) {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (client, connection) = h2::client::Builder::new()
            .initial_window_size(window)
            .handshake(stream)
            .await
            .unwrap();
        let connection = tokio::spawn(async move {
            let _ = connection.await;
        });
        (client, connection)
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        assert!(self.serving.await.unwrap());
    }
}

fn get_request(path: &str) -> Request<()> {
    let uri = format!("http://localhost{path}");
    Request::get(uri).body(()).unwrap()
}

/// A client that does not read its response does not block the next client.
#[tokio::test]
async fn a_connection_whose_response_is_not_read_is_closed() {
    let large = || async { vec![0_u8; 32 * 1024 * 1024] };
    let router = Router::new()
        .route("/large", get(large))
        .route("/small", get(|| async { "small" }));
    let server = Server::start(router, 1, Duration::from_secs(1)).await;
    let address = server.address;
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
    timeout(LIMIT, read).await.unwrap();
    assert!(answer.ends_with("small"), "{answer}");
    server.stop().await;
}

/// The same in HTTP/2, where other requests on the connection do not keep it open.
#[tokio::test]
async fn a_connection_whose_window_stays_shut_is_closed() {
    let router = Router::new()
        .route("/answer", get(|| async { "not taken" }))
        .route("/empty", get(|| async {}));
    let server = Server::start(router, 1, Duration::from_secs(1)).await;
    let (client, connection) = server.http2(0).await;
    let mut ready = client.ready().await.unwrap();
    let (_unread, _) = ready.send_request(get_request("/answer"), true).unwrap();
    let others = async {
        loop {
            let Ok(mut ready) = ready.clone().ready().await else {
                break;
            };
            let Ok((response, _)) = ready.send_request(get_request("/empty"), true) else {
                break;
            };
            let Ok(_) = response.await else { break };
        }
        connection.await.unwrap();
    };
    timeout(LIMIT, others).await.unwrap();
    server.stop().await;
}

/// Counts the requests that are being worked on, and the most that ever were.
#[derive(Clone, Default)]
struct Working(Arc<[AtomicUsize; 2]>);

impl Working {
    fn begin(&self) -> Work {
        let [now, most] = &*self.0;
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Work(self.clone())
    }

    fn now(&self) -> usize {
        self.0[0].load(Ordering::SeqCst)
    }

    fn most(&self) -> usize {
        self.0[1].load(Ordering::SeqCst)
    }

    /// Waits until so many are worked on.
    async fn are(&self, count: usize) {
        let wait = async {
            while self.now() != count {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, wait).await.unwrap();
    }
}

struct Work(Working);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.0[0].fetch_sub(1, Ordering::SeqCst);
    }
}

/// However often a client changes its mind, the work for it ends, and is never more than its streams.
#[tokio::test]
async fn a_stream_that_is_reset_is_worked_on_no_more() {
    let working = Working::default();
    let hang = {
        let working = working.clone();
        || async move {
            let _work = working.begin();
            std::future::pending::<()>().await;
        }
    };
    let router = Router::new().route("/hang", get(hang));
    let streams = usize::try_from(http2::MAX_STREAMS).unwrap();
    let server = Server::start(router, streams, LIMIT).await;
    let (mut client, connection) = server.http2(1000).await;
    for _ in 0..5 {
        let mut open = Vec::new();
        for _ in 0..streams {
            client = client.ready().await.unwrap();
            open.push(client.send_request(get_request("/hang"), true).unwrap());
        }
        working.are(streams).await;
        for (_, stream) in &mut open {
            stream.send_reset(h2::Reason::CANCEL);
        }
        working.are(0).await;
    }
    assert_eq!(working.most(), streams);
    drop(client);
    connection.await.unwrap();
    server.stop().await;
}

/// A connection without a stream ends at once when the server stops, one with a stream after it.
#[tokio::test]
async fn connections_end_at_shutdown() {
    let (finish, finished) = oneshot::channel::<()>();
    let finished = Arc::new(tokio::sync::Mutex::new(finished));
    let working = Working::default();
    let wait = {
        let working = working.clone();
        || async move {
            let _work = working.begin();
            let _ = (&mut *finished.lock().await).await;
            "finished"
        }
    };
    let router = Router::new().route("/wait", get(wait));
    let server = Server::start(router, 2, LIMIT).await;
    let (_idle, idle_connection) = server.http2(1000).await;
    let (client, connection) = server.http2(1000).await;
    let mut client = client.ready().await.unwrap();
    let (response, _) = client.send_request(get_request("/wait"), true).unwrap();
    working.are(1).await;
    server.stop.send(()).unwrap();
    timeout(LIMIT, idle_connection).await.unwrap().unwrap();
    assert!(!connection.is_finished());
    finish.send(()).unwrap();
    let mut body = response.await.unwrap().into_body();
    let mut answer = Vec::new();
    while let Some(piece) = body.data().await {
        answer.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(answer, b"finished");
    drop((client, body));
    connection.await.unwrap();
    assert!(server.serving.await.unwrap());
}
