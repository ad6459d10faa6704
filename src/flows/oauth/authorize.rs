//! Requests for authorization (domain 2): checked, and answered for a user who is signed in.

use secrecy::{ExposeSecret, SecretString};

use super::pool_domains::DomainContext;
use super::{clients, code_exchange, grants, id_token_hint, scopes};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::authorization_code::CodeBinding;
use crate::domain::authorization_request::{
    self, AuthorizationRequest, PageFault, Query, RedirectFault, ResponseType,
};
use crate::domain::failure::Failure;
use crate::domain::grant::ClaimOverrides;
use crate::domain::redirect::{self, Place, Value};
use crate::flows::authentication::{sign_in_triggers, tokens};
use crate::flows::browser_sessions::{self, SignedIn};
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::{self, Error};
use crate::store;
use crate::triggers::pre_token_generation::Source;

/// Why a request for authorization is not granted.
#[derive(Debug)]
pub enum AuthorizeError {
    /// A page of the domain says why.
    Page(PageFault),
    /// The browser takes the reason back to the application, at this address.
    Redirect(String),
    /// The server itself failed, or has too much to do.
    Flow(Error),
}

impl From<PageFault> for AuthorizeError {
    fn from(fault: PageFault) -> Self {
        Self::Page(fault)
    }
}

impl<E: Into<Error>> From<E> for AuthorizeError {
    fn from(error: E) -> Self {
        Self::Flow(error.into())
    }
}

type Result<T> = std::result::Result<T, AuthorizeError>;

/// A request that was checked.
pub struct Checked {
    /// The app client with its pool.
    pub client_context: ClientContext,
    /// Where the browser goes back to.
    pub redirect_uri: String,
    /// What is asked for.
    pub request: AuthorizationRequest,
    /// The `sub` of the only user whose sign-in is wanted, if `id_token_hint` names one.
    hinted_user: Option<String>,
    /// `state`, as the query had it.
    encoded_state: Option<String>,
}

/// How a request for authorization is answered.
pub enum Answer {
    /// The browser goes back to the application, at this address.
    Application(String),
    /// The user signs in first.
    SignIn,
}

/// Checks a request in the order of domain 2.6. The login pages, which a query travels through, ask it at each step.
///
/// # Errors
/// [`AuthorizeError`].
pub async fn check(app: &App, domain: &DomainContext, query: &Query) -> Result<Checked> {
    let id = query.get("client_id");
    let id = id.ok_or(PageFault::Missing("client_id"))?;
    let found = clients::find(app, &domain.pool, id).await?;
    let settings = found.as_ref().map(|found| &found.client.settings);
    let redirect_uri = authorization_request::redirect_uri(query, settings)?.to_owned();
    let client_context = found.ok_or(PageFault::ClientUnknown)?;
    let settings = &client_context.client.settings;
    authorization_request::check_redirect_uri(settings, &redirect_uri)?;
    let obeys_prompt = domain.domain.managed_login_version > 1;
    let request = authorization_request::read(query, settings, obeys_prompt);
    let request = request.map_err(|fault| {
        let place = authorization_request::fault_place(query);
        let state = query.encoded_state.as_deref();
        AuthorizeError::Redirect(refusal(&redirect_uri, place, &fault, state))
    })?;
    authorization_request::check_provider(query, settings)?;
    // AWS does not know the parameter, so that one that is no token of ours is passed over as AWS does.
    let hint = match query.get("id_token_hint") {
        Some(token) => id_token_hint::read(app, &domain.pool, token, app.clock.now()).await?,
        None => None,
    };
    Ok(Checked {
        hinted_user: hint.map(|hint| hint.sub),
        redirect_uri,
        request,
        encoded_state: query.encoded_state.clone(),
        client_context,
    })
}

