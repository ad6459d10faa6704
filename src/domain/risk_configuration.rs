//! What is done about risky sign-ins and leaked passwords, for a pool or for one of its app clients
//! (administration 7.1). The members are stored under the names that the interface gives them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::category::Category;
use super::time::Timestamp;

/// The regions whose SES may send the notices.
const SES_REGIONS: [&str; 3] = ["eu-west-1", "us-east-1", "us-west-2"];

/// A risk configuration. A block that is `None` was not set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskConfiguration {
    /// What is done about a password that is known to strangers.
    #[serde(rename = "CompromisedCredentialsRiskConfiguration")]
    pub compromised_credentials: Option<CompromisedCredentials>,
    /// What is done about a sign-in that somebody else may have begun.
    #[serde(rename = "AccountTakeoverRiskConfiguration")]
    pub account_takeover: Option<AccountTakeover>,
    /// The networks for which the answer is known beforehand.
    #[serde(rename = "RiskExceptionConfiguration")]
    pub exceptions: Option<RiskExceptions>,
}

/// What is done about a password that is known to strangers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CompromisedCredentials {
    /// When passwords are looked at.
    #[serde(default)]
    pub event_filter: Vec<PasswordEvent>,
    /// What is done.
    pub actions: CompromisedCredentialsActions,
}

/// A moment at which a password is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PasswordEvent {
    /// A sign-in with it.
    SignIn,
    /// Its change.
    PasswordChange,
    /// A sign-up with it.
    SignUp,
}

impl PasswordEvent {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SignIn, Self::PasswordChange, Self::SignUp];
}

/// What is done about a password that is known to strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CompromisedCredentialsActions {
    /// That.
    pub event_action: CompromisedCredentialsAction,
}

/// One of the two answers to a password that is known to strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CompromisedCredentialsAction {
    /// It is refused.
    Block,
    /// Nothing.
    NoAction,
}

/// What is done about a sign-in that somebody else may have begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountTakeover {
    /// The messages of which the user is notified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify_configuration: Option<NotifyConfiguration>,
    /// What is done at each level of risk.
    pub actions: AccountTakeoverActions,
}

/// What is done at each level of risk; nothing at a level that has no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountTakeoverActions {
    /// At a low risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_action: Option<LevelAction>,
    /// At a medium risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium_action: Option<LevelAction>,
    /// At a high risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_action: Option<LevelAction>,
}

/// What is done at one level of risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LevelAction {
    /// Whether the user gets a message.
    #[serde(default)]
    pub notify: bool,
    /// What happens to the sign-in.
    pub event_action: TakeoverAction,
}

/// What happens to a risky sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TakeoverAction {
    /// It is refused.
    Block,
    /// A second factor is asked for, if the user has one.
    MfaIfConfigured,
    /// A second factor is asked for, and a user without one is refused.
    MfaRequired,
    /// Nothing.
    NoAction,
}

/// The messages of which users are notified of risky sign-ins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NotifyConfiguration {
    /// Their sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where answers go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The ARN of the identity in SES that sends them.
    pub source_arn: String,
    /// After a refused sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_email: Option<NotifyEmail>,
    /// After a sign-in that was let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_action_email: Option<NotifyEmail>,
    /// After a sign-in that was asked for a second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_email: Option<NotifyEmail>,
}

/// One of these messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NotifyEmail {
    /// Its subject.
    pub subject: String,
    /// Its body as HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html_body: Option<String>,
    /// Its body as plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_body: Option<String>,
}

/// The networks for which the answer is known beforehand, in CIDR notation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskExceptions {
    /// Those whose sign-ins are refused.
    #[serde(rename = "BlockedIPRangeList", skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Vec<String>>,
    /// Those whose sign-ins are not looked at.
    #[serde(rename = "SkippedIPRangeList", skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Vec<String>>,
}

/// A risk configuration as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRiskConfiguration {
    /// The configuration.
    pub configuration: RiskConfiguration,
    /// When it was set.
    pub modified_at: Timestamp,
}

impl RiskConfiguration {
    /// Whether no block is set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.compromised_credentials.is_none()
            && self.account_takeover.is_none()
            && self.exceptions.is_none()
    }

    /// The configuration as it is stored: passwords are looked at whenever they are known where the request does not
    /// say when, and no moment is named twice.
    ///
    /// # Errors
    /// [`RiskFault`].
    pub fn checked(mut self) -> Result<Self, RiskFault> {
        if let Some(compromised) = &mut self.compromised_credentials {
            let mut events = Vec::new();
            for event in &compromised.event_filter {
                if !events.contains(event) {
                    events.push(*event);
                }
            }
            if events.is_empty() {
                events.extend(PasswordEvent::ALL);
            }
            compromised.event_filter = events;
        }
        let takeover = self.account_takeover.as_ref();
        if let Some(notify) = takeover.and_then(|takeover| takeover.notify_configuration.as_ref()) {
            // arn:partition:ses:region:account:identity/name
            let region = notify.source_arn.split(':').nth(3).unwrap_or_default();
            if !SES_REGIONS.contains(&region) {
                return Err(RiskFault::SesRegion);
            }
        }
        if let Some(exceptions) = &self.exceptions {
            let mut ranges = [&exceptions.blocked, &exceptions.skipped]
                .into_iter()
                .flatten()
                .flatten();
            if ranges.any(|range| range.parse::<IpNet>().is_err()) {
                return Err(RiskFault::Cidr);
            }
        }
        Ok(self)
    }
}

/// What of a risk configuration is obeyed: no sign-in is judged to be at risk, so that nothing is done about one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RiskRules {
    blocked: Vec<IpNet>,
    skipped: Vec<IpNet>,
    /// When a password that is known to strangers is refused.
    known_passwords: Vec<PasswordEvent>,
}

