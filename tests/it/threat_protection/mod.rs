//! Threat protection: section 7 of the administrator's page.

mod risk_configuration;
mod rules;
