//! Upper limits of the cases: the rates of their indispensable parts, which are cryptography through the
//! library's own code, SQLite through its driver, and an HTTP handler that does nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::serve::ListenerExt;
use cognate::crypto::{
    Argon2Settings, ClientPublic, Passwords, QueueBounds, ServerChallenge, SigningKey, SrpVerifier,
    Turn,
};
use cognate::domain::origin::Origin;
use cognate::store::Db;
use serde_json::json;

use crate::dataset::{PASSWORD, POOL, splitmix64, user_id};
use crate::srp;

/// What is measured without the server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Requests to a handler that answers with the bytes of a file.
    BareHandler,
    /// Reads of one user by primary key.
    Select,
    /// Changes of one user.
    Update,
    /// RSA-2048 signatures.
    Signatures,
    /// RSA-2048 verifications.
    Verifications,
    /// The server's part of SRP exchanges.
    SrpExchanges,
    /// The same with the numbers of the generated users.
    BenchmarkSrpExchanges,
    /// Hashes of passwords.
    Argon2id,
}

impl Limit {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BareHandler => "bare axum handler",
            Self::Select => "SELECT",
            Self::Update => "UPDATE",
            Self::Signatures => "RSA-2048 signatures",
            Self::Verifications => "RSA-2048 verifications",
            Self::SrpExchanges => "SRP exchanges",
            Self::BenchmarkSrpExchanges => "SRP exchanges, benchmark's numbers",
            Self::Argon2id => "Argon2id",
        }
    }

    /// What is measured once beside it, for comparison.
    pub const fn reference(self) -> Option<Self> {
        match self {
            Self::Signatures => Some(Self::Verifications),
            Self::SrpExchanges => Some(Self::BenchmarkSrpExchanges),
            Self::BareHandler
            | Self::Select
            | Self::Update
            | Self::Verifications
            | Self::BenchmarkSrpExchanges
            | Self::Argon2id => None,
        }
    }

    /// Whether it depends on the number of connections.
    pub const fn has_connections(self) -> bool {
        matches!(self, Self::BareHandler | Self::Select | Self::Update)
    }
}

/// How many processors there are.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Argon2id hashes per second, with the default parameters, which the server has too.
pub fn argon2(window: Duration) -> anyhow::Result<f64> {
    let passwords = {
        let bounds = QueueBounds {
            all: 64,
            kept_for_known: 0,
            of_pool: 64,
            of_network: 64,
        };
        Passwords::new(Argon2Settings::default(), cores(), bounds)?
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        rate(2 * cores(), window, move |_| {
            let passwords = passwords.clone();
            async move {
                let turn = Turn {
                    pool: POOL.to_owned(),
                    origin: Origin::Server,
                    known: true,
                };
                passwords.hash(&turn, &PASSWORD.into(), [7; 16]).await?;
                Ok(())
            }
        })
        .await
    })
}

/// A key, and what is signed with it: as long as an access token.
fn key() -> anyhow::Result<(SigningKey, serde_json::Value)> {
    let claims = json!({
        "sub": user_id(1), "iss": format!("http://127.0.0.1:2646/{POOL}"), "client_id": "c".repeat(26),
        "origin_jti": user_id(2), "event_id": user_id(3), "token_use": "access",
        "scope": "aws.cognito.signin.user.admin", "auth_time": 1_735_689_600,
        "exp": 1_735_689_600, "iat": 1_735_689_600, "jti": user_id(4), "username": "user0000001",
    });
    Ok((SigningKey::generate()?, claims))
}

/// Signatures of RSA-2048 tokens per second.
pub fn signatures(window: Duration) -> anyhow::Result<f64> {
    let (key, claims) = key()?;
    Ok(on_all_cores(window, || drop(key.sign_jwt(&claims))))
}

/// Verifications of RSA-2048 tokens per second.
pub fn verifications(window: Duration) -> anyhow::Result<f64> {
    let (key, claims) = key()?;
    let token = key.sign_jwt(&claims)?;
    let verifying = key.verifying_key()?;
    Ok(on_all_cores(window, || {
        drop(verifying.verify_jwt::<serde_json::Value>(&token));
    }))
}

