//! Fuzzers of everything that a client can send: one function per target, which takes bytes and panics
//! when the server violates a property.
//!
//! `../fuzzing` drives them with libFuzzer; `tests/corpus.rs` replays the corpus as ordinary tests.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a fuzzer reports by panicking"
)]

// The tests' own authenticator.
#[path = "../../tests/it/support/authenticator.rs"]
#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "a test's code, of which a fuzzer uses a part"
)]
mod authenticator;
mod checked_response;
mod choice;
pub mod data_directory;
mod functions;
mod guided_pools;
mod login_page;
mod login_pool;
mod posed_challenges;
mod signer;
mod targets;
mod variables;
mod world;

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, also of its folder in `corpus/`.
    pub name: &'static str,
    /// Its inputs and its property, in a line.
    pub description: &'static str,
    /// The longest useful input, in bytes.
    pub max_length: usize,
    /// Runs one input; panics on a finding.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 13] = [
    Target {
        name: "requests",
        description: "sequences of requests as text, through dispatch onto SQLite",
        max_length: 4096,
        run: targets::requests::run,
    },
    Target {
        name: "shapes",
        description: "sequences of requests made along the service model, through dispatch onto SQLite",
        max_length: 1024,
        run: targets::shapes::run,
    },
    Target {
        name: "sigv4",
        description: "Authorization headers: none verifies without the secret, a right one does",
        max_length: 2048,
        run: targets::sigv4::run,
    },
    Target {
        name: "tokens",
        description: "access, ID and refresh tokens, sessions, secret blocks: only ours are taken",
        max_length: 2048,
        run: targets::tokens::run,
    },
    Target {
        name: "srp",
        description: "SRP_A, secret block, signature and timestamp: only the password signs in",
        max_length: 2048,
        run: targets::srp::run,
    },
    Target {
        name: "passkeys",
        description: "responses of authenticators: only what a registered key signed is taken",
        max_length: 2048,
        run: targets::passkeys::run,
    },
    Target {
        name: "challenges",
        description: "answers to the challenges of a sign-in: only a proof signs in, and once",
        max_length: 1024,
        run: targets::challenges::run,
    },
    Target {
        name: "triggers",
        description: "what functions answer: only what they may say counts, and tokens stay the user's",
        max_length: 2048,
        run: targets::triggers::run,
    },
    Target {
        name: "cursors",
        description: "pagination tokens: only ours, only for their list; pages join to the whole list",
        max_length: 1024,
        run: targets::cursors::run,
    },
    Target {
        name: "filters",
        description: "ListUsers filters: print and parse, and find what a plain comparison finds",
        max_length: 512,
        run: targets::filters::run,
    },
    Target {
        name: "attributes",
        description: "schemas and attribute values: what the rules let through keeps the schema",
        max_length: 2048,
        run: targets::attributes::run,
    },
    Target {
        name: "domain",
        description: "queries, forms, cookies and headers at a domain: nothing fails, leads elsewhere or becomes markup",
        max_length: 2048,
        run: targets::domain::run,
    },
    Target {
        name: "http",
        description: "raw bytes on a connection to the whole server",
        max_length: 2048,
        run: targets::http::run,
    },
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
