//! Settings of pools and app clients that an earlier version stored.
//!
//! `stored_settings/` holds the JSON that the version before migration 3 wrote for a pool and a client
//! with most settings.

use serde_json::{Value, json};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::support::{ServerProcess, StoreKind, TestStore, both_stores};

const POOL: &str = "us-east-1_Former001";
const CLIENT: &str = "formerclient";

/// The newest migration of the version that wrote the settings.
const FORMER_MIGRATION: i64 = 2;

/// Only the migrations of the earlier version.
fn former(mut migrator: Migrator) -> Migrator {
    migrator
        .migrations
        .to_mut()
        .retain(|migration| migration.version <= FORMER_MIGRATION);
    migrator
}

/// Makes the store as the earlier version left it: a pool and a client with these settings, and a user.
async fn store_formerly(store: &TestStore, pool: &str, client: &str) {
    store.drop_tables().await;
    let sql = format!(
        "INSERT INTO user_pools VALUES ('{POOL}', 'us-east-1', 'former', '{pool}', 1, 2, 3);
         INSERT INTO user_pool_clients
           VALUES ('{POOL}', '{CLIENT}', 'former client', NULL, '{client}', 1, 2, 3);
         INSERT INTO users (pool_id, user_id, username, username_key, status, enabled, attributes,
                            former_passwords, created_at, modified_at, version)
           VALUES ('{POOL}', '0b5d9b52-0000-4000-8000-000000000001', 'ada', 'ada', 'CONFIRMED', TRUE,
                   '{{}}', '[]', 1, 2, 3);"
    );
    let sql = sqlx::raw_sql(AssertSqlSafe(sql));
    match store.kind {
        StoreKind::Postgres => {
            let mut database = PgConnection::connect(&store.url).await.unwrap();
            let migrator = former(sqlx::migrate!("migrations/postgres"));
            migrator
                .run_direct(None, &mut database, false)
                .await
                .unwrap();
            sql.execute(&mut database).await.unwrap();
        }
        StoreKind::Sqlite => {
            let url = format!("{}?mode=rwc", store.url);
            let mut database = SqliteConnection::connect(&url).await.unwrap();
            let migrator = former(sqlx::migrate!("migrations/sqlite"));
            migrator
                .run_direct(None, &mut database, false)
                .await
                .unwrap();
            sql.execute(&mut database).await.unwrap();
            database.close().await.unwrap();
        }
    }
}

async fn describe(server: &ServerProcess) -> (Value, Value) {
    let input = json!({ "UserPoolId": POOL });
    let pool = server.admin.call("DescribeUserPool", input).await.ok();
    let input = json!({ "UserPoolId": POOL, "ClientId": CLIENT });
    let client = server
        .admin
        .call("DescribeUserPoolClient", input)
        .await
        .ok();
    (pool["UserPool"].clone(), client["UserPoolClient"].clone())
}

#[track_caller]
fn assert_members(found: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&found[name], value, "{name}");
    }
}

/// How the earlier version described the pool, and with the defaults of absent members.
fn expected_pool() -> Value {
    json!({
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12,
                "RequireUppercase": false,
                "RequireLowercase": true,
                "RequireNumbers": false,
                "RequireSymbols": true,
                "PasswordHistorySize": 3,
                "TemporaryPasswordValidityDays": 3,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] },
        },
        "DeletionProtection": "ACTIVE",
        "AutoVerifiedAttributes": ["email"],
        "AliasAttributes": ["email", "preferred_username"],
        "MfaConfiguration": "OPTIONAL",
        "UserPoolTier": "PLUS",
        "SmsAuthenticationMessage": "Sign in with {####}",
        "EmailVerificationMessage": "Code {####}",
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        "DeviceConfiguration": {
            "ChallengeRequiredOnNewDevice": true,
            "DeviceOnlyRememberedOnUserPrompt": false,
        },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "From": "Shop <shop@example.com>",
            "ReplyToEmailAddress": "help@example.com",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
        },
        "SmsConfiguration": {
            "SnsCallerArn": "arn:aws:iam::000000000000:role/sms",
            "ExternalId": "external",
            "SnsRegion": "us-east-1",
        },
        "UserPoolAddOns": {
            "AdvancedSecurityMode": "AUDIT",
            "AdvancedSecurityAdditionalFlows": { "CustomAuthMode": "AUDIT" },
        },
        "UsernameConfiguration": { "CaseSensitive": false },
        "UserPoolTags": { "team": "identity" },
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": true,
            "UnusedAccountValidityDays": 3,
            "InviteMessageTemplate": { "EmailMessage": "Hello {username}, {####}" },
        },
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{ "Name": "admin_only", "Priority": 1 }],
        },
        "IssuerConfiguration": { "Type": "ORIGINAL" },
        "AcrConfiguration": {
            "Level1": { "AcrValue": "urn:example:one" },
            "Level2": { "AcrValue": "urn:cognito:loa:2" },
            "Level3": { "AcrValue": "urn:cognito:loa:3" },
            "Level4": { "AcrValue": "urn:cognito:loa:4" },
        },
    })
}

