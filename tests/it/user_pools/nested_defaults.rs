//! What the members of a structure are when the structure is given without them, and what an update
//! without a member does (administration 14). Go clients leave out `false` and `0`.

use serde_json::{Value, json};

use crate::support::{AppClient, Pool, TestServer, both_stores};

async fn described(pool: &Pool) -> Value {
    pool.admin("DescribeUserPool", json!({})).await.ok()["UserPool"].clone()
}

async fn update(pool: &Pool, input: Value) -> Value {
    pool.admin("UpdateUserPool", input).await.ok();
    described(pool).await
}

async fn described_client(app: &AppClient) -> Value {
    let input = json!({ "ClientId": app.id });
    app.pool.admin("DescribeUserPoolClient", input).await.ok()["UserPoolClient"].clone()
}

/// The structures that have absent members: what is given, and how DescribeUserPool describes it.
fn structures() -> Vec<(&'static str, Value, Value)> {
    vec![
        (
            "Policies",
            json!({ "PasswordPolicy": { "MinimumLength": 7, "RequireLowercase": true } }),
            json!({
                "PasswordPolicy": {
                    "MinimumLength": 7,
                    "RequireUppercase": false,
                    "RequireLowercase": true,
                    "RequireNumbers": false,
                    "RequireSymbols": false,
                    "TemporaryPasswordValidityDays": 7,
                },
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
            }),
        ),
        (
            "Policies",
            json!({
                "PasswordPolicy": { "PasswordHistorySize": 0, "TemporaryPasswordValidityDays": 0 },
                "SignInPolicy": {},
            }),
            json!({
                "PasswordPolicy": {
                    "MinimumLength": 8,
                    "RequireUppercase": false,
                    "RequireLowercase": false,
                    "RequireNumbers": false,
                    "RequireSymbols": false,
                    "PasswordHistorySize": 0,
                    "TemporaryPasswordValidityDays": 7,
                },
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
            }),
        ),
        (
            "DeviceConfiguration",
            json!({ "ChallengeRequiredOnNewDevice": true }),
            json!({
                "ChallengeRequiredOnNewDevice": true,
                "DeviceOnlyRememberedOnUserPrompt": false,
            }),
        ),
        (
            "DeviceConfiguration",
            json!({}),
            json!({
                "ChallengeRequiredOnNewDevice": false,
                "DeviceOnlyRememberedOnUserPrompt": false,
            }),
        ),
        (
            "VerificationMessageTemplate",
            json!({ "EmailSubject": "Code" }),
            json!({ "DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailSubject": "Code" }),
        ),
        (
            "UserAttributeUpdateSettings",
            json!({}),
            json!({ "AttributesRequireVerificationBeforeUpdate": [] }),
        ),
        (
            "EmailConfiguration",
            json!({ "ReplyToEmailAddress": "help@example.com" }),
            json!({
                "EmailSendingAccount": "COGNITO_DEFAULT",
                "ReplyToEmailAddress": "help@example.com",
            }),
        ),
        (
            "SmsConfiguration",
            json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" }),
            json!({
                "SnsCallerArn": "arn:aws:iam::000000000000:role/sms",
                "SnsRegion": "us-east-1",
            }),
        ),
        (
            "AdminCreateUserConfig",
            json!({}),
            json!({ "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7 }),
        ),
        (
            "UserPoolAddOns",
            json!({ "AdvancedSecurityMode": "OFF", "AdvancedSecurityAdditionalFlows": {} }),
            json!({ "AdvancedSecurityMode": "OFF", "AdvancedSecurityAdditionalFlows": {} }),
        ),
        ("AccountRecoverySetting", json!({}), json!({})),
        (
            "DcrConfiguration",
            json!({}),
            json!({ "EnableStatus": "Disabled", "OpenDcrEnabled": false }),
        ),
        (
            "KeyConfiguration",
            json!({}),
            json!({ "KeyType": "AWS_OWNED_KEY" }),
        ),
        (
            "IssuerConfiguration",
            json!({}),
            json!({ "Type": "ORIGINAL" }),
        ),
        (
            "AcrConfiguration",
            json!({ "Level2": { "AcrValue": "urn:example:two" } }),
            json!({
                "Level1": { "AcrValue": "urn:cognito:loa:1" },
                "Level2": { "AcrValue": "urn:example:two" },
                "Level3": { "AcrValue": "urn:cognito:loa:3" },
                "Level4": { "AcrValue": "urn:cognito:loa:4" },
            }),
        ),
    ]
}

/// Settings that an update without them keeps, and one of each that is not the default.
fn kept_by_an_update() -> Value {
    json!({
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 20,
                "RequireUppercase": false,
                "RequireLowercase": true,
                "RequireNumbers": false,
                "RequireSymbols": false,
                "TemporaryPasswordValidityDays": 3,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] },
        },
        "DeletionProtection": "ACTIVE",
        "MfaConfiguration": "OPTIONAL",
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        "UserPoolTier": "PLUS",
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{ "Name": "admin_only", "Priority": 1 }],
        },
        "VerificationMessageTemplate": {
            "DefaultEmailOption": "CONFIRM_WITH_LINK",
            "EmailMessage": "Code {####}",
            "EmailMessageByLink": "Click {##here##}",
            "SmsMessage": "SMS {####}",
        },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "From": "no-reply@example.com",
        },
        "IssuerConfiguration": { "Type": "UPDATED" },
        "UserPoolTags": { "team": "identity" },
    })
}

