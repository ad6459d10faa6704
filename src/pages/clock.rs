//! The clock of the development profile: what it says, how far it was moved, and the route that moves it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clock::Clock;

/// The farthest move of the clock: a century, in seconds.
const MAX_MOVE_SECONDS: i64 = 100 * 366 * 24 * 3600;

/// `GET /_cognate/clock` and `POST /_cognate/clock`.
pub fn router(clock: Clock) -> Router {
    Router::new()
        .route("/_cognate/clock", get(read).post(advance))
        .with_state(clock)
}

/// The clock as programs read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClockView {
    now_millis: i64,
    offset_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Move {
    advance_seconds: i64,
}

async fn read(State(clock): State<Clock>) -> Response {
    view(&clock)
}

async fn advance(State(clock): State<Clock>, body: Bytes) -> Response {
    let requested = serde_json::from_slice::<Move>(&body)
        .ok()
        .filter(|to| (-MAX_MOVE_SECONDS..=MAX_MOVE_SECONDS).contains(&to.advance_seconds));
    let Some(to) = requested else {
        let error = json!({ "message": "expected {\"advanceSeconds\": n}, a whole number, a century at most" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    clock.advance(to.advance_seconds);
    tracing::info!(seconds = to.advance_seconds, "clock moved");
    view(&clock)
}

fn view(clock: &Clock) -> Response {
    let view = ClockView {
        now_millis: clock.now().millis(),
        offset_seconds: clock.offset_seconds(),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response()
}

/// How far the clock is from the machine's time, as a page says it: `1 day 2 hours ahead`. `None` if it
/// was not moved.
pub fn distance(offset_seconds: i64) -> Option<String> {
    if offset_seconds == 0 {
        return None;
    }
    let direction = if offset_seconds > 0 {
        "ahead"
    } else {
        "behind"
    };
    let mut rest = offset_seconds.unsigned_abs();
    let mut text = String::new();
    for (unit, seconds) in [
        ("day", 24 * 3600),
        ("hour", 3600),
        ("minute", 60),
        ("second", 1),
    ] {
        let count = rest / seconds;
        rest %= seconds;
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            text += &format!("{count} {unit}{plural} ");
        }
    }
    Some(text + direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_in_words() {
        for (seconds, words) in [
            (86_400, "1 day ahead"),
            (-7200, "2 hours behind"),
            (2 * 86_400 + 61, "2 days 1 minute 1 second ahead"),
        ] {
            assert_eq!(distance(seconds).as_deref(), Some(words));
        }
        assert_eq!(distance(0), None);
    }
}
