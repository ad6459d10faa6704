//! The command line: see `./benchmark --help`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::{existence, limits, lists, print_progress, process, run};
use clap::{Parser, Subcommand};

const LONG_HELP: &str = "\
How it measures:
  Every run has each number of users, and before the cases that it bounds each limit (Argon2id after each of
  them, too; the mean counts), so that a machine that is slower for a while is so for both numbers of a
  fraction or a ratio. Limits are pgbench
  (prepared, the same connections, a user's row by primary key), SQLite through its driver, and the
  library's own Argon2id, RSA and SRP code on all processors. \"bare axum handler\" is a process that
  answers with the bytes of GetUser.

  The generator is one thread of one process. Processor time of generator, server, PostgreSQL and
  everybody else is read around each measurement; a generator below one processor always had time left,
  and others above some 0.05 mean that the machine was not quiet.

  SRP: generated users have the verifier 1 and the client the secret 1, so the client computes a
  subtraction and the server what it always does; the limits show that its time is the same.
  Codes are read out of the outbox with the master key, four at a time by one query on its index of age;
  the reading counts in the rate, not in the times. Users' passwords share one Argon2id hash, which is
  computed anew at each sign-in. Hourly limits are off, and signatures are checked against an access key.
  The browsers of \"authorize with a session\" were signed in when the pool was filled. The codes of \"Code
  exchange\" are asked for before it is measured, as many as there could be signatures for, at most 40,000;
  if they do not suffice, the rest is counted as errors. The sign-in page is asked for without cookies.
  With more than 32 connections, cases that hash passwords are measured three times as long.

  SQLite's file is read through where nobody has for 20 seconds, so that it lies in the system's cache as
  PostgreSQL's pages lie in its own. A filled SQLite store is kept in target/bench/cache. A million users
  take some 3 GB there and as much again while they are measured.

Results: target/bench/report.md (docs/benchmark.md with --write), benchmark.svg beside it, and
target/bench/report.json with everything.";

/// Measures the Cognate server, and what its parts allow, on this machine.
#[derive(Parser)]
#[command(name = "benchmark")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure and report
    ///
    /// Starts the release binary as a process of its own, on SQLite and on PostgreSQL (of
    /// COGNATE_TEST_POSTGRES_URL, else a private one with fsync on), fills a pool with users past the
    /// server, and sends requests over keep-alive connections, each of which waits for its answer.
    /// Everything ends with this process.
    #[command(after_long_help = LONG_HELP)]
    Run(run::Options),
    /// Show whether the time of an answer tells that a user exists
    ///
    /// Starts the release binary on SQLite and on PostgreSQL, calls the open operations for users and for
    /// names that nobody has in random order, and prints for each the chance that a call for a user takes
    /// longer (AUC), with a confidence interval of 95 %: 0.5 if time tells nothing.
    Existence(existence::Options),
    /// Show whether lists and look-ups are slower in a large pool than in a small one
    ///
    /// Starts the release binary on a small pool and on a large one, on SQLite and on PostgreSQL, and makes each call
    /// to both in turns: ListUsers from its first page, from the middle and with each filter, AdminGetUser by username,
    /// alias and sub, ListUsersInGroup, AdminListGroupsForUser. Prints the medians and their ratio. Both answer each
    /// call with as many rows.
    Lists(lists::Options),
    /// (internal) Answer every request with the bytes of a file
    #[command(hide = true)]
    Bare { listen: SocketAddr, body: PathBuf },
    /// (internal) Become a program that ends with its parent
    #[command(hide = true)]
    WithParent {
        parent: i32,
        program: PathBuf,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[expect(clippy::print_stdout, reason = "the report is what was asked for")]
fn print(report: &str) {
    println!("{report}");
}

/// The program.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Existence(options) => existence::run(&options).map(|report| print(&report)),
        Command::Lists(options) => lists::run(&options).map(|report| print(&report)),
        Command::Bare { listen, body } => limits::bare(listen, &body),
        Command::WithParent {
            parent,
            program,
            arguments,
        } => process::exec_with_parent_death_signal(parent, &program, &arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_progress(&format!("benchmark: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
