//! The inbox of the development profile: every message with its code, as a page and as JSON.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::page::{self, Assets};
use crate::crypto::Vault;
use crate::domain::time::Timestamp;
use crate::messaging::inbox::{self, InboxMessage};
use crate::store::{self, Db};

const ASSETS: Assets = Assets {
    style: include_str!("../../templates/inbox.css"),
    script: include_str!("../../templates/inbox.js"),
};

/// How many messages are shown if the request does not say.
const DEFAULT_LIMIT: i64 = 50;
/// The most messages in one response.
const MAX_LIMIT: i64 = 1000;

/// The routes `/_cognate/inbox` and `/_cognate/inbox.json`. They show codes and temporary passwords to
/// every client, so only the development profile may serve them.
pub fn router(db: Db, vault: Vault) -> Router {
    Router::new()
        .route("/_cognate/inbox", get(html))
        .route("/_cognate/inbox.json", get(json))
        .with_state(Inbox { db, vault })
}

#[derive(Clone)]
struct Inbox {
    db: Db,
    vault: Vault,
}

/// The parameters of a request; an empty one counts as absent.
#[derive(Deserialize)]
struct Parameters {
    to: Option<String>,
    limit: Option<String>,
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
    username: String,
    created_at: String,
    status: &'static str,
}

impl From<InboxMessage> for MessageView {
    fn from(message: InboxMessage) -> Self {
        Self {
            id: message.id,
            medium: message.medium.as_str(),
            destination: message.destination,
            subject: message.subject,
            body: message.body,
            code: message.code,
            purpose: message.kind,
            user_pool_id: message.user_pool_id,
            username: message.username,
            created_at: iso_8601(message.created_at),
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
}

impl Inbox {
    async fn newest(&self, to: Option<&str>, limit: i64) -> store::Result<Vec<MessageView>> {
        let messages = inbox::newest(&self.db, &self.vault, to, limit).await?;
        Ok(messages.into_iter().map(MessageView::from).collect())
    }
}

fn iso_8601(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default();
    format!("{time:.3}")
}

async fn json(State(inbox): State<Inbox>, Query(parameters): Query<Parameters>) -> Response {
    let Some(limit) = limit(parameters.limit.as_deref()) else {
        return (StatusCode::BAD_REQUEST, "limit must be a number").into_response();
    };
    // In a query that was not encoded a plus sign is read as a space, which no address contains.
    let to = parameters.to.map(|to| to.replace(' ', "+"));
    let to = to.as_deref().filter(|to| !to.is_empty());
    match inbox.newest(to, limit).await {
        Ok(messages) => ([(header::CACHE_CONTROL, "no-store")], Json(messages)).into_response(),
        Err(error) => failure(&error),
    }
}

async fn html(State(inbox): State<Inbox>) -> Response {
    match inbox.newest(None, DEFAULT_LIMIT).await {
        Ok(messages) => {
            let page = InboxPage {
                assets: &ASSETS,
                messages: &messages,
            };
            page::response(&page, &ASSETS)
        }
        Err(error) => failure(&error),
    }
}

fn failure(error: &store::Error) -> Response {
    tracing::error!(%error, "cannot read the inbox");
    (StatusCode::INTERNAL_SERVER_ERROR, "the store failed").into_response()
}

/// The number of messages to show, [`MAX_LIMIT`] at the most; `None` if `text` is not a number.
fn limit(text: Option<&str>) -> Option<i64> {
    match text.filter(|text| !text.is_empty()) {
        None => Some(DEFAULT_LIMIT),
        Some(text) => text.parse().ok().map(|n: u32| i64::from(n).min(MAX_LIMIT)),
    }
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
            user_pool_id: "us-east-1_A".into(),
            username: "\"><img src=x>".into(),
            created_at: iso_8601(Timestamp::from_millis(1_700_000_000_120)),
            status: "pending",
        }
    }

    fn rendered(messages: &[MessageView]) -> String {
        let page = InboxPage {
            assets: &ASSETS,
            messages,
        };
        page.render().unwrap()
    }

    #[test]
    fn every_value_of_a_message_is_escaped() {
        let page = rendered(&[message()]);
        assert_eq!(page.matches("<script>").count(), 1);
        assert_eq!(page.matches("<img").count(), 0);
        assert_eq!(page.matches("<1>").count(), 0);
        assert_eq!(page.matches("<s>").count(), 0);
        assert_eq!(page.matches("<ada").count(), 0);
        assert!(page.contains("alert(1)"), "{page}");
        assert!(page.contains("{{script}}"), "{page}");
    }

    /// The Content-Security-Policy has the hashes of exactly these contents.
    #[test]
    fn the_page_embeds_its_assets_unchanged() {
        let page = rendered(&[]);
        assert!(page.contains(&format!("<script>{}</script>", ASSETS.script)));
        assert!(page.contains(&format!("<style>{}</style>", ASSETS.style)));
        assert!(page.contains("No message yet"), "{page}");
    }

    #[test]
    fn times_are_iso_8601_in_utc_with_milliseconds() {
        assert_eq!(message().created_at, "2023-11-14T22:13:20.120Z");
    }

    #[test]
    fn a_limit_is_a_number_up_to_the_maximum() {
        assert_eq!(limit(None), Some(50));
        assert_eq!(limit(Some("")), Some(50));
        assert_eq!(limit(Some("1000")), Some(1000));
        assert_eq!(limit(Some("1001")), Some(1000));
        for bad in ["-1", "x"] {
            assert_eq!(limit(Some(bad)), None);
        }
    }
}
