//! The events of a sign-in, member by member, and what the answers to them do (behaviour 6).

use serde_json::{Value, json};

use super::function::{ARN, Function, answered, expected_event, pool_with, with_triggers};
use crate::support::device_srp;
use crate::support::devices::{confirmed_device, sign_in_from};
use crate::support::pools::{PASSWORD, Tokens, laid_over};
use crate::support::sign_in::{choose_password, initiate, tokens_of};
use crate::support::srp::SrpClient;
use crate::support::users::{confirmed_user, invited_user, status};
use crate::support::{AppClient, Pool, TestServer, TestStore, both_stores};

const REFUSED: &str = "UserLambdaValidationException";
const EMAIL: &str = "ada@example.com";
const ALL: [&str; 3] = [
    "PreAuthentication",
    "PostAuthentication",
    "PreTokenGeneration",
];
const USER_ADMIN: &str = "aws.cognito.signin.user.admin";

/// A pool with these triggers, a client, and `ada`; returns her attributes as events have them.
async fn with_ada(
    store: &TestStore,
    triggers: &[&str],
    settings: Value,
) -> (TestServer, Function, Pool, AppClient, Value) {
    let (server, function, pool) = pool_with(store, triggers, settings).await;
    let app = pool.client(json!({})).await;
    let own = json!({ "email": EMAIL, "email_verified": "true" });
    let sub = confirmed_user(&pool, "ada", own.clone()).await;
    let beside = json!({ "sub": sub, "cognito:user_status": "CONFIRMED" });
    (server, function, pool, app, laid_over(own, beside))
}

/// The version of PreTokenGeneration's event.
fn pre_token(version: &str) -> Value {
    json!({ "LambdaConfig": {
        "PreTokenGenerationConfig": { "LambdaArn": ARN, "LambdaVersion": version },
    } })
}