/// The user who is signed in at the browser whose cookie holds `token`, if the request takes that sign-in: it may ask for
/// a new one, or for one that is not older than so many seconds.
///
/// # Errors
/// If the store fails.
pub async fn known(
    app: &App,
    context: &RequestContext,
    checked: &Checked,
    token: Option<&SecretString>,
) -> flows::Result<Option<SignedIn>> {
    let request = &checked.request;
    let Some(token) = token.filter(|_| !request.prompt.login) else {
        return Ok(None);
    };
    let pool_id = &checked.client_context.pool.id;
    let signed_in = browser_sessions::find(app, context, pool_id, token).await?;
    Ok(signed_in.filter(|signed_in| {
        if !checked.is_wanted(signed_in) {
            return false;
        }
        let auth_time = signed_in.session.sign_in.auth_time();
        let age = context.now.millis_since(auth_time);
        request.max_age.is_none_or(|most| age <= most * 1000)
    }))
}

/// Answers a request of a browser whose cookie holds `token`.
///
/// # Errors
/// [`AuthorizeError`].
pub async fn answer(
    app: &App,
    context: &RequestContext,
    checked: &Checked,
    token: Option<&SecretString>,
) -> Result<Answer> {
    let request = &checked.request;
    let known = known(app, context, checked, token).await;
    match known.map_err(|error| checked.failed(&error))? {
        Some(signed_in) => complete(app, context, checked, signed_in)
            .await
            .map(Answer::Application),
        None if request.prompt.none => Err(checked.not_signed_in()),
        None => Ok(Answer::SignIn),
    }
}

impl Checked {
    fn place(&self) -> Place {
        match self.request.response_type {
            ResponseType::Code => Place::Query,
            ResponseType::Token => Place::Fragment,
        }
    }

    /// Whether it is the user that the request names (OpenID Connect Core, 3.1.2.2).
    fn is_wanted(&self, signed_in: &SignedIn) -> bool {
        let hinted = self.hinted_user.as_ref();
        hinted.is_none_or(|sub| *sub == signed_in.user.id)
    }

    /// What the application is told where the server itself fails (RFC 6749, 4.1.2.1).
    fn failed(&self, error: &Error) -> AuthorizeError {
        let code = match error {
            Error::Busy | Error::Stale | Error::Refused(Failure::TooManyRequests) => {
                "temporarily_unavailable"
            }
            Error::Refused(_) => return self.not_signed_in(),
            Error::Internal(error) => {
                tracing::error!(?error, "a request for authorization has failed");
                "server_error"
            }
        };
        AuthorizeError::Redirect(self.refusal(&RedirectFault::bare(code)))
    }

    /// The refusal where nobody is signed in at the browser, or not any more.
    fn not_signed_in(&self) -> AuthorizeError {
        let fault = RedirectFault::bare("login_required");
        AuthorizeError::Redirect(self.refusal(&fault))
    }

    fn refusal(&self, fault: &RedirectFault) -> String {
        let state = self.encoded_state.as_deref();
        refusal(&self.redirect_uri, self.place(), fault, state)
    }

