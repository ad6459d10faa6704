//! User pools and their attributes.

use serde_json::{Value, json};

use super::{NAMES, ONE_VALUE, Proof, named, restarted, sms, started};
use crate::support::{Pool, TestStore, both_stores};

const ONLY_DEFAULT: &str = "CUSTOMER_MANAGED_KEY is refused, and the other value is the default";

/// The pool in the form of the inputs, with the attributes of its schema that have these names. A custom attribute is
/// described with the prefix that it gets.
async fn described(pool: &Pool, attributes: &[&str]) -> Value {
    let answer = pool.admin("DescribeUserPool", json!({})).await.ok();
    let mut found = answer["UserPool"].clone();
    found["PoolName"] = found["Name"].clone();
    found["UserPoolId"] = found["Id"].clone();
    found["Schema"] = schema(&found, attributes);
    found
}

fn schema(found: &Value, attributes: &[&str]) -> Value {
    let mut schema = named(&found["SchemaAttributes"], attributes);
    for attribute in schema.as_array_mut().unwrap() {
        let name = attribute["Name"].as_str().unwrap();
        attribute["Name"] = json!(name.rsplit(':').next());
    }
    schema
}

/// `LambdaConfig` with all of its functions.
fn functions(word: &str, version: &str) -> Value {
    let arn = |name: &str| format!("arn:aws:lambda:us-east-1:000000000000:function:{word}-{name}");
    let sender = |name: &str| json!({ "LambdaVersion": "V1_0", "LambdaArn": arn(name) });
    json!({
        "PreSignUp": arn("pre-sign-up"),
        "CustomMessage": arn("custom-message"),
        "PostConfirmation": arn("post-confirmation"),
        "PreAuthentication": arn("pre-authentication"),
        "PostAuthentication": arn("post-authentication"),
        "DefineAuthChallenge": arn("define"),
        "CreateAuthChallenge": arn("create"),
        "VerifyAuthChallengeResponse": arn("verify"),
        "PreTokenGeneration": arn("tokens"),
        "UserMigration": arn("migration"),
        "PreTokenGenerationConfig": { "LambdaVersion": version, "LambdaArn": arn("tokens") },
        "CustomSMSSender": sender("sms"),
        "CustomEmailSender": sender("email"),
        "KMSKeyID": format!("arn:aws:kms:us-east-1:000000000000:key/{word}"),
        "InboundFederation": sender("federation"),
    })
}

fn acr(word: &str) -> Value {
    let level = |number: u8| json!({ "AcrValue": format!("urn:{word}:{number}") });
    json!({ "Level1": level(1), "Level2": level(2), "Level3": level(3), "Level4": level(4) })
}

/// What CreateUserPool and UpdateUserPool both take.
fn first_settings() -> Value {
    json!({
        "PoolName": "first",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12, "RequireUppercase": false, "RequireLowercase": false,
                "RequireNumbers": false, "RequireSymbols": false, "PasswordHistorySize": 3,
                "TemporaryPasswordValidityDays": 3,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"] },
        },
        "DeletionProtection": "ACTIVE",
        "LambdaConfig": functions("one", "V2_0"),
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "VerificationMessageTemplate": {
            "SmsMessage": "One {####}", "EmailMessage": "One, {####}", "EmailSubject": "One",
            "EmailMessageByLink": "One {##here##}", "EmailSubjectByLink": "One link",
            "DefaultEmailOption": "CONFIRM_WITH_LINK",
        },
        "SmsAuthenticationMessage": "One: {####}",
        "MfaConfiguration": "OPTIONAL",
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        "DeviceConfiguration": {
            "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true,
        },
        "EmailConfiguration": {
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
            "ReplyToEmailAddress": "help@example.com", "EmailSendingAccount": "DEVELOPER",
            "From": "One <no-reply@example.com>", "ConfigurationSet": "one",
        },
        "SmsConfiguration": sms("one", "us-west-2"),
        "UserPoolTags": { "team": "identity" },
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": true, "UnusedAccountValidityDays": 3,
            "InviteMessageTemplate": {
                "SMSMessage": "One {username} {####}", "EmailMessage": "One, {username}, {####}",
                "EmailSubject": "Welcome",
            },
        },
        "UserPoolAddOns": {
            "AdvancedSecurityMode": "AUDIT",
            "AdvancedSecurityAdditionalFlows": { "CustomAuthMode": "ENFORCED" },
        },
        "DcrConfiguration": {
            "EnableStatus": "Enabled", "OpenDcrEnabled": true, "AuthenticatedGrantTypes": ["code"],
            "OpenDcrGrantTypes": ["client_credentials"], "AllowedScopes": ["openid"],
        },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Name": "verified_phone_number", "Priority": 2 }] },
        "UserPoolTier": "PLUS",
        "KeyConfiguration": {
            "KeyType": "AWS_OWNED_KEY", "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/one",
        },
        "IssuerConfiguration": { "Type": "UPDATED" },
        "AcrConfiguration": acr("one"),
    })
}

