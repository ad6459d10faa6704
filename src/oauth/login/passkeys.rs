//! `/passkeys/add`: a passkey for a user who is signed in, who has asked for the page or is offered one after a sign-in
//! (domain 10.2).

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request::{Instead, PageCall, PageRequest};
use crate::app::App;
use crate::flows::browser_sessions::SignedIn;
use crate::flows::oauth::page_data;
use crate::flows::passkeys::{registration, sign_in};
use crate::flows::{Error, Result as FlowResult};
use crate::oauth::authorize::redirect;
use crate::oauth::{cookies, errors, query};
use crate::pages::login::passkey::{Passkey, PasskeyTask};
use crate::pages::login::shell::Problem;

/// What the page says at a domain with the classic pages.
const NO_PASSKEYS: &str = "The login pages of this domain have no passkeys.";
/// The page that the forms are sent to.
const PAGE: &str = "/passkeys/add";
/// The hidden field of an offer.
const OFFER: &str = "offer";
/// The cookie of a browser whose user wants no passkey now, and for how long it is not offered again: 30 days.
const LATER: &str = "passkey-later";
const LATER_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How long an offer can be answered: as long as the registration that it begins.
const OFFER_SECONDS: i64 = 5 * 60;
/// The operation of the JSON API by whose name refusals are worded.
const OPERATION: &str = "CompleteWebAuthnRegistration";

/// What the form of an offer carries, sealed for the request: the sign-in that it follows. With it the browser goes back
/// to the application although the request may ask for a new sign-in, which this one is.
#[derive(Serialize, Deserialize)]
struct Offer {
    /// The hash of the browser's session, in hexadecimal.
    offered_to: String,
}

impl Offer {
    fn to(signed_in: &SignedIn) -> Self {
        Self {
            offered_to: hex::encode(signed_in.token_hash),
        }
    }

    /// What it is sealed for.
    const fn purpose<'a>(request: &PageRequest<'a>) -> [&'a str; 2] {
        ["passkey offer", request.text]
    }
}

/// The page that offers a passkey to a user who has just signed in; `None` if there is nothing to offer, or the user
/// did not want it lately.
pub(super) async fn offer(request: &PageRequest<'_>, signed_in: &SignedIn) -> Option<Response> {
    let (app, pool) = (request.app, &request.client_context().pool);
    let is_wanted = request.frame.chooses()
        && pool.settings.allows_passkeys()
        && cookies::all(request.call, request.headers, LATER).is_empty();
    if !is_wanted {
        return None;
    }
    match offered(app, request, signed_in).await {
        Ok(page) => page,
        // The sign-in goes on without it.
        Err(Error::Refused(_)) => None,
        Err(error) => {
            tracing::warn!(?error, "a passkey cannot be offered");
            None
        }
    }
}

async fn offered(
    app: &App,
    request: &PageRequest<'_>,
    signed_in: &SignedIn,
) -> FlowResult<Option<Response>> {
    let context = &request.call.context;
    let of = request.client_context();
    if sign_in::is_available(app, &of.pool, &signed_in.user.id).await? {
        return Ok(None);
    }
    let user = signed_in.user.clone();
    let begun = (of.pool.as_ref(), of.client.as_ref());
    let options = registration::begin_for(app, context, begun, user).await?;
    let offer = Offer::to(signed_in);
    let purpose = Offer::purpose(request);
    let sealed = page_data::seal(app, context, (of, &purpose), &offer, OFFER_SECONDS)?;
    let hidden = [(OFFER, sealed.as_str())];
    let page = page(request, &hidden, PasskeyTask::Offer, &options, None);
    Ok(Some(page))
}

fn page(
    request: &PageRequest<'_>,
    hidden: &[(&str, &str)],
    task: PasskeyTask,
    options: &str,
    problem: Option<Problem<'_>>,
) -> Response {
    let page = Passkey {
        shell: &request.frame.shell(hidden, problem),
        page: PAGE,
        task,
        options,
    };
    let status = if problem == Some(Problem::ForeignForm) {
        StatusCode::FORBIDDEN
    } else {
        StatusCode::OK
    };
    request.frame.page(status, &page)
}

/// What is appended to the query of a link for the sign-in that comes before the page.
const THEN_ADD: &str = "&response_type=code&then=add-a-passkey";

/// The page that a link led to, for a user who had to sign in before; `None` if the sign-in began otherwise.
pub(super) fn after_sign_in(request: &PageRequest<'_>) -> Option<Response> {
    let link = request.text.strip_suffix(THEN_ADD)?;
    Some(redirect(&request.call.page("passkeys/add", link)))
}

/// What the query of a request says as a request for a code: a link to the page names the client and its address only.
fn as_request_for_code(text: &str) -> String {
    if is_link(text) {
        let text = query::without(text, "response_type");
        format!("{text}&response_type=code")
    } else {
        text.to_owned()
    }
}

/// Whether the page was opened by a link, and not on the way to a code.
fn is_link(text: &str) -> bool {
    query::read(text).get("response_type").is_none()
}