/// Settings that an update without them resets.
fn reset_by_an_update() -> Value {
    json!({
        "AutoVerifiedAttributes": ["email"],
        "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" },
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": true,
            "InviteMessageTemplate": { "EmailSubject": "Welcome" },
        },
        "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true },
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
        "SmsAuthenticationMessage": "Sign in with {####}",
        "DcrConfiguration": { "EnableStatus": "Enabled", "OpenDcrEnabled": true },
        "AcrConfiguration": { "Level1": { "AcrValue": "urn:example:one" } },
    })
}

both_stores! {
    async fn a_given_structure_has_the_members_that_go_clients_leave_out(server: TestServer) {
        for (name, given, expected) in structures() {
            let pool = server.pool(json!({ name: given })).await;
            assert_eq!(described(&pool).await[name], expected, "{name} {given} on Create");
            let pool = server.pool(json!({})).await;
            let found = update(&pool, json!({ name: given })).await;
            assert_eq!(found[name], expected, "{name} {given} on Update");
        }
    }

    /// A client that reads a pool and sends what it read back, as Terraform does, changes nothing.
    async fn a_description_that_is_sent_back_changes_nothing(server: TestServer) {
        for (name, given, expected) in structures() {
            let pool = server.pool(json!({ name: given })).await;
            let found = update(&pool, json!({ name: expected })).await;
            assert_eq!(found[name], expected, "{name} {given}");
        }
    }

    /// Behaviour 3.1: the classes that a given policy does not name are not required.
    async fn a_password_need_not_have_what_the_policy_leaves_out(server: TestServer) {
        let policy = json!({ "PasswordPolicy": { "MinimumLength": 8, "RequireLowercase": true } });
        let pool = server.pool(json!({ "Policies": policy })).await;
        pool.admin("AdminCreateUser", json!({ "Username": "ada" })).await.ok();
        let set = async |password: &str| {
            let input = json!({ "Username": "ada", "Password": password, "Permanent": true });
            pool.admin("AdminSetUserPassword", input).await
        };
        set("lowercase").await.ok();
        set("12345678").await.fails_as("InvalidPasswordException");
    }

    async fn an_update_keeps_these_settings(server: TestServer) {
        let kept = kept_by_an_update();
        let mut input = kept.clone();
        input["AutoVerifiedAttributes"] = json!(["email", "phone_number"]);
        input["SmsConfiguration"] = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" });
        let pool = server.pool(input).await;
        let found = update(&pool, json!({})).await;
        for (name, value) in kept.as_object().unwrap() {
            assert_eq!(&found[name], value, "{name}");
        }
        // The older members show the same texts as the template.
        assert_eq!(found["EmailVerificationMessage"], "Code {####}");
        assert_eq!(found["SmsVerificationMessage"], "SMS {####}");
    }

    async fn an_update_resets_these_settings(server: TestServer) {
        let reset = reset_by_an_update();
        let pool = server.pool(reset.clone()).await;
        let plain = server.pool(json!({})).await.created;
        let before = described(&pool).await;
        let found = update(&pool, json!({})).await;
        for name in reset.as_object().unwrap().keys() {
            assert_ne!(before[name], plain[name], "{name}");
            assert_eq!(found[name], plain[name], "{name}");
        }
    }

    /// Each of the policies is kept for itself.
    async fn an_update_of_one_policy_keeps_the_other(server: TestServer) {
        let policies = &kept_by_an_update()["Policies"];
        let pool = server.pool(json!({ "Policies": policies })).await;
        let sign_in = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] } });
        let found = update(&pool, json!({ "Policies": sign_in })).await;
        assert_eq!(found["Policies"]["PasswordPolicy"], policies["PasswordPolicy"]);
        assert_eq!(found["Policies"]["SignInPolicy"], sign_in["SignInPolicy"]);

        let pool = server.pool(json!({ "Policies": policies })).await;
        let password = json!({ "PasswordPolicy": { "RequireNumbers": true } });
        let found = update(&pool, json!({ "Policies": password })).await;
        assert_eq!(found["Policies"]["SignInPolicy"], policies["SignInPolicy"]);
        let policy = &found["Policies"]["PasswordPolicy"];
        assert_eq!(policy["RequireNumbers"], true);
        assert_eq!((&policy["MinimumLength"], &policy["RequireLowercase"]), (&json!(8), &json!(false)));
    }

    /// Given tags replace all; an empty list of attributes clears the setting.
    async fn an_update_replaces_what_it_gives(server: TestServer) {
        let mut input = kept_by_an_update();
        input["AutoVerifiedAttributes"] = json!(["email", "phone_number"]);
        input["SmsConfiguration"] = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" });
        let pool = server.pool(input).await;
        let found = update(&pool, json!({
            "UserPoolTags": { "cost": "1" },
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": [] },
            "DeletionProtection": "INACTIVE",
            "MfaConfiguration": "OFF",
        })).await;
        assert_eq!(found["UserPoolTags"], json!({ "cost": "1" }));
        assert_eq!(
            found["UserAttributeUpdateSettings"],
            json!({ "AttributesRequireVerificationBeforeUpdate": [] })
        );
        assert_eq!(found["DeletionProtection"], "INACTIVE");
        assert_eq!(found["MfaConfiguration"], "OFF");
    }

    /// TemporaryPasswordValidityDays and UnusedAccountValidityDays are one value.
    async fn the_days_of_a_temporary_password_are_those_of_the_policy(server: TestServer) {
        let policy = json!({ "PasswordPolicy": { "TemporaryPasswordValidityDays": 3 } });
        let pool = server.pool(json!({ "Policies": policy, "AdminCreateUserConfig": {} })).await;
        let days = |pool: &Value| {
            let policy = &pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"];
            assert_eq!(policy, &pool["AdminCreateUserConfig"]["UnusedAccountValidityDays"]);
            policy.as_i64().unwrap()
        };
        assert_eq!(days(&described(&pool).await), 3);
        assert_eq!(days(&update(&pool, json!({})).await), 3);
        let config = json!({ "AdminCreateUserConfig": { "UnusedAccountValidityDays": 5 } });
        assert_eq!(days(&update(&pool, config).await), 5);
    }

    /// Behaviour 2.1: an entry of Schema without `Mutable` makes its attribute immutable.
    async fn an_attribute_of_the_schema_is_immutable_unless_the_request_says_otherwise(
        server: TestServer
    ) {
        let pool = server.pool(json!({ "Schema": [
            { "Name": "email", "Required": true },
            { "Name": "fixed", "AttributeDataType": "String" },
            { "Name": "free", "AttributeDataType": "Number", "Mutable": true },
        ] })).await;
        let added = json!([{ "Name": "late", "AttributeDataType": "Boolean" }]);
        pool.admin("AddCustomAttributes", json!({ "CustomAttributes": added })).await.ok();
        let found = described(&pool).await;
        let mutable = |name: &str| {
            let attributes = found["SchemaAttributes"].as_array().unwrap();
            attributes.iter().find(|entry| entry["Name"] == name).unwrap()["Mutable"].clone()
        };
        for (name, expected) in [
            ("email", false),
            ("custom:fixed", false),
            ("custom:free", true),
            ("custom:late", false),
            ("name", true),
            ("sub", false),
        ] {
            assert_eq!(mutable(name), expected, "{name}");
        }
    }

    /// Behaviour 2.1: AWS's own example of CreateUserPool sends both kinds for a Number.
    async fn constraints_of_another_type_are_dropped(server: TestServer) {
        let entry = |name: &str, data_type: &str| json!({
            "Name": name,
            "AttributeDataType": data_type,
            "NumberAttributeConstraints": { "MinValue": "1", "MaxValue": "99" },
            "StringAttributeConstraints": { "MinLength": "1", "MaxLength": "x" },
        });
        let entries = json!([entry("age", "Number"), entry("member", "Boolean")]);
        let created = server.pool(json!({ "Schema": entries })).await;
        let extended = server.pool(json!({})).await;
        let added = json!({ "CustomAttributes": entries });
        extended.admin("AddCustomAttributes", added).await.ok();
        for pool in [created, extended] {
            let found = described(&pool).await;
            let custom = &found["SchemaAttributes"].as_array().unwrap()[21..];
            assert_eq!(
                custom[0]["NumberAttributeConstraints"],
                json!({ "MinValue": "1", "MaxValue": "99" })
            );
            for entry in custom {
                assert_eq!(entry.get("StringAttributeConstraints"), None);
            }
            assert_eq!(custom[1].get("NumberAttributeConstraints"), None);
        }
    }

    /// Once one unit is given, all three are described.
    async fn the_units_of_validity_are_described_together(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (given, expected) in [
            (json!({}), json!({})),
            (
                json!({ "RefreshToken": "hours" }),
                json!({ "AccessToken": "hours", "IdToken": "hours", "RefreshToken": "hours" }),
            ),
            (
                json!({ "IdToken": "days" }),
                json!({ "AccessToken": "hours", "IdToken": "days", "RefreshToken": "days" }),
            ),
        ] {
            let app = pool.client(json!({ "TokenValidityUnits": given })).await;
            assert_eq!(described_client(&app).await["TokenValidityUnits"], expected);
        }
    }

    /// 0 stands for the default, in the unit that is given.
    async fn a_refresh_tokens_validity_of_zero_is_described_as_thirty(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "RefreshTokenValidity": 0 })).await;
        assert_eq!(described_client(&app).await["RefreshTokenValidity"], 30);
        let input = json!({ "ClientId": app.id, "RefreshTokenValidity": 0 });
        let updated = pool.admin("UpdateUserPoolClient", input).await.ok();
        assert_eq!(updated["UserPoolClient"]["RefreshTokenValidity"], 30);
    }

    async fn analytics_are_described_with_their_defaults(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let arn = "arn:aws:mobiletargeting:us-east-1:000000000000:apps/1";
        for (given, expected) in [
            (
                json!({ "ApplicationId": "1", "ExternalId": "e", "RoleArn": "arn:aws:iam::1:role/r" }),
                json!({
                    "ApplicationId": "1", "ExternalId": "e", "RoleArn": "arn:aws:iam::1:role/r",
                    "UserDataShared": false,
                }),
            ),
            (
                json!({ "ApplicationArn": arn, "UserDataShared": true }),
                json!({
                    "ApplicationArn": arn,
                    "RoleArn": "arn:aws:iam::000000000000:role/aws-service-role/\
                                cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp",
                    "UserDataShared": true,
                }),
            ),
        ] {
            let app = pool.client(json!({ "AnalyticsConfiguration": given })).await;
            assert_eq!(described_client(&app).await["AnalyticsConfiguration"], expected);
            let input = json!({ "ClientId": app.id });
            pool.admin("UpdateUserPoolClient", input).await.ok();
            assert_eq!(described_client(&app).await.get("AnalyticsConfiguration"), None);
        }
    }
}
