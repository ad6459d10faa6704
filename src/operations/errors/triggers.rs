//! AWS's types and texts for what goes wrong with triggers (behaviour 6).

use crate::domain::failure::TriggerProblem;
use crate::domain::trigger_settings::Trigger;
use crate::model::ErrorCode as Code;

/// The function refused with `text`.
pub(super) fn refused(trigger: Trigger, text: &str) -> (Code, String) {
    let text = format!("{} failed with error {text}.", trigger.name());
    (Code::UserLambdaValidationException, text)
}

/// The function brought no answer. AWS's text is known for the time-out only.
pub(super) fn failed(trigger: Trigger, problem: TriggerProblem) -> (Code, String) {
    let error = match problem {
        TriggerProblem::TimedOut => "Socket timeout while invoking Lambda function".to_owned(),
        TriggerProblem::NotConfigured => {
            "No endpoint is configured for the Lambda function".to_owned()
        }
        TriggerProblem::Unreachable => "Unable to reach the Lambda function".to_owned(),
        TriggerProblem::Status(status) => {
            format!("HTTP status {status} while invoking Lambda function")
        }
    };
    let text = format!("{} invocation failed due to error {error}.", trigger.name());
    (Code::UnexpectedLambdaException, text)
}

/// The function's answer is not one of its trigger.
pub(super) fn invalid_answer() -> (Code, String) {
    let text = "Unrecognizable lambda output".to_owned();
    (Code::InvalidLambdaResponseException, text)
}
