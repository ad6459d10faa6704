//! The maker of a request, as far as limits and queues tell requesters apart.

use super::source_network::SourceNetwork;

/// The maker of a request, beside the user that the request is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The server itself, or a transport that names no address. Not limited.
    Server,
    /// The administrator with this access key, who signed the request.
    Administrator(String),
    /// The app client with this id, which has proven its secret. Such a backend sends all its users' requests
    /// from one address, so it is counted by itself and not by that address.
    Client(String),
    /// Any caller that comes from this network.
    Network(SourceNetwork),
}

impl Origin {
    /// A text that no other origin has.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Server => "server".to_owned(),
            Self::Administrator(key) => format!("administrator {key}"),
            Self::Client(id) => format!("client {id}"),
            Self::Network(network) => format!("network {network}"),
        }
    }
}
