//! A run: each scenario under load while its faults are done, and then the checks.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use cognate_bench::print_progress;
use tokio::task::JoinSet;

use crate::faults::Fault;
use crate::report::{Report, ScenarioReport};
use crate::rng::SeededRng;
use crate::scenarios::{Scenario, ScenarioSetup};
use crate::verify;
use crate::workers::{FactorWorker, Worker};

/// Where reports and the scenarios' files lie, below the build directory.
const DIRECTORY: &str = "target/faults";
/// Workers beside those that the options name, for users with second factors and devices.
const FACTOR_WORKERS: u64 = 3;
/// How long the workers may take to finish.
const WORKER_TIMEOUT: Duration = Duration::from_secs(90);

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
    /// The program of the version before, for the scenarios of an update
    #[arg(long)]
    former: Option<PathBuf>,
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
    let former = options
        .former
        .as_deref()
        .map(Path::canonicalize)
        .transpose();
    let former = former.context("no program of the version before")?;
    let seed = options
        .seed
        .unwrap_or_else(|| u64::from(std::process::id()));
    print_progress(&format!("Seed {seed}"));
    let mut report = Report {
        seed,
        scenarios: Vec::new(),
    };
    let mut text = String::new();
    for scenario in &options.scenarios {
        let setup =
            ScenarioSetup::new(&binary, former.as_deref(), directory.join(scenario.name())).await?;
        let scenario_report = test(*scenario, options, &setup, seed);
        let scenario_report = scenario_report.await.with_context(|| scenario.name())?;
        report.scenarios.push(scenario_report);
        // Written after each scenario, so that an interruption loses no results.
        text = report.write(&directory)?;
    }
    Ok((text, !report.has_violations()))
}

async fn test(
    scenario: Scenario,
    options: &Options,
    setup: &ScenarioSetup,
    seed: u64,
) -> anyhow::Result<ScenarioReport> {
    let begun = Instant::now();
    let name = scenario.name();
    print_progress(&format!("{name}: starting"));
    let mut system = scenario.start(setup).await?;
    system.prepare().await?;
    // The version before need not have what they do.
    let factors = match scenario {
        Scenario::UpdateFormerFirst | Scenario::UpdatePresentFirst => None,
        Scenario::Sqlite
        | Scenario::Postgres
        | Scenario::Pgbouncer
        | Scenario::TwoNodes
        | Scenario::Failover => Some(system.prepare_factors().await?),
    };
    let mut rng = SeededRng::new(seed, u64::MAX);
    let plan = plan(scenario, options, setup.clock.is_some(), &mut rng);
    let mut workers = JoinSet::new();
    for number in 0..options.workers {
        let mut worker = Worker::new(&system.context, seed, number);
        if options.spoil {
            worker.spoil(seed);
        }
        workers.spawn(worker.run());
    }
    for (pool, number) in factors
        .iter()
        .flat_map(|pool| (0..FACTOR_WORKERS).map(move |it| (pool, it)))
    {
        let mut worker = FactorWorker::new(&system.context, pool, seed, number);
        if options.spoil {
            worker.spoil(seed);
        }
        workers.spawn(worker.run());
    }
    let mut said = Instant::now();
    for (number, fault) in plan.iter().enumerate() {
        if said.elapsed() > Duration::from_secs(15) {
            said = Instant::now();
            print_progress(&format!("{name}: fault {} of {}", number + 1, plan.len()));
        }
        tokio::time::sleep(rng.pause(50, 600)).await;
        fault
            .inject(&mut system, &mut rng)
            .await
            .with_context(|| fault.name())?;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    system.context.stop();
    let journal = system.context.journal.clone();
    let ended = async {
        while let Some(ended) = workers.join_next().await {
            journal.check("the workers end", ended.is_ok(), || format!("{ended:?}"));
        }
    };
    if tokio::time::timeout(WORKER_TIMEOUT, ended).await.is_err() {
        system
            .context
            .journal
            .violation("the workers end", "some hang".to_owned());
        workers.abort_all();
    }
    let mut users = system.context.take_users();
    print_progress(&format!("{name}: checking {} users", users.len()));
    if options.spoil {
        crate::spoil::spoil(&mut users);
    }
    let with_factors = system.context.take_users_with_factors();
    let count = users.len() + with_factors.len();
    verify::verify(&system, users, factors.as_ref(), with_factors).await?;
    let entries = system.context.journal.entries();
    Ok(ScenarioReport::new(
        name,
        begun.elapsed().as_secs(),
        count,
        entries,
    ))
}

/// The faults in their random order.
fn plan(scenario: Scenario, options: &Options, has_clock: bool, rng: &mut SeededRng) -> Vec<Fault> {
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
            print_progress(&format!(
                "  without {}: libfaketime is not installed (Debian: faketime)",
                fault.name()
            ));
            continue;
        }
        let times = if fault == Fault::Kill {
            kills
        } else if fault == Fault::Join {
            1
        } else {
            each
        };
        plan.extend((0..times).map(|_| fault));
    }
    rng.shuffle(&mut plan);
    plan
}
