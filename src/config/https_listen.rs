//! `server.https_listen`: a second address, where the server speaks HTTPS.

use std::net::SocketAddr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::listen_address::parse_listen_address;

/// The port of HTTPS where none is configured: the first that neither the API nor the metrics have.
pub(super) const DEFAULT_HTTPS_PORT: u16 = 2648;

/// Whether and where the server speaks HTTPS beside `server.listen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum HttpsListen {
    /// In the development profile at port 2648 of the address of `server.listen`, where that has its default port
    /// and speaks HTTP. Two servers of other ports would want the same one.
    #[default]
    Auto,
    /// Nowhere.
    Off,
    /// At this address. `server.tls` is about it then, and `server.listen` speaks HTTP.
    On(SocketAddr),
}

impl Serialize for HttpsListen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::Off => serializer.serialize_str("off"),
            Self::On(address) => serializer.collect_str(address),
        }
    }
}

impl<'de> Deserialize<'de> for HttpsListen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            address => parse_listen_address(address).map(Self::On).ok_or_else(|| {
                serde::de::Error::custom(
                    "expected `auto`, `off`, or an address and a port, as 127.0.0.1:2648",
                )
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Profile};
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn config(change: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config::development();
        change(&mut config);
        config
    }

    fn problems(change: impl FnOnce(&mut Config)) -> Vec<String> {
        let problems = config(change).check().err();
        let problems = problems.into_iter().flat_map(|problems| problems.0);
        problems
            .filter(|problem| problem.key == "server.https_listen")
            .map(|problem| problem.message)
            .collect()
    }

    #[test]
    fn development_speaks_https_beside_its_default_port_only() {
        let auto = |listen: &str, tls: bool, profile| {
            let config = config(|config| {
                config.server.listen = address(listen);
                config.server.tls.generate = tls;
                config.profile = profile;
            });
            config.server.https_address(config.is_development())
        };
        let development = Profile::Development;
        let beside = auto("127.0.0.1:2646", false, development);
        assert_eq!(beside, Some(address("127.0.0.1:2648")));
        let beside = auto("0.0.0.0:2646", false, development);
        assert_eq!(beside, Some(address("0.0.0.0:2648")));
        assert_eq!(auto("127.0.0.1:0", false, development), None);
        assert_eq!(auto("127.0.0.1:9229", false, development), None);
        assert_eq!(auto("127.0.0.1:2646", true, development), None);
        assert_eq!(auto("127.0.0.1:2646", false, Profile::Production), None);
    }

    #[test]
    fn it_is_a_word_or_an_address() {
        let read = |text: &str| serde_json::from_value::<HttpsListen>(text.into());
        for (text, expected) in [
            ("auto", HttpsListen::Auto),
            ("off", HttpsListen::Off),
            ("127.0.0.1:8443", HttpsListen::On(address("127.0.0.1:8443"))),
        ] {
            assert_eq!(read(text).unwrap(), expected);
            assert_eq!(serde_json::to_value(expected).unwrap(), text);
        }
        let named = read("localhost:8443").unwrap();
        assert_eq!(named, HttpsListen::On(address("127.0.0.1:8443")));
        assert!(
            read("on")
                .unwrap_err()
                .to_string()
                .starts_with("expected `auto`, `off`, or")
        );
    }

    #[test]
    fn the_public_url_is_that_of_the_first_address() {
        let on = HttpsListen::On(address("127.0.0.1:8443"));
        let url = |https, generate| {
            let config = config(|config| {
                config.server.https_listen = https;
                config.server.tls.generate = generate;
            });
            config.public_url()
        };
        assert_eq!(url(HttpsListen::Auto, false), "http://127.0.0.1:2646");
        assert_eq!(url(HttpsListen::Off, true), "https://127.0.0.1:2646");
        assert_eq!(url(on, false), "http://127.0.0.1:2646");
        assert_eq!(url(on, true), "http://127.0.0.1:2646");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let at = |text: &str| HttpsListen::On(address(text));
        assert!(problems(|config| config.server.https_listen = at("127.0.0.1:8443")).is_empty());
        assert!(problems(|config| config.server.https_listen = at("127.0.0.1:0")).is_empty());
        for (https, expected) in [
            (
                "127.0.0.1:2646",
                "`server.listen` has this address; HTTPS needs another one",
            ),
            (
                "0.0.0.0:8443",
                "the development profile does not listen on an address that other machines can reach",
            ),
        ] {
            let found = problems(|config| config.server.https_listen = at(https));
            assert!(
                found.len() == 1 && found[0].starts_with(expected),
                "{found:?}"
            );
        }
        let found = problems(|config| {
            config.server.https_listen = at("127.0.0.1:8443");
            config.server.max_connections = 1;
        });
        assert!(
            found.len() == 1 && found[0].starts_with("two addresses share"),
            "{found:?}"
        );
        let found = problems(|config| {
            config.profile = Profile::Production;
            config.server.https_listen = at("0.0.0.0:443");
        });
        assert!(
            found.len() == 1 && found[0].starts_with("HTTPS needs a certificate"),
            "{found:?}"
        );
        let given = problems(|config| {
            config.profile = Profile::Production;
            config.server.https_listen = at("0.0.0.0:443");
            config.server.tls.certificate = Some("certificate.pem".into());
            config.server.tls.key = Some("key.pem".into());
        });
        assert!(given.is_empty(), "{given:?}");
    }
}
