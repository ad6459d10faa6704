//! The settings that CreateUserPool and UpdateUserPool derive from a request.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::acr::AcrValues;
use super::attribute::Contact;
use super::failure::Failure;
use super::message_settings::{EmailSettings, SmsSettings};
use super::schema::Schema;
use super::schema_change::{self, AttributeRequest};
use super::setting_fault::{SettingFault, Unsupported};
use super::sign_in_settings::{DeviceSettings, FirstFactor, ThreatProtection};
use super::tags;
use super::trigger_settings::TriggerRequest;
use super::user_pool::{
    AdminCreateUser, Alias, MfaMode, PasswordPolicy, PoolSettings, Recovery, RecoveryMeans,
    VerificationMessage,
};

/// Members of [`PoolSettings::passthrough`] that an update without them resets (administration 14.2).
const RESET_BY_UPDATE: [&str; 1] = ["DcrConfiguration"];

/// The settings that CreateUserPool and UpdateUserPool both take; `None` where the request has no such
/// member. A structure that is given replaces the former one whole. An update without a member keeps
/// some of the former settings and resets the others (administration 14.2).
#[derive(Clone, Debug, Default)]
pub struct PoolRequest {
    /// What a password must be.
    pub password_policy: Option<PasswordPolicyRequest>,
    /// Whether DeleteUserPool is refused.
    pub deletion_protection: Option<bool>,
    /// Attributes that a sign-up or a change sends a code to; an update without them resets them.
    pub auto_verified: Vec<Contact>,
    /// Attributes whose new value takes effect when its code is redeemed.
    pub verify_before_update: Option<Vec<Contact>>,
    /// The texts in VerificationMessageTemplate.
    pub verification_template: Option<VerificationMessage>,
    /// The same texts in the older members beside the template.
    pub verification_texts: VerificationTexts,
    /// The text of SMS that carry a sign-in code; an update without it resets it.
    pub sms_authentication: Option<String>,
    /// How administrators create users; an update without it resets it.
    pub admin_create_user: AdminCreateUserRequest,
    /// Ways to recover an account; empty for the legacy order.
    pub account_recovery: Option<Vec<Recovery>>,
    /// Whether a second factor is asked for.
    pub mfa: Option<MfaMode>,
    /// Factors that a sign-in can begin with; empty for the password alone.
    pub first_factors: Option<Vec<FirstFactor>>,
    /// How e-mail is sent.
    pub email: Option<EmailSettings>,
    /// How SMS are sent; an update without it resets it.
    pub sms: Option<SmsSettings>,
    /// How devices are remembered; an update without it resets it.
    pub device: Option<DeviceSettings>,
    /// Threat protection; an update without it resets it.
    pub threat_protection: Option<ThreatProtection>,
    /// Functions that take part in what the pool does; an update without them resets them.
    pub triggers: TriggerRequest,
    /// What the levels of authentication are called, by the words for them; an update without it resets it.
    pub acr_values: BTreeMap<String, String>,
    /// Tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// A setting of the request that this version does not implement.
    pub unsupported: Option<Unsupported>,
    /// Members that no rule reads, by their names in the interface. An update without one keeps it, with
    /// the exceptions in [`RESET_BY_UPDATE`].
    pub passthrough: Map<String, Value>,
}

/// The settings that only CreateUserPool takes. No update changes them.
#[derive(Clone, Debug, Default)]
pub struct CreateOnlySettings {
    /// `Schema`.
    pub schema: Vec<AttributeRequest>,
    /// Attributes that users can also sign in with.
    pub alias_attributes: Vec<Alias>,
    /// Attributes that are the username.
    pub username_attributes: Vec<Contact>,
    /// Whether usernames differ by case; `None` where the request does not say, which means yes.
    pub case_sensitive: Option<bool>,
}

impl CreateOnlySettings {
    /// These settings for a pool that has `schema` already: an attribute of which they do not say
    /// whether it is mutable stays as it is.
    #[must_use]
    pub fn with_mutability_of(mut self, schema: &Schema) -> Self {
        for request in &mut self.schema {
            let former = request.full_name().and_then(|name| schema.get(&name));
            request.mutable = request
                .mutable
                .or(former.map(|definition| definition.mutable));
        }
        self
    }
}

