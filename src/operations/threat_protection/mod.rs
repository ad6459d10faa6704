//! Operations of threat protection.

mod update_auth_event_feedback;
