//! Production refuses to be weak: at `config check` as at the start, a line for each weakness, and none where
//! the configuration says that it is accepted.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// Weak in every way that there is a rule for.
const WEAK: &str = r#"profile = "production"
[server]
listen = "127.0.0.1:0"
public_url = "http://id.example.com"
[secrets]
master_key_file = "master.key"
[passwords]
memory_kib = 19455
[mail]
transport = "smtp"
host = "smtp.example.com"
tls = "none"
username = "cognate"
password = "hunter2"
[sms]
provider = "webhook"
[sms.webhook]
url = "http://sms.example.com/k3y"
[[admin.access_keys]]
id = "KEY"
secret = "0123456789abcdef0123456789abcdef"
[metrics]
listen = "off"
"#;

/// The problems' keys, and the keys that accept them.
const RULES: [(&str, &str); 9] = [
    (
        "admin.access_keys[0].secret",
        "SECRETS__ACCEPT_READABLE_FILES",
    ),
    ("server.public_url", "SERVER__ACCEPT_HTTP_PUBLIC_URL"),
    ("secrets.master_key_file", "SECRETS__ACCEPT_READABLE_FILES"),
    ("secrets.master_key_file", "SECRETS__ACCEPT_WEAK_KEYS"),
    ("passwords.memory_kib", "PASSWORDS__ACCEPT_WEAK_ARGON2"),
    ("mail.tls", "MAIL__ACCEPT_LOGIN_WITHOUT_TLS"),
    ("sms.webhook.secret", "SMS__WEBHOOK__ACCEPT_MISSING_SECRET"),
    ("sms.webhook.url", "SMS__WEBHOOK__ACCEPT_HTTP_URL"),
    ("admin.access_keys[0].secret", "ADMIN__ACCEPT_WEAK_SECRETS"),
];

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
}

fn cognate(directory: &Path, arguments: &[&str], accepted: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
    command
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("COGNATE__STORE__DATA_DIR", directory.join("data"));
    for key in accepted {
        command.env(format!("COGNATE__{key}"), "true");
    }
    command.output().unwrap()
}

#[test]
fn each_weakness_is_a_line_and_can_be_accepted() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "cognate.toml", WEAK);
    write(directory.path(), "master.key", &"07".repeat(32));
    for arguments in [["config", "check"].as_slice(), &["serve"], &["migrate"]] {
        let output = cognate(directory.path(), arguments, &[]);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let printed = String::from_utf8(output.stderr).unwrap();
        let problems: Vec<&str> = printed.lines().skip(2).collect();
        assert_eq!(problems.len(), RULES.len(), "{arguments:?}: {printed}");
        for (key, accept) in RULES {
            let accept = accept.to_lowercase().replace("__", ".");
            let named = format!("`{accept} = true`");
            let is_told =
                |line: &&&str| line.contains(&format!(" {key}: ")) && line.contains(&named);
            assert_eq!(
                problems.iter().filter(is_told).count(),
                1,
                "{key}: {printed}"
            );
        }
        for secret in ["hunter2", "k3y", "0123456789abcdef", "0707"] {
            assert!(!printed.contains(secret), "{printed}");
        }
        assert!(!directory.path().join("data").exists(), "nothing was begun");
    }
    let accepted: Vec<&str> = RULES.iter().map(|(_, accept)| *accept).collect();
    let output = cognate(directory.path(), &["config", "check"], &accepted);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Each acceptance is about its own weakness only.
    for (key, accept) in RULES {
        let others: Vec<&str> = accepted
            .iter()
            .copied()
            .filter(|other| *other != accept)
            .collect();
        let output = cognate(directory.path(), &["config", "check"], &others);
        let printed = String::from_utf8(output.stderr).unwrap();
        assert!(printed.contains(&format!("{key}: ")), "{accept}: {printed}");
    }
}
