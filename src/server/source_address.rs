//! The address that a request comes from, through any number of trusted proxies.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use tower::util::MapRequestLayer;

use crate::config::{ForwardedHeader, ServerConfig};
use crate::context::SourceAddress;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The remote address of the connection, an extension of every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The proxies whose forwarding header is believed, and which header they set.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardedHeader,
}

impl TrustedProxies {
    /// The proxies of the configuration.
    pub fn new(config: &ServerConfig) -> Self {
        Self {
            networks: config.trusted_proxies.clone(),
            header: config.forwarded_header,
        }
    }

    /// Whether `address`, which is canonical, is a trusted proxy's.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

/// A layer that adds [`SourceAddress`] to a request. It is no axum middleware, whose future would be
/// allocated for each request.
pub fn layer(
    trusted: TrustedProxies,
) -> MapRequestLayer<impl Fn(Request) -> Request + Clone + Send + Sync + 'static> {
    let trusted = Arc::new(trusted);
    let is_told = Arc::new(AtomicBool::new(false));
    MapRequestLayer::new(move |mut request: Request| {
        if let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() {
            if !is_told.load(Ordering::Relaxed) {
                tell_of_unlisted_proxy(peer.ip(), request.headers(), &trusted, &is_told);
            }
            let address = source_address(peer.ip(), request.headers(), &trusted);
            request.extensions_mut().insert(SourceAddress(address));
        }
        request
    })
}

/// Tells the operator once of what looks like a proxy in front that is not listed: all its users count as one
/// source, and soon meet that source's limits. A forwarding header from an address beyond the operator's own
/// networks is anybody's, and means nothing.
fn tell_of_unlisted_proxy(
    peer: IpAddr,
    headers: &HeaderMap,
    trusted: &TrustedProxies,
    is_told: &AtomicBool,
) {
    let peer = peer.to_canonical();
    let is_own = match peer {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
        }
    };
    let is_forwarded = || headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED);
    if is_own && !trusted.contain(peer) && is_forwarded() && !is_told.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(
            %peer,
            "a request was forwarded by an address that is not in `server.trusted_proxies`; if that is a \
             proxy, list it: until then all its users count as one source, for limits and in the log"
        );
    }
}

/// The address that a request comes from: `peer`, the other end of the connection, unless that is a
/// trusted proxy. Then it is the right-most address in the proxies' header that is not a trusted proxy,
/// since each proxy appends the address of its own peer. What stands to the left of that address was
/// written by the client, and is ignored.
///
/// Where the header ends, or an entry cannot be read, the last trusted proxy before it counts as the
/// source. IPv4 addresses that are mapped into IPv6 become IPv4 addresses.
pub fn source_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let mut source = peer.to_canonical();
    if !trusted.contain(source) {
        return source;
    }
    let (name, parse): (_, fn(&str) -> Option<IpAddr>) = match trusted.header {
        ForwardedHeader::XForwardedFor => (X_FORWARDED_FOR, parse_address),
        ForwardedHeader::Forwarded => (FORWARDED, parse_forwarded),
    };
    let mut lines: Vec<&[u8]> = headers
        .get_all(name)
        .into_iter()
        .map(|line| line.as_bytes())
        .collect();
    // Proxies append to the last line or add another.
    lines.reverse();
    for line in lines {
        let Ok(line) = std::str::from_utf8(line) else {
            return source;
        };
        for entry in line.rsplit(',') {
            let Some(address) = parse(entry.trim()) else {
                return source;
            };
            source = address.to_canonical();
            if !trusted.contain(source) {
                return source;
            }
        }
    }
    source
}

/// An address with or without a port, as proxies write it: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`,
/// `[2001:db8::1]` or `[2001:db8::1]:80`.
fn parse_address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// The address of the `for` parameter of one element of a `Forwarded` header (RFC 7239, section 4).
/// `None` for an element without one, and for `unknown` and the obfuscated identifiers that the RFC
/// permits. No address needs a comma or a semicolon, so an element with one in a quoted string is
/// refused by being cut.
fn parse_forwarded(element: &str) -> Option<IpAddr> {
    let node = element.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })?;
    let node = node.trim();
    let unquoted = node
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    parse_address(unquoted.unwrap_or(node))
}

