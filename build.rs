//! Tells cargo what the crate is made of besides its sources.

use std::io::Write;

fn main() -> std::io::Result<()> {
    // `sqlx::migrate!` reads the folders while it compiles, and nothing else would tell cargo that
    // a file was added to them.
    writeln!(std::io::stdout(), "cargo:rerun-if-changed=migrations")
}
