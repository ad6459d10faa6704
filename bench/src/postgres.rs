//! PostgreSQL: a server for the run, a database for each number of users, and pgbench.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::dataset::{POOL, SEED};
use crate::process::{ChildProcess, parent_of};

/// What a production server has and the tests' server has not.
const SETTINGS: [&str; 3] = ["fsync=on", "synchronous_commit=on", "full_page_writes=on"];

/// A server that lives as long as this process.
pub struct Postgres {
    url: String,
    /// The process id of its first process, if it runs on this machine.
    pub pid: Option<u32>,
    /// Its version and the settings that matter.
    pub description: String,
    pgbench: PathBuf,
}

impl Postgres {
    /// That of `COGNATE_TEST_POSTGRES_URL`, or a private one.
    ///
    /// # Errors
    /// If PostgreSQL does not do it.
    pub fn start(repository: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new("python3");
        command
            .arg(repository.join("tests/postgres-cluster"))
            .args(["start", "--watch", &std::process::id().to_string()]);
        for setting in SETTINGS {
            command.args(["--set", setting]);
        }
        command.args(["--set", &format!("shared_buffers={}kB", buffers_kib())]);
        let answer = command.output().context("cannot run python3")?;
        if !answer.status.success() {
            bail!("{}", String::from_utf8_lossy(&answer.stderr));
        }
        let url = String::from_utf8(answer.stdout)?.trim().to_owned();
        let (pid, description) = runtime()?.block_on(describe(&url))?;
        Ok(Self {
            url,
            pid,
            description,
            pgbench: pgbench()?,
        })
    }

    /// An empty database of this name; what had it is gone. Returns its URL.
    ///
    /// # Errors
    /// If PostgreSQL does not do it.
    pub fn database(&self, name: &str) -> anyhow::Result<String> {
        runtime()?.block_on(async {
            let mut server = PgConnection::connect(&self.url).await?;
            for statement in [
                format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                format!("CREATE DATABASE {name}"),
            ] {
                sqlx::query(AssertSqlSafe(statement))
                    .execute(&mut server)
                    .await?;
            }
            anyhow::Ok(server.close().await?)
        })?;
        with_database(&self.url, name)
    }

    /// Drops the database of this name.
    ///
    /// # Errors
    /// If PostgreSQL does not do it.
    pub fn drop_database(&self, name: &str) -> anyhow::Result<()> {
        runtime()?.block_on(async {
            let mut server = PgConnection::connect(&self.url).await?;
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            sqlx::query(AssertSqlSafe(statement))
                .execute(&mut server)
                .await?;
            Ok(server.close().await?)
        })
    }

    /// Transactions per second of a script on the database at `url`.
    ///
    /// # Errors
    /// If PostgreSQL does not do it.
    pub fn measure(
        &self,
        url: &str,
        script: &Path,
        users: u64,
        clients: usize,
        seconds: u64,
    ) -> anyhow::Result<f64> {
        // To connect takes time, and comes off it.
        let seconds = seconds.max(2 + u64::try_from(clients / 32)?);
        let threads = std::thread::available_parallelism()?.get().min(clients);
        let child = ChildProcess::start(
            &self.pgbench,
            &[
                "--no-vacuum",
                "--protocol=prepared",
                &format!("--client={clients}"),
                &format!("--jobs={threads}"),
                &format!("--time={seconds}"),
                &format!("--define=users={users}"),
                "--file",
                &script.display().to_string(),
                url,
            ],
            Stdio::piped(),
        )?;
        let text = child.output().context("pgbench")?;
        let rate = text.lines().find_map(|line| {
            line.strip_prefix("tps = ")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        });
        rate.with_context(|| format!("pgbench says nothing of tps: {text}"))
    }
}

/// pgbench's scripts: the row that the server reads, by primary key, and a change of one such row.
///
/// # Errors
/// If they cannot be written.
pub fn scripts(directory: &Path) -> anyhow::Result<[PathBuf; 2]> {
    let user =
        format!("WHERE pool_id = '{POOL}' AND user_id = md5('{SEED}' || :number)::uuid::text");
    let number = "\\set number random(0, :users - 1)";
    let select = format!(
        "{number}\nSELECT pool_id, user_id, username, status, enabled, attributes, created_at, \
         modified_at, version FROM users {user};\n"
    );
    let update = format!(
        "{number}\nUPDATE users SET modified_at = modified_at + 1, version = version + 1 {user};\n"
    );
    let paths = [directory.join("select.sql"), directory.join("update.sql")];
    for (path, text) in paths.iter().zip([select, update]) {
        std::fs::write(path, text)?;
    }
    Ok(paths)
}

async fn describe(url: &str) -> anyhow::Result<(Option<u32>, String)> {
    let mut server = PgConnection::connect(url).await?;
    let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut server)
        .await?;
    let mut description = String::new();
    for name in [
        "server_version",
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "shared_buffers",
    ] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(name)
            .fetch_one(&mut server)
            .await?;
        if !description.is_empty() {
            description += ", ";
        }
        description += &format!("{name} {value}");
    }
    // Elsewhere, or in a container, that number is another process's or none's.
    let name = std::fs::read_to_string(format!("/proc/{backend}/comm")).unwrap_or_default();
    let pid = (name.trim() == "postgres")
        .then(|| parent_of(u32::try_from(backend).ok()?))
        .flatten();
    server.close().await?;
    Ok((pid, description))
}

fn with_database(url: &str, name: &str) -> anyhow::Result<String> {
    let (scheme, rest) = url.split_once("://").context("a URL")?;
    let (rest, query) = rest
        .split_once('?')
        .map_or((rest, ""), |(rest, query)| (rest, query));
    let server = rest.split_once('/').map_or(rest, |(server, _)| server);
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    Ok(format!("{scheme}://{server}/{name}{query}"))
}

fn pgbench() -> anyhow::Result<PathBuf> {
    program("pgbench")
}

/// A program of PostgreSQL's, wherever its package put it.
///
/// # Errors
/// If it is not there.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    places.extend(versions.into_iter().rev());
    places
        .into_iter()
        .map(|place| place.join(name))
        .find(|program| program.is_file())
        .with_context(|| format!("{name} is not installed; it comes with the PostgreSQL server"))
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// A quarter of the machine's memory, which PostgreSQL's documentation gives as a start, in KiB. 128 MiB,
/// PostgreSQL's default, if the system does not say how much there is.
fn buffers_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"))
        .and_then(|number| number.trim().parse::<u64>().ok());
    total.map_or(128 * 1024, |total| total / 4)
}
