//! Functions of pools that send messages in the place of the mail server or the SMS provider, with the code encrypted
//! under a key of the operator's.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::error::{DeliveryError, SetUpError};
use crate::config::{ANY_FUNCTION, Config};
use crate::crypto::jwe;
use crate::domain::sender_call::SenderCall;
use crate::entropy::Entropy;

/// What [`FunctionCaller::call`] returns: why the function has not sent the message, if it has not.
pub type CallFuture<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// What calls functions.
pub trait FunctionCaller: Send + Sync {
    /// Calls the function with the encrypted code.
    fn call<'a>(&'a self, call: &'a SenderCall, encrypted_code: &'a str) -> CallFuture<'a>;
}

/// The custom senders of all pools.
pub(super) struct CustomSenders {
    keys: HashMap<String, Zeroizing<[u8; jwe::KEY_LENGTH]>>,
    functions: Arc<dyn FunctionCaller>,
    entropy: Entropy,
}

impl CustomSenders {
    pub(super) fn new(
        config: &Config,
        functions: Arc<dyn FunctionCaller>,
        entropy: Entropy,
    ) -> Result<Self, SetUpError> {
        let mut keys = HashMap::new();
        for (index, entry) in config.triggers.sender_keys.iter().enumerate() {
            let key = entry.key(index).map_err(SetUpError::SenderKey)?;
            keys.insert(entry.kms_key_id.clone(), key);
        }
        Ok(Self {
            keys,
            functions,
            entropy,
        })
    }

    /// Has the function send the message with this code.
    pub(super) async fn send(&self, call: &SenderCall, code: &str) -> Result<(), DeliveryError> {
        let key = self.keys.get(&call.key_id);
        let Some(key) = key.or_else(|| self.keys.get(ANY_FUNCTION)) else {
            let text = format!("triggers.sender_keys has no key {}", call.key_id);
            return Err(DeliveryError::Transient(text));
        };
        let encrypted = jwe::encrypt(self.entropy, key, &call.key_id, code)
            .map_err(|error| DeliveryError::Transient(error.to_string()))?;
        let called = self.functions.call(call, &encrypted).await;
        called.map_err(DeliveryError::Transient)
    }
}
