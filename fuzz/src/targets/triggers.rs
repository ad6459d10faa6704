//! What functions answer: every flow that calls one, with answers that are changed, forged, cut off or none at all.

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use serde_json::{Map, Value, json};

use crate::choice::{below, edited, once_in, one_of, text};
use crate::functions::{Called, PRIVATE_ANSWER, Reply};
use crate::guided_pools::{Guided, claims};
use crate::world::{PASSWORD, lock_world};

/// Members of responses and of what is in them, claims among these.
const NAMES: [&str; 43] = [
    "autoConfirmUser",
    "autoVerifyEmail",
    "autoVerifyPhone",
    "challengeName",
    "issueTokens",
    "failAuthentication",
    "publicChallengeParameters",
    "privateChallengeParameters",
    "challengeMetadata",
    "answerCorrect",
    "smsMessage",
    "emailMessage",
    "emailSubject",
    "userAttributes",
    "finalUserStatus",
    "messageAction",
    "desiredDeliveryMediums",
    "forceAliasCreation",
    "enableSMSMFA",
    "claimsOverrideDetails",
    "claimsAndScopeOverrideDetails",
    "claimsToAddOrOverride",
    "claimsToSuppress",
    "groupOverrideDetails",
    "groupsToOverride",
    "iamRolesToOverride",
    "preferredRole",
    "idTokenGeneration",
    "accessTokenGeneration",
    "scopesToAdd",
    "scopesToSuppress",
    "sub",
    "iss",
    "aud",
    "exp",
    "token_use",
    "cognito:username",
    "cognito:groups",
    "email",
    "email_verified",
    "phone_number",
    "custom:none",
    "username",
];

/// Texts that mean something somewhere.
const WORDS: [&str; 22] = [
    "",
    "true",
    "false",
    "CUSTOM_CHALLENGE",
    "PASSWORD_VERIFIER",
    "SRP_A",
    "SMS_MFA",
    "CONFIRMED",
    "RESET_REQUIRED",
    "FORCE_CHANGE_PASSWORD",
    "SUPPRESS",
    "RESEND",
    "EMAIL",
    "SMS",
    "{####}",
    "{username} {####}",
    "ada@example.com",
    "new@example.com",
    "+15555550100",
    "aws.cognito.signin.user.admin",
    "a scope",
    "sub",
];

/// Claims that are the same in every token of a user at a client, whatever functions say.
const FIXED: [&str; 9] = [
    "sub",
    "iss",
    "aud",
    "client_id",
    "token_use",
    "cognito:username",
    "username",
    "acr",
    "version",
];

/// What calls functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    SignUp,
    ConfirmSignUp,
    Resend,
    Password,
    Custom,
    Answer,
    Refresh,
    Migration,
    MigratedRecovery,
    Recovery,
    ConfirmRecovery,
    AdminCreateUser,
}

const FLOWS: [Flow; 12] = [
    Flow::SignUp,
    Flow::ConfirmSignUp,
    Flow::Resend,
    Flow::Password,
    Flow::Custom,
    Flow::Answer,
    Flow::Refresh,
    Flow::Migration,
    Flow::MigratedRecovery,
    Flow::Recovery,
    Flow::ConfirmRecovery,
    Flow::AdminCreateUser,
];

