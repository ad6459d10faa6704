//! What a stranger sees where the client hides users (`docs/adr/0030`): each open operation and each answer to a
//! challenge looks the same for every user and for a name that nobody has, down to the lengths of opaque values.
//! SignUp is the exception that AWS documents.

use serde_json::{Value, json};

use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::PASSWORD;
use crate::support::sign_in::{WRONG_PASSWORD, choose_password, initiate, respond};
use crate::support::users::{call_for_user, confirmed_user, invited_user};
use crate::support::{Answer, AppClient, SrpClient, TestServer, both_stores};

/// No code that the server makes.
const NO_CODE: &str = "nocode";

/// The users, of each of the kinds that must look the same. Their names begin and are as long as [`UNKNOWN`].
const USERS: [&str; 8] = [
    "u-confirmed-",
    "u-no-phone--",
    "u-unverified",
    "u-pending---",
    "u-disabled--",
    "u-no-passwd-",
    "u-temporary-",
    "u-reset-----",
];
/// Names that nobody has.
const UNKNOWN: [&str; 2] = ["u-nobody----", "u-no-one----"];

fn email(user: &str) -> String {
    format!("{user}@example.com")
}

/// A number of the user's own.
fn phone(user: &str) -> String {
    let place = USERS.iter().chain(&UNKNOWN).position(|name| *name == user);
    format!("+1555555010{}", place.unwrap())
}

/// Which name a stranger types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typed {
    Username,
    Email,
    Phone,
}

impl Typed {
    fn name(self, user: &str) -> String {
        match self {
            Self::Username => user.to_owned(),
            Self::Email => email(user),
            Self::Phone => phone(user),
        }
    }
}

/// A pool with a user of each kind and a client that hides them. `by` is what users sign up with.
async fn pool_of_all(server: &TestServer, settings: Value, by: Typed) -> AppClient {
    let pool = server.pool(settings).await;
    let app = pool
        .client(json!({ "PreventUserExistenceErrors": "ENABLED" }))
        .await;
    let [
        confirmed,
        no_phone,
        unverified,
        pending,
        disabled,
        passwordless,
        temporary,
        reset,
    ] = USERS;
    let attributes = |user: &str| {
        json!({
            "email": email(user), "email_verified": "true",
            "phone_number": phone(user), "phone_number_verified": "true",
        })
    };
    for user in [confirmed, disabled, passwordless, reset] {
        confirmed_user(&pool, &by.name(user), attributes(user)).await;
    }
    let only_email = json!({ "email": email(no_phone), "email_verified": "true" });
    confirmed_user(&pool, &by.name(no_phone), only_email).await;
    confirmed_user(
        &pool,
        &by.name(unverified),
        json!({ "email": email(unverified) }),
    )
    .await;
    let signed_up = json!({ "email": email(pending), "phone_number": phone(pending) });
    app.sign_up(&by.name(pending), signed_up).await.ok();
    call_for_user(&pool, "AdminDisableUser", &by.name(disabled))
        .await
        .ok();
    invited_user(&pool, &by.name(temporary), PASSWORD, attributes(temporary)).await;
    // No operation makes these two kinds yet.
    let change = |what: &str, user: &str| {
        format!(
            "UPDATE users SET {what} WHERE pool_id = '{}' AND email = '{}' RETURNING user_id",
            app.pool.id,
            email(user)
        )
    };
    let no_password = "password_hash = NULL, srp_salt = NULL, srp_verifier = NULL, \
                       password_set_at = NULL";
    for statement in [
        change(no_password, passwordless),
        change("status = 'RESET_REQUIRED'", reset),
    ] {
        assert_eq!(server.store.ask(&statement).await.len(), 1);
    }
    app
}

/// Everything by which a stranger could tell two answers apart: status, headers and body, with opaque values
/// replaced by their lengths, and what repeats the typed name by words.
fn observable(answer: &Answer, typed: &str, hides_username: bool) -> Value {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-amzn-requestid"].contains(&name.as_str()))
        // The length of the body is that of what is compared below.
        .filter(|(name, _)| hides_username || *name != "content-length")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let mut body = answer.body.clone();
    if let Some(parameters) = body["ChallengeParameters"].as_object_mut() {
        for (name, value) in parameters {
            let text = value.as_str().unwrap().to_owned();
            *value = match name.as_str() {
                "USERNAME" | "USER_ID_FOR_SRP" if !hides_username => json!("not hidden"),
                _ if text == typed => json!("as typed"),
                _ => json!(text.len()),
            };
        }
    }
    if let Some(destination) = body.pointer_mut("/CodeDeliveryDetails/Destination")
        && typed.starts_with('+')
        && destination
            .as_str()
            .unwrap()
            .ends_with(&typed[typed.len() - 4..])
    {
        *destination = json!("as typed");
    }
    json!({ "status": answer.status, "headers": headers, "body": body })
}

