//! Environment variables that look as if they set a key and do not.

use super::problems::unknown_name;
use super::source_map::PREFIX;

/// The variable that names the configuration file.
const FILE_VARIABLE: &str = "COGNATE_CONFIG";
/// The prefix of the variables of Cognate's own tests.
const TEST_PREFIX: &str = "COGNATE_TEST_";

/// A line for each variable of `environment` that begins with `COGNATE_` and that Cognate does not read.
/// Values are not repeated, since they may be secret.
#[must_use]
pub fn ignored_variables(environment: &[(String, String)]) -> Vec<String> {
    let mut ignored: Vec<&str> = environment
        .iter()
        .filter(|(name, value)| {
            let name = name.to_ascii_uppercase();
            name.starts_with("COGNATE_")
                && !name.starts_with(PREFIX)
                && !name.starts_with(TEST_PREFIX)
                && !is_of_a_container(&name, value)
        })
        .map(|(name, _)| name.as_str())
        .filter(|name| *name != FILE_VARIABLE)
        .collect();
    ignored.sort_unstable();
    ignored
        .into_iter()
        .map(|name| {
            let meant = if unknown_name("", name, &[FILE_VARIABLE]).ends_with('?') {
                FILE_VARIABLE.to_owned()
            } else {
                "COGNATE__SECTION__KEY, with two underscores before the section and the key"
                    .to_owned()
            };
            format!("the environment variable {name} is ignored; did you mean {meant}?")
        })
        .collect()
}

/// Whether the variable is one of those that Kubernetes, and Docker's links, set for a service that is
/// called `cognate`.
fn is_of_a_container(name: &str, value: &str) -> bool {
    let is_port = |rest: &str| {
        rest.split('_')
            .next()
            .is_some_and(|port| port.parse::<u16>().is_ok())
    };
    name.starts_with("COGNATE_SERVICE_HOST")
        || name.starts_with("COGNATE_SERVICE_PORT")
        || (name == "COGNATE_PORT" && value.contains("://"))
        || name.strip_prefix("COGNATE_PORT_").is_some_and(is_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_sets_nothing_is_named() {
        let environment = [
            ("PATH", "/bin"),
            ("COGNATE_CONFIG", "/etc/cognate.toml"),
            ("COGNATE__SERVER__LISTEN", "127.0.0.1:1"),
            ("COGNATE_TEST_POSTGRES_URL", "postgres://x"),
            ("COGNATE_SERVICE_HOST", "10.0.0.1"),
            ("COGNATE_SERVICE_PORT_HTTP", "2646"),
            ("COGNATE_PORT", "tcp://10.0.0.1:2646"),
            ("COGNATE_PORT_2646_TCP_ADDR", "10.0.0.1"),
            ("COGNATE_MASTER_KEY", "hunter2"),
            ("COGNATE_CONFG", "hunter2"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            ignored_variables(&environment),
            [
                "the environment variable COGNATE_CONFG is ignored; did you mean COGNATE_CONFIG?",
                "the environment variable COGNATE_MASTER_KEY is ignored; did you mean \
                 COGNATE__SECTION__KEY, with two underscores before the section and the key?",
            ]
        );
        let port = [("COGNATE_PORT".to_owned(), "9229".to_owned())];
        assert_eq!(ignored_variables(&port).len(), 1);
    }
}