/// The same with other values.
fn second_settings() -> Value {
    json!({
        "PoolName": "second",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 10, "RequireUppercase": true, "RequireLowercase": true,
                "RequireNumbers": true, "RequireSymbols": true, "PasswordHistorySize": 5,
                "TemporaryPasswordValidityDays": 9,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
        },
        "DeletionProtection": "INACTIVE",
        "LambdaConfig": functions("two", "V3_0"),
        "AutoVerifiedAttributes": ["phone_number"],
        "VerificationMessageTemplate": {
            "SmsMessage": "Two {####}", "EmailMessage": "Two, {####}", "EmailSubject": "Two",
            "EmailMessageByLink": "Two {##here##}", "EmailSubjectByLink": "Two links",
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
        },
        "SmsAuthenticationMessage": "Two: {####}",
        "MfaConfiguration": "ON",
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["phone_number"] },
        "DeviceConfiguration": {
            "ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": false,
        },
        "EmailConfiguration": {
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.org",
            "ReplyToEmailAddress": "help@example.org", "EmailSendingAccount": "COGNITO_DEFAULT",
            "From": "Two <no-reply@example.org>", "ConfigurationSet": "two",
        },
        "SmsConfiguration": sms("two", "us-east-1"),
        "UserPoolTags": { "stage": "test" },
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 9,
            "InviteMessageTemplate": {
                "SMSMessage": "Two {username} {####}", "EmailMessage": "Two, {username}, {####}",
                "EmailSubject": "Hello",
            },
        },
        "UserPoolAddOns": {
            "AdvancedSecurityMode": "OFF",
            "AdvancedSecurityAdditionalFlows": { "CustomAuthMode": "AUDIT" },
        },
        "DcrConfiguration": {
            "EnableStatus": "Disabled", "OpenDcrEnabled": false,
            "AuthenticatedGrantTypes": ["client_credentials"], "OpenDcrGrantTypes": ["code"],
            "AllowedScopes": ["email"],
        },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Name": "admin_only", "Priority": 1 }] },
        "UserPoolTier": "LITE",
        "KeyConfiguration": {
            "KeyType": "AWS_OWNED_KEY", "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/two",
        },
        "IssuerConfiguration": { "Type": "ORIGINAL" },
        "AcrConfiguration": acr("two"),
    })
}

/// The texts under their older names.
fn older_texts(word: &str) -> Value {
    json!({
        "SmsVerificationMessage": format!("{word} SMS {{####}}"),
        "EmailVerificationMessage": format!("{word} mail {{####}}"),
        "EmailVerificationSubject": format!("{word} subject"),
    })
}

fn create_only() -> [Value; 2] {
    let text = |name: &str, min: &str, max: &str| {
        json!({
            "Name": name, "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": false,
            "Required": true, "StringAttributeConstraints": { "MinLength": min, "MaxLength": max },
        })
    };
    let score = json!({
        "Name": "score", "AttributeDataType": "Number", "DeveloperOnlyAttribute": true, "Mutable": true,
        "Required": false, "NumberAttributeConstraints": { "MinValue": "1", "MaxValue": "9" },
    });
    [
        json!({
            "AliasAttributes": ["email", "preferred_username"],
            "UsernameConfiguration": { "CaseSensitive": false },
            "Schema": [text("nickname", "2", "20"), score],
        }),
        json!({ "UsernameAttributes": ["phone_number", "email"] }),
    ]
}

