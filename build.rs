//! Tells cargo what the crate is made of besides its sources, and the program its version.

use std::env;
use std::io::{self, Write};
use std::process::Command;

fn main() -> io::Result<()> {
    let mut cargo = io::stdout();
    // `sqlx::migrate!` reads the folders while it compiles, and nothing else would tell cargo that
    // a file was added to them.
    writeln!(cargo, "cargo:rerun-if-changed=migrations")?;
    writeln!(cargo, "cargo:rerun-if-env-changed=COGNATE_COMMIT")?;
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let origin = origin(&mut cargo)?;
    writeln!(
        cargo,
        "cargo:rustc-env=COGNATE_VERSION={version} ({origin})"
    )
}

/// What the program is built from: the commit that `COGNATE_COMMIT` names, as for the image, which has no
/// repository; else the one that is checked out. A debug build does not say, for it would have to be built
/// anew after each commit.
fn origin(cargo: &mut impl Write) -> io::Result<String> {
    if let Some(commit) = env::var("COGNATE_COMMIT")
        .ok()
        .filter(|commit| !commit.is_empty())
    {
        return Ok(format!("commit {commit}"));
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        return Ok("debug build".to_owned());
    }
    // The log of HEAD grows with every commit and checkout.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        writeln!(cargo, "cargo:rerun-if-changed={log}")?;
    }
    Ok(git(&["rev-parse", "--short=12", "HEAD"]).map_or_else(
        || "commit unknown".to_owned(),
        |commit| format!("commit {commit}"),
    ))
}

/// The first line that git prints; `None` if there is no git or no repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}
