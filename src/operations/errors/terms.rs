//! Types and texts of the refusals of terms (administration 6.4).

use crate::domain::terms::TermsFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) fn terms(fault: &TermsFault) -> (Code, String) {
    let invalid = Code::InvalidParameterException;
    match fault {
        TermsFault::NotFound => (
            Code::ResourceNotFoundException,
            "Terms do not exist.".to_owned(),
        ),
        TermsFault::Exists => (
            Code::TermsExistsException,
            "Terms with the name already exist for the app client.".to_owned(),
        ),
        TermsFault::NoDefaultLink => (invalid, "Links must have a cognito:default.".to_owned()),
        TermsFault::NotAWebPage(language) => (
            invalid,
            format!("The link of {language} must be a URL with https or http."),
        ),
    }
}
