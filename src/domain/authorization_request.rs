//! Requests for authorization (domain 2): what a query says, and in which order it is checked.

use super::acr::{AcrValues, Factors, Levels, StepUp};
use super::app_client::ClientSettings;
use super::oauth_settings::OAuthFlow;
use super::redirect;
use super::trigger_settings::Trigger;

/// The identity provider that is the pool itself.
pub const COGNITO: &str = "COGNITO";

/// What the error page is told where an address is not one of the app client's.
pub const REDIRECT_MISMATCH: &str = "redirect_mismatch";

/// The query of a request: each parameter under its name, decoded, as often as it comes.
#[derive(Clone, Debug, Default)]
pub struct Query {
    parameters: Vec<(String, String)>,
    /// `state` as it was encoded.
    pub encoded_state: Option<String>,
}

impl Query {
    /// A query of these parameters; `encoded_state` is how `state` was encoded.
    #[must_use]
    pub const fn new(parameters: Vec<(String, String)>, encoded_state: Option<String>) -> Self {
        Self {
            parameters,
            encoded_state,
        }
    }

    /// The parameter's first value, unless it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.values(name);
        values.next().filter(|value| !value.is_empty())
    }

    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.parameters
            .iter()
            .filter(move |(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether one of the parameters that this server reads comes twice (RFC 6749, 3.1).
    fn has_repeated(&self) -> bool {
        READ.iter().any(|name| self.values(name).count() > 1)
    }
}

/// The longest nonce, in bytes.
const MAX_NONCE_LENGTH: usize = 1024;

/// The parameters that are read.
const READ: [&str; 17] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "identity_provider",
    "idp_identifier",
    "prompt",
    "max_age",
    "acr_values",
    "resource",
    "lang",
    "login_hint",
    "id_token_hint",
];

/// A refusal that is shown on a page of the domain, because the browser may not be sent back (domain 2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageFault {
    /// The parameter is missing.
    Missing(&'static str),
    /// The pool has no such app client.
    ClientUnknown,
    /// The address is not one of the app client's.
    RedirectMismatch,
    /// The app client has no identity provider, or not the one that the request names.
    NoProvider,
}

/// A refusal that the browser takes back to the application (domain 2.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectFault {
    /// The app client has no OAuth.
    OAuthOff,
    /// A parameter is missing, comes twice, or is not what it has to be.
    ParameterInvalid,
    /// The app client may not have the type of answer that is asked for.
    FlowNotAllowed,
    /// The app client may not have a scope that is asked for.
    ScopeNotAllowed,
    /// The app client may not read what a granted scope shows.
    ScopeNotReadable,
    /// No sign-in at the pool reaches a level of authentication that is asked for.
    LevelOutOfReach,
    /// Nobody is signed in at the browser as the request wants it, or not any more.
    NotSignedIn,
    /// The pool's function has refused, with this text.
    FunctionRefused(Trigger, String),
    /// The pool's function has failed.
    FunctionFailed,
    /// The server has too much to do, or the user's limits are used up.
    Busy,
    /// The server has failed.
    Failed,
}

/// What the application wants back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseType {
    /// A code.
    Code,
    /// Tokens, in the fragment.
    Token,
}

/// What `prompt` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// That no page is shown.
    pub none: bool,
    /// That the user signs in even if the browser has a session.
    pub login: bool,
}

/// A request that may be answered at its `redirect_uri`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// What is wanted back.
    pub response_type: ResponseType,
    /// The scopes that are asked for; `None` for all that the client has.
    pub scopes: Option<Vec<String>>,
    /// The challenge of PKCE.
    pub challenge: Option<String>,
    /// The nonce.
    pub nonce: Option<String>,
    /// The resource that the access token is for.
    pub resource: Option<String>,
    /// The prompt.
    pub prompt: Prompt,
    /// Seconds that the sign-in may be old.
    pub max_age: Option<i64>,
    /// The levels of authentication of which the sign-in has to reach one, the preferred one first; none if it need not.
    pub levels: Levels,
}

impl AuthorizationRequest {
    /// What a sign-in for the request is asked to prove; `None` if nothing.
    #[must_use]
    pub fn step_up(&self) -> Option<StepUp> {
        let levels = self.levels;
        (!levels.is_empty()).then_some(StepUp {
            levels,
            credited: Factors::default(),
        })
    }
}

/// What of a request is obeyed beside what always is.
#[derive(Clone, Copy, Debug)]
pub struct Obeyed<'a> {
    /// `prompt`: whether the domain's pages know it.
    pub prompt: bool,
    /// `acr_values`: the names of the pool's levels, unless the pool's tier has none.
    pub acr_values: Option<&'a AcrValues>,
}

/// The address that the browser goes back to, as the request names it, or the client's default. A client may leave it
/// out if it has a default and a single identity provider.
///
/// # Errors
/// [`PageFault::Missing`].
pub fn redirect_uri<'a>(
    query: &'a Query,
    client: Option<&'a ClientSettings>,
) -> Result<&'a str, PageFault> {
    if query.values("redirect_uri").count() > 1 {
        return Err(PageFault::RedirectMismatch);
    }
    let default = || {
        let client = client?;
        let providers = client.identity_providers.as_deref().unwrap_or_default();
        let default = client.oauth.default_redirect_uri.as_deref();
        default.filter(|_| providers.len() == 1)
    };
    let given = query.get("redirect_uri");
    given
        .or_else(default)
        .ok_or(PageFault::Missing("redirect_uri"))
}

