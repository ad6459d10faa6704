//! Which events are recorded, with what, and for how long.

use serde_json::{Value, json};

use super::{RIGHT_PASSWORD, Record, WRONG_PASSWORD};
use crate::support::application::{open_app, run_job, test_config};
use crate::support::devices::{client_with_devices, confirmed_device};
use crate::support::passwords::{
    NEW_PASSWORD, change_password, confirm_forgot_password, forgot_password,
};
use crate::support::pools::{AppClient, PASSWORD, Tokens};
use crate::support::sign_in::respond;
use crate::support::sign_up::{confirm_sign_up, email_pool, wrong_code_for};
use crate::support::tokens::revoke;
use crate::support::totp::{AuthenticatorApp, begin_step};
use crate::support::users::{call_for_user, client_with_ada, confirmed_user, set_password};
use crate::support::{TestServer, TestStore, both_stores};

const ADA: &str = "ada@example.com";
const DAY: i64 = 86_400;

async fn start(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| config.limits.multiplier = Some(1)).await
}

async fn id_of(app: &AppClient, username: &str) -> String {
    app.pool.attribute(username, "sub").await.unwrap()
}

/// One column of a table, as text.
async fn select(store: &TestStore, query: &str) -> Vec<String> {
    store.ask(query).await
}

async fn give_code(app: &AppClient, code: &str) -> crate::support::answer::Answer {
    let challenge = app.initiate("ada", PASSWORD).await.ok();
    let responses = json!({ "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code });
    respond(app, &challenge, responses).await
}

both_stores! {
    /// A sign-in's event has the `event_id` of its tokens, and says from where and by what the request came.
    async fn a_sign_in_is_recorded(store: TestStore) {
        let server = start(&store).await;
        let app = client_with_ada(&server).await;
        let mut record = Record::of(&store, &id_of(&app, "ada").await).await;
        let tokens = app.on_device("127.0.0.2", "Mozilla/5.0 Firefox/133.0").sign_in("ada").await;
        assert_eq!(record.new_ones().await, [RIGHT_PASSWORD]);
        let event_id = tokens.access_claims()["event_id"].as_str().unwrap().to_owned();
        for (column, expected) in [
            ("event_id", event_id.as_str()),
            ("request_id", &event_id),
            ("client_id", &app.id),
            ("source_address", "127.0.0.2"),
            ("user_agent", "Mozilla/5.0 Firefox/133.0"),
            ("feedback", "-"),
        ] {
            assert_eq!(record.column(column, "kind").await.last().unwrap(), expected, "{column}");
        }
        app.initiate("ada", "Wr0ng-Donkey!").await.fails_as("NotAuthorizedException");
        assert_eq!(record.new_ones().await, [WRONG_PASSWORD]);
        server.stop().await;
    }

    /// A right password that does not sign in is recorded as refused.
    async fn a_refused_user_is_recorded(store: TestStore) {
        let server = start(&store).await;
        let app = client_with_ada(&server).await;
        let mut record = Record::of(&store, &id_of(&app, "ada").await).await;
        call_for_user(&app.pool, "AdminDisableUser", "ada").await.ok();
        assert_eq!(record.new_ones().await, ["revocation pass []"]);
        app.initiate("ada", PASSWORD).await.fails("NotAuthorizedException", "User is disabled.");
        assert_eq!(record.new_ones().await, [r#"sign_in fail [["password",true]]"#]);
        server.stop().await;
    }

    /// The guess that locks the user out is recorded once as that; a refusal while the lock holds is none.
    async fn a_lock_out_is_recorded(store: TestStore) {
        let server = start(&store).await;
        let app = client_with_ada(&server).await;
        let mut record = Record::of(&store, &id_of(&app, "ada").await).await;
        for _ in 0..4 {
            app.initiate("ada", "Wr0ng-Donkey!").await.fails_as("NotAuthorizedException");
            assert_eq!(record.new_ones().await, [WRONG_PASSWORD]);
        }
        app.initiate("ada", "Wr0ng-Donkey!").await.fails_as("NotAuthorizedException");
        assert_eq!(record.new_ones().await, [WRONG_PASSWORD, "lock_out pass []"]);
        app.initiate("ada", PASSWORD)
            .await
            .fails("NotAuthorizedException", "Password attempts exceeded");
        assert!(record.new_ones().await.is_empty());
        server.stop().await;
    }

    /// The second factor is an answer of its own.
    async fn second_factors_are_recorded(store: TestStore) {
        let server = start(&store).await;
        let app = client_with_ada(&server).await;
        let pool_factors = json!({
            "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        app.pool.admin("SetUserPoolMfaConfig", pool_factors).await.ok();
        let tokens = app.sign_in("ada").await;
        let mut record = Record::of(&store, &id_of(&app, "ada").await).await;
        let with_token = async |operation: &str, input: Value| {
            app.with_token(operation, &tokens.access, input).await.ok()
        };
        let associated = with_token("AssociateSoftwareToken", json!({})).await;
        assert!(record.new_ones().await.is_empty());
        let phone = AuthenticatorApp::new(&associated);
        with_token("VerifySoftwareToken", json!({ "UserCode": phone.code(&server, 0) })).await;
        assert_eq!(record.new_ones().await, ["factor_change pass []"]);
        let on = json!({ "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true } });
        with_token("SetUserMFAPreference", on).await;
        assert_eq!(record.new_ones().await, ["factor_change pass []"]);
        begin_step(&server).await;
        give_code(&app, &phone.wrong_code(&server)).await.fails_as("CodeMismatchException");
        let wrong = r#"sign_in fail [["password",true],["mfa",false]]"#;
        assert_eq!(record.new_ones().await, [wrong]);
        give_code(&app, &phone.code(&server, 0)).await.ok();
        let right = r#"sign_in pass [["password",true],["mfa",true]]"#;
        assert_eq!(record.new_ones().await, [right]);
        app.pool.admin("AdminDeleteSoftwareToken", json!({ "Username": "ada" })).await.ok();
        assert_eq!(record.new_ones().await, ["factor_change pass []"]);
        server.stop().await;
    }

    /// Sign-up, recovery and changes of password and contact, and the wrong codes for them.
    async fn changes_are_recorded(store: TestStore) {
        let server = start(&store).await;
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({ "email": ADA })).await.ok();
        let mut record = Record { store: &store, user_id: id_of(&app, "ada").await, seen: 0 };
        assert_eq!(record.new_ones().await, ["sign_up pass []"]);
        let code = pool.inbox(ADA).code().await;
        confirm_sign_up(&app, "ada", wrong_code_for(&code)).await.fails_as("CodeMismatchException");
        assert_eq!(record.new_ones().await, ["sign_up fail []"]);
        confirm_sign_up(&app, "ada", &code).await.ok();
        assert!(record.new_ones().await.is_empty());

        forgot_password(&app, "ada").await.ok();
        let code = pool.inbox(ADA).code().await;
        confirm_forgot_password(&app, "ada", wrong_code_for(&code), NEW_PASSWORD)
            .await
            .fails_as("CodeMismatchException");
        assert_eq!(record.new_ones().await, ["forgot_password fail []"]);
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        assert_eq!(record.new_ones().await, ["forgot_password pass []"]);

        set_password(&pool, "ada", PASSWORD, true).await.ok();
        assert_eq!(record.new_ones().await, ["password_change pass []"]);
        let tokens = app.sign_in("ada").await;
        assert_eq!(record.new_ones().await, [RIGHT_PASSWORD]);
        change_password(&app, &tokens.access, "Wr0ng-Donkey!", NEW_PASSWORD)
            .await
            .fails_as("NotAuthorizedException");
        assert_eq!(record.new_ones().await, ["password_change fail []"]);
        change_password(&app, &tokens.access, PASSWORD, NEW_PASSWORD).await.ok();
        assert_eq!(record.new_ones().await, ["password_change pass []"]);

        let address = json!([{ "Name": "email", "Value": "ada@example.org" }]);
        let input = json!({ "UserAttributes": address });
        app.with_token("UpdateUserAttributes", &tokens.access, input).await.ok();
        assert_eq!(record.new_ones().await, ["contact_change pass []"]);
        let code = pool.inbox("ada@example.org").code().await;
        let wrong = json!({ "AttributeName": "email", "Code": wrong_code_for(&code) });
        app.with_token("VerifyUserAttribute", &tokens.access, wrong)
            .await
            .fails_as("CodeMismatchException");
        assert_eq!(record.new_ones().await, ["contact_change fail []"]);
        server.stop().await;
    }

    /// Each way to end sessions is recorded once; ending an ended one is nothing.
    async fn revocations_are_recorded(store: TestStore) {
        let server = start(&store).await;
        let app = client_with_ada(&server).await;
        let mut record = Record::of(&store, &id_of(&app, "ada").await).await;
        let tokens = app.sign_in("ada").await;
        assert_eq!(record.new_ones().await, [RIGHT_PASSWORD]);
        revoke(&app, &tokens.refresh).await.ok();
        assert_eq!(record.new_ones().await, ["revocation pass []"]);
        revoke(&app, &tokens.refresh).await.ok();
        assert!(record.new_ones().await.is_empty());
        let tokens: Tokens = app.sign_in("ada").await;
        app.with_token("GlobalSignOut", &tokens.access, json!({})).await.ok();
        assert_eq!(record.new_ones().await, [RIGHT_PASSWORD, "revocation pass []"]);
        call_for_user(&app.pool, "AdminUserGlobalSignOut", "ada").await.ok();
        assert_eq!(record.new_ones().await, ["revocation pass []"]);
        server.stop().await;
    }

    /// A device that is confirmed, remembered and forgotten.
    async fn changes_of_devices_are_recorded(store: TestStore) {
        let server = start(&store).await;
        let app = client_with_devices(&server, true).await;
        let mut record = Record::of(&store, &id_of(&app, "ada").await).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        assert_eq!(record.new_ones().await, [RIGHT_PASSWORD, "device_change pass []"]);
        let status = json!({ "DeviceKey": device.key, "DeviceRememberedStatus": "remembered" });
        for (operation, input) in [
            ("UpdateDeviceStatus", status),
            ("ForgetDevice", json!({ "DeviceKey": device.key })),
        ] {
            app.with_token(operation, &tokens.access, input).await.ok();
            assert_eq!(record.new_ones().await, ["device_change pass []"], "{operation}");
        }
        server.stop().await;
    }

    /// Where users are hidden, a name that nobody has is recorded as a user is, under no user's id, for a day.
    async fn nobody_is_recorded_too(store: TestStore) {
        let server = start(&store).await;
        let app = client_with_ada(&server).await;
        let hiding = app.pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        let ada = id_of(&app, "ada").await;
        let others = format!(
            "SELECT kind || ' ' || outcome || ' ' || challenges FROM auth_events WHERE user_id <> '{ada}'"
        );
        hiding.initiate("nobody", "Wr0ng-Donkey!").await.fails_as("NotAuthorizedException");
        assert_eq!(select(&store, &others).await, [WRONG_PASSWORD]);
        confirm_forgot_password(&hiding, "nobody", "123456", NEW_PASSWORD)
            .await
            .fails_as("CodeMismatchException");
        assert_eq!(select(&store, &others).await.len(), 2);
        let names = select(&store, "SELECT user_id FROM auth_events").await;
        assert!(names.iter().all(|name| !name.contains("nobody")));
        server.stop().await;

        let node = open_app(test_config(&store)).await;
        node.clock.advance(DAY + 1);
        run_job(&node, "delete-expired").await;
        assert!(select(&store, &others).await.is_empty());
        node.stop().await;
    }

    /// Events are kept as long as the configuration says, and by then are deleted with all that they hold.
    async fn events_are_kept_for_a_time(store: TestStore) {
        let server = TestServer::start(&store, |config| config.events.retention_days = 3).await;
        let app = client_with_ada(&server).await;
        let mut record = Record::of(&store, &id_of(&app, "ada").await).await;
        app.sign_in("ada").await;
        server.stop().await;
        let node = open_app(test_config(&store)).await;
        node.clock.advance(3 * DAY - 600);
        run_job(&node, "delete-expired").await;
        assert_eq!(record.new_ones().await, [RIGHT_PASSWORD]);
        node.clock.advance(1_200);
        run_job(&node, "delete-expired").await;
        assert!(select(&store, "SELECT user_id FROM auth_events").await.is_empty());
        node.stop().await;
    }

    /// Without days nothing is recorded.
    async fn nothing_is_recorded_where_the_operator_wants_that(store: TestStore) {
        let server = TestServer::start(&store, |config| config.events.retention_days = 0).await;
        let app = client_with_ada(&server).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        app.sign_in("ada").await;
        app.initiate("ada", "Wr0ng-Donkey!").await.fails_as("NotAuthorizedException");
        assert!(select(&store, "SELECT user_id FROM auth_events").await.is_empty());
        server.stop().await;
    }
}