/// The page for a user who is signed in at the browser; another one signs in first.
pub(in crate::oauth) async fn show(page: PageCall) -> Result<Response, Instead> {
    let request = page.begin_as(as_request_for_code).await?;
    match known_user(&request).await? {
        Some(known) => add(&request, known, None).await,
        None => Ok(to_first_page(&request)),
    }
}

/// The user of the browser's session.
///
/// # Errors
/// The answer where the domain's pages have no passkeys, or the server itself has failed.
async fn known_user(request: &PageRequest<'_>) -> Result<Option<SignedIn>, Instead> {
    if !request.frame.has_managed_login() {
        return Err(request
            .frame
            .error_without_link(StatusCode::NOT_FOUND, Problem::Text(NO_PASSKEYS))
            .into());
    }
    if is_link(request.text) {
        let found = request.browser_session().await;
        let found = found.map_err(|error| errors::failure(&error))?;
        let (checked, context) = (&request.checked, &request.call.context);
        return Ok(found.filter(|found| checked.is_good_for_link(context, found)));
    }
    request.known_user().await
}

/// The page with a registration that begins now.
async fn add(
    request: &PageRequest<'_>,
    known: SignedIn,
    problem: Option<Problem<'_>>,
) -> Result<Response, Instead> {
    let of = request.client_context();
    let begun = (of.pool.as_ref(), of.client.as_ref());
    let context = &request.call.context;
    // On the way to a code, the user can go on without.
    let task = if is_link(request.text) {
        PasskeyTask::Add
    } else {
        PasskeyTask::Offer
    };
    match registration::begin_for(request.app, context, begun, known.user).await {
        Ok(options) => Ok(page(request, &[], task, &options, problem)),
        Err(error) => {
            let message = request.words(OPERATION, error)?;
            let problem = Some(Problem::Text(&message));
            Ok(page(request, &[], task, "", problem))
        }
    }
}

fn to_first_page(request: &PageRequest<'_>) -> Response {
    let query = if is_link(request.text) {
        let link = query::without(request.text, "response_type");
        format!("{link}{THEN_ADD}")
    } else {
        request.text.to_owned()
    };
    redirect(&request.call.page("login", &query))
}

/// Registers the passkey that the browser has made, or goes on without one.
pub(in crate::oauth) async fn submit(page: PageCall, body: Bytes) -> Result<Response, Instead> {
    let request = &page.begin_as(as_request_for_code).await?;
    let Some(form) = request.form(&body) else {
        return match known_user(request).await? {
            Some(known) => add(request, known, Some(Problem::ForeignForm)).await,
            None => Ok(to_first_page(request)),
        };
    };
    let sealed = form.get(OFFER).unwrap_or_default();
    let (app, context, of) = (request.app, &request.call.context, request.client_context());
    let purpose = Offer::purpose(request);
    let offer = page_data::open::<Offer>(app, context, (of, &purpose), sealed);
    let known = match &offer {
        Some(offer) => {
            let found = request.browser_session().await;
            let found = found.map_err(|error| errors::failure(&error))?;
            found.filter(|found| offer.offered_to == hex::encode(found.token_hash))
        }
        None => known_user(request).await?,
    };
    if form.get("skip").is_some() {
        // An offer that is over is put off as well.
        let mut response = match known {
            Some(known) => request.complete(known).await,
            None => to_first_page(request),
        };
        let cookie = cookies::with(request.call, LATER, "1", Some(LATER_SECONDS));
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        return Ok(response);
    }
    let Some(known) = known else {
        return Ok(to_first_page(request));
    };
    let credential = form.get("credential").unwrap_or_default();
    let document = serde_json::from_str::<Value>(credential).unwrap_or_default();
    let of = request.client_context();
    let made = (of.pool.as_ref(), of.client.as_ref());
    let (context, user) = (&request.call.context, known.user.clone());
    let registered = registration::complete_for(request.app, context, made, user, &document).await;
    if let Err(error) = registered {
        let message = request.words(OPERATION, error)?;
        return again(request, known, offer.map(|_| sealed), &message).await;
    }
    if is_link(request.text) {
        return Ok(redirect(&request.checked.redirect_uri));
    }
    Ok(request.complete(known).await)
}

/// The page once more, with a new registration.
async fn again(
    request: &PageRequest<'_>,
    known: SignedIn,
    offer: Option<&str>,
    message: &str,
) -> Result<Response, Instead> {
    let problem = Some(Problem::Text(message));
    let Some(sealed) = offer else {
        return add(request, known, problem).await;
    };
    let of = request.client_context();
    let begun = (of.pool.as_ref(), of.client.as_ref());
    let (context, user) = (&request.call.context, known.user);
    let options = registration::begin_for(request.app, context, begun, user).await;
    let options = options.unwrap_or_default();
    let hidden = [(OFFER, sealed)];
    Ok(page(
        request,
        &hidden,
        PasskeyTask::Offer,
        &options,
        problem,
    ))
}
