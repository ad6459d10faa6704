//! The network that counts as one source of requests.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What one customer of an internet provider usually has at least: an IPv4 address, or the /64 of an IPv6
/// address. Whatever is shared out or counted by source uses this, because a single machine may use every
/// address of its /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceNetwork(IpAddr);

impl SourceNetwork {
    /// The network of an address. An IPv4 address that is mapped into IPv6 counts as an IPv4 address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Ipv6Addr::from(network).into()
            }
        })
    }

    /// The addresses among which a device gets another one now and then: a /24 of IPv4, a /48 of IPv6.
    #[must_use]
    pub fn vicinity(self) -> String {
        match self.0 {
            IpAddr::V4(address) => {
                let network = Ipv4Addr::from(u32::from(address) & !0xff);
                format!("{network}/24")
            }
            IpAddr::V6(address) => {
                let network = Ipv6Addr::from(u128::from(address) & !(u128::MAX >> 48));
                format!("{network}/48")
            }
        }
    }
}

impl fmt::Display for SourceNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "{address}/32"),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_counts_by_address_and_ipv6_by_its_first_64_bits() {
        for (address, network) in [
            ("192.0.2.1", "192.0.2.1/32"),
            ("::ffff:192.0.2.1", "192.0.2.1/32"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ] {
            let found = SourceNetwork::of(address.parse().unwrap());
            assert_eq!(found.to_string(), network);
        }
    }

    #[test]
    fn the_vicinity_has_the_addresses_that_a_device_may_get() {
        for (address, vicinity) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2::7", "2001:db8:1::/48"),
            ("2001:db8:1:ffff:3::4", "2001:db8:1::/48"),
            ("2001:db8:2:2::7", "2001:db8:2::/48"),
        ] {
            let found = SourceNetwork::of(address.parse().unwrap());
            assert_eq!(found.vicinity(), vicinity);
        }
    }
}
