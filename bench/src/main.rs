//! The benchmark of the whole server: see `./benchmark --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cognate_bench::cli::main()
}
