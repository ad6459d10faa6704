//! The settings that CreateUserPool and UpdateUserPool derive from a request.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::attribute::Contact;
use super::failure::Failure;
use super::schema::Schema;
use super::schema_change::{self, AttributeRequest};
use super::user_pool::{
    AdminCreateUser, Alias, MfaMode, PasswordPolicy, PoolSettings, Recovery, RecoveryMeans,
    VerificationMessage,
};

/// The first factor that every pool has (behaviour 5.7).
const PASSWORD: &str = "PASSWORD";
/// Most tags of a pool (behaviour 8).
const MAX_TAGS: usize = 50;

/// The settings that CreateUserPool and UpdateUserPool both take; an update resets what it leaves out to
/// its default (behaviour 9).
#[derive(Clone, Debug, Default)]
pub struct PoolRequest {
    /// What a password must be; `None` is AWS's default policy.
    pub password_policy: Option<PasswordPolicyRequest>,
    /// Whether DeleteUserPool is refused.
    pub deletion_protection: bool,
    /// Attributes that a sign-up or a change sends a code to.
    pub auto_verified: Vec<Contact>,
    /// Attributes whose new value takes effect when its code is redeemed.
    pub verify_before_update: Option<Vec<Contact>>,
    /// The texts in VerificationMessageTemplate.
    pub verification_template: Option<VerificationMessage>,
    /// The same texts in the older members beside the template.
    pub verification_texts: VerificationTexts,
    /// The text of SMS that carry a sign-in code.
    pub sms_authentication: Option<String>,
    /// How administrators create users.
    pub admin_create_user: AdminCreateUserRequest,
    /// Ways to recover an account.
    pub account_recovery: Option<Vec<Recovery>>,
    /// Whether a second factor is asked for; `None` is never.
    pub mfa: Option<MfaMode>,
    /// First factors by their names in the interface; only checked here, and stored in `passthrough`.
    pub first_factors: Option<Vec<String>>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// A setting of the request that this version does not implement.
    pub unsupported: Option<Unsupported>,
    /// Members that no rule reads, by their names in the interface.
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

/// The password policy of a request; `None` where it has no such member.
#[derive(Clone, Copy, Debug, Default)]
pub struct PasswordPolicyRequest {
    /// Fewest characters.
    pub minimum_length: Option<i32>,
    /// Whether an upper-case letter is needed.
    pub require_uppercase: Option<bool>,
    /// Whether a lower-case letter is needed.
    pub require_lowercase: Option<bool>,
    /// Whether a digit is needed.
    pub require_numbers: Option<bool>,
    /// Whether a symbol is needed.
    pub require_symbols: Option<bool>,
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

/// A setting that this version does not implement, and refuses so that no operator relies on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// A trigger.
    Triggers,
    /// Threat protection that blocks sign-ins.
    ThreatProtection,
    /// Encryption under the operator's key in AWS KMS.
    CustomerManagedKey,
}

impl Unsupported {
    const fn text(self) -> &'static str {
        match self {
            Self::Triggers => {
                "LambdaConfig is not supported: this version of Cognate has no triggers."
            }
            Self::ThreatProtection => {
                "AdvancedSecurityMode ENFORCED is not supported: this version of Cognate has no \
                 threat protection."
            }
            Self::CustomerManagedKey => {
                "KeyType CUSTOMER_MANAGED_KEY is not supported: Cognate encrypts under the master \
                 key of its configuration."
            }
        }
    }
}

const NO_SECOND_FACTORS: &str =
    "MfaConfiguration ON is not supported: this version of Cognate has no second factors.";

impl PoolRequest {
    /// The settings of a new pool.
    ///
    /// # Errors
    /// [`Failure::InvalidRequest`], in AWS's words where they are known.
    pub fn create(self, create_only: &CreateOnlySettings) -> Result<PoolSettings, Failure> {
        let both =
            !create_only.alias_attributes.is_empty() && !create_only.username_attributes.is_empty();
        if both {
            return refuse(
                "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
            );
        }
        let schema = schema_change::create(&create_only.schema)?;
        let preferred_username = Alias::PreferredUsername;
        let required = schema
            .required()
            .any(|definition| definition.name == preferred_username.attribute());
        if required && create_only.alias_attributes.contains(&preferred_username) {
            return refuse(
                "preferred_username cannot be both a required attribute and an alias attribute.",
            );
        }
        let fixed = FixedSettings {
            schema,
            alias_attributes: distinct(&create_only.alias_attributes),
            username_attributes: distinct(&create_only.username_attributes),
            case_sensitive: create_only.case_sensitive.unwrap_or(true),
            case_sensitivity_given: create_only.case_sensitive.is_some(),
        };
        self.settings(fixed, false)
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
        self.settings(fixed, former.verify_before_update.is_some())
    }

