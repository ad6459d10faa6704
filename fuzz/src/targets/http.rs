//! Raw bytes on a connection to the whole server: its listener, its HTTP, every path it has.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use cognate::server::Application;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::world::config;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(20);

struct Server {
    runtime: Runtime,
    address: std::net::SocketAddr,
}

static SERVER: LazyLock<Mutex<Server>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let application = runtime
        .block_on(Application::build(config("http")))
        .expect("the server starts");
    let address = application.address();
    // It runs whenever this runtime does, that is while an input waits for its answer.
    runtime.spawn(application.run_until(std::future::pending()));
    Mutex::new(Server { runtime, address })
});

/// What a client of HTTP/2 begins with (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The type of the frame that a server of HTTP/2 begins with (RFC 9113, section 6.5).
const SETTINGS: u8 = 4;

pub(crate) fn run(data: &[u8]) {
    let server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    let talk = async {
        let mut stream = TcpStream::connect(server.address).await.expect("connects");
        // The server may answer and hang up before it has read everything.
        let _ = stream.write_all(data).await;
        let _ = stream.shutdown().await;
        let mut answers = Vec::new();
        let _ = stream.read_to_end(&mut answers).await;
        answers
    };
    let answers = server
        .runtime
        .block_on(async { tokio::time::timeout(LIMIT, talk).await })
        .expect("an answer in time");
    if let Some(first) = answers.get(..12) {
        let first = String::from_utf8_lossy(first);
        if data.starts_with(HTTP2_PREFACE) {
            // The server's settings come first, whatever follows.
            assert_eq!(answers.get(3), Some(&SETTINGS), "{answers:?}");
            return;
        }
        assert!(first.starts_with("HTTP/1."), "{first}");
        assert!(
            !first.ends_with("500"),
            "{}",
            String::from_utf8_lossy(&answers)
        );
    } else {
        assert!(answers.is_empty(), "{answers:?}");
    }
}
