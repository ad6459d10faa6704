//! Requests as bytes, and a connection that sends them: as little work as HTTP/1.1 allows, because
//! the generator shares the machine with what it measures.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use aws_lc_rs::{digest, hmac};
use cognate::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::dataset::{KEY_ID, KEY_SECRET, REGION};

const TARGET: &str = "AWSCognitoIdentityProviderService";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// A connection that is kept alive.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Time spent in exchanges since it was last taken.
    exchange_time: Duration,
}

/// An answer, until the next exchange.
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The status line and the headers.
    pub head: &'a [u8],
    /// The body.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The value of a header, whose name is in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = std::str::from_utf8(self.head).ok()?;
        head.lines().find_map(|line| {
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    /// If the connection breaks.
    pub async fn connect(address: SocketAddr) -> std::io::Result<Self> {
        Self::over(TcpStream::connect(address).await?)
    }

    /// Talks over `stream`.
    ///
    /// # Errors
    /// If the connection breaks.
    pub fn over(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
            exchange_time: Duration::ZERO,
        })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// If the connection breaks.
    pub async fn exchange(&mut self, request: &[u8]) -> std::io::Result<Answer<'_>> {
        let begun = Instant::now();
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (status, body, end) = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((status, body, length)) = head(&self.buffer)
                && self.buffer.len() >= body + length
            {
                break (status, body, body + length);
            }
        };
        self.exchange_time += begun.elapsed();
        let (head, rest) = self.buffer.split_at_checked(body).unwrap_or_default();
        let body = rest.get(..end - body).unwrap_or_default();
        Ok(Answer { status, head, body })
    }

    /// The time spent in exchanges since this was last called.
    pub fn take_exchange_time(&mut self) -> Duration {
        std::mem::take(&mut self.exchange_time)
    }
}

/// Status, where the body begins and its length, once the head is there. The server sends no
/// chunks.
fn head(buffer: &[u8]) -> Option<(u16, usize, usize)> {
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(buffer.get(..end)?).ok()?;
    let status = head.get(9..12)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    })?;
    Some((status, end + 4, length))
}

/// A request for a page.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

/// A call without a signature.
pub fn call(operation: &str, body: &str) -> Vec<u8> {
    format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: {CONTENT_TYPE}\r\n\
         x-amz-target: {TARGET}.{operation}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Signs requests (Signature Version 4), all of them for the moment at which it was made: the
/// server accepts that for five minutes.
pub struct Signer {
    date: String,
    scope: String,
    key: hmac::Key,
}

impl Default for Signer {
    fn default() -> Self {
        Self::new()
    }
}

impl Signer {
    /// A signer for requests that are sent within the next minutes.
    pub fn new() -> Self {
        let now = jiff::Timestamp::from_millisecond(Clock::default().now().millis());
        let date = now
            .unwrap_or_default()
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string();
        let day = date.get(..8).unwrap_or_default().to_owned();
        let mut key = format!("AWS4{KEY_SECRET}").into_bytes();
        for part in [day.as_str(), REGION, "cognito-idp", "aws4_request"] {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes());
            key = tag.as_ref().to_vec();
        }
        Self {
            scope: format!("{day}/{REGION}/cognito-idp/aws4_request"),
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            date,
        }
    }

    /// A signed call.
    pub fn call(&self, operation: &str, body: &str) -> Vec<u8> {
        const SIGNED: &str = "content-type;host;x-amz-date;x-amz-target";
        let Self { date, scope, key } = self;
        let canonical = format!(
            "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:localhost\nx-amz-date:{date}\n\
             x-amz-target:{TARGET}.{operation}\n\n{SIGNED}\n{}",
            sha256(body.as_bytes())
        );
        let text = format!(
            "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
            sha256(canonical.as_bytes())
        );
        let signature = hex::encode(hmac::sign(key, text.as_bytes()));
        format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: {CONTENT_TYPE}\r\n\
             x-amz-target: {TARGET}.{operation}\r\nx-amz-date: {date}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={SIGNED}, \
             Signature={signature}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}
