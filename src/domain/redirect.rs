//! Addresses that a browser is sent back to (domain 2.3), and what is added to them.

use std::fmt::Write as _;

/// Hosts of the own machine, where a program takes whatever port is free.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Whether `requested` is one of the registered addresses. All of it counts, except for the port on the own machine
/// (RFC 8252, 7.3).
#[must_use]
pub fn is_registered(registered: &[String], requested: &str) -> bool {
    registered.iter().any(|uri| {
        uri == requested
            || without_loopback_port(uri)
                .is_some_and(|uri| Some(uri) == without_loopback_port(requested))
    })
}

/// The host and what follows its port, for an address with http on the own machine.
fn without_loopback_port(uri: &str) -> Option<(&'static str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    LOOPBACK.into_iter().find_map(|host| {
        let rest = rest.strip_prefix(host)?;
        let Some(port) = rest.strip_prefix(':') else {
            let ends = rest.is_empty() || rest.starts_with(['/', '?']);
            return ends.then_some((host, rest));
        };
        let path = port.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_port = path.len() < port.len() && (path.is_empty() || path.starts_with(['/', '?']));
        is_port.then_some((host, path))
    })
}

/// Where in an address parameters are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In its query, behind those that are there.
    Query,
    /// In its fragment.
    Fragment,
}

/// A parameter that is added to an address.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A text, which is to be encoded.
    Text(&'a str),
    /// What a query had, which is repeated as it was.
    Encoded(&'a str),
}

/// The address with the parameters, in their order.
#[must_use]
pub fn with(uri: &str, place: Place, parameters: &[(&str, Value<'_>)]) -> String {
    let mut address = uri.to_owned();
    let mut separator = match place {
        Place::Fragment => "#",
        Place::Query if uri.ends_with(['?', '&']) => "",
        Place::Query if uri.contains('?') => "&",
        Place::Query => "?",
    };
    for (name, value) in parameters {
        address.push_str(separator);
        address.push_str(name);
        address.push('=');
        match value {
            Value::Text(text) => encode(text, &mut address),
            Value::Encoded(text) => repeat(text, &mut address),
        }
        separator = "&";
    }
    address
}

/// Writes a text as a form does: blanks as plus signs.
fn encode(text: &str, to: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                to.push(char::from(byte));
            }
            b' ' => to.push('+'),
            _ => percent(byte, to),
        }
    }
}

/// Writes a value as a query had it; what may not be in one is encoded.
fn repeat(text: &str, to: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => to.push(char::from(byte)),
            _ if b"-._~%+!$'()*,;:@/?=".contains(&byte) => to.push(char::from(byte)),
            _ => percent(byte, to),
        }
    }
}

fn percent(byte: u8, to: &mut String) {
    // Writing to a String does not fail.
    let _ = write!(to, "%{byte:02X}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(registered: &str, requested: &str) -> bool {
        is_registered(&[registered.to_owned()], requested)
    }

    #[test]
    fn an_address_is_compared_as_a_whole() {
        let registered = "https://app.example.com/cb?x=1";
        assert!(matches(registered, registered));
        for other in [
            "https://app.example.com/cb",
            "https://app.example.com/cb?x=1&y=2",
            "https://app.example.com/CB?x=1",
            "https://app.example.com:443/cb?x=1",
            "https://app.example.com/cb?x=1#f",
            "http://app.example.com/cb?x=1",
            "",
        ] {
            assert!(!matches(registered, other), "{other}");
        }
        assert!(matches("myapp://callback", "myapp://callback"));
        assert!(!matches("myapp://callback", "myapp://callback/"));
    }

    #[test]
    fn a_port_of_the_own_machine_does_not_count() {
        for host in LOOPBACK {
            let registered = format!("http://{host}:8400/cb?x=1");
            assert!(matches(&registered, &format!("http://{host}:51004/cb?x=1")));
            assert!(matches(&registered, &format!("http://{host}/cb?x=1")));
            for other in [
                format!("http://{host}:51004/other?x=1"),
                format!("http://{host}:51004@evil.example/cb?x=1"),
                format!("http://{host}:/cb?x=1"),
                format!("http://{host}.evil.example/cb?x=1"),
                format!("https://{host}:51004/cb?x=1"),
            ] {
                assert!(!matches(&registered, &other), "{other}");
            }
        }
        assert!(!matches("http://127.0.0.1:1/cb", "http://localhost:1/cb"));
    }

    #[test]
    fn parameters_are_added_behind_those_that_are_there() {
        let parameters = [
            ("a", Value::Text("x y&z")),
            ("s", Value::Encoded("%7B+\"é")),
        ];
        let added = "a=x+y%26z&s=%7B+%22%C3%A9";
        for (uri, separator) in [
            ("https://a.example/cb", "?"),
            ("https://a.example/cb?k=v", "&"),
            ("https://a.example/cb?", ""),
            ("myapp://cb", "?"),
        ] {
            let expected = format!("{uri}{separator}{added}");
            assert_eq!(with(uri, Place::Query, &parameters), expected);
        }
        let expected = format!("https://a.example/cb?k=v#{added}");
        assert_eq!(
            with("https://a.example/cb?k=v", Place::Fragment, &parameters),
            expected
        );
    }
}
