//! OAuth 2.0 and OpenID Connect at a pool's domain (domain 2 to 5, 8): requests for authorization, codes, tokens,
//! userInfo, revocation, and signing out of the browser.

pub mod authorize;
pub mod clients;
pub mod code_exchange;
mod grants;
mod id_token_hint;
pub mod logout;
pub mod looks;
pub mod page_data;
pub mod pool_domains;
pub mod revocation;
mod scopes;
pub mod tokens;
pub mod user_info;

use crate::domain::oauth_fault::OAuthFault;
use crate::flows::Error;

/// Why a request to the token endpoint or the revocation endpoint does not succeed.
#[derive(Debug)]
pub enum OAuthError {
    /// The rules of OAuth refuse.
    Refused(OAuthFault),
    /// A flow that the JSON API has too does not succeed.
    Flow(Error),
}

impl From<OAuthFault> for OAuthError {
    fn from(fault: OAuthFault) -> Self {
        Self::Refused(fault)
    }
}

impl<E: Into<Error>> From<E> for OAuthError {
    fn from(error: E) -> Self {
        Self::Flow(error.into())
    }
}

/// Result of a flow of OAuth.
pub type Result<T> = std::result::Result<T, OAuthError>;

/// The result of a flow whose refusals are all this fault. The server's own failures stay what they are.
fn refused_as<T>(result: crate::flows::Result<T>, fault: OAuthFault) -> Result<T> {
    result.map_err(|error| match error {
        Error::Refused(_) => OAuthError::Refused(fault),
        other @ (Error::Busy | Error::Stale | Error::Internal(_)) => OAuthError::Flow(other),
    })
}
