//! Environment variables that look as if they set a key and do not.

use super::source_map::PREFIX;

/// What every variable of Cognate begins with.
const NAME: &str = "COGNATE_";
/// What follows it in the name of the variable that names the configuration file.
const FILE: &str = "CONFIG";
/// The same of the variables of Cognate's own tests.
const TEST: &str = "TEST_";

/// A line for each variable of `environment` that begins with `COGNATE_` and that Cognate does not read.
/// Values are not repeated, since they may be secret.
#[must_use]
pub fn ignored_variables(environment: &[(String, String)]) -> Vec<String> {
    let mut ignored: Vec<(&str, String)> = environment
        .iter()
        .filter_map(|(name, value)| {
            let upper = name.to_ascii_uppercase();
            let rest = upper.strip_prefix(NAME)?;
            let is_read =
                upper.starts_with(PREFIX) || rest.starts_with(TEST) || name == "COGNATE_CONFIG";
            (!is_read && !is_of_a_container(rest, value)).then(|| (name.as_str(), meant(rest)))
        })
        .collect();
    ignored.sort_unstable();
    ignored
        .into_iter()
        .map(|(name, meant)| format!("the environment variable {name} is ignored; {meant}"))
        .collect()
}

/// What a variable `COGNATE_<rest>` that is not read may have been meant to be.
fn meant(rest: &str) -> String {
    /// Above it, names differ by a letter or two.
    const SIMILAR: f64 = 0.9;
    if strsim::jaro_winkler(rest, FILE) > SIMILAR {
        return format!("did you mean {NAME}{FILE}?");
    }
    match rest.split_once("__") {
        Some((section, key)) => format!("did you mean {PREFIX}{section}__{key}?"),
        None => format!(
            "a key is set by {PREFIX}SECTION__KEY, with two underscores before the section and the key"
        ),
    }
}

/// Whether `COGNATE_<rest>` is one of those variables that Kubernetes, and Docker's links, set for a service
/// whose name begins with `cognate`.
fn is_of_a_container(rest: &str, value: &str) -> bool {
    let rest = format!("_{rest}");
    let port_of_link = rest
        .split_once("_PORT_")
        .and_then(|(_, port)| port.split('_').next())
        .is_some_and(|port| port.parse::<u16>().is_ok());
    rest.contains("_SERVICE_HOST")
        || rest.contains("_SERVICE_PORT")
        || port_of_link
        || (rest.ends_with("_PORT") && value.contains("://"))
        || rest == "_NAME"
        || rest.starts_with("_ENV_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(variables: &[(&str, &str)]) -> Vec<String> {
        let environment: Vec<_> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        ignored_variables(&environment)
    }

    #[test]
    fn a_variable_that_sets_nothing_is_named_with_what_it_may_have_been_meant_to_be() {
        const FORM: &str = "a key is set by COGNATE__SECTION__KEY, with two underscores before the section and the key";
        for (name, meant) in [
            ("COGNATE_CONFG", "did you mean COGNATE_CONFIG?"),
            (
                "COGNATE_SERVER__LISTEN",
                "did you mean COGNATE__SERVER__LISTEN?",
            ),
            ("COGNATE_MASTER_KEY", FORM),
            ("COGNATE_LOG", FORM),
            ("COGNATE_PROFILE", FORM),
            ("COGNATE_PORT", FORM),
        ] {
            let line = format!("the environment variable {name} is ignored; {meant}");
            assert_eq!(ignored(&[(name, "hunter2")]), [line]);
        }
    }

    #[test]
    fn what_cognate_reads_and_what_containers_are_given_is_not_named() {
        let none: [String; 0] = [];
        assert_eq!(
            ignored(&[
                ("PATH", "/bin"),
                ("COGNATE_CONFIG", "/etc/cognate.toml"),
                ("COGNATE__SERVER__LISTEN", "127.0.0.1:1"),
                ("COGNATE_TEST_POSTGRES_URL", "postgres://x"),
                ("COGNATE_SERVICE_HOST", "10.0.0.1"),
                ("COGNATE_METRICS_SERVICE_PORT_HTTP", "2647"),
                ("COGNATE_METRICS_PORT", "tcp://10.0.0.1:2647"),
                ("COGNATE_PORT_2646_TCP_ADDR", "10.0.0.1"),
                ("COGNATE_ENV_PATH", "/bin"),
                ("COGNATE_NAME", "/web/cognate"),
            ]),
            none
        );
    }
}
