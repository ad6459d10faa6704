//! The hosts of a PostgreSQL primary and its standbys, and which of them takes writes.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Row};
use tokio::time::timeout;

/// How long a host may take to let us in and say what it is. One that is down refuses at once; this
/// is for one that does not answer at all.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// Where to look, and in which order.
#[derive(Clone)]
pub(super) struct Hosts(Vec<PgConnectOptions>);

/// The host that takes writes.
pub(super) struct Found {
    /// Its place in the list.
    pub index: usize,
    /// How to connect to it.
    pub options: PgConnectOptions,
    /// A session with it.
    pub session: PgConnection,
}

impl Hosts {
    /// These, in this order.
    pub fn new(each: Vec<PgConnectOptions>) -> Self {
        Self(each)
    }

    /// The host at `index`, counted round, for a log.
    pub fn name(&self, index: usize) -> String {
        self.0
            .get(index % self.0.len().max(1))
            .map(name)
            .unwrap_or_default()
    }

    /// Asks one after the other, `first` first, and takes the first that takes writes.
    ///
    /// # Errors
    /// What is wrong with each of them, without a secret.
    pub async fn find(&self, first: usize) -> Result<Found, String> {
        let mut refusals = Vec::new();
        let numbered = self.0.iter().enumerate();
        for (index, options) in numbered
            .clone()
            .skip(first % self.0.len().max(1))
            .chain(numbered)
            .take(self.0.len())
        {
            let refusal = match timeout(PATIENCE, open(options)).await {
                Ok(Ok(Some(session))) => {
                    return Ok(Found {
                        index,
                        options: options.clone(),
                        session,
                    });
                }
                Ok(Ok(None)) => "takes no writes, as a standby or because it is set so".to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
            };
            refusals.push(format!("{}: {refusal}", name(options)));
        }
        Err(refusals.join("; "))
    }
}

async fn open(options: &PgConnectOptions) -> sqlx::Result<Option<PgConnection>> {
    let mut session = options.connect().await?;
    Ok(takes_writes(&mut session).await?.then_some(session))
}

/// Whether the session may write: neither is its server a standby nor is it set to read only.
pub(super) async fn takes_writes(session: &mut PgConnection) -> sqlx::Result<bool> {
    // A simple query, which every pooler passes on. In recovery this setting is always on.
    let row = sqlx::raw_sql("SHOW transaction_read_only")
        .fetch_one(session)
        .await?;
    Ok(row.try_get::<String, _>(0)? == "off")
}

fn name(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}
