//! Merging of defaults, file and environment, keeping track of where each value was written.
//!
//! The TOML file is parsed into a tree with spans. Each variable is inserted into the same tree with a
//! span after the end of the file, so that an error of serde can be traced to the line or the variable
//! that it is about. A wrong value is recorded and removed from the tree, and the tree is deserialized
//! again, so that one run reports every problem.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::problems::{Problem, Problems, SourceLocation};
use super::source_map::{SourceMap, Variable};
use super::tree::{self, Step};
use super::{Config, validation};

/// The most problems that are reported. Each one costs a pass over the tree.
const MAX_PROBLEMS: usize = 20;

/// See [`Config::load`].
pub(super) fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, Problems> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Problems(vec![Problem {
                key: String::new(),
                location: SourceLocation::Nowhere,
                message: format!("cannot read {}: {error}", path.display()),
            }])
        })?,
        None => String::new(),
    };
    let variables = Variable::of(environment, text.len());
    let sources = SourceMap::new(file, &text, &variables);

    let (root, syntax) = DeTable::parse_recoverable(&text);
    if !syntax.is_empty() {
        let problems = syntax.iter().take(MAX_PROBLEMS).map(|error| {
            let span = error.span().unwrap_or(0..0);
            sources.problem(&[], &span, error.message())
        });
        return Err(Problems(problems.collect()));
    }
    let span = root.span();
    let mut tree = root.into_inner();
    for variable in &variables {
        tree::set(
            &mut tree,
            &variable.path(),
            &variable.span,
            variable.value(),
        );
    }

    let mut problems = Vec::new();
    if file.is_some() && !tree.contains_key("profile") {
        problems.push(Problem {
            key: "profile".to_owned(),
            location: SourceLocation::Nowhere,
            message: "missing: a configuration file says `profile = \"development\"` or \
                      `profile = \"production\"`"
                .to_owned(),
        });
    }
    let original = tree.clone();
    let config = read(&mut tree, &span, &variables, &sources, &mut problems);
    for (key, message) in config.iter().flat_map(validation::check) {
        // A removed value has its problem already; the default in its place is not checked.
        if !problems.iter().any(|problem| overlap(&problem.key, &key)) {
            let location = match tree::span_of(&original, &key) {
                Some(span) => sources.locate(&tree::steps(&key), &span),
                None => SourceLocation::Nowhere,
            };
            problems.push(Problem {
                key,
                location,
                message,
            });
        }
    }
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(Problems(problems)),
    }
}

/// Deserializes the configuration from `tree`. Wrong values are removed from the tree and recorded in
/// `problems`. `None` if the cause of an error cannot be removed.
fn read<'i>(
    tree: &mut DeTable<'i>,
    span: &Range<usize>,
    variables: &'i [Variable],
    sources: &SourceMap<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Config> {
    // The error of each variable when it was not read as a string.
    let mut first_failures: Vec<(usize, String)> = Vec::new();
    while problems.len() < MAX_PROBLEMS {
        let document = Spanned::new(span.clone(), tree.clone());
        let error = match Config::deserialize(Deserializer::from(document)) {
            Ok(config) => return Some(config),
            Err(error) => error,
        };
        let at = error.span().unwrap_or_else(|| span.clone());
        let mut message = error.message().to_owned();
        let unknown = message.starts_with("unknown field");
        let variable = variables.iter().enumerate().find(|(_, v)| v.span == at);
        let path = match variable {
            Some((index, variable)) if !unknown => {
                // `12` may be meant as the text "12". The type of the key decides.
                if !first_failures.iter().any(|(failed, _)| *failed == index)
                    && !matches!(variable.value(), DeValue::String(_))
                {
                    first_failures.push((index, message));
                    let text = DeValue::String(Cow::Borrowed(variable.text.as_str()));
                    tree::set(tree, &variable.path(), &variable.span, text);
                    continue;
                }
                if let Some((_, first)) = first_failures.iter().find(|(failed, _)| *failed == index)
                    && message.starts_with("invalid type")
                {
                    message.clone_from(first);
                }
                variable.path().into_iter().map(Step::Key).collect()
            }
            _ => tree::find(tree, &at)?,
        };
        problems.push(sources.problem(&path, &at, &message));
        if !tree::remove(tree, &path) {
            return None;
        }
    }
    None
}

