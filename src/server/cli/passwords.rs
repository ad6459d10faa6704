//! `cognate passwords`: lists of passwords that user pools refuse.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::Subcommand;

use super::{print_error, print_output};
use crate::crypto::known_passwords::{BuildOptions, PasswordList, Summary, build};

const BUILD_HELP: &str = "\
The input is the public list of SHA-1 hashes that Have I Been Pwned offers, as its downloader writes it
into one file: a line `HASH:COUNT` for each password, in the order of the hashes. It is read once, in
constant memory; 900 million lines take some minutes. The list has 4 bytes for each password and 4 MiB
more: 3.6 GB for 900 million. It appears under its name as a whole or not at all, so an interrupted run
is simply run again.

  cognate passwords build-list --from pwned.txt --to /var/lib/cognate/known-passwords
  some-downloader | cognate passwords build-list --from - --to known-passwords --least-count 10

Then set `passwords.known_list` to the list, and `passwords.refuse_known = true`, for the server or for
single pools. To renew the list, make the new one with --force and restart the server: a server that
runs keeps the file that it has open.

Of each hash 52 bits are kept. A password that is not in the list is refused all the same once in
2^52 / passwords times: for 900 million, once in five million.";

/// What is done with lists.
#[derive(Debug, Subcommand)]
pub enum PasswordsCommand {
    /// Make a list from a public one of SHA-1 hashes
    #[command(after_help = BUILD_HELP)]
    BuildList {
        /// The hashes, sorted; `-` reads standard input
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// The list to be made
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Leave out passwords that were seen less often
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        least_count: u32,
        /// Replace a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Read a list as a whole and tell whether it is intact
    ///
    /// The server itself checks the length and the index of its list at the start, and not each entry,
    /// which may take seconds. Ends with 0 if the list is intact, else with 1.
    CheckList {
        /// The list
        list: PathBuf,
        /// Tell also whether the list has the password with this SHA-1
        #[arg(long, value_name = "SHA-1")]
        hash: Option<String>,
    },
}

/// Runs the command.
///
/// # Errors
/// What is wrong, in words for the operator.
pub fn run(command: &PasswordsCommand) -> anyhow::Result<()> {
    match command {
        PasswordsCommand::BuildList {
            from,
            to,
            least_count,
            force,
        } => build_list(
            from,
            &BuildOptions {
                to: to.clone(),
                least_count: *least_count,
                force: *force,
            },
        ),
        PasswordsCommand::CheckList { list, hash } => check_list(list, hash.as_deref()),
    }
}

fn build_list(from: &Path, options: &BuildOptions) -> anyhow::Result<()> {
    /// Bytes that are read at once.
    const READ_BUFFER: usize = 1 << 20;
    let (mut input, size): (Box<dyn BufRead>, Option<u64>) = if from == Path::new("-") {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file = File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
        let size = file.metadata().ok().map(|metadata| metadata.len());
        (Box::new(BufReader::with_capacity(READ_BUFFER, file)), size)
    };
    let begun = Instant::now();
    let mut report = |summary: &Summary| {
        let percent = size
            .filter(|size| *size > 0)
            .map(|size| format!(", {} %", summary.bytes_read.saturating_mul(100) / size))
            .unwrap_or_default();
        print_error(&format!(
            "{} million lines{percent}, {} s",
            summary.lines / 1_000_000,
            begun.elapsed().as_secs()
        ));
    };
    let summary = build(&mut *input, options, &mut report)?;
    print_output(&format!(
        "{}: {} passwords of {} lines, {} s",
        options.to.display(),
        summary.kept,
        summary.lines,
        begun.elapsed().as_secs()
    ));
    Ok(())
}

fn check_list(path: &Path, hash: Option<&str>) -> anyhow::Result<()> {
    let mut list = PasswordList::open(path)?;
    list.verify()?;
    print_output(&format!(
        "{}: intact, {} passwords, each seen {} times at least",
        path.display(),
        list.count(),
        list.least_count()
    ));
    if let Some(hash) = hash {
        let mut sha1 = [0; 20];
        hex::decode_to_slice(hash, &mut sha1).context("--hash takes 40 hexadecimal digits")?;
        let known = list.contains(&sha1)?;
        print_output(if known { "known" } else { "not known" });
    }
    Ok(())
}
