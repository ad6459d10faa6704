//! How often the hot paths allocate: `./benchmark micro` prints this table as well.

#![expect(clippy::print_stdout, reason = "its result is a table")]

mod parts;

use std::path::Path;

use dhat::{HeapStats, Profiler};
use parts::{Parts, bodies, validate};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Calls that warm caches and statements up before the counting.
const WARM_UP: u32 = 20;
/// Calls that are counted.
const CALLS: u32 = 200;

/// Counts what `call` allocates, on whatever thread.
fn row(name: &str, call: impl Fn()) {
    (0..WARM_UP).for_each(|_| call());
    let before = HeapStats::get();
    (0..CALLS).for_each(|_| call());
    let after = HeapStats::get();
    let per_call = |before: u64, after: u64| (after - before) / u64::from(CALLS);
    println!(
        "| {name} | {} | {} |",
        per_call(before.total_blocks, after.total_blocks),
        per_call(before.total_bytes, after.total_bytes)
    );
}

fn main() {
    let _profiler = Profiler::builder()
        .testing()
        .trim_backtraces(Some(1))
        .build();
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("allocations");
    let _ = std::fs::remove_dir_all(&directory);
    let parts = Parts::new(&directory);
    println!("| per call | allocations | bytes |\n|---|---:|---:|");
    for (operation, body) in bodies() {
        row(&format!("validator: {operation}"), || {
            validate(operation, &body);
        });
    }
    row("dispatch: GetUser", || parts.get_user());
    row("dispatch: UpdateUserAttributes", || {
        parts.update_user_attributes();
    });
    row("dispatch: GetTokensFromRefreshToken", || parts.refresh());
    row("dispatch: SignUp", || parts.sign_up());
    row("tokens: issue three", || drop(parts.issue_tokens()));
    let [access, ..] = parts.issue_tokens();
    row("tokens: verify one", || parts.verify_token(&access));
    row("SRP: first step", || drop(parts.srp_first_step()));
    row("SRP: second step", || parts.srp_second_step());
    row("SRP: power of g", || drop(parts.srp_generator_power()));
    row("SRP: client's step", || drop(parts.srp_client_step()));
    row("attribute rules", || drop(parts.change_attributes()));
}
