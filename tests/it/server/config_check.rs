//! `cognate config check`, and what the binary says of its environment.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary in an empty folder, with these variables and no others of Cognate's.
fn cognate(arguments: &[&str], directory: &Path, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
    command
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .envs(environment.iter().copied());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// One round reports every mistake: a line each, with file, line, key and what would be right.
#[test]
fn ten_mistakes_are_ten_lines() {
    const FILE: &str = r#"profile = "development"
[server]
lisen = "127.0.0.1:1"
max_connections = "many"
region = "Europe"
[secrets]
master_key_file = "/nowhere/key"
[logs]
format = "xml"
[[user_pools]]
id = "no underscore"
name = "broken"
settings = { MfaConfiguration = "SOMETIMES", AutoVerified = ["email"] }
[[user_pools]]
id = "us-east-1_Team1"
name = "team"
settings = { UsernameAttributes = ["email"] }
[[user_pools.clients]]
id = "web"
name = "web"
settings = { ReadAttributes = ["custom:rank"] }
[[user_pools.users]]
username = "ada@example.com"
password = "short"
"#;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("mine.toml"), FILE).unwrap();
    let output = cognate(
        &["--config", "mine.toml", "config", "check"],
        directory.path(),
        &[],
    );
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    let printed = text(&output.stderr);
    let mut lines = printed.lines();
    assert_eq!(
        lines.next(),
        Some("cognate: 10 problems in the configuration (mine.toml)")
    );
    assert_eq!(lines.next(), Some(""));
    let lines: Vec<&str> = lines.collect();
    let expected = [
        "mine.toml:3:1: server.lisen: unknown key `lisen`; did you mean `listen`?",
        "mine.toml:4:19: server.max_connections: invalid type: string \"many\", expected a whole \
         number, 0 or above",
        "mine.toml:5:10: server.region: expected a region as us-east-1: lower-case letters, digits \
         and hyphens, 32 at most",
        "mine.toml:7:19: secrets.master_key_file: cannot read /nowhere/key: No such file or directory \
         (os error 2)",
        "mine.toml:9:10: logs.format: unknown variant `xml`, expected `text` or `json`",
        "mine.toml:11:6: user_pools[0].id: expected a region, an underscore and letters or digits, \
         55 characters at most, as us-east-1_Example01; in the place of the region any letters, \
         digits, hyphens and underscores may stand",
        "mine.toml:13:33: user_pools[0].settings.MfaConfiguration: expected one of OFF, ON, OPTIONAL",
        "mine.toml:13:61: user_pools[0].settings.AutoVerified: unknown member `AutoVerified`; did you \
         mean `AutoVerifiedAttributes`?",
        "mine.toml:21:12: user_pools[1].clients[0].settings: Invalid read attributes specified while \
         creating a client",
        "mine.toml:24:12: user_pools[1].users[0].password: Password did not conform with policy: \
         Password not long enough",
    ];
    assert_eq!(lines, expected, "{printed}");
}

/// Also where AWS's text about attributes takes several lines.
#[test]
fn a_problem_of_several_attributes_is_one_line() {
    const FILE: &str = r#"profile = "development"
[[user_pools]]
id = "us-east-1_Team1"
name = "team"
[[user_pools.users]]
username = "ada"
password = "Correct-Horse-1"
attributes = { birthdate = "never", "custom:rank" = "1" }
"#;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("cognate.toml"), FILE).unwrap();
    let output = cognate(&["config", "check"], directory.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stderr);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "{printed}");
    assert!(
        lines[2].contains("cognate.toml:8:14: user_pools[0].users[0].attributes: "),
        "{printed}"
    );
}

/// What is right is printed without secrets; a variable that nobody reads is named.
#[test]
fn a_variable_that_sets_nothing_is_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    let environment = [
        ("COGNATE__SERVER__LISTEN", "localhost:2647"),
        ("COGNATE_SERVER_LISTEN", "hunter2"),
    ];
    let output = cognate(&["config", "check"], directory.path(), &environment);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        text(&output.stderr),
        "cognate: warning: the environment variable COGNATE_SERVER_LISTEN is ignored; a key is set by \
         COGNATE__SECTION__KEY, with two underscores before the section and the key\n"
    );
    let printed = text(&output.stdout);
    assert!(printed.contains("listen = \"127.0.0.1:2647\""), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
}

/// The operating system's reason stands in the error once.
#[test]
fn an_error_of_the_operating_system_is_told_once() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), "").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let below_a_file = format!("sqlite://{}/file/store.db", directory.path().display());
    for (index, (name, value)) in [
        ("COGNATE__SERVER__LISTEN", taken.as_str()),
        ("COGNATE__STORE__DATA_DIR", "file/below"),
        ("COGNATE__STORE__URL", below_a_file.as_str()),
        ("COGNATE__STORE__URL", "postgres://nobody@127.0.0.1:1/none"),
        ("COGNATE__SECRETS__MASTER_KEY_FILE", "/nowhere/key"),
        ("COGNATE_CONFIG", "/nowhere.toml"),
    ]
    .into_iter()
    .enumerate()
    {
        let data = format!("data-{index}");
        let environment = [
            ("COGNATE__STORE__DATA_DIR", data.as_str()),
            ("COGNATE__METRICS__LISTEN", "off"),
            ("COGNATE__SERVER__LISTEN", "127.0.0.1:0"),
            ("COGNATE__STORE__ACQUIRE_TIMEOUT_SECONDS", "1"),
            (name, value),
        ];
        let output = cognate(&[], directory.path(), &environment);
        let printed = text(&output.stderr);
        assert_ne!(output.status.code(), Some(0), "{printed}");
        assert_eq!(printed.matches("os error").count(), 1, "{name}: {printed}");
    }
}

/// The policy of an access key is read as that of `cognate keys access create` is.
#[test]
fn a_wrong_policy_is_a_problem() {
    let directory = tempfile::tempdir().unwrap();
    let statement = |action: &str| {
        format!(r#"{{"Statement":{{"Effect":"Deny","Action":"{action}","Resource":"*"}}}}"#)
    };
    for (policy, problem) in [
        (statement("cognito-idp:DeleteGroup"), None),
        ("read-only".to_owned(), None),
        ("root".to_owned(), Some("expected a policy as JSON")),
        ("pool-administrator".to_owned(), Some("name it")),
        (
            statement("s3:GetObject"),
            Some("statement 1 has the action"),
        ),
        (
            statement("cognito-idp:DeletePool"),
            Some("which is no operation of this service"),
        ),
    ] {
        let keys = format!("[{{ id = 'ID', secret = 'd41e7b9c', policy = '{policy}' }}]");
        let variables = [("COGNATE__ADMIN__ACCESS_KEYS", keys.as_str())];
        let output = cognate(&["config", "check"], directory.path(), &variables);
        let printed = text(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(problem.map_or(0, |_| 1)),
            "{printed}"
        );
        if let Some(problem) = problem {
            assert!(
                printed.contains("admin.access_keys[0].policy: "),
                "{printed}"
            );
            assert!(printed.contains(problem), "{printed}");
            assert!(!printed.contains("d41e7b9c"), "{printed}");
        }
    }
}
