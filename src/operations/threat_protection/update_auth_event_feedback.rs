//! UpdateAuthEventFeedback (administration 7.3).

use super::feedback_value;
use crate::app::App;
use crate::context::RequestContext;
use crate::flows::auth_events;
use crate::model::{UpdateAuthEventFeedbackRequest, UpdateAuthEventFeedbackResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateAuthEventFeedback {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UpdateAuthEventFeedbackRequest,
    ) -> Result<UpdateAuthEventFeedbackResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.username.as_str());
        let by = (input.event_id.as_str(), input.feedback_token.as_str());
        let value = feedback_value(input.feedback_value);
        auth_events::update_feedback(app, context, of, by, value).await?;
        Ok(UpdateAuthEventFeedbackResponse::default())
    }
}
