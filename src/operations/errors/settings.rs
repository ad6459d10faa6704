//! Texts for settings of pools and clients, and for schemas, that the rules refuse. Those that name an
//! unsupported setting and those without a known AWS text are Cognate's own.

use super::oauth;
use crate::domain::schema_fault::SchemaFault;
use crate::domain::setting_fault::{SettingFault, Unsupported};
use crate::model::ErrorCode as Code;

/// Type and text for settings, in the answer to `operation`.
pub(super) fn setting(operation: &str, fault: &SettingFault) -> (Code, String) {
    let code = if let SettingFault::OAuth(fault) = fault {
        oauth::code(fault)
    } else if matches!(fault, SettingFault::UnknownScope(_)) {
        Code::ScopeDoesNotExistException
    } else {
        Code::InvalidParameterException
    };
    (code, text(operation, fault))
}

fn text(operation: &str, fault: &SettingFault) -> String {
    let text = match fault {
        SettingFault::AliasAndUsernameAttributes => {
            "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."
        }
        SettingFault::PreferredUsernameRequiredAndAlias => {
            "preferred_username cannot be both a required attribute and an alias attribute."
        }
        SettingFault::Unsupported(setting) => unsupported(*setting),
        SettingFault::FirstFactorsWithoutPassword => {
            "Password should be configured as one of the allowed first auth factors."
        }
        SettingFault::TooManyTags(limit) => {
            return format!("A user pool can have at most {limit} tags.");
        }
        SettingFault::ReservedTag(key) => {
            return format!("Tag key {key} is invalid: keys that begin with aws: are reserved.");
        }
        SettingFault::VerifiedBeforeUpdateOnly => {
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
             AutoVerifiedAttributes"
        }
        SettingFault::TemporaryPasswordDays => {
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
             UnusedAccountValidityDays"
        }
        SettingFault::AdminRecoveryNotAlone => {
            "admin_only cannot be combined with another recovery mechanism."
        }
        SettingFault::RecoveryRepeated => "A recovery mechanism or a priority is given twice.",
        SettingFault::SecondFactorNeedsSms => {
            "SMS configuration and Auto verification for phone_number are required when MFA is \
             required/optional"
        }
        SettingFault::FactorsWhileOff => {
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together"
        }
        SettingFault::NoFactors => {
            "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be \
             enabled."
        }
        SettingFault::CodeAsFirstFactor => {
            "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is \
             enabled"
        }
        SettingFault::PasskeysOfPublicSuffix => "RelyingPartyId must not be a public suffix.",
        SettingFault::PasskeyAsSingleFactor => {
            "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn \
             is an allowed first auth factor"
        }
        SettingFault::PreTokenFunctionsDiffer => {
            "PreTokenGeneration and PreTokenGenerationConfig must name the same function."
        }
        SettingFault::SmsCodeWithoutSms => {
            "SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration"
        }
        SettingFault::AcrValuesRepeated => "AcrValue must be unique across all levels.",
        SettingFault::SenderWithoutKey => {
            "KMSKeyID is required with CustomSMSSender and CustomEmailSender."
        }
        SettingFault::ReadAttributes => return client_attributes("read", operation),
        SettingFault::WriteAttributes => return client_attributes("write", operation),
        SettingFault::UnknownProvider { provider, pool_id } => {
            return format!("The provider {provider} does not exist for User Pool {pool_id}.");
        }
        SettingFault::UnknownScope(scope) => return format!("Invalid scope requested: {scope}"),
        SettingFault::OAuth(fault) => return oauth::text(fault),
        SettingFault::MixedFlowNames => {
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."
        }
        SettingFault::ClientTokenFlowNotAlone => {
            "ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows."
        }
        SettingFault::RefreshFlowWithRotation => {
            "ALLOW_REFRESH_TOKEN_AUTH cannot be enabled while refresh token rotation is enabled."
        }
        SettingFault::TokenValidity => "Invalid range for token validity.",
        SettingFault::SecretGivenAndGenerated => {
            "ClientSecret and GenerateSecret cannot be given together."
        }
    };
    text.to_owned()
}

