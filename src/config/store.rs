//! `[store]`: the database and the data directory.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::postgres_hosts::PostgresHosts;

/// The database and the data directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// `sqlite:///path/file.db` or `postgres://user:password@host/database`, where a primary and
    /// its standbys are written as `host1:5432,host2:5432`. Absent: `cognate.db` in the data
    /// directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<StoreUrl>,
    /// The directory of the server's own files.
    pub data_dir: PathBuf,
    /// Connections to PostgreSQL. Absent: four per core; more measured slower. A quarter of them, two
    /// at least, are for reading users by access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u32>,
    /// Seconds that a request waits for a connection.
    pub acquire_timeout_seconds: u64,
    /// Whether connections cache prepared statements. Turn off behind PgBouncer in transaction mode
    /// before its version 1.21: every statement then runs in a transaction, and none is prepared by
    /// name.
    pub statement_cache: bool,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: None,
            data_dir: PathBuf::from("./.cognate"),
            max_connections: None,
            acquire_timeout_seconds: 5,
            statement_cache: true,
        }
    }
}

impl StoreConfig {
    /// The configured URL, or that of the embedded store in the data directory.
    #[must_use]
    pub fn effective_url(&self) -> StoreUrl {
        self.url.clone().unwrap_or_else(|| {
            StoreUrl::sqlite(format!(
                "sqlite://{}",
                self.data_dir.join("cognate.db").display()
            ))
        })
    }

    /// The configured number of connections, or four per core.
    #[must_use]
    pub fn effective_max_connections(&self) -> u32 {
        self.max_connections.unwrap_or_else(|| {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            u32::try_from(cores).unwrap_or(1).saturating_mul(4)
        })
    }
}

/// Which database a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// Embedded SQLite.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// A database URL. It may hold a password, so `Debug`, `Display` and `Serialize` leave that out.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl {
    text: String,
    hosts: PostgresHosts,
}

impl StoreUrl {
    /// Parses a URL with the scheme `sqlite`, `postgres` or `postgresql`.
    ///
    /// # Errors
    /// A text for the author of the configuration, which does not repeat the URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        match scheme {
            "sqlite" => Ok(Self::sqlite(text.to_owned())),
            "postgres" | "postgresql" => Ok(Self {
                hosts: PostgresHosts::parse(text)?,
                text: text.to_owned(),
            }),
            _ => Err(
                "a store URL begins with `sqlite://` or `postgres://`, as `sqlite:///path/file.db` \
                 or `postgres://user:password@host:5432/database`"
                    .to_owned(),
            ),
        }
    }

    fn sqlite(text: String) -> Self {
        Self {
            hosts: PostgresHosts {
                each: vec![text.clone()],
                primary_wanted: false,
            },
            text,
        }
    }

    /// The URL with its password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// A URL with its password for each host, in the order in which they are tried.
    #[must_use]
    pub fn expose_each(&self) -> &[String] {
        &self.hosts.each
    }

    /// Whether the server has to find out which host accepts writes.
    #[must_use]
    pub fn primary_wanted(&self) -> bool {
        self.hosts.primary_wanted
    }

    /// Which database it names.
    #[must_use]
    pub fn kind(&self) -> StoreKind {
        if self.text.starts_with("sqlite:") {
            StoreKind::Sqlite
        } else {
            StoreKind::Postgres
        }
    }

    /// The URL without user, password and parameters, any of which may hold a secret.
    fn redacted(&self) -> String {
        let (scheme, rest) = self.text.split_once("://").unwrap_or(("", &self.text));
        let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
        let location = match self.kind() {
            StoreKind::Sqlite => rest,
            StoreKind::Postgres => rest.rsplit_once('@').map_or(rest, |(_, after)| after),
        };
        format!("{scheme}://{location}")
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl Serialize for StoreUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.redacted())
    }
}

impl<'de> Deserialize<'de> for StoreUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_url_has_no_password() {
        let url = StoreUrl::parse("postgres://me:p@ss@db:5432/cognate?password=x").unwrap();
        assert_eq!(url.to_string(), "postgres://db:5432/cognate");
        assert_eq!(format!("{url:?}"), "postgres://db:5432/cognate");
        assert_eq!(url.kind(), StoreKind::Postgres);
    }

    #[test]
    fn a_printed_url_has_all_its_hosts_and_no_password() {
        let text = "postgres://me:secret@one:5432,two/cognate?target_session_attrs=primary";
        let url = StoreUrl::parse(text).unwrap();
        assert!(url.primary_wanted());
        assert_eq!(url.expose_each().len(), 2);
        assert_eq!(url.to_string(), "postgres://one:5432,two/cognate");
        assert_eq!(format!("{url:?}"), "postgres://one:5432,two/cognate");
    }

    #[test]
    fn without_a_url_the_store_is_sqlite_in_the_data_directory() {
        let url = StoreConfig::default().effective_url();
        assert_eq!(url.expose(), "sqlite://./.cognate/cognate.db");
        assert_eq!(url.kind(), StoreKind::Sqlite);
    }

    #[test]
    fn another_scheme_is_refused_without_being_repeated() {
        let error = StoreUrl::parse("mysql://me:secret@db").unwrap_err();
        assert!(!error.contains("secret"));
    }
}
