//! A run: stores, numbers of users, runs, limits, cases, connections, in that order.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};
use cognate::config::Config;
use cognate::crypto::{MasterKey, Vault};
use cognate::entropy::Entropy;

use crate::cases::{Case, Stage};
use crate::load::{self, Plan, Target};
use crate::mailbox::Mailbox;
use crate::postgres::{self, Postgres};
use crate::process::{Server, free_address};
use crate::report::{Block, CaseResult, Report, Run};
use crate::{generate, limits, process, say, world};

/// Signed-in users: enough for 128 connections that each have a few of their own.
const SESSIONS: u64 = 1_000;

/// Where results and generated stores lie, below the build directory.
const DIRECTORY: &str = "target/bench";

/// What is measured, and how long.
#[derive(Args)]
pub struct Options {
    /// Numbers of users, each in a pool of its own (at least 1000)
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000],
          value_parser = clap::value_parser!(u64).range(1_000..=9_999_999))]
    users: Vec<u64>,
    /// The stores
    #[arg(long, value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    stores: Vec<StoreName>,
    /// The cases; all of them unless some are named
    #[arg(long, value_delimiter = ',')]
    cases: Vec<Case>,
    /// Numbers of connections
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 128],
          value_parser = clap::value_parser!(u16).range(1..=250))]
    connections: Vec<u16>,
    /// Seconds of each measurement, after a third of that to warm up
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How often everything is measured; the report has the medians
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Write docs/benchmark.md and its plot instead of target/bench/report.md
    #[arg(long)]
    write: bool,
    /// The server to measure; the one built beside the benchmark unless another is named
    #[arg(long)]
    binary: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StoreName {
    Sqlite,
    Postgres,
}

/// Measures and reports.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let directory = repository.join(DIRECTORY);
    std::fs::create_dir_all(&directory)?;
    let begun = Instant::now();
    say(&format!(
        "This takes about {}.",
        duration(expected(options))
    ));
    let postgres = if options.stores.contains(&StoreName::Postgres) {
        say("Starting PostgreSQL");
        Some(Postgres::start(&repository)?)
    } else {
        None
    };
    let mut report = Report::new(&repository, options.runs, options.seconds);
    report.postgres = postgres
        .as_ref()
        .map(|postgres| postgres.description.clone());
    for store in &options.stores {
        for users in &options.users {
            let block = match (store, &postgres) {
                (StoreName::Sqlite, _) => on_sqlite(options, &directory, *users)?,
                (StoreName::Postgres, Some(postgres)) => {
                    on_postgres(options, &directory, postgres, *users)?
                }
                (StoreName::Postgres, None) => continue,
            };
            report.blocks.push(block);
            // What has been measured is not lost if the rest is interrupted.
            report.write(&repository, &directory, options.write)?;
        }
    }
    say(&format!("Done in {}.", duration(begun.elapsed())));
    Ok(())
}

/// The database of one block and where the server's files are.
struct Ground<'a> {
    options: &'a Options,
    directory: &'a Path,
    users: u64,
    url: String,
    configuration: PathBuf,
    postgres: Option<&'a Postgres>,
}

fn on_sqlite(options: &Options, directory: &Path, users: u64) -> anyhow::Result<Block> {
    let (cache, work) = (directory.join("cache"), directory.join("sqlite"));
    let _ = std::fs::remove_dir_all(&work);
    for place in [&cache, &work] {
        std::fs::create_dir_all(place)?;
    }
    let cached = generate::cached(&cache, users)?;
    let mut rate = None;
    if cached.exists() {
        say(&format!("SQLite, {users} users: from {}", cached.display()));
    } else {
        say(&format!("SQLite, {users} users: generating"));
        let unfinished = work.join("generating.db");
        let url = format!("sqlite://{}", unfinished.display());
        let configuration = configure(&work, &url)?;
        rate = Some(generate::fill(&configuration, users)?);
        std::fs::rename(&unfinished, &cached)?;
    }
    let file = work.join("cognate.db");
    std::fs::copy(&cached, &file)?;
    let url = format!("sqlite://{}", file.display());
    let ground = Ground {
        configuration: configure(&work, &url)?,
        options,
        directory: &work,
        users,
        url,
        postgres: None,
    };
    let block = ground.measure("SQLite", rate)?;
    std::fs::remove_dir_all(&work)?;
    Ok(block)
}

