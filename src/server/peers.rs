//! How many connections each peer has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::source_address::TrustedProxies;
use crate::domain::source_network::SourceNetwork;

/// The peers that have connections to a listener.
pub struct Peers {
    most: usize,
    proxies: TrustedProxies,
    open: Mutex<HashMap<SourceNetwork, Peer>>,
}

struct Peer {
    connections: usize,
    further_streams: Arc<Semaphore>,
}

impl Peers {
    /// Each peer may have `most` connections, and the trusted `proxies`, who bring many clients, any number.
    pub fn new(most: usize, proxies: TrustedProxies) -> Arc<Self> {
        Arc::new(Self {
            most,
            proxies,
            open: Mutex::default(),
        })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<SourceNetwork, Peer>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection from `address`; `None` if its peer has as many as it may.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<CountedConnection> {
        if self.proxies.contain(address.to_canonical()) {
            return Some(CountedConnection {
                peers: Arc::clone(self),
                peer: None,
                further_streams: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            });
        }
        let network = SourceNetwork::of(address);
        let mut open = self.open();
        let peer = open.entry(network).or_insert_with(|| Peer {
            connections: 0,
            further_streams: Arc::new(Semaphore::new(self.most.min(Semaphore::MAX_PERMITS))),
        });
        if peer.connections >= self.most {
            return None;
        }
        peer.connections += 1;
        Some(CountedConnection {
            peers: Arc::clone(self),
            peer: Some(network),
            further_streams: Arc::clone(&peer.further_streams),
        })
    }
}

/// A connection that counts until this is dropped.
pub struct CountedConnection {
    peers: Arc<Peers>,
    peer: Option<SourceNetwork>,
    /// A permit for each HTTP/2 stream of the peer beyond the first of its connection: as many as it may have
    /// connections, so that HTTP/2 brings it twice the requests of HTTP/1.1, as it does everybody together.
    pub further_streams: Arc<Semaphore>,
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        let Some(network) = self.peer else {
            return;
        };
        let mut open = self.peers.open();
        if let Some(peer) = open.get_mut(&network) {
            peer.connections = peer.connections.saturating_sub(1);
            if peer.connections == 0 {
                open.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServerConfig;

    #[test]
    fn a_peer_has_so_many_connections_and_a_trusted_proxy_any_number() {
        let config = ServerConfig {
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            ..ServerConfig::default()
        };
        let peers = Peers::new(2, TrustedProxies::new(&config));
        let admit = |address: &str| peers.admit(address.parse().unwrap());
        let (one, _two) = (admit("192.0.2.1").unwrap(), admit("192.0.2.1").unwrap());
        assert!(admit("192.0.2.1").is_none());
        assert!(admit("::ffff:192.0.2.1").is_none());
        let _other = admit("192.0.2.2").unwrap();
        drop(one);
        assert!(admit("192.0.2.1").is_some());
        let proxied: Vec<_> = (0..9).map(|_| admit("10.0.0.1").unwrap()).collect();
        assert_eq!(proxied.len(), 9);
        let _first = admit("2001:db8::1").unwrap();
        let _second = admit("2001:db8::2").unwrap();
        assert!(admit("2001:db8::3").is_none());
        assert!(admit("2001:db8:0:1::3").is_some());
        assert_eq!(peers.open().len(), 3);
    }
}
