//! A client that writes the frames of HTTP/2 itself, to do what a library would not.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::Endpoint;

/// What a client says first.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

pub const REFUSED_STREAM: u32 = 7;
pub const CANCEL: u32 = 8;
pub const ENHANCE_YOUR_CALM: u32 = 11;

/// A server that has not closed the connection by then never will.
const LIMIT: Duration = Duration::from_secs(60);

/// A frame that came.
#[derive(Debug)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    /// The error code of a RST_STREAM or GOAWAY.
    pub fn error(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

/// The bytes of a frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The header list of a request to `/`, whose method is an entry of HPACK's static table.
fn head(method: u8) -> Vec<u8> {
    // `:scheme: http`, `:path: /`, and `:authority` with a value of its own.
    let mut block = vec![method, 0x86, 0x84, 0x01, 9];
    block.extend(b"localhost");
    block
}

/// The header list of `GET /`.
pub fn get() -> Vec<u8> {
    head(0x82)
}

/// The header list of `POST /` that calls GetUser.
pub fn get_user() -> Vec<u8> {
    let mut block = head(0x83);
    for (name, value) in [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AWSCognitoIdentityProviderService.GetUser"),
    ] {
        block.extend(field(name, value.as_bytes()));
    }
    block
}

/// A header field, not indexed and not compressed.
pub fn field(name: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name.as_bytes(), value] {
        let length = text.len();
        if length < 127 {
            bytes.push(u8::try_from(length).unwrap());
        } else {
            let mut rest = length - 127;
            bytes.push(127);
            while rest >= 128 {
                bytes.push(u8::try_from(rest % 128).unwrap() | 128);
                rest /= 128;
            }
            bytes.push(u8::try_from(rest).unwrap());
        }
        bytes.extend(text);
    }
    bytes
}

/// A connection with prior knowledge.
pub struct RawConnection {
    pub stream: TcpStream,
}

impl RawConnection {
    /// Connects and says nothing.
    pub async fn silent(server: &Endpoint) -> Self {
        let address = server.url().strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream }
    }

    /// Connects, and greets with empty settings.
    pub async fn open(server: &Endpoint) -> Self {
        Self::open_with(server, &[]).await
    }

    /// Connects, and greets with settings.
    pub async fn open_with(server: &Endpoint, settings: &[u8]) -> Self {
        let mut connection = Self::silent(server).await;
        connection.send(PREFACE).await;
        connection.send(&frame(SETTINGS, 0, 0, settings)).await;
        connection
    }

    /// Sends bytes. Where the server has closed by then, what is read next tells.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next frame, or `None` when the server has closed the connection.
    pub async fn next(&mut self) -> Option<Frame> {
        read_frame(&mut self.stream).await
    }

    /// The next frame for which `wanted` holds, `None` if the server closes the connection before it
    /// comes. Answers pings as every client does.
    pub async fn find(&mut self, wanted: impl Fn(&Frame) -> bool) -> Option<Frame> {
        loop {
            let next = self.next().await?;
            if next.kind == PING && next.flags & ACK == 0 {
                let answer = frame(PING, ACK, 0, &next.payload);
                self.send(&answer).await;
            }
            if wanted(&next) {
                return Some(next);
            }
        }
    }

    /// Reads until the server closes the connection; returns the codes of its GOAWAYs.
    pub async fn until_closed(&mut self) -> Vec<u32> {
        let mut codes = Vec::new();
        while let Some(goaway) = self.find(|frame| frame.kind == GOAWAY).await {
            codes.push(goaway.error());
        }
        codes
    }

    /// Returns when the server has handled everything that was sent before.
    pub async fn settle(&mut self) {
        const MARK: &[u8] = b"settled?";
        self.send(&frame(PING, 0, 0, MARK)).await;
        let pong = self
            .find(|frame| frame.kind == PING && frame.flags & ACK != 0 && frame.payload == MARK);
        assert!(pong.await.is_some(), "the connection was closed");
    }
}

/// The next frame, or `None` at the end, however the connection ends.
pub async fn read_frame(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<Frame> {
    let read = async {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap());
        Some(Frame {
            kind: head[3],
            flags: head[4],
            stream,
            payload,
        })
    };
    tokio::time::timeout(LIMIT, read)
        .await
        .expect("a frame or the end, in time")
}