/// The password policy of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct PasswordPolicyRequest {
    /// Fewest characters.
    pub minimum_length: Option<i32>,
    /// Whether an upper-case letter is needed.
    pub require_uppercase: bool,
    /// Whether a lower-case letter is needed.
    pub require_lowercase: bool,
    /// Whether a digit is needed.
    pub require_numbers: bool,
    /// Whether a symbol is needed.
    pub require_symbols: bool,
    /// How many former passwords may not come back.
    pub history_size: Option<i32>,
    /// Days that a temporary password lives; 0 is the default.
    pub temporary_password_validity_days: Option<i32>,
}

/// The members that are older than VerificationMessageTemplate and mean the same.
#[derive(Clone, Debug, Default)]
pub struct VerificationTexts {
    /// `SmsVerificationMessage`.
    pub sms: Option<String>,
    /// `EmailVerificationMessage`.
    pub email: Option<String>,
    /// `EmailVerificationSubject`.
    pub email_subject: Option<String>,
}

/// How administrators create users, as a request gives it.
#[derive(Clone, Debug, Default)]
pub struct AdminCreateUserRequest {
    /// Whether SignUp is refused.
    pub admin_only: bool,
    /// The older member for the days that a temporary password lives.
    pub unused_account_validity_days: Option<i32>,
    /// The invitation's text by SMS.
    pub invitation_sms: Option<String>,
    /// By e-mail.
    pub invitation_email: Option<String>,
    /// The e-mail's subject.
    pub invitation_email_subject: Option<String>,
}

impl PoolRequest {
    /// The settings of a new pool.
    ///
    /// # Errors
    /// [`Failure::Setting`] or [`Failure::Schema`].
    pub fn create(self, create_only: &CreateOnlySettings) -> Result<PoolSettings, Failure> {
        let both =
            !create_only.alias_attributes.is_empty() && !create_only.username_attributes.is_empty();
        if both {
            return refuse(SettingFault::AliasAndUsernameAttributes);
        }
        let schema = schema_change::create(&create_only.schema)?;
        let preferred_username = Alias::PreferredUsername;
        let required = schema
            .required()
            .any(|definition| definition.name == preferred_username.attribute());
        if required && create_only.alias_attributes.contains(&preferred_username) {
            return refuse(SettingFault::PreferredUsernameRequiredAndAlias);
        }
        let fixed = FixedSettings {
            schema,
            alias_attributes: distinct(&create_only.alias_attributes),
            username_attributes: distinct(&create_only.username_attributes),
            case_sensitive: create_only.case_sensitive.unwrap_or(true),
            case_sensitivity_given: create_only.case_sensitive.is_some(),
        };
        self.settings(fixed, None)
    }

    /// The settings that replace `former`.
    ///
    /// # Errors
    /// As [`PoolRequest::create`].
    pub fn update(self, former: &PoolSettings) -> Result<PoolSettings, Failure> {
        let fixed = FixedSettings {
            schema: former.schema.clone(),
            alias_attributes: former.alias_attributes.clone(),
            username_attributes: former.username_attributes.clone(),
            case_sensitive: former.case_sensitive,
            case_sensitivity_given: former.case_sensitivity_given,
        };
        self.settings(fixed, Some(former))
    }

