//! The listener that speaks HTTPS beside the first one, for clients that insist on it on a developer's machine.

use std::io;
use std::net::SocketAddr;

use anyhow::Context;

use super::listener::Listener;
use super::tls;
use crate::config::{Config, HttpsListen, TlsConfig};
use crate::domain::time::Timestamp;

/// The listener that `config` wants beside `first`, which gives it the same limits. Where nobody asked for it, the
/// server does without one that it cannot have.
///
/// # Errors
/// If the address or the certificate cannot be used, and the address is configured.
pub async fn listener(
    config: &Config,
    first: &Listener,
    now: Timestamp,
) -> anyhow::Result<Option<Listener>> {
    let server = &config.server;
    let Some(address) = server.https_address(config.is_development()) else {
        return Ok(None);
    };
    let bound = bind(config, address, first, now).await;
    match server.https_listen {
        HttpsListen::Auto => Ok(or_without(bound, address)),
        HttpsListen::Off | HttpsListen::On(_) => bound.map(Some),
    }
}

async fn bind(
    config: &Config,
    address: SocketAddr,
    first: &Listener,
    now: Timestamp,
) -> anyhow::Result<Listener> {
    let given = &config.server.tls;
    let tls = TlsConfig {
        generate: config.is_development() && given.certificate.is_none(),
        ..given.clone()
    };
    let acceptor = tls::acceptor(&tls, &config.store.data_dir, now)?
        .context("HTTPS needs a certificate (server.tls)")?;
    first
        .beside(address, acceptor)
        .await
        .with_context(|| format!("cannot listen on {address} (server.https_listen)"))
}

fn or_without(bound: anyhow::Result<Listener>, address: SocketAddr) -> Option<Listener> {
    let error = match bound {
        Ok(listener) => return Some(listener),
        Err(error) => error,
    };
    let is_taken = error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::AddrInUse);
    if is_taken {
        tracing::warn!(
            %address,
            "the server does without HTTPS, because another process has its port; set server.https_listen to another \
             address, or to off"
        );
    } else {
        tracing::warn!(
            %address,
            error = format!("{error:#}"),
            "the server does without HTTPS; set server.https_listen to off if it is not needed"
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::listener::ConnectionLimits;
    use super::*;

    #[tokio::test]
    async fn a_port_that_another_process_has_matters_only_where_it_was_asked_for() {
        let limits = ConnectionLimits {
            max_connections: 4,
            idle_timeout: Duration::from_secs(1),
            shutdown_timeout: Duration::from_secs(1),
        };
        let first = Listener::bind("127.0.0.1:0".parse().unwrap(), None, limits)
            .await
            .unwrap();
        // A port that is taken: the first listener's own.
        let taken = first.address().unwrap();
        let data = tempfile::tempdir().unwrap();
        let mut config = Config::development();
        config.store.data_dir = data.path().to_owned();
        config.server.https_listen = HttpsListen::On(taken);
        let now = Timestamp::from_millis(1_800_000_000_000);
        let error = listener(&config, &first, now).await.err().unwrap();
        assert_eq!(
            error.to_string(),
            format!("cannot listen on {taken} (server.https_listen)")
        );
        assert!(or_without(bind(&config, taken, &first, now).await, taken).is_none());
        let free = "127.0.0.1:0".parse().unwrap();
        let bound = bind(&config, free, &first, now).await;
        assert!(or_without(bound, free).is_some());
    }
}
