//! A mail server that can misbehave.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A pause between two looks.
const GLANCE: Duration = Duration::from_millis(20);

/// How the server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// Takes every mail.
    #[default]
    Good,
    /// Does not listen.
    Stopped,
    /// Puts off: the recipient, or the mail at its end.
    Defers {
        /// At its end.
        at_end: bool,
    },
    /// Refuses for ever: the recipient, or the mail at its end.
    Refuses {
        /// At its end.
        at_end: bool,
    },
    /// Takes the connection and says nothing.
    Hangs,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The part of its Message-ID before the `@`: the message's id in the outbox.
    pub id: String,
    /// The code or temporary password in it.
    pub secret: Option<String>,
}

/// The mail server. Clones are the same one.
#[derive(Clone)]
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    manner: Manner,
    mails: BTreeMap<String, Vec<Mail>>,
    refused: BTreeSet<String>,
}

impl Sink {
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

    fn manner(&self) -> Manner {
        self.lock().manner
    }

    /// Behaves like this from now on, also on the connections that there are.
    pub fn set(&self, manner: Manner) {
        self.lock().manner = manner;
    }

    /// The mails to `address`, oldest first. One that came twice is there twice.
    pub fn mails(&self, address: &str) -> Vec<Mail> {
        self.lock().mails.get(address).cloned().unwrap_or_default()
    }

    /// Whether a mail to `address` was ever refused for ever.
    pub fn has_refused(&self, address: &str) -> bool {
        self.lock().refused.contains(address)
    }

    /// The ids of all mails that were taken, and how many mails those were.
    pub fn taken(&self) -> (BTreeSet<String>, usize) {
        let state = self.lock();
        let all: Vec<&Mail> = state.mails.values().flatten().collect();
        (all.iter().map(|mail| mail.id.clone()).collect(), all.len())
    }

    async fn serve(self, first: TcpListener) {
        let mut listener = Some(first);
        let mut connections = JoinSet::new();
        loop {
            if self.manner() == Manner::Stopped {
                listener = None;
                connections.abort_all();
                tokio::time::sleep(GLANCE).await;
                continue;
            }
            let Some(listening) = &listener else {
                listener = TcpListener::bind(self.address).await.ok();
                if listener.is_none() {
                    tokio::time::sleep(GLANCE).await;
                }
                continue;
            };
            tokio::select! {
                Ok((stream, _)) = listening.accept() => {
                    let sink = self.clone();
                    connections.spawn(async move { sink.converse(stream).await });
                }
                Some(_) = connections.join_next() => {}
                () = tokio::time::sleep(GLANCE) => {}
            }
        }
    }

    async fn converse(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        self.say(&mut stream, "220 sink.test").await?;
        let mut recipient = String::new();
        loop {
            let line = line(&mut stream).await?;
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "RCPT" => {
                    recipient = between(&line, '<', '>').unwrap_or_default().to_owned();
                    let answer = self.verdict(&recipient, false).unwrap_or("250 yes");
                    self.say(&mut stream, answer).await?;
                }
                "DATA" => {
                    self.say(&mut stream, "354 go on").await?;
                    let text = text(&mut stream).await?;
                    let answer = self.verdict(&recipient, true);
                    if answer.is_none() {
                        self.take(&recipient, &text);
                    }
                    self.say(&mut stream, answer.unwrap_or("250 taken")).await?;
                }
                "QUIT" => return self.say(&mut stream, "221 bye").await,
                _ => self.say(&mut stream, "250 sink.test").await?,
            }
        }
    }

    /// The refusal that is due now, if any.
    fn verdict(&self, recipient: &str, end: bool) -> Option<&'static str> {
        let state = self.lock();
        match state.manner {
            Manner::Defers { at_end } if at_end == end => Some("451 4.7.1 not now"),
            Manner::Refuses { at_end } if at_end == end => {
                drop(state);
                self.refuse(recipient);
                Some("550 5.7.1 never")
            }
            _ => None,
        }
    }

    /// Notes that a mail to `recipient` was refused for ever.
    pub fn refuse(&self, recipient: &str) {
        self.lock().refused.insert(recipient.to_owned());
    }

    /// Takes a mail.
    pub fn take(&self, recipient: &str, text: &str) {
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

    /// Answers, unless it hangs; then when it no longer does.
    async fn say(&self, stream: &mut BufReader<TcpStream>, text: &str) -> Option<()> {
        while self.manner() == Manner::Hangs {
            tokio::time::sleep(GLANCE).await;
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

/// What the pool's default texts say after "code is" or "password is".
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
    fn codes_are_found() {
        let mail = "Subject: Your verification code\n\nYour verification code is 012345. \n";
        assert_eq!(secret(mail).as_deref(), Some("012345"));
    }
}
