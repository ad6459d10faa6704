//! Errors that many tests expect, and how an error is asserted.

use super::answer::Answer;

/// An error's type and its whole text.
pub type Refusal = (&'static str, &'static str);

/// Section 3.3.
pub const WRONG_CODE: Refusal = (
    "CodeMismatchException",
    "Invalid verification code provided, please try again.",
);

/// Section 3.3.
pub const EXPIRED_CODE: Refusal = (
    "ExpiredCodeException",
    "Invalid code provided, please request a code again.",
);

/// Section 3.3.
pub const TOO_MANY_ATTEMPTS: Refusal = (
    "LimitExceededException",
    "Attempt limit exceeded, please try after some time.",
);

/// Section 3.3.
pub const ALREADY_CONFIRMED: Refusal = (
    "NotAuthorizedException",
    "User cannot be confirmed. Current status is CONFIRMED",
);

/// Section 3.6, for a client that does not hide who exists.
pub const NO_SUCH_USER: Refusal = ("UserNotFoundException", "User does not exist.");

/// Section 3.1, in a pool of free usernames.
pub const USERNAME_TAKEN: Refusal = ("UsernameExistsException", "User already exists");

/// Section 2.4.
pub const UNAUTHORIZED_WRITE: Refusal = (
    "NotAuthorizedException",
    "A client attempted to write unauthorized attribute",
);

/// Sections 2.4 and 3.2.
pub const EMAIL_TAKEN: Refusal = (
    "AliasExistsException",
    "An account with the given email already exists.",
);

/// Section 3.4.
pub const NOT_VERIFIABLE: Refusal = (
    "InvalidParameterException",
    "Invalid attribute name. Only phone_number and email can be verified.",
);

/// Asserts an error by its whole text.
#[track_caller]
pub fn refused(answer: &Answer, (type_, message): Refusal) {
    answer.fails(type_, message);
}

/// Asserts the one answer to a wrong name and to a wrong password.
#[track_caller]
pub fn incorrect(answer: &Answer) {
    not_authorized(answer, "Incorrect username or password.");
}

/// Asserts a NotAuthorizedException and its whole text.
#[track_caller]
pub fn not_authorized(answer: &Answer, text: &str) {
    answer.fails("NotAuthorizedException", text);
}

/// Asserts an InvalidParameterException and its whole text.
#[track_caller]
pub fn invalid_parameter(answer: &Answer, text: &str) {
    answer.fails("InvalidParameterException", text);
}
