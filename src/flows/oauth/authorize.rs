//! Requests for authorization (domain 2): checked, and answered for a user who is signed in.

use secrecy::{ExposeSecret, SecretString};

use super::pool_domains::DomainContext;
use super::{clients, code_exchange, grants, id_token_hint, scopes};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::acr::{Level, Need};
use crate::domain::authorization_code::CodeBinding;
use crate::domain::authorization_request::{
    self, AuthorizationRequest, Obeyed, PageFault, Query, RedirectFault, ResponseType,
};
use crate::domain::browser_session::life_seconds;
use crate::domain::failure::Failure;
use crate::domain::first_factor;
use crate::domain::grant::ClaimOverrides;
use crate::domain::mfa::provable;
use crate::domain::redirect::{self, Place, Value};
use crate::domain::tier::Feature;
use crate::flows::authentication::{sign_in_triggers, tokens};
use crate::flows::browser_sessions::{self, SignedIn};
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::{self, Error, user_pools};
use crate::triggers::pre_token_generation::Source;

/// Why a request for authorization is not granted.
#[derive(Debug)]
pub enum AuthorizeError {
    /// A page of the domain says why.
    Page(PageFault),
    /// The browser takes the reason back to the application.
    Redirect(Refusal),
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

/// A refusal that the browser takes back to the application.
#[derive(Debug)]
pub struct Refusal {
    /// The address that it is taken to.
    pub redirect_uri: String,
    /// Where in the address it is put.
    pub place: Place,
    /// Why the request is refused.
    pub fault: RedirectFault,
    /// `state`, as the query had it.
    pub encoded_state: Option<String>,
}

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
    let pool = &client_context.pool.settings;
    let has_levels = user_pools::check_feature(app, pool, Feature::AcrValues).is_ok();
    let obeyed = Obeyed {
        prompt: domain.domain.has_managed_login(),
        acr_values: has_levels.then_some(&pool.acr_values),
    };
    let refused = |fault| {
        AuthorizeError::Redirect(Refusal {
            redirect_uri: redirect_uri.clone(),
            place: authorization_request::fault_place(query),
            fault,
            encoded_state: query.encoded_state.clone(),
        })
    };
    let request = authorization_request::read(query, settings, obeyed).map_err(refused)?;
    authorization_request::check_provider(query, settings)?;
    if let Some(step_up) = request.step_up()
        && !first_factor::on_page(pool, domain.users_choose(settings))
            .into_iter()
            .any(|choice| first_factor::may_begin_with(pool, &step_up, choice))
    {
        return Err(refused(RedirectFault::LevelOutOfReach));
    }
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
/// a new one, for one that is not older than so many seconds, or for one that reaches a level of authentication. What the
/// app client takes has a greatest age, too.
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
        let age = age_millis(context, signed_in);
        let client = &checked.client_context.client.settings;
        checked.is_wanted(signed_in)
            && age < client.browser_session_seconds() * 1000
            && request.max_age.is_none_or(|most| age <= most * 1000)
    }))
}

/// How long ago the user signed in.
const fn age_millis(context: &RequestContext, signed_in: &SignedIn) -> i64 {
    context
        .now
        .millis_since(signed_in.session.sign_in.auth_time())
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
        None if request.prompt.none => Err(checked.refused(RedirectFault::NotSignedIn)),
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

    /// Whether it is the user that the request names (OpenID Connect Core, 3.1.2.2), with a sign-in that reaches a level
    /// that it asks for.
    fn is_wanted(&self, signed_in: &SignedIn) -> bool {
        let hinted = self.hinted_user.as_ref();
        hinted.is_none_or(|sub| *sub == signed_in.user.id)
            && (self.request.levels.is_empty() || self.level_of(signed_in).is_some())
    }

    /// Whether a browser's sign-in is good for what a link to a page of the domain is for, which does not end with a code:
    /// the sign-in that has just ended is, whatever the app client takes otherwise.
    pub fn is_good_for_link(&self, context: &RequestContext, signed_in: &SignedIn) -> bool {
        let of_client = self
            .client_context
            .client
            .settings
            .browser_session_seconds();
        self.is_wanted(signed_in) && age_millis(context, signed_in) < life_seconds(of_client) * 1000
    }

    /// The level that the request asks for, and the sign-in has reached; `None` if the user could reach a preferred one.
    fn level_of(&self, signed_in: &SignedIn) -> Option<Level> {
        let (settings, user) = (&self.client_context.pool.settings, &signed_in.user);
        let provable = provable(settings, &user.mfa, &user.attributes);
        let proven = signed_in.session.sign_in.factors;
        match self.request.step_up()?.need(proven, &provable) {
            Need::Nothing(level) => Some(level),
            Need::OneOf(_) | Need::OutOfReach => None,
        }
    }

    /// What the application is told where the server itself fails (RFC 6749, 4.1.2.1).
    fn failed(&self, error: &Error) -> AuthorizeError {
        self.refused(match error {
            Error::Busy | Error::Stale | Error::Refused(Failure::TooManyRequests) => {
                RedirectFault::Busy
            }
            Error::Refused(_) => RedirectFault::NotSignedIn,
            Error::Internal(error) => {
                tracing::error!(?error, "a request for authorization has failed");
                RedirectFault::Failed
            }
        })
    }

    fn refused(&self, fault: RedirectFault) -> AuthorizeError {
        AuthorizeError::Redirect(Refusal {
            redirect_uri: self.redirect_uri.clone(),
            place: self.place(),
            fault,
            encoded_state: self.encoded_state.clone(),
        })
    }

    /// The address with what the application gets.
    fn with(&self, parameters: &[(&str, Value<'_>)]) -> String {
        let state = self.encoded_state.as_deref().map(Value::Encoded);
        let state = state.map(|state| ("state", state));
        let parameters: Vec<_> = parameters.iter().copied().chain(state).collect();
        redirect::with(&self.redirect_uri, self.place(), &parameters)
    }
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
        return Err(checked.refused(RedirectFault::NotSignedIn));
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
    // The tokens name the level that this request asked for, whichever the sign-in was asked to reach.
    let level = checked.level_of(&signed_in);
    let SignedIn {
        user,
        session,
        token_hash,
    } = signed_in;
    let mut sign_in = session.sign_in;
    sign_in.acr = level.map(|level| pool.settings.acr_values.of(level).to_owned());
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
        sign_in,
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
        let code = code.ok_or_else(|| checked.refused(RedirectFault::NotSignedIn))?;
        return Ok(checked.with(&[("code", Value::Text(code.expose_secret()))]));
    }
    if !code_exchange::may_read_scopes(pool, client, &grant.session.scopes) {
        return Err(checked.refused(RedirectFault::ScopeNotReadable));
    }
    let issued = tokens::issue(app, context, pool, client, &grant).await?;
    let mut tx = app.db.begin().await?;
    if !browser_sessions::lock(context, &mut tx, client, &token_hash).await? {
        return Err(checked.refused(RedirectFault::NotSignedIn));
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
    match error {
        Error::Refused(Failure::TriggerRefused(trigger, text)) => {
            checked.refused(RedirectFault::FunctionRefused(trigger, text))
        }
        Error::Refused(Failure::TriggerFailed(..) | Failure::TriggerAnswerInvalid(_)) => {
            checked.refused(RedirectFault::FunctionFailed)
        }
        other @ (Error::Refused(_) | Error::Busy | Error::Stale | Error::Internal(_)) => {
            AuthorizeError::Flow(other)
        }
    }
}
