//! Makes the file of known passwords from lines `SHA-1:count`, in one pass and in constant memory.

use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;

use super::list_file::{BUCKETS, ENTRY, HEAD, Head, split};

/// No line is longer: 40 digits, a colon, a number and the end.
const LONGEST_LINE: u64 = 128;
/// Lines between two reports of progress.
const REPORT_EVERY: u64 = 5_000_000;
/// Bytes that are written at once.
const WRITE_BUFFER: usize = 1 << 20;

/// What is kept, and where it goes.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// The file to be made.
    pub to: PathBuf,
    /// Passwords that were seen less often are left out.
    pub least_count: u32,
    /// Whether a file that is there is replaced.
    pub force: bool,
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines that were read.
    pub lines: u64,
    /// Entries that were written.
    pub kept: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
}

/// Why no list was made. No part of one is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is a file already.
    #[error("{0} exists; --force replaces it")]
    Exists(PathBuf),
    /// A line is not what it should be.
    #[error("line {line}: {what}")]
    Line {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// More entries than the form has room for.
    #[error("more than 4294967295 passwords; leave out rare ones with --least-count")]
    TooMany,
    /// The input cannot be read.
    #[error("cannot read the hashes: {0}")]
    Read(io::Error),
    /// The output cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// Makes the list from `input`, whose lines are sorted. It is written under a temporary name beside its
/// own, so that it appears as a whole or not at all. `progress` is called now and then.
///
/// # Errors
/// See [`BuildError`].
pub fn build(
    input: &mut dyn BufRead,
    options: &BuildOptions,
    progress: &mut dyn FnMut(&Summary),
) -> Result<Summary, BuildError> {
    if options.to.exists() && !options.force {
        return Err(BuildError::Exists(options.to.clone()));
    }
    let mut name = options.to.clone().into_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(name);
    let built = write_list(input, &part, options, progress).and_then(|summary| {
        publish(&part, &options.to).map_err(|source| BuildError::Write {
            path: options.to.clone(),
            source,
        })?;
        Ok(summary)
    });
    if built.is_err() {
        // It may not have been made.
        let _ = fs::remove_file(&part);
    }
    built
}

/// Gives the file its name, which survives a crash of the machine from then on.
fn publish(part: &Path, to: &Path) -> io::Result<()> {
    fs::rename(part, to)?;
    let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

fn write_list(
    input: &mut dyn BufRead,
    part: &Path,
    options: &BuildOptions,
    progress: &mut dyn FnMut(&Summary),
) -> Result<Summary, BuildError> {
    let failed = |source| BuildError::Write {
        path: part.to_owned(),
        source,
    };
    let file = File::create(part).map_err(failed)?;
    let mut output = BufWriter::with_capacity(WRITE_BUFFER, file);
    output.write_all(&[0; HEAD]).map_err(failed)?;
    let mut index = vec![0_u32; BUCKETS];
    let mut entries_digest = digest::Context::new(&digest::SHA256);
    let mut summary = Summary::default();
    let (mut previous, mut last_kept) = (None, None);
    let mut line = Vec::new();
    while read_line(input, &mut line, &mut summary)? {
        let refuse = |what| BuildError::Line {
            line: summary.lines,
            what,
        };
        if summary.lines.is_multiple_of(REPORT_EVERY) {
            progress(&summary);
        }
        let Some((sha1, count)) = parse(&line).map_err(refuse)? else {
            continue;
        };
        if previous.is_some_and(|previous| sha1 < previous) {
            return Err(refuse(
                "smaller than the line before; take the list that is ordered by hash",
            ));
        }
        previous = Some(sha1);
        let (bucket, entry) = split(&sha1);
        if count < u64::from(options.least_count) || last_kept == Some((bucket, entry)) {
            continue;
        }
        last_kept = Some((bucket, entry));
        let bytes = entry.to_be_bytes();
        entries_digest.update(&bytes);
        output.write_all(&bytes).map_err(failed)?;
        summary.kept += 1;
        if let Some(place) = index.get_mut(bucket) {
            *place = place.checked_add(1).ok_or(BuildError::TooMany)?;
        }
    }
    let mut total = 0_u32;
    let mut bytes = Vec::with_capacity(BUCKETS * ENTRY);
    for place in &index {
        total = total.checked_add(*place).ok_or(BuildError::TooMany)?;
        bytes.extend(total.to_be_bytes());
    }
    output.write_all(&bytes).map_err(failed)?;
    let head = Head {
        count: summary.kept,
        least_count: options.least_count,
        entries_digest: sized(entries_digest.finish()),
        index_digest: sized(digest::digest(&digest::SHA256, &bytes)),
    };
    let mut file = output
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    file.write_all(&head.bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok(summary)
}

fn sized(digest: digest::Digest) -> [u8; 32] {
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

/// The next line without its end; `false` at the end of the input.
fn read_line(
    input: &mut dyn BufRead,
    line: &mut Vec<u8>,
    summary: &mut Summary,
) -> Result<bool, BuildError> {
    line.clear();
    let read = input
        .take(LONGEST_LINE)
        .read_until(b'\n', line)
        .map_err(BuildError::Read)?;
    let read = read as u64;
    summary.bytes_read += read;
    summary.lines += u64::from(read > 0);
    if read == LONGEST_LINE {
        return Err(BuildError::Line {
            line: summary.lines,
            what: EXPECTED,
        });
    }
    line.truncate(line.trim_ascii_end().len());
    Ok(read > 0)
}

const EXPECTED: &str = "expected a SHA-1 as 40 hexadecimal digits, a colon and a count";

/// The SHA-1 and the count of a line; a line without a count counts as 1, and an empty one as none.
fn parse(line: &[u8]) -> Result<Option<([u8; 20], u64)>, &'static str> {
    if line.is_empty() {
        return Ok(None);
    }
    let (digits, rest) = line.split_at_checked(40).ok_or(EXPECTED)?;
    let mut sha1 = [0; 20];
    hex::decode_to_slice(digits, &mut sha1).map_err(|_| EXPECTED)?;
    let count = match rest {
        [] => 1,
        [b':', digits @ ..] => std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or(EXPECTED)?,
        _ => return Err(EXPECTED),
    };
    Ok(Some((sha1, count)))
}

#[cfg(test)]
mod tests;