/// What a stranger can learn by calling every open operation with a name, in an order that also makes
/// codes. `own` is a challenge to choose a password that the stranger got for an account of its own.
async fn everything(app: &AppClient, own: &Value, typed: &str, hides_username: bool) -> Vec<Value> {
    let by_name = |operation: &'static str, more: Value| {
        let mut input = more;
        input["Username"] = json!(typed);
        async move { app.call(operation, input).await }
    };
    let confirm = || by_name("ConfirmSignUp", json!({ "ConfirmationCode": NO_CODE }));
    let recover = || {
        let input = json!({ "ConfirmationCode": NO_CODE, "Password": NEW_PASSWORD });
        by_name("ConfirmForgotPassword", input)
    };
    let made_up =
        json!({ "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "AYABe".repeat(144) });
    let answer_to = |challenge: &Value| {
        let responses = json!({ "USERNAME": typed, "NEW_PASSWORD": NEW_PASSWORD });
        let challenge = challenge.clone();
        async move { respond(app, &challenge, responses).await }
    };
    let answers = [
        app.initiate(typed, WRONG_PASSWORD).await,
        SrpClient::new().initiate(app, typed).await,
        SrpClient::sign_in(app, typed, WRONG_PASSWORD).await,
        initiate(
            app,
            "USER_SRP_AUTH",
            json!({ "USERNAME": typed, "SRP_A": "00" }),
        )
        .await,
        answer_to(own).await,
        answer_to(&made_up).await,
        confirm().await,
        recover().await,
        by_name("ResendConfirmationCode", json!({})).await,
        by_name("ForgotPassword", json!({})).await,
        confirm().await,
        recover().await,
    ];
    answers
        .iter()
        .map(|answer| observable(answer, typed, hides_username))
        .collect()
}

/// Compares all kinds of users, by one of their names, with names that nobody has.
async fn compare(app: &AppClient, own_name: &str, typed: Typed, hides_username: bool) {
    invited_user(&app.pool, own_name, PASSWORD, json!({})).await;
    let own = app.initiate(own_name, PASSWORD).await.ok();
    assert_eq!(own["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let [nobody, no_one] = UNKNOWN;
    let expected = everything(app, &own, &typed.name(nobody), hides_username).await;
    for user in [no_one].into_iter().chain(USERS) {
        let seen = everything(app, &own, &typed.name(user), hides_username).await;
        for (number, (seen, expected)) in seen.iter().zip(&expected).enumerate() {
            assert_eq!(seen, expected, "call {number} for {user} by {typed:?}");
        }
    }
    // The stranger's own challenge was not used up.
    choose_password(app, &own, NEW_PASSWORD, json!({}))
        .await
        .ok();
}

both_stores! {
    /// Where users choose their names.
    async fn in_a_pool_of_usernames(server: TestServer) {
        let settings = json!({ "AutoVerifiedAttributes": ["email"] });
        let app = pool_of_all(&server, settings, Typed::Username).await;
        compare(&app, "mallory", Typed::Username, true).await;
    }

    /// Where e-mail addresses are the usernames.
    async fn in_a_pool_of_addresses(server: TestServer) {
        let settings = json!({
            "UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"],
            "UsernameConfiguration": { "CaseSensitive": false },
        });
        let app = pool_of_all(&server, settings, Typed::Email).await;
        compare(&app, "mallory@example.org", Typed::Email, true).await;
    }

    /// Where users sign in with verified contacts as well, by each of their names, and where a recovery
    /// goes to the phone first. SRP cannot hide which username an alias belongs to: see `docs/adr/0030`.
    async fn in_a_pool_of_aliases(server: TestServer) {
        for typed in [Typed::Username, Typed::Email, Typed::Phone] {
            let settings = json!({
                "AliasAttributes": ["email", "phone_number"],
                "AutoVerifiedAttributes": ["email", "phone_number"],
                "AccountRecoverySetting": {},
            });
            let app = pool_of_all(&server, settings, Typed::Username).await;
            compare(&app, "mallory", typed, typed == Typed::Username).await;
        }
    }

    /// The code goes to the phone as before, but who typed the e-mail address learns nothing of it.
    async fn a_recovery_by_one_contact_does_not_name_the_other(server: TestServer) {
        let pool = server.pool(json!({
            "AliasAttributes": ["email", "phone_number"], "AccountRecoverySetting": {},
        })).await;
        let attributes = json!({
            "email": "ada@example.com", "email_verified": "true",
            "phone_number": "+15551239934", "phone_number_verified": "true",
        });
        confirmed_user(&pool, "ada", attributes).await;
        let hiding = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        let open = pool.client(json!({})).await;
        for (app, typed, destination, medium, attribute) in [
            (&hiding, "ada@example.com", "a***@e***", "EMAIL", "email"),
            (&hiding, "+15551239934", "+*******9934", "SMS", "phone_number"),
            (&hiding, "ada", "***@***", "EMAIL", "email"),
            (&open, "ada@example.com", "+*******9934", "SMS", "phone_number"),
        ] {
            let input = json!({ "Username": typed });
            let answer = app.call("ForgotPassword", input).await.ok();
            assert_eq!(answer, json!({ "CodeDeliveryDetails": {
                "Destination": destination, "DeliveryMedium": medium, "AttributeName": attribute,
            }}), "{typed}");
            let code = server.inbox("+15551239934").code().await;
            let input = json!({
                "Username": typed, "ConfirmationCode": code, "Password": PASSWORD,
            });
            app.call("ConfirmForgotPassword", input).await.ok();
        }
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// A user without a password has one simulated salt, whichever name is typed, as others have one.
    async fn a_user_without_a_password_has_one_salt(server: TestServer) {
        let settings = json!({
            "AliasAttributes": ["email", "phone_number"], "AutoVerifiedAttributes": ["email"],
        });
        let app = pool_of_all(&server, settings, Typed::Username).await;
        for user in ["u-confirmed-", "u-no-passwd-"] {
            let mut salts = Vec::new();
            for typed in [Typed::Username, Typed::Email, Typed::Phone] {
                let challenge = SrpClient::new().initiate(&app, &typed.name(user)).await.ok();
                salts.push(challenge["ChallengeParameters"]["SALT"].clone());
            }
            assert!(salts.iter().all(|salt| salt == &salts[0] && salt.is_string()), "{user}");
        }
    }

    /// The secret block has one length for the shortest and for the longest name.
    async fn the_secret_block_has_one_length_for_all_names(server: TestServer) {
        let app = pool_of_all(&server, json!({}), Typed::Username).await;
        let mut lengths = Vec::new();
        for name in ["u-confirmed-", "x", &"x".repeat(128), &"\u{1f600}".repeat(128), &"\"".repeat(128)] {
            let challenge = SrpClient::new().initiate(&app, name).await.ok();
            lengths.push(challenge["ChallengeParameters"]["SECRET_BLOCK"].as_str().unwrap().len());
        }
        assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
    }

    /// Wrong codes end with another answer, after as many for a pending user as for a name that nobody
    /// has, and asking for a code begins anew.
    async fn wrong_codes_end_alike(store: crate::support::TestStore) {
        let server = TestServer::start(&store, |config| {
            config.limits.confirm_sign_up_per_hour = 0;
            config.limits.forgot_password_per_hour = 0;
        })
        .await;
        let app = pool_of_all(&server, json!({ "AutoVerifiedAttributes": ["email"] }), Typed::Username).await;
        let tries = async |user: &str| {
            let mut refused = Vec::new();
            for _ in 0..150 {
                let input = json!({ "Username": user, "ConfirmationCode": NO_CODE });
                refused.push(app.call("ConfirmSignUp", input).await.type_.unwrap());
            }
            refused
        };
        let expected = tries("u-nobody----").await;
        assert_eq!(expected[0], "CodeMismatchException");
        assert_eq!(expected[149], "ExpiredCodeException");
        for user in ["u-pending---", "u-confirmed-"] {
            assert_eq!(tries(user).await, expected, "{user}");
            app.call("ResendConfirmationCode", json!({ "Username": user })).await.ok();
            let input = json!({ "Username": user, "ConfirmationCode": NO_CODE });
            app.call("ConfirmSignUp", input).await.fails_as("CodeMismatchException");
        }
        server.stop().await;
    }
}
