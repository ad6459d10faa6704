//! Converts the inputs of CreateUserPool and UpdateUserPool to the domain's requests.

use serde::Serialize;
use serde_json::{Map, Value};

use super::lambda_config;
use crate::domain::attribute::Contact;
use crate::domain::message_settings::{
    EmailSendingAccount, EmailSettings, EndUserMessaging, SmsSettings,
};
use crate::domain::schema::{Bounds, DataType};
use crate::domain::schema_change::AttributeRequest;
use crate::domain::setting_fault::Unsupported;
use crate::domain::sign_in_settings::{
    AdditionalFlows, DeviceSettings, FirstFactor, ThreatProtection, ThreatProtectionMode,
};
use crate::domain::user_pool::{Alias, MfaMode, Recovery, RecoveryMeans, VerificationMessage};
use crate::domain::user_pool_request::{
    AdminCreateUserRequest, CreateOnlySettings, PasswordPolicyRequest, PoolRequest,
    VerificationTexts,
};
use crate::model::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AdvancedSecurityEnabledModeType,
    AdvancedSecurityModeType, AliasAttributeType, AttributeDataType, AuthFactorType,
    CreateUserPoolRequest, DefaultEmailOptionType, DeletionProtectionType, EmailConfigurationType,
    EmailSendingAccountType, EncryptionKeyType, PasswordPolicyType, RecoveryOptionNameType,
    SchemaAttributeType, SmsConfigurationType, UpdateUserPoolRequest, UserPoolAddOnsType,
    UserPoolMfaType, UsernameAttributeType, VerificationMessageTemplateType, VerifiedAttributeType,
};

/// The settings that only CreateUserPool takes, and those that UpdateUserPool takes too. The pool's name
/// is not among them.
#[must_use]
pub fn of_new_pool(request: CreateUserPoolRequest) -> (CreateOnlySettings, PoolRequest) {
    let create_only = CreateOnlySettings {
        schema: each(request.schema, attribute),
        alias_attributes: each(request.alias_attributes, alias),
        username_attributes: each(request.username_attributes, |attribute| match attribute {
            UsernameAttributeType::Email => Contact::Email,
            UsernameAttributeType::PhoneNumber => Contact::PhoneNumber,
        }),
        case_sensitive: request.username_configuration.map(|c| c.case_sensitive),
    };
    // Everything else can also be updated.
    let changeable = UpdateUserPoolRequest {
        user_pool_id: String::new(),
        pool_name: None,
        policies: request.policies,
        deletion_protection: request.deletion_protection,
        lambda_config: request.lambda_config,
        auto_verified_attributes: request.auto_verified_attributes,
        sms_verification_message: request.sms_verification_message,
        email_verification_message: request.email_verification_message,
        email_verification_subject: request.email_verification_subject,
        verification_message_template: request.verification_message_template,
        sms_authentication_message: request.sms_authentication_message,
        user_attribute_update_settings: request.user_attribute_update_settings,
        mfa_configuration: request.mfa_configuration,
        device_configuration: request.device_configuration,
        email_configuration: request.email_configuration,
        sms_configuration: request.sms_configuration,
        user_pool_tags: request.user_pool_tags,
        admin_create_user_config: request.admin_create_user_config,
        user_pool_add_ons: request.user_pool_add_ons,
        dcr_configuration: request.dcr_configuration,
        account_recovery_setting: request.account_recovery_setting,
        user_pool_tier: request.user_pool_tier,
        key_configuration: request.key_configuration,
        issuer_configuration: request.issuer_configuration,
        acr_configuration: request.acr_configuration,
    };
    (create_only, of_request(changeable))
}

