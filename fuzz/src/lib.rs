//! Fuzzers of everything that a stranger can send: one function per target, from bytes to a panic
//! when the server does what it must not.
//!
//! `../fuzzing` drives them with libFuzzer; `tests/corpus.rs` replays the corpus as ordinary tests.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a fuzzer reports by panicking"
)]

mod answer;
mod choice;
mod names;
pub mod place;
mod signer;
mod targets;
mod world;

/// Something that is fuzzed.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, also of its folder in `corpus/`.
    pub name: &'static str,
    /// What it feeds and what it expects, in a line.
    pub about: &'static str,
    /// Longest input worth trying.
    pub longest: usize,
    /// Runs one input; panics on a finding.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 9] = [
    Target {
        name: "requests",
        about: "sequences of requests as text, through dispatch onto SQLite",
        longest: 4096,
        run: targets::requests::run,
    },
    Target {
        name: "shapes",
        about: "sequences of requests made along the service model, through dispatch onto SQLite",
        longest: 1024,
        run: targets::shapes::run,
    },
    Target {
        name: "sigv4",
        about: "Authorization headers: none verifies without the secret, a right one does",
        longest: 2048,
        run: targets::sigv4::run,
    },
    Target {
        name: "tokens",
        about: "access, ID and refresh tokens, sessions, secret blocks: only ours are taken",
        longest: 2048,
        run: targets::tokens::run,
    },
    Target {
        name: "srp",
        about: "SRP_A, secret block, signature and timestamp: only the password signs in",
        longest: 2048,
        run: targets::srp::run,
    },
    Target {
        name: "cursors",
        about: "pagination tokens: only ours, only for their list; pages join to the whole list",
        longest: 1024,
        run: targets::cursors::run,
    },
    Target {
        name: "filters",
        about: "ListUsers filters: print and parse, and find what a plain comparison finds",
        longest: 512,
        run: targets::filters::run,
    },
    Target {
        name: "attributes",
        about: "schemas and attribute values: what the rules let through keeps the schema",
        longest: 2048,
        run: targets::attributes::run,
    },
    Target {
        name: "http",
        about: "raw bytes on a connection to the whole server",
        longest: 2048,
        run: targets::http::run,
    },
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
