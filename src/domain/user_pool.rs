//! User pools and what their settings mean to the rules.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::acr::AcrValues;
use super::attribute::Contact;
use super::message_settings::{EmailSettings, SmsSettings};
use super::pool_domain::DomainNames;
use super::schema::Schema;
use super::second_factor::PoolFactors;
use super::session_tracking::SessionTracking;
use super::sign_in_settings::{
    DeviceSettings, FirstFactor, ThreatProtection, UserVerification, WebAuthnSettings,
};
use super::time::Timestamp;
use super::trigger_settings::TriggerSettings;

/// A user pool.
#[derive(Clone, Debug)]
pub struct UserPool {
    /// `<region>_<nine letters and digits>`.
    pub id: String,
    /// The AWS region it was created in; the part of the id before `_`.
    pub region: String,
    /// Its display name, not unique.
    pub name: String,
    /// Everything that can be set.
    pub settings: PoolSettings,
    /// Its domains.
    pub domains: DomainNames,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Counts changes; an update is conditional on the version that was read.
    pub version: i64,
}

impl UserPool {
    /// The part of the pool id between its first and its second underscore, which SRP's hashes include
    /// (behaviour 5.1). AWS's ids have one underscore; of a declared id with more, clients take this part.
    #[must_use]
    pub fn srp_name(&self) -> &str {
        srp_name(&self.id)
    }
}

/// The name that SRP computes with for the pool of this id.
#[must_use]
pub fn srp_name(pool_id: &str) -> &str {
    pool_id.split('_').nth(1).unwrap_or(pool_id)
}

/// The settings of a user pool.
///
/// They are stored as JSON. A member that the stored JSON lacks, because an earlier version wrote it, has
/// the default.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolSettings {
    /// What a password must be.
    pub password_policy: PasswordPolicy,
    /// Whether DeleteUserPool is refused.
    pub deletion_protection: bool,
    /// The attributes a user can have. Grows through AddCustomAttributes, never shrinks.
    pub schema: Schema,
    /// Attributes that a sign-up or a change sends a code to.
    pub auto_verified: Vec<Contact>,
    /// Attributes that a user with a username of its own can also sign in with.
    pub alias_attributes: Vec<Alias>,
    /// Attributes that *are* the username; excludes `alias_attributes`.
    pub username_attributes: Vec<Contact>,
    /// Whether `Anna` and `anna` are two users. Fixed at creation.
    pub case_sensitive: bool,
    /// Whether the request set it; DescribeUserPool shows UsernameConfiguration only then.
    pub case_sensitivity_given: bool,
    /// Attributes whose new value takes effect when its code is redeemed; `None` when never set
    /// (behaviour 3.4).
    pub verify_before_update: Option<Vec<Contact>>,
    /// Texts of the messages that carry a code.
    pub verification_message: VerificationMessage,
    /// How administrators create users, and the invitation's texts.
    pub admin_create_user: AdminCreateUser,
    /// Factors that a sign-in can begin with.
    pub first_factors: Vec<FirstFactor>,
    /// Ways to recover an account in order of priority; `None` is the legacy order (behaviour 3.5).
    pub account_recovery: Option<Vec<Recovery>>,
    /// Whether a second factor is asked for.
    pub mfa: MfaMode,
    /// The second factors.
    pub factors: PoolFactors,
    /// How e-mail is sent.
    pub email: EmailSettings,
    /// How SMS are sent; `None` when never set.
    pub sms: Option<SmsSettings>,
    /// How devices are remembered; `None`, when never set, is not at all.
    pub device: Option<DeviceSettings>,
    /// Whose passkeys the pool takes, and what they prove; `None` when never set.
    pub web_authn: Option<WebAuthnSettings>,
    /// Whether sessions are tracked; `None` when never set.
    pub session_tracking: Option<SessionTracking>,
    /// Threat protection; `None` when never set.
    pub threat_protection: Option<ThreatProtection>,
    /// Functions of the operator's that take part in what the pool does.
    pub triggers: TriggerSettings,
    /// What the levels of authentication are called in the pool's tokens.
    pub acr_values: AcrValues,
    /// Tags, which only the operator reads.
    pub tags: BTreeMap<String, String>,
    /// Members that no rule reads, stored and described as they were given, by their names in the
    /// interface.
    #[serde(rename = "kept")]
    pub passthrough: Map<String, Value>,
}

