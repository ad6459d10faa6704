//! The operations whose time is compared, and what is sent for a name.

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cognate::clock::Clock;
use cognate::crypto::srp::client::Client;
use serde_json::{Value, json};

use super::authenticator::Browser;
use super::{Caller, ORIGIN, text};
use crate::dataset::PASSWORD;
use crate::srp;

/// A key that no device has.
const DEVICE_KEY: &str = "us-east-1_00000000-0000-4000-8000-000000000000";
/// A signature that is none.
const SIGNATURE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    ForgotPassword,
    ConfirmForgotPassword,
    ResendConfirmationCode,
    ConfirmSignUp,
    Srp,
    PasswordVerifier,
    Password,
    Choice,
    ChoicePassword,
    ChoiceSrp,
    ChoiceEmail,
    ChoiceSms,
    ChoicePasskey,
    EmailCode,
    Passkey,
    DevicePassword,
    DeviceSrp,
    DeviceVerifier,
    DeviceAnswer,
}

/// The pool that an operation is measured in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Users with passwords.
    Plain,
    /// The same pool's users who have not confirmed their sign-up.
    Pending,
    /// Users with passwords, codes and passkeys, in a pool that remembers devices.
    Choosing,
}

impl Operation {
    pub const ALL: [Self; 19] = [
        Self::ForgotPassword,
        Self::ConfirmForgotPassword,
        Self::ResendConfirmationCode,
        Self::ConfirmSignUp,
        Self::Srp,
        Self::PasswordVerifier,
        Self::Password,
        Self::Choice,
        Self::ChoicePassword,
        Self::ChoiceSrp,
        Self::ChoiceEmail,
        Self::ChoiceSms,
        Self::ChoicePasskey,
        Self::EmailCode,
        Self::Passkey,
        Self::DevicePassword,
        Self::DeviceSrp,
        Self::DeviceVerifier,
        Self::DeviceAnswer,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::ForgotPassword => "ForgotPassword",
            Self::ConfirmForgotPassword => "ConfirmForgotPassword, wrong code",
            Self::ResendConfirmationCode => "ResendConfirmationCode",
            Self::ConfirmSignUp => "ConfirmSignUp, wrong code",
            Self::Srp => "InitiateAuth, USER_SRP_AUTH",
            Self::PasswordVerifier => "PASSWORD_VERIFIER, wrong signature",
            Self::Password => "InitiateAuth, USER_PASSWORD_AUTH, wrong password",
            Self::Choice => "InitiateAuth, USER_AUTH",
            Self::ChoicePassword => "InitiateAuth, USER_AUTH, PASSWORD, wrong password",
            Self::ChoiceSrp => "InitiateAuth, USER_AUTH, PASSWORD_SRP",
            Self::ChoiceEmail => "InitiateAuth, USER_AUTH, EMAIL_OTP",
            Self::ChoiceSms => "InitiateAuth, USER_AUTH, SMS_OTP",
            Self::ChoicePasskey => "InitiateAuth, USER_AUTH, WEB_AUTHN",
            Self::EmailCode => "EMAIL_OTP, wrong code",
            Self::Passkey => "WEB_AUTHN, a stranger's signature",
            Self::DevicePassword => {
                "InitiateAuth, USER_PASSWORD_AUTH, wrong password, unknown device"
            }
            Self::DeviceSrp => "InitiateAuth, USER_SRP_AUTH, unknown device",
            Self::DeviceVerifier => "PASSWORD_VERIFIER, wrong signature, unknown device",
            Self::DeviceAnswer => "DEVICE_SRP_AUTH, unknown device, no session",
        }
    }

    pub const fn kind(self) -> Kind {
        match self {
            Self::ForgotPassword
            | Self::ConfirmForgotPassword
            | Self::Srp
            | Self::PasswordVerifier
            | Self::Password => Kind::Plain,
            Self::ResendConfirmationCode | Self::ConfirmSignUp => Kind::Pending,
            Self::Choice
            | Self::ChoicePassword
            | Self::ChoiceSrp
            | Self::ChoiceEmail
            | Self::ChoiceSms
            | Self::ChoicePasskey
            | Self::EmailCode
            | Self::Passkey
            | Self::DevicePassword
            | Self::DeviceSrp
            | Self::DeviceVerifier
            | Self::DeviceAnswer => Kind::Choosing,
        }
    }
}

fn set(object: &mut Value, member: &str, value: &str) {
    if let Some(members) = object.as_object_mut() {
        members.insert(member.to_owned(), json!(value));
    }
}

/// The parameters of a sign-in, with more.
fn with(name: &str, more: &[(&str, &str)]) -> Value {
    let mut parameters = json!({ "USERNAME": name });
    for (key, value) in more {
        set(&mut parameters, key, value);
    }
    parameters
}