fn expected_client() -> Value {
    json!({
        "RefreshTokenValidity": 30,
        "AccessTokenValidity": 10,
        "TokenValidityUnits": {
            "AccessToken": "minutes", "IdToken": "hours", "RefreshToken": "days",
        },
        "ReadAttributes": ["email", "custom:team"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": ["https://example.com/in"],
        "LogoutURLs": ["https://example.com/out"],
        "DefaultRedirectURI": "https://example.com/in",
        "AllowedOAuthFlows": ["code", "client_credentials"],
        "AllowedOAuthScopes": ["openid"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "EnablePropagateAdditionalUserContextData": true,
        "PreventUserExistenceErrors": "ENABLED",
        "AuthSessionValidity": 15,
        "AnalyticsConfiguration": {
            "ApplicationId": "1",
            "ExternalId": "e",
            "RoleArn": "arn:aws:iam::000000000000:role/r",
            "UserDataShared": false,
        },
    })
}

both_stores! {
    async fn settings_of_the_version_before_are_read_and_written_on(store: TestStore) {
        store_formerly(
            &store,
            include_str!("stored_settings/pool.json"),
            include_str!("stored_settings/client.json"),
        )
        .await;
        let server = ServerProcess::start(&store, &[]).await;
        let (pool, client) = describe(&server).await;
        assert_members(&pool, &expected_pool());
        assert_members(&client, &expected_client());
        let attributes = pool["SchemaAttributes"].as_array().unwrap();
        assert_eq!(attributes.len(), 22);
        assert_eq!(attributes[21]["Mutable"], true);
        let input = json!({ "UserPoolId": POOL, "Username": "ada" });
        server.admin.call("AdminGetUser", input).await.ok();

        // What this version writes is read the same way.
        let added = json!([{ "Name": "late", "AttributeDataType": "String" }]);
        let input = json!({ "UserPoolId": POOL, "CustomAttributes": added });
        server.admin.call("AddCustomAttributes", input).await.ok();
        let (pool, _) = describe(&server).await;
        assert_members(&pool, &expected_pool());
        // A member that no rule reads is kept by an update without it.
        let input = json!({ "UserPoolId": POOL });
        server.admin.call("UpdateUserPool", input).await.ok();
        assert_eq!(describe(&server).await.0["UserPoolTier"], "PLUS");
        server.kill();
    }

    /// Members that the stored JSON lacks, because an earlier version did not have them.
    async fn absent_members_have_their_defaults(store: TestStore) {
        store_formerly(&store, "{}", "{}").await;
        let server = ServerProcess::start(&store, &[]).await;
        let (former_pool, former_client) = describe(&server).await;
        let input = json!({ "PoolName": "former" });
        let created = server.admin.call("CreateUserPool", input).await.ok();
        let created = &created["UserPool"];
        let input = json!({ "UserPoolId": created["Id"], "ClientName": "former client" });
        let client = server.admin.call("CreateUserPoolClient", input).await.ok();
        let client = &client["UserPoolClient"];
        let differs = ["Id", "Arn", "CreationDate", "LastModifiedDate", "EstimatedNumberOfUsers"];
        for (name, value) in created.as_object().unwrap() {
            if !differs.contains(&name.as_str()) {
                assert_eq!(&former_pool[name], value, "{name}");
            }
        }
        let differs = ["ClientId", "UserPoolId", "CreationDate", "LastModifiedDate"];
        for (name, value) in client.as_object().unwrap() {
            if !differs.contains(&name.as_str()) {
                assert_eq!(&former_client[name], value, "{name}");
            }
        }
        server.kill();
    }
}
