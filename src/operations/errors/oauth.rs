//! Type and text for settings of OAuth that app clients cannot have (domain 9).

use crate::domain::oauth_settings::OAuthFault as Fault;
use crate::domain::redirect_uri::RedirectUriFault;
use crate::model::ErrorCode as Code;

/// The type.
pub(super) const fn code(fault: &Fault) -> Code {
    match fault {
        Fault::RedirectUri(..) | Fault::DefaultIsNoCallback(_) | Fault::FlowsAndScopesMissing => {
            Code::InvalidParameterException
        }
        Fault::ClientCredentialsNotAlone
        | Fault::ClientCredentialsWithoutSecret
        | Fault::ScopeNeedsUser(_)
        | Fault::CallbacksMissing => Code::InvalidOAuthFlowException,
    }
}

/// The text.
pub(super) fn text(fault: &Fault) -> String {
    let text = match fault {
        Fault::RedirectUri(fault, uri) => {
            let fault = match fault {
                RedirectUriFault::NoScheme => "must contain a scheme",
                RedirectUriFault::Unreadable => "is not a valid URL",
                RedirectUriFault::Fragment => "cannot use fragment",
                RedirectUriFault::PlainHttp => "cannot use the HTTP protocol.",
            };
            return format!("{uri} {fault}");
        }
        Fault::DefaultIsNoCallback(uri) => {
            return format!("The default redirect URI {uri} is not in the callback URIs list.");
        }
        Fault::ScopeNeedsUser(scope) => {
            return format!("{scope} is not supported with client_credentials flow");
        }
        Fault::FlowsAndScopesMissing => {
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to \
             use OAuth flows."
        }
        Fault::ClientCredentialsNotAlone => {
            "client_credentials flow can not be selected along with code flow or implicit flow."
        }
        Fault::ClientCredentialsWithoutSecret => {
            "client_credentials flow can not be selected if client does not have a client secret."
        }
        Fault::CallbacksMissing => {
            "CallbackUrls can not be empty when code flow or implicit flow is selected"
        }
    };
    text.to_owned()
}