/// The members of both.
fn together(mut settings: Value, further: &Value) -> Value {
    for (name, value) in further.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings
}

/// There is one version of these events.
const SENDERS_VERSIONS: [&str; 3] = [
    "LambdaConfig.CustomEmailSender.LambdaVersion",
    "LambdaConfig.CustomSMSSender.LambdaVersion",
    "LambdaConfig.InboundFederation.LambdaVersion",
];

both_stores! {
    async fn settings_of_user_pools(store: TestStore) {
        let server = started(&store).await;
        let [with_aliases, with_addresses] = create_only();
        let created = together(first_settings(), &with_aliases);
        let older = together(older_texts("one"), &with_addresses);
        let plain = server.pool(json!({})).await;
        let pool = server.pool(created.clone()).await;
        let pool_with_texts = server.pool(older.clone()).await;

        let server = restarted(server, &store).await;
        let (pool, pool_with_texts) = (pool.on(&server), pool_with_texts.on(&server));
        let names = ["nickname", "dev:custom:score"];
        let before = described(&plain.on(&server), &["nickname"]).await;
        let made = described(&pool, &names).await;
        let made_with_texts = described(&pool_with_texts, &[]).await;
        let mut proof = Proof::of("CreateUserPool").alike(&["KeyConfiguration.KeyType"], ONLY_DEFAULT);
        proof.shown(&created, &before, &made);
        proof.shown(&older, &before, &made_with_texts);
        proof.end();

        let mut updated = second_settings();
        updated["UserPoolId"] = json!(pool.id);
        pool.admin("UpdateUserPool", updated.clone()).await.ok();
        let mut updated_texts = older_texts("two");
        updated_texts["UserPoolId"] = json!(pool_with_texts.id);
        pool_with_texts.admin("UpdateUserPool", updated_texts.clone()).await.ok();
        let server = restarted(server, &store).await;
        let (pool, pool_with_texts) = (pool.on(&server), pool_with_texts.on(&server));
        let mut proof = Proof::of("UpdateUserPool")
            .alike(&["UserPoolId"], NAMES)
            .alike(&SENDERS_VERSIONS, ONE_VALUE)
            .alike(&["KeyConfiguration.KeyType"], ONLY_DEFAULT);
        proof.shown(&updated, &made, &described(&pool, &names).await);
        proof.shown(&updated_texts, &made_with_texts, &described(&pool_with_texts, &[]).await);
        proof.end();
        server.stop().await;
    }

    async fn attributes_that_are_added(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let attribute = |name: &str, type_: &str, developer_only: bool| {
            json!({
                "Name": name, "AttributeDataType": type_, "DeveloperOnlyAttribute": developer_only,
                "Mutable": !developer_only, "Required": false,
            })
        };
        let mut team = attribute("team", "String", false);
        team["StringAttributeConstraints"] = json!({ "MinLength": "2", "MaxLength": "20" });
        let mut score = attribute("score", "Number", true);
        score["NumberAttributeConstraints"] = json!({ "MinValue": "1", "MaxValue": "9" });
        let attributes = json!([
            team, score, attribute("joined", "DateTime", false), attribute("active", "Boolean", true),
        ]);
        let input = json!({ "UserPoolId": pool.id, "CustomAttributes": attributes });
        pool.admin("AddCustomAttributes", input.clone()).await.ok();
        let server = restarted(server, &store).await;
        let names = ["custom:team", "dev:custom:score", "custom:joined", "dev:custom:active"];
        let found = described(&pool.on(&server), &names).await;
        let shown = json!({ "CustomAttributes": found["Schema"] });
        let mut proof = Proof::of("AddCustomAttributes").except(&["UserPoolId"], NAMES);
        proof.shown(&input, &json!({}), &shown);
        proof.end();
        server.stop().await;
    }
}
