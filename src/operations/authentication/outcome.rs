//! The inputs and answers of a step of signing in, the same for InitiateAuth and
//! RespondToAuthChallenge.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;

use crate::domain::attribute::Medium;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::failure::Failure;
use crate::domain::first_factor::Choice;
use crate::domain::password;
use crate::flows;
use crate::flows::authentication::outcome::{
    CodeChallenge, NewPasswordRequired, Outcome, SecondFactorChoice, SentCodeRequired,
};
use crate::flows::authentication::tokens::Tokens;
use crate::model::{AuthenticationResultType, ChallengeNameType, NewDeviceMetadataType};
use crate::operations::Error;
use crate::protocol::{self, validation};

/// As the model bounds usernames (behaviour 1.4).
const MAX_USERNAME_LENGTH: usize = 128;
/// The prefix of the answers that are attributes.
const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// The named parameters of a flow or the answers of a challenge.
pub struct Parameters(pub BTreeMap<String, String>);

impl Parameters {
    /// A parameter that may be absent.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there and not empty.
    ///
    /// # Errors
    /// [`Failure::MissingParameter`].
    pub fn required(&self, name: &str) -> Result<&str, Failure> {
        self.optional(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Failure::MissingParameter(name.to_owned()))
    }
}

impl Parameters {
    /// The USERNAME. The model does not bound the values of this map, so it is done here, by what
    /// it says of usernames elsewhere.
    ///
    /// # Errors
    /// [`Failure::MissingParameter`], or the text of a violated constraint.
    pub fn username(&self) -> Result<&str, Error> {
        let name = self.required("USERNAME")?;
        if name.chars().count() > MAX_USERNAME_LENGTH {
            return Err(too_long("username", MAX_USERNAME_LENGTH));
        }
        Ok(name)
    }

    /// The PASSWORD, if it is there and not empty.
    pub fn password(&self) -> Option<SecretString> {
        let password = self.optional("PASSWORD")?;
        (!password.is_empty()).then(|| password.to_owned().into())
    }

    /// The NEW_PASSWORD of a challenge to replace a temporary password, bounded in the same way.
    ///
    /// # Errors
    /// [`Failure::NewPasswordMissing`], or the text of a violated constraint.
    pub fn new_password(&self) -> Result<SecretString, Error> {
        let Some(password) = self
            .optional("NEW_PASSWORD")
            .filter(|text| !text.is_empty())
        else {
            return Err(Failure::NewPasswordMissing.into());
        };
        check_new_password(password)?;
        Ok(password.to_owned().into())
    }

    /// The attributes among the answers, checked against the constraints that the model sets for
    /// attributes elsewhere (behaviour 1.4).
    ///
    /// # Errors
    /// The texts of the violated constraints.
    pub fn attributes(&self) -> Result<Vec<AttributeInput>, Error> {
        let named = self
            .0
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(ATTRIBUTE_PREFIX)?, value)));
        check_attributes(named.clone())?;
        let attributes = named.map(|(name, value)| AttributeInput {
            name: name.to_owned(),
            value: Some(value.clone()),
        });
        Ok(attributes.collect())
    }
}

/// Checks the bounds of the password that replaces a temporary one.
///
/// # Errors
/// The text of a violated constraint.
pub fn check_new_password(password: &str) -> Result<(), Error> {
    if password.chars().count() > password::MAX_LENGTH {
        return Err(too_long("newPassword", password::MAX_LENGTH));
    }
    if password.starts_with(char::is_whitespace) || password.ends_with(char::is_whitespace) {
        return Err(protocol::Error::invalid_parameter(
            "1 validation error detected: Value at 'newPassword' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
        )
        .into());
    }
    Ok(())
}

/// Checks the attributes that come with such a password, by name and value.
///
/// # Errors
/// The texts of the violated constraints.
pub fn check_attributes<'a>(
    attributes: impl Iterator<Item = (&'a str, &'a String)>,
) -> Result<(), Error> {
    let list = attributes.map(|(name, value)| serde_json::json!({ "Name": name, "Value": value }));
    validation::validate_as_member("SignUp", "UserAttributes", &Value::Array(list.collect()))?;
    Ok(())
}