#[cfg(test)]
mod tests {
    use axum::Extension;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn trusted(header: ForwardedHeader) -> TrustedProxies {
        TrustedProxies {
            networks: vec![
                "10.0.0.0/8".parse().unwrap(),
                "2001:db8:1::/48".parse().unwrap(),
            ],
            header,
        }
    }

    /// The source of a request from `peer` with these lines of the header.
    fn source(peer: &str, header: ForwardedHeader, lines: &[&str]) -> String {
        let name = match header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => FORWARDED,
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(&name, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        source_address(peer.parse().unwrap(), &headers, &trusted(header)).to_string()
    }

    fn x_forwarded_for(peer: &str, lines: &[&str]) -> String {
        source(peer, ForwardedHeader::XForwardedFor, lines)
    }

    fn forwarded(peer: &str, lines: &[&str]) -> String {
        source(peer, ForwardedHeader::Forwarded, lines)
    }

    #[test]
    fn a_header_from_an_untrusted_peer_is_ignored() {
        assert_eq!(
            x_forwarded_for("203.0.113.9", &["198.51.100.7"]),
            "203.0.113.9"
        );
        assert_eq!(
            forwarded("203.0.113.9", &["for=198.51.100.7"]),
            "203.0.113.9"
        );
        assert_eq!(
            x_forwarded_for("2001:db8:2::9", &["10.0.0.2"]),
            "2001:db8:2::9"
        );
    }

    #[test]
    fn without_the_header_the_peer_is_the_source() {
        assert_eq!(x_forwarded_for(PROXY, &[]), PROXY);
        assert_eq!(x_forwarded_for("203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn the_rightmost_untrusted_address_is_the_source() {
        for lines in [
            &["198.51.100.7"][..],
            &["198.51.100.7, 10.0.0.2, 10.0.0.3"],
            // Written by the client.
            &["127.0.0.1, 10.9.9.9, 198.51.100.7"],
            &["1.1.1.1", "198.51.100.7 ,10.0.0.2"],
            &["1.1.1.1, 198.51.100.7", "10.0.0.2"],
            &["198.51.100.7:4711"],
        ] {
            assert_eq!(x_forwarded_for(PROXY, lines), "198.51.100.7", "{lines:?}");
        }
    }

    #[test]
    fn a_chain_of_trusted_proxies_only_ends_at_its_first_address() {
        assert_eq!(x_forwarded_for(PROXY, &["10.0.0.9, 10.0.0.8"]), "10.0.0.9");
    }

    #[test]
    fn an_unreadable_entry_ends_the_chain_at_the_proxy_that_wrote_it() {
        for lines in [
            &["198.51.100.7, unknown"][..],
            &["198.51.100.7, "],
            &["198.51.100.7", ""],
            &["198.51.100.7, \u{e9}"],
            &["198.51.100.7, 256.1.1.1"],
            &["198.51.100.7, [2001:db8::1"],
        ] {
            assert_eq!(x_forwarded_for(PROXY, lines), PROXY, "{lines:?}");
        }
        assert_eq!(
            x_forwarded_for(PROXY, &["198.51.100.7, -, 10.0.0.2"]),
            "10.0.0.2"
        );
    }

    #[test]
    fn ipv6_addresses_are_read_with_and_without_port() {
        for entry in ["2001:db8:7::1", "[2001:db8:7::1]", "[2001:db8:7::1]:443"] {
            assert_eq!(x_forwarded_for("2001:db8:1::5", &[entry]), "2001:db8:7::1");
        }
    }

    #[test]
    fn an_ipv4_address_mapped_into_ipv6_is_an_ipv4_address() {
        assert_eq!(
            x_forwarded_for("::ffff:10.0.0.1", &["198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(
            x_forwarded_for(PROXY, &["::ffff:198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(x_forwarded_for("::ffff:203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn the_forwarded_header_is_read_as_rfc_7239_writes_it() {
        for line in [
            "for=198.51.100.7",
            "For=\"198.51.100.7:4711\"",
            "proto=https;for=198.51.100.7;by=10.0.0.1",
            "for=1.1.1.1, for=198.51.100.7 , for=10.0.0.2",
        ] {
            assert_eq!(forwarded(PROXY, &[line]), "198.51.100.7", "{line}");
        }
        assert_eq!(
            forwarded(PROXY, &["for=\"[2001:db8:7::1]:443\""]),
            "2001:db8:7::1"
        );
        for line in [
            "proto=https",
            "for=unknown",
            "for=_hidden",
            "for=\"198.51.100.7",
            "for=\"1.1.1.1,for=198.51.100.7\"",
        ] {
            assert_eq!(forwarded(PROXY, &[line]), PROXY, "{line}");
        }
    }

    #[test]
    fn only_the_configured_header_counts() {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED, HeaderValue::from_static("for=1.1.1.1"));
        let peer = PROXY.parse().unwrap();
        let trusted = trusted(ForwardedHeader::XForwardedFor);
        assert_eq!(source_address(peer, &headers, &trusted), peer);
    }

    #[tokio::test]
    async fn the_handler_gets_the_address_of_the_client() {
        use axum::Router;
        use axum::routing::get;
        use tower::ServiceExt;

        let handler = |Extension(source): Extension<SourceAddress>| async move {
            assert_eq!(source, SourceAddress("198.51.100.7".parse().unwrap()));
        };
        let router = Router::new()
            .route("/", get(handler))
            .layer(layer(trusted(ForwardedHeader::XForwardedFor)));
        let mut request = Request::get("/")
            .header(X_FORWARDED_FOR, "198.51.100.7")
            .body(axum::body::Body::empty())
            .unwrap();
        let peer = SocketAddr::new(PROXY.parse().unwrap(), 4711);
        request.extensions_mut().insert(Peer(peer));
        assert_eq!(router.oneshot(request).await.unwrap().status(), 200);
    }

    proptest! {
        #[test]
        fn an_untrusted_peer_is_the_source_whatever_the_header(
            line in "[ -~]{0,80}",
            last in 1_u8..=254,
        ) {
            let peer = format!("203.0.113.{last}");
            prop_assert_eq!(x_forwarded_for(&peer, &[&line]), peer.clone());
            prop_assert_eq!(forwarded(&peer, &[&line]), peer);
        }

        #[test]
        fn what_a_client_writes_does_not_change_its_address(
            written in "[ -~]{0,80}",
        ) {
            let line = format!("{written}, 198.51.100.7");
            prop_assert_eq!(x_forwarded_for(PROXY, &[&line]), "198.51.100.7");
        }
    }

    #[test]
    fn an_unlisted_proxy_of_the_operators_networks_is_told_of_once() {
        let tells = |peer: &str, name: HeaderName| {
            let is_told = AtomicBool::new(false);
            let mut headers = HeaderMap::new();
            headers.insert(name, "198.51.100.7".parse().unwrap());
            let trusted = trusted(ForwardedHeader::XForwardedFor);
            tell_of_unlisted_proxy(peer.parse().unwrap(), &headers, &trusted, &is_told);
            is_told.into_inner()
        };
        for peer in [
            "192.168.7.7",
            "127.0.0.1",
            "::ffff:172.16.0.9",
            "fd00::7",
            "fe80::7",
        ] {
            assert!(tells(peer, X_FORWARDED_FOR), "{peer}");
            assert!(tells(peer, FORWARDED), "{peer}");
        }
        // Listed; a stranger; and a request that nobody forwarded.
        assert!(!tells("10.0.0.2", X_FORWARDED_FOR));
        assert!(!tells("203.0.113.9", X_FORWARDED_FOR));
        assert!(!tells("192.168.7.7", axum::http::header::HOST));
    }
}
