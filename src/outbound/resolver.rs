//! Finds the addresses of the hosts that the configuration names, and hands over only those that the server
//! may connect to. The client connects to what it is handed, so that no second answer of the DNS counts.

use std::collections::HashSet;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_permitted;

/// Resolves configured hosts.
pub(super) struct CheckingResolver {
    /// In lower case, without a trailing dot.
    pub(super) hosts: HashSet<String>,
}

/// Why a host is not connected to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// The configuration does not name it.
    #[error("the configuration does not name this host")]
    UnknownHost,
    /// Its name stands only for addresses that are not connected to.
    #[error("the host has no address that the server connects to")]
    Address,
}

impl CheckingResolver {
    /// Whether the configuration names this host.
    pub(super) fn knows(&self, host: &str) -> bool {
        self.hosts.contains(&normal_form(host))
    }
}

/// A host as it is compared.
pub(super) fn normal_form(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

impl Resolve for CheckingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let is_known = self.knows(name.as_str());
        Box::pin(async move {
            if !is_known {
                return Err(Refused::UnknownHost.into());
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<SocketAddr> = found
                .filter(|address| is_permitted(address.ip(), false))
                .collect();
            if permitted.is_empty() {
                return Err(Refused::Address.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}
