//! The frames of both sides.

use tokio_util::bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_util::codec::LengthDelimitedCodec;

/// The most bytes of a frame. A longer one ends the connection before any of it is read.
pub const MAX_FRAME: usize = 16 * 1024 * 1024;
/// The most bytes of a file's contents in one frame: few enough that what waits to be sent takes little memory.
pub const MAX_PIECE: usize = 256 * 1024;

const PRINT: u8 = 1;
const PRINT_ERROR: u8 = 2;
const WRITE: u8 = 3;
const PROGRESS: u8 = 4;
const EXIT: u8 = 5;
const FAILED: u8 = 6;

/// Frames with their length before them, in four bytes.
pub fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .max_frame_length(MAX_FRAME)
        .new_codec()
}

/// What the server says. It has no `Debug`, since the secret of a new access key is in one.
pub enum Answer {
    /// Text for standard output, without a line break at its end.
    Print(String),
    /// Text for standard error, likewise.
    PrintError(String),
    /// A piece of the file that the command makes.
    Write(Bytes),
    /// How much is done.
    Progress {
        /// So much is done.
        done: u64,
        /// So much is to be done.
        total: u64,
    },
    /// The command has ended with this exit code. Nothing follows.
    Exit(u8),
    /// The command has failed, with this text. Nothing follows.
    Failed(String),
}

impl Answer {
    /// The frame.
    pub fn encode(self) -> Bytes {
        match self {
            Self::Print(text) => frame(PRINT, text.as_bytes()),
            Self::PrintError(text) => frame(PRINT_ERROR, text.as_bytes()),
            Self::Write(piece) => frame(WRITE, &piece),
            Self::Progress { done, total } => {
                let numbers = [done.to_be_bytes(), total.to_be_bytes()].concat();
                frame(PROGRESS, &numbers)
            }
            Self::Exit(code) => frame(EXIT, &[code]),
            Self::Failed(text) => frame(FAILED, text.as_bytes()),
        }
    }

    /// What a frame says, if this version understands it.
    pub fn decode(mut frame: BytesMut) -> Option<Self> {
        let kind = frame.try_get_u8().ok()?;
        let text = |frame: BytesMut| String::from_utf8(frame.to_vec()).ok();
        Some(match kind {
            PRINT => Self::Print(text(frame)?),
            PRINT_ERROR => Self::PrintError(text(frame)?),
            WRITE => Self::Write(frame.freeze()),
            PROGRESS => Self::Progress {
                done: frame.try_get_u64().ok()?,
                total: frame.try_get_u64().ok()?,
            },
            EXIT => Self::Exit(frame.try_get_u8().ok()?),
            FAILED => Self::Failed(text(frame)?),
            _ => return None,
        })
    }
}

fn frame(kind: u8, content: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(content.len().saturating_add(1));
    frame.put_u8(kind);
    frame.put_slice(content);
    frame.freeze()
}
