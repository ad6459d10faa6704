//! Micro-benchmarks: `./benchmark micro`.

#[path = "micro/known_passwords.rs"]
mod known_passwords;
mod parts;

use std::hint::black_box;
use std::path::Path;

use criterion::Criterion;
use known_passwords::KnownPasswordsBench;
use parts::{Parts, bodies, validate};

fn main() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("micro");
    let _ = std::fs::remove_dir_all(&directory);
    let parts = Parts::new(&directory);
    let mut criterion = Criterion::default().configure_from_args();

    let mut group = criterion.benchmark_group("validator");
    for (operation, body) in bodies() {
        group.bench_function(operation, |b| {
            b.iter(|| validate(operation, black_box(&body)));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("dispatch");
    group.bench_function("GetUser", |b| b.iter(|| parts.get_user()));
    group.bench_function("UpdateUserAttributes", |b| {
        b.iter(|| parts.update_user_attributes());
    });
    group.bench_function("GetTokensFromRefreshToken", |b| b.iter(|| parts.refresh()));
    group.bench_function("SignUp", |b| b.iter(|| parts.sign_up()));
    group.finish();

    let mut group = criterion.benchmark_group("tokens");
    group.bench_function("issue three", |b| b.iter(|| parts.issue_tokens()));
    let [access, ..] = parts.issue_tokens();
    group.bench_function("verify one", |b| {
        b.iter(|| parts.verify_token(black_box(&access)));
    });
    group.finish();

    let mut group = criterion.benchmark_group("srp");
    group.bench_function("first step", |b| b.iter(|| parts.srp_first_step()));
    group.bench_function("second step", |b| b.iter(|| parts.srp_second_step()));
    group.bench_function("power of g", |b| b.iter(|| parts.srp_generator_power()));
    group.bench_function("client's step", |b| b.iter(|| parts.srp_client_step()));
    group.finish();

    let mut known = KnownPasswordsBench::new(&directory);
    let mut group = criterion.benchmark_group("known passwords");
    group.bench_function("in the list", |b| b.iter(|| known.find_known()));
    group.bench_function("not in the list", |b| b.iter(|| known.find_unknown()));
    group.finish();

    criterion.bench_function("attribute rules", |b| b.iter(|| parts.change_attributes()));
    criterion.final_summary();
}
