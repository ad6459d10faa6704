//! Loads the server while things break, and checks what is left: see `./inject-faults --help`.

mod api;
mod clock;
mod cluster;
mod daemon;
mod factor_ledger;
#[cfg(test)]
mod fake_server;
mod faults;
mod hostile;
mod journal;
mod ledger;
mod mail_sink;
mod node;
mod outcome;
mod report;
mod rng;
mod run;
mod scenarios;
mod settings;
mod spoil;
mod system;
mod verify;
mod workers;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use cognate_bench::{print_progress, process};

const LONG_HELP: &str = "\
What it does:
  Workers lead users through life: sign up, confirm with the code from the mail, sign in, write numbered
  attributes, change and verify addresses, refresh tokens, sign out, revoke, delete; others set up
  authenticator apps, confirm, remember and forget devices, and end sessions. Meanwhile faults are
  done one after the other, in an order that follows from the seed. A call is acknowledged (200), refused
  (an error of AWS's that says that it did not happen) or unknown (no answer, or a 5xx); a ledger keeps
  what each user must be, or may be, and later reads narrow it.

What it checks, while it runs and at the end:
  Every acknowledged write is there and no other is half there. Each code is redeemed at most once, though
  it is always sent twice. Every message that was promised arrives at least once and is marked. Newest
  refresh tokens work, replaced and revoked ones do not. Refusals are true, failures are answered so that
  SDKs retry, and the server recovers without a restart of its own.
  --spoil shows that the checks can fail.

Results: target/faults/report.md and report.json; servers' logs and files lie beside them. The exit code
is 1 if anything was found wrong, and 2 if the run itself failed.";

/// Tests the Cognate server while processes, connections, mail and the clock fail.
#[derive(Parser)]
#[command(name = "inject-faults")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Load, break, check and report
    ///
    /// Starts the release binary as a process of its own, on SQLite and on a private PostgreSQL, loads
    /// it, does every fault, and checks what is left. Takes some twenty minutes; with --quick, one and a
    /// half. Everything ends with this process.
    #[command(after_long_help = LONG_HELP, override_usage = "./inject-faults [OPTIONS]")]
    Run(run::Options),
    /// Attack as strangers would, and measure how a legitimate user fares
    ///
    /// Starts the release binary, lets connections from many addresses of 127.0.0.0/8 attack one of its user
    /// pools, each attack alone and then all together, and signs a user of another pool in meanwhile. Exits
    /// with 1 if fewer than 99 of 100 tries are served within a second.
    #[command(override_usage = "./inject-faults hostile [OPTIONS]")]
    Hostile(hostile::Options),
    /// (internal) Become a program that ends with its parent
    #[command(hide = true)]
    WithParent {
        parent: i32,
        program: PathBuf,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// The text of a report, and whether all is well.
type Done = anyhow::Result<(String, bool)>;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(options) => block_on(run::run(&options)),
        Command::Hostile(options) => {
            let attacked = hostile::run(&options);
            block_on(tokio::task::LocalSet::new().run_until(attacked))
        }
        Command::WithParent {
            parent,
            program,
            arguments,
        } => process::exec_with_parent_death_signal(parent, &program, &arguments)
            .map(|()| (String::new(), true)),
    };
    match done {
        Ok((report, well)) => {
            print(&report);
            ExitCode::from(u8::from(!well))
        }
        Err(error) => {
            print_progress(&format!("inject-faults: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// On one thread: children end with the thread that started them.
fn block_on(done: impl Future<Output = Done>) -> Done {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(done)
}

#[expect(clippy::print_stdout, reason = "the report is what was asked for")]
fn print(report: &str) {
    println!("{report}");
}
