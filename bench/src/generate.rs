//! Pools with many users: rows written in bulk, past the server.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use aws_lc_rs::digest;
use cognate::app::App;
use cognate::config::Config;
use cognate::crypto::KeyPurpose;
use cognate::flows::turn;
use cognate::store::Db;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, QueryBuilder, Sqlite};

use crate::dataset::{POOL, attributes, user_id, username};
use crate::srp;
use crate::{factors, pool_domain, print_progress};

const COLUMNS: &str = "pool_id, user_id, username, username_key, status, enabled, attributes, \
    email, phone_number, name, given_name, family_name, password_hash, srp_salt, srp_verifier, \
    password_set_at, former_passwords, created_at, modified_at, version";
/// When all users were made, 2025-01-01.
const CREATED_AT: i64 = 1_735_689_600_000;
/// Rows of one transaction or buffer.
const BATCH: u64 = 10_000;
/// Rows of one INSERT: SQLite takes 32,766 values at most.
const ROWS_PER_INSERT: u64 = 200;

/// Writes rows of users.
struct UserWriter {
    app: Arc<App>,
    /// Everybody's hash: each sign-in verifies it anew, so one is as good as many.
    password_hash: String,
    salt: [u8; 16],
}

struct Row {
    id: String,
    username: String,
    attributes: String,
    given: std::collections::BTreeMap<&'static str, String>,
    verifier: Vec<u8>,
}

impl UserWriter {
    fn row(&self, number: u64) -> anyhow::Result<Row> {
        let id = user_id(number);
        let given = attributes(number);
        let context = [POOL, &id];
        Ok(Row {
            username: username(number),
            attributes: serde_json::to_string(&given)?,
            verifier: self
                .app
                .vault
                .seal(KeyPurpose::SrpVerifier, &context, &srp::verifier())?,
            given,
            id,
        })
    }

    async fn copy(
        &self,
        conn: &mut PgConnection,
        count: u64,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        let statement = format!("COPY users ({COLUMNS}) FROM STDIN");
        let mut copy = conn.copy_in_raw(&statement).await?;
        let mut text = String::new();
        for number in 0..count {
            let row = self.row(number)?;
            let value = |name: &str| row.given.get(name).map_or("", String::as_str);
            writeln!(
                text,
                "{POOL}\t{}\t{}\t{}\tCONFIRMED\tt\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t\\\\x{}\t\\\\x{}\t\
                 {CREATED_AT}\t[]\t{CREATED_AT}\t{CREATED_AT}\t1",
                row.id,
                row.username,
                row.username,
                row.attributes,
                value("email"),
                value("phone_number"),
                value("name"),
                value("given_name"),
                value("family_name"),
                self.password_hash,
                hex::encode(self.salt),
                hex::encode(&row.verifier),
            )?;
            if (number + 1) % BATCH == 0 {
                copy.send(text.as_bytes()).await?;
                text.clear();
                progress.at(number + 1);
            }
        }
        copy.send(text.as_bytes()).await?;
        copy.finish().await?;
        Ok(())
    }

    async fn insert(
        &self,
        conn: &mut SqliteConnection,
        count: u64,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        for begin in (0..count).step_by(usize::try_from(BATCH)?) {
            let end = count.min(begin + BATCH);
            let mut tx = conn.begin().await?;
            for first in (begin..end).step_by(usize::try_from(ROWS_PER_INSERT)?) {
                let rows = (first..end.min(first + ROWS_PER_INSERT))
                    .map(|number| self.row(number))
                    .collect::<anyhow::Result<Vec<_>>>()?;
                let start = format!("INSERT INTO users ({COLUMNS}) ");
                let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(start);
                query.push_values(rows, |mut tuple, mut row| {
                    let mut value = |name: &str| row.given.remove(name);
                    tuple.push_bind(POOL).push_bind(row.id);
                    tuple
                        .push_bind(row.username.clone())
                        .push_bind(row.username);
                    tuple
                        .push_bind("CONFIRMED")
                        .push_bind(true)
                        .push_bind(row.attributes);
                    for name in ["email", "phone_number", "name", "given_name", "family_name"] {
                        tuple.push_bind(value(name));
                    }
                    tuple.push_bind(self.password_hash.as_str());
                    tuple
                        .push_bind(self.salt.as_slice())
                        .push_bind(row.verifier);
                    tuple.push_bind(CREATED_AT).push_bind("[]");
                    tuple
                        .push_bind(CREATED_AT)
                        .push_bind(CREATED_AT)
                        .push_bind(1_i64);
                });
                query.build().execute(&mut *tx).await?;
            }
            tx.commit().await?;
            progress.at(end);
        }
        Ok(())
    }
}

struct Progress {
    of: u64,
    begun: Instant,
}

impl Progress {
    fn at(&self, done: u64) {
        if done.is_multiple_of(100_000) && done < self.of {
            print_progress(&format!(
                "  {done} of {} users, {:.0} s",
                self.of,
                self.begun.elapsed().as_secs_f64()
            ));
        }
    }
}

