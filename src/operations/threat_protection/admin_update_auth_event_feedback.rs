//! AdminUpdateAuthEventFeedback (administration 7.3).

use super::feedback_value;
use crate::app::App;
use crate::context::RequestContext;
use crate::flows::auth_events;
use crate::model::{
    AdminUpdateAuthEventFeedbackRequest, AdminUpdateAuthEventFeedbackResponse, ops,
};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::AdminUpdateAuthEventFeedback {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: AdminUpdateAuthEventFeedbackRequest,
    ) -> Result<AdminUpdateAuthEventFeedbackResponse, Error> {
        let of = (input.user_pool_id.as_str(), input.username.as_str());
        let value = feedback_value(input.feedback_value);
        auth_events::update_feedback_by_admin(app, context, of, &input.event_id, value).await?;
        Ok(AdminUpdateAuthEventFeedbackResponse::default())
    }
}
