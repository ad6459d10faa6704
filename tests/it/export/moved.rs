//! Pools that have moved to another server on the other kind of store.

use cognate::flows::export::tables::POOL_TABLES;
use serde_json::{Value, json};

use super::{cognate, export, file, import, lines, rows};
use crate::support::authenticator::{Browser, SoftPasskey};
use crate::support::device_srp::prove;
use crate::support::devices::{Device, confirmed_device, sign_in_from};
use crate::support::passkeys::{LOCAL_PAGE, register};
use crate::support::pools::PASSWORD;
use crate::support::server::Endpoint;
use crate::support::sign_in::{initiate, respond, tokens_of};
use crate::support::signed_in_user::SignedInUser;
use crate::support::tokens::{assert_valid, get_user, revoke};
use crate::support::totp::{AuthenticatorApp, begin_step, enrolled};
use crate::support::users::confirmed_user;
use crate::support::{AppClient, Pool, ServerProcess, SrpClient, StoreKind, TestStore, Tokens};

/// The tables that the pools below have no rows in.
const EMPTY: [&str; 3] = [
    "user_import_uploads",
    "user_import_chunks",
    "user_import_log",
];
const PICTURE: &str = "iVBORw0KGgo=";
const ROLE: &str = "arn:aws:iam::000000000000:role/CloudWatchLogs";

/// A store of the other kind.
async fn other(store: &TestStore) -> TestStore {
    TestStore::new(match store.kind {
        StoreKind::Sqlite => StoreKind::Postgres,
        StoreKind::Postgres => StoreKind::Sqlite,
    })
    .await
}

/// A server that keeps the issuer of the one at `former`.
async fn server_after(store: &TestStore, former: &str) -> ServerProcess {
    ServerProcess::start(store, &[("COGNATE__TOKENS__ISSUER__BASE", former)]).await
}

/// What people have before their pools move.
struct People {
    /// `ada` has an authenticator app and `cy` a passkey, `dee` is signed in twice, and once where tokens rotate.
    app: AppClient,
    rotating: AppClient,
    phone: AuthenticatorApp,
    passkey: SoftPasskey,
    dee: Tokens,
    dee_elsewhere: Tokens,
    dee_rotating: Tokens,
    /// `ada` again, in a pool that remembers devices.
    devices: AppClient,
    device: Device,
    tokens_there: Tokens,
}