fn on_postgres(
    options: &Options,
    directory: &Path,
    postgres: &Postgres,
    users: u64,
) -> anyhow::Result<Block> {
    let work = directory.join("postgres");
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work)?;
    let name = format!("cognate_bench_{users}");
    let url = postgres.database(&name)?;
    let ground = Ground {
        configuration: configure(&work, &url)?,
        options,
        directory: &work,
        users,
        url,
        postgres: Some(postgres),
    };
    say(&format!("PostgreSQL, {users} users: generating"));
    let rate = generate::fill(&ground.configuration, users)?;
    let block = ground.measure("PostgreSQL", Some(rate))?;
    postgres.drop_database(&name)?;
    std::fs::remove_dir_all(&work)?;
    Ok(block)
}

fn configure(work: &Path, url: &str) -> anyhow::Result<PathBuf> {
    let path = work.join("cognate.toml");
    let text = world::configuration(free_address()?, url, &work.join("data"));
    std::fs::write(&path, text)?;
    Ok(path)
}

impl Ground<'_> {
    fn start(&self) -> anyhow::Result<Server> {
        let address = Config::load(Some(&self.configuration), std::iter::empty())?
            .server
            .listen;
        let configuration = self.configuration.display().to_string();
        let arguments = ["--config", &configuration, "serve"];
        let binary = match &self.options.binary {
            Some(binary) => binary.clone(),
            None => std::env::current_exe()?.with_file_name("cognate"),
        };
        Server::start(&binary, &arguments, address, "/health/ready")
            .context("the server does not start; `./benchmark` builds it")
    }

    fn stage(&self) -> anyhow::Result<Stage> {
        let config = Config::load(Some(&self.configuration), std::iter::empty())?;
        let entropy = Entropy;
        let keys = config
            .secrets
            .master_keys(config.profile, &config.store.data_dir, || entropy.bytes())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mailbox = Mailbox {
            db: runtime.block_on(crate::open_store(&self.url))?,
            vault: Vault::new(&MasterKey::from_bytes(*keys.current), &[], entropy)?,
        };
        Ok(Stage::new(runtime, self.users, mailbox))
    }

    fn measure(&self, store: &'static str, generated: Option<f64>) -> anyhow::Result<Block> {
        let mut block = Block::new(store, self.users);
        block.rows_per_second = generated;
        if let Some(rate) = generated {
            say(&format!("  {rate:.0} users per second"));
        }
        // The first start after the rows were made warms the database.
        drop(self.start()?);
        for _ in 0..self.options.runs {
            let server = self.start()?;
            block
                .ready_ms
                .push(server.ready_after.as_secs_f64() * 1000.0);
        }
        for number in 1..=self.options.runs {
            say(&format!(
                "{store}, {} users, run {number} of {}",
                self.users, self.options.runs
            ));
            let mut run = Run::default();
            let server = self.start()?;
            let mut stage = Rc::new(self.stage()?);
            let sessions = load::sign_in(&stage, server.address, SESSIONS)?;
            Rc::get_mut(&mut stage).context("one owner")?.sessions = sessions;
            self.limits(&server, &stage, &mut run)?;
            self.cases(&server, stage, &mut run)?;
            block.runs.push(run);
        }
        Ok(block)
    }

    fn limits(&self, server: &Server, stage: &Rc<Stage>, run: &mut Run) -> anyhow::Result<()> {
        let window = Duration::from_secs(self.options.seconds);
        let limits = &mut run.limits;
        let mut note = |name: &str, rate: f64| {
            say(&format!("  limit: {name:<34} {rate:>10.0} /s"));
            limits.insert(name.to_owned(), rate);
        };
        note("Argon2id", limits::argon2(window)?);
        let (signed, verified) = limits::rsa(window)?;
        note("RSA-2048 signatures", signed);
        note("RSA-2048 verifications", verified);
        let (ordinary, ours) = limits::srp(window)?;
        note("SRP exchanges", ordinary);
        note("SRP exchanges, benchmark's numbers", ours);
        let scripts = postgres::scripts(self.directory)?;
        for connections in self.options.connections.iter().copied().map(usize::from) {
            let (select, update) = match self.postgres {
                Some(postgres) => {
                    let [select, update] = scripts.each_ref().map(|script| {
                        let seconds = self.options.seconds;
                        postgres.measure(&self.url, script, self.users, connections, seconds)
                    });
                    (select?, update?)
                }
                None => limits::sqlite(&self.url, self.users, connections, window)?,
            };
            note(&format!("SELECT @{connections}"), select);
            note(&format!("UPDATE @{connections}"), update);
        }
        let body = self.directory.join("get-user.json");
        std::fs::write(&body, load::once(stage, server.address, Case::GetUser)?)?;
        let address = free_address()?;
        let arguments = ["bare", &address.to_string(), &body.display().to_string()];
        let bare = Server::start(Path::new(process::THIS_PROGRAM), &arguments, address, "/")?;
        for connections in self.options.connections.iter().copied().map(usize::from) {
            let measured = load::run(
                Case::GetUser,
                stage,
                self.plan(Case::GetUser, connections),
                self.target(&bare),
            )?;
            note(
                &format!("bare axum handler @{connections}"),
                measured.per_second,
            );
            run.bare.insert(connections, measured);
        }
        Ok(())
    }

    fn cases(&self, server: &Server, mut stage: Rc<Stage>, run: &mut Run) -> anyhow::Result<()> {
        let wanted =
            |case: &Case| self.options.cases.is_empty() || self.options.cases.contains(case);
        for case in Case::ALL.into_iter().filter(wanted) {
            if case.hashes() && run.memory_before_argon2 == (0, 0) {
                run.memory_before_argon2 = server.memory();
            }
            for connections in self.options.connections.iter().copied().map(usize::from) {
                stage.runtime.block_on(stage.mailbox.emptied())?;
                Rc::get_mut(&mut stage).context("one owner")?.refresh();
                let target = self.target(server);
                let measured = load::run(case, &stage, self.plan(case, connections), target)?;
                let errors: u64 = measured.errors.values().sum();
                say(&format!(
                    "  {:<32} {connections:>4} connections {:>9.0} /s  median {:>8.2} ms  p99 {:>8.2} ms  {errors} errors",
                    case.name(),
                    measured.per_second,
                    measured.median_ms,
                    measured.p99_ms,
                ));
                run.cases.push(CaseResult {
                    case,
                    connections,
                    measured,
                });
                if connections == 16 && !case.hashes() {
                    run.memory_at_16 = run.memory_at_16.max(server.memory().0);
                }
            }
        }
        run.memory_at_end = server.memory();
        Ok(())
    }

    fn plan(&self, case: Case, connections: usize) -> Plan {
        let mut window = Duration::from_secs(self.options.seconds);
        // With a hundred passwords to hash at once, one takes seconds.
        if case.hashes() && connections > 32 {
            window *= 3;
        }
        Plan {
            connections,
            warm_up: window / 3,
            window,
        }
    }

    fn target(&self, server: &Server) -> Target {
        Target {
            address: server.address,
            server: server.id(),
            database: self.postgres.and_then(|postgres| postgres.pid),
        }
    }
}

/// How long it takes, without generating.
fn expected(options: &Options) -> Duration {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let connections = count(options.connections.len());
    let cases = match options.cases.len() {
        0 => count(Case::ALL.len()),
        some => count(some),
    };
    let window = Duration::from_secs(options.seconds);
    let of_limits = window * (5 + 2 * connections) + window * connections * 4 / 3;
    let of_cases = window * cases * connections * 4 / 3;
    let blocks = count(options.stores.len() * options.users.len());
    (of_limits + of_cases + Duration::from_secs(8)) * options.runs * blocks
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}
