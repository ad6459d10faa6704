//! A job's file, read line by line. One piece of it is in memory at a time.

use secrecy::zeroize::Zeroizing;

use crate::app::App;
use crate::crypto::KeyPurpose;
use crate::domain::import_row::RowFault;
use crate::domain::user_import::{MAX_ROW_CHARACTERS, Position};
use crate::flows::Error;
use crate::store::user_import_files;

/// The bytes of each piece of a file but the last.
pub const CHUNK_BYTES: usize = 256 * 1024;
/// The most bytes of a line: each character may take four.
const MAX_LINE_BYTES: usize = MAX_ROW_CHARACTERS * 4;

/// A line with its number.
pub struct Line {
    /// The number of the line; the header has 1.
    pub number: i64,
    /// The text without the end of the line.
    pub text: Result<String, RowFault>,
}

/// Why a file cannot be read on.
#[derive(Debug)]
pub enum ReadFault {
    /// A piece does not open: its master key is not there.
    Sealed,
    /// The store failed.
    Store(Error),
}

impl From<crate::store::Error> for ReadFault {
    fn from(error: crate::store::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A file that is being read.
pub struct FileReader<'a> {
    app: &'a App,
    pool_id: &'a str,
    upload_id: &'a str,
    position: Position,
    /// The piece that was read last, with its number.
    chunk: Option<(u64, Zeroizing<Vec<u8>>)>,
}

impl<'a> FileReader<'a> {
    /// A reader at the beginning of the file.
    pub const fn new(app: &'a App, pool_id: &'a str, upload_id: &'a str) -> Self {
        Self {
            app,
            pool_id,
            upload_id,
            position: Position::START,
            chunk: None,
        }
    }

    /// Where the next line begins.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Goes to where a line begins.
    pub const fn seek(&mut self, position: Position) {
        self.position = position;
    }

    /// The next line, whether it is empty or not; `None` at the end of the file.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub async fn line(&mut self) -> Result<Option<Line>, ReadFault> {
        let mut bytes = Zeroizing::new(Vec::new());
        let mut is_too_long = false;
        let mut has_begun = false;
        loop {
            let Some(rest) = self.rest_of_chunk().await? else {
                if !has_begun {
                    return Ok(None);
                }
                break;
            };
            has_begun = true;
            let end = rest.iter().position(|byte| *byte == b'\n');
            let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if bytes.len() + part.len() > MAX_LINE_BYTES {
                is_too_long = true;
            } else {
                bytes.extend_from_slice(part);
            }
            let read = part.len() + usize::from(end.is_some());
            self.position.byte += u64::try_from(read).unwrap_or(u64::MAX);
            if end.is_some() {
                break;
            }
        }
        let number = self.position.line;
        self.position.line += 1;
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let text = if is_too_long {
            Err(RowFault::TooLong)
        } else {
            let text = std::str::from_utf8(&bytes);
            text.map(str::to_owned).map_err(|_| RowFault::NotText)
        };
        Ok(Some(Line { number, text }))
    }

    /// What is left of the piece that the position is in; `None` at the end of the file.
    async fn rest_of_chunk(&mut self) -> Result<Option<&[u8]>, ReadFault> {
        let length = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
        let number = self.position.byte / length;
        let offset = usize::try_from(self.position.byte % length).unwrap_or_default();
        if self.chunk.as_ref().is_none_or(|(read, _)| *read != number) {
            self.chunk = self.read_chunk(number).await?;
        }
        let rest = self
            .chunk
            .as_ref()
            .and_then(|(_, bytes)| bytes.get(offset..));
        Ok(rest.filter(|rest| !rest.is_empty()))
    }

    async fn read_chunk(
        &self,
        number: u64,
    ) -> Result<Option<(u64, Zeroizing<Vec<u8>>)>, ReadFault> {
        let id = user_import_files::chunk_id(self.upload_id, number);
        let sealed = {
            let mut conn = self.app.db.read().await?;
            user_import_files::chunk(&mut conn, self.pool_id, &id).await?
        };
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let context = [self.pool_id, id.as_str()];
        let opened = self
            .app
            .vault
            .open(KeyPurpose::ImportFile, &context, &sealed);
        opened
            .map(|bytes| Some((number, bytes)))
            .ok_or(ReadFault::Sealed)
    }
}
