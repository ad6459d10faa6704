//! A pool with one of everything, and for each operation that changes something an input that would change it.

use serde_json::{Value, json};

use super::model;
use crate::support::devices::confirmed_device;
use crate::support::pools::{AppClient, PASSWORD, Pool};
use crate::support::server::Endpoint;
use crate::support::totp::enrolled;
use crate::support::users::{confirmed_user, create_user, invited_user};

const TEMPORARY: &str = "Temp0rary-Horse!";
const NEW_PASSWORD: &str = "Chang3d-Horse!";

/// Operations that answer, or refuse, without changing anything on a server of one region with nothing to buy.
const CHANGE_NOTHING: &[&str] = &[
    "CreateUserPoolReplica",
    "DeleteUserPoolReplica",
    "UpdateUserPoolReplica",
    "UpdateProvisionedLimit",
];

/// What is there.
pub struct World {
    /// The pool that most calls are about.
    pub pool: Pool,
    /// Operations with their inputs, in an order in which all of them succeed.
    pub changes: Vec<(&'static str, Value)>,
}

impl World {
    /// Builds it as the administrator of `server`.
    pub async fn build(server: &Endpoint) -> Self {
        let pool = pool(server).await;
        let [bare, doomed] = [server.pool(json!({})).await, server.pool(json!({})).await];
        let app = client(&pool, json!({})).await;
        let other = client(&pool, json!({ "GenerateSecret": true })).await;
        let changes = [
            users(&pool, &app).await,
            sign_ins(&pool, &app).await,
            secrets(&pool, &other).await,
            looks(&pool, &app, &other).await,
            resources(&pool, &app, &bare, &doomed).await,
        ]
        .concat();
        Self { pool, changes }
    }

    /// A valid input of the operation, one that changes something if the operation is known here.
    pub fn input(&self, operation: &str) -> Value {
        let known = self.changes.iter().find(|(name, _)| *name == operation);
        let mut input = known.map_or_else(
            || model::input(operation).sample(),
            |(_, input)| input.clone(),
        );
        let names_pool = known.is_some() && input.get("UserPoolId").is_some();
        if !names_pool && has_member(operation, "UserPoolId") {
            input["UserPoolId"] = json!(self.pool.id);
        }
        if known.is_none() && has_member(operation, "ResourceArn") {
            input["ResourceArn"] = self.pool.created["Arn"].clone();
        }
        input
    }

