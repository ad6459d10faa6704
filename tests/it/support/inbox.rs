//! The development inbox, as a test reads it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;

use super::client::Client;
use super::wait;

/// How long a message may take from the answer that promised it.
const DELIVERY: Duration = Duration::from_secs(20);

/// A message as `GET /_cognate/inbox.json` shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// Opaque id.
    pub id: String,
    /// `EMAIL` or `SMS`.
    pub medium: String,
    /// The whole address or number, not masked.
    pub destination: String,
    /// Subject of an e-mail.
    pub subject: Option<String>,
    /// The text.
    pub body: String,
    /// The code in the text, if it carries one.
    pub code: Option<String>,
    /// Why it was sent.
    pub purpose: String,
    /// Whose pool.
    pub user_pool_id: String,
    /// That pool's name.
    pub user_pool_name: Option<String>,
    /// Whose user.
    pub username: Option<String>,
    /// When it was written.
    pub created_at: serde_json::Value,
    /// Where delivery stands.
    pub status: String,
}

/// One recipient's messages. Remembers which ones the test has already taken, so that a resent code
/// is told from the first.
#[derive(Clone, Debug)]
pub struct Inbox {
    client: Client,
    to: String,
    taken: Arc<Mutex<HashSet<String>>>,
}

impl Inbox {
    /// The messages to `to` on the server that `client` talks to; `taken` is shared by the whole
    /// test.
    pub fn new(client: Client, to: &str, taken: Arc<Mutex<HashSet<String>>>) -> Self {
        Self {
            client,
            to: to.to_owned(),
            taken,
        }
    }

    /// Every message there is now, newest first.
    pub async fn messages(&self) -> Vec<Message> {
        let mut url = reqwest::Url::parse("http://inbox/_cognate/inbox.json").unwrap();
        url.query_pairs_mut()
            .append_pair("to", &self.to)
            .append_pair("limit", "100");
        let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        let request = self.client.raw(reqwest::Method::GET, &path);
        let answer = self.client.send(request).await;
        serde_json::from_value(answer.clone().ok())
            .unwrap_or_else(|error| panic!("{error} in {answer}"))
    }

    /// Waits for a message that the test has not taken yet, and takes the newest.
    pub async fn next(&self) -> Message {
        let what = format!("a message to {}", self.to);
        let message = wait::until(&what, DELIVERY, || async {
            let messages = self.messages().await;
            let taken = self.taken.lock().unwrap();
            messages.into_iter().find(|m| !taken.contains(&m.id))
        })
        .await;
        // Older ones that were never taken are out of date now.
        let all = self.messages().await;
        let mut taken = self.taken.lock().unwrap();
        let position = all.iter().position(|m| m.id == message.id).unwrap_or(0);
        taken.extend(all.into_iter().skip(position).map(|m| m.id));
        message
    }

    /// Waits for the next message and returns its code.
    pub async fn code(&self) -> String {
        let message = self.next().await;
        message
            .code
            .clone()
            .unwrap_or_else(|| panic!("no code in {message:?}"))
    }

    /// Asserts that nothing new has come. A message is written in the transaction of its cause and
    /// the inbox shows the outbox, so there is nothing to wait for.
    pub async fn stays_empty(&self) {
        let messages = self.messages().await;
        let taken = self.taken.lock().unwrap();
        let new: Vec<_> = messages.iter().filter(|m| !taken.contains(&m.id)).collect();
        assert!(new.is_empty(), "unexpected: {new:?}");
    }
}
