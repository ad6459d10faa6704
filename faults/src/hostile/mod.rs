//! Attacks by strangers, and how a legitimate user on another source and in another user pool fares
//! meanwhile. `./inject-faults hostile --help`.

mod attack;
mod budget;
mod legitimate_user;
mod report;
mod target;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use cognate_bench::print_progress;
use cognate_bench::process::cpu_of_process;
use tokio::task::JoinSet;

pub use attack::Attack;
use budget::Budget;
use legitimate_user::Tries;
use report::{Phase, Report};
use target::Target;

/// Where the server's files and the report lie, below the build directory.
const DIRECTORY: &str = "target/faults/hostile";
/// How long an attack goes on before the first try is measured.
const WARM_UP: Duration = Duration::from_secs(3);
/// A pause in which connections end, and what they had is free again.
const BETWEEN: Duration = Duration::from_secs(2);

/// What attacks, and how strongly.
#[derive(Args)]
pub struct Options {
    /// The attacks: each alone, and then all together
    #[arg(long, value_delimiter = ',', default_values = ["sign-in", "sign-up", "code-sending", "code-guessing", "unfinished-bodies"])]
    attacks: Vec<Attack>,
    /// Connections of each attack, and of all together
    #[arg(long, default_value_t = 300)]
    connections: usize,
    /// Addresses that they come from, all of 127.0.0.0/8
    #[arg(long, default_value_t = 30)]
    sources: usize,
    /// Tries of the legitimate user to sign in, per phase
    #[arg(long, default_value_t = 100)]
    tries: usize,
    /// Recovery codes that the legitimate user asks for, per phase; in all phases it gets twenty an hour
    #[arg(long, default_value_t = 2)]
    mails: usize,
    /// Limits as in production; an earlier version does not know the key for it
    #[arg(long)]
    production_limits: bool,
    /// Has the server deliver mail by SMTP, to a mail server that takes so many milliseconds for each
    #[arg(long)]
    slow_mail_ms: Option<u64>,
    /// The part of the machine's processors that this program may use, in percent
    #[arg(long, default_value_t = 25)]
    generator_percent: u32,
    /// Bytes of an unfinished body, one of which never comes
    #[arg(long, default_value_t = 163_840)]
    body_bytes: usize,
    /// The server's store, as `store.url`; a new SQLite file unless it is given
    #[arg(long)]
    store: Option<String>,
    /// The server to attack; the last one named counts
    #[arg(long, overrides_with = "binary")]
    binary: PathBuf,
}

/// Attacks and reports; the text of the report, and whether the legitimate user was served in every phase.
///
/// # Errors
/// If something could not be done.
pub async fn run(options: &Options) -> anyhow::Result<(String, bool)> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let directory = repository.join(DIRECTORY);
    if directory.exists() {
        std::fs::remove_dir_all(&directory)?;
    }
    let binary = options.binary.canonicalize();
    let binary = binary.context("no server's program; `./inject-faults` builds it")?;
    let target = Target::start(
        &binary,
        &directory,
        options.store.as_deref(),
        options.production_limits,
        options.slow_mail_ms.map(Duration::from_millis),
    )
    .await?;
    let mut attacks: Vec<Vec<Attack>> = vec![Vec::new()];
    attacks.extend(options.attacks.iter().map(|attack| vec![*attack]));
    if options.attacks.len() > 1 {
        attacks.push(options.attacks.clone());
    }
    let mut report = Report {
        connections: options.connections,
        sources: options.sources,
        generator_percent: options.generator_percent,
        phases: Vec::new(),
    };
    for attacks in attacks {
        let phase = attacked(&target, options, &attacks).await?;
        print_progress(&phase.line());
        report.phases.push(phase);
        tokio::time::sleep(BETWEEN).await;
    }
    let text = report.text();
    std::fs::write(directory.join("report.md"), &text)?;
    Ok((text, report.is_well()))
}

/// Has the user sign in while `attacks` go on.
async fn attacked(target: &Target, options: &Options, attacks: &[Attack]) -> anyhow::Result<Phase> {
    let budget = Budget::new(options.generator_percent);
    let mut attackers = JoinSet::new();
    for attack in attacks {
        // Together they have as many connections as one alone.
        for number in 0..options.connections / attacks.len() {
            let attacker = target.attacker(number, options.sources, options.body_bytes, &budget)?;
            attackers.spawn_local(attack.run(attacker));
        }
    }
    let upkeep = {
        let budget = budget.clone();
        tokio::task::spawn_local(async move { budget.keep().await })
    };
    if !attacks.is_empty() {
        tokio::time::sleep(WARM_UP).await;
    }
    let (requests, cpu, begun) = (
        budget.requests(),
        cpu_of_process(std::process::id()),
        Instant::now(),
    );
    let (tries, mails): (Tries, Tries) = tokio::join!(
        legitimate_user::sign_in_repeatedly(target, options.tries),
        legitimate_user::ask_for_codes(target, options.mails),
    );
    let seconds = begun.elapsed().as_secs_f64();
    let phase = Phase {
        attacks: attacks.to_vec(),
        tries,
        mails,
        requests_per_second: budget.requests_since(requests) / seconds,
        generator_percent: (cpu_of_process(std::process::id()) - cpu) / seconds * 100.0
            / budget::processors(),
    };
    upkeep.abort();
    attackers.shutdown().await;
    Ok(phase)
}
