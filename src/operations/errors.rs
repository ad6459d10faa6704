//! Why an operation does not answer, and AWS's type and text for it: every text of the JSON API
//! stands here. Where AWS words the same fact differently from operation to operation, the
//! operation's name decides; flows and rules do not know which operation was called.

mod attributes;
mod domains;
mod events;
mod groups;
mod identity_links;
mod identity_providers;
mod import_jobs;
mod log_delivery;
mod managed_login_branding;
mod oauth;
mod passkeys;
mod preferences;
mod quotas;
mod resource_servers;
mod risk_configuration;
mod sessions;
mod settings;
mod step_up;
mod terms;
mod tier;
mod token_exchange;
mod triggers;
mod user_pool_clients;

use uuid::Uuid;

use self::attributes::{AttributeChannel, attributes};
use crate::domain::attribute::Contact;
use crate::domain::failure::{Failure, Limited, PasswordFault};
use crate::domain::first_factor::Choice;
use crate::domain::second_factor::SecondFactor;
use crate::flows;
use crate::model::ErrorCode as Code;
use crate::protocol;

const CODE_MISMATCH: &str = "Invalid verification code provided, please try again.";
const CODE_EXPIRED: &str = "Invalid code provided, please request a code again.";
const ATTEMPT_LIMIT: &str = "Attempt limit exceeded, please try after some time.";
const WRONG_CREDENTIALS: &str = "Incorrect username or password.";
const TOO_MANY_REQUESTS: &str = "Too many requests";

/// Why an operation does not answer.
#[derive(Debug)]
pub enum Error {
    /// A flow refused or failed.
    Flow(flows::Error),
    /// The input breaks a constraint of the service model that the operation itself checks, because
    /// the model does not declare it for this member.
    Constraint(protocol::Error),
}

/// The call that is answered, on which some texts depend.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The operation.
    pub operation: &'a str,
    /// The request's id.
    pub request_id: Uuid,
}

