//! Refusals of requests for authorization that the browser takes back to the application (domain 2.8).

use std::borrow::Cow;

use crate::domain::authorization_request::RedirectFault;
use crate::domain::redirect::{self, Value};
use crate::flows::oauth::authorize::Refusal;

/// The address that takes a refusal back: the description first, `state` only if it was sent.
pub(super) fn address(refusal: &Refusal) -> String {
    let (error, description) = words(&refusal.fault);
    let state = refusal.encoded_state.as_deref();
    let parameters = [
        description
            .as_deref()
            .map(|text| ("error_description", Value::Text(text))),
        state.map(|state| ("state", Value::Encoded(state))),
        Some(("error", Value::Text(error))),
    ];
    let parameters: Vec<_> = parameters.into_iter().flatten().collect();
    redirect::with(&refusal.redirect_uri, refusal.place, &parameters)
}

/// The code of the refusal, and what people read.
fn words(fault: &RedirectFault) -> (&'static str, Option<Cow<'static, str>>) {
    let of_aws = |text: &'static str| ("invalid_request", Some(Cow::Borrowed(text)));
    match fault {
        RedirectFault::OAuthOff => of_aws("Client is not enabled for OAuth2.0 flows "),
        RedirectFault::ScopeNotAllowed => of_aws("invalid_scope"),
        RedirectFault::ParameterInvalid | RedirectFault::ScopeNotReadable => {
            ("invalid_request", None)
        }
        RedirectFault::FlowNotAllowed => ("unauthorized_client", None),
        // OpenID Connect Core Unmet Authentication Requirements 1.0.
        RedirectFault::LevelOutOfReach => ("unmet_authentication_requirements", None),
        RedirectFault::NotSignedIn => ("login_required", None),
        RedirectFault::FunctionRefused(trigger, text) => {
            let text = format!("{} failed with error {text}. ", trigger.name());
            ("invalid_request", Some(Cow::Owned(text)))
        }
        RedirectFault::FunctionFailed | RedirectFault::Failed => ("server_error", None),
        RedirectFault::Busy => ("temporarily_unavailable", None),
    }
}