    fn settings(
        self,
        fixed: FixedSettings,
        former: Option<&PoolSettings>,
    ) -> Result<PoolSettings, Failure> {
        self.refuse_unsupported()?;
        let default = PoolSettings::default();
        let previous = former.unwrap_or(&default);
        let auto_verified = distinct(&self.auto_verified);
        let asks = self.mfa.is_some_and(|mode| mode != MfaMode::Off);
        let has_sms = self.sms.is_some() && auto_verified.contains(&Contact::PhoneNumber);
        if asks && !has_sms && !previous.has_other_factor_than_sms() {
            return refuse(SettingFault::SecondFactorNeedsSms);
        }
        let first_factors = match self.first_factors {
            Some(factors) if factors.is_empty() => default.first_factors.clone(),
            Some(factors) if factors.contains(&FirstFactor::SmsOtp) && self.sms.is_none() => {
                return refuse(SettingFault::SmsCodeWithoutSms);
            }
            Some(factors) => factors,
            None => previous.first_factors.clone(),
        };
        let verify_before_update = match self.verify_before_update {
            Some(list) => Some(checked_subset(&list, &auto_verified)?),
            None => previous.verify_before_update.clone(),
        };
        let password_policy = password_policy(
            self.password_policy,
            self.admin_create_user.unused_account_validity_days,
            previous.password_policy,
        )?;
        let verification_message = verification_message(
            self.verification_template,
            self.verification_texts,
            self.sms_authentication,
            &previous.verification_message,
        );
        let account_recovery = match self.account_recovery {
            Some(mechanisms) => {
                check_recovery(&mechanisms)?;
                Some(mechanisms).filter(|mechanisms| !mechanisms.is_empty())
            }
            None => previous.account_recovery.clone(),
        };
        Ok(PoolSettings {
            password_policy,
            deletion_protection: self
                .deletion_protection
                .unwrap_or(previous.deletion_protection),
            schema: fixed.schema,
            auto_verified,
            alias_attributes: fixed.alias_attributes,
            username_attributes: fixed.username_attributes,
            case_sensitive: fixed.case_sensitive,
            case_sensitivity_given: fixed.case_sensitivity_given,
            verify_before_update,
            verification_message,
            admin_create_user: AdminCreateUser {
                admin_only: self.admin_create_user.admin_only,
                unused_account_validity_days: password_policy.temporary_password_validity_days,
                invitation_sms: self.admin_create_user.invitation_sms,
                invitation_email: self.admin_create_user.invitation_email,
                invitation_email_subject: self.admin_create_user.invitation_email_subject,
            },
            first_factors,
            account_recovery,
            mfa: self.mfa.unwrap_or(previous.mfa),
            factors: previous.factors.clone(),
            email: self.email.unwrap_or_else(|| previous.email.clone()),
            sms: self.sms,
            device: self.device,
            // SetUserPoolMfaConfig sets it.
            web_authn: previous.web_authn.clone(),
            session_tracking: previous.session_tracking,
            threat_protection: self.threat_protection,
            triggers: self.triggers.settings().map_err(Failure::Setting)?,
            acr_values: AcrValues::new(self.acr_values)
                .ok_or(Failure::Setting(SettingFault::AcrValuesRepeated))?,
            tags: self.tags.unwrap_or_else(|| previous.tags.clone()),
            passthrough: passthrough(self.passthrough, &previous.passthrough),
        })
    }

    fn refuse_unsupported(&self) -> Result<(), Failure> {
        if let Some(unsupported) = self.unsupported {
            return refuse(SettingFault::Unsupported(unsupported));
        }
        let without_password = |factors: &Vec<FirstFactor>| {
            !factors.is_empty() && !factors.contains(&FirstFactor::Password)
        };
        if self.first_factors.as_ref().is_some_and(without_password) {
            return refuse(SettingFault::FirstFactorsWithoutPassword);
        }
        match &self.tags {
            Some(given) => tags::check(given).map_err(Failure::Setting),
            None => Ok(()),
        }
    }
}

/// The settings that an update keeps.
struct FixedSettings {
    schema: Schema,
    alias_attributes: Vec<Alias>,
    username_attributes: Vec<Contact>,
    case_sensitive: bool,
    case_sensitivity_given: bool,
}

fn refuse<T>(fault: SettingFault) -> Result<T, Failure> {
    Err(Failure::Setting(fault))
}

/// The items without repetitions, in the order of their first occurrence.
fn distinct<T: Copy + PartialEq>(list: &[T]) -> Vec<T> {
    let mut once = Vec::with_capacity(list.len());
    for item in list {
        if !once.contains(item) {
            once.push(*item);
        }
    }
    once
}

