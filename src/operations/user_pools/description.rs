//! The description of a user pool in the answers of CreateUserPool and DescribeUserPool (behaviour 2.1
//! and 9).

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::lambda_config;
use crate::app::App;
use crate::domain::acr::{AcrValues, Level};
use crate::domain::attribute::Contact;
use crate::domain::message_settings::{EmailSendingAccount, EmailSettings, SmsSettings};
use crate::domain::schema::{AttributeDefinition, Bounds, DataType};
use crate::domain::sign_in_settings::{FirstFactor, ThreatProtection, ThreatProtectionMode};
use crate::domain::user_pool::{
    AdminCreateUser, Alias, MfaMode, PasswordPolicy, Recovery, RecoveryMeans, UserPool,
    VerificationMessage,
};
use crate::model::{
    AccountRecoverySettingType, AcrLevelConfigType, AdminCreateUserConfigType,
    AdvancedSecurityAdditionalFlowsType, AdvancedSecurityEnabledModeType, AdvancedSecurityModeType,
    AliasAttributeType, AttributeDataType, AuthFactorType, DcrConfigurationType,
    DefaultEmailOptionType, DeletionProtectionType, DeviceConfigurationType,
    EmailConfigurationType, EmailSendingAccountType, EncryptionKeyType, EpochSeconds,
    EumsSmsConfigurationType, IssuerConfigurationType, IssuerType, KeyConfigurationType,
    MessageTemplateType, NumberAttributeConstraintsType, PasswordPolicyType,
    RecoveryOptionNameType, RecoveryOptionType, SchemaAttributeType, SignInPolicyType,
    SmsConfigurationType, StatusType, StringAttributeConstraintsType,
    UserAttributeUpdateSettingsType, UserPoolAddOnsType, UserPoolMfaType, UserPoolPolicyType,
    UserPoolTierType, UserPoolType, UsernameAttributeType, UsernameConfigurationType,
    VerificationMessageTemplateType, VerifiedAttributeType,
};
use crate::operations::convert;

/// The description of a pool that has `users` users.
pub fn describe(app: &App, pool: UserPool, users: i64) -> UserPoolType {
    let arn = convert::pool_arn(app, &pool);
    let settings = pool.settings;
    let members = &settings.passthrough;
    let texts = settings.verification_message;
    UserPoolType {
        id: Some(pool.id),
        name: Some(pool.name),
        policies: Some(UserPoolPolicyType {
            password_policy: Some(password_policy(settings.password_policy)),
            sign_in_policy: Some(SignInPolicyType {
                allowed_first_auth_factors: Some(
                    settings
                        .first_factors
                        .into_iter()
                        .map(first_factor)
                        .collect(),
                ),
            }),
        }),
        deletion_protection: Some(if settings.deletion_protection {
            DeletionProtectionType::Active
        } else {
            DeletionProtectionType::Inactive
        }),
        lambda_config: Some(lambda_config::describe(settings.triggers)),
        last_modified_date: Some(EpochSeconds::from_millis(pool.modified_at.millis())),
        creation_date: Some(EpochSeconds::from_millis(pool.created_at.millis())),
        schema_attributes: Some(settings.schema.attributes.iter().map(attribute).collect()),
        auto_verified_attributes: list(&settings.auto_verified, contact),
        alias_attributes: list(&settings.alias_attributes, alias),
        username_attributes: list(&settings.username_attributes, |contact| match contact {
            Contact::Email => UsernameAttributeType::Email,
            Contact::PhoneNumber => UsernameAttributeType::PhoneNumber,
        }),
        sms_verification_message: texts.sms.clone(),
        email_verification_message: texts.email.clone(),
        email_verification_subject: texts.email_subject.clone(),
        sms_authentication_message: texts.sms_authentication.clone(),
        verification_message_template: Some(template(texts)),
        user_attribute_update_settings: settings.verify_before_update.map(|contacts| {
            UserAttributeUpdateSettingsType {
                attributes_require_verification_before_update: Some(
                    contacts.into_iter().map(contact).collect(),
                ),
            }
        }),
        mfa_configuration: Some(mfa(settings.mfa)),
        device_configuration: settings.device.map(|device| DeviceConfigurationType {
            challenge_required_on_new_device: Some(device.challenge_required_on_new_device),
            device_only_remembered_on_user_prompt: Some(device.remembered_on_user_prompt),
        }),
        estimated_number_of_users: Some(i32::try_from(users).unwrap_or(i32::MAX)),
        email_configuration: Some(email_configuration(settings.email)),
        sms_configuration: settings.sms.map(|sms| sms_configuration(sms, &pool.region)),
        user_pool_tags: Some(settings.tags),
        admin_create_user_config: Some(admin_create_user(settings.admin_create_user)),
        user_pool_add_ons: settings.threat_protection.map(add_ons),
        dcr_configuration: passthrough_member(members, "DcrConfiguration").map(dcr_configuration),
        username_configuration: settings.case_sensitivity_given.then_some(
            UsernameConfigurationType {
                case_sensitive: settings.case_sensitive,
            },
        ),
        arn: Some(arn),
        account_recovery_setting: Some(AccountRecoverySettingType {
            recovery_mechanisms: settings
                .account_recovery
                .map(|ways| ways.into_iter().map(recovery).collect()),
        }),
        user_pool_tier: passthrough_member(members, "UserPoolTier")
            .or(Some(UserPoolTierType::Essentials)),
        key_configuration: Some(key_configuration(
            passthrough_member(members, "KeyConfiguration").unwrap_or_default(),
        )),
        issuer_configuration: Some(issuer_configuration(
            &passthrough_member(members, "IssuerConfiguration").unwrap_or_default(),
        )),
        domain: pool.domains.prefix,
        custom_domain: pool.domains.custom,
        acr_configuration: Some(acr_configuration(&settings.acr_values)),
        ..UserPoolType::default()
    }
}

