//! `GET /confirmUser`: the link in a mail confirms a sign-up (domain 10.4).

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde_json::json;

use super::error_page;
use super::frame::{self, Frame};
use super::request::{Instead, input_fault, words};
use crate::app::App;
use crate::domain::authorization_request::Query;
use crate::flows::codes::confirmation_link;
use crate::flows::lookup::ClientAndUsername;
use crate::flows::oauth::clients;
use crate::flows::sign_up::confirm;
use crate::flows::{Error, boxed};
use crate::oauth::call::DomainCall;
use crate::oauth::{errors, query};
use crate::pages::login::outcome::{Done, Outcome};
use crate::pages::login::shell::Problem;

const OPERATION: &str = "ConfirmSignUp";

/// Confirms the sign-up, and says so. A link that was used already says so, too: programs that look for malice open the
/// links of a mail before its reader does.
pub(in crate::oauth) async fn answer(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Instead> {
    let query = query::read(uri.query().unwrap_or_default());
    let asked = query.get("lang");
    let refused = |text: &str| {
        let language = frame::language(&call, &headers, asked);
        let problem = Some(Problem::Text(text));
        error_page::page(&call, language, StatusCode::BAD_REQUEST, problem, None)
    };
    let parameter = |name: &str| {
        let missing = format!("Required String parameter '{name}' is not present");
        query
            .get(name)
            .ok_or_else(|| Instead::from(refused(&missing)))
    };
    let client_id = parameter("client_id")?;
    let (username, code) = (parameter("user_name")?, parameter("confirmation_code")?);
    let found = clients::find(&app, &call.domain.pool, client_id).await;
    let Some(found) = found.map_err(|error| errors::failure(&error))? else {
        return Err(refused("Client does not exist").into());
    };
    // Mails have links for clients, too, whose users sign in elsewhere.
    let frame = Frame::of_any(&app, &call, &headers, asked, &found.client).await;
    let frame = frame.map_err(|error| errors::failure(&error))?;
    let named = ClientAndUsername {
        client_id: client_id.to_owned(),
        secret_hash: None,
        username: username.to_owned(),
    };
    let text = match confirm(&app, &call, &named, code, &query).await? {
        None => {
            let page = Done {
                shell: &frame.shell(&[], None),
                what: Outcome::Confirmed,
                sign_in: false,
            };
            return Ok(frame.page(StatusCode::OK, &page));
        }
        Some(text) => text,
    };
    Ok(frame.error_without_link(StatusCode::BAD_REQUEST, Problem::Text(&text)))
}

/// Confirms the sign-up; `None` if it is confirmed, else why it is not.
async fn confirm(
    app: &App,
    call: &DomainCall,
    named: &ClientAndUsername,
    code: &str,
    query: &Query,
) -> Result<Option<String>, Instead> {
    let input = json!({
        "ClientId": named.client_id,
        "Username": named.username,
        "ConfirmationCode": code,
    });
    if let Some(text) = input_fault(call, OPERATION, &input) {
        return Ok(Some(text));
    }
    let context = &call.context;
    let confirming = boxed(|| confirm::confirm_sign_up(app, context, named, code, false)).await;
    let Err(error) = confirming else {
        return Ok(None);
    };
    if matches!(error, Error::Refused(_)) {
        let proof = query.get("proof").unwrap_or_default();
        let (pool, name) = (&call.domain.pool, &named.username);
        let done = confirmation_link::is_done(app, pool, name, proof).await;
        if done.map_err(|error| errors::failure(&error))? {
            return Ok(None);
        }
    }
    words(call, OPERATION, error).map(Some)
}
