//! The sealed form of an export: a file that only the key which it was written under opens.
//!
//! Behind a line that names the form and a random id come pieces: four bytes with the length of what follows, and up to
//! 256 KiB of text, sealed (see [`super::vault`]) in the context of the file's id, of the piece's number and of whether
//! it is the last. So no piece can be changed, moved, left out or brought from another file, and a file that was cut off
//! does not pass for a whole one.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use super::CryptoError;
use super::vault::{KeyPurpose, MasterKey, SEAL_OVERHEAD, Vault};
use crate::entropy::Entropy;

/// What a file begins with.
const MARK: &[u8] = b"cognate-export-1\n";
/// Length of a file's id.
const ID_LENGTH: usize = 16;
/// The most text of a piece.
const PIECE: usize = 256 * 1024;

/// Why a file does not open.
#[derive(Debug, thiserror::Error)]
pub enum ExportFileError {
    /// It is no export.
    #[error("it is no export of Cognate's, or one of a later version")]
    NotAnExport,
    /// It was sealed under another key.
    #[error("it is sealed under another key")]
    OtherKey,
    /// It was changed or cut off.
    #[error("it is damaged or not whole")]
    Damaged,
}

impl From<ExportFileError> for io::Error {
    fn from(error: ExportFileError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// The context of a piece.
struct Pieces {
    vault: Vault,
    file_id: String,
    number: u64,
}

impl Pieces {
    fn new(key: &MasterKey, id: [u8; ID_LENGTH]) -> Result<Self, CryptoError> {
        Ok(Self {
            vault: Vault::new(key, &[], Entropy)?,
            file_id: hex::encode(id),
            number: 0,
        })
    }

    fn seal(&mut self, text: &[u8], is_last: bool) -> Result<Vec<u8>, CryptoError> {
        let number = self.number.to_string();
        self.number += 1;
        let context = [self.file_id.as_str(), &number, place(is_last)];
        self.vault.seal(KeyPurpose::Export, &context, text)
    }

    fn open(&mut self, blob: &[u8], is_last: bool) -> Option<Zeroizing<Vec<u8>>> {
        let number = self.number.to_string();
        let context = [self.file_id.as_str(), &number, place(is_last)];
        let text = self.vault.open(KeyPurpose::Export, &context, blob)?;
        self.number += 1;
        Some(text)
    }
}

const fn place(is_last: bool) -> &'static str {
    if is_last { "last" } else { "more" }
}

/// Seals what is written to it. [`SealingWriter::finish`] writes the end, without which the file does not open whole.
pub struct SealingWriter<W> {
    inner: W,
    pieces: Pieces,
    /// What is not written yet: less than a piece.
    text: Zeroizing<Vec<u8>>,
}

impl<W: Write> SealingWriter<W> {
    /// A writer to `inner`, under `key`.
    ///
    /// # Errors
    /// If the library or `inner` fails.
    pub fn new(mut inner: W, key: &MasterKey, entropy: Entropy) -> io::Result<Self> {
        let id: [u8; ID_LENGTH] = entropy.bytes();
        let pieces = Pieces::new(key, id).map_err(io::Error::other)?;
        inner.write_all(MARK)?;
        inner.write_all(&id)?;
        // With room for a piece the buffer is not reallocated, so no copy of the text remains.
        let text = Zeroizing::new(Vec::with_capacity(PIECE));
        Ok(Self {
            inner,
            pieces,
            text,
        })
    }

    /// Writes the end, and returns what was written to.
    ///
    /// # Errors
    /// If the library or `inner` fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_piece(true)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn write_piece(&mut self, is_last: bool) -> io::Result<()> {
        let sealed = self.pieces.seal(&self.text, is_last);
        let sealed = sealed.map_err(io::Error::other)?;
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        self.inner.write_all(&length.to_be_bytes())?;
        self.inner.write_all(&sealed)?;
        self.text.clear();
        Ok(())
    }
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() == PIECE {
            self.write_piece(false)?;
        }
        let taken = bytes.len().min(PIECE - self.text.len());
        self.text
            .extend_from_slice(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Opens what it reads from a file.
pub struct OpeningReader<R> {
    inner: R,
    pieces: Pieces,
    text: Zeroizing<Vec<u8>>,
    /// How much of `text` has been read.
    read: usize,
    /// Whether `text` is the last piece.
    is_last: bool,
}

impl<R: Read> OpeningReader<R> {
    /// A reader of the file `inner`, which was sealed under `key`. Opens the first piece, so that a wrong key is told
    /// at once.
    ///
    /// # Errors
    /// [`ExportFileError`] within the error, or what `inner` fails with.
    pub fn new(mut inner: R, key: &MasterKey) -> io::Result<Self> {
        let mut mark = [0; MARK.len()];
        let mut id = [0; ID_LENGTH];
        let begun = inner
            .read_exact(&mut mark)
            .and_then(|()| inner.read_exact(&mut id));
        match begun {
            Ok(()) if mark == MARK => {}
            Ok(()) => return Err(ExportFileError::NotAnExport.into()),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(ExportFileError::NotAnExport.into());
            }
            Err(error) => return Err(error),
        }
        let mut reader = Self {
            inner,
            pieces: Pieces::new(key, id).map_err(io::Error::other)?,
            text: Zeroizing::default(),
            read: 0,
            is_last: false,
        };
        reader.next_piece()?;
        Ok(reader)
    }

    fn next_piece(&mut self) -> io::Result<()> {
        let mut length = [0; 4];
        self.read_exactly(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > PIECE + SEAL_OVERHEAD {
            return Err(ExportFileError::Damaged.into());
        }
        let mut blob = vec![0; length];
        self.read_exactly(&mut blob)?;
        if !self.pieces.vault.is_current(&blob) {
            return Err(ExportFileError::OtherKey.into());
        }
        let (text, is_last) = match self.pieces.open(&blob, false) {
            Some(text) => (text, false),
            None => match self.pieces.open(&blob, true) {
                Some(text) => (text, true),
                None => return Err(ExportFileError::Damaged.into()),
            },
        };
        if is_last && self.inner.read(&mut [0])? > 0 {
            return Err(ExportFileError::Damaged.into());
        }
        (self.text, self.read, self.is_last) = (text, 0, is_last);
        Ok(())
    }

    fn read_exactly(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(bytes).map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                ExportFileError::Damaged.into()
            } else {
                error
            }
        })
    }
}