/// The settings of `request`. The pool's id and name are not among them.
#[must_use]
pub fn of_request(request: UpdateUserPoolRequest) -> PoolRequest {
    let unsupported = unsupported(&request);
    let passthrough = passthrough(&request);
    let policies = request.policies.unwrap_or_default();
    let update_settings = request.user_attribute_update_settings;
    let message_texts = VerificationTexts {
        sms: request.sms_verification_message,
        email: request.email_verification_message,
        email_subject: request.email_verification_subject,
    };
    PoolRequest {
        password_policy: policies.password_policy.as_ref().map(password_policy),
        first_factors: policies
            .sign_in_policy
            .map(|policy| each(policy.allowed_first_auth_factors, first_factor)),
        deletion_protection: request
            .deletion_protection
            .map(|protection| protection == DeletionProtectionType::Active),
        auto_verified: each(request.auto_verified_attributes, contact),
        verify_before_update: update_settings.map(|settings| {
            each(
                settings.attributes_require_verification_before_update,
                contact,
            )
        }),
        verification_template: request.verification_message_template.map(template),
        verification_texts: message_texts,
        sms_authentication: request.sms_authentication_message,
        admin_create_user: request
            .admin_create_user_config
            .map(admin_create_user)
            .unwrap_or_default(),
        account_recovery: request.account_recovery_setting.map(recovery),
        mfa: request.mfa_configuration.map(mfa),
        email: request.email_configuration.map(email),
        sms: request.sms_configuration.map(sms),
        device: request.device_configuration.map(|device| DeviceSettings {
            challenge_required_on_new_device: device.challenge_required_on_new_device == Some(true),
            remembered_on_user_prompt: device.device_only_remembered_on_user_prompt == Some(true),
        }),
        threat_protection: request
            .user_pool_add_ons
            .map(|add_ons| threat_protection(&add_ons)),
        triggers: request
            .lambda_config
            .map(lambda_config::of_request)
            .unwrap_or_default(),
        acr_values: request
            .acr_configuration
            .unwrap_or_default()
            .into_iter()
            .map(|(level, acr)| (level, acr.acr_value))
            .collect(),
        tags: request.user_pool_tags,
        unsupported,
        passthrough,
    }
}

/// An entry of `Schema` or `CustomAttributes`.
#[must_use]
pub fn attribute(entry: SchemaAttributeType) -> AttributeRequest {
    AttributeRequest {
        name: entry.name,
        data_type: entry.attribute_data_type.map(|data_type| match data_type {
            AttributeDataType::String => DataType::String,
            AttributeDataType::Number => DataType::Number,
            AttributeDataType::DateTime => DataType::DateTime,
            AttributeDataType::Boolean => DataType::Boolean,
        }),
        developer_only: entry.developer_only_attribute,
        mutable: entry.mutable,
        required: entry.required,
        length: entry.string_attribute_constraints.map(|bounds| Bounds {
            min: bounds.min_length,
            max: bounds.max_length,
        }),
        range: entry.number_attribute_constraints.map(|bounds| Bounds {
            min: bounds.min_value,
            max: bounds.max_value,
        }),
    }
}

fn each<W, D>(list: Option<Vec<W>>, convert: impl Fn(W) -> D) -> Vec<D> {
    list.into_iter().flatten().map(convert).collect()
}

fn contact(attribute: VerifiedAttributeType) -> Contact {
    match attribute {
        VerifiedAttributeType::Email => Contact::Email,
        VerifiedAttributeType::PhoneNumber => Contact::PhoneNumber,
    }
}

fn alias(attribute: AliasAttributeType) -> Alias {
    match attribute {
        AliasAttributeType::Email => Alias::Email,
        AliasAttributeType::PhoneNumber => Alias::PhoneNumber,
        AliasAttributeType::PreferredUsername => Alias::PreferredUsername,
    }
}

fn password_policy(policy: &PasswordPolicyType) -> PasswordPolicyRequest {
    PasswordPolicyRequest {
        minimum_length: policy.minimum_length,
        require_uppercase: policy.require_uppercase == Some(true),
        require_lowercase: policy.require_lowercase == Some(true),
        require_numbers: policy.require_numbers == Some(true),
        require_symbols: policy.require_symbols == Some(true),
        history_size: policy.password_history_size,
        temporary_password_validity_days: policy.temporary_password_validity_days,
    }
}

fn template(template: VerificationMessageTemplateType) -> VerificationMessage {
    VerificationMessage {
        sms: template.sms_message,
        email: template.email_message,
        email_subject: template.email_subject,
        email_by_link: template.email_message_by_link,
        email_subject_by_link: template.email_subject_by_link,
        by_link: template.default_email_option == Some(DefaultEmailOptionType::ConfirmWithLink),
        sms_authentication: None,
    }
}

fn admin_create_user(config: AdminCreateUserConfigType) -> AdminCreateUserRequest {
    let invitation = config.invite_message_template.unwrap_or_default();
    AdminCreateUserRequest {
        admin_only: config.allow_admin_create_user_only == Some(true),
        unused_account_validity_days: config.unused_account_validity_days,
        invitation_sms: invitation.sms_message,
        invitation_email: invitation.email_message,
        invitation_email_subject: invitation.email_subject,
    }
}

