//! AdminListUserAuthEvents (administration 7.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::auth_event::{
    Answered, AuthEvent, EventKind, Feedback, FeedbackProvider, FeedbackValue, Outcome,
};
use crate::domain::session_tracking::device_type;
use crate::domain::time::Timestamp;
use crate::flows::auth_events;
use crate::model::{
    AdminListUserAuthEventsRequest, AdminListUserAuthEventsResponse, AuthEventType, ChallengeName,
    ChallengeResponse, ChallengeResponseType, EventContextDataType, EventFeedbackType,
    EventResponseType, EventRiskType, EventType, FeedbackValueType, RiskDecisionType, ops,
};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

/// The most events of a page.
const MAX_PAGE: i32 = 60;

impl Handler<App> for ops::AdminListUserAuthEvents {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminListUserAuthEventsRequest,
    ) -> Result<AdminListUserAuthEventsResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.username.as_str());
        let limit = convert::page_size(input.max_results, MAX_PAGE);
        let token = input.next_token.as_deref();
        let page = auth_events::list(app, context, of, limit, token).await?;
        Ok(AdminListUserAuthEventsResponse {
            auth_events: Some(page.items.into_iter().map(described).collect()),
            next_token: page.next,
        })
    }
}

/// An event. No place is looked up: the city is the text that AWS has for an unknown one.
fn described(event: AuthEvent) -> AuthEventType {
    let answers = event.challenges.into_iter();
    AuthEventType {
        event_id: Some(event.event_id),
        event_type: event_type(event.kind),
        creation_date: Some(convert::epoch(event.occurred_at)),
        event_response: Some(match event.outcome {
            Outcome::Pass => EventResponseType::Pass,
            Outcome::Fail => EventResponseType::Fail,
        }),
        event_risk: Some(EventRiskType {
            risk_decision: Some(RiskDecisionType::NoRisk),
            risk_level: None,
            compromised_credentials_detected: Some(false),
        }),
        challenge_responses: Some(answers.map(challenge_response).collect()),
        event_context_data: Some(EventContextDataType {
            ip_address: event.source_address.map(|address| address.to_string()),
            device_name: Some(device_type(event.user_agent.as_deref())),
            timezone: None,
            city: Some("null".to_owned()),
            country: Some("unknown".to_owned()),
        }),
        event_feedback: event.feedback.as_ref().map(feedback),
    }
}

/// The interface's name of the kind; `None` for those that it has no name for, which are not listed.
const fn event_type(kind: EventKind) -> Option<EventType> {
    match kind {
        EventKind::SignIn => Some(EventType::SignIn),
        EventKind::SignUp => Some(EventType::SignUp),
        EventKind::ForgotPassword => Some(EventType::ForgotPassword),
        EventKind::PasswordChange => Some(EventType::PasswordChange),
        EventKind::ContactChange
        | EventKind::FactorChange
        | EventKind::DeviceChange
        | EventKind::LockOut
        | EventKind::Revocation => None,
    }
}

fn challenge_response((answered, is_right): (Answered, bool)) -> ChallengeResponseType {
    ChallengeResponseType {
        challenge_name: Some(match answered {
            Answered::Password => ChallengeName::Password,
            Answered::Mfa => ChallengeName::Mfa,
        }),
        challenge_response: Some(if is_right {
            ChallengeResponse::Success
        } else {
            ChallengeResponse::Failure
        }),
    }
}

fn feedback(feedback: &Feedback) -> EventFeedbackType {
    EventFeedbackType {
        feedback_value: match feedback.value {
            FeedbackValue::Valid => FeedbackValueType::Valid,
            FeedbackValue::Invalid => FeedbackValueType::Invalid,
        },
        provider: match feedback.provider {
            FeedbackProvider::User => "User",
            FeedbackProvider::Administrator => "Admin",
        }
        .to_owned(),
        feedback_date: Some(convert::epoch(Timestamp::from_millis(feedback.at))),
    }
}
