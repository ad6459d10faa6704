//! The benchmark of the whole server: see `./benchmark --help`.

mod cases;
mod generate;
mod limits;
mod load;
mod mailbox;
mod plot;
mod postgres;
mod process;
mod report;
mod run;
mod srp;
mod wire;
mod world;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use cognate::store::{Db, OpenOptions};

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
    Run(run::Options),
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

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Bare { listen, body } => limits::bare(listen, &body),
        Command::WithParent {
            parent,
            program,
            arguments,
        } => process::become_child(parent, &program, &arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("benchmark: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Tells the person who waits.
#[expect(clippy::print_stderr, reason = "progress goes to standard error")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// A store beside the server's.
async fn open_store(url: &str) -> anyhow::Result<Db> {
    let options = OpenOptions {
        max_connections: 4,
        acquire_timeout: Duration::from_secs(30),
        statement_cache: 100,
    };
    Ok(Db::open(url, &options).await?)
}