fn too_long(member: &str, max: usize) -> Error {
    protocol::Error::invalid_parameter(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member \
         must have length less than or equal to {max}"
    ))
    .into()
}

/// A step of signing in.
pub struct Step {
    /// The challenge, if the user is not signed in yet.
    pub challenge: Option<ChallengeNameType>,
    /// What the answer must bring back.
    pub session: Option<String>,
    /// The challenge's parameters; empty beside tokens (behaviour 4.2).
    pub parameters: BTreeMap<String, String>,
    /// The tokens.
    pub result: Option<AuthenticationResultType>,
    /// The first factors among which the user chooses.
    pub available: Option<Vec<ChallengeNameType>>,
}

impl Step {
    /// The last one.
    pub const fn signed_in(result: AuthenticationResultType) -> Self {
        Self {
            challenge: None,
            session: None,
            parameters: BTreeMap::new(),
            result: Some(result),
            available: None,
        }
    }

    const fn challenge(
        name: ChallengeNameType,
        session: String,
        parameters: BTreeMap<String, String>,
    ) -> Self {
        Self {
            challenge: Some(name),
            session: Some(session),
            parameters,
            result: None,
            available: None,
        }
    }

    /// The step that an outcome is.
    ///
    /// # Errors
    /// If parameters cannot be written as JSON.
    pub fn of(outcome: Outcome) -> Result<Self, Error> {
        match outcome {
            Outcome::SignedIn(tokens) => Ok(Self::signed_in(result(&tokens))),
            Outcome::Browser(_) => Err(flows::Error::internal(
                "a sign-in through the JSON API has ended at a domain",
            )
            .into()),
            Outcome::PasswordVerifier(challenge) => Ok(Self {
                session: None,
                ..Self::challenge(
                    ChallengeNameType::PasswordVerifier,
                    String::new(),
                    named([
                        ("SALT", challenge.salt),
                        ("SECRET_BLOCK", challenge.secret_block),
                        ("SRP_B", challenge.public),
                        ("USERNAME", challenge.username.clone()),
                        ("USER_ID_FOR_SRP", challenge.username),
                    ]),
                )
            }),
            Outcome::Passkey(challenge) => Ok(Self {
                available: available(&challenge.choices),
                ..Self::challenge(
                    ChallengeNameType::WebAuthn,
                    challenge.session,
                    named([("CREDENTIAL_REQUEST_OPTIONS", challenge.options)]),
                )
            }),
            Outcome::Custom(challenge) => Ok(Self::challenge(
                ChallengeNameType::CustomChallenge,
                challenge.session,
                challenge.parameters,
            )),
            Outcome::SelectFirstFactor(choice) => Ok(Self {
                available: available(&choice.choices),
                ..Self::challenge(
                    ChallengeNameType::SelectChallenge,
                    choice.session,
                    BTreeMap::new(),
                )
            }),
            Outcome::NewPasswordRequired(challenge) => new_password_required(challenge),
            Outcome::SentCode(challenge) => Ok(sent_code(challenge)),
            Outcome::SoftwareToken(challenge) => {
                let mut parameters = named([("USER_ID_FOR_SRP", challenge.username)]);
                if let Some(name) = challenge.name {
                    parameters.insert("FRIENDLY_DEVICE_NAME".to_owned(), name);
                }
                let name = ChallengeNameType::SoftwareTokenMfa;
                Ok(Self::challenge(name, challenge.session, parameters))
            }
            Outcome::SelectSecondFactor(choice) => {
                second_factor_choice(ChallengeNameType::SelectMfaType, "MFAS_CAN_CHOOSE", choice)
            }
            Outcome::DeviceSrp(challenge) => Ok(Self::challenge(
                ChallengeNameType::DeviceSrpAuth,
                challenge.session,
                BTreeMap::new(),
            )),
            Outcome::DeviceVerifier(challenge) => Ok(Self::challenge(
                ChallengeNameType::DevicePasswordVerifier,
                challenge.session,
                named([
                    ("SALT", challenge.salt),
                    ("SECRET_BLOCK", challenge.secret_block),
                    ("SRP_B", challenge.public),
                    ("DEVICE_KEY", challenge.device_key),
                    ("USERNAME", challenge.username),
                ]),
            )),
            Outcome::SetUpSecondFactor(choice) => {
                second_factor_choice(ChallengeNameType::MfaSetup, "MFAS_CAN_SETUP", choice)
            }
        }
    }
}