/// A member that no rule reads, as the request gave it.
pub fn passthrough_member<T: DeserializeOwned>(
    members: &Map<String, Value>,
    name: &str,
) -> Option<T> {
    let value = members.get(name)?;
    serde_json::from_value(value.clone()).ok()
}

/// `MfaConfiguration`.
pub const fn mfa(mode: MfaMode) -> UserPoolMfaType {
    match mode {
        MfaMode::Off => UserPoolMfaType::Off,
        MfaMode::Optional => UserPoolMfaType::Optional,
        MfaMode::On => UserPoolMfaType::On,
    }
}

/// The converted list; `None`, which leaves the member out, if it is empty.
fn list<D: Copy, W>(items: &[D], convert: impl Fn(D) -> W) -> Option<Vec<W>> {
    (!items.is_empty()).then(|| items.iter().copied().map(convert).collect())
}

fn contact(contact: Contact) -> VerifiedAttributeType {
    match contact {
        Contact::Email => VerifiedAttributeType::Email,
        Contact::PhoneNumber => VerifiedAttributeType::PhoneNumber,
    }
}

fn alias(alias: Alias) -> AliasAttributeType {
    match alias {
        Alias::Email => AliasAttributeType::Email,
        Alias::PhoneNumber => AliasAttributeType::PhoneNumber,
        Alias::PreferredUsername => AliasAttributeType::PreferredUsername,
    }
}

fn password_policy(policy: PasswordPolicy) -> PasswordPolicyType {
    PasswordPolicyType {
        minimum_length: Some(policy.minimum_length),
        require_uppercase: Some(policy.require_uppercase),
        require_lowercase: Some(policy.require_lowercase),
        require_numbers: Some(policy.require_numbers),
        require_symbols: Some(policy.require_symbols),
        password_history_size: policy.history_size,
        temporary_password_validity_days: Some(policy.temporary_password_validity_days),
    }
}

/// An attribute's entry in `SchemaAttributes`. A String always has constraints, even if they are empty, a
/// Number only if they are not, and other types never (administration 14.1).
fn attribute(definition: &AttributeDefinition) -> SchemaAttributeType {
    let Bounds { min, max } = match definition.data_type {
        DataType::Number => definition.range.clone(),
        DataType::String | DataType::DateTime | DataType::Boolean => definition.length.clone(),
    };
    let mut entry = SchemaAttributeType {
        name: Some(definition.name.clone()),
        attribute_data_type: Some(match definition.data_type {
            DataType::String => AttributeDataType::String,
            DataType::Number => AttributeDataType::Number,
            DataType::DateTime => AttributeDataType::DateTime,
            DataType::Boolean => AttributeDataType::Boolean,
        }),
        developer_only_attribute: Some(definition.developer_only),
        mutable: Some(definition.mutable),
        required: Some(definition.required),
        ..SchemaAttributeType::default()
    };
    match definition.data_type {
        DataType::String => {
            entry.string_attribute_constraints = Some(StringAttributeConstraintsType {
                min_length: min,
                max_length: max,
            });
        }
        DataType::Number if min.is_some() || max.is_some() => {
            entry.number_attribute_constraints = Some(NumberAttributeConstraintsType {
                min_value: min,
                max_value: max,
            });
        }
        DataType::Number | DataType::DateTime | DataType::Boolean => {}
    }
    entry
}

fn template(texts: VerificationMessage) -> VerificationMessageTemplateType {
    VerificationMessageTemplateType {
        sms_message: texts.sms,
        email_message: texts.email,
        email_subject: texts.email_subject,
        email_message_by_link: texts.email_by_link,
        email_subject_by_link: texts.email_subject_by_link,
        default_email_option: Some(if texts.by_link {
            DefaultEmailOptionType::ConfirmWithLink
        } else {
            DefaultEmailOptionType::ConfirmWithCode
        }),
    }
}

