//! Malformed, oversized and slow requests. Other clients have to be served meanwhile.

use std::net::SocketAddr;
use std::time::Duration;

use cognate_bench::wire;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::node::answers;
use crate::rng::SeededRng;
use crate::workers::TestContext;

const SLOW_CONNECTIONS: usize = 50;
const HUGE_BODY: usize = 100_000_000;
const HUGE_HEAD: usize = 1_000_000;
static PIECE: [u8; 64 * 1024] = [b'a'; 64 * 1024];
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);

/// Heads and bodies that arrive byte by byte.
pub async fn slow(context: &TestContext) {
    let mut clients = JoinSet::new();
    for number in 0..SLOW_CONNECTIONS {
        let address = context.address;
        clients.spawn(async move {
            let mut request = wire::call("GetUser", r#"{"AccessToken":"a"}"#);
            let sent_at_once = if number % 2 == 0 {
                0
            } else {
                request.len() - 10
            };
            let rest = request.split_off(sent_at_once);
            let mut stream = TcpStream::connect(address).await.ok()?;
            stream.write_all(&request).await.ok()?;
            for byte in rest {
                stream.write_all(&[byte]).await.ok()?;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Some(())
        });
    }
    check_that_others_are_served(context, 10, Duration::from_millis(200)).await;
    clients.abort_all();
}

/// A body and a head that are far too large.
pub async fn huge(context: &TestContext) {
    let address = context.address;
    let mut clients = JoinSet::new();
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\n\
                x-amz-target: AWSCognitoIdentityProviderService.SignUp\r\n";
    let announced = format!("{head}content-length: {HUGE_BODY}\r\n\r\n");
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{HUGE_BODY:x}\r\n");
    let header = format!("{head}x-padding: ");
    for (begin, size) in [
        (announced, HUGE_BODY),
        (chunked, HUGE_BODY),
        (header, HUGE_HEAD),
    ] {
        clients.spawn(async move { pour(address, begin, size).await });
    }
    check_that_others_are_served(context, 5, Duration::from_millis(100)).await;
    // A server that refuses late has received everything.
    let done = tokio::time::timeout(REFUSAL_TIMEOUT, async {
        while let Some(taken) = clients.join_next().await {
            let taken = taken.ok().flatten().unwrap_or_default();
            let refused = !taken.starts_with("HTTP/1.1 2");
            context
                .journal
                .check("what is huge is refused", refused, || taken);
        }
    });
    let _ = done.await;
    clients.abort_all();
}

/// The answer's first bytes, if there is one.
async fn pour(address: SocketAddr, begin: String, size: usize) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(begin.as_bytes()).await.ok()?;
    let mut left = size;
    while left > 0 {
        let piece = PIECE.get(..left.min(PIECE.len()))?;
        if stream.write_all(piece).await.is_err() {
            break;
        }
        left -= piece.len();
    }
    let mut answer = [0; 64];
    let count = stream.read(&mut answer).await.ok()?;
    answer
        .get(..count)
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// Bytes that are no request, requests that end too early, and garbage behind a request.
pub async fn broken(context: &TestContext, rng: &mut SeededRng) {
    let request = wire::call("GetUser", r#"{"AccessToken":"a"}"#);
    for _ in 0..40 {
        let garbage: Vec<u8> = (0..rng.below(2000))
            .filter_map(|_| u8::try_from(rng.below(256)).ok())
            .collect();
        let cut =
            usize::try_from(rng.below(u64::try_from(request.len()).unwrap_or(1))).unwrap_or(0);
        let bytes = match rng.below(3) {
            0 => garbage,
            1 => request.get(..cut).unwrap_or_default().to_vec(),
            _ => [request.as_slice(), &request, &garbage].concat(),
        };
        let sent = async {
            let mut stream = TcpStream::connect(context.address).await?;
            stream.write_all(&bytes).await?;
            if bytes.len() % 2 == 0 {
                let mut answer = [0; 16];
                let reading = stream.read(&mut answer);
                let _ = tokio::time::timeout(Duration::from_millis(50), reading).await;
            }
            std::io::Result::Ok(())
        };
        let _ = sent.await;
    }
    check_that_others_are_served(context, 3, Duration::from_millis(50)).await;
}

async fn check_that_others_are_served(context: &TestContext, times: u32, pause: Duration) {
    for _ in 0..times {
        tokio::time::sleep(pause).await;
        let healthy = answers(context.address, "/health/live").await;
        context
            .journal
            .check("health answers beside strangers", healthy, || {
                "/health/live did not".to_owned()
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server;
    use crate::journal::Journal;
    use crate::mail_sink::MailSink;

    async fn context(address: SocketAddr) -> TestContext {
        TestContext::new(
            address,
            MailSink::start().await.unwrap(),
            Journal::default(),
        )
    }

    fn violated(context: &TestContext) -> Vec<String> {
        context.journal.entries().violated.into_keys().collect()
    }

    #[tokio::test]
    async fn a_server_that_accepts_huge_requests_or_is_down_is_found() {
        let takes_everything = context(fake_server::start(200, "{}").await).await;
        huge(&takes_everything).await;
        assert_eq!(violated(&takes_everything), ["what is huge is refused"]);
        let nobody = cognate_bench::process::free_address().unwrap();
        let gone = context(nobody).await;
        check_that_others_are_served(&gone, 1, Duration::ZERO).await;
        assert_eq!(violated(&gone), ["health answers beside strangers"]);
    }
}
