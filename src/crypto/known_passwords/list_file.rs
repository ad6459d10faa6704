//! The file of known passwords: its form, and the look-up in it.
//!
//! ```text
//! offset  bytes            content
//! 0       8                "cgntpwl1"
//! 8       8                n, the number of entries
//! 16      4                the least count that an entry had
//! 20      4                0
//! 24      32               SHA-256 of the entries
//! 56      32               SHA-256 of the index
//! 88      32               SHA-256 of the 88 bytes before
//! 120     8                0
//! 128     4 * n            the entries: bits 20 to 51 of each SHA-1, in ascending order of the SHA-1
//! …       4 * 1,048,576    the index: for each value of the SHA-1's first 20 bits, how many entries have
//!                          this value or a smaller one
//! ```
//!
//! Numbers are big-endian. Of a SHA-1, 52 bits are kept, so that an unknown password is taken for a known one
//! once in `2^52 / n` times: for 900 million entries, once in five million. The index is kept in memory (4 MiB), and
//! a look-up reads one piece of the file: 3.4 KB where there are 900 million entries.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;

/// What a list begins with.
pub(super) const MAGIC: [u8; 8] = *b"cgntpwl1";
/// Size of what comes before the entries.
pub(super) const HEAD: usize = 128;
/// How many of the head's bytes its own digest covers.
pub(super) const HEAD_COVERED: usize = 88;
/// How many of a SHA-1's first bits choose the place in the index.
const BUCKET_BITS: u32 = 20;
/// Places of the index.
pub(super) const BUCKETS: usize = 1 << BUCKET_BITS;
/// Size of an entry, and of a place in the index.
pub(super) const ENTRY: usize = 4;

/// Why a file cannot be used as a list of passwords.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The operating system refuses.
    #[error("cannot read the list of known passwords {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file has another form, or was cut off or changed.
    #[error(
        "{path} is no list of known passwords, or is damaged ({what}); make it with `cognate passwords \
         build-list`"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

/// A list that is open.
pub struct PasswordList {
    file: File,
    path: PathBuf,
    count: u64,
    least_count: u32,
    entries_digest: [u8; 32],
    index: Vec<u32>,
}

impl fmt::Debug for PasswordList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PasswordList({}, {} entries)",
            self.path.display(),
            self.count
        )
    }
}

