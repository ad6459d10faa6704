//! The inbox of the development profile: every message with its code, as a page and as JSON.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::clock::distance;
use super::page::{self, Assets};
use super::times;
use crate::clock::Clock;
use crate::crypto::Vault;
use crate::messaging::inbox::{self, InboxMessage, Search};
use crate::store::outbox::Status;
use crate::store::{self, Db};

const ASSETS: Assets = Assets {
    style: concat!(
        include_str!("../../templates/development.css"),
        include_str!("../../templates/inbox.css")
    ),
    script: concat!(
        include_str!("../../templates/development.js"),
        include_str!("../../templates/inbox.js")
    ),
};

/// How many messages are shown if the request does not say.
const DEFAULT_LIMIT: i64 = 50;
/// The most messages in one response.
const MAX_LIMIT: i64 = 1000;

/// The routes `/_cognate/inbox` and `/_cognate/inbox.json`. They show codes and temporary passwords to
/// every client, so only the development profile may serve them.
pub fn router(db: Db, vault: Vault, clock: Clock) -> Router {
    Router::new()
        .route("/_cognate/inbox", get(html).post(clear_from_page))
        .route("/_cognate/inbox.json", get(json).delete(clear))
        .with_state(Inbox { db, vault, clock })
}

#[derive(Clone)]
struct Inbox {
    db: Db,
    vault: Vault,
    clock: Clock,
}

/// The parameters of a request; an empty one counts as absent.
#[derive(Deserialize)]
struct Parameters {
    /// Only messages to this recipient.
    to: Option<String>,
    /// Only messages in which this text occurs.
    q: Option<String>,
    limit: Option<String>,
}

impl Parameters {
    fn to(&self) -> Option<String> {
        recipient(self.to.as_deref())
    }

    fn text(&self) -> &str {
        self.q.as_deref().map_or("", str::trim)
    }

    /// The number of messages to show, [`MAX_LIMIT`] at the most; `None` if it is not a number.
    fn limit(&self) -> Option<i64> {
        match self.limit.as_deref().filter(|text| !text.is_empty()) {
            None => Some(DEFAULT_LIMIT),
            Some(text) => text.parse().ok().map(|n: u32| i64::from(n).min(MAX_LIMIT)),
        }
    }
}

/// The recipient in a query. Where that was not encoded a plus sign is read as a space, which no address
/// contains.
fn recipient(to: Option<&str>) -> Option<String> {
    let to = to.filter(|to| !to.is_empty())?;
    Some(to.replace(' ', "+"))
}

/// The query of a link to these messages.
fn query(to: Option<&str>, text: &str) -> String {
    let parameters = [("to", to.unwrap_or_default()), ("q", text)];
    let mut query = String::new();
    for (name, value) in parameters {
        if !value.is_empty() {
            let separator = if query.is_empty() { '?' } else { '&' };
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            query += &format!("{separator}{name}={value}");
        }
    }
    query
}

/// A message as the page and the JSON show it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageView {
    id: String,
    medium: &'static str,
    destination: String,
    subject: Option<String>,
    body: String,
    code: Option<String>,
    purpose: String,
    user_pool_id: String,
    user_pool_name: Option<String>,
    username: String,
    created_at: String,
    status: &'static str,
    /// The same time for people.
    #[serde(skip)]
    created_at_utc: String,
    /// The query of the link to all messages to the same recipient.
    #[serde(skip)]
    recipient_query: String,
}

impl From<InboxMessage> for MessageView {
    fn from(message: InboxMessage) -> Self {
        Self {
            recipient_query: query(Some(&message.destination), ""),
            created_at_utc: times::utc(message.created_at),
            id: message.id,
            medium: message.medium.as_str(),
            destination: message.destination,
            subject: message.subject,
            body: message.body,
            code: message.code,
            purpose: message.kind,
            user_pool_id: message.user_pool_id,
            user_pool_name: message.user_pool_name,
            username: message.username,
            created_at: times::iso_8601(message.created_at),
            status: message.status.as_str(),
        }
    }
}

/// The page. An e-mail is HTML and is shown as its source, so that nothing in it runs.
#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage<'a> {
    assets: &'a Assets,
    messages: &'a [MessageView],
    to: Option<&'a str>,
    text: &'a str,
    /// The query of this page.
    query: String,
    /// The same without the text.
    recipient_query: String,
    /// Whether there may be more messages than are shown.
    is_full: bool,
    /// How many of the messages are still to be delivered.
    pending: usize,
    clock: Option<String>,
}

impl<'a> InboxPage<'a> {
    fn new(messages: &'a [MessageView], to: Option<&'a str>, text: &'a str, limit: i64) -> Self {
        let pending = |message: &&MessageView| message.status == Status::Pending.as_str();
        Self {
            assets: &ASSETS,
            to,
            text,
            query: query(to, text),
            recipient_query: query(to, ""),
            is_full: usize::try_from(limit).is_ok_and(|limit| messages.len() >= limit),
            pending: messages.iter().filter(pending).count(),
            messages,
            clock: None,
        }
    }
}

impl Inbox {
    async fn newest(
        &self,
        to: Option<&str>,
        text: &str,
        limit: i64,
    ) -> store::Result<Vec<MessageView>> {
        let search = Search {
            destination: to,
            text: (!text.is_empty()).then_some(text),
        };
        let messages = inbox::newest(&self.db, &self.vault, search, limit).await?;
        Ok(messages.into_iter().map(MessageView::from).collect())
    }
}

