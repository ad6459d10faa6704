//! The order of everything: stores one after the other; of each, as many runs as were asked for; in
//! each of them every number of users, forwards and backwards in turns, so that a machine that gets
//! slower does so for all of them; then every number of connections; then each limit with the cases
//! that it bounds.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};
use cognate::config::Config;
use cognate::crypto::{MasterKey, Vault};
use cognate::entropy::Entropy;

use crate::cases::{Case, Workload};
use crate::mailbox::Mailbox;
use crate::measure::RunContext;
use crate::postgres::Postgres;
use crate::process::{Server, free_address};
use crate::results::{Dataset, Report, Run};
use crate::{dataset, factors, generate, load, pool_domain, print_progress, process};

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
    let cache = directory.join("cache");
    std::fs::create_dir_all(&cache)?;
    let begun = Instant::now();
    print_progress(&format!(
        "This takes about {}.",
        duration(expected(options))
    ));
    let postgres = if options.stores.contains(&StoreName::Postgres) {
        print_progress("Starting PostgreSQL");
        Some(Postgres::start(&repository)?)
    } else {
        None
    };
    let mut report = Report::new(&repository, options.runs, options.seconds);
    report.postgres = postgres
        .as_ref()
        .map(|postgres| postgres.description.clone());
    let function = start_function(&directory)?;
    let sizes: BTreeSet<u64> = options.users.iter().copied().collect();
    for store in [StoreName::Sqlite, StoreName::Postgres] {
        if !options.stores.contains(&store) {
            continue;
        }
        let work = emptied(&directory.join("work"))?;
        let mut test_beds = Vec::new();
        let first = report.datasets.len();
        for users in sizes.iter().copied() {
            let (test_bed, rate) = match &postgres {
                Some(postgres) if store == StoreName::Postgres => {
                    TestBed::postgres(options, &work, postgres, users, function.address)?
                }
                _ => TestBed::sqlite(options, &work, &cache, users, function.address)?,
            };
            let mut dataset = Dataset::new(test_bed.store(), users);
            dataset.rows_per_second = rate;
            dataset.ready_ms = test_bed.starts()?;
            report.datasets.push(dataset);
            test_beds.push(test_bed);
        }
        for number in 1..=options.runs {
            let mut turn: Vec<_> = test_beds
                .iter()
                .zip(report.datasets.iter_mut().skip(first))
                .collect();
            if number % 2 == 0 {
                turn.reverse();
            }
            for (test_bed, dataset) in turn {
                print_progress(&format!(
                    "{}, {} users, run {number} of {}",
                    dataset.store, dataset.users, options.runs
                ));
                dataset.runs.push(test_bed.run()?);
            }
            // What has been measured is not lost if the rest is interrupted.
            report.write(&repository, &directory, options.write)?;
        }
        for test_bed in test_beds {
            test_bed.drop_database()?;
        }
        std::fs::remove_dir_all(&work)?;
    }
    print_progress(&format!("Done in {}.", duration(begun.elapsed())));
    Ok(())
}

/// The function that a pool calls, as a process that does nothing else.
fn start_function(directory: &Path) -> anyhow::Result<Server> {
    let answer = directory.join("function.json");
    std::fs::write(&answer, factors::FUNCTION_ANSWER)?;
    let address = free_address()?;
    let arguments = ["bare", &address.to_string(), &answer.display().to_string()];
    Server::start(Path::new(process::THIS_PROGRAM), &arguments, address, "/")
}

/// The database of one dataset and where the server's files are.
struct TestBed<'a> {
    options: &'a Options,
    directory: PathBuf,
    users: u64,
    url: String,
    /// SQLite's.
    file: Option<PathBuf>,
    postgres: Option<&'a Postgres>,
    /// Where the function of a pool is reached.
    function: SocketAddr,
}

fn configure(work: &Path, url: &str, function: SocketAddr) -> anyhow::Result<PathBuf> {
    let path = work.join("cognate.toml");
    let mut text = dataset::configuration(free_address()?, url, &work.join("data"), "");
    text.push_str(&factors::configuration(function));
    std::fs::write(&path, text)?;
    Ok(path)
}

impl<'a> TestBed<'a> {
    /// A copy of the SQLite store with so many users, and how many of them were generated per second
    /// unless they were there already.
    fn sqlite(
        options: &'a Options,
        work: &Path,
        cache: &Path,
        users: u64,
        function: SocketAddr,
    ) -> anyhow::Result<(Self, Option<f64>)> {
        let work = emptied(&work.join(users.to_string()))?;
        let cached = generate::cached(cache, users)?;
        let mut rate = None;
        if cached.exists() {
            print_progress(&format!("SQLite, {users} users: from {}", cached.display()));
        } else {
            let unfinished = work.join("generating.db");
            let url = format!("sqlite://{}", unfinished.display());
            let configuration = configure(&work, &url, function)?;
            rate = Some(fill_database("SQLite", &configuration, users)?);
            std::fs::rename(&unfinished, &cached)?;
        }
        let file = work.join("cognate.db");
        std::fs::copy(&cached, &file)?;
        let url = format!("sqlite://{}", file.display());
        let test_bed = Self {
            options,
            directory: work,
            users,
            url,
            file: Some(file),
            postgres: None,
            function,
        };
        Ok((test_bed, rate))
    }

