//! Which addresses the server may connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The kind of network that an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A public address.
    Public,
    /// The machine itself or a private network: RFC 1918, RFC 6598 and unique local addresses.
    Internal,
    /// The link, where clouds serve a machine's credentials (169.254.169.254, fd00:ec2::254).
    LinkLocal,
    /// No single machine: unspecified, multicast, broadcast and reserved addresses.
    Nowhere,
}

/// The kind of network of `address`. An IPv6 address that stands for an IPv4 address is judged as that.
#[must_use]
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(embedded) => reach_v4(embedded),
            None => reach_v6(address),
        },
    }
}

/// Whether the server may connect to `address` for a host that the configuration names. `is_literal`: the
/// configuration names the address itself. A name whose entry in the DNS somebody else may change must not lead
/// to the credentials that a cloud serves on the link.
#[must_use]
pub fn is_permitted(address: IpAddr, is_literal: bool) -> bool {
    match reach(address) {
        Reach::Public | Reach::Internal => true,
        Reach::LinkLocal => is_literal,
        Reach::Nowhere => false,
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let [first, second, ..] = address.octets();
    if address.is_link_local() {
        Reach::LinkLocal
    } else if first == 0 || first >= 224 {
        Reach::Nowhere
    } else if address.is_loopback()
        || address.is_private()
        || (first == 100 && (64..128).contains(&second))
    {
        Reach::Internal
    } else {
        Reach::Public
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    /// Where EC2 serves a machine's credentials.
    const EC2_METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);
    if address.is_unicast_link_local() || address == EC2_METADATA {
        Reach::LinkLocal
    } else if address.is_unspecified() || address.is_multicast() {
        Reach::Nowhere
    } else if address.is_loopback() || address.is_unique_local() {
        Reach::Internal
    } else {
        Reach::Public
    }
}

/// The IPv4 address in one that is mapped (RFC 4291), translated (RFC 6052) or tunnelled (RFC 3056).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return Some(mapped);
    }
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_sorted_by_the_network_that_they_belong_to() {
        for (address, expected) in [
            ("203.0.113.9", Reach::Public),
            ("100.128.0.1", Reach::Public),
            ("2001:db8::1", Reach::Public),
            ("127.0.0.1", Reach::Internal),
            ("10.1.2.3", Reach::Internal),
            ("172.31.0.1", Reach::Internal),
            ("192.168.0.1", Reach::Internal),
            ("100.64.0.1", Reach::Internal),
            ("::1", Reach::Internal),
            ("fd12:3456::1", Reach::Internal),
            ("::ffff:10.0.0.1", Reach::Internal),
            ("64:ff9b::7f00:1", Reach::Internal),
            ("2002:0a00:0001::1", Reach::Internal),
            ("169.254.169.254", Reach::LinkLocal),
            ("fe80::1", Reach::LinkLocal),
            ("fd00:ec2::254", Reach::LinkLocal),
            ("::ffff:169.254.169.254", Reach::LinkLocal),
            ("64:ff9b::a9fe:a9fe", Reach::LinkLocal),
            ("0.0.0.0", Reach::Nowhere),
            ("::", Reach::Nowhere),
            ("224.0.0.1", Reach::Nowhere),
            ("255.255.255.255", Reach::Nowhere),
            ("ff02::1", Reach::Nowhere),
        ] {
            assert_eq!(reach(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn a_link_local_address_has_to_be_named_itself() {
        let metadata = "169.254.169.254".parse().unwrap();
        assert!(is_permitted(metadata, true));
        assert!(!is_permitted(metadata, false));
        let loopback = "127.0.0.1".parse().unwrap();
        assert!(is_permitted(loopback, true) && is_permitted(loopback, false));
        let nowhere = "0.0.0.0".parse().unwrap();
        assert!(!is_permitted(nowhere, true) && !is_permitted(nowhere, false));
    }
}