impl Default for PoolSettings {
    /// The settings of a pool that is created without any (administration 14.1).
    fn default() -> Self {
        let recovery = |(priority, by)| Recovery { priority, by };
        Self {
            password_policy: PasswordPolicy::default(),
            deletion_protection: false,
            schema: Schema::standard(),
            auto_verified: Vec::new(),
            alias_attributes: Vec::new(),
            username_attributes: Vec::new(),
            case_sensitive: true,
            case_sensitivity_given: false,
            verify_before_update: None,
            verification_message: VerificationMessage::default(),
            admin_create_user: AdminCreateUser::default(),
            first_factors: vec![FirstFactor::Password],
            account_recovery: Some(
                [
                    (1, RecoveryMeans::VerifiedEmail),
                    (2, RecoveryMeans::VerifiedPhoneNumber),
                ]
                .map(recovery)
                .into(),
            ),
            mfa: MfaMode::Off,
            factors: PoolFactors::default(),
            email: EmailSettings::default(),
            sms: None,
            device: None,
            web_authn: None,
            session_tracking: None,
            threat_protection: None,
            triggers: TriggerSettings::default(),
            acr_values: AcrValues::default(),
            tags: BTreeMap::new(),
            passthrough: Map::new(),
        }
    }
}

impl PoolSettings {
    /// Whether a sign-in can begin with a passkey.
    #[must_use]
    pub fn allows_passkeys(&self) -> bool {
        self.first_factors.contains(&FirstFactor::WebAuthn)
    }

    /// Whether sessions are tracked, and how many a user may have.
    #[must_use]
    pub fn session_tracking(&self) -> SessionTracking {
        self.session_tracking.unwrap_or_default()
    }

    /// What the pool's passkeys have to prove of their users.
    #[must_use]
    pub fn passkey_verification(&self) -> UserVerification {
        let set = self.web_authn.as_ref();
        set.map_or_else(Default::default, WebAuthnSettings::demanded_verification)
    }

    /// Moves members that earlier versions stored in `passthrough`, as the request gave them, into the
    /// typed members of today. One that cannot be read keeps its default.
    pub fn adopt_untyped_members(&mut self) {
        let members = &mut self.passthrough;
        if let Some(email) = take_member(members, "EmailConfiguration") {
            self.email = email;
        }
        if let Some(sms) = take_member(members, "SmsConfiguration") {
            self.sms = Some(sms);
        }
        if let Some(device) = take_member(members, "DeviceConfiguration") {
            self.device = Some(device);
        }
        if let Some(threat_protection) = take_member(members, "UserPoolAddOns") {
            self.threat_protection = Some(threat_protection);
        }
        if let Some(given) = take_member::<BTreeMap<String, AcrLevel>>(members, "AcrConfiguration")
            && let Some(names) =
                AcrValues::new(given.into_iter().map(|(level, acr)| (level, acr.value)))
        {
            self.acr_values = names;
        }
        if let Some(SignInPolicy { factors }) = take_member(members, "SignInPolicy")
            && !factors.is_empty()
        {
            self.first_factors = factors;
        }
    }
}

/// `SignInPolicy` as earlier versions stored it.
#[derive(Deserialize)]
struct SignInPolicy {
    #[serde(default, rename = "AllowedFirstAuthFactors")]
    factors: Vec<FirstFactor>,
}

/// A level of `AcrConfiguration` as earlier versions stored it.
#[derive(Deserialize)]
struct AcrLevel {
    #[serde(rename = "AcrValue")]
    value: String,
}

