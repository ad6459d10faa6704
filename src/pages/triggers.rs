//! The calls of functions, in the development profile: each event with its answer and its time, as a page and as JSON.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use super::clock::distance;
use super::page::{self, Assets};
use super::times;
use crate::clock::Clock;
use crate::triggers::{Call, Journal};

const ASSETS: Assets = Assets {
    style: concat!(
        include_str!("../../templates/development.css"),
        include_str!("../../templates/triggers.css")
    ),
    script: concat!(
        include_str!("../../templates/development.js"),
        include_str!("../../templates/triggers.js")
    ),
};

/// The routes `/_cognate/triggers` and `/_cognate/triggers.json`. They show what users send to every client, so only
/// the development profile may serve them.
pub fn router(journal: Journal, clock: Clock) -> Router {
    Router::new()
        .route("/_cognate/triggers", get(html))
        .route("/_cognate/triggers.json", get(json))
        .with_state(Calls { journal, clock })
}

#[derive(Clone)]
struct Calls {
    journal: Journal,
    clock: Clock,
}

impl Calls {
    fn newest(&self) -> Vec<CallView> {
        let calls = self.journal.newest().into_iter();
        calls.map(CallView::from).collect()
    }
}

/// A call as the page and the JSON show it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallView {
    number: u64,
    at: String,
    trigger_source: String,
    user_pool_id: String,
    function: String,
    event: String,
    /// Empty where the function did not answer.
    answer: String,
    outcome: &'static str,
    /// What is wrong, where something is.
    detail: String,
    attempts: u32,
    elapsed_ms: u64,
    /// The same time for people.
    #[serde(skip)]
    at_utc: String,
}

impl From<Call> for CallView {
    fn from(call: Call) -> Self {
        Self {
            number: call.number,
            at: times::iso_8601(call.at),
            at_utc: times::utc(call.at),
            trigger_source: call.source,
            user_pool_id: call.user_pool_id,
            function: call.arn,
            event: call.event,
            answer: call.answer,
            outcome: call.outcome,
            detail: call.detail,
            attempts: call.attempts,
            elapsed_ms: call.elapsed_ms,
        }
    }
}

/// The page. Events and answers are shown as text, so that nothing in them runs.
#[derive(Template)]
#[template(path = "triggers.html")]
struct TriggersPage<'a> {
    assets: &'a Assets,
    calls: &'a [CallView],
    clock: Option<String>,
}

async fn html(State(calls): State<Calls>) -> Response {
    let page = TriggersPage {
        assets: &ASSETS,
        calls: &calls.newest(),
        clock: distance(calls.clock.offset_seconds()),
    };
    page::response(&page, &ASSETS)
}

async fn json(State(calls): State<Calls>) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(calls.newest())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(calls: &[CallView]) -> String {
        let page = TriggersPage {
            assets: &ASSETS,
            calls,
            clock: None,
        };
        page.render().unwrap()
    }

    #[test]
    fn every_value_of_a_call_is_escaped() {
        let hostile = || "<script>alert(1)</script><img>".to_owned();
        let call = CallView {
            number: 1,
            at: "2023-11-14T22:13:20.120Z".to_owned(),
            at_utc: "2023-11-14 22:13:20 UTC".to_owned(),
            trigger_source: "PreSignUp_SignUp".to_owned(),
            user_pool_id: hostile(),
            function: hostile(),
            event: hostile(),
            answer: hostile(),
            outcome: "refused",
            detail: hostile(),
            attempts: 3,
            elapsed_ms: 7,
        };
        let page = rendered(&[call]);
        assert_eq!(page.matches("<script>").count(), 1);
        assert_eq!(page.matches("<img").count(), 0);
        assert_eq!(page.matches("alert(1)").count(), 5);
    }

    /// The Content-Security-Policy has the hashes of exactly these contents.
    #[test]
    fn the_page_embeds_its_assets_unchanged() {
        let page = rendered(&[]);
        assert!(page.contains(&format!("<script>{}</script>", ASSETS.script)));
        assert!(page.contains(&format!("<style>{}</style>", ASSETS.style)));
        assert!(page.contains("No function has been called"), "{page}");
    }
}
