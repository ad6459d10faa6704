//! Signing out of the browser (domain 5). Tokens live on.

use serde::Deserialize;

use super::clients;
use super::pool_domains::DomainContext;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::{peek_claims, peek_header};
use crate::domain::authorization_request::{PageFault, Query, check_redirect_uri};
use crate::domain::redirect::{self, Place, Value};
use crate::domain::user_pool::TokenUse;
use crate::flows::lookup::ClientContext;
use crate::flows::{Error, signing_keys};

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
    let by_hint = match (query.get("client_id"), query.get("id_token_hint")) {
        (None, Some(hint)) => audience(app, context, domain, hint).await?,
        (_, _) => None,
    };
    let id = query.get("client_id").or(by_hint.as_deref());
    let id = id.ok_or(PageFault::Missing("client_id"))?;
    let found = clients::find(app, &domain.pool, id).await?;
    let registered = |uri: &&str| {
        let urls = found.as_ref()?.client.settings.oauth.logout_urls.as_ref()?;
        urls.iter().find(|url| url == uri).cloned()
    };
    if let Some(uri) = query.get("logout_uri").as_ref().and_then(registered) {
        return Ok(Destination::Application(uri));
    }
    let after = query.get("post_logout_redirect_uri");
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

#[derive(Deserialize)]
struct Hint {
    aud: String,
    iss: String,
}

/// The app client of an ID token that this server has issued, expired or not.
async fn audience(
    app: &App,
    context: &RequestContext,
    domain: &DomainContext,
    hint: &str,
) -> Result<Option<String>> {
    let pool = &domain.pool;
    let keys = signing_keys::of_pool(app, &pool.id, context.now).await?;
    let (Some(header), Some(_), Some(keys)) = (peek_header(hint), peek_claims::<Hint>(hint), keys)
    else {
        return Ok(None);
    };
    let verified = keys
        .verifying(TokenUse::Id, &header.kid)
        .and_then(|key| key.verify_jwt::<Hint>(hint).ok());
    let issuer = app.issuer(&pool.region, &pool.id);
    Ok(verified
        .filter(|claims| claims.iss == issuer)
        .map(|claims| claims.aud))
}
