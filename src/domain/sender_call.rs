//! The call of a function that sends a message in the place of the server.

use secrecy::SecretString;

use super::attribute::Medium;

/// A call that still lacks the code, which is encrypted when the function is called.
#[derive(Clone, Debug)]
pub struct SenderCall {
    /// What it sends.
    pub medium: Medium,
    /// The function.
    pub arn: String,
    /// The pool's `KMSKeyID`, which says under which key the function gets the code.
    pub key_id: String,
    /// The event as JSON, whose `request.code` is to be filled in.
    pub event: SecretString,
}