/// Deletes the users that AdminCreateUser and SignUp made, whose names begin with `made` and `new`:
/// a pool has as many users in the next run, and the same on its first page. The codes of authenticator apps count
/// anew, and those of applications are forgotten. For when no server runs.
pub async fn restore(url: &str) -> anyhow::Result<()> {
    const DELETE: &str = "DELETE FROM users WHERE pool_id = $1
        AND (username_key BETWEEN 'made' AND 'madf' OR username_key BETWEEN 'new' AND 'nex')";
    const CODES: &str = "UPDATE software_tokens SET last_step = 0";
    const AUTHORIZATION_CODES: &str = "DELETE FROM authorization_codes";
    let db = crate::open_store(url).await?;
    match &db {
        Db::Postgres(postgres) => {
            let mut conn = postgres.primary.pool().get().await?;
            sqlx::query(DELETE).bind(POOL).execute(&mut *conn).await?;
            sqlx::query(CODES).execute(&mut *conn).await?;
            sqlx::query(AUTHORIZATION_CODES).execute(&mut *conn).await?;
        }
        Db::Sqlite { writer, .. } => {
            let mut conn = writer.get().await?;
            sqlx::query(DELETE).bind(POOL).execute(&mut *conn).await?;
            sqlx::query(CODES).execute(&mut *conn).await?;
            sqlx::query(AUTHORIZATION_CODES).execute(&mut *conn).await?;
        }
    }
    db.close().await;
    Ok(())
}

/// Fills an empty store, which the configuration file names, with the pool and `users` users.
/// Returns rows per second, indexes included.
pub fn fill(configuration: &Path, users: u64) -> anyhow::Result<f64> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let config = Config::load(Some(configuration), std::iter::empty())?;
        let verifier = cognate::server::verifier(&config);
        let app = App::open(config.clone(), config.public_url(), verifier).await?;
        cognate::provisioning::declared::apply(&app, &app.internal_context(), &config.user_pools)
            .await?;
        let password = crate::dataset::PASSWORD.into();
        let turn = turn::of_request(&app.internal_context(), POOL);
        let salt = *b"cognate's benchm";
        let user_writer = UserWriter {
            password_hash: app.passwords.hash(&turn, &password, salt).await?,
            salt: *b"\x01ognate's benchm",
            app: Arc::clone(&app),
        };
        let begun = Instant::now();
        let progress = Progress { of: users, begun };
        match &app.db {
            Db::Postgres(postgres) => {
                let mut conn = postgres.primary.pool().get().await?;
                let indexes: Vec<(String, String)> = sqlx::query_as(
                    "SELECT indexname::text, indexdef FROM pg_indexes
                     WHERE tablename = 'users' AND indexname <> 'users_pkey'",
                )
                .fetch_all(&mut *conn)
                .await?;
                for (name, _) in &indexes {
                    sqlx::query(AssertSqlSafe(format!("DROP INDEX {name}")))
                        .execute(&mut *conn)
                        .await?;
                }
                user_writer.copy(&mut conn, users, &progress).await?;
                for (_, definition) in indexes {
                    sqlx::query(AssertSqlSafe(definition))
                        .execute(&mut *conn)
                        .await?;
                }
                sqlx::query("VACUUM (ANALYZE) users")
                    .execute(&mut *conn)
                    .await?;
                sqlx::query("CHECKPOINT").execute(&mut *conn).await?;
            }
            Db::Sqlite { writer, .. } => {
                let mut conn = writer.get().await?;
                let indexes: Vec<(String, String)> = sqlx::query_as(
                    "SELECT name, sql FROM sqlite_master
                     WHERE type = 'index' AND tbl_name = 'users' AND sql IS NOT NULL",
                )
                .fetch_all(&mut *conn)
                .await?;
                for (name, _) in &indexes {
                    sqlx::query(AssertSqlSafe(format!("DROP INDEX {name}")))
                        .execute(&mut *conn)
                        .await?;
                }
                user_writer.insert(&mut conn, users, &progress).await?;
                for (_, definition) in indexes {
                    sqlx::query(AssertSqlSafe(definition))
                        .execute(&mut *conn)
                        .await?;
                }
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        factors::fill(&app, &user_writer.password_hash).await?;
        pool_domain::fill(&app, users).await?;
        if let Db::Postgres(postgres) = &app.db {
            // Each of the browsers' sign-ins has written its user's row anew.
            let mut conn = postgres.primary.pool().get().await?;
            sqlx::query("VACUUM (ANALYZE) users, browser_sessions")
                .execute(&mut *conn)
                .await?;
        }
        app.stop().await;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        Ok(users as f64 / seconds)
    })
}

/// The path of the cached SQLite file. Its name changes with the code that generates it.
pub fn cached(directory: &Path, users: u64) -> anyhow::Result<PathBuf> {
    let mut hash = digest::Context::new(&digest::SHA256);
    for source in [
        include_str!("generate.rs"),
        include_str!("dataset.rs"),
        include_str!("factors.rs"),
        include_str!("pool_domain.rs"),
        include_str!("srp.rs"),
    ] {
        hash.update(source.as_bytes());
    }
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/sqlite");
    let mut files = std::fs::read_dir(&migrations)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .context("cannot read the migrations")?;
    files.sort();
    for file in files {
        hash.update(&std::fs::read(file)?);
    }
    let hash = hex::encode(hash.finish());
    let short = hash.get(..8).unwrap_or_default();
    Ok(directory.join(format!("users-{users}-{short}.db")))
}
