//! The tiers of user pools, which AWS sells: what a tier lacks (administration 0.2). Here every tier has everything,
//! unless `compat.enforce_tiers` asks for AWS's refusals.

use super::acr::AcrValues;
use super::category::Category;
use super::sign_in_settings::{FirstFactor, ThreatProtectionMode};
use super::trigger_settings::PreTokenVersion;
use super::user_pool::PoolSettings;

/// A tier, the smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// LITE.
    Lite,
    /// ESSENTIALS, which a pool has that names none.
    Essentials,
    /// PLUS.
    Plus,
}

/// What not every tier has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// A first factor other than the password.
    Passwordless,
    /// Version 2 of the event before tokens.
    PreTokenV2,
    /// Version 3 of it.
    PreTokenV3,
    /// Codes by e-mail as a second factor.
    EmailMfa,
    /// Passwords that cannot be set again.
    PasswordHistory,
    /// Names of one's own for levels of authentication.
    AcrNames,
    /// Levels of authentication that a sign-in asks for.
    AcrValues,
    /// The second version of the login pages.
    ManagedLogin,
    /// Lists of users' sessions.
    SessionTracking,
    /// What is done about risks.
    ThreatProtection,
    /// Delivery of what happens to users' accounts.
    LogStreaming,
}

/// Why something needs a greater tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TierFault {
    /// The pool's settings use these.
    InUse(Tier, Vec<Feature>),
    /// The request is for this.
    Asked(Tier, Feature),
}

impl TierFault {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::InUse(..) | Self::Asked(..) => Category::NotEnabled,
        }
    }
}

impl Tier {
    /// The pool's.
    #[must_use]
    pub fn of(settings: &PoolSettings) -> Self {
        let named = settings.passthrough.get("UserPoolTier");
        match named.and_then(serde_json::Value::as_str) {
            Some("LITE") => Self::Lite,
            Some("PLUS") => Self::Plus,
            _ => Self::Essentials,
        }
    }

    /// Its word in the interface.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lite => "LITE",
            Self::Essentials => "ESSENTIALS",
            Self::Plus => "PLUS",
        }
    }

    /// Whether it has the feature.
    #[must_use]
    pub fn has(self, feature: Feature) -> bool {
        let least = match feature {
            Feature::ThreatProtection | Feature::LogStreaming => Self::Plus,
            Feature::Passwordless
            | Feature::PreTokenV2
            | Feature::PreTokenV3
            | Feature::EmailMfa
            | Feature::PasswordHistory
            | Feature::AcrNames
            | Feature::AcrValues
            | Feature::ManagedLogin
            | Feature::SessionTracking => Self::Essentials,
        };
        self >= least
    }
}

/// Checks that the pool's tier has the feature that a request asks for.
///
/// # Errors
/// [`TierFault::Asked`].
pub fn check_asked(settings: &PoolSettings, feature: Feature) -> Result<(), TierFault> {
    let tier = Tier::of(settings);
    if tier.has(feature) {
        Ok(())
    } else {
        Err(TierFault::Asked(tier, feature))
    }
}

/// Checks that the pool's tier has what the pool's settings use.
///
/// # Errors
/// [`TierFault::InUse`].
pub fn check_settings(settings: &PoolSettings) -> Result<(), TierFault> {
    let tier = Tier::of(settings);
    let mut lacking = used(settings);
    lacking.retain(|feature| !tier.has(*feature));
    if lacking.is_empty() {
        Ok(())
    } else {
        Err(TierFault::InUse(tier, lacking))
    }
}

fn used(settings: &PoolSettings) -> Vec<Feature> {
    let function = settings.triggers.pre_token_generation.as_ref();
    let is_version = |version| function.is_some_and(|function| function.version == version);
    let threat_protection = settings.threat_protection;
    let is_passwordless = settings
        .first_factors
        .iter()
        .any(|factor| *factor != FirstFactor::Password);
    let uses = [
        (Feature::Passwordless, is_passwordless),
        (Feature::PreTokenV2, is_version(PreTokenVersion::V2)),
        (Feature::PreTokenV3, is_version(PreTokenVersion::V3)),
        (Feature::EmailMfa, settings.factors.email.is_some()),
        (
            Feature::PasswordHistory,
            settings
                .password_policy
                .history_size
                .is_some_and(|size| size > 0),
        ),
        (
            Feature::AcrNames,
            settings.acr_values != AcrValues::default(),
        ),
        (
            Feature::SessionTracking,
            settings.session_tracking().enabled,
        ),
        (
            Feature::ThreatProtection,
            threat_protection
                .is_some_and(|protection| protection.mode != ThreatProtectionMode::Off),
        ),
    ];
    uses.into_iter()
        .filter_map(|(feature, is_used)| is_used.then_some(feature))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::sign_in_settings::ThreatProtection;

    fn of_tier(tier: &str) -> PoolSettings {
        let mut settings = PoolSettings::default();
        settings
            .passthrough
            .insert("UserPoolTier".to_owned(), json!(tier));
        settings
    }

    #[test]
    fn a_pool_without_a_tier_is_of_the_essentials() {
        assert_eq!(Tier::of(&PoolSettings::default()), Tier::Essentials);
        assert_eq!(Tier::of(&of_tier("LITE")), Tier::Lite);
        assert_eq!(Tier::of(&of_tier("PLUS")), Tier::Plus);
    }

    #[test]
    fn a_tier_has_what_the_smaller_ones_have() {
        for (tier, managed_login, log_streaming) in [
            (Tier::Lite, false, false),
            (Tier::Essentials, true, false),
            (Tier::Plus, true, true),
        ] {
            assert_eq!(tier.has(Feature::ManagedLogin), managed_login);
            assert_eq!(tier.has(Feature::LogStreaming), log_streaming);
        }
    }

    #[test]
    fn settings_are_judged_by_what_they_use() {
        for tier in ["LITE", "ESSENTIALS", "PLUS"] {
            assert_eq!(check_settings(&of_tier(tier)), Ok(()), "{tier}");
        }
        let using = |tier| {
            let mut settings = of_tier(tier);
            settings.first_factors.push(FirstFactor::EmailOtp);
            settings.password_policy.history_size = Some(3);
            settings.threat_protection = Some(ThreatProtection {
                mode: ThreatProtectionMode::Audit,
                additional_flows: None,
            });
            check_settings(&settings)
        };
        let (passwordless, history) = (Feature::Passwordless, Feature::PasswordHistory);
        let threats = Feature::ThreatProtection;
        assert_eq!(
            using("LITE"),
            Err(TierFault::InUse(
                Tier::Lite,
                vec![passwordless, history, threats]
            ))
        );
        assert_eq!(
            using("ESSENTIALS"),
            Err(TierFault::InUse(Tier::Essentials, vec![threats]))
        );
        assert_eq!(using("PLUS"), Ok(()));
    }
}
