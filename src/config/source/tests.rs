//! What is read from files and variables, and how problems are told.

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
    load(Some(file.path()), environment, &|_| Vec::new()).map_err(|problems| {
        let name = file.path().display().to_string();
        problems.to_string().replace(&name, "FILE")
    })
}

fn load_variables(variables: &[(&str, &str)]) -> Result<Config, String> {
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load(None, environment, &|_| Vec::new()).map_err(|problems| problems.to_string())
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
fn the_issuer_of_pools_that_have_moved_is_kept() {
    let moved = |url: &str| {
        let variables = [("COGNATE__TOKENS__ISSUER__BASE", url)];
        load_text("profile = 'development'\n", &variables)
    };
    for url in ["https://former.example.com", "https://former.example.com/"] {
        let issuer = moved(url).unwrap().tokens.issuer;
        assert_eq!(
            issuer.issuer("https://id.example.com", "eu-central-1", "eu-central-1_A"),
            "https://former.example.com/eu-central-1_A"
        );
    }
    assert!(moved("former.example.com").is_err());
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
        error.contains("FILE:3:1: server.lisen: unknown key `lisen`; did you mean `listen`?\n"),
        "{error}"
    );
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
    assert!(
        error.contains("expected a whole number, 0 or above"),
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
    let error = load_text("profile = 'development'\n[[user_pools]]\nname = 'x'", &[]).unwrap_err();
    assert!(error.contains("FILE:2:"), "{error}");
    assert!(
        error.contains("user_pools[0].id: expected a region"),
        "{error}"
    );
}

/// Elements that are no tables are left out, and the places of the others stay right.
#[test]
fn an_element_of_the_wrong_kind_does_not_move_the_others() {
    let error = load_text(
        "profile = 'development'\n\
         user_pools = [\n\
         1,\n\
         { id = 'x_1', name = 'n', users = ['ada', { username = 'b c' }] },\n\
         2,\n\
         { id = 'x_2', name = '' },\n\
         ]\n",
        &[],
    )
    .unwrap_err();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines.len(), 6, "{error}");
    for (line, start) in lines.iter().zip([
        "FILE:3:1: user_pools[0]: ",
        "FILE:4:36: user_pools[1].users[0]: ",
        "FILE:4:43: user_pools[1].users[1].password: missing",
        "FILE:4:56: user_pools[1].users[1].username: ",
        "FILE:5:1: user_pools[2]: ",
        "FILE:6:22: user_pools[3].name: ",
    ]) {
        assert!(line.starts_with(start), "{line}\n{error}");
    }
}

/// Also where the value stands in the place of a table or list, or the wrong one is inside a variable's.
#[test]
fn secrets_in_the_wrong_place_are_never_repeated() {
    for (text, variables) in [
        ("store = 'postgres://u:hunter2@h/db'", &[][..]),
        ("secrets = 'hunter2'", &[]),
        ("", &[("COGNATE__STORE", "postgres://u:hunter2@h/db")]),
        ("", &[("COGNATE__ADMIN", "{access_keys=[hunter2")]),
        (
            "",
            &[("COGNATE__USER_POOLS", "[{users=[{password=\"hunter2\"}")],
        ),
        (
            "",
            &[(
                "COGNATE__USER_POOLS",
                "[{users=[{username='a',password=[\"hunter2\"]}]}]",
            )],
        ),
    ] {
        let error =
            load_text(&format!("profile = 'development'\n{text}\n"), variables).unwrap_err();
        assert!(error.contains("not shown"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

/// Each broken rule is told, also two of one key or of a table and a key in it.
#[test]
fn one_problem_does_not_hide_another() {
    let error = load_text(
        "profile = 'production'\n[server]\ntls = { certificate = '/c', generate = true }\n",
        &[],
    )
    .unwrap_err();
    assert_eq!(error.matches("server.tls.generate: ").count(), 2, "{error}");
    assert_eq!(error.matches("server.tls: ").count(), 1, "{error}");
}

#[test]
fn a_variable_is_not_blamed_for_a_missing_key() {
    let error = load_variables(&[
        ("COGNATE__PROFILE", "production"),
        ("COGNATE__SERVER__LISTEN", "127.0.0.1:1"),
    ])
    .unwrap_err();
    assert!(
        error
            .lines()
            .any(|line| line.starts_with("server.public_url: missing")),
        "{error}"
    );
}

#[test]
fn a_word_that_is_no_level_does_not_silence_the_log() {
    for level in ["verbose", "warning", "info,cognate"] {
        let error = load_variables(&[("COGNATE__LOGS__LEVEL", level)]).unwrap_err();
        assert!(
            error.contains("logs.level: expected error, warn"),
            "{error}"
        );
    }
    for level in ["INFO", "info,cognate=debug", "warn,[operation]=trace"] {
        assert!(
            load_variables(&[("COGNATE__LOGS__LEVEL", level)]).is_ok(),
            "{level}"
        );
    }
}

#[test]
fn further_rules_are_reported_in_the_same_round() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"profile = 'development'\n[server]\nregion = 'eu-west-1'\nlisten = 'x'\n")
        .unwrap();
    let rules = |config: &Config| {
        vec![
            (
                "server.region".to_owned(),
                format!("not {}", config.server.region),
            ),
            (
                "server.listen".to_owned(),
                "not reported, since it was removed".to_owned(),
            ),
        ]
    };
    let environment = std::iter::empty();
    let problems = load(Some(file.path()), environment, &rules).unwrap_err().0;
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.key.as_str(), problem.message.as_str()))
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found.contains(&("server.region", "not eu-west-1")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|(_, text)| text.contains("localhost:2646")),
        "{found:?}"
    );
}

#[test]
fn localhost_is_an_address_to_listen_on() {
    for (text, address) in [
        ("localhost:2646", "127.0.0.1:2646"),
        ("LOCALHOST:0", "127.0.0.1:0"),
        ("[::1]:1", "[::1]:1"),
    ] {
        let variables = [
            ("COGNATE__SERVER__LISTEN", text),
            ("COGNATE__METRICS__LISTEN", text),
        ];
        let config = load_variables(&variables).unwrap();
        assert_eq!(config.server.listen.to_string(), address);
        assert_eq!(
            config.metrics.listen,
            MetricsListen::On(address.parse().unwrap())
        );
    }
    for text in [
        "2646",
        ":2646",
        "localhost",
        "localhost:x",
        "example.com:2646",
    ] {
        let error = load_variables(&[("COGNATE__SERVER__LISTEN", text)]).unwrap_err();
        assert!(
            error.contains("as 127.0.0.1:2646, localhost:2646"),
            "{error}"
        );
    }
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
