//! A server that answers every request alike, for tests of the checks.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Starts it. Each read counts as a request.
pub async fn start(status: u16, body: &str) -> SocketAddr {
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} Fake\r\ncontent-length: {length}\r\n\r\n{body}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|count| count > 0) {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    address
}
