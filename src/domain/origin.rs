//! Who makes a request, as far as limits tell requesters apart.

use std::net::{IpAddr, Ipv6Addr};

/// Who makes a request. Attempts are counted by it beside the user that they are about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The server itself, or a transport that names no address. Not limited.
    Server,
    /// The access key that signed the request, by its id.
    Caller(String),
    /// The app client that has proven its secret. Such a backend sends all its users' requests from one
    /// address, so it is counted by itself and not by that address.
    Client(String),
    /// The network that the request comes from: one IPv4 address, or the first 64 bits of an IPv6 address,
    /// which is what one customer of a provider has at least.
    Network(IpAddr),
}

impl Origin {
    /// The network of an address.
    #[must_use]
    pub fn of_address(address: IpAddr) -> Self {
        Self::Network(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }

    /// A text that no other origin has.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Server => "server".to_owned(),
            Self::Caller(id) => format!("caller {id}"),
            Self::Client(id) => format!("client {id}"),
            Self::Network(address) => format!("network {address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_are_one_origin() {
        let of = |text: &str| Origin::of_address(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
