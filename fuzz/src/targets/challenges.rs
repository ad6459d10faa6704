//! Answers to the challenges of a sign-in: honest ones with parts changed, and those of one challenge given to
//! another.

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::choice::{below, edited, once_in, one_of, text};
use crate::posed_challenges::Posed;
use crate::world::lock_world;

/// Every name of a challenge, in the model and not.
const NAMES: [&str; 19] = [
    "SMS_MFA",
    "EMAIL_OTP",
    "SMS_OTP",
    "SOFTWARE_TOKEN_MFA",
    "SELECT_MFA_TYPE",
    "MFA_SETUP",
    "PASSWORD_VERIFIER",
    "CUSTOM_CHALLENGE",
    "SELECT_CHALLENGE",
    "DEVICE_SRP_AUTH",
    "DEVICE_PASSWORD_VERIFIER",
    "ADMIN_NO_SRP_AUTH",
    "NEW_PASSWORD_REQUIRED",
    "PASSWORD",
    "PASSWORD_SRP",
    "WEB_AUTHN",
    "ConfirmSignUp",
    "sms_mfa",
    "",
];

/// Names of answers.
const ANSWERS: [&str; 20] = [
    "USERNAME",
    "ANSWER",
    "SMS_MFA_CODE",
    "SMS_OTP_CODE",
    "EMAIL_OTP_CODE",
    "SOFTWARE_TOKEN_MFA_CODE",
    "NEW_PASSWORD",
    "PASSWORD",
    "SRP_A",
    "DEVICE_KEY",
    "SECRET_HASH",
    "TIMESTAMP",
    "PASSWORD_CLAIM_SIGNATURE",
    "PASSWORD_CLAIM_SECRET_BLOCK",
    "CREDENTIAL",
    "EMAIL",
    "email",
    "userAttributes.name",
    "userAttributes.email",
    "userAttributes.",
];

/// What an answer proves that leads to tokens.
const PROOF: [&str; 4] = [
    "PASSWORD_CLAIM_SIGNATURE",
    "PASSWORD_CLAIM_SECRET_BLOCK",
    "TIMESTAMP",
    "DEVICE_KEY",
];

pub(crate) fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let world = lock_world();
    let all = &world.challenges;
    let posed = one_of(&mut input, all);
    let name = match once_in(&mut input, 4) {
        true => *one_of(&mut input, &NAMES),
        false => posed.name.as_str(),
    };
    let session = session(&mut input, posed, all);
    let mut answers = posed.answers.clone();
    for _ in 0..below(&mut input, 4) {
        change(&mut input, &mut answers, all);
    }
    let mut body = json!({
        "ClientId": posed.client,
        "ChallengeName": name,
        "ChallengeResponses": answers,
    });
    if let Some(session) = &session {
        body["Session"] = json!(session);
    }
    let operation = match once_in(&mut input, 3) {
        true => {
            body["UserPoolId"] = json!(posed.pool);
            "AdminRespondToAuthChallenge"
        }
        false => "RespondToAuthChallenge",
    };
    let body = body.to_string().into_bytes();
    let answer = world.call(operation, body.clone());
    let is_signed_in = answer.body.get("AuthenticationResult").is_some();
    let is_own = session.is_none() || session == posed.session;
    if is_signed_in {
        assert!(
            is_proof(name, posed, &answers),
            "{name} as {}: {}",
            posed.name,
            answer.body
        );
        let again = world.call(operation, body);
        assert!(!again.is_ok(), "{name} was answered twice");
    } else if name == "DEVICE_PASSWORD_VERIFIER" && answers == posed.answers && is_own {
        assert!(name != posed.name, "an honest proof: {}", answer.body);
    }
}

/// The session that the answer brings: the challenge's own, none, a changed one, or another's.
fn session(input: &mut Unstructured<'_>, posed: &Posed, all: &[Posed]) -> Option<String> {
    match below(input, 6) {
        1 => None,
        2 => Some(edited(input, posed.session.as_deref().unwrap_or_default())),
        3 => one_of(input, all).session.clone(),
        _ => posed.session.clone(),
    }
}

/// Edits an answer, takes one away, or adds one.
fn change(input: &mut Unstructured<'_>, answers: &mut BTreeMap<String, String>, all: &[Posed]) {
    let name = *one_of(input, &ANSWERS);
    match below(input, 5) {
        0 => {
            answers.remove(name);
        }
        1 => {
            let value = text(input);
            answers.insert(name.to_owned(), value);
        }
        2 => {
            let of = one_of(input, all);
            if let Some(value) = of.answers.get(name) {
                answers.insert(name.to_owned(), value.clone());
            }
        }
        3 => {
            let value = text(input);
            answers.insert(text(input), value);
        }
        _ => {
            if let Some(former) = answers.get(name) {
                let value = edited(input, former);
                answers.insert(name.to_owned(), value);
            }
        }
    }
}

/// Whether the answers prove what tokens ask for: the device's own signature, or the temporary password before them.
/// No other challenge here is answered rightly, and no input knows a code or a password.
fn is_proof(name: &str, posed: &Posed, answers: &BTreeMap<String, String>) -> bool {
    match name {
        "NEW_PASSWORD_REQUIRED" => posed.name == name,
        "DEVICE_PASSWORD_VERIFIER" => {
            // Base64 may be written in more than one way.
            let bytes = |answers: &BTreeMap<String, String>, name: &str| {
                let value = answers.get(name)?;
                BASE64_STANDARD
                    .decode(value)
                    .ok()
                    .or_else(|| Some(value.clone().into_bytes()))
            };
            posed.name == name
                && PROOF
                    .iter()
                    .all(|name| bytes(answers, name) == bytes(&posed.answers, name))
        }
        _ => false,
    }
}