impl RiskRules {
    /// The rules of a configuration.
    #[must_use]
    pub fn of(configuration: &RiskConfiguration) -> Self {
        let ranges = |list: &Option<Vec<String>>| {
            let ranges = list.iter().flatten();
            ranges.filter_map(|range| range.parse().ok()).collect()
        };
        let exceptions = configuration.exceptions.as_ref();
        let compromised = configuration.compromised_credentials.as_ref();
        Self {
            blocked: exceptions.map_or_else(Vec::new, |exceptions| ranges(&exceptions.blocked)),
            skipped: exceptions.map_or_else(Vec::new, |exceptions| ranges(&exceptions.skipped)),
            known_passwords: compromised
                .filter(|compromised| {
                    compromised.actions.event_action == CompromisedCredentialsAction::Block
                })
                .map_or_else(Vec::new, |compromised| compromised.event_filter.clone()),
        }
    }

    /// Whether sign-ins from the address are refused.
    #[must_use]
    pub fn blocks(&self, address: IpAddr) -> bool {
        contains(&self.blocked, address)
    }

    /// Whether a known password is refused at this moment, to a caller from the address.
    #[must_use]
    pub fn refuses_known_password(&self, event: PasswordEvent, address: Option<IpAddr>) -> bool {
        self.known_passwords.contains(&event)
            && !address.is_some_and(|address| contains(&self.skipped, address))
    }
}

fn contains(ranges: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    ranges.iter().any(|range| range.contains(&address))
}

/// Why a risk configuration is not set, or what it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskFault {
    /// A range of addresses is not in CIDR notation.
    Cidr,
    /// The identity that sends messages is of a region whose SES does not send them.
    SesRegion,
    /// Sign-ins from the caller's address are refused.
    AddressBlocked,
}

impl RiskFault {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::Cidr | Self::SesRegion => Category::InvalidInput,
            Self::AddressBlocked => Category::Forbidden,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exceptions(blocked: &[&str]) -> RiskConfiguration {
        let blocked = blocked.iter().map(|range| (*range).to_owned()).collect();
        RiskConfiguration {
            exceptions: Some(RiskExceptions {
                blocked: Some(blocked),
                skipped: None,
            }),
            ..RiskConfiguration::default()
        }
    }

    #[test]
    fn ranges_are_in_cidr_notation() {
        for range in ["192.0.2.0/24", "192.0.2.7/32", "2001:db8::/32", "0.0.0.0/0"] {
            assert!(exceptions(&[range]).checked().is_ok(), "{range}");
        }
        for range in [
            "",
            "192.0.2.1",
            "192.0.2.0/33",
            "192.0.2/24",
            "example.com",
            "192.0.2.0/24 ",
        ] {
            let found = exceptions(&["10.0.0.0/8", range]).checked();
            assert_eq!(found, Err(RiskFault::Cidr), "{range}");
        }
    }

    #[test]
    fn blocked_addresses_are_those_of_the_ranges() {
        let rules = RiskRules::of(&exceptions(&["192.0.2.0/24", "2001:db8::/32"]));
        for (address, is_blocked) in [
            ("192.0.2.7", true),
            ("::ffff:192.0.2.7", true),
            ("192.0.3.7", false),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(
                rules.blocks(address.parse().unwrap()),
                is_blocked,
                "{address}"
            );
        }
    }

    #[test]
    fn known_passwords_are_refused_at_the_named_moments_except_to_skipped_addresses() {
        let mut configuration = RiskConfiguration {
            compromised_credentials: Some(CompromisedCredentials {
                event_filter: vec![PasswordEvent::SignUp],
                actions: CompromisedCredentialsActions {
                    event_action: CompromisedCredentialsAction::Block,
                },
            }),
            exceptions: Some(RiskExceptions {
                blocked: None,
                skipped: Some(vec!["10.0.0.0/8".to_owned()]),
            }),
            ..RiskConfiguration::default()
        };
        let refuses = |configuration: &RiskConfiguration, event, address: Option<&str>| {
            let address = address.map(|address| address.parse().unwrap());
            RiskRules::of(configuration).refuses_known_password(event, address)
        };
        assert!(refuses(&configuration, PasswordEvent::SignUp, None));
        assert!(refuses(
            &configuration,
            PasswordEvent::SignUp,
            Some("192.0.2.1")
        ));
        assert!(!refuses(
            &configuration,
            PasswordEvent::SignUp,
            Some("10.1.2.3")
        ));
        assert!(!refuses(&configuration, PasswordEvent::SignIn, None));
        if let Some(compromised) = &mut configuration.compromised_credentials {
            compromised.actions.event_action = CompromisedCredentialsAction::NoAction;
        }
        assert!(!refuses(&configuration, PasswordEvent::SignUp, None));
    }

    #[test]
    fn a_configuration_reads_what_it_writes() {
        let text = r#"{"CompromisedCredentialsRiskConfiguration":{"Actions":{"EventAction":"NO_ACTION"}},
            "AccountTakeoverRiskConfiguration":{"Actions":{"LowAction":{"Notify":true,"EventAction":"MFA_IF_CONFIGURED"}}}}"#;
        let read: RiskConfiguration = serde_json::from_str(text).unwrap();
        let checked = read.checked().unwrap();
        let events = &checked
            .compromised_credentials
            .as_ref()
            .unwrap()
            .event_filter;
        assert_eq!(*events, PasswordEvent::ALL);
        let written = serde_json::to_string(&checked).unwrap();
        let again: RiskConfiguration = serde_json::from_str(&written).unwrap();
        assert_eq!(again, checked);
    }
}