impl<R: Read> Read for OpeningReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.read == self.text.len() && !self.is_last {
            self.next_piece()?;
        }
        let rest = self.text.get(self.read..).unwrap_or_default();
        let taken = rest.len().min(bytes.len());
        if let (Some(to), Some(from)) = (bytes.get_mut(..taken), rest.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.read += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> MasterKey {
        MasterKey::from_bytes([byte; 32])
    }

    fn sealed(text: &[u8]) -> Vec<u8> {
        let mut writer = SealingWriter::new(Vec::new(), &key(1), Entropy).unwrap();
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    }

    fn opened(file: &[u8], key_byte: u8) -> Result<Vec<u8>, String> {
        let read = OpeningReader::new(file, &key(key_byte)).and_then(|mut reader| {
            let mut text = Vec::new();
            reader.read_to_end(&mut text).map(|_| text)
        });
        read.map_err(|error| error.to_string())
    }

    /// Where the pieces of a file begin, and its end.
    fn pieces(file: &[u8]) -> Vec<usize> {
        let mut at = MARK.len() + ID_LENGTH;
        let mut begins = vec![at];
        while at < file.len() {
            let length = file[at..at + 4].try_into().unwrap();
            at += 4 + u32::from_be_bytes(length) as usize;
            begins.push(at);
        }
        begins
    }

    #[test]
    fn a_file_opens_whole_and_shows_nothing() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7] {
            let text: Vec<u8> = (0..=250).cycle().take(length).collect();
            let file = sealed(&text);
            assert_eq!(opened(&file, 1), Ok(text), "{length}");
        }
        let file = sealed(&b"secret".repeat(1_000));
        assert!(!file.windows(6).any(|bytes| bytes == b"secret"));
        assert_ne!(sealed(b"a"), sealed(b"a"));
    }

    #[test]
    fn a_wrong_key_and_a_foreign_file_are_told() {
        let file = sealed(b"text");
        let other = ExportFileError::OtherKey.to_string();
        assert_eq!(opened(&file, 2), Err(other));
        let foreign = ExportFileError::NotAnExport.to_string();
        for bytes in [
            &b""[..],
            b"cognate",
            b"PGDMP custom dump of something else entirely",
        ] {
            assert_eq!(opened(bytes, 1), Err(foreign.clone()));
        }
    }

    #[test]
    fn pieces_that_are_cut_off_moved_or_added_are_found() {
        let damaged = Err(ExportFileError::Damaged.to_string());
        let file = sealed(&vec![7; 2 * PIECE + 1]);
        let begins = pieces(&file);
        assert_eq!(begins.len(), 4);
        for end in &begins[..3] {
            assert_eq!(opened(&file[..*end], 1), damaged);
        }
        let exchanged = [
            &file[..begins[0]],
            &file[begins[1]..begins[2]],
            &file[begins[0]..begins[1]],
            &file[begins[2]..],
        ];
        assert_eq!(opened(&exchanged.concat(), 1), damaged);
        let dropped = [&file[..begins[0]], &file[begins[1]..]];
        assert_eq!(opened(&dropped.concat(), 1), damaged);
        let longer = [&file[..], b"x"].concat();
        assert_eq!(opened(&longer, 1), damaged);
        let other = sealed(&vec![7; 2 * PIECE + 1]);
        let mixed = [&file[..begins[2]], &other[begins[2]..]];
        assert_eq!(opened(&mixed.concat(), 1), damaged);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_changed_byte_is_found(at in 0_usize..4_000, text in prop::collection::vec(any::<u8>(), 0..3_000)) {
            let mut file = sealed(&text);
            let at = at % file.len();
            file[at] ^= 1;
            prop_assert!(opened(&file, 1).is_err());
        }
    }
}
