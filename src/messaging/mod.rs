//! Messages to users: their kinds and texts, the durable outbox, and their delivery.
//!
//! A flow composes an [`OutgoingMessage`] and writes it to the outbox with [`Outbox::enqueue`], in the
//! transaction of the change that causes it. After the commit the flow calls [`Outbox::dispatch`]. A
//! worker on each node delivers the messages that are due, at least once, through SMTP or an SMS
//! provider.

mod backoff;
mod custom_sender;
mod delivery_slots;
mod error;
mod html;
pub mod inbox;
mod log_sms;
mod message;
mod notice;
mod outbox;
mod slot_shares;
mod sms_provider;
mod smtp;
mod transport;
mod webhook;
mod worker;

pub use custom_sender::{CallFuture, FunctionCaller};
pub use delivery_slots::{EnqueuedMessage, Slot};
pub use error::{Error, SetUpError};
pub use message::{
    CODE_PLACEHOLDER, CustomText, MessageKind, MessageText, OutgoingMessage, Recipient, Sender,
    compose,
};
pub use notice::{Notice, SignInEvent};
pub use worker::{DeliveryReport, Outbox, Worker};