/// The call that is measured for a name, after the calls before it have been made.
pub async fn prepared(
    caller: &mut Caller,
    operation: Operation,
    name: &str,
) -> anyhow::Result<(&'static str, Value)> {
    let client = match operation.kind() {
        Kind::Plain | Kind::Pending => caller.client.clone(),
        Kind::Choosing => caller.choosing.clone(),
    };
    let a = Client::new([0x5a; 32]).public_hex();
    let begin = |flow: &str, more: &[(&str, &str)]| {
        let parameters = with(name, more);
        json!({ "ClientId": client, "AuthFlow": flow, "AuthParameters": parameters })
    };
    let answer = |challenge: &str, session: Option<String>, more: &[(&str, &str)]| {
        let responses = with(name, more);
        let mut input = json!({
            "ClientId": client, "ChallengeName": challenge, "ChallengeResponses": responses,
        });
        if let Some(session) = session {
            set(&mut input, "Session", &session);
        }
        ("RespondToAuthChallenge", input)
    };
    let of_user = |more: Value| {
        let mut input = more;
        set(&mut input, "ClientId", &client);
        set(&mut input, "Username", name);
        input
    };
    let choosing = |choice: &str, more: &[(&str, &str)]| {
        let more = [&[("PREFERRED_CHALLENGE", choice)], more].concat();
        ("InitiateAuth", begin("USER_AUTH", &more))
    };
    let wrong = ("PASSWORD", "Wr0ng-Donkey?");
    let device = ("DEVICE_KEY", DEVICE_KEY);
    Ok(match operation {
        Operation::ForgotPassword => ("ForgotPassword", of_user(json!({}))),
        Operation::ResendConfirmationCode => ("ResendConfirmationCode", of_user(json!({}))),
        Operation::ConfirmForgotPassword => {
            let input = json!({ "ConfirmationCode": "wrong", "Password": PASSWORD });
            ("ConfirmForgotPassword", of_user(input))
        }
        Operation::ConfirmSignUp => {
            let input = json!({ "ConfirmationCode": "wrong" });
            ("ConfirmSignUp", of_user(input))
        }
        Operation::Srp => ("InitiateAuth", begin("USER_SRP_AUTH", &[("SRP_A", &a)])),
        Operation::Password => ("InitiateAuth", begin("USER_PASSWORD_AUTH", &[wrong])),
        Operation::PasswordVerifier | Operation::DeviceVerifier => {
            let input = begin("USER_SRP_AUTH", &[("SRP_A", &a)]);
            let challenge = caller.call("InitiateAuth", &input).await?;
            let parameter = |name: &str| text(&challenge, &format!("/ChallengeParameters/{name}"));
            let (id, block) = (parameter("USER_ID_FOR_SRP")?, parameter("SECRET_BLOCK")?);
            let mut more = vec![
                ("USERNAME", id.as_str()),
                ("PASSWORD_CLAIM_SECRET_BLOCK", &block),
                ("PASSWORD_CLAIM_SIGNATURE", SIGNATURE),
            ];
            let now = srp::timestamp(Clock::default().now().seconds());
            more.push(("TIMESTAMP", &now));
            if operation == Operation::DeviceVerifier {
                more.push(device);
            }
            answer("PASSWORD_VERIFIER", None, &more)
        }
        Operation::Choice => ("InitiateAuth", begin("USER_AUTH", &[])),
        Operation::ChoicePassword => choosing("PASSWORD", &[wrong]),
        Operation::ChoiceSrp => choosing("PASSWORD_SRP", &[("SRP_A", &a)]),
        Operation::ChoiceEmail => choosing("EMAIL_OTP", &[]),
        Operation::ChoiceSms => choosing("SMS_OTP", &[]),
        Operation::ChoicePasskey => choosing("WEB_AUTHN", &[]),
        Operation::EmailCode => {
            let (call, input) = choosing("EMAIL_OTP", &[]);
            let sent = caller.call(call, &input).await?;
            let code = ("EMAIL_OTP_CODE", "wrong");
            answer("EMAIL_OTP", Some(text(&sent, "/Session")?), &[code])
        }
        Operation::Passkey => {
            let (call, input) = choosing("WEB_AUTHN", &[]);
            let asked = caller.call(call, &input).await?;
            let options = text(&asked, "/ChallengeParameters/CREDENTIAL_REQUEST_OPTIONS")?;
            let options: Value = serde_json::from_str(&options)?;
            // The id is one that the challenge names; the key is another's.
            let id = text(&options, "/allowCredentials/0/id")?;
            let stranger = caller.stranger.as_mut().context("an authenticator")?;
            stranger.id = BASE64_URL_SAFE_NO_PAD.decode(id)?;
            let response = Browser::at(ORIGIN).get(stranger, &options).to_string();
            let session = Some(text(&asked, "/Session")?);
            answer("WEB_AUTHN", session, &[("CREDENTIAL", &response)])
        }
        Operation::DevicePassword => (
            "InitiateAuth",
            begin("USER_PASSWORD_AUTH", &[wrong, device]),
        ),
        Operation::DeviceSrp => {
            let more = [("SRP_A", a.as_str()), device];
            ("InitiateAuth", begin("USER_SRP_AUTH", &more))
        }
        Operation::DeviceAnswer => answer("DEVICE_SRP_AUTH", None, &[("SRP_A", &a), device]),
    })
}
