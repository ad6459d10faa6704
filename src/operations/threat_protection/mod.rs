//! Operations of threat protection.

mod describe_risk_configuration;
mod description;
mod set_risk_configuration;
mod update_auth_event_feedback;