    /// The address with what the application gets.
    fn with(&self, parameters: &[(&str, Value<'_>)]) -> String {
        let state = self.encoded_state.as_deref().map(Value::Encoded);
        let state = state.map(|state| ("state", state));
        let parameters: Vec<_> = parameters.iter().copied().chain(state).collect();
        redirect::with(&self.redirect_uri, self.place(), &parameters)
    }
}

/// The address that takes a refusal back: the description first, `state` only if it was sent (domain 2.8).
fn refusal(
    redirect_uri: &str,
    place: Place,
    fault: &RedirectFault,
    encoded_state: Option<&str>,
) -> String {
    let description = fault.description.as_deref().map(Value::Text);
    let parameters = [
        description.map(|text| ("error_description", text)),
        encoded_state.map(|state| ("state", Value::Encoded(state))),
        Some(("error", Value::Text(fault.error))),
    ];
    let parameters: Vec<_> = parameters.into_iter().flatten().collect();
    redirect::with(redirect_uri, place, &parameters)
}

/// The address that takes a code or tokens back to the application, for a user who is signed in.
///
/// # Errors
/// [`AuthorizeError::Redirect`] if the pool's function refuses, the user is not the one that is wanted, or the server
/// fails.
pub async fn complete(
    app: &App,
    context: &RequestContext,
    checked: &Checked,
    signed_in: SignedIn,
) -> Result<String> {
    if !checked.is_wanted(&signed_in) {
        return Err(checked.not_signed_in());
    }
    let granted = go_back(app, context, checked, signed_in).await;
    granted.map_err(|error| match error {
        AuthorizeError::Flow(error) => checked.failed(&error),
        other @ (AuthorizeError::Page(_) | AuthorizeError::Redirect(_)) => other,
    })
}

async fn go_back(
    app: &App,
    context: &RequestContext,
    checked: &Checked,
    signed_in: SignedIn,
) -> Result<String> {
    let client_context = &checked.client_context;
    let (pool, client) = (&client_context.pool, client_context.client.as_ref());
    let request = &checked.request;
    let active = scopes::active(app, client).await?;
    let scopes = match &request.scopes {
        None => active,
        Some(requested) => requested
            .iter()
            .filter(|scope| active.contains(scope))
            .cloned()
            .collect(),
    };
    let SignedIn {
        user,
        session,
        token_hash,
    } = signed_in;
    // Tokens are signed for it, which takes the server as much as a hash.
    let requester = Requester::at_client(app, context, pool, client, &user.username, Some(&user));
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    let mut binding = CodeBinding {
        redirect_uri: checked.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        resource: request.resource.clone(),
        scopes,
        credentials_version: session.credentials_version,
        sign_in: session.sign_in,
        overrides: ClaimOverrides::default(),
    };
    let seconds = client.settings.validity.access_seconds();
    let mut grant =
        grants::of_binding(app, context, client_context, user, &binding, seconds).await?;
    let source = Source::HostedAuth;
    let asked = sign_in_triggers::overrides(app, context, pool, &grant, source).await;
    grant.overrides = asked.map_err(|error| of_function(checked, error))?;
    if request.response_type == ResponseType::Code {
        binding.overrides = grant.overrides;
        let of = (&grant.user, &token_hash);
        let code = code_exchange::give(app, context, client, of, binding).await?;
        let code = code.ok_or_else(|| checked.not_signed_in())?;
        return Ok(checked.with(&[("code", Value::Text(code.expose_secret()))]));
    }
    if !code_exchange::may_read_scopes(pool, client, &grant.session.scopes) {
        let fault = RedirectFault::bare("invalid_request");
        return Err(AuthorizeError::Redirect(checked.refusal(&fault)));
    }
    let issued = tokens::issue(app, context, pool, client, &grant).await?;
    let mut tx = app.db.begin().await?;
    if !store::browser_sessions::lock(&mut tx, &pool.id, &token_hash).await? {
        return Err(checked.not_signed_in());
    }
    tokens::store_session(app, context, &mut tx, client_context, &grant).await?;
    tx.commit().await?;
    let expires_in = issued.expires_in.to_string();
    let id = issued.id.as_ref().map(ExposeSecret::expose_secret);
    let parameters = [
        id.map(|id| ("id_token", Value::Text(id))),
        Some(("access_token", Value::Text(issued.access.expose_secret()))),
        Some(("expires_in", Value::Text(&expires_in))),
        Some(("token_type", Value::Text("Bearer"))),
    ];
    let parameters: Vec<_> = parameters.into_iter().flatten().collect();
    Ok(checked.with(&parameters))
}

/// What the application is told where the pool's function stops the tokens (domain 8).
fn of_function(checked: &Checked, error: Error) -> AuthorizeError {
    let fault = match error {
        Error::Refused(Failure::TriggerRefused(trigger, text)) => {
            let text = format!("{} failed with error {text}. ", trigger.name());
            RedirectFault::invalid_request(&text)
        }
        Error::Refused(Failure::TriggerFailed(..) | Failure::TriggerAnswerInvalid(_)) => {
            RedirectFault::bare("server_error")
        }
        other @ (Error::Refused(_) | Error::Busy | Error::Stale | Error::Internal(_)) => {
            return AuthorizeError::Flow(other);
        }
    };
    AuthorizeError::Redirect(checked.refusal(&fault))
}
