//! The hosts of a PostgreSQL primary and its standbys, and which of them accepts writes.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Row};
use tokio::time::timeout;

/// How long a host may take to accept a connection and to say whether it accepts writes. A host that is
/// down refuses at once; this bounds the wait for a host that does not answer at all.
pub(super) const HOST_TIMEOUT: Duration = Duration::from_secs(3);

/// The hosts, in the order in which they are tried.
#[derive(Clone)]
pub(super) struct Hosts(Vec<PgConnectOptions>);

/// The host that accepts writes.
pub(super) struct WritableHost {
    /// Its index in the list.
    pub index: usize,
    /// How to connect to it.
    pub options: PgConnectOptions,
    /// An open connection to it.
    pub connection: PgConnection,
}

impl Hosts {
    /// These hosts, in this order.
    pub fn new(hosts: Vec<PgConnectOptions>) -> Self {
        Self(hosts)
    }

    /// The name for logs of the host at `index`, modulo the number of hosts.
    pub fn name(&self, index: usize) -> String {
        self.0
            .get(index % self.0.len().max(1))
            .map(name)
            .unwrap_or_default()
    }

    /// Tries the hosts one after the other, beginning at `first`, and returns the first that accepts
    /// writes.
    ///
    /// # Errors
    /// What is wrong with each of them, without a secret.
    pub async fn find_writable(&self, first: usize) -> Result<WritableHost, String> {
        let mut refusals = Vec::new();
        let numbered = self.0.iter().enumerate();
        for (index, options) in numbered
            .clone()
            .skip(first % self.0.len().max(1))
            .chain(numbered)
            .take(self.0.len())
        {
            let refusal = match timeout(HOST_TIMEOUT, connect_writable(options)).await {
                Ok(Ok(Some(connection))) => {
                    return Ok(WritableHost {
                        index,
                        options: options.clone(),
                        connection,
                    });
                }
                Ok(Ok(None)) => "takes no writes, as a standby or because it is set so".to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {} s", HOST_TIMEOUT.as_secs()),
            };
            refusals.push(format!("{}: {refusal}", name(options)));
        }
        Err(refusals.join("; "))
    }
}

/// A connection to the host; `None` if it does not accept writes.
async fn connect_writable(options: &PgConnectOptions) -> sqlx::Result<Option<PgConnection>> {
    let mut connection = options.connect().await?;
    Ok(accepts_writes(&mut connection).await?.then_some(connection))
}

/// Whether the connection accepts writes: its server is not a standby, and not set to read only.
pub(super) async fn accepts_writes(connection: &mut PgConnection) -> sqlx::Result<bool> {
    // A simple query, which every pooler passes on. On a standby this setting is always on.
    let row = sqlx::raw_sql("SHOW transaction_read_only")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get::<String, _>(0)? == "off")
}

fn name(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}
