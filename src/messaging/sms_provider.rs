//! The interface of the SMS providers.

use std::pin::Pin;

use super::error::DeliveryError;
use crate::domain::time::Timestamp;

/// A text message to be sent. No `Debug`: the text carries a code.
#[derive(Clone, Copy)]
pub struct SmsMessage<'a> {
    /// The phone number, E.164.
    pub to: &'a str,
    /// The text.
    pub text: &'a str,
    /// The same in every attempt, so that a provider can recognise a message that it has sent already.
    pub message_id: &'a str,
    /// The time of this attempt.
    pub at: Timestamp,
}

/// What [`SmsProvider::send`] returns.
pub type SendFuture<'a> = Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>>;

/// A service that sends text messages.
pub trait SmsProvider: Send + Sync {
    /// Sends `sms`. The future is ready once the provider has accepted responsibility for it.
    fn send<'a>(&'a self, sms: SmsMessage<'a>) -> SendFuture<'a>;
}
