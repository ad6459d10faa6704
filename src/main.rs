//! The `cognate` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    cognate::server::cli::main()
}