/// The attributes that a new value is verified of, which have to be among the auto-verified ones.
fn checked_subset(list: &[Contact], auto_verified: &[Contact]) -> Result<Vec<Contact>, Failure> {
    let list = distinct(list);
    if list.iter().all(|contact| auto_verified.contains(contact)) {
        return Ok(list);
    }
    refuse(SettingFault::VerifiedBeforeUpdateOnly)
}

/// The policy of a request. The days that a temporary password lives can also be given by
/// AdminCreateUserConfig, which is the older member. AWS documents that both cannot be given at once;
/// equal ones are accepted, so that a description can be sent back.
///
/// A given policy's `Require` members are false where they are absent: Go clients leave out `false`
/// (administration 14.1). Without a policy in the request, the policy is `former`.
fn password_policy(
    given: Option<PasswordPolicyRequest>,
    unused_account_days: Option<i32>,
    former: PasswordPolicy,
) -> Result<PasswordPolicy, Failure> {
    let default = PasswordPolicy::default();
    // 0 stands for the default.
    let nonzero = |days: Option<i32>| days.filter(|days| *days != 0);
    let account_days = nonzero(unused_account_days);
    let Some(given) = given else {
        return Ok(PasswordPolicy {
            temporary_password_validity_days: account_days
                .unwrap_or(former.temporary_password_validity_days),
            ..former
        });
    };
    let days = match (
        nonzero(given.temporary_password_validity_days),
        account_days,
    ) {
        (Some(policy), Some(account)) if policy != account => {
            return refuse(SettingFault::TemporaryPasswordDays);
        }
        (policy, account) => policy.or(account),
    };
    Ok(PasswordPolicy {
        minimum_length: given.minimum_length.unwrap_or(default.minimum_length),
        require_uppercase: given.require_uppercase,
        require_lowercase: given.require_lowercase,
        require_numbers: given.require_numbers,
        require_symbols: given.require_symbols,
        history_size: given.history_size,
        temporary_password_validity_days: days.unwrap_or(default.temporary_password_validity_days),
    })
}

/// The texts of the template, and those of the older members where the template has none. AWS documents
/// that the older members are ignored where there is a template. DescribeUserPool shows both, and a
/// caller may send both back with one of them changed. Where the request has neither, the texts are
/// those of `former`.
fn verification_message(
    template: Option<VerificationMessage>,
    texts: VerificationTexts,
    sms_authentication: Option<String>,
    former: &VerificationMessage,
) -> VerificationMessage {
    let message = match template {
        Some(template) => VerificationMessage {
            sms: template.sms.or(texts.sms),
            email: template.email.or(texts.email),
            email_subject: template.email_subject.or(texts.email_subject),
            ..template
        },
        None => VerificationMessage {
            sms: texts.sms.or_else(|| former.sms.clone()),
            email: texts.email.or_else(|| former.email.clone()),
            email_subject: texts.email_subject.or_else(|| former.email_subject.clone()),
            ..former.clone()
        },
    };
    VerificationMessage {
        sms_authentication,
        ..message
    }
}

/// The given members that no rule reads, and the former ones that an update without them keeps.
fn passthrough(given: Map<String, Value>, former: &Map<String, Value>) -> Map<String, Value> {
    let mut members = given;
    for (name, value) in former {
        if !RESET_BY_UPDATE.contains(&name.as_str()) && !members.contains_key(name) {
            members.insert(name.clone(), value.clone());
        }
    }
    members
}

/// AWS documents that `admin_only` stands alone, and that each means and each priority occurs once.
fn check_recovery(mechanisms: &[Recovery]) -> Result<(), Failure> {
    let admin_only = mechanisms
        .iter()
        .any(|mechanism| mechanism.by == RecoveryMeans::AdminOnly);
    if admin_only && mechanisms.len() > 1 {
        return refuse(SettingFault::AdminRecoveryNotAlone);
    }
    let repeated = mechanisms.iter().enumerate().any(|(index, mechanism)| {
        mechanisms
            .iter()
            .take(index)
            .any(|earlier| earlier.by == mechanism.by || earlier.priority == mechanism.priority)
    });
    if repeated {
        return refuse(SettingFault::RecoveryRepeated);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