    /// Whether the operation changes something.
    pub fn is_change(operation: &str) -> bool {
        !CHANGE_NOTHING.contains(&operation)
    }
}

/// Whether the operation's input has this member.
pub fn has_member(operation: &str, name: &str) -> bool {
    let members = model::input(operation).members();
    members.iter().any(|member| member.name == name)
}

/// A pool in which all kinds of things can be.
async fn pool(server: &Endpoint) -> Pool {
    let pool = server
        .pool(json!({
            "DeviceConfiguration": { "DeviceOnlyRememberedOnUserPrompt": false },
            "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" },
            "UserPoolTier": "PLUS",
            "UserPoolTags": { "old": "tag" },
        }))
        .await;
    for (operation, input) in [
        (
            "SetUserPoolMfaConfig",
            json!({
                "MfaConfiguration": "OPTIONAL",
                "SoftwareTokenMfaConfiguration": { "Enabled": true },
            }),
        ),
        (
            "SetUserPoolSessionConfiguration",
            json!({ "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 } }),
        ),
        ("CreateUserPoolDomain", json!({ "Domain": "team" })),
        ("CreateGroup", json!({ "GroupName": "staff" })),
        (
            "CreateResourceServer",
            json!({ "Identifier": "orders", "Name": "Orders" }),
        ),
        ("CreateIdentityProvider", google("Google", "Google")),
    ] {
        pool.admin(operation, input).await.ok();
    }
    pool
}

fn google(name: &str, kind: &str) -> Value {
    json!({
        "ProviderName": name,
        "ProviderType": kind,
        "ProviderDetails": {
            "client_id": "ours", "client_secret": "theirs", "authorize_scopes": "profile",
        },
    })
}

async fn client(pool: &Pool, overrides: Value) -> AppClient {
    let flows = [
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ];
    let mut input = overrides;
    input["ExplicitAuthFlows"] = json!(flows);
    input["AuthSessionValidity"] = json!(15);
    pool.client(input).await
}

fn account(value: &str) -> Value {
    json!({
        "ProviderName": "Google",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": value,
    })
}

/// What is changed of users who have not signed in.
async fn users(pool: &Pool, app: &AppClient) -> Vec<(&'static str, Value)> {
    confirmed_user(pool, "bob", json!({ "name": "Bob" })).await;
    let verified = json!({ "email": "rob@example.com", "email_verified": "true" });
    confirmed_user(pool, "rob", verified).await;
    app.sign_up("dora", json!({})).await.ok();
    create_user(pool, "gone", json!({})).await.ok();
    invited_user(pool, "eve", TEMPORARY, json!({})).await;
    let bobs = json!({ "ProviderName": "Cognito", "ProviderAttributeValue": "bob" });
    let link = |subject: &str| json!({ "DestinationUser": bobs, "SourceUser": account(subject) });
    pool.admin("AdminLinkProviderForUser", link("first"))
        .await
        .ok();
    let bob = json!({ "Username": "bob", "GroupName": "staff" });
    pool.admin("AdminAddUserToGroup", bob.clone()).await.ok();
    let parameters = json!({ "USERNAME": "eve", "PASSWORD": TEMPORARY });
    let input = json!({
        "ClientId": app.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": parameters,
    });
    let challenge = pool.admin("AdminInitiateAuth", input).await.ok();
    let parameters = json!({ "USERNAME": "rob", "PASSWORD": PASSWORD });
    vec![
        ("AdminConfirmSignUp", json!({ "Username": "dora" })),
        (
            "AdminCreateUser",
            json!({ "Username": "new", "MessageAction": "SUPPRESS" }),
        ),
        (
            "AdminAddUserToGroup",
            json!({ "Username": "dora", "GroupName": "staff" }),
        ),
        ("AdminRemoveUserFromGroup", bob),
        ("AdminLinkProviderForUser", link("second")),
        (
            "AdminDisableProviderForUser",
            json!({ "User": account("first") }),
        ),
        (
            "AdminUpdateUserAttributes",
            json!({ "Username": "bob", "UserAttributes": [{ "Name": "nickname", "Value": "B" }] }),
        ),
        (
            "AdminDeleteUserAttributes",
            json!({ "Username": "bob", "UserAttributeNames": ["name"] }),
        ),
        (
            "AdminSetUserPassword",
            json!({ "Username": "bob", "Password": NEW_PASSWORD, "Permanent": true }),
        ),
        (
            "AdminInitiateAuth",
            json!({
                "ClientId": app.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
                "AuthParameters": parameters,
            }),
        ),
        (
            "AdminRespondToAuthChallenge",
            json!({
                "ClientId": app.id, "ChallengeName": "NEW_PASSWORD_REQUIRED",
                "Session": challenge["Session"],
                "ChallengeResponses": { "USERNAME": "eve", "NEW_PASSWORD": NEW_PASSWORD },
            }),
        ),
        ("AdminResetUserPassword", json!({ "Username": "rob" })),
        ("AdminDisableUser", json!({ "Username": "bob" })),
        ("AdminEnableUser", json!({ "Username": "bob" })),
        ("AdminDeleteUser", json!({ "Username": "gone" })),
    ]
}

/// What is changed of what users have left who have signed in.
async fn sign_ins(pool: &Pool, app: &AppClient) -> Vec<(&'static str, Value)> {
    confirmed_user(pool, "ada", json!({})).await;
    let (device, tokens) = confirmed_device(app, "ada").await;
    let session = pool
        .admin("AdminListUserSessions", json!({ "Username": "ada" }))
        .await
        .ok()["Sessions"][0]["SessionId"]
        .clone();
    let phone_number = json!({ "phone_number": "+15550100200", "phone_number_verified": "true" });
    confirmed_user(pool, "tom", phone_number).await;
    enrolled(app, &app.sign_in("tom").await).await;
    let of_ada = json!({ "Username": "ada", "DeviceKey": device.key });
    let mut forgotten = of_ada.clone();
    forgotten["DeviceRememberedStatus"] = json!("not_remembered");
    vec![
        (
            "AdminUpdateAuthEventFeedback",
            json!({
                "Username": "ada", "EventId": tokens.access_claims()["event_id"],
                "FeedbackValue": "Valid",
            }),
        ),
        ("AdminUpdateDeviceStatus", forgotten),
        (
            "AdminRevokeUserSession",
            json!({ "Username": "ada", "SessionId": session }),
        ),
        ("AdminForgetDevice", of_ada),
        (
            "AdminSetUserMFAPreference",
            json!({
                "Username": "tom",
                "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true },
            }),
        ),
        (
            "AdminSetUserSettings",
            json!({
                "Username": "tom",
                "MFAOptions": [{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }],
            }),
        ),
        ("AdminDeleteSoftwareToken", json!({ "Username": "tom" })),
        ("AdminUserGlobalSignOut", json!({ "Username": "tom" })),
    ]
}

/// The secrets of an app client.
async fn secrets(pool: &Pool, other: &AppClient) -> Vec<(&'static str, Value)> {
    let two = client(pool, json!({ "GenerateSecret": true })).await;
    let of_two = json!({ "ClientId": two.id });
    pool.admin("AddUserPoolClientSecret", of_two.clone())
        .await
        .ok();
    let listed = pool.admin("ListUserPoolClientSecrets", of_two).await.ok();
    let secret = &listed["ClientSecrets"][0]["ClientSecretId"];
    vec![
        ("AddUserPoolClientSecret", json!({ "ClientId": other.id })),
        (
            "DeleteUserPoolClientSecret",
            json!({ "ClientId": two.id, "ClientSecretId": secret }),
        ),
    ]
}

/// What belongs to login pages.
async fn looks(pool: &Pool, app: &AppClient, other: &AppClient) -> Vec<(&'static str, Value)> {
    let branding =
        |app: &AppClient| json!({ "ClientId": app.id, "UseCognitoProvidedValues": true });
    let terms = |app: &AppClient| {
        json!({
            "ClientId": app.id, "TermsName": "terms-of-use", "TermsSource": "LINK",
            "Enforcement": "NONE", "Links": { "cognito:default": "https://example.com/terms" },
        })
    };
    let made = pool
        .admin("CreateManagedLoginBranding", branding(app))
        .await;
    let branding_id = made.ok()["ManagedLoginBranding"]["ManagedLoginBrandingId"].clone();
    let made = pool.admin("CreateTerms", terms(app)).await.ok();
    let terms_id = made["Terms"]["TermsId"].clone();
    let settings = json!({ "categories": { "global": { "colorSchemeMode": "DARK" } } });
    let links = json!({ "cognito:default": "https://example.com/others" });
    vec![
        ("CreateManagedLoginBranding", branding(other)),
        (
            "UpdateManagedLoginBranding",
            json!({ "ManagedLoginBrandingId": branding_id, "Settings": settings }),
        ),
        (
            "DeleteManagedLoginBranding",
            json!({ "ManagedLoginBrandingId": branding_id }),
        ),
        ("CreateTerms", terms(other)),
        (
            "UpdateTerms",
            json!({ "TermsId": terms_id, "Links": links }),
        ),
        ("DeleteTerms", json!({ "TermsId": terms_id })),
        (
            "SetUICustomization",
            json!({ "CSS": ".banner-customizable { background-color: #fff; }" }),
        ),
        (
            "UpdateUserPoolDomain",
            json!({ "Domain": "team", "ManagedLoginVersion": 2 }),
        ),
    ]
}

/// The pool itself, and what it is made of; at the end what takes away.
async fn resources(
    pool: &Pool,
    app: &AppClient,
    bare: &Pool,
    doomed: &Pool,
) -> Vec<(&'static str, Value)> {
    let arn = &pool.created["Arn"];
    let replica = json!({ "RegionName": "eu-west-1", "Status": "ACTIVE" });
    let limit = json!({ "LimitClass": "API_CATEGORY", "Attributes": { "Category": "UserRead" } });
    let logs = json!({
        "LogLevel": "ERROR", "EventSource": "userNotification",
        "CloudWatchLogsConfiguration": {
            "LogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:cognate",
        },
    });
    vec![
        (
            "AddCustomAttributes",
            json!({ "CustomAttributes": [{ "Name": "color", "AttributeDataType": "String" }] }),
        ),
        ("CreateGroup", json!({ "GroupName": "guests" })),
        (
            "UpdateGroup",
            json!({ "GroupName": "staff", "Description": "All of us" }),
        ),
        (
            "CreateResourceServer",
            json!({ "Identifier": "new", "Name": "New" }),
        ),
        (
            "UpdateResourceServer",
            json!({ "Identifier": "orders", "Name": "Renamed" }),
        ),
        (
            "CreateIdentityProvider",
            google("LoginWithAmazon", "LoginWithAmazon"),
        ),
        (
            "UpdateIdentityProvider",
            json!({ "ProviderName": "Google", "AttributeMapping": { "email": "email" } }),
        ),
        (
            "TagResource",
            json!({ "ResourceArn": arn, "Tags": { "team": "a" } }),
        ),
        (
            "UntagResource",
            json!({ "ResourceArn": arn, "TagKeys": ["old"] }),
        ),
        (
            "SetLogDeliveryConfiguration",
            json!({ "LogConfigurations": [logs] }),
        ),
        (
            "SetRiskConfiguration",
            json!({ "RiskExceptionConfiguration": { "BlockedIPRangeList": ["198.51.100.0/24"] } }),
        ),
        (
            "SetUserPoolClientSessionConfiguration",
            json!({ "ClientId": app.id, "SSOSession": { "MaxValidityMinutes": 5 } }),
        ),
        (
            "SetUserPoolSessionConfiguration",
            json!({ "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 7 } }),
        ),
        ("SetUserPoolMfaConfig", json!({ "MfaConfiguration": "OFF" })),
        ("CreateUserPoolReplica", replica.clone()),
        ("UpdateUserPoolReplica", replica.clone()),
        (
            "DeleteUserPoolReplica",
            json!({ "RegionName": "eu-west-1" }),
        ),
        (
            "UpdateProvisionedLimit",
            json!({ "LimitDefinition": limit, "RequestedLimitValue": 120 }),
        ),
        ("CreateUserPool", json!({ "PoolName": "another" })),
        ("CreateUserPoolClient", json!({ "ClientName": "another" })),
        (
            "CreateUserPoolDomain",
            json!({ "UserPoolId": bare.id, "Domain": "bare" }),
        ),
        ("UpdateUserPool", json!({ "PoolName": "renamed" })),
        (
            "UpdateUserPoolClient",
            json!({ "ClientId": app.id, "ClientName": "renamed" }),
        ),
        ("DeleteGroup", json!({ "GroupName": "staff" })),
        ("DeleteResourceServer", json!({ "Identifier": "orders" })),
        (
            "DeleteIdentityProvider",
            json!({ "ProviderName": "Google" }),
        ),
        ("DeleteUserPoolClient", json!({ "ClientId": app.id })),
        ("DeleteUserPoolDomain", json!({ "Domain": "team" })),
        ("DeleteUserPool", json!({ "UserPoolId": doomed.id })),
    ]
}
