//! Types and texts of the refusals of tokens that no sign-in issues (administration 10.2, 10.3). AWS's are not known.

use crate::domain::app_client::AuthFlow;
use crate::domain::token_exchange::TokenExchangeFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn token_exchange(fault: TokenExchangeFault) -> (Code, &'static str) {
    match fault {
        TokenExchangeFault::SubjectToken => (Code::NotAuthorizedException, "Invalid Subject Token"),
        TokenExchangeFault::ActorToken => (Code::NotAuthorizedException, "Invalid Actor Token"),
        TokenExchangeFault::ForeignToken => (
            Code::NotAuthorizedException,
            "Tokens of identity providers are not accepted.",
        ),
        TokenExchangeFault::ActorIncomplete => (
            Code::InvalidParameterException,
            "ActorToken and ActorTokenType must be given together.",
        ),
        TokenExchangeFault::AudienceAndResource => (
            Code::InvalidParameterException,
            "Audiences and Resources cannot be given together.",
        ),
        TokenExchangeFault::TooManyActors => (
            Code::InvalidParameterException,
            "The token has been exchanged by too many actors.",
        ),
        TokenExchangeFault::NoScope => (
            Code::InvalidParameterException,
            "None of the requested scopes can be granted.",
        ),
    }
}

/// The type and the text where the client does not allow the flow (behaviour 5.2).
pub(super) const fn flow_not_enabled(flow: AuthFlow) -> (Code, &'static str) {
    let invalid = Code::InvalidParameterException;
    match flow {
        AuthFlow::UserPassword => (
            invalid,
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
        AuthFlow::UserSrp => (invalid, "USER_SRP_AUTH is not enabled for the client."),
        AuthFlow::Custom => (invalid, "CUSTOM_AUTH is not enabled for the client."),
        AuthFlow::User => (invalid, "USER_AUTH is not enabled for the client."),
        AuthFlow::ClientToken => (invalid, "CLIENT_TOKEN_AUTH is not enabled for the client."),
        AuthFlow::RefreshToken | AuthFlow::AdminUserPassword => {
            (invalid, "Auth flow not enabled for this client")
        }
        AuthFlow::TokenExchangeImpersonation => (
            Code::NotAuthorizedException,
            "TOKEN_EXCHANGE_IMPERSONATION is not enabled for the client.",
        ),
        AuthFlow::TokenExchangeDelegation => (
            Code::NotAuthorizedException,
            "TOKEN_EXCHANGE_DELEGATION is not enabled for the client.",
        ),
    }
}