const fn first_factor(factor: FirstFactor) -> AuthFactorType {
    match factor {
        FirstFactor::Password => AuthFactorType::Password,
        FirstFactor::EmailOtp => AuthFactorType::EmailOtp,
        FirstFactor::SmsOtp => AuthFactorType::SmsOtp,
        FirstFactor::WebAuthn => AuthFactorType::WebAuthn,
        FirstFactor::SoftwareToken => AuthFactorType::SoftwareToken,
    }
}

fn email_configuration(email: EmailSettings) -> EmailConfigurationType {
    EmailConfigurationType {
        email_sending_account: Some(match email.sending_account {
            EmailSendingAccount::CognitoDefault => EmailSendingAccountType::CognitoDefault,
            EmailSendingAccount::Developer => EmailSendingAccountType::Developer,
        }),
        source_arn: email.source_arn,
        reply_to_email_address: email.reply_to,
        from: email.from,
        configuration_set: email.configuration_set,
    }
}

/// `SmsConfiguration` of a pool in this region.
pub fn sms_configuration(sms: SmsSettings, pool_region: &str) -> SmsConfigurationType {
    SmsConfigurationType {
        sns_caller_arn: sms.sns_caller_arn,
        external_id: sms.external_id,
        sns_region: sms.sns_region.or_else(|| Some(pool_region.to_owned())),
        eums_sms: sms
            .end_user_messaging
            .map(|messaging| EumsSmsConfigurationType {
                caller_arn: messaging.caller_arn,
                external_id: messaging.external_id,
                origination_identity: messaging.origination_identity,
                configuration_set_name: messaging.configuration_set_name,
                in_entity_id: messaging.in_entity_id,
                in_template_id: messaging.in_template_id,
                region: messaging.region,
            }),
    }
}

fn add_ons(threat_protection: ThreatProtection) -> UserPoolAddOnsType {
    UserPoolAddOnsType {
        advanced_security_mode: match threat_protection.mode {
            ThreatProtectionMode::Off => AdvancedSecurityModeType::Off,
            ThreatProtectionMode::Audit => AdvancedSecurityModeType::Audit,
            ThreatProtectionMode::Enforced => AdvancedSecurityModeType::Enforced,
        },
        advanced_security_additional_flows: threat_protection.additional_flows.map(|flows| {
            AdvancedSecurityAdditionalFlowsType {
                custom_auth_mode: flows.custom_auth.and_then(|mode| match mode {
                    ThreatProtectionMode::Off => None,
                    ThreatProtectionMode::Audit => Some(AdvancedSecurityEnabledModeType::Audit),
                    ThreatProtectionMode::Enforced => {
                        Some(AdvancedSecurityEnabledModeType::Enforced)
                    }
                }),
            }
        }),
    }
}

fn dcr_configuration(given: DcrConfigurationType) -> DcrConfigurationType {
    DcrConfigurationType {
        enable_status: given.enable_status.or(Some(StatusType::Disabled)),
        open_dcr_enabled: given.open_dcr_enabled.or(Some(false)),
        ..given
    }
}

fn key_configuration(given: KeyConfigurationType) -> KeyConfigurationType {
    KeyConfigurationType {
        key_type: given.key_type.or(Some(EncryptionKeyType::AwsOwnedKey)),
        ..given
    }
}

/// All four levels, each with its default where it was not given (administration 10.4).
fn acr_configuration(names: &AcrValues) -> BTreeMap<String, AcrLevelConfigType> {
    let named = |level: Level| {
        let acr_value = names.of(level).to_owned();
        (level.as_str().to_owned(), AcrLevelConfigType { acr_value })
    };
    Level::ALL.into_iter().map(named).collect()
}

fn issuer_configuration(given: &IssuerConfigurationType) -> IssuerConfigurationType {
    IssuerConfigurationType {
        r#type: given.r#type.or(Some(IssuerType::Original)),
    }
}

fn admin_create_user(config: AdminCreateUser) -> AdminCreateUserConfigType {
    let has_texts = config.invitation_sms.is_some()
        || config.invitation_email.is_some()
        || config.invitation_email_subject.is_some();
    AdminCreateUserConfigType {
        allow_admin_create_user_only: Some(config.admin_only),
        unused_account_validity_days: Some(config.unused_account_validity_days),
        invite_message_template: has_texts.then_some(MessageTemplateType {
            sms_message: config.invitation_sms,
            email_message: config.invitation_email,
            email_subject: config.invitation_email_subject,
        }),
    }
}

fn recovery(mechanism: Recovery) -> RecoveryOptionType {
    RecoveryOptionType {
        priority: mechanism.priority,
        name: match mechanism.by {
            RecoveryMeans::VerifiedEmail => RecoveryOptionNameType::VerifiedEmail,
            RecoveryMeans::VerifiedPhoneNumber => RecoveryOptionNameType::VerifiedPhoneNumber,
            RecoveryMeans::AdminOnly => RecoveryOptionNameType::AdminOnly,
        },
    }
}