    fn settings(
        self,
        fixed: FixedSettings,
        was_verifying_before_update: bool,
    ) -> Result<PoolSettings, Failure> {
        if let Some(unsupported) = self.unsupported {
            return refuse(unsupported.text());
        }
        let mfa = self.mfa.unwrap_or(MfaMode::Off);
        if mfa == MfaMode::On {
            return refuse(NO_SECOND_FACTORS);
        }
        let without_password = |factors: &Vec<String>| !factors.iter().any(|f| f == PASSWORD);
        if self.first_factors.as_ref().is_some_and(without_password) {
            return refuse("AllowedFirstAuthFactors must contain PASSWORD.");
        }
        if self.tags.len() > MAX_TAGS {
            return refuse(&format!("A user pool can have at most {MAX_TAGS} tags."));
        }
        let auto_verified = distinct(&self.auto_verified);
        let verify_before_update = self.verify_before_update.map(|list| distinct(&list));
        let subset = verify_before_update
            .iter()
            .flatten()
            .all(|contact| auto_verified.contains(contact));
        if !subset {
            return refuse(
                "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
                 AutoVerifiedAttributes",
            );
        }
        let (password_policy, validity_days) = passwords(
            self.password_policy,
            self.admin_create_user.unused_account_validity_days,
        )?;
        let verification_message = verification_message(
            self.verification_template,
            self.verification_texts,
            self.sms_authentication,
        );
        if let Some(ways) = &self.account_recovery {
            check_recovery(ways)?;
        }
        Ok(PoolSettings {
            password_policy,
            deletion_protection: self.deletion_protection,
            schema: fixed.schema,
            auto_verified,
            alias_attributes: fixed.alias_attributes,
            username_attributes: fixed.username_attributes,
            case_sensitive: fixed.case_sensitive,
            case_sensitivity_given: fixed.case_sensitivity_given,
            // Once set it stays described, as an empty list (behaviour 3.4).
            verify_before_update: verify_before_update
                .or(was_verifying_before_update.then(Vec::new)),
            verification_message,
            admin_create_user: AdminCreateUser {
                admin_only: self.admin_create_user.admin_only,
                unused_account_validity_days: validity_days,
                invitation_sms: self.admin_create_user.invitation_sms,
                invitation_email: self.admin_create_user.invitation_email,
                invitation_email_subject: self.admin_create_user.invitation_email_subject,
            },
            account_recovery: self.account_recovery,
            mfa,
            tags: self.tags,
            passthrough: self.passthrough,
        })
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

fn refuse<T>(text: &str) -> Result<T, Failure> {
    Err(Failure::InvalidRequest(text.to_owned()))
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

/// The policy, and the days that a temporary password lives, which two members can give: the one of the
/// policy is newer. AWS documents that both cannot be given at once; the text is AWS's.
fn passwords(
    given: Option<PasswordPolicyRequest>,
    unused_account_days: Option<i32>,
) -> Result<(PasswordPolicy, i32), Failure> {
    let default = PasswordPolicy::default();
    let given = given.unwrap_or_default();
    // Documented: 0 is the default.
    let days_given = |days: Option<i32>| days.filter(|days| *days != 0);
    let policy_days = days_given(given.temporary_password_validity_days);
    let days = match (policy_days, days_given(unused_account_days)) {
        (Some(policy), Some(account)) if policy != account => {
            return refuse(
                "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
                 UnusedAccountValidityDays",
            );
        }
        (policy, account) => policy
            .or(account)
            .unwrap_or(default.temporary_password_validity_days),
    };
    let policy = PasswordPolicy {
        minimum_length: given.minimum_length.unwrap_or(default.minimum_length),
        require_uppercase: given.require_uppercase.unwrap_or(default.require_uppercase),
        require_lowercase: given.require_lowercase.unwrap_or(default.require_lowercase),
        require_numbers: given.require_numbers.unwrap_or(default.require_numbers),
        require_symbols: given.require_symbols.unwrap_or(default.require_symbols),
        history_size: given.history_size,
        temporary_password_validity_days: days,
    };
    Ok((policy, days))
}

/// The texts of the template, and those of the older members where the template has none. AWS documents
/// that the older members are ignored where there is a template. DescribeUserPool shows both, and a
/// caller may send both back with one of them changed.
fn verification_message(
    template: Option<VerificationMessage>,
    texts: VerificationTexts,
    sms_authentication: Option<String>,
) -> VerificationMessage {
    let template = template.unwrap_or_default();
    VerificationMessage {
        sms: template.sms.or(texts.sms),
        email: template.email.or(texts.email),
        email_subject: template.email_subject.or(texts.email_subject),
        sms_authentication,
        ..template
    }
}

/// AWS documents that `admin_only` stands alone, and that each way and each priority occurs once.
fn check_recovery(ways: &[Recovery]) -> Result<(), Failure> {
    let admin_only = ways.iter().any(|way| way.by == RecoveryMeans::AdminOnly);
    if admin_only && ways.len() > 1 {
        return refuse("admin_only cannot be combined with another recovery mechanism.");
    }
    let twice = ways.iter().enumerate().any(|(index, way)| {
        ways.iter()
            .take(index)
            .any(|earlier| earlier.by == way.by || earlier.priority == way.priority)
    });
    if twice {
        return refuse("A recovery mechanism or a priority is given twice.");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