/// Whether the browser may be sent to `redirect_uri`.
///
/// # Errors
/// [`PageFault::RedirectMismatch`].
pub fn check_redirect_uri(client: &ClientSettings, redirect_uri: &str) -> Result<(), PageFault> {
    let registered = client.oauth.callback_urls.as_deref().unwrap_or_default();
    if redirect::is_registered(registered, redirect_uri) {
        Ok(())
    } else {
        Err(PageFault::RedirectMismatch)
    }
}

/// Where parameters of an answer go that refuses the query: as the response type says, if it can be read.
#[must_use]
pub fn fault_place(query: &Query) -> redirect::Place {
    match query.get("response_type") {
        Some("token") => redirect::Place::Fragment,
        _ => redirect::Place::Query,
    }
}

/// Reads what else the query says, in the order of domain 2.6.
///
/// # Errors
/// [`RedirectFault`].
pub fn read(
    query: &Query,
    client: &ClientSettings,
    obeyed: Obeyed<'_>,
) -> Result<AuthorizationRequest, RedirectFault> {
    let invalid = RedirectFault::ParameterInvalid;
    if !client.oauth.enabled {
        return Err(RedirectFault::OAuthOff);
    }
    if query.has_repeated() {
        return Err(invalid);
    }
    let (response_type, flow) = match query.get("response_type") {
        Some("code") => (ResponseType::Code, OAuthFlow::Code),
        Some("token") => (ResponseType::Token, OAuthFlow::Implicit),
        Some(_) | None => return Err(invalid),
    };
    let flows = client.oauth.flows.as_deref().unwrap_or_default();
    if !flows.contains(&flow) {
        return Err(RedirectFault::FlowNotAllowed);
    }
    let scopes = scopes(query, client)?;
    let challenge = challenge(query)?;
    let resource = query.get("resource").map(resource).transpose()?;
    Ok(AuthorizationRequest {
        response_type,
        scopes,
        challenge,
        nonce: query.get("nonce").map(nonce).transpose()?,
        resource,
        prompt: if obeyed.prompt {
            prompt(query)?
        } else {
            Prompt::default()
        },
        max_age: query.get("max_age").map(max_age).transpose()?,
        // A wish (OpenID Connect Core, 3.1.2.1): names that the pool does not have say nothing.
        levels: obeyed
            .acr_values
            .zip(query.get("acr_values"))
            .map(|(of_pool, names)| of_pool.levels(names))
            .unwrap_or_default(),
    })
}

fn scopes(query: &Query, client: &ClientSettings) -> Result<Option<Vec<String>>, RedirectFault> {
    let Some(requested) = query.get("scope") else {
        return Ok(None);
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in requested.split_ascii_whitespace() {
        let allowed = client.oauth.scopes.as_deref().unwrap_or_default();
        if !allowed.iter().any(|allowed| allowed == scope) {
            return Err(RedirectFault::ScopeNotAllowed);
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok((!scopes.is_empty()).then_some(scopes))
}

/// The challenge, which RFC 7636 bounds.
fn challenge(query: &Query) -> Result<Option<String>, RedirectFault> {
    let method = query.get("code_challenge_method");
    let is_challenge = |text: &str| {
        (43..=128).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    match (query.get("code_challenge"), method) {
        (None, None) => Ok(None),
        (Some(challenge), Some("S256")) if is_challenge(challenge) => {
            Ok(Some(challenge.to_owned()))
        }
        (_, _) => Err(RedirectFault::ParameterInvalid),
    }
}

/// A nonce, which each ID token of the sign-in repeats.
fn nonce(text: &str) -> Result<String, RedirectFault> {
    if text.len() <= MAX_NONCE_LENGTH && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(RedirectFault::ParameterInvalid)
    }
}

/// A resource: an address with https, with http on the own machine, or of a scheme of its own (domain 2.1).
fn resource(text: &str) -> Result<String, RedirectFault> {
    let is_address = text.len() <= 1024 && text.bytes().all(|byte| byte.is_ascii_graphic());
    let is_permitted = match text.split_once("://") {
        Some(("http", rest)) => rest
            .strip_prefix("localhost")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])),
        Some((scheme, rest)) => {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
            !rest.is_empty()
                && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(known)
        }
        None => false,
    };
    if is_address && is_permitted && !text.contains('#') {
        Ok(text.to_owned())
    } else {
        Err(RedirectFault::ParameterInvalid)
    }
}

fn prompt(query: &Query) -> Result<Prompt, RedirectFault> {
    let mut prompt = Prompt::default();
    let given = query.get("prompt").unwrap_or_default();
    for word in given.split_ascii_whitespace() {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "select_account" | "consent" => {}
            _ => return Err(RedirectFault::ParameterInvalid),
        }
    }
    // OpenID Connect Core, 3.1.2.1.
    if prompt.none && given.split_ascii_whitespace().count() > 1 {
        return Err(RedirectFault::ParameterInvalid);
    }
    Ok(prompt)
}

fn max_age(text: &str) -> Result<i64, RedirectFault> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u32>().ok().filter(|_| is_number);
    seconds
        .map(i64::from)
        .ok_or(RedirectFault::ParameterInvalid)
}

/// Whether the pool itself may sign the user in: the client has that, and the query names no other provider.
///
/// # Errors
/// [`PageFault::NoProvider`].
pub fn check_provider(query: &Query, client: &ClientSettings) -> Result<(), PageFault> {
    let providers = client.identity_providers.as_deref().unwrap_or_default();
    let is_own = providers.iter().any(|provider| provider == COGNITO);
    let named = query.get("identity_provider");
    if is_own && named.is_none_or(|named| named == COGNITO) && query.get("idp_identifier").is_none()
    {
        Ok(())
    } else {
        Err(PageFault::NoProvider)
    }
}

#[cfg(test)]
mod tests;