/// Removes a member from those that no rule reads; `None` if it is not there or not of this type.
pub(super) fn take_member<T: DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Option<T> {
    serde_json::from_value(members.remove(name)?).ok()
}

/// What a password must be (behaviour 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordPolicy {
    /// Fewest characters, 6 to 99.
    pub minimum_length: i32,
    /// Whether an upper-case letter A–Z is needed.
    pub require_uppercase: bool,
    /// Whether a lower-case letter a–z is needed.
    pub require_lowercase: bool,
    /// Whether a digit is needed.
    pub require_numbers: bool,
    /// Whether one of Cognito's symbols is needed.
    pub require_symbols: bool,
    /// How many former passwords may not come back; `None` when never set.
    pub history_size: Option<i32>,
    /// Days that a temporary password lives.
    pub temporary_password_validity_days: i32,
}

impl Default for PasswordPolicy {
    /// Administration 14.
    fn default() -> Self {
        Self {
            minimum_length: 8,
            require_uppercase: true,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            history_size: None,
            temporary_password_validity_days: 7,
        }
    }
}

/// An attribute that can serve as a sign-in name beside the username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alias {
    /// The e-mail address, once verified.
    Email,
    /// The phone number, once verified.
    PhoneNumber,
    /// A name that the user can change.
    PreferredUsername,
}

impl Alias {
    /// The attribute's name.
    #[must_use]
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
            Self::PreferredUsername => "preferred_username",
        }
    }
}

impl From<Contact> for Alias {
    fn from(contact: Contact) -> Self {
        match contact {
            Contact::Email => Self::Email,
            Contact::PhoneNumber => Self::PhoneNumber,
        }
    }
}

/// Texts of the messages that carry a code; `None` where the default text is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VerificationMessage {
    /// For SMS, with `{####}`.
    pub sms: Option<String>,
    /// For e-mail, with `{####}`.
    pub email: Option<String>,
    /// The e-mail's subject.
    pub email_subject: Option<String>,
    /// For e-mail with a link, with `{##…##}`.
    pub email_by_link: Option<String>,
    /// The subject beside it.
    pub email_subject_by_link: Option<String>,
    /// Whether the e-mail that confirms a sign-up carries a link, if the pool has a domain.
    pub by_link: bool,
    /// The text of SMS that carry a sign-in code.
    pub sms_authentication: Option<String>,
}

/// How administrators create users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdminCreateUser {
    /// Whether SignUp is refused.
    pub admin_only: bool,
    /// Described as `UnusedAccountValidityDays`; the days of the password policy take effect.
    pub unused_account_validity_days: i32,
    /// The invitation's texts, with `{username}` and `{####}`; `None` where the default is used.
    pub invitation_sms: Option<String>,
    /// For e-mail.
    pub invitation_email: Option<String>,
    /// The e-mail's subject.
    pub invitation_email_subject: Option<String>,
}

impl Default for AdminCreateUser {
    fn default() -> Self {
        Self {
            admin_only: false,
            unused_account_validity_days: 7,
            invitation_sms: None,
            invitation_email: None,
            invitation_email_subject: None,
        }
    }
}

/// A way to recover an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// 1 comes first.
    pub priority: i32,
    /// Where the code goes.
    pub by: RecoveryMeans,
}

/// Where a recovery code goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryMeans {
    /// To the verified e-mail address.
    VerifiedEmail,
    /// To the verified phone number.
    VerifiedPhoneNumber,
    /// Nowhere: only an administrator can reset the password.
    AdminOnly,
}

/// Whether a second factor is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MfaMode {
    /// Never.
    Off,
    /// From users that have set one up.
    Optional,
    /// From everyone.
    On,
}

/// A pair of RSA keys signs the pool's tokens: one for each use (behaviour 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenUse {
    /// ID tokens.
    Id,
    /// Access tokens.
    Access,
}

impl TokenUse {
    /// The `token_use` claim.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Access => "access",
        }
    }
}