pub(crate) fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let world = lock_world();
    let flow = *one_of(&mut input, &FLOWS);
    let pool = one_of(&mut input, &world.guided);
    let given = match once_in(&mut input, 3) {
        true => text(&mut input),
        false => PRIVATE_ANSWER.to_owned(),
    };
    let replies = (0..=below(&mut input, 4))
        .map(|_| reply(&mut input))
        .collect();
    world.functions.set(replies);
    let (operation, body) = request(flow, pool, &given);
    let answer = world.call(operation, body.to_string().into_bytes());
    let called = world.functions.called();
    let shown = answer.body.to_string();
    assert!(!shown.contains(PRIVATE_ANSWER), "{flow:?}: {shown}");
    if answer.is_ok() {
        for (source, call) in &called {
            let is_answer = call.response().is_some();
            assert!(
                is_answer,
                "{flow:?} took what {source} answered: {}",
                call.shown()
            );
        }
    }
    if answer.body.get("AuthenticationResult").is_some() {
        check_tokens(flow, pool, &answer.body, &called);
    }
    world.functions.set(Vec::new());
    let exists = |name: &str| {
        let input = json!({"UserPoolId": pool.pool, "Username": name});
        let found = world.call("AdminGetUser", input.to_string().into_bytes());
        found.is_ok().then_some(found.body)
    };
    match flow {
        Flow::SignUp => {
            let says = |member| member_of(&called, "PreSignUp_SignUp", member);
            let user = exists("new");
            if answer.is_ok() {
                let confirmed = &answer.body["UserConfirmed"];
                assert_eq!(*confirmed, json!(says("autoConfirmUser")), "{called:?}");
                let user = user.expect("whoever has signed up exists");
                let status = if says("autoConfirmUser") {
                    "CONFIRMED"
                } else {
                    "UNCONFIRMED"
                };
                assert_eq!(user["UserStatus"], json!(status), "{called:?}");
            }
        }
        Flow::Migration | Flow::MigratedRecovery if exists("stranger").is_some() => {
            let (_, call) = called
                .iter()
                .find(|(source, _)| source.starts_with("UserMigration_"))
                .expect("a function that knows the user");
            let response = call.response().expect("an answer");
            let attributes = response["userAttributes"].as_object();
            assert!(
                attributes.is_some_and(|them| !them.is_empty()),
                "{}",
                call.shown()
            );
        }
        Flow::ConfirmSignUp
        | Flow::Resend
        | Flow::Password
        | Flow::Custom
        | Flow::Answer
        | Flow::Refresh
        | Flow::Migration
        | Flow::MigratedRecovery
        | Flow::Recovery
        | Flow::ConfirmRecovery
        | Flow::AdminCreateUser => {}
    }
    let ada = exists("ada").expect("nothing a function says takes a user away");
    assert_eq!(ada["UserStatus"], json!("CONFIRMED"));
}

/// Whether the function's response has this member, and it is true.
fn member_of(called: &BTreeMap<String, Called>, source: &str, member: &str) -> bool {
    let response = called.get(source).and_then(Called::response);
    response.is_some_and(|response| response[member] == json!(true))
}

/// Tokens are issued where the functions say so, and are those of the user.
fn check_tokens(flow: Flow, pool: &Guided, body: &Value, called: &BTreeMap<String, Called>) {
    match flow {
        Flow::Custom | Flow::Answer => {
            let says = |member| member_of(called, "DefineAuthChallenge_Authentication", member);
            assert!(says("issueTokens"), "{called:?}");
            assert!(!says("failAuthentication"), "{called:?}");
        }
        Flow::Password | Flow::Refresh | Flow::Migration => {}
        Flow::SignUp
        | Flow::ConfirmSignUp
        | Flow::Resend
        | Flow::MigratedRecovery
        | Flow::Recovery
        | Flow::ConfirmRecovery
        | Flow::AdminCreateUser => panic!("{flow:?} signs nobody in: {body}"),
    }
    for (name, known) in ["IdToken", "AccessToken"].iter().zip(&pool.claims) {
        let token = body["AuthenticationResult"][name].as_str();
        let issued = claims(token.expect("a token"));
        for claim in FIXED {
            let is_of_user = ["sub", "username", "cognito:username"].contains(&claim);
            if flow == Flow::Migration && is_of_user {
                assert_ne!(issued["sub"], known["sub"], "{issued}");
                continue;
            }
            // A function may give an access token an audience: the client.
            let is_audience = claim == "aud" && issued[claim] == json!(pool.client);
            assert!(
                issued[claim] == known[claim] || is_audience,
                "{claim} in {issued}, {called:?}"
            );
        }
    }
}

