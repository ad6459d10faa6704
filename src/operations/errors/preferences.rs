//! Texts of the refusals of preferences for second factors (behaviour 5.6).

use crate::domain::second_factor::PreferenceFault;

/// The text of an InvalidParameterException.
pub(super) fn text(fault: PreferenceFault) -> String {
    match fault {
        PreferenceFault::TwoPreferred => "Only one MFA method can be set as preferred.".to_owned(),
        PreferenceFault::PreferredIsOff(factor) => format!(
            "{} cannot be preferred unless it is enabled.",
            factor.as_str()
        ),
        PreferenceFault::NotSetUp(factor) => format!(
            "User does not have delivery config set to turn on {}",
            factor.as_str()
        ),
    }
}