/// The server's part of SRP exchanges per second, a power of g and two exponentiations each, with
/// ordinary numbers.
pub fn srp_exchanges(window: Duration) -> anyhow::Result<f64> {
    let verifier = SrpVerifier::derive("Benchmark", "user", &PASSWORD.into(), &[7; 16]);
    let client = cognate::crypto::srp::client::Client::new([0x5a; 32]).public_hex();
    let client = ClientPublic::parse(&client).context("A")?;
    Ok(exchanges(window, &verifier, &client))
}

/// The same with the numbers of the generated users.
pub fn benchmark_srp_exchanges(window: Duration) -> anyhow::Result<f64> {
    let verifier = SrpVerifier::from_bytes(&srp::verifier()).context("v")?;
    let client = ClientPublic::parse(srp::A).context("A")?;
    Ok(exchanges(window, &verifier, &client))
}

fn exchanges(window: Duration, verifier: &SrpVerifier, client: &ClientPublic) -> f64 {
    on_all_cores(window, || {
        drop(ServerChallenge::new(verifier, [0xa5; 32]).session_key(client));
    })
}

fn on_all_cores(window: Duration, work: impl Fn() + Sync) -> f64 {
    let done = AtomicU64::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..cores() {
            scope.spawn(|| {
                while begun.elapsed() < window {
                    work();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    per_second(done.load(Ordering::Relaxed), begun.elapsed())
}

/// [`Limit::Select`] or [`Limit::Update`] of one user by primary key per second on SQLite, through
/// the driver alone, on the connections that the server would have.
pub fn sqlite(
    limit: Limit,
    url: &str,
    users: u64,
    connections: usize,
    window: Duration,
) -> anyhow::Result<f64> {
    const SELECT: &str = "SELECT pool_id, user_id, username, status, enabled, attributes, \
        created_at, modified_at, version FROM users WHERE pool_id = $1 AND user_id = $2";
    const UPDATE: &str = "UPDATE users SET modified_at = modified_at + 1, version = version + 1 \
        WHERE pool_id = $1 AND user_id = $2";
    type Row = (String, String, String, String, bool, String, i64, i64, i64);
    tokio::runtime::Runtime::new()?.block_on(async {
        let db = crate::open_store(url).await?;
        let Db::Sqlite {
            writer, readers, ..
        } = db.clone()
        else {
            bail!("{url} is not SQLite");
        };
        let user = move |turn| user_id(splitmix64(turn) % users);
        let per_second = if limit == Limit::Update {
            rate(connections, window, move |turn| {
                let writer = writer.clone();
                async move {
                    sqlx::query(UPDATE)
                        .bind(POOL)
                        .bind(user(turn))
                        .execute(&mut *writer.get().await?)
                        .await?;
                    Ok(())
                }
            })
            .await?
        } else {
            rate(connections, window, move |turn| {
                let readers = readers.clone();
                async move {
                    let row: Row = sqlx::query_as(SELECT)
                        .bind(POOL)
                        .bind(user(turn))
                        .fetch_one(&mut *readers.get().await?)
                        .await?;
                    drop(row);
                    Ok(())
                }
            })
            .await?
        };
        db.close().await;
        Ok(per_second)
    })
}

/// How often per second `tasks` tasks do `work` between them.
async fn rate<F>(
    tasks: usize,
    window: Duration,
    work: impl Fn(u64) -> F + Clone + Send + 'static,
) -> anyhow::Result<f64>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let done = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..tasks {
        let (done, work) = (Arc::clone(&done), work.clone());
        running.spawn(async move {
            while begun.elapsed() < window {
                work(done.fetch_add(1, Ordering::Relaxed)).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(per_second(done.load(Ordering::Relaxed), begun.elapsed()))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// The life of the process that answers every request with the bytes of a file.
pub fn bare(listen: SocketAddr, body: &Path) -> anyhow::Result<()> {
    let body = Bytes::from(std::fs::read(body)?);
    let answer = move || {
        let body = body.clone();
        async move { ([(CONTENT_TYPE, "application/x-amz-json-1.1")], body) }
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        // As the server does.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let router =
            axum::Router::new().route("/", axum::routing::post(answer.clone()).get(answer));
        Ok(axum::serve(listener, router).await?)
    })
}
