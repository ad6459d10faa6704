//! A real SMTP server on loopback: aiosmtpd, in a Python process.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use super::wait;

const DELIVERY: Duration = Duration::from_secs(30);

/// What the catcher asks of its callers.
#[derive(Clone, Debug, Default)]
pub struct SmtpOptions {
    /// `none`, `starttls` or `implicit`; empty is `none`.
    pub tls: &'static str,
    /// Name and password that a caller must log in with.
    pub login: Option<(&'static str, &'static str)>,
    /// How many messages are put off with 451 before one is taken.
    pub defer: u32,
    /// A recipient who is refused with 550 for ever.
    pub refuse: Option<&'static str>,
}

/// A mail as it came over the wire.
#[derive(Clone, Debug, Deserialize)]
pub struct Mail {
    /// Envelope sender.
    pub sender: String,
    /// Envelope recipients.
    pub recipients: Vec<String>,
    /// Header `From`.
    pub from: String,
    /// Header `To`.
    pub to: String,
    /// Header `Subject`, decoded.
    pub subject: String,
    /// Header `MIME-Version`.
    pub mime_version: String,
    /// The text, decoded; of several parts the plain or else the first.
    pub body: String,
    /// Content type of that text.
    pub content_type: String,
    /// Whether it came over TLS.
    pub tls: bool,
    /// Who was logged in.
    pub login: Option<String>,
}

/// The catcher; it ends with this value, or with this process.
pub struct MailCatcher {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// The certificate authority to trust, with TLS.
    pub ca_file: PathBuf,
    directory: tempfile::TempDir,
    child: Child,
    _stdin: ChildStdin,
}

impl MailCatcher {
    /// Starts it on a free port.
    pub fn start(options: &SmtpOptions) -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let python = tests.join(".venv/bin/python");
        assert!(
            python.exists(),
            "there is no tests/.venv with aiosmtpd: run `./test setup` once"
        );
        let directory = tempfile::tempdir().unwrap();
        let certificate = directory.path().join("certificate.pem");
        let key = directory.path().join("key.pem");
        let made = rcgen::generate_simple_self_signed(["localhost".into(), "127.0.0.1".into()]);
        let made = made.unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let mut command = Command::new(python);
        command
            .arg(tests.join("clients/smtp_catcher.py"))
            .arg("--output")
            .arg(directory.path().join("mail.jsonl"))
            .args(["--port", "0", "--until-stdin-closes"])
            .arg("--certificate")
            .arg(&certificate)
            .arg("--key")
            .arg(&key)
            .args(["--defer", &options.defer.to_string()]);
        if !options.tls.is_empty() {
            command.args(["--tls", options.tls]);
        }
        if let Some((name, password)) = options.login {
            command.args(["--username", name, "--password", password]);
        }
        if let Some(recipient) = options.refuse {
            command.args(["--refuse", recipient]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            port: line.trim().parse().expect("the catcher prints its port"),
            ca_file: certificate,
            directory,
            child,
            _stdin: stdin,
        }
    }

    /// Everything that has come so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        std::fs::read_to_string(self.directory.path().join("mail.jsonl"))
            .unwrap_or_default()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Waits until `count` mails have come to `to`, and returns the last of them.
    pub async fn wait_for(&self, to: &str, count: usize) -> Mail {
        let what = format!("mail {count} to {to}");
        wait::until(&what, DELIVERY, || async {
            self.mails()
                .into_iter()
                .filter(|mail| mail.recipients.iter().any(|r| r == to))
                .nth(count - 1)
        })
        .await
    }
}

impl Drop for MailCatcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