const fn unsupported(setting: Unsupported) -> &'static str {
    match setting {
        Unsupported::CustomerManagedKey => {
            "KeyType CUSTOMER_MANAGED_KEY is not supported: Cognate encrypts under the master key of \
             its configuration."
        }
    }
}

fn client_attributes(permission: &str, operation: &str) -> String {
    let action = match operation {
        "UpdateUserPoolClient" => "updating",
        _ => "creating",
    };
    format!("Invalid {permission} attributes specified while {action} a client")
}

/// The text for a schema, in the answer to `operation`.
pub(super) fn schema(operation: &str, fault: &SchemaFault) -> String {
    match fault {
        SchemaFault::NameMissing(position) => {
            let list = match operation {
                "AddCustomAttributes" => "customAttributes",
                _ => "schema",
            };
            format!(
                "1 validation error detected: Value null at '{list}.{position}.member.name' failed \
                 to satisfy constraint: Member must not be null"
            )
        }
        SchemaFault::DataTypeMissing => {
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
                .to_owned()
        }
        SchemaFault::CustomRequired => {
            "Required custom attributes are not supported currently.".to_owned()
        }
        SchemaFault::NameTaken { name, full_name } => {
            format!("{name}: Existing attribute already has name {full_name}.")
        }
        SchemaFault::TooManyCustomAttributes(limit) => {
            format!("The number of custom attributes exceeds the limit of {limit}.")
        }
        SchemaFault::StandardAttribute(name) => format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema \
             attribute {name}"
        ),
        SchemaFault::LengthNotWhole(name) => {
            format!("Invalid StringAttributeConstraints for schema attribute {name}")
        }
        SchemaFault::RangeNotWhole(name) => {
            format!("Invalid NumberAttributeConstraints for schema attribute {name}")
        }
        SchemaFault::LengthAboveLimit { attribute, limit } => {
            format!("user.{attribute}: String attributes cannot have a length of more than {limit}")
        }
        SchemaFault::LengthInverted(name) => {
            format!("user.{name}: Max length cannot be less than min length.")
        }
        SchemaFault::RangeInverted(name) => {
            format!("user.{name}: Max value cannot be less than min value.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refused_setting_has_its_text() {
        use SettingFault as Fault;
        for (fault, expected) in [
            (
                Fault::AliasAndUsernameAttributes,
                "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
            ),
            (
                Fault::PreferredUsernameRequiredAndAlias,
                "preferred_username cannot be both a required attribute and an alias attribute.",
            ),
            (
                Fault::Unsupported(Unsupported::CustomerManagedKey),
                "KeyType CUSTOMER_MANAGED_KEY is not supported: Cognate encrypts under the master \
                 key of its configuration.",
            ),
            (
                Fault::SecondFactorNeedsSms,
                "SMS configuration and Auto verification for phone_number are required when MFA \
                 is required/optional",
            ),
            (
                Fault::FactorsWhileOff,
                "Invalid MFA configuration given, can't turn off MFA and configure an MFA together",
            ),
            (
                Fault::NoFactors,
                "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be \
                 enabled.",
            ),
            (
                Fault::PasskeyAsSingleFactor,
                "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and \
                 WebAuthn is an allowed first auth factor",
            ),
            (
                Fault::CodeAsFirstFactor,
                "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if \
                 MFA is enabled",
            ),
            (
                Fault::FirstFactorsWithoutPassword,
                "Password should be configured as one of the allowed first auth factors.",
            ),
            (
                Fault::TooManyTags(50),
                "A user pool can have at most 50 tags.",
            ),
            (
                Fault::VerifiedBeforeUpdateOnly,
                "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
                 AutoVerifiedAttributes",
            ),
            (
                Fault::TemporaryPasswordDays,
                "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
                 UnusedAccountValidityDays",
            ),
            (
                Fault::AdminRecoveryNotAlone,
                "admin_only cannot be combined with another recovery mechanism.",
            ),
            (
                Fault::RecoveryRepeated,
                "A recovery mechanism or a priority is given twice.",
            ),
            (
                Fault::PreTokenFunctionsDiffer,
                "PreTokenGeneration and PreTokenGenerationConfig must name the same function.",
            ),
            (
                Fault::SmsCodeWithoutSms,
                "SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration",
            ),
            (
                Fault::AcrValuesRepeated,
                "AcrValue must be unique across all levels.",
            ),
            (
                Fault::SenderWithoutKey,
                "KMSKeyID is required with CustomSMSSender and CustomEmailSender.",
            ),
            (
                Fault::UnknownProvider {
                    provider: "Google".to_owned(),
                    pool_id: "eu-west-1_Abc123xyz".to_owned(),
                },
                "The provider Google does not exist for User Pool eu-west-1_Abc123xyz.",
            ),
            (
                Fault::UnknownScope("orders/read".to_owned()),
                "Invalid scope requested: orders/read",
            ),
            (
                Fault::MixedFlowNames,
                "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
            ),
            (
                Fault::ClientTokenFlowNotAlone,
                "ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows.",
            ),
            (
                Fault::RefreshFlowWithRotation,
                "ALLOW_REFRESH_TOKEN_AUTH cannot be enabled while refresh token rotation is enabled.",
            ),
            (Fault::TokenValidity, "Invalid range for token validity."),
            (
                Fault::SecretGivenAndGenerated,
                "ClientSecret and GenerateSecret cannot be given together.",
            ),
        ] {
            assert_eq!(text("CreateUserPool", &fault), expected);
        }
    }

    #[test]
    fn refused_attributes_of_a_client_name_what_the_operation_was_doing() {
        for (operation, fault, expected) in [
            (
                "CreateUserPoolClient",
                SettingFault::WriteAttributes,
                "Invalid write attributes specified while creating a client",
            ),
            (
                "UpdateUserPoolClient",
                SettingFault::ReadAttributes,
                "Invalid read attributes specified while updating a client",
            ),
        ] {
            assert_eq!(text(operation, &fault), expected);
        }
    }

    #[test]
    fn each_refused_schema_has_its_text() {
        let name = || "custom:x".to_owned();
        for (fault, expected) in [
            (
                SchemaFault::DataTypeMissing,
                "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
            ),
            (
                SchemaFault::CustomRequired,
                "Required custom attributes are not supported currently.",
            ),
            (
                SchemaFault::NameTaken {
                    name: "custom:banana".to_owned(),
                    full_name: "dev:custom:banana".to_owned(),
                },
                "custom:banana: Existing attribute already has name dev:custom:banana.",
            ),
            (
                SchemaFault::TooManyCustomAttributes(50),
                "The number of custom attributes exceeds the limit of 50.",
            ),
            (
                SchemaFault::StandardAttribute("email".to_owned()),
                "You can not change AttributeDataType or set developerOnlyAttribute for standard \
                 schema attribute email",
            ),
            (
                SchemaFault::LengthNotWhole(name()),
                "Invalid StringAttributeConstraints for schema attribute custom:x",
            ),
            (
                SchemaFault::RangeNotWhole(name()),
                "Invalid NumberAttributeConstraints for schema attribute custom:x",
            ),
            (
                SchemaFault::LengthAboveLimit {
                    attribute: name(),
                    limit: 2048,
                },
                "user.custom:x: String attributes cannot have a length of more than 2048",
            ),
            (
                SchemaFault::LengthInverted(name()),
                "user.custom:x: Max length cannot be less than min length.",
            ),
            (
                SchemaFault::RangeInverted(name()),
                "user.custom:x: Max value cannot be less than min value.",
            ),
        ] {
            assert_eq!(schema("CreateUserPool", &fault), expected);
        }
    }

    #[test]
    fn an_attribute_without_a_name_is_named_by_its_place_in_the_operations_list() {
        for (operation, list) in [
            ("CreateUserPool", "schema"),
            ("AddCustomAttributes", "customAttributes"),
        ] {
            assert_eq!(
                schema(operation, &SchemaFault::NameMissing(2)),
                format!(
                    "1 validation error detected: Value null at '{list}.2.member.name' failed to \
                     satisfy constraint: Member must not be null"
                )
            );
        }
    }
}