fn sent_code(challenge: SentCodeRequired) -> Step {
    let name = match challenge.challenge {
        CodeChallenge::SmsMfa => ChallengeNameType::SmsMfa,
        CodeChallenge::EmailOtp => ChallengeNameType::EmailOtp,
        CodeChallenge::SmsOtp => ChallengeNameType::SmsOtp,
    };
    let medium = match challenge.delivery.contact.medium() {
        Medium::Email => "EMAIL",
        Medium::Sms => "SMS",
    };
    let parameters = named([
        ("CODE_DELIVERY_DELIVERY_MEDIUM", medium.to_owned()),
        ("CODE_DELIVERY_DESTINATION", challenge.delivery.destination),
        ("USER_ID_FOR_SRP", challenge.username),
    ]);
    Step {
        available: available(&challenge.choices),
        ..Step::challenge(name, challenge.session, parameters)
    }
}

/// `AvailableChallenges`; `None` if there are none to choose from.
fn available(choices: &[Choice]) -> Option<Vec<ChallengeNameType>> {
    let name = |choice: &Choice| match choice {
        Choice::EmailOtp => ChallengeNameType::EmailOtp,
        Choice::SmsOtp => ChallengeNameType::SmsOtp,
        Choice::PasswordSrp => ChallengeNameType::PasswordSrp,
        Choice::Password => ChallengeNameType::Password,
        Choice::Passkey => ChallengeNameType::WebAuthn,
    };
    (!choices.is_empty()).then(|| choices.iter().map(name).collect())
}

fn second_factor_choice(
    challenge: ChallengeNameType,
    parameter: &str,
    choice: SecondFactorChoice,
) -> Result<Step, Error> {
    let factors: Vec<&str> = choice
        .factors
        .iter()
        .map(|factor| factor.as_str())
        .collect();
    let parameters = named([
        (parameter, json(&factors)?),
        ("USER_ID_FOR_SRP", choice.username),
    ]);
    Ok(Step::challenge(challenge, choice.session, parameters))
}

/// A parameter that is a list or a map.
fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::from(flows::Error::Internal(error.into())))
}

fn new_password_required(challenge: NewPasswordRequired) -> Result<Step, Error> {
    let required: Vec<String> = challenge
        .required
        .iter()
        .map(|name| format!("userAttributes.{name}"))
        .collect();
    let parameters = named([
        ("USER_ID_FOR_SRP", challenge.username),
        ("requiredAttributes", json(&required)?),
        ("userAttributes", json(&challenge.attributes)?),
    ]);
    let name = ChallengeNameType::NewPasswordRequired;
    Ok(Step::challenge(name, challenge.session, parameters))
}

fn named<const N: usize>(parameters: [(&str, String); N]) -> BTreeMap<String, String> {
    parameters
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Seconds as the wire counts them.
pub fn seconds(seconds: i64) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

/// Tokens as the wire carries them.
pub fn result(tokens: &Tokens) -> AuthenticationResultType {
    let text = |token: &SecretString| token.expose_secret().to_owned();
    AuthenticationResultType {
        access_token: Some(text(&tokens.access)),
        expires_in: Some(seconds(tokens.expires_in)),
        token_type: Some("Bearer".to_owned()),
        refresh_token: tokens.refresh.as_ref().map(text),
        id_token: tokens.id.as_ref().map(text),
        new_device_metadata: tokens
            .new_device
            .as_ref()
            .map(|keys| NewDeviceMetadataType {
                device_key: Some(keys.key.clone()),
                device_group_key: Some(keys.group_key.clone()),
            }),
    }
}
