//! Type and texts of what a tier lacks (administration 0.2). The names of four features are observed.

use crate::domain::tier::{Feature, TierFault};
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) fn tier(fault: &TierFault) -> (Code, String) {
    let text = match fault {
        TierFault::InUse(tier, features) => {
            let names: Vec<&str> = features.iter().map(|feature| name(*feature)).collect();
            format!(
                "The following features need to be disabled for the {} pricing tier configured: {}",
                tier.as_str(),
                names.join(", ")
            )
        }
        TierFault::Asked(tier, feature) => format!(
            "The following feature is not available for the {} pricing tier configured: {}",
            tier.as_str(),
            name(*feature)
        ),
    };
    (Code::FeatureUnavailableInTierException, text)
}

const fn name(feature: Feature) -> &'static str {
    match feature {
        Feature::Passwordless => "Passwordless Sign-In",
        Feature::PreTokenV2 => "Token Customization with Pre-Token Generation Lambda V2_0",
        Feature::PreTokenV3 => "Token Customization with Pre-Token Generation Lambda V3_0",
        Feature::EmailMfa => "Email MFA",
        Feature::PasswordHistory => "Password History",
        Feature::AcrNames => "ACR Configuration",
        Feature::AcrValues => "TARGET_ACR_VALUES",
        Feature::ManagedLogin => "Managed Login Version 2",
        Feature::SessionTracking => "Session Tracking",
        Feature::ThreatProtection => "Threat Protection",
        Feature::LogStreaming => "Log Streaming",
    }
}