impl People {
    async fn settle(server: &Endpoint) -> Self {
        let factors = json!(["PASSWORD", "WEB_AUTHN"]);
        let pool = server
            .pool(json!({
                "AliasAttributes": ["email"],
                "Policies": {
                    "SignInPolicy": { "AllowedFirstAuthFactors": factors },
                    "PasswordPolicy": { "MinimumLength": 8, "PasswordHistorySize": 2 },
                },
                "Schema": [{ "Name": "team", "AttributeDataType": "String", "Mutable": true }],
            }))
            .await;
        let input = json!({
            "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        pool.admin("SetUserPoolMfaConfig", input).await.ok();
        let input =
            json!({ "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 } });
        pool.admin("SetUserPoolSessionConfiguration", input)
            .await
            .ok();
        let flows = json!([
            "ALLOW_USER_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH"
        ]);
        let app = pool
            .client(json!({ "ExplicitAuthFlows": flows, "GenerateSecret": false }))
            .await;
        let rotating = pool
            .client(json!({
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"], "GenerateSecret": true,
                "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
            }))
            .await;
        confirmed_user(&pool, "ada", json!({})).await;
        let phone = enrolled(&app, &app.sign_in("ada").await).await;
        let cy = SignedInUser::join(&app, "cy", json!({})).await;
        let passkey = register(&cy, &Browser::at(LOCAL_PAGE)).await;
        let attributes = json!({
            "email": "dee@example.com", "email_verified": "true", "custom:team": "core",
        });
        confirmed_user(&pool, "dee", attributes).await;
        let (dee, dee_elsewhere) = (app.sign_in("dee").await, app.sign_in("dee").await);
        let dee_rotating = rotating.sign_in("dee").await;

        let remembered = json!({ "DeviceOnlyRememberedOnUserPrompt": false });
        let device_pool = server
            .pool(json!({ "DeviceConfiguration": remembered }))
            .await;
        confirmed_user(&device_pool, "ada", json!({})).await;
        let devices = device_pool.client(json!({})).await;
        let (device, tokens_there) = confirmed_device(&devices, "ada").await;
        furnish(&pool, &app).await;
        // Passkeys of the other pool would belong to its domain from now on.
        let domain = json!({ "Domain": "team", "ManagedLoginVersion": 2 });
        device_pool.admin("CreateUserPoolDomain", domain).await.ok();
        let look = json!({ "CSS": ".banner-customizable { color: red; }" });
        device_pool.admin("SetUICustomization", look).await.ok();
        Self {
            app,
            rotating,
            phone,
            passkey,
            dee,
            dee_elsewhere,
            dee_rotating,
            devices,
            device,
            tokens_there,
        }
    }

    /// Everybody goes on at the new server as at the former one.
    async fn go_on_at(&mut self, server: &Endpoint) {
        // The former server's clock was moved, and a code is used once.
        server.advance(120).await;
        begin_step(server).await;
        let app = self.app.at(server);
        assert_valid(&app, &self.dee).await;
        let user = get_user(&app, &self.dee.access).await.ok();
        assert!(
            user["UserAttributes"].to_string().contains(r#""core""#),
            "{user}"
        );
        revoke(&app, &self.dee_elsewhere.refresh).await.ok();
        let revoked = app.refresh(&self.dee_elsewhere.refresh).await;
        revoked.fails("NotAuthorizedException", "Refresh Token has been revoked");

        let rotating = self.rotating.at(server);
        let renewed = rotating.refresh(&self.dee_rotating.refresh).await.ok();
        let renewed = Tokens::from(&renewed);
        rotating.refresh(&renewed.refresh).await.ok();
        let again = rotating.refresh(&self.dee_rotating.refresh).await;
        again.fails(
            "RefreshTokenReuseException",
            "Refresh token has already been used.",
        );

        // By the alias, by SRP and by the password itself, of which the hash has come along.
        tokens_of(app.initiate("dee@example.com", PASSWORD).await);
        tokens_of(SrpClient::sign_in(&app, "dee", PASSWORD).await);
        let wrong = app.initiate("dee", "Wrong-password-1").await;
        wrong.fails("NotAuthorizedException", "Incorrect username or password.");

        let challenge = app.initiate("ada", PASSWORD).await.ok();
        assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        let code = self.phone.code(server, 0);
        let answers = json!({ "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code });
        tokens_of(respond(&app, &challenge, answers).await);

        let parameters = json!({ "USERNAME": "cy", "PREFERRED_CHALLENGE": "WEB_AUTHN" });
        let challenge = initiate(&app, "USER_AUTH", parameters).await.ok();
        let options = challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str();
        let options: Value = serde_json::from_str(options.unwrap()).unwrap();
        let credential = Browser::at(LOCAL_PAGE).get(&mut self.passkey, &options);
        let answers = json!({ "USERNAME": "cy", "CREDENTIAL": credential.to_string() });
        tokens_of(respond(&app, &challenge, answers).await);

        let devices = self.devices.at(server);
        let challenge = sign_in_from(&devices, "ada", &self.device.key).await.ok();
        assert_eq!(challenge["ChallengeName"], "DEVICE_SRP_AUTH");
        tokens_of(prove(&devices, &self.device, &challenge).await);
        let key = Some(self.device.key.as_str());
        devices
            .refresh_from(&self.tokens_there.refresh, key)
            .await
            .ok();
    }
}

/// Something in every table that has nothing yet.
async fn furnish(pool: &Pool, app: &AppClient) {
    let asset = |mode| json!({ "Category": "FORM_LOGO", "ColorMode": mode, "Extension": "PNG", "Bytes": PICTURE });
    let calls = [
        (
            "CreateGroup",
            json!({ "GroupName": "editors", "Precedence": 7 }),
        ),
        (
            "AdminAddUserToGroup",
            json!({ "Username": "dee", "GroupName": "editors" }),
        ),
        (
            "CreateResourceServer",
            json!({
                "Identifier": "orders", "Name": "Orders",
                "Scopes": [{ "ScopeName": "read", "ScopeDescription": "See" }],
            }),
        ),
        (
            "CreateIdentityProvider",
            json!({
                "ProviderName": "Google", "ProviderType": "Google", "IdpIdentifiers": ["g"],
                "ProviderDetails": {
                    "client_id": "ours", "client_secret": "theirs", "authorize_scopes": "email",
                },
            }),
        ),
        (
            "AdminLinkProviderForUser",
            json!({
                "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "dee" },
                "SourceUser": {
                    "ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject",
                    "ProviderAttributeValue": "1234",
                },
            }),
        ),
        (
            "CreateTerms",
            json!({
                "ClientId": app.id, "TermsName": "terms-of-use", "TermsSource": "LINK",
                "Enforcement": "NONE", "Links": { "cognito:default": "https://example.com/" },
            }),
        ),
        (
            "SetRiskConfiguration",
            json!({
                "RiskExceptionConfiguration": { "BlockedIPRangeList": ["198.51.100.0/24"] },
            }),
        ),
        (
            "SetLogDeliveryConfiguration",
            json!({ "LogConfigurations": [{
            "EventSource": "userAuthEvents", "LogLevel": "INFO",
            "S3Configuration": { "BucketArn": "arn:aws:s3:::events" },
        }] }),
        ),
        (
            "CreateManagedLoginBranding",
            json!({
                "ClientId": app.id, "Settings": { "categories": {} },
                "Assets": [asset("LIGHT"), asset("DARK")],
            }),
        ),
        ("GetSigningCertificate", json!({})),
        (
            "CreateUserImportJob",
            json!({ "JobName": "import", "CloudWatchLogsRoleArn": ROLE }),
        ),
    ];
    for (operation, input) in calls {
        pool.admin(operation, input).await.ok();
    }
    // More than are read at once.
    for number in 0..205 {
        let input = json!({ "GroupName": format!("group-{number}") });
        pool.admin("CreateGroup", input).await.ok();
    }
}

/// Must show 7: from this store to one of the other kind, both servers running.
async fn everybody_goes_on_at_the_new_server(kind: StoreKind) {
    let store = TestStore::new(kind).await;
    let former = ServerProcess::start(&store, &[]).await;
    let mut people = People::settle(&former).await;
    let exported = file(&store, "all.export");
    let said = export(&store, &exported, &["--all"]).await.well();
    assert!(said.contains("3 user pools"), "{said}");
    former.kill();

    let target = other(&store).await;
    let server = server_after(&target, former.url()).await;
    let said = import(&target, &exported, &[]).await.well();
    for pool in [&people.app.pool.id, &people.devices.pool.id] {
        assert!(said.contains(pool.as_str()), "{said}");
    }
    // Every row has come along, as the target tells by an export of its own.
    let again = file(&target, "again.export");
    let ids = [people.app.pool.id.clone(), people.devices.pool.id.clone()];
    let only = ["--pool", &ids[0], "--pool", &ids[1]];
    export(&target, &again, &only).await.well();
    let selected = file(&store, "selected.export");
    export(&store, &selected, &only).await.well();
    let (mut here, mut there) = (rows(&lines(&again)), rows(&lines(&selected)));
    for table in POOL_TABLES {
        let count = there.get(table).map_or(0, std::collections::BTreeSet::len);
        assert_eq!(
            count == 0,
            EMPTY.contains(&table),
            "{table} has {count} rows"
        );
    }
    let (ours, theirs) = (
        here.remove("imported_token_keys"),
        there.remove("imported_token_keys"),
    );
    assert!(ours.unwrap().is_superset(&theirs.unwrap()));
    assert_eq!(here, there);

    people.go_on_at(&server).await;
    // And once more, back to a store of the first kind: tokens of the first server are known at the third.
    let third = TestStore::new(store.kind).await;
    let directories = (
        store.directory().join("data"),
        third.directory().join("data"),
    );
    std::fs::create_dir_all(&directories.1).unwrap();
    std::fs::copy(
        directories.0.join("master.key"),
        directories.1.join("master.key"),
    )
    .unwrap();
    let once_more = file(&target, "more.export");
    export(&target, &once_more, &["--all"]).await.well();
    server.kill();
    let last = server_after(&third, former.url()).await;
    import(&third, &once_more, &["--pool", &ids[0]])
        .await
        .well();
    assert_valid(&people.app.at(&last), &people.dee).await;
    last.kill();
    // The third has the first one's master key, as if the pool had come back: its keys are exported once.
    let returned = file(&third, "returned.export");
    let back = ["--pool", &ids[0]];
    export(&third, &returned, &back).await.well();
    let keys = &rows(&lines(&returned))["imported_token_keys"];
    let keys: Vec<Value> = keys
        .iter()
        .map(|row| serde_json::from_str::<Value>(row).unwrap()["key_id"].clone())
        .collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert_ne!(keys[0], keys[1]);
    for store in [store, target, third] {
        store.remove().await;
    }
}

/// Password hashes that the source has sealed are readable at a target that seals none, and the reverse.
async fn password_hashes_follow_the_target(kind: StoreKind) {
    let store = TestStore::new(kind).await;
    let target = other(&store).await;
    for (source, target) in [
        (store.clone(), target.clone()),
        (target.clone(), store.clone()),
    ] {
        let (source, target) = (&source, &target);
        let server = ServerProcess::start(source, &[]).await;
        if source.kind == store.kind {
            cognate(source, &["keys", "wrap-passwords"]).await.well();
            server.stop().await;
            server.restart().await;
        }
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let sealed = format!(
            "SELECT CASE WHEN password_hash LIKE 'sealed$%' THEN 'sealed' ELSE 'readable' END
             FROM users WHERE pool_id = '{}'",
            pool.id
        );
        let form = |kind| {
            if kind == store.kind {
                "sealed"
            } else {
                "readable"
            }
        };
        assert_eq!(source.ask(&sealed).await, [form(source.kind)]);
        server.kill();
        let exported = file(source, "one.export");
        export(source, &exported, &["--pool", &pool.id])
            .await
            .well();
        cognate(target, &["migrate"]).await.well();
        import(target, &exported, &[]).await.well();
        assert_eq!(target.ask(&sealed).await, [form(target.kind)]);
        let server = ServerProcess::start(target, &[]).await;
        tokens_of(app.at(&server).initiate("ada", PASSWORD).await);
        server.kill();
    }
    target.remove().await;
    store.remove().await;
}

/// The access keys of administrators come along with all pools, and with no single one.
async fn access_keys_come_along_with_all(kind: StoreKind) {
    let store = TestStore::new(kind).await;
    let server = ServerProcess::start(&store, &[]).await;
    let pool = server.pool(json!({})).await;
    let made = [
        "keys",
        "access",
        "create",
        "--name",
        "ci",
        "--policy",
        "read-only",
    ];
    let made = cognate(&store, &made).await.well();
    let id = made
        .lines()
        .next()
        .unwrap()
        .split_once('=')
        .unwrap()
        .1
        .to_owned();
    let (one, all) = (file(&store, "one.export"), file(&store, "all.export"));
    export(&store, &one, &["--pool", &pool.id]).await.well();
    export(&store, &all, &["--all"]).await.well();
    server.kill();
    let list = ["keys", "access", "list"];
    for (from, has) in [(one, false), (all, true)] {
        let target = other(&store).await;
        cognate(&target, &["migrate"]).await.well();
        import(&target, &from, &[]).await.well();
        let server = ServerProcess::start(&target, &[]).await;
        let listed = cognate(&target, &list).await.well();
        assert_eq!(listed.contains(&id), has, "{listed}");
        server.kill();
        target.remove().await;
    }
    store.remove().await;
}

from_both_stores! {
    everybody_goes_on_at_the_new_server,
    password_hashes_follow_the_target,
    access_keys_come_along_with_all,
}
