//! The session configuration of a pool as the interface describes it.

use crate::domain::session_tracking::SessionTracking;
use crate::model::{UserPoolTokenSessionConfigType, UserSessionTrackingType};

/// `UserSessionTracking` and `TokenSession`.
pub fn described(
    tracking: SessionTracking,
) -> (UserSessionTrackingType, UserPoolTokenSessionConfigType) {
    let state = if tracking.enabled {
        UserSessionTrackingType::Enabled
    } else {
        UserSessionTrackingType::Disabled
    };
    let max_per_user = tracking.max_per_user;
    (state, UserPoolTokenSessionConfigType { max_per_user })
}
