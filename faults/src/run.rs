//! A run: each scenario under load while its faults are done, and then the checks.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use cognate_bench::say;
use tokio::task::JoinSet;

use crate::dice::Dice;
use crate::faults::Fault;
use crate::report::{Block, Report};
use crate::scenarios::{Ground, Scenario};
use crate::verify;
use crate::workers::Worker;

/// Where reports and the scenarios' files lie, below the build directory.
const DIRECTORY: &str = "target/faults";
/// For the workers to finish what they are at.
const END: Duration = Duration::from_secs(90);

/// What is done, and how often.
#[derive(Args)]
pub struct Options {
    /// The systems to test
    #[arg(long, value_delimiter = ',', default_values = ["sqlite", "postgres", "pgbouncer", "two-nodes", "failover"])]
    scenarios: Vec<Scenario>,
    /// The kinds of faults; all that a scenario has unless some are named
    #[arg(long, value_delimiter = ',')]
    faults: Vec<Fault>,
    /// How often a server is killed, per scenario
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// How often each other fault is done, per scenario
    #[arg(long, default_value_t = 5)]
    each: u32,
    /// 8 kills and each other fault once
    #[arg(long)]
    quick: bool,
    /// Concurrent workers
    #[arg(long, default_value_t = 8)]
    workers: u64,
    /// Repeats the decisions of an earlier run, though not its moments
    #[arg(long)]
    seed: Option<u64>,
    /// The server to test; the last one named counts
    #[arg(long, overrides_with = "binary")]
    binary: PathBuf,
    /// Lose some writes on purpose, as a bad server would: the checks must then fail
    #[arg(long)]
    spoil: bool,
}

/// Tests and reports; the text of the report, and whether all is well.
///
/// # Errors
/// If something could not be done.
pub async fn run(options: &Options) -> anyhow::Result<(String, bool)> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let directory = repository.join(DIRECTORY);
    std::fs::create_dir_all(&directory)?;
    let binary = options.binary.canonicalize();
    let binary = binary.context("no server's program; `./inject-faults` builds it")?;
    let seed = options
        .seed
        .unwrap_or_else(|| u64::from(std::process::id()));
    say(&format!("Seed {seed}"));
    let mut report = Report {
        seed,
        scenarios: Vec::new(),
    };
    let mut text = String::new();
    for scenario in &options.scenarios {
        let ground = Ground::new(&binary, directory.join(scenario.name())).await?;
        let block = test(*scenario, options, &ground, seed);
        let block = block.await.with_context(|| scenario.name())?;
        report.scenarios.push(block);
        // What has been tested is not lost if the rest is interrupted.
        text = report.write(&directory)?;
    }
    Ok((text, !report.has_violations()))
}

async fn test(
    scenario: Scenario,
    options: &Options,
    ground: &Ground,
    seed: u64,
) -> anyhow::Result<Block> {
    let begun = Instant::now();
    let name = scenario.name();
    say(&format!("{name}: starting"));
    let mut system = scenario.raise(ground).await?;
    system.prepare().await?;
    let mut dice = Dice::new(seed, u64::MAX);
    let plan = plan(scenario, options, ground.clock.is_some(), &mut dice);
    let mut workers = JoinSet::new();
    for number in 0..options.workers {
        let mut worker = Worker::new(&system.stage, seed, number);
        if options.spoil {
            worker.spoil(seed);
        }
        workers.spawn(worker.run());
    }
    let mut said = Instant::now();
    for (number, fault) in plan.iter().enumerate() {
        if said.elapsed() > Duration::from_secs(15) {
            said = Instant::now();
            say(&format!("{name}: fault {} of {}", number + 1, plan.len()));
        }
        tokio::time::sleep(dice.pause(50, 600)).await;
        fault
            .strike(&mut system, &mut dice)
            .await
            .with_context(|| fault.name())?;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    system.stage.stop();
    let journal = system.stage.journal.clone();
    let ended = async {
        while let Some(ended) = workers.join_next().await {
            journal.check("the workers end", ended.is_ok(), || format!("{ended:?}"));
        }
    };
    if tokio::time::timeout(END, ended).await.is_err() {
        system
            .stage
            .journal
            .violation("the workers end", "some hang".to_owned());
        workers.abort_all();
    }
    let mut users = system.stage.take_users();
    say(&format!("{name}: checking {} users", users.len()));
    if options.spoil {
        crate::spoil::spoil(&mut users);
    }
    let count = users.len();
    verify::verify(&system, users).await?;
    let entries = system.stage.journal.entries();
    Ok(Block::new(name, begun.elapsed().as_secs(), count, entries))
}

/// The faults in the order of their doing.
fn plan(scenario: Scenario, options: &Options, has_clock: bool, dice: &mut Dice) -> Vec<Fault> {
    let (kills, each) = if options.quick {
        (8, 1)
    } else {
        (options.kills, options.each)
    };
    let mut plan = Vec::new();
    for fault in scenario.faults() {
        if !options.faults.is_empty() && !options.faults.contains(&fault) {
            continue;
        }
        if fault.moves_the_clock() && !has_clock {
            say(&format!(
                "  without {}: libfaketime is not installed (Debian: faketime)",
                fault.name()
            ));
            continue;
        }
        let times = if fault == Fault::Kill { kills } else { each };
        plan.extend((0..times).map(|_| fault));
    }
    dice.shuffle(&mut plan);
    plan
}
