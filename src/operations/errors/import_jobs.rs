//! Types and texts of the refusals of user imports (administration 9).

use crate::domain::user_import::ImportFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) fn import(fault: &ImportFault) -> (Code, String) {
    let unmet = |text: String| (Code::PreconditionNotMetException, text);
    match fault {
        ImportFault::NotFound(id) => (
            Code::ResourceNotFoundException,
            format!("User import job {id} does not exist."),
        ),
        ImportFault::ForeignRole => (
            Code::InvalidParameterException,
            "Cross-account pass role is not allowed.".to_owned(),
        ),
        ImportFault::TooManyWaiting => (
            Code::LimitExceededException,
            "Too many user import jobs wait to be started.".to_owned(),
        ),
        ImportFault::NoFile(id) => unmet(format!("No csv file was uploaded for {id}")),
        ImportFault::NotStartable(status) => unmet(format!(
            "The user import job cannot be started. Current status is {}",
            status.as_str()
        )),
        ImportFault::NotStoppable(status) => unmet(format!(
            "The user import job cannot be stopped. Current status is {}",
            status.as_str()
        )),
        ImportFault::AnotherIsActive => {
            unmet("Another user import job of the user pool is active.".to_owned())
        }
        ImportFault::NothingIsVerified => {
            unmet("The user pool has no auto verified attributes.".to_owned())
        }
        ImportFault::InProgress => (
            Code::UserImportInProgressException,
            "The user pool cannot be changed while a user import job is active.".to_owned(),
        ),
    }
}