/// The call of a flow.
fn request(flow: Flow, pool: &Guided, given: &str) -> (&'static str, Value) {
    let client = &pool.client;
    let begin = |flow: &str, user: &str| {
        let parameters = json!({"USERNAME": user, "PASSWORD": PASSWORD});
        let input = json!({
            "ClientId": client, "AuthFlow": flow, "AuthParameters": parameters,
        });
        ("InitiateAuth", input)
    };
    let user = |user: &str| json!({"ClientId": client, "Username": user});
    match flow {
        Flow::SignUp => {
            let input = json!({
                "ClientId": client, "Username": "new", "Password": PASSWORD,
                "UserAttributes": [{"Name": "email", "Value": "new@example.com"}],
            });
            ("SignUp", input)
        }
        Flow::ConfirmSignUp => {
            let input = json!({
                "ClientId": client, "Username": "max", "ConfirmationCode": pool.sign_up_code,
            });
            ("ConfirmSignUp", input)
        }
        Flow::Resend => ("ResendConfirmationCode", user("max")),
        Flow::Password => begin("USER_PASSWORD_AUTH", "ada"),
        Flow::Custom => begin("CUSTOM_AUTH", "ada"),
        Flow::Answer => {
            let input = json!({
                "ClientId": client, "ChallengeName": "CUSTOM_CHALLENGE", "Session": pool.session,
                "ChallengeResponses": {"USERNAME": "ada", "ANSWER": given},
            });
            ("RespondToAuthChallenge", input)
        }
        Flow::Refresh => {
            let input = json!({
                "ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH",
                "AuthParameters": {"REFRESH_TOKEN": pool.refresh},
            });
            ("InitiateAuth", input)
        }
        Flow::Migration => begin("USER_PASSWORD_AUTH", "stranger"),
        Flow::MigratedRecovery => ("ForgotPassword", user("stranger")),
        Flow::Recovery => ("ForgotPassword", user("ada")),
        Flow::ConfirmRecovery => {
            let input = json!({
                "ClientId": client, "Username": "bob", "ConfirmationCode": pool.recovery_code,
                "Password": "An0ther-Horse!",
            });
            ("ConfirmForgotPassword", input)
        }
        Flow::AdminCreateUser => {
            let input = json!({
                "UserPoolId": pool.pool, "Username": "new",
                "UserAttributes": [{"Name": "email", "Value": "new@example.com"}],
            });
            ("AdminCreateUser", input)
        }
    }
}

fn reply(input: &mut Unstructured<'_>) -> Reply {
    let mut reply = Reply::default();
    if once_in(input, 8) {
        reply.status = Some(*one_of(
            input,
            &[200, 204, 302, 400, 403, 404, 408, 429, 500, 503],
        ));
    }
    reply.thrown = once_in(input, 16);
    for _ in 0..below(input, 4) {
        let name = name(input);
        let value = (!once_in(input, 8)).then(|| value(input, 4));
        reply.members.push((name, value));
    }
    reply.instead = match below(input, 16) {
        12 => Some(json!({"errorMessage": text(input), "errorType": "Error"}).to_string()),
        13 => Some(json!({"response": value(input, 4)}).to_string()),
        14 => Some(edited(input, r#"{"version":"1","response":{}}"#)),
        15 => Some(text(input)),
        _ => None,
    };
    if once_in(input, 32) {
        reply.length = Some(below(input, 600));
    }
    reply
}

fn name(input: &mut Unstructured<'_>) -> String {
    match once_in(input, 12) {
        true => text(input),
        false => (*one_of(input, &NAMES)).to_owned(),
    }
}

/// Any JSON; objects and lists at most `depth` deep.
fn value(input: &mut Unstructured<'_>, depth: usize) -> Value {
    match below(input, if depth == 0 { 7 } else { 10 }) {
        0 => json!(true),
        1 => json!(false),
        2 => Value::Null,
        3 => json!(input.arbitrary::<i64>().unwrap_or_default()),
        4 | 5 => json!(one_of(input, &WORDS)),
        6 => json!(text(input)),
        7 => (0..below(input, 4))
            .map(|_| value(input, depth - 1))
            .collect(),
        _ => {
            let members = (0..below(input, 5)).map(|_| (name(input), value(input, depth - 1)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}