impl From<flows::Error> for Error {
    fn from(error: flows::Error) -> Self {
        Self::Flow(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Flow(failure.into())
    }
}

impl From<protocol::Error> for Error {
    fn from(error: protocol::Error) -> Self {
        Self::Constraint(error)
    }
}

impl Error {
    /// The error of the interface that the caller gets. Texts are those of the behaviour pages; a text
    /// that these do not give follows the most similar one.
    #[must_use]
    pub fn to_wire(self, call: Call<'_>) -> protocol::Error {
        match self {
            Self::Constraint(error) => error,
            Self::Flow(flows::Error::Refused(failure)) => {
                let (code, text) = to_wire(call, failure);
                protocol::Error::new(code, text)
            }
            Self::Flow(flows::Error::Busy | flows::Error::Stale) => {
                protocol::Error::new(Code::TooManyRequestsException, TOO_MANY_REQUESTS)
            }
            Self::Flow(flows::Error::Internal(error)) => {
                protocol::Error::internal_because(format_args!("{error:#}"))
            }
        }
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one exhaustive match, a line or two for each fact"
)]
fn to_wire(call: Call<'_>, failure: Failure) -> (Code, String) {
    let invalid = |text: &str| (Code::InvalidParameterException, text.to_owned());
    let denied = |text: &str| (Code::NotAuthorizedException, text.to_owned());
    let named = |(code, text): (Code, &str)| (code, text.to_owned());
    match failure {
        Failure::PoolNotFound(id) => (
            Code::ResourceNotFoundException,
            format!("User pool {id} does not exist."),
        ),
        Failure::NotAPool(arn) => invalid(&format!("Invalid user pool ARN: {arn}")),
        Failure::ClientNotFound(id) => (
            client_fault(call.operation, Code::ResourceNotFoundException),
            format!("User pool client {id} does not exist."),
        ),
        Failure::Setting(fault) => settings::setting(call.operation, &fault),
        Failure::Schema(fault) => invalid(&settings::schema(call.operation, &fault)),
        Failure::LimitReached(limited, limit) => (
            Code::LimitExceededException,
            match limited {
                Limited::UserPools => format!("A region can have at most {limit} user pools."),
                Limited::AppClients => format!("A user pool can have at most {limit} app clients."),
                Limited::Passkeys => format!("A user can have at most {limit} passkeys."),
                Limited::Groups => format!("A user pool can have at most {limit} groups."),
                Limited::IdentityLinks => {
                    format!("A user can have at most {limit} linked identities.")
                }
                Limited::IdentityProviders => {
                    format!("A user pool can have at most {limit} identity providers.")
                }
                Limited::ResourceServers => {
                    format!("A user pool can have at most {limit} resource servers.")
                }
            },
        ),
        Failure::DeletionProtected => invalid(
            "The user pool cannot be deleted because deletion protection is activated. Deletion \
             protection must be inactivated first.",
        ),
        Failure::ConcurrentChange => (Code::TooManyRequestsException, TOO_MANY_REQUESTS.to_owned()),

        Failure::SecretHashMissing(id) => denied(&format!(
            "Client {id} is configured with secret but SECRET_HASH was not received"
        )),
        Failure::SecretMissing(id) => (
            client_fault(call.operation, Code::NotAuthorizedException),
            format!("Client {id} is configured for secret but secret was not received"),
        ),
        Failure::SecretHashWrong(id) => (
            client_fault(call.operation, Code::NotAuthorizedException),
            format!("Unable to verify secret hash for client {id}"),
        ),
        Failure::RefreshSecretHashWrong(id) => {
            denied(&format!("SecretHash does not match for the client: {id}"))
        }

        Failure::UserNotFound => match call.operation {
            "ConfirmSignUp" | "ForgotPassword" | "ConfirmForgotPassword" => (
                Code::UserNotFoundException,
                "Username/client id combination not found.".to_owned(),
            ),
            _ => (
                Code::UserNotFoundException,
                "User does not exist.".to_owned(),
            ),
        },
        Failure::UserNotMigrated(id) => (
            Code::UserNotFoundException,
            format!("Exception migrating user in app client {id}"),
        ),
        Failure::UsernameExists => (
            Code::UsernameExistsException,
            match call.operation {
                "AdminCreateUser" => "User account already exists",
                _ => "User already exists",
            }
            .to_owned(),
        ),
        Failure::ContactIsUsername(contact) => (
            Code::UsernameExistsException,
            account_exists(contact.attribute()),
        ),
        Failure::AliasExists(attribute) => (Code::AliasExistsException, account_exists(attribute)),
        Failure::UsernameMustBe(contacts) => invalid(match contacts.as_slice() {
            [Contact::Email] => "Username should be an email.",
            [Contact::PhoneNumber] => "Username should be a phone number.",
            _ => "Username should be either an email or a phone number.",
        }),
        Failure::UsernameLooksLike(contact) => invalid(match contact {
            Contact::Email => {
                "Username cannot be of email format, since user pool is configured for email alias."
            }
            Contact::PhoneNumber => {
                "Username cannot be of phone number format, since user pool is configured for \
                 phone number alias."
            }
        }),
        Failure::SignUpNotPermitted => denied("SignUp is not permitted for this user pool"),
        Failure::UserDisabled => denied("User is disabled."),
        Failure::UserNotConfirmed => (
            Code::UserNotConfirmedException,
            "User is not confirmed.".to_owned(),
        ),
        Failure::PasswordResetRequired => (
            Code::PasswordResetRequiredException,
            "Password reset required for the user".to_owned(),
        ),
        Failure::CannotConfirm(status) => denied(&format!(
            "User cannot be confirmed. Current status is {}",
            status.as_str()
        )),
        Failure::AlreadyConfirmed => invalid("User is already confirmed."),
        Failure::AutoVerificationOff => {
            denied("Cannot resend codes. Auto verification not turned on.")
        }
        Failure::CannotResendInvitation => (
            Code::UnsupportedUserStateException,
            "User status is not FORCE_CHANGE_PASSWORD".to_owned(),
        ),
        Failure::NoContact(contact) => invalid(match contact {
            Contact::Email => "User does not have email",
            Contact::PhoneNumber => "User does not have phone number",
        }),

        Failure::Attributes(violations) => invalid(&attributes(
            AttributeChannel::of(call.operation),
            &violations,
        )),
        Failure::NotMutable(name) => {
            invalid(&format!("Cannot modify the non-mutable attribute {name}"))
        }
        Failure::NullAttribute(name) => {
            invalid(&format!("Attribute value for {name} must not be null"))
        }
        Failure::UnauthorizedAttribute => {
            denied("A client attempted to write unauthorized attribute")
        }
        Failure::MalformedContact(contact) => invalid(match contact {
            Contact::Email => "Invalid email address format.",
            Contact::PhoneNumber => "Invalid phone number format.",
        }),
        Failure::UsernameAttributeDiffers(contact) => invalid(&format!(
            "Attribute value for {} must be the same as the username.",
            contact.attribute()
        )),
        Failure::FlagWithoutContact(contact) => invalid(match contact {
            Contact::Email => "Email is required to verify/un-verify an email",
            Contact::PhoneNumber => "Phone Number is required to verify/un-verify a phone number",
        }),
        Failure::NotVerifiable => {
            invalid("Invalid attribute name. Only phone_number and email can be verified.")
        }
        Failure::NothingToVerify(contact) => invalid(match contact {
            Contact::Email => "User does not have a valid registered email address",
            Contact::PhoneNumber => "User does not have a valid registered phone number",
        }),
        Failure::PreferredUsernameTooEarly => invalid(
            "Preferred username cannot be provided for unconfirmed account, since user pool is \
                 configured for preferred username alias.",
        ),
        Failure::NewPasswordMissing => {
            invalid("Invalid attributes given, new password should be given with key NEW_PASSWORD")
        }
        Failure::NewPasswordAttributeMissing(name) => {
            invalid(&format!("Invalid attributes given, {name} is missing"))
        }
        Failure::NewPasswordAttributeProvided(name) => {
            denied(&format!("Cannot modify an already provided {name}"))
        }

        Failure::PasswordMissing => invalid(
            "1 validation error detected: Value at 'password' failed to satisfy constraint: \
             Member must not be null",
        ),
        Failure::Password(fault) => (
            Code::InvalidPasswordException,
            format!(
                "Password did not conform with policy: {}",
                match fault {
                    PasswordFault::TooShort => "Password not long enough",
                    PasswordFault::NoUppercase => "Password must have uppercase characters",
                    PasswordFault::NoLowercase => "Password must have lowercase characters",
                    PasswordFault::NoNumber => "Password must have numeric characters",
                    PasswordFault::NoSymbol => "Password must have symbol characters",
                }
            ),
        ),
        Failure::PasswordKnown => (
            Code::InvalidPasswordException,
            "Provided password cannot be used for security reasons.".to_owned(),
        ),
        Failure::PasswordReused => (
            Code::PasswordHistoryPolicyViolationException,
            "Password has previously been used".to_owned(),
        ),
        Failure::WrongCredentials => denied(WRONG_CREDENTIALS),
        Failure::PasswordAttemptsExceeded => denied("Password attempts exceeded"),
        Failure::TemporaryPasswordExpired => {
            denied("Temporary password has expired and must be reset by an administrator.")
        }
        Failure::NoRecoveryContact => invalid(
            "Cannot reset password for the user as there is no registered/verified email or \
             phone_number",
        ),
        Failure::RecoveryByAdminOnly => denied("Contact administrator to reset password."),
        Failure::CannotResetPassword => {
            denied("User password cannot be reset in the current state.")
        }

        Failure::CodeMismatch => (Code::CodeMismatchException, CODE_MISMATCH.to_owned()),
        Failure::CodeExpired => (Code::ExpiredCodeException, CODE_EXPIRED.to_owned()),
        Failure::AttemptLimitExceeded => match call.operation {
            // They declare no LimitExceededException.
            operation if operation == "UpdateUserAttributes" || is_sign_in(operation) => {
                to_wire(call, Failure::TooManyRequests)
            }
            _ => (Code::LimitExceededException, ATTEMPT_LIMIT.to_owned()),
        },
        Failure::TooManyRequests => (Code::TooManyRequestsException, TOO_MANY_REQUESTS.to_owned()),
        Failure::OutboxFull if is_sign_in(call.operation) => {
            to_wire(call, Failure::TooManyRequests)
        }
        // AWS's text is not known. The type is declared by each other operation that sends a message.
        Failure::OutboxFull => (
            Code::CodeDeliveryFailureException,
            "The message cannot be sent now, since too many are waiting. Try again later."
                .to_owned(),
        ),

        Failure::FlowNotEnabled(flow) => named(token_exchange::flow_not_enabled(flow)),
        Failure::FlowNotSupported => invalid("Initiate Auth method not supported."),
        Failure::CustomAuthNotConfigured => {
            invalid("Custom auth lambda trigger is not configured for the user pool.")
        }
        Failure::MissingParameter(name) => invalid(&format!("Missing required parameter {name}")),
        Failure::FirstFactorIncomplete(choice) => {
            let name = match choice {
                Choice::PasswordSrp => "SRP_A",
                Choice::Password | Choice::EmailOtp | Choice::SmsOtp | Choice::Passkey => {
                    "PASSWORD"
                }
            };
            to_wire(call, Failure::MissingParameter(name.to_owned()))
        }
        Failure::MalformedTimestamp => {
            invalid("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english")
        }
        Failure::MalformedSrpA => invalid("SRP_A is not a valid value."),
        Failure::InvalidSession => denied("Invalid session for the user."),
        Failure::SessionExpired => denied("Invalid session for the user, session is expired."),
        Failure::SessionSpent => {
            denied("Invalid session for the user, session can only be used once.")
        }
        Failure::ChallengeNotSupported => invalid("Challenge is not supported."),

        Failure::SignInCodeMismatch(factor) => (
            Code::CodeMismatchException,
            match factor {
                SecondFactor::SoftwareToken => "Invalid code received for user",
                SecondFactor::Sms | SecondFactor::Email => {
                    "Invalid code or auth state for the user."
                }
            }
            .to_owned(),
        ),
        Failure::SoftwareTokenReused => (
            Code::ExpiredCodeException,
            "Your software token has already been used once.".to_owned(),
        ),
        Failure::SoftwareTokenNotProven => (
            Code::EnableSoftwareTokenMFAException,
            "Code mismatch".to_owned(),
        ),
        Failure::SoftwareTokenNotInPool => (
            Code::SoftwareTokenMFANotFoundException,
            "Software Token MFA has not been enabled by the userPool".to_owned(),
        ),
        Failure::FactorNotOffered => invalid("Invalid MFA type for the user."),
        Failure::StepUp(fault) => invalid(step_up::text(fault)),
        Failure::Preference(fault) => invalid(&preferences::text(fault)),
        Failure::MfaOption => {
            invalid("Invalid MFA options given, only SMS to phone_number can be set.")
        }
        Failure::WebAuthnMfaNotInPool => invalid("WebAuthn MFA is not enabled for the user pool."),
        Failure::NoTokenOrSession => {
            invalid("Either the access token or the session must be given.")
        }
        Failure::Tier(fault) => tier::tier(&fault),
        Failure::TokenExchange(fault) => named(token_exchange::token_exchange(fault)),
        Failure::ClientSecret(fault) => named(user_pool_clients::client_secret(fault)),
        Failure::Group(fault) => named(groups::group(fault)),
        Failure::Terms(fault) => terms::terms(&fault),
        Failure::Risk(fault) => named(risk_configuration::risk(fault)),
        Failure::LogDelivery(fault) => named(log_delivery::log_delivery(fault)),
        Failure::Domain(fault) => domains::domain(fault),
        Failure::Customization(fault) => ui_customization::customization(call.operation, &fault),
        Failure::Branding(fault) => named(managed_login_branding::branding(fault)),
        Failure::NoReplicas => named((Code::OperationNotEnabledException, quotas::NO_REPLICAS)),
        Failure::ProvisionedLimit(fault) => quotas::limit(fault),
        Failure::Link(fault) => named(identity_links::link(fault)),
        Failure::Provider(fault) => identity_providers::provider(&fault),
        Failure::ResourceServer(fault) => resource_servers::resource_server(&fault),
        Failure::Import(fault) => import_jobs::import(&fault),
        Failure::Feedback(fault) => named(events::feedback(fault)),
        Failure::Tracking(fault) => named(sessions::tracking(fault)),
        Failure::Passkey(fault) => named(passkeys::passkey(fault)),
        Failure::DeviceNotFound => (
            Code::ResourceNotFoundException,
            "Device does not exist.".to_owned(),
        ),
        Failure::DeviceKeyNotIssued => invalid("Invalid device key given."),
        Failure::DeviceExists => (
            Code::DeviceKeyExistsException,
            "Device key already exists.".to_owned(),
        ),
        Failure::MalformedDeviceVerifier => invalid("Invalid device secret verifier given."),

        Failure::InvalidAccessToken => denied("Invalid Access Token"),
        Failure::AccessTokenSignature => denied("Could not verify signature for Access Token"),
        Failure::AccessTokenExpired => denied("Access Token has expired"),
        Failure::AccessTokenRevoked => denied("Access Token has been revoked"),
        Failure::AccessTokenScope => denied("Access Token does not have required scopes"),
        Failure::InvalidRefreshToken => denied("Invalid Refresh Token"),
        Failure::RefreshTokenExpired => denied("Refresh Token has expired"),
        Failure::RefreshTokenRevoked => denied("Refresh Token has been revoked"),
        Failure::RefreshTokenReused => match call.operation {
            "GetTokensFromRefreshToken" => (
                Code::RefreshTokenReuseException,
                "Refresh token has already been used.".to_owned(),
            ),
            // Only GetTokensFromRefreshToken declares a type of its own for it.
            _ => to_wire(call, Failure::InvalidRefreshToken),
        },
        Failure::UnsupportedTokenType => (
            Code::UnsupportedTokenTypeException,
            "Only refresh tokens can be revoked.".to_owned(),
        ),
        Failure::RevocationDisabled => (
            Code::UnsupportedOperationException,
            "Token revocation is not enabled for this client.".to_owned(),
        ),
        Failure::TokenOfAnotherClient => (
            Code::UnauthorizedException,
            "Invalid client for this token.".to_owned(),
        ),

        Failure::TriggerRefused(trigger, text) => triggers::refused(trigger, &text),
        Failure::TriggerFailed(trigger, problem) => triggers::failed(trigger, problem),
        Failure::TriggerAnswerInvalid(_) => triggers::invalid_answer(),

        Failure::FilterSyntax => invalid("Error while parsing filter."),
        Failure::FilterAttribute(name) => invalid(&format!("Invalid search attribute: {name}")),
        Failure::AttributeNotPresent => invalid("One or more requested attributes do not exist."),
        Failure::InvalidPageToken(token) => invalid(&match call.operation {
            "ListUsers" => format!(
                "Paging marker {token} is invalid for request {}",
                call.request_id
            ),
            _ => "Invalid pagination token".to_owned(),
        }),
    }
}

/// Whether the operation is a step of signing in. These declare no errors of limits and deliveries.
fn is_sign_in(operation: &str) -> bool {
    matches!(
        operation,
        "InitiateAuth"
            | "AdminInitiateAuth"
            | "RespondToAuthChallenge"
            | "AdminRespondToAuthChallenge"
    )
}

/// The type of a fault of the client: RevokeToken has one of its own for all of them (behaviour 4.3).
fn client_fault(operation: &str, code: Code) -> Code {
    match operation {
        "RevokeToken" => Code::UnauthorizedException,
        _ => code,
    }
}

fn account_exists(attribute: &str) -> String {
    format!("An account with the given {attribute} already exists.")
}

#[cfg(test)]
mod tests;
mod ui_customization;