    /// A database of PostgreSQL with so many users, and how many were generated per second.
    fn postgres(
        options: &'a Options,
        work: &Path,
        postgres: &'a Postgres,
        users: u64,
        function: SocketAddr,
    ) -> anyhow::Result<(Self, Option<f64>)> {
        let work = emptied(&work.join(users.to_string()))?;
        let url = postgres.database(&database(users))?;
        let test_bed = Self {
            options,
            directory: work,
            users,
            url,
            file: None,
            postgres: Some(postgres),
            function,
        };
        let configuration = configure(&test_bed.directory, &test_bed.url, function)?;
        let rate = fill_database("PostgreSQL", &configuration, users)?;
        Ok((test_bed, Some(rate)))
    }

    fn drop_database(&self) -> anyhow::Result<()> {
        match self.postgres {
            Some(postgres) => postgres.drop_database(&database(self.users)),
            None => Ok(()),
        }
    }

    const fn store(&self) -> &'static str {
        match self.postgres {
            Some(_) => "PostgreSQL",
            None => "SQLite",
        }
    }

    /// How long each of some starts took, in milliseconds.
    fn starts(&self) -> anyhow::Result<Vec<f64>> {
        // The first after the rows were made warms the database.
        drop(self.start()?);
        (0..self.options.runs)
            .map(|_| Ok(self.start()?.ready_after.as_secs_f64() * 1000.0))
            .collect()
    }

    fn start(&self) -> anyhow::Result<Server> {
        // A new port for each start: another process may take the old one meanwhile.
        let configuration = configure(&self.directory, &self.url, self.function)?;
        let address = Config::load(Some(&configuration), std::iter::empty())?
            .server
            .listen;
        let configuration = configuration.display().to_string();
        let arguments = ["--config", &configuration, "serve"];
        let binary = match &self.options.binary {
            Some(binary) => binary.clone(),
            None => std::env::current_exe()?.with_file_name("cognate"),
        };
        Server::start(&binary, &arguments, address, "/health/ready")
            .context("the server does not start; `./benchmark` builds it")
    }

    fn workload(&self) -> anyhow::Result<Workload> {
        let configuration = configure(&self.directory, &self.url, self.function)?;
        let config = Config::load(Some(&configuration), std::iter::empty())?;
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
        Ok(Workload::new(runtime, self.users, mailbox))
    }

    /// Measures everything once.
    fn run(&self) -> anyhow::Result<Run> {
        let server = self.start()?;
        let mut workload = Rc::new(self.workload()?);
        workload
            .runtime
            .block_on(factors::turn_on(server.address))?;
        let sessions = load::sign_in(&workload, server.address, SESSIONS)?;
        Rc::get_mut(&mut workload).context("one owner")?.sessions = sessions;
        let cases = &self.options.cases;
        let mut page_files = Vec::new();
        if cases.is_empty() || cases.iter().any(|case| case.is_of_domain()) {
            page_files = workload.runtime.block_on(async {
                pool_domain::create(server.address).await?;
                pool_domain::page_files(server.address).await
            })?;
            print_progress(&format!("  {}", pool_domain::weight(&page_files)));
            let tokens = load::exchange_codes(&workload, server.address, SESSIONS)?;
            Rc::get_mut(&mut workload)
                .context("one owner")?
                .domain_tokens = tokens;
        }
        let mut run = RunContext {
            server: &server,
            workload,
            url: &self.url,
            users: self.users,
            postgres: self.postgres,
            directory: &self.directory,
            window: Duration::from_secs(self.options.seconds),
            connections: &self.options.connections,
            cases,
            file: self.file.as_deref(),
            read_at: None,
        }
        .run()?;
        run.page_files = page_files;
        drop(server);
        tokio::runtime::Runtime::new()?.block_on(generate::restore(&self.url))?;
        Ok(run)
    }
}

/// The name of the database with so many users.
fn database(users: u64) -> String {
    format!("cognate_bench_{users}")
}

/// An empty directory in the place of what was there.
fn emptied(directory: &Path) -> anyhow::Result<PathBuf> {
    let _ = std::fs::remove_dir_all(directory);
    std::fs::create_dir_all(directory)?;
    Ok(directory.to_owned())
}

fn fill_database(store: &str, configuration: &Path, users: u64) -> anyhow::Result<f64> {
    print_progress(&format!("{store}, {users} users: generating"));
    let rate = generate::fill(configuration, users)?;
    print_progress(&format!("  {rate:.0} users per second"));
    Ok(rate)
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
    // pgbench takes two seconds at least, and six with 128 connections.
    let of_limits = window * 2 + (window * 6 + Duration::from_secs(6)) * connections;
    let of_cases = window * cases * connections * 4 / 3;
    let datasets = count(options.stores.len() * options.users.len());
    (of_limits + of_cases + Duration::from_secs(8)) * options.runs * datasets
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}