fn no_groups() -> Value {
    json!({ "groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null })
}

async fn with_metadata(app: &AppClient, operation: &str, input: Value) -> Value {
    let metadata = json!({ "ClientMetadata": { "from": operation } });
    app.call(operation, laid_over(input, metadata)).await.ok()
}

both_stores! {
    /// InitiateAuth's metadata reach PreAuthentication only, as validationData.
    async fn a_sign_in_with_a_password_fires_three_events(store: TestStore) {
        let (server, function, pool, app, attributes) = with_ada(&store, &ALL, json!({})).await;
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "ada", "PASSWORD": PASSWORD },
        });
        let signed_in = with_metadata(&app, "InitiateAuth", input).await;
        let sources = [
            "PreAuthentication_Authentication",
            "PostAuthentication_Authentication",
            "TokenGeneration_Authentication",
        ];
        assert_eq!(function.sources(), sources);
        let [before, after, tokens] = sources;
        let of = |source| (source, "ada", app.id.as_str());
        let request = json!({
            "userAttributes": attributes,
            "validationData": { "from": "InitiateAuth" },
            "userNotFound": false,
        });
        let expected = expected_event(&pool, of(before), request, json!({}));
        assert_eq!(function.event(before), expected);
        let request = json!({ "userAttributes": attributes, "newDeviceUsed": false });
        let expected = expected_event(&pool, of(after), request, json!({}));
        assert_eq!(function.event(after), expected);
        let request = json!({ "userAttributes": attributes, "groupConfiguration": no_groups() });
        let response = json!({ "claimsOverrideDetails": null });
        let expected = expected_event(&pool, of(tokens), request, response);
        assert_eq!(function.event(tokens), expected);

        // A refresh asks for the tokens only, with the metadata of its own operation.
        function.forget();
        let refresh = Tokens::from(&signed_in).refresh;
        let input = json!({ "RefreshToken": refresh });
        with_metadata(&app, "GetTokensFromRefreshToken", input).await;
        let request = json!({
            "userAttributes": attributes,
            "groupConfiguration": no_groups(),
            "clientMetadata": { "from": "GetTokensFromRefreshToken" },
        });
        let response = json!({ "claimsOverrideDetails": null });
        let of = of("TokenGeneration_RefreshTokens");
        let expected = expected_event(&pool, of, request, response);
        assert_eq!(function.event(of.0), expected);
        assert_eq!(function.calls().len(), 1);
        server.stop().await;
    }

    /// A device that is issued a key is a new one; a device that has proven itself has a source of its own.
    async fn devices_are_told_of(store: TestStore) {
        let devices = json!({ "DeviceConfiguration": { "DeviceOnlyRememberedOnUserPrompt": false } });
        let (server, function, _, app, _) = with_ada(&store, &ALL, devices).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let told = function.event("PostAuthentication_Authentication");
        assert_eq!(told["request"]["newDeviceUsed"], true);
        function.forget();
        let challenge = sign_in_from(&app, "ada", &device.key).await.ok();
        device_srp::prove(&app, &device, &challenge).await.ok();
        let told = function.event("PostAuthentication_Authentication");
        assert_eq!(told["request"]["newDeviceUsed"], false);
        function.event("TokenGeneration_AuthenticateDevice");
        server.stop().await;
    }

    /// The metadata of the answer reach what follows it.
    async fn a_sign_in_by_srp_fires_its_events_in_their_order(store: TestStore) {
        let (server, function, _, app, _) = with_ada(&store, &ALL, json!({})).await;
        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await.ok();
        assert_eq!(function.sources(), ["PreAuthentication_Authentication"]);
        let answer = client.response(&app, &challenge, PASSWORD);
        with_metadata(&app, "RespondToAuthChallenge", answer).await;
        let metadata = json!({ "from": "RespondToAuthChallenge" });
        for source in ["PostAuthentication_Authentication", "TokenGeneration_Authentication"] {
            assert_eq!(function.event(source)["request"]["clientMetadata"], metadata);
        }
        assert_eq!(function.calls().len(), 3);
        // A wrong password comes after PreAuthentication, and nothing after it.
        function.forget();
        SrpClient::sign_in(&app, "ada", "Wr0ng-Donkey?").await.fails(
            "NotAuthorizedException",
            "Incorrect username or password.",
        );
        assert_eq!(function.sources(), ["PreAuthentication_Authentication"]);
        server.stop().await;
    }

    async fn a_new_password_has_a_source_of_its_own(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &ALL, json!({})).await;
        let app = pool.client(json!({})).await;
        invited_user(&pool, "eve", "Temp0rary-Horse!", json!({})).await;
        let challenge = app.initiate("eve", "Temp0rary-Horse!").await.ok();
        assert_eq!(function.sources(), ["PreAuthentication_Authentication"]);
        function.forget();
        function.throws("PostAuthentication_Authentication", "not today");
        choose_password(&app, &challenge, PASSWORD, json!({}))
            .await
            .fails(REFUSED, "PostAuthentication failed with error not today.");
        // The password is set by then, and signs in without a challenge.
        assert_eq!(status(&pool, "eve").await, "CONFIRMED");
        function.answers(|event| answered(&event));
        app.sign_in("eve").await;

        invited_user(&pool, "bob", "Temp0rary-Horse!", json!({})).await;
        let challenge = app.initiate("bob", "Temp0rary-Horse!").await.ok();
        function.forget();
        tokens_of(choose_password(&app, &challenge, PASSWORD, json!({})).await);
        let sources = [
            "PostAuthentication_Authentication",
            "TokenGeneration_NewPasswordChallenge",
        ];
        assert_eq!(function.sources(), sources);
        server.stop().await;
    }

    async fn a_refusal_of_any_of_them_ends_the_sign_in(store: TestStore) {
        let (server, function, _, app, _) = with_ada(&store, &ALL, json!({})).await;
        for (source, text) in [
            ("PreAuthentication_Authentication", "PreAuthentication"),
            ("PostAuthentication_Authentication", "PostAuthentication"),
            ("TokenGeneration_Authentication", "PreTokenGeneration"),
        ] {
            function.throws(source, "no");
            let text = format!("{text} failed with error no.");
            app.initiate("ada", PASSWORD).await.fails(REFUSED, &text);
        }
        let sessions = store.ask("SELECT session_id FROM sessions").await;
        assert!(sessions.is_empty(), "{sessions:?}");
        // What refuses before the password is looked at counts no wrong password.
        function.throws("PreAuthentication_Authentication", "no");
        for _ in 0..10 {
            let refused = app.initiate("ada", "Wr0ng-Donkey?").await;
            refused.fails(REFUSED, "PreAuthentication failed with error no.");
        }
        function.answers(|event| answered(&event));
        app.sign_in("ada").await;
        server.stop().await;
    }

    async fn only_where_users_are_hidden_it_is_asked_for_a_name_that_nobody_has(store: TestStore) {
        let (server, function, pool, app, attributes) =
            with_ada(&store, &["PreAuthentication"], json!({})).await;
        app.initiate("nob", PASSWORD).await.fails(
            "UserNotFoundException",
            "User does not exist.",
        );
        assert!(function.calls().is_empty());
        let hiding = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        hiding.initiate("nob", PASSWORD).await.fails(
            "NotAuthorizedException",
            "Incorrect username or password.",
        );
        let source = "PreAuthentication_Authentication";
        let request = json!({ "userAttributes": {}, "validationData": null, "userNotFound": true });
        let expected = expected_event(&pool, (source, "nob", &hiding.id), request, json!({}));
        assert_eq!(function.event(source), expected);
        function.forget();
        SrpClient::new().initiate(&hiding, "nob").await.ok();
        assert_eq!(function.event(source), expected);
        // A function that refuses whom it does not know says so to both alike.
        function.throws(source, "no");
        let refused = |user: &'static str| {
            let hiding = hiding.clone();
            async move { hiding.initiate(user, PASSWORD).await }
        };
        let (known, unknown) = (refused("ada").await, refused("nob").await);
        assert_eq!((known.type_, known.message), (unknown.type_, unknown.message));
        assert_eq!(attributes["email"], EMAIL);
        server.stop().await;
    }

    async fn version_1_changes_the_id_token(store: TestStore) {
        let (server, function, _, app, _) =
            with_ada(&store, &["PreTokenGeneration"], json!({})).await;
        function.responds("TokenGeneration_Authentication", json!({
            "claimsOverrideDetails": {
                "claimsToAddOrOverride": { "tenant": "t1", "sub": "x", "email": "other@example.com" },
                "claimsToSuppress": ["email_verified", "token_use"],
                "groupOverrideDetails": {
                    "groupsToOverride": ["admins"],
                    "iamRolesToOverride": ["arn:aws:iam::000000000000:role/r"],
                    "preferredRole": "arn:aws:iam::000000000000:role/r",
                },
            },
        }));
        let tokens = app.sign_in("ada").await;
        let (id, access) = (tokens.id_claims(), tokens.access_claims());
        assert_eq!(id["tenant"], "t1");
        assert_eq!(id["email"], "other@example.com");
        assert_eq!(id["sub"], access["sub"]);
        assert_eq!(id["token_use"], "id");
        assert_eq!(id["email_verified"], Value::Null);
        let role = json!("arn:aws:iam::000000000000:role/r");
        assert_eq!(id["cognito:groups"], json!(["admins"]));
        assert_eq!(id["cognito:roles"], json!([role]));
        assert_eq!(id["cognito:preferred_role"], role);
        assert_eq!(access["cognito:groups"], json!(["admins"]));
        assert_eq!(access["tenant"], Value::Null);
        assert_eq!(access["scope"], USER_ADMIN);
        server.stop().await;
    }

    /// The event has another version, and the scopes.
    async fn versions_2_and_3_change_both_tokens_and_the_scopes(store: TestStore) {
        let (server, function, pool, app, attributes) =
            with_ada(&store, &[], pre_token("V2_0")).await;
        let source = "TokenGeneration_Authentication";
        for (setting, version) in [("V2_0", "2"), ("V3_0", "3")] {
            let settings = with_triggers(&[], pre_token(setting));
            pool.admin("UpdateUserPool", settings).await.ok();
            function.forget();
            function.responds(source, json!({ "claimsAndScopeOverrideDetails": {
                "idTokenGeneration": { "claimsToAddOrOverride": { "plan": { "seats": 3 } } },
                "accessTokenGeneration": {
                    "claimsToAddOrOverride": { "plan": [1, true], "client_id": "x" },
                    "claimsToSuppress": ["username"],
                    "scopesToAdd": ["orders/read"],
                },
            } }));
            let tokens = app.sign_in("ada").await;
            let mut expected = expected_event(
                &pool,
                (source, "ada", &app.id),
                json!({
                    "userAttributes": attributes,
                    "groupConfiguration": no_groups(),
                    "scopes": [USER_ADMIN],
                }),
                json!({ "claimsAndScopeOverrideDetails": null }),
            );
            expected["version"] = json!(version);
            assert_eq!(function.event(source), expected);
            let access = tokens.access_claims();
            assert_eq!(tokens.id_claims()["plan"], json!({ "seats": 3 }));
            assert_eq!(access["plan"], json!([1, true]));
            assert_eq!(access["client_id"], json!(app.id));
            assert_eq!(access["username"], "ada");
            assert_eq!(access["scope"], format!("{USER_ADMIN} orders/read"));
        }
        // What the token may do follows from the scopes that it has.
        function.responds(source, json!({ "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": { "scopesToSuppress": [USER_ADMIN] },
        } }));
        let tokens = app.sign_in("ada").await;
        assert_eq!(tokens.access_claims()["scope"], "");
        app.with_token("GetUser", &tokens.access, json!({})).await.fails(
            "NotAuthorizedException",
            "Access Token does not have required scopes",
        );
        // A refresh asks anew.
        let refreshed = app.refresh(&tokens.refresh).await;
        assert_eq!(tokens_of(refreshed).access_claims()["scope"], USER_ADMIN);
        function.responds(source, json!({ "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": { "scopesToAdd": ["two words"] },
        } }));
        app.initiate("ada", PASSWORD).await.fails(
            "InvalidLambdaResponseException",
            "Unrecognizable lambda output",
        );
        server.stop().await;
    }

    /// The administrator's form, and a choice of the first factor, ask once each.
    async fn every_way_to_begin_asks_once(store: TestStore) {
        let (server, function, pool, _, _) =
            with_ada(&store, &["PreAuthentication"], json!({})).await;
        let app = pool.client(json!({ "ExplicitAuthFlows": [
            "ALLOW_USER_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH",
        ] })).await;
        let password = json!({ "USERNAME": "ada", "PASSWORD": PASSWORD });
        let input = json!({
            "ClientId": app.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": password,
        });
        pool.admin("AdminInitiateAuth", input).await.ok();
        assert_eq!(function.calls().len(), 1);
        let preferred = json!({ "PREFERRED_CHALLENGE": "PASSWORD" });
        let preferred = laid_over(password.clone(), preferred);
        tokens_of(initiate(&app, "USER_AUTH", preferred).await);
        assert_eq!(function.calls().len(), 2);
        let select = initiate(&app, "USER_AUTH", json!({ "USERNAME": "ada" })).await.ok();
        let answer = laid_over(password, json!({ "ANSWER": "PASSWORD" }));
        tokens_of(crate::support::sign_in::respond(&app, &select, answer).await);
        assert_eq!(function.calls().len(), 3);
        server.stop().await;
    }
}
