//! Splits a PostgreSQL URL with several hosts, as libpq accepts it, into URLs with one host each, as
//! the driver accepts them.

/// The parameter that makes libpq look for the host that accepts writes.
const TARGET: &str = "target_session_attrs";
/// Its accepted values: those that select a host which accepts writes.
const TARGETS: [&str; 2] = ["read-write", "primary"];

/// The hosts of a URL.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct PostgresHosts {
    /// A URL for each, in the order in which they are tried.
    pub each: Vec<String>,
    /// Whether the server has to find out which host accepts writes.
    pub primary_wanted: bool,
}

impl PostgresHosts {
    /// Splits a PostgreSQL URL. A URL that the driver accepts stays unchanged.
    ///
    /// # Errors
    /// A text for the author of the configuration, which repeats nothing that may be secret.
    pub fn parse(url: &str) -> Result<Self, String> {
        let (before, query) = url
            .split_once('?')
            .map_or((url, None), |(before, query)| (before, Some(query)));
        let (scheme, rest) = before.split_once("://").unwrap_or((before, ""));
        let (authority, path) = rest
            .split_once('/')
            .map_or((rest, None), |(authority, path)| (authority, Some(path)));
        let (user, hosts) = authority
            .rsplit_once('@')
            .map_or((None, authority), |(user, hosts)| (Some(user), hosts));
        let (target, query) = without_target(query)?;
        let hosts: Vec<&str> = hosts.split(',').collect();
        if hosts.len() == 1 && !target {
            return Ok(Self {
                each: vec![url.to_owned()],
                primary_wanted: false,
            });
        }
        let single = |host: &&str| {
            let mut single = format!("{scheme}://");
            if let Some(user) = user {
                single.push_str(user);
                single.push('@');
            }
            single.push_str(host);
            for (mark, part) in [('/', path), ('?', query.as_deref())] {
                if let Some(part) = part {
                    single.push(mark);
                    single.push_str(part);
                }
            }
            single
        };
        if !hosts.iter().all(|host| is_host(host)) {
            return Err(
                "several hosts are written as `postgres://user:password@host1:5432,host2:5432/\
                 database`, each with a port from 1 to 65535 or none"
                    .to_owned(),
            );
        }
        Ok(Self {
            each: hosts.iter().map(single).collect(),
            primary_wanted: true,
        })
    }
}

/// Whether the query selects the host that accepts writes, and the query without that parameter.
fn without_target(query: Option<&str>) -> Result<(bool, Option<String>), String> {
    let Some(query) = query else {
        return Ok((false, None));
    };
    let (mut target, mut others) = (false, Vec::new());
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            TARGET if TARGETS.contains(&value) => target = true,
            TARGET => {
                return Err(format!(
                    "`{TARGET}` is `read-write` or `primary`: the server writes to its database"
                ));
            }
            "host" | "hostaddr" | "port" if value.contains(',') || value.contains("%2C") => {
                return Err(format!(
                    "several hosts are written before the database's name, as \
                     `postgres://user:password@host1:5432,host2:5432/database`, not in `{name}`"
                ));
            }
            _ => others.push(pair),
        }
    }
    Ok((target, (!others.is_empty()).then(|| others.join("&"))))
}

/// Whether `text` is a name or an address (IPv6 in brackets), with or without a port.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port != 0);
    !name.is_empty()
        && (name.starts_with('[') || !name.contains(':'))
        && !name.contains(char::is_whitespace)
        && port.is_none_or(is_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(url: &str) -> Vec<String> {
        let hosts = PostgresHosts::parse(url).unwrap();
        assert!(hosts.primary_wanted);
        hosts.each
    }

    fn refusal(url: &str) -> String {
        let Err(text) = PostgresHosts::parse(url) else {
            panic!("{url} is taken");
        };
        assert!(!text.contains("secret"), "{text}");
        text
    }

    #[test]
    fn a_url_with_one_host_stays_unchanged() {
        for url in [
            "postgres://me:p@ss@db:5432/cognate?sslmode=require",
            "postgres:///cognate?host=/var/run/postgresql",
            "postgresql://db",
        ] {
            let hosts = PostgresHosts::parse(url).unwrap();
            assert_eq!(hosts.each, [url]);
            assert!(!hosts.primary_wanted);
        }
    }

    #[test]
    fn each_host_gets_a_url_with_the_rest_unchanged() {
        assert_eq!(
            each(
                "postgres://me:p%2C@one:5433,two,[::1]:5434/cognate?sslmode=require&target_session_attrs=read-write"
            ),
            [
                "postgres://me:p%2C@one:5433/cognate?sslmode=require",
                "postgres://me:p%2C@two/cognate?sslmode=require",
                "postgres://me:p%2C@[::1]:5434/cognate?sslmode=require",
            ]
        );
        // Several hosts imply the search, with or without the parameter.
        assert_eq!(
            each("postgresql://one,two"),
            ["postgresql://one", "postgresql://two"]
        );
    }

    /// One host name may resolve to several servers.
    #[test]
    fn one_host_with_a_target_needs_the_search() {
        assert_eq!(
            each("postgres://db/cognate?target_session_attrs=primary"),
            ["postgres://db/cognate"]
        );
    }

    #[test]
    fn another_target_is_refused() {
        for target in ["any", "standby", "prefer-standby", "read-only", ""] {
            assert_eq!(
                refusal(&format!(
                    "postgres://me:secret@one,two/cognate?target_session_attrs={target}"
                )),
                "`target_session_attrs` is `read-write` or `primary`: the server writes to its \
                 database"
            );
        }
    }

    #[test]
    fn broken_lists_are_refused() {
        for hosts in [
            "one,",
            ",two",
            "one,,two",
            "one:0,two",
            "one:x,two",
            "::1,two",
            "o ne,two",
        ] {
            assert_eq!(
                refusal(&format!("postgres://me:secret@{hosts}/cognate")),
                "several hosts are written as `postgres://user:password@host1:5432,host2:5432/\
                 database`, each with a port from 1 to 65535 or none"
            );
        }
        assert_eq!(
            refusal("postgres://me:secret@/cognate?host=one,two"),
            "several hosts are written before the database's name, as \
             `postgres://user:password@host1:5432,host2:5432/database`, not in `host`"
        );
    }
}