/// Whether one of the two keys contains the other.
fn overlap(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(one, other) || within(other, one)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::{IssuerMode, MetricsListen, Profile};

    fn load_text(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let environment = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        load(Some(file.path()), environment).map_err(|problems| {
            let name = file.path().display().to_string();
            problems.to_string().replace(&name, "FILE")
        })
    }

    fn load_variables(variables: &[(&str, &str)]) -> Result<Config, String> {
        let environment = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        load(None, environment).map_err(|problems| problems.to_string())
    }

    #[test]
    fn without_file_and_variables_the_profile_is_development() {
        let config = load_variables(&[("PATH", "/bin")]).unwrap();
        assert_eq!(config.profile, Profile::Development);
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:2646");
        assert!(config.accepts_any_credentials());
    }

    #[test]
    fn a_variable_wins_over_the_file_in_either_case() {
        let config = load_text(
            "profile = 'development'\n[server]\nregion = 'eu-west-1'\naccount_id = '111111111111'",
            &[
                ("COGNATE__SERVER__REGION", "eu-north-1"),
                ("COGNATE__metrics__Listen", "off"),
            ],
        )
        .unwrap();
        assert_eq!(config.server.region, "eu-north-1");
        assert_eq!(config.server.account_id, "111111111111");
        assert_eq!(config.metrics.listen, MetricsListen::Off);
    }

    #[test]
    fn a_variable_is_read_as_the_type_of_its_key() {
        let config = load_variables(&[
            ("COGNATE__SERVER__ACCOUNT_ID", "123456789012"),
            ("COGNATE__SERVER__ONLY_REGION", "true"),
            ("COGNATE__SERVER__MAX_BODY_BYTES", "65536"),
            ("COGNATE__MAIL__TRANSPORT", "smtp"),
            ("COGNATE__MAIL__HOST", "mail"),
            ("COGNATE__MAIL__USERNAME", "[1]"),
            ("COGNATE__MAIL__PASSWORD", "12.50"),
            ("COGNATE__TOKENS__ISSUER__FIXED", "https://id.example.com"),
            (
                "COGNATE__ADMIN__ACCESS_KEYS",
                "[{ id = 'AKIDEXAMPLE12345', secret = 'x' }]",
            ),
        ])
        .unwrap();
        assert_eq!(config.server.account_id, "123456789012");
        assert!(config.server.only_region);
        assert_eq!(config.server.max_body_bytes, 65536);
        assert_eq!(config.mail.username.as_deref(), Some("[1]"));
        assert_eq!(config.mail.password.unwrap().expose_secret(), "12.50");
        assert_eq!(config.admin.access_keys.len(), 1);
        assert_eq!(
            config.tokens.issuer,
            IssuerMode::Fixed("https://id.example.com".to_owned())
        );
    }

    #[test]
    fn every_problem_is_reported_with_its_location() {
        let error = load_text(
            "profile = 'development'\n\
             [server]\n\
             lisen = '127.0.0.1:1'\n\
             max_connections = 'many'\n\
             [logs]\n\
             format = 'xml'\n",
            &[
                ("COGNATE__SERVER__MAX_BODY_BYTES", "lots"),
                ("COGNATE__SERVR__A", "1"),
                ("COGNATE__SERVR__B", "1"),
            ],
        )
        .unwrap_err();
        assert!(
            error.contains("FILE:3:1: server.lisen: unknown key `lisen`"),
            "{error}"
        );
        assert!(error.contains("`listen`, `public_url`"), "{error}");
        assert!(error.contains("  3 | lisen = (hidden)\n    | ^"), "{error}");
        assert!(
            error.contains("FILE:4:19: server.max_connections: "),
            "{error}"
        );
        assert!(
            error.contains("FILE:6:10: logs.format: unknown variant `xml`"),
            "{error}"
        );
        assert!(
            error.contains("environment variable COGNATE__SERVER__MAX_BODY_BYTES: "),
            "{error}"
        );
        assert!(
            error.contains("environment variable COGNATE__SERVR__A: servr: "),
            "{error}"
        );
    }

    #[test]
    fn a_broken_rule_is_reported_with_its_line() {
        let error = load_text(
            "profile = 'development'\n[server]\nlisten = '0.0.0.0:2646'\n[[user_pools]]\nid = 'x y'\nname = 'n'\n",
            &[],
        )
        .unwrap_err();
        assert!(error.contains("FILE:3:10: server.listen: "), "{error}");
        assert!(error.contains("FILE:5:6: user_pools[0].id: "), "{error}");
    }

    #[test]
    fn a_syntax_error_is_reported_with_its_position() {
        let error = load_text("profile = 'development'\n[server\nlisten = 1", &[]).unwrap_err();
        assert!(error.contains("FILE:2:8: "), "{error}");
    }

    #[test]
    fn a_missing_member_is_reported_with_its_table() {
        let error =
            load_text("profile = 'development'\n[[user_pools]]\nname = 'x'", &[]).unwrap_err();
        assert!(error.contains("FILE:2:"), "{error}");
        assert!(
            error.contains("user_pools[0]: missing field `id`"),
            "{error}"
        );
    }

    #[test]
    fn a_file_without_a_profile_is_refused() {
        let error = load_text("[server]\n", &[]).unwrap_err();
        assert!(error.contains("profile: missing"), "{error}");
        assert!(load_text("[server]\n", &[("COGNATE__PROFILE", "development")]).is_ok());
    }

    #[test]
    fn secrets_are_never_repeated() {
        let error = load_text(
            "profile = 'development'\n\
             secrets = { master_key = 'hunter2' }\n\
             sms = { webhook = { secret = 'hunter2', uri = 'hunter2' } }\n\
             [store]\n\
             url = 'mysql://hunter2'\n\
             [mail]\n\
             password = ['hunter2']\n\
             username = 4\n",
            &[("COGNATE__SECRETS__PREVIOUS_MASTER_KEYS", "hunter2")],
        )
        .unwrap_err();
        assert!(error.contains("mail.password"), "{error}");
        assert!(error.contains("mail.username"), "{error}");
        assert!(error.contains("store.url"), "{error}");
        assert!(error.contains("sms.webhook.uri"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    /// An unknown key may be the misspelt key of a secret.
    #[test]
    fn the_value_of_an_unknown_key_is_not_repeated() {
        let error = load_text(
            "profile = 'development'\n\
             secrets = { master_kye = 'hunter2' }\n\
             sms = { provider = 'log', webhook = { sceret = 'hunter2' } }\n\
             [mail]\n\
             \"pass=word\" = 'hunter2'\n\
             pasword . a = 'hunter2'\n\
             [admin]\n\
             access_kyes = [\n\
             { id = 'A', secret = 'hunter2' }]\n",
            &[("COGNATE__STORE__ULR", "postgres://me:hunter2@db/x")],
        )
        .unwrap_err();
        for key in ["master_kye", "sceret", "pasword", "access_kyes", "ulr"] {
            assert!(
                error.contains(&format!("unknown key `{key}`")),
                "{key}: {error}"
            );
        }
        assert!(
            error.contains("secrets = { master_kye = (hidden)"),
            "{error}"
        );
        assert!(error.contains("provider = 'log', webhook"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn the_printed_configuration_has_no_secrets() {
        let config = load_variables(&[
            ("COGNATE__SECRETS__MASTER_KEY", &hex::encode([1; 32])),
            ("COGNATE__STORE__URL", "postgres://u:hunter2@db/x"),
            ("COGNATE__SMS__WEBHOOK__SECRET", "hunter2"),
            (
                "COGNATE__SMS__WEBHOOK__URL",
                "https://sms.example.com/hunter2?key=hunter2",
            ),
        ])
        .unwrap();
        let printed = toml::to_string(&config).unwrap();
        assert!(!printed.contains("hunter2"), "{printed}");
        assert!(!printed.contains("0101"), "{printed}");
        assert!(printed.contains("postgres://db/x"), "{printed}");
        assert!(printed.contains("\"https://sms.example.com\""), "{printed}");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
