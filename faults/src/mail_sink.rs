//! A mail server for tests, which can refuse, defer or hang.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The pause between two checks of the behaviour.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How the server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailBehaviour {
    /// Accepts every mail.
    #[default]
    Accepts,
    /// Does not listen.
    Stopped,
    /// Answers 451: to the recipient, or to the mail.
    Defers {
        /// Whether after the mail's last line.
        at_end: bool,
    },
    /// Answers 550: to the recipient, or to the mail.
    Refuses {
        /// Whether after the mail's last line.
        at_end: bool,
    },
    /// Accepts connections and does not answer.
    Hangs,
    /// Accepts every mail, and takes so long for each.
    Slow(Duration),
}

/// An accepted mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The part of its Message-ID before the `@`: the message's id in the outbox.
    pub id: String,
    /// The code or temporary password in it.
    pub secret: Option<String>,
}

/// The mail server. Clones are the same one.
#[derive(Clone)]
pub struct MailSink {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    behaviour: MailBehaviour,
    mails: BTreeMap<String, Vec<Mail>>,
    refused: BTreeSet<String>,
}

impl MailSink {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let sink = Self {
            address: listener.local_addr()?,
            state: Arc::default(),
        };
        tokio::spawn(sink.clone().serve(listener));
        Ok(sink)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn behaviour(&self) -> MailBehaviour {
        self.lock().behaviour
    }

    /// Changes the behaviour, also on open connections.
    pub fn set(&self, behaviour: MailBehaviour) {
        self.lock().behaviour = behaviour;
    }

    /// The mails to `address`, oldest first, including duplicates.
    pub fn mails(&self, address: &str) -> Vec<Mail> {
        self.lock().mails.get(address).cloned().unwrap_or_default()
    }

    /// Whether a mail to `address` was ever answered 550.
    pub fn has_refused(&self, address: &str) -> bool {
        self.lock().refused.contains(address)
    }

    /// The ids of all accepted mails, and their number including duplicates.
    pub fn accepted(&self) -> (BTreeSet<String>, usize) {
        let state = self.lock();
        let all: Vec<&Mail> = state.mails.values().flatten().collect();
        (all.iter().map(|mail| mail.id.clone()).collect(), all.len())
    }

    async fn serve(self, first: TcpListener) {
        let mut listener = Some(first);
        let mut connections = JoinSet::new();
        loop {
            if self.behaviour() == MailBehaviour::Stopped {
                listener = None;
                connections.abort_all();
                tokio::time::sleep(POLL_INTERVAL).await;
                continue;
            }
            let Some(listening) = &listener else {
                listener = TcpListener::bind(self.address).await.ok();
                if listener.is_none() {
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
                continue;
            };
            tokio::select! {
                Ok((stream, _)) = listening.accept() => {
                    let sink = self.clone();
                    connections.spawn(async move { sink.converse(stream).await });
                }
                Some(_) = connections.join_next() => {}
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
        }
    }

    async fn converse(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        self.reply(&mut stream, "220 sink.test").await?;
        let mut recipient = String::new();
        loop {
            let line = line(&mut stream).await?;
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "RCPT" => {
                    recipient = between(&line, '<', '>').unwrap_or_default().to_owned();
                    let answer = self.refusal(&recipient, false).unwrap_or("250 yes");
                    self.reply(&mut stream, answer).await?;
                }
                "DATA" => {
                    self.reply(&mut stream, "354 go on").await?;
                    let text = text(&mut stream).await?;
                    if let MailBehaviour::Slow(pause) = self.behaviour() {
                        tokio::time::sleep(pause).await;
                    }
                    let answer = self.refusal(&recipient, true);
                    if answer.is_none() {
                        self.accept(&recipient, &text);
                    }
                    self.reply(&mut stream, answer.unwrap_or("250 taken"))
                        .await?;
                }
                "QUIT" => return self.reply(&mut stream, "221 bye").await,
                _ => self.reply(&mut stream, "250 sink.test").await?,
            }
        }
    }

    /// The refusal that the behaviour demands, if any.
    fn refusal(&self, recipient: &str, end: bool) -> Option<&'static str> {
        let state = self.lock();
        match state.behaviour {
            MailBehaviour::Defers { at_end } if at_end == end => Some("451 4.7.1 not now"),
            MailBehaviour::Refuses { at_end } if at_end == end => {
                drop(state);
                self.record_refusal(recipient);
                Some("550 5.7.1 never")
            }
            MailBehaviour::Accepts
            | MailBehaviour::Stopped
            | MailBehaviour::Defers { .. }
            | MailBehaviour::Refuses { .. }
            | MailBehaviour::Hangs
            | MailBehaviour::Slow(_) => None,
        }
    }

    /// Records that a mail to `recipient` was answered 550.
    pub fn record_refusal(&self, recipient: &str) {
        self.lock().refused.insert(recipient.to_owned());
    }

    /// Records an accepted mail.
    pub fn accept(&self, recipient: &str, text: &str) {
        let id = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("message-id").then_some(())?;
            between(value, '<', '@').map(str::to_owned)
        });
        let mail = Mail {
            id: id.unwrap_or_default(),
            secret: secret(text),
        };
        let mut state = self.lock();
        state
            .mails
            .entry(recipient.to_owned())
            .or_default()
            .push(mail);
    }

    /// Sends a reply. While the behaviour is [`MailBehaviour::Hangs`] it waits.
    async fn reply(&self, stream: &mut BufReader<TcpStream>, text: &str) -> Option<()> {
        while self.behaviour() == MailBehaviour::Hangs {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        let line = format!("{text}\r\n");
        stream.get_mut().write_all(line.as_bytes()).await.ok()
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut bytes = Vec::new();
    let count = stream.read_until(b'\n', &mut bytes).await.ok()?;
    (count > 0).then(|| String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// A mail up to its closing dot.
async fn text(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut text = String::new();
    loop {
        match line(stream).await?.as_str() {
            "." => return Some(text),
            other => {
                text.push_str(other);
                text.push('\n');
            }
        }
    }
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inner, _)| inner)
}

/// The code or password in the default texts of a pool.
fn secret(mail: &str) -> Option<String> {
    let (_, body) = mail.split_once("\n\n")?;
    let (_, rest) = body
        .split_once("code is ")
        .or_else(|| body.split_once("password is "))?;
    let word = rest.split_whitespace().next()?;
    Some(word.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_mail_is_found() {
        let mail = "Subject: Your verification code\n\nYour verification code is 012345. \n";
        assert_eq!(secret(mail).as_deref(), Some("012345"));
    }
}