async fn json(State(inbox): State<Inbox>, Query(parameters): Query<Parameters>) -> Response {
    let Some(limit) = parameters.limit() else {
        return bad_limit();
    };
    let to = parameters.to();
    match inbox.newest(to.as_deref(), parameters.text(), limit).await {
        Ok(messages) => ([(header::CACHE_CONTROL, "no-store")], Json(messages)).into_response(),
        Err(error) => failure(&error),
    }
}

async fn html(State(inbox): State<Inbox>, Query(parameters): Query<Parameters>) -> Response {
    let Some(limit) = parameters.limit() else {
        return bad_limit();
    };
    let (to, text) = (parameters.to(), parameters.text());
    match inbox.newest(to.as_deref(), text, limit).await {
        Ok(messages) => {
            let page = InboxPage {
                clock: distance(inbox.clock.offset_seconds()),
                ..InboxPage::new(&messages, to.as_deref(), text, limit)
            };
            page::response(&page, &ASSETS)
        }
        Err(error) => failure(&error),
    }
}

/// Which messages to delete. A parameter that would have no effect is refused, as is an empty recipient:
/// a test whose variable is not set must not delete the messages of others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clearing {
    to: Option<String>,
}

impl Clearing {
    async fn run(&self, inbox: &Inbox) -> Result<u64, Response> {
        if self.to.as_deref() == Some("") {
            return Err((StatusCode::BAD_REQUEST, "to is empty").into_response());
        }
        let deleted = inbox::clear(&inbox.db, recipient(self.to.as_deref()).as_deref()).await;
        deleted.map_err(|error| failure(&error))
    }
}

async fn clear(State(inbox): State<Inbox>, Query(clearing): Query<Clearing>) -> Response {
    match clearing.run(&inbox).await {
        Ok(deleted) => Json(json!({ "deleted": deleted })).into_response(),
        Err(refusal) => refusal,
    }
}

/// What the page's button does, also without the page's script.
async fn clear_from_page(State(inbox): State<Inbox>, Query(clearing): Query<Clearing>) -> Response {
    match clearing.run(&inbox).await {
        Ok(_) => {
            let to = recipient(clearing.to.as_deref());
            Redirect::to(&format!("inbox{}", query(to.as_deref(), ""))).into_response()
        }
        Err(refusal) => refusal,
    }
}

fn bad_limit() -> Response {
    (StatusCode::BAD_REQUEST, "limit must be a number").into_response()
}

fn failure(error: &store::Error) -> Response {
    tracing::error!(%error, "the store failed the inbox");
    (StatusCode::INTERNAL_SERVER_ERROR, "the store failed").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> MessageView {
        MessageView {
            id: "1".into(),
            medium: "EMAIL",
            destination: "<ada@example.com>".into(),
            subject: Some("<s>".into()),
            body: "<script>alert(1)</script>{{script}}".into(),
            code: Some("<1>".into()),
            purpose: "sign_up".into(),
            user_pool_id: "us-east-1_A<img>".into(),
            user_pool_name: Some("<img src=y>".into()),
            username: "\"><img src=x>".into(),
            created_at: "2023-11-14T22:13:20.120Z".into(),
            status: "pending",
            created_at_utc: "2023-11-14 22:13:20 UTC".into(),
            recipient_query: query(Some("<ada@example.com>"), ""),
        }
    }

    fn rendered(messages: &[MessageView], to: Option<&str>, text: &str) -> String {
        InboxPage::new(messages, to, text, 50).render().unwrap()
    }

    #[test]
    fn every_value_of_a_message_is_escaped() {
        let page = rendered(&[message()], None, "");
        assert_eq!(page.matches("<script>").count(), 1);
        assert_eq!(page.matches("<img").count(), 0);
        assert_eq!(page.matches("<1>").count(), 0);
        assert_eq!(page.matches("<s>").count(), 0);
        assert_eq!(page.matches("<ada").count(), 0);
        assert!(page.contains("alert(1)"), "{page}");
        assert!(page.contains("{{script}}"), "{page}");
    }

    #[test]
    fn what_the_request_asks_for_is_escaped() {
        let hostile = "\"><script>alert(1)</script>";
        let page = rendered(&[message()], Some(hostile), hostile);
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(page.contains("alert(1)"), "{page}");
    }

    /// The Content-Security-Policy has the hashes of exactly these contents.
    #[test]
    fn the_page_embeds_its_assets_unchanged() {
        let page = rendered(&[], None, "");
        assert!(page.contains(&format!("<script>{}</script>", ASSETS.script)));
        assert!(page.contains(&format!("<style>{}</style>", ASSETS.style)));
        assert!(page.contains("No message yet"), "{page}");
    }

    #[test]
    fn a_query_is_encoded() {
        assert_eq!(query(None, ""), "");
        assert_eq!(query(Some("+1555"), ""), "?to=%2B1555");
        assert_eq!(query(Some("a"), "x y&z"), "?to=a&q=x%20y%26z");
        assert_eq!(query(None, "x"), "?q=x");
    }

    #[test]
    fn a_limit_is_a_number_up_to_the_maximum() {
        let limit = |text: &str| {
            let limit = Some(text.to_owned());
            Parameters {
                to: None,
                q: None,
                limit,
            }
            .limit()
        };
        assert_eq!(limit(""), Some(50));
        assert_eq!(limit("1000"), Some(1000));
        assert_eq!(limit("1001"), Some(1000));
        for bad in ["-1", "x"] {
            assert_eq!(limit(bad), None);
        }
    }
}
