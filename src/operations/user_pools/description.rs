//! The description of a user pool in the answers of CreateUserPool and DescribeUserPool (behaviour 2.1
//! and 9).

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::attribute::Contact;
use crate::domain::schema::{AttributeDefinition, Bounds, DataType};
use crate::domain::user_pool::{
    AdminCreateUser, Alias, MfaMode, PasswordPolicy, Recovery, RecoveryMeans, UserPool,
    VerificationMessage,
};
use crate::model::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AliasAttributeType, AttributeDataType,
    AuthFactorType, DefaultEmailOptionType, DeletionProtectionType, EmailConfigurationType,
    EmailSendingAccountType, EpochSeconds, LambdaConfigType, MessageTemplateType,
    NumberAttributeConstraintsType, PasswordPolicyType, RecoveryOptionNameType, RecoveryOptionType,
    SchemaAttributeType, SignInPolicyType, StringAttributeConstraintsType,
    UserAttributeUpdateSettingsType, UserPoolMfaType, UserPoolPolicyType, UserPoolTierType,
    UserPoolType, UsernameAttributeType, UsernameConfigurationType,
    VerificationMessageTemplateType, VerifiedAttributeType,
};

/// The description of a pool that has `users` users.
pub fn describe(app: &App, pool: UserPool, users: i64) -> UserPoolType {
    let account = &app.config.server.account_id;
    let arn = format!(
        "arn:aws:cognito-idp:{}:{account}:userpool/{}",
        pool.region, pool.id
    );
    let settings = pool.settings;
    let members = &settings.passthrough;
    let texts = settings.verification_message;
    UserPoolType {
        id: Some(pool.id),
        name: Some(pool.name),
        policies: Some(UserPoolPolicyType {
            password_policy: Some(password_policy(settings.password_policy)),
            sign_in_policy: Some(passthrough_member(members, "SignInPolicy").unwrap_or(
                SignInPolicyType {
                    allowed_first_auth_factors: Some(vec![AuthFactorType::Password]),
                },
            )),
        }),
        deletion_protection: Some(if settings.deletion_protection {
            DeletionProtectionType::Active
        } else {
            DeletionProtectionType::Inactive
        }),
        lambda_config: Some(LambdaConfigType::default()),
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
        device_configuration: passthrough_member(members, "DeviceConfiguration"),
        estimated_number_of_users: Some(i32::try_from(users).unwrap_or(i32::MAX)),
        email_configuration: Some(email_configuration(members)),
        sms_configuration: passthrough_member(members, "SmsConfiguration"),
        user_pool_tags: Some(settings.tags),
        admin_create_user_config: Some(admin_create_user(settings.admin_create_user)),
        user_pool_add_ons: passthrough_member(members, "UserPoolAddOns"),
        dcr_configuration: passthrough_member(members, "DcrConfiguration"),
        username_configuration: settings.case_sensitivity_given.then_some(
            UsernameConfigurationType {
                case_sensitive: settings.case_sensitive,
            },
        ),
        arn: Some(arn),
        account_recovery_setting: settings.account_recovery.map(|ways| {
            AccountRecoverySettingType {
                recovery_mechanisms: Some(ways.into_iter().map(recovery).collect()),
            }
        }),
        user_pool_tier: passthrough_member(members, "UserPoolTier")
            .or(Some(UserPoolTierType::Essentials)),
        key_configuration: passthrough_member(members, "KeyConfiguration"),
        issuer_configuration: passthrough_member(members, "IssuerConfiguration"),
        acr_configuration: passthrough_member(members, "AcrConfiguration"),
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

/// An attribute's client_context in `SchemaAttributes`. A String always has constraints, be they empty, a
/// Number too, the others never.
fn attribute(definition: &AttributeDefinition) -> SchemaAttributeType {
    let Bounds { min, max } = match definition.data_type {
        DataType::Number => definition.range.clone(),
        DataType::String | DataType::DateTime | DataType::Boolean => definition.length.clone(),
    };
    let mut client_context = SchemaAttributeType {
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
            client_context.string_attribute_constraints = Some(StringAttributeConstraintsType {
                min_length: min,
                max_length: max,
            });
        }
        DataType::Number => {
            client_context.number_attribute_constraints = Some(NumberAttributeConstraintsType {
                min_value: min,
                max_value: max,
            });
        }
        DataType::DateTime | DataType::Boolean => {}
    }
    client_context
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

fn email_configuration(members: &Map<String, Value>) -> EmailConfigurationType {
    let given: EmailConfigurationType =
        passthrough_member(members, "EmailConfiguration").unwrap_or_default();
    EmailConfigurationType {
        email_sending_account: given
            .email_sending_account
            .or(Some(EmailSendingAccountType::CognitoDefault)),
        ..given
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

fn recovery(way: Recovery) -> RecoveryOptionType {
    RecoveryOptionType {
        priority: way.priority,
        name: match way.by {
            RecoveryMeans::VerifiedEmail => RecoveryOptionNameType::VerifiedEmail,
            RecoveryMeans::VerifiedPhoneNumber => RecoveryOptionNameType::VerifiedPhoneNumber,
            RecoveryMeans::AdminOnly => RecoveryOptionNameType::AdminOnly,
        },
    }
}
