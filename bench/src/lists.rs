//! Whether looking users up and listing them takes longer in a pool of many users than in a small one:
//! `./benchmark lists`.
//!
//! A small pool and a large one are served side by side, and called in turns, so that a machine that is slower for a
//! while is so for both. Every call is answered with as many rows by both.

mod queries;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use cognate::store::Db;
use serde_json::{Value, json};

use self::queries::Query;
use crate::dataset::{self, POOL, splitmix64};
use crate::postgres::Postgres;
use crate::process::{Server, free_address};
use crate::wire::{Signer, Wire};
use crate::{factors, generate, print_progress};

/// Where the servers' files lie, below the build directory.
const DIRECTORY: &str = "target/lists";
/// Users of a page.
const PAGE: usize = 60;
/// What the draw of users begins with.
const SEED: u64 = 1;
/// What the pool has beside the settings of all benchmarks, so that users are found by an alias.
const ALIASES: &str = "AliasAttributes = [\"email\"]\n";

/// What is measured, and how often.
#[derive(Args)]
pub struct Options {
    /// Users of the small pool
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1_000..=9_999_999))]
    small: u64,
    /// Users of the large pool
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=9_999_999))]
    large: u64,
    /// Calls of each kind to each of the pools that are measured, after as many that are not
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    calls: u32,
    /// The stores
    #[arg(long, value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    stores: Vec<StoreName>,
    /// The server to measure; the one built beside the benchmark unless another is named
    #[arg(long)]
    binary: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StoreName {
    Sqlite,
    Postgres,
}

/// Measures on the stores and returns the report.
///
/// # Errors
/// If a server does not start, or answers what it should not.
pub fn run(options: &Options) -> anyhow::Result<String> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let (small, large) = (options.small, options.large);
    let mut report = format!(
        "| store | call | median, {small} users | median, {large} users | ratio |\n|---|---|---|---|---|\n"
    );
    let postgres = Postgres::start(&repository)?;
    for name in &options.stores {
        let store = match name {
            StoreName::Sqlite => "SQLite",
            StoreName::Postgres => "PostgreSQL",
        };
        let directory = repository.join(DIRECTORY).join(store);
        let _ = std::fs::remove_dir_all(&directory);
        let pools = [small, large]
            .into_iter()
            .map(|users| {
                let directory = directory.join(users.to_string());
                std::fs::create_dir_all(&directory)?;
                let url = match name {
                    StoreName::Sqlite => {
                        format!("sqlite://{}", directory.join("cognate.db").display())
                    }
                    StoreName::Postgres => postgres.database(&database(users))?,
                };
                print_progress(&format!("{store}, {users} users: generating"));
                start(options, &directory, &url, users)
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let mut callers = Vec::new();
            for (server, users) in &pools {
                callers.push(Caller::prepare(server, *users).await?);
            }
            // A server closes a connection that is idle while the other pool's pages are turned.
            for (caller, (server, _)) in callers.iter_mut().zip(&pools) {
                caller.wire = Wire::connect(server.address).await?;
            }
            for query in Query::ALL {
                let [small, large] = measure(&mut callers, query, options.calls).await?;
                let row = format!(
                    "| {store} | {} | {small:.3} ms | {large:.3} ms | {:.2} |",
                    query.name(),
                    large / small
                );
                // What has been measured is not lost if the rest is interrupted.
                print_progress(&row);
                writeln!(report, "{row}")?;
            }
            anyhow::Ok(())
        })?;
        drop(pools);
        if *name == StoreName::Postgres {
            postgres.drop_database(&database(small))?;
            postgres.drop_database(&database(large))?;
        }
        std::fs::remove_dir_all(&directory)?;
    }
    Ok(report)
}

fn database(users: u64) -> String {
    format!("cognate_lists_{users}")
}

/// Fills the store, and starts a server on it.
fn start(
    options: &Options,
    directory: &Path,
    url: &str,
    users: u64,
) -> anyhow::Result<(Server, u64)> {
    let address = free_address()?;
    let path = directory.join("cognate.toml");
    // No function is called here: any address does.
    let text = dataset::configuration(address, url, &directory.join("data"), ALIASES)
        + &factors::configuration(free_address()?);
    std::fs::write(&path, text)?;
    let rate = generate::fill(&path, users)?;
    print_progress(&format!("  {rate:.0} users per second"));
    tokio::runtime::Runtime::new()?.block_on(fill(url))?;
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => std::env::current_exe()?.with_file_name("cognate"),
    };
    let configuration = path.display().to_string();
    let arguments = ["--config", &configuration, "serve"];
    let server = Server::start(&binary, &arguments, address, "/health/ready")
        .context("the server does not start")?;
    Ok((server, users))
}

