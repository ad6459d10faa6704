//! Operations of threat protection.

mod admin_list_user_auth_events;
mod admin_update_auth_event_feedback;
mod describe_risk_configuration;
mod description;
mod set_risk_configuration;
mod update_auth_event_feedback;

use crate::domain::auth_event::FeedbackValue;
use crate::model::FeedbackValueType;

const fn feedback_value(value: FeedbackValueType) -> FeedbackValue {
    match value {
        FeedbackValueType::Valid => FeedbackValue::Valid,
        FeedbackValueType::Invalid => FeedbackValue::Invalid,
    }
}