impl PasswordList {
    /// Opens the list and checks its head, length and index. The entries are not read, which would take
    /// seconds; see [`PasswordList::verify`].
    ///
    /// # Errors
    /// If it cannot be read, or is no complete list.
    pub fn open(path: &Path) -> Result<Self, ListError> {
        let failed = |source| ListError::Read {
            path: path.to_owned(),
            source,
        };
        let damaged = |what| ListError::Damaged {
            path: path.to_owned(),
            what,
        };
        let mut file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut head = [0; HEAD];
        if length < HEAD as u64 {
            return Err(damaged("too short"));
        }
        file.read_exact(&mut head).map_err(failed)?;
        let head = Head::parse(&head).ok_or_else(|| damaged("its head"))?;
        let entries = head.count.checked_mul(ENTRY as u64);
        let end_of_entries = entries.and_then(|entries| entries.checked_add(HEAD as u64));
        let index_bytes = BUCKETS * ENTRY;
        let (Some(end_of_entries), true) = (
            end_of_entries,
            end_of_entries.and_then(|end| end.checked_add(index_bytes as u64)) == Some(length),
        ) else {
            return Err(damaged("its length"));
        };
        let mut index = vec![0; index_bytes];
        file.read_exact_at(&mut index, end_of_entries)
            .map_err(failed)?;
        if digest::digest(&digest::SHA256, &index).as_ref() != head.index_digest {
            return Err(damaged("its index"));
        }
        let (places, _) = index.as_chunks::<ENTRY>();
        let index: Vec<u32> = places.iter().copied().map(u32::from_be_bytes).collect();
        let is_complete = index.last().copied().map(u64::from) == Some(head.count);
        if !index.is_sorted() || !is_complete {
            return Err(damaged("its index"));
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            count: head.count,
            least_count: head.least_count,
            entries_digest: head.entries_digest,
            index,
        })
    }

    /// How many passwords the list has.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How often each of them was seen at least.
    #[must_use]
    pub fn least_count(&self) -> u32 {
        self.least_count
    }

    /// Whether the list has the password with this SHA-1. Reads the file.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn contains(&self, sha1: &[u8; 20]) -> io::Result<bool> {
        let (bucket, entry) = split(sha1);
        let up_to = |bucket: usize| self.index.get(bucket).copied().unwrap_or_default();
        let begin = bucket.checked_sub(1).map_or(0, up_to);
        let entries = up_to(bucket).saturating_sub(begin);
        let size = usize::try_from(entries).map_err(io::Error::other)? * ENTRY;
        let mut piece = vec![0; size];
        let offset = HEAD as u64 + u64::from(begin) * ENTRY as u64;
        self.file.read_exact_at(&mut piece, offset)?;
        let (entries, _) = piece.as_chunks::<ENTRY>();
        Ok(entries.binary_search(&entry.to_be_bytes()).is_ok())
    }

    /// Reads all entries and compares them with their digest.
    ///
    /// # Errors
    /// If they cannot be read, or were changed.
    pub fn verify(&mut self) -> Result<(), ListError> {
        let failed = |source| ListError::Read {
            path: self.path.clone(),
            source,
        };
        let mut left = self.count * ENTRY as u64;
        let mut context = digest::Context::new(&digest::SHA256);
        let mut buffer = vec![0; 1 << 20];
        self.file
            .seek(SeekFrom::Start(HEAD as u64))
            .map_err(failed)?;
        while left > 0 {
            let size = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let piece = buffer.get_mut(..size).unwrap_or_default();
            self.file.read_exact(piece).map_err(failed)?;
            context.update(piece);
            left -= size as u64;
        }
        if context.finish().as_ref() == self.entries_digest {
            Ok(())
        } else {
            Err(ListError::Damaged {
                path: self.path.clone(),
                what: "its entries",
            })
        }
    }
}

/// The place in the index and the entry of a password with this SHA-1.
pub(super) fn split(sha1: &[u8; 20]) -> (usize, u32) {
    let bits = sha1
        .first_chunk()
        .map_or(0, |first: &[u8; 8]| u64::from_be_bytes(*first));
    let bucket = usize::try_from(bits >> (64 - BUCKET_BITS)).unwrap_or_default();
    let entry = (bits << BUCKET_BITS) >> 32;
    (bucket, u32::try_from(entry).unwrap_or_default())
}

/// What the head of a file says.
pub(super) struct Head {
    pub count: u64,
    pub least_count: u32,
    pub entries_digest: [u8; 32],
    pub index_digest: [u8; 32],
}

impl Head {
    /// The head, if it is one and nothing in it was changed.
    fn parse(bytes: &[u8; HEAD]) -> Option<Self> {
        let covered = bytes.get(..HEAD_COVERED)?;
        let own = digest::digest(&digest::SHA256, covered);
        let intact = bytes.get(HEAD_COVERED..)?.starts_with(own.as_ref());
        let field = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk::<32>());
        (intact && bytes.starts_with(&MAGIC)).then_some(())?;
        Some(Self {
            count: u64::from_be_bytes(*bytes.get(8..)?.first_chunk()?),
            least_count: u32::from_be_bytes(*bytes.get(16..)?.first_chunk()?),
            entries_digest: *field(24)?,
            index_digest: *field(56)?,
        })
    }

    /// The bytes of the head.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD);
        bytes.extend(MAGIC);
        bytes.extend(self.count.to_be_bytes());
        bytes.extend(self.least_count.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.entries_digest);
        bytes.extend(self.index_digest);
        let own = digest::digest(&digest::SHA256, &bytes);
        bytes.extend(own.as_ref());
        bytes.resize(HEAD, 0);
        bytes
    }
}
