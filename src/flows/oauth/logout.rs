//! Signing out of the browser (domain 5). Tokens live on.

use super::pool_domains::DomainContext;
use super::{clients, id_token_hint};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::authorization_request::{PageFault, Query, check_redirect_uri};
use crate::domain::redirect::{self, Place, Value};
use crate::flows::Error;
use crate::flows::lookup::ClientContext;

/// Where the browser goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Destination {
    /// To this address.
    Application(String),
    /// To the login page; with the scopes for its query, where the request names none.
    SignIn {
        /// The client's scopes, with blanks between them.
        scope: Option<String>,
    },
}

/// Why the browser goes nowhere.
#[derive(Debug)]
pub enum LogoutError {
    /// A page of the domain says why.
    Page(PageFault),
    /// The server itself failed, or has too much to do.
    Flow(Error),
}

impl From<PageFault> for LogoutError {
    fn from(fault: PageFault) -> Self {
        Self::Page(fault)
    }
}

impl<E: Into<Error>> From<E> for LogoutError {
    fn from(error: E) -> Self {
        Self::Flow(error.into())
    }
}

type Result<T> = std::result::Result<T, LogoutError>;

/// Where the browser goes once its sign-in has ended: to a `logout_uri` of the client; to a `post_logout_redirect_uri`,
/// as OpenID Connect names it, which AWS does not know; or back to the login page, for another sign-in.
///
/// # Errors
/// [`LogoutError`].
pub async fn destination(
    app: &App,
    context: &RequestContext,
    domain: &DomainContext,
    query: &Query,
) -> Result<Destination> {
    let hint = match query.get("id_token_hint") {
        Some(token) => id_token_hint::read(app, &domain.pool, token, context.now).await?,
        None => None,
    };
    let hinted = hint.as_ref().map(|hint| hint.aud.as_str());
    let id = query.get("client_id").or(hinted);
    let id = id.ok_or(PageFault::Missing("client_id"))?;
    // A hint that is no token of this client speaks against the request (RP-Initiated Logout, 2 and 3).
    let is_hint_right = query.get("id_token_hint").is_none() || hinted == Some(id);
    let found = clients::find(app, &domain.pool, id).await?;
    let registered = |uri: &&str| {
        let urls = found.as_ref()?.client.settings.oauth.logout_urls.as_ref()?;
        urls.iter().find(|url| url == uri).cloned()
    };
    if let Some(uri) = query.get("logout_uri").as_ref().and_then(registered) {
        return Ok(Destination::Application(uri));
    }
    let after = query.get("post_logout_redirect_uri");
    let after = after.filter(|_| is_hint_right);
    if let Some(uri) = after.as_ref().and_then(registered) {
        let state = query.encoded_state.as_deref();
        let state: Vec<_> = state
            .map(|state| ("state", Value::Encoded(state)))
            .into_iter()
            .collect();
        return Ok(Destination::Application(redirect::with(
            &uri,
            Place::Query,
            &state,
        )));
    }
    let missing = PageFault::Missing("redirect_uri");
    let redirect_uri = query.get("redirect_uri").ok_or(missing)?;
    let ClientContext { client, .. } = found.ok_or(PageFault::ClientUnknown)?;
    check_redirect_uri(&client.settings, redirect_uri)?;
    let scopes = client.settings.oauth.scopes.as_ref();
    Ok(Destination::SignIn {
        scope: scopes
            .filter(|_| query.get("scope").is_none())
            .map(|scopes| scopes.join(" ")),
    })
}