/// Gives every user an alias, and three of thirty groups: each group has a tenth of the users.
///
/// PostgreSQL then reads all of that into its memory, as far as there is room. It writes new indexes past it, so that
/// each call for a user that is drawn from many would wait for the disk, and none for one of a few: that is what a
/// start costs, and not what a large pool does.
async fn fill(url: &str) -> anyhow::Result<()> {
    const NUMBER: &str = "CAST(substr(username, 5) AS INTEGER)";
    let mut statements = vec![
        "INSERT INTO aliases (pool_id, attribute, value_key, user_id)
         SELECT pool_id, 'email', lower(email), user_id FROM users WHERE email IS NOT NULL"
            .to_owned(),
    ];
    for group in 0..queries::GROUPS {
        statements.push(format!(
            "INSERT INTO groups (pool_id, group_name, precedence, created_at, modified_at)
             VALUES ('{POOL}', '{}', {group}, {group}, {group})",
            queries::group(group)
        ));
    }
    for (place, divisor) in [1_u64, 10, 100].into_iter().enumerate() {
        statements.push(format!(
            "INSERT INTO group_members (pool_id, user_id, group_name, added_at)
             SELECT pool_id, user_id, 'group' || (100 + {place} * 10 + ({NUMBER} / {divisor}) % 10), {NUMBER}
             FROM users WHERE pool_id = '{POOL}'"
        ));
    }
    let db = crate::open_store(url).await?;
    match &db {
        Db::Postgres(postgres) => {
            let mut conn = postgres.primary.pool().get().await?;
            statements.extend(
                ["aliases", "group_members", "groups"]
                    .map(|table| format!("VACUUM (ANALYZE) {table}")),
            );
            statements.push("CREATE EXTENSION pg_prewarm".to_owned());
            statements.extend(["users", "aliases", "group_members", "groups"].map(|table| {
                format!(
                    "SELECT pg_prewarm('{table}') UNION ALL
                     SELECT pg_prewarm(indexrelid) FROM pg_index WHERE indrelid = '{table}'::regclass"
                )
            }));
            // Otherwise it writes what has been loaded while calls are measured.
            statements.push("CHECKPOINT".to_owned());
            for statement in statements {
                sqlx::query(sqlx::AssertSqlSafe(statement))
                    .execute(&mut *conn)
                    .await?;
            }
        }
        Db::Sqlite { writer, .. } => {
            let mut conn = writer.get().await?;
            for statement in statements {
                sqlx::query(sqlx::AssertSqlSafe(statement))
                    .execute(&mut *conn)
                    .await?;
            }
        }
    }
    db.close().await;
    Ok(())
}

/// An administrator of one of the pools.
struct Caller {
    wire: Wire,
    users: u64,
    /// The token of the page in the middle of all users.
    middle: Value,
    /// The same of the first group's members.
    middle_of_group: Value,
    random: u64,
}

impl Caller {
    async fn prepare(server: &Server, users: u64) -> anyhow::Result<Self> {
        let mut caller = Self {
            wire: Wire::connect(server.address).await?,
            users,
            middle: Value::Null,
            middle_of_group: Value::Null,
            random: SEED,
        };
        let all = usize::try_from(users)?;
        let input = json!({ "UserPoolId": POOL, "Limit": PAGE });
        caller.middle = caller
            .turned("ListUsers", input, "PaginationToken", all / PAGE / 2)
            .await?;
        let input = json!({ "UserPoolId": POOL, "Limit": 20, "GroupName": queries::group(0) });
        caller.middle_of_group = caller
            .turned("ListUsersInGroup", input, "NextToken", all / 10 / 20 / 2)
            .await?;
        Ok(caller)
    }

    /// The token of the page behind so many.
    async fn turned(
        &mut self,
        operation: &str,
        mut input: Value,
        token: &str,
        pages: usize,
    ) -> anyhow::Result<Value> {
        let mut signer = Signer::new();
        for page in 0..pages {
            if page % 10_000 == 0 {
                signer = Signer::new();
            }
            let answer = self.call(&signer, operation, &input).await?;
            if let (Some(members), Some(next)) = (input.as_object_mut(), answer.get(token)) {
                members.insert(token.to_owned(), next.clone());
            }
        }
        Ok(input.get(token).cloned().unwrap_or_default())
    }

    async fn call(
        &mut self,
        signer: &Signer,
        operation: &str,
        input: &Value,
    ) -> anyhow::Result<Value> {
        let request = signer.call(operation, &input.to_string());
        let answer = self.wire.exchange(&request).await?;
        if answer.status != 200 {
            bail!(
                "{operation} is answered {} {}",
                answer.status,
                String::from_utf8_lossy(answer.body)
            );
        }
        Ok(serde_json::from_slice(answer.body)?)
    }

    /// The number of a user, drawn at random.
    fn draw(&mut self) -> u64 {
        self.random = splitmix64(self.random);
        self.random % self.users
    }

    /// How long one call takes, and how many rows answer it.
    async fn time(&mut self, signer: &Signer, query: Query) -> anyhow::Result<(Duration, usize)> {
        let user = self.draw();
        let input = query.input(user, (&self.middle, &self.middle_of_group));
        self.wire.take_exchange_time();
        let answer = self.call(signer, query.operation(), &input).await?;
        let time = self.wire.take_exchange_time();
        let rows = ["Users", "Groups"]
            .iter()
            .find_map(|list| answer.get(list)?.as_array().map(Vec::len));
        Ok((time, rows.unwrap_or(1)))
    }
}

/// The medians of both pools in milliseconds, which are called in turns.
///
/// All calls are made twice, for the same users, and the second time counts. When a connection first looks at a page in
/// PostgreSQL's memory, the system maps it into the process, which takes longer than to read a user there. That is over
/// after as many calls as there are pages: soon in a small pool, and later than here in a large one.
async fn measure(callers: &mut [Caller], query: Query, calls: u32) -> anyhow::Result<[f64; 2]> {
    let mut times = [const { Vec::new() }; 2];
    let signer = Signer::new();
    for counts in [false, true] {
        for caller in &mut *callers {
            caller.random = SEED;
        }
        for _ in 0..calls {
            let mut said = None;
            for (caller, times) in callers.iter_mut().zip(&mut times) {
                let (time, rows) = caller.time(&signer, query).await?;
                if *said.get_or_insert(rows) != rows {
                    bail!(
                        "{}: {rows} rows, and not as many as of the other pool",
                        query.name()
                    );
                }
                if counts {
                    times.push(time);
                }
            }
        }
    }
    Ok(times.map(median_ms))
}

fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    middle.as_secs_f64() * 1000.0
}
