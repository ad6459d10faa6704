//! The settings of a user pool: their defaults, how they change, and what is refused.

use serde_json::{Value, json};

use super::{INVALID, attribute, create, described, refused};
use crate::support::{TestServer, both_stores};

both_stores! {
    /// Administration 14: everything is described, with AWS's defaults.
    async fn a_plain_pool_has_the_defaults(server: TestServer) {
        let pool = server.pool(json!({ "PoolName": "My pool" })).await;
        let (region, id) = pool.id.split_once('_').unwrap();
        assert_eq!((region, id.len()), ("us-east-1", 9));
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let mut found = described(&pool).await;
        assert_eq!(found, pool.created);
        let members = found.as_object_mut().unwrap();
        for date in ["CreationDate", "LastModifiedDate"] {
            assert!(members.remove(date).unwrap().as_f64().unwrap() > 1.7e9);
        }
        assert_eq!(members.remove("SchemaAttributes").unwrap().as_array().unwrap().len(), 21);
        assert_eq!(
            found,
            json!({
                "Id": pool.id,
                "Arn": format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{}", pool.id),
                "Name": "My pool",
                "Policies": {
                    "PasswordPolicy": {
                        "MinimumLength": 8,
                        "RequireUppercase": true,
                        "RequireLowercase": true,
                        "RequireNumbers": true,
                        "RequireSymbols": true,
                        "TemporaryPasswordValidityDays": 7,
                    },
                    "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
                },
                "DeletionProtection": "INACTIVE",
                "LambdaConfig": {},
                "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE" },
                "MfaConfiguration": "OFF",
                "EstimatedNumberOfUsers": 0,
                "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
                "UserPoolTags": {},
                "AdminCreateUserConfig": {
                    "AllowAdminCreateUserOnly": false,
                    "UnusedAccountValidityDays": 7,
                },
                "UserPoolTier": "ESSENTIALS",
                "AccountRecoverySetting": {
                    "RecoveryMechanisms": [
                        { "Name": "verified_email", "Priority": 1 },
                        { "Name": "verified_phone_number", "Priority": 2 },
                    ],
                },
                "KeyConfiguration": { "KeyType": "AWS_OWNED_KEY" },
                "IssuerConfiguration": { "Type": "ORIGINAL" },
                "AcrConfiguration": {
                    "Level1": { "AcrValue": "urn:cognito:loa:1" },
                    "Level2": { "AcrValue": "urn:cognito:loa:2" },
                    "Level3": { "AcrValue": "urn:cognito:loa:3" },
                    "Level4": { "AcrValue": "urn:cognito:loa:4" },
                },
            })
        );
        let mfa = pool.admin("GetUserPoolMfaConfig", json!({})).await.ok();
        assert_eq!(mfa, json!({ "MfaConfiguration": "OFF" }));
    }

    /// Every setting that can be given is described as it was given.
    async fn settings_are_described_as_given(server: TestServer) {
        let given = json!({
            "Policies": {
                "PasswordPolicy": {
                    "MinimumLength": 12,
                    "RequireUppercase": false,
                    "RequireLowercase": true,
                    "RequireNumbers": false,
                    "RequireSymbols": false,
                    "PasswordHistorySize": 3,
                    "TemporaryPasswordValidityDays": 3,
                },
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] },
            },
            "DeletionProtection": "ACTIVE",
            "AutoVerifiedAttributes": ["email", "phone_number"],
            "AliasAttributes": ["preferred_username", "email"],
            "UserAttributeUpdateSettings": {
                "AttributesRequireVerificationBeforeUpdate": ["email"],
            },
            "SmsAuthenticationMessage": "Sign in with {####}",
            "MfaConfiguration": "OPTIONAL",
            "DeviceConfiguration": {
                "ChallengeRequiredOnNewDevice": true,
                "DeviceOnlyRememberedOnUserPrompt": false,
            },
            "EmailConfiguration": {
                "EmailSendingAccount": "DEVELOPER",
                "From": "Cognate <no-reply@example.com>",
                "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
            },
            "SmsConfiguration": {
                "SnsCallerArn": "arn:aws:iam::000000000000:role/sms",
                "ExternalId": "external",
                "SnsRegion": "eu-west-1",
            },
            "UserPoolTags": { "team": "identity" },
            "AdminCreateUserConfig": {
                "AllowAdminCreateUserOnly": true,
                "UnusedAccountValidityDays": 3,
                "InviteMessageTemplate": {
                    "SMSMessage": "{username} {####}",
                    "EmailMessage": "Hello {username}, {####}",
                    "EmailSubject": "Welcome",
                },
            },
            "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" },
            "UsernameConfiguration": { "CaseSensitive": false },
            "AccountRecoverySetting": {
                "RecoveryMechanisms": [
                    { "Name": "verified_email", "Priority": 1 },
                    { "Name": "verified_phone_number", "Priority": 2 },
                ],
            },
            "UserPoolTier": "PLUS",
        });
        let pool = server.pool(given.clone()).await;
        let found = described(&pool).await;
        for (name, value) in given.as_object().unwrap() {
            assert_eq!(&found[name], value, "{name}");
        }
        let mfa = pool.admin("GetUserPoolMfaConfig", json!({})).await.ok();
        assert_eq!(
            mfa,
            json!({
                "MfaConfiguration": "OPTIONAL",
                "SmsMfaConfiguration": {
                    "SmsAuthenticationMessage": "Sign in with {####}",
                    "SmsConfiguration": given["SmsConfiguration"],
                },
            })
        );
    }

    /// The older members and VerificationMessageTemplate agree, whichever was given.
    async fn both_forms_of_the_messages_agree(server: TestServer) {
        let template = json!({
            "SmsMessage": "SMS {####}",
            "EmailMessage": "Mail {####}",
            "EmailSubject": "Subject",
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
        });
        let older = json!({
            "SmsVerificationMessage": "SMS {####}",
            "EmailVerificationMessage": "Mail {####}",
            "EmailVerificationSubject": "Subject",
        });
        let given_as = [older.clone(), json!({ "VerificationMessageTemplate": template })];
        for given in given_as {
            let found = described(&server.pool(given).await).await;
            assert_eq!(found["VerificationMessageTemplate"], template);
            for (name, value) in older.as_object().unwrap() {
                assert_eq!(&found[name], value);
            }
        }
        // Documented: beside a template the older members are not used.
        let mut both = older.clone();
        both["VerificationMessageTemplate"] = json!({ "EmailMessage": "New {####}" });
        let found = described(&server.pool(both).await).await;
        assert_eq!(found["EmailVerificationMessage"], "New {####}");
        assert_eq!(found["SmsVerificationMessage"], "SMS {####}");
        let by_link = json!({
            "EmailMessageByLink": "Click {##here##}",
            "EmailSubjectByLink": "Click",
            "DefaultEmailOption": "CONFIRM_WITH_LINK",
        });
        let pool = server.pool(json!({ "VerificationMessageTemplate": by_link })).await;
        assert_eq!(described(&pool).await["VerificationMessageTemplate"], by_link);
    }

    /// Administration 14.2, beside `user_pool_nested_defaults`: the settings that only CreateUserPool takes
    /// stay, and so do the name and the time of creation.
    async fn an_update_keeps_the_create_only_settings(server: TestServer) {
        let pool = server.pool(json!({
            "PoolName": "before",
            "AutoVerifiedAttributes": ["email"],
            "UsernameAttributes": ["email"],
            "UsernameConfiguration": { "CaseSensitive": false },
            "Schema": [{ "Name": "team", "AttributeDataType": "String" }],
            "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true },
        })).await;
        server.advance(60).await;
        assert_eq!(pool.admin("UpdateUserPool", json!({})).await.ok(), json!({}));
        let found = described(&pool).await;
        let plain = server.pool(json!({})).await.created;
        for name in ["AutoVerifiedAttributes", "DeviceConfiguration"] {
            assert_eq!(found[name], plain[name], "{name}");
        }
        assert_eq!(found["Name"], "before");
        assert_eq!(found["UsernameAttributes"], json!(["email"]));
        assert_eq!(found["UsernameConfiguration"], json!({ "CaseSensitive": false }));
        attribute(&found, "custom:team");
        assert_eq!(found["CreationDate"], pool.created["CreationDate"]);
        let modified = |pool: &Value| pool["LastModifiedDate"].as_f64().unwrap();
        assert!(modified(&found) - modified(&pool.created) >= 60.0);

        pool.admin("UpdateUserPool", json!({ "PoolName": "after" })).await.ok();
        assert_eq!(described(&pool).await["Name"], "after");
    }

    /// Behaviour 3.4: verification before an update needs verification, and once set it is
    /// described for ever.
    async fn verification_before_an_update_needs_auto_verification(server: TestServer) {
        let text = "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
                    AutoVerifiedAttributes";
        let settings = json!({ "AttributesRequireVerificationBeforeUpdate": ["email"] });
        let alone = json!({ "UserAttributeUpdateSettings": settings });
        refused(&server, alone.clone(), text).await;
        let both = json!({
            "UserAttributeUpdateSettings": settings, "AutoVerifiedAttributes": ["email"],
        });
        let pool = server.pool(json!({})).await;
        assert_eq!(described(&pool).await.get("UserAttributeUpdateSettings"), None);
        pool.admin("UpdateUserPool", both).await.ok();
        assert_eq!(described(&pool).await["UserAttributeUpdateSettings"], settings);
        // Left out of the update, AutoVerifiedAttributes counts as empty.
        pool.admin("UpdateUserPool", alone).await.fails(INVALID, text);
        assert_eq!(described(&pool).await["UserAttributeUpdateSettings"], settings);
        // Left out itself, it is kept; an empty list clears it, and stays described.
        pool.admin("UpdateUserPool", json!({})).await.ok();
        assert_eq!(described(&pool).await["UserAttributeUpdateSettings"], settings);
        let none = json!({ "AttributesRequireVerificationBeforeUpdate": [] });
        for input in [json!({ "UserAttributeUpdateSettings": none }), json!({})] {
            pool.admin("UpdateUserPool", input).await.ok();
            assert_eq!(described(&pool).await["UserAttributeUpdateSettings"], none);
        }
    }

    /// Settings that contradict each other.
    async fn contradicting_settings_are_refused(server: TestServer) {
        for (input, text) in [
            (
                json!({ "AliasAttributes": ["email"], "UsernameAttributes": ["email"] }),
                "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
            ),
            (
                json!({
                    "AliasAttributes": ["preferred_username"],
                    "Schema": [{ "Name": "preferred_username", "Required": true }],
                }),
                "preferred_username cannot be both a required attribute and an alias attribute.",
            ),
            (
                json!({ "AccountRecoverySetting": { "RecoveryMechanisms": [
                    { "Name": "admin_only", "Priority": 1 },
                    { "Name": "verified_email", "Priority": 2 },
                ] } }),
                "admin_only cannot be combined with another recovery mechanism.",
            ),
            (
                json!({
                    "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 1 } },
                    "AdminCreateUserConfig": { "UnusedAccountValidityDays": 2 },
                }),
                "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
                 UnusedAccountValidityDays",
            ),
            (
                json!({ "Policies": {
                    "SignInPolicy": { "AllowedFirstAuthFactors": ["EMAIL_OTP"] },
                } }),
                "Password should be configured as one of the allowed first auth factors.",
            ),
        ] {
            refused(&server, input, text).await;
        }
    }

    /// Every mode of threat protection is taken, by an update too.
    async fn threat_protection_has_three_modes(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for mode in ["AUDIT", "ENFORCED", "OFF"] {
            let input = json!({ "UserPoolAddOns": { "AdvancedSecurityMode": mode } });
            let made = create(&server, input.clone()).await.ok();
            assert_eq!(made["UserPool"]["UserPoolAddOns"], input["UserPoolAddOns"]);
            pool.admin("UpdateUserPool", input.clone()).await.ok();
            assert_eq!(described(&pool).await["UserPoolAddOns"], input["UserPoolAddOns"]);
        }
        create(&server, json!({ "LambdaConfig": {} })).await.ok();
    }
}
