//! The end of a sign-in on the pages.

use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::passkeys;
use super::request::{Instead, PageRequest};
use crate::flows::Error;
use crate::flows::authentication::outcome::BrowserSignIn;
use crate::flows::browser_sessions;
use crate::oauth::{cookies, errors};

/// Sends the browser of a user who has just signed in back to the application, with the cookie of the sign-in; or first
/// to a passkey, which a link has asked for, or which is offered.
///
/// # Errors
/// The answer where the server itself has failed.
pub(super) async fn signed_in_now(
    request: &PageRequest<'_>,
    signed_in: &BrowserSignIn,
) -> Result<Response, Instead> {
    let (app, context) = (request.app, &request.call.context);
    let pool_id = &request.call.domain.pool.id;
    let found = browser_sessions::find(app, context, pool_id, &signed_in.token).await;
    let Some(found) = found.map_err(|error| errors::failure(&error))? else {
        let error = Error::internal("a sign-in has ended as it was stored");
        return Err(errors::failure(&error).into());
    };
    // The new cookie takes the place of the former one, so that nobody would hold the former sign-in any more.
    for former in cookies::all(request.call, request.headers, cookies::SESSION) {
        if let Err(error) = browser_sessions::end(app, pool_id, &former).await {
            tracing::warn!(
                ?error,
                "the sign-in of a browser that has a new one goes on"
            );
        }
    }
    let page = match passkeys::after_sign_in(request) {
        Some(page) => Some(page),
        None => passkeys::offer(request, &found).await,
    };
    let mut response = match page {
        Some(page) => page,
        None => request.complete(found).await,
    };
    let millis = signed_in.session.expires_at.millis_since(context.now);
    let life = Some(millis / 1000);
    let cookie = cookies::secret(request.call, cookies::SESSION, &signed_in.token, life);
    if let Ok(mut cookie) = HeaderValue::try_from(cookie.as_str()) {
        cookie.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