fn recovery(setting: AccountRecoverySettingType) -> Vec<Recovery> {
    each(setting.recovery_mechanisms, |option| Recovery {
        priority: option.priority,
        by: match option.name {
            RecoveryOptionNameType::VerifiedEmail => RecoveryMeans::VerifiedEmail,
            RecoveryOptionNameType::VerifiedPhoneNumber => RecoveryMeans::VerifiedPhoneNumber,
            RecoveryOptionNameType::AdminOnly => RecoveryMeans::AdminOnly,
        },
    })
}

fn first_factor(factor: AuthFactorType) -> FirstFactor {
    match factor {
        AuthFactorType::Password => FirstFactor::Password,
        AuthFactorType::EmailOtp => FirstFactor::EmailOtp,
        AuthFactorType::SmsOtp => FirstFactor::SmsOtp,
        AuthFactorType::WebAuthn => FirstFactor::WebAuthn,
        AuthFactorType::SoftwareToken => FirstFactor::SoftwareToken,
    }
}

fn email(configuration: EmailConfigurationType) -> EmailSettings {
    EmailSettings {
        sending_account: match configuration.email_sending_account {
            None | Some(EmailSendingAccountType::CognitoDefault) => {
                EmailSendingAccount::CognitoDefault
            }
            Some(EmailSendingAccountType::Developer) => EmailSendingAccount::Developer,
        },
        source_arn: configuration.source_arn,
        reply_to: configuration.reply_to_email_address,
        from: configuration.from,
        configuration_set: configuration.configuration_set,
    }
}

/// `MfaConfiguration`.
pub(super) const fn mfa(mode: UserPoolMfaType) -> MfaMode {
    match mode {
        UserPoolMfaType::Off => MfaMode::Off,
        UserPoolMfaType::Optional => MfaMode::Optional,
        UserPoolMfaType::On => MfaMode::On,
    }
}

/// `SmsConfiguration`.
pub(super) fn sms(configuration: SmsConfigurationType) -> SmsSettings {
    SmsSettings {
        sns_caller_arn: configuration.sns_caller_arn,
        external_id: configuration.external_id,
        sns_region: configuration.sns_region,
        end_user_messaging: configuration.eums_sms.map(|eums| EndUserMessaging {
            caller_arn: eums.caller_arn,
            external_id: eums.external_id,
            origination_identity: eums.origination_identity,
            configuration_set_name: eums.configuration_set_name,
            in_entity_id: eums.in_entity_id,
            in_template_id: eums.in_template_id,
            region: eums.region,
        }),
    }
}

fn threat_protection(add_ons: &UserPoolAddOnsType) -> ThreatProtection {
    ThreatProtection {
        mode: match add_ons.advanced_security_mode {
            AdvancedSecurityModeType::Off => ThreatProtectionMode::Off,
            AdvancedSecurityModeType::Audit => ThreatProtectionMode::Audit,
            AdvancedSecurityModeType::Enforced => ThreatProtectionMode::Enforced,
        },
        additional_flows: add_ons
            .advanced_security_additional_flows
            .as_ref()
            .map(|flows| AdditionalFlows {
                custom_auth: flows.custom_auth_mode.map(|mode| match mode {
                    AdvancedSecurityEnabledModeType::Audit => ThreatProtectionMode::Audit,
                    AdvancedSecurityEnabledModeType::Enforced => ThreatProtectionMode::Enforced,
                }),
            }),
    }
}

/// A setting of the request that this version does not implement.
fn unsupported(request: &UpdateUserPoolRequest) -> Option<Unsupported> {
    let key = request
        .key_configuration
        .as_ref()
        .is_some_and(|key| key.key_type == Some(EncryptionKeyType::CustomerManagedKey));
    key.then_some(Unsupported::CustomerManagedKey)
}

/// The members that no rule reads, by their names in the interface.
fn passthrough(request: &UpdateUserPoolRequest) -> Map<String, Value> {
    let mut members = Map::new();
    pass_through(&mut members, "UserPoolTier", &request.user_pool_tier);
    pass_through(&mut members, "DcrConfiguration", &request.dcr_configuration);
    pass_through(&mut members, "KeyConfiguration", &request.key_configuration);
    pass_through(
        &mut members,
        "IssuerConfiguration",
        &request.issuer_configuration,
    );
    members
}

/// Adds a member to those that no rule reads, if the request has it.
fn pass_through<T: Serialize>(members: &mut Map<String, Value>, name: &str, member: &Option<T>) {
    if let Some(Ok(value)) = member.as_ref().map(serde_json::to_value) {
        members.insert(name.to_owned(), value);
    }
}
