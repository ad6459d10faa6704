//! Use cases that operations, provisioning and pages share, in a folder for each resource. A flow
//! takes values of the domain, reads and writes through the store, and returns a value or the
//! [`Failure`] by which the rules refuse. It knows no wire names and no HTTP.

pub mod access_keys;
pub mod auth_events;
pub mod authentication;
pub mod browser_sessions;
pub mod client_references;
pub mod client_secrets;
pub mod codes;
pub mod create_user;
pub mod devices;
pub mod discovery;
pub mod domains;
pub mod equal_times;
pub mod export;
pub mod groups;
pub mod identity_links;
pub mod identity_providers;
pub mod import_jobs;
pub mod imported_token_keys;
pub mod keys;
pub mod limits;
pub mod log_delivery;
pub mod lookup;
pub mod managed_login_branding;
pub mod master_key_check;
pub mod mfa;
pub mod migration;
pub mod notices;
pub mod oauth;
pub mod overview;
pub mod pagination;
pub mod passkeys;
pub mod passwords;
pub mod profile;
pub mod resource_servers;
pub mod risk_configuration;
pub mod risk_rules;
pub mod saml_certificate;
pub mod session_tracking;
pub mod sign_up;
pub mod signing_keys;
pub mod tags;
pub mod terms;
pub mod turn;
pub mod ui_customization;
pub mod update_user;
pub mod user_pool_clients;
pub mod user_pools;
pub mod users;

use std::pin::Pin;

use crate::crypto::{CryptoError, HashingError};
use crate::domain::failure::Failure;

/// Why a flow did not succeed.
#[derive(Debug)]
pub enum Error {
    /// The rules refuse.
    Refused(Failure),
    /// The server has more to do than it may take on at once.
    Busy,
    /// What was read has changed before it was written; [`retry!`] reads it again.
    Stale,
    /// The server itself failed; the error with its sources is for the log only.
    Internal(anyhow::Error),
}

impl Error {
    /// [`Error::Internal`] without another error as its source.
    #[must_use]
    pub fn internal(detail: &'static str) -> Self {
        Self::Internal(anyhow::Error::msg(detail))
    }
}

/// Result of a flow.
pub type Result<T> = std::result::Result<T, Error>;

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<crate::store::Error> for Error {
    fn from(error: crate::store::Error) -> Self {
        match error {
            crate::store::Error::NoFreeConnection => Self::Busy,
            crate::store::Error::Conflict => Self::Stale,
            other @ (crate::store::Error::Database(_)
            | crate::store::Error::Document { .. }
            | crate::store::Error::UnknownValue { .. }) => Self::Internal(other.into()),
        }
    }
}

impl From<HashingError> for Error {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Failed => Self::Internal(error.into()),
        }
    }
}

impl From<crate::messaging::Error> for Error {
    fn from(error: crate::messaging::Error) -> Self {
        match error {
            crate::messaging::Error::Full => Self::Refused(Failure::OutboxFull),
            // A store that is busy, or a row that has changed, is no internal failure.
            crate::messaging::Error::Store(error) => error.into(),
            crate::messaging::Error::Seal(error) => error.into(),
        }
    }
}

impl From<CryptoError> for Error {
    fn from(error: CryptoError) -> Self {
        Self::Internal(error.into())
    }
}

/// Fails with `failure`.
pub(crate) fn refuse<T>(failure: Failure) -> Result<T> {
    Err(Error::Refused(failure))
}

/// Makes a future on the heap, in a stack frame of its own. What an async function awaits takes room in its own frame,
/// which an unoptimised build never uses twice: a function that leads on in many directions would need that of all of
/// them, and a sign-in, which goes deep, the stack of a thread.
pub(crate) fn boxed<'a, T, F: Future<Output = T> + Send + 'a>(
    make: impl FnOnce() -> F,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(make())
}

/// How often a change is tried again because another one came first. Each round lets at least one
/// of the competitors through.
const MAX_RETRIES: usize = 200;

/// Runs a fallible async expression again while it answers [`Error::Stale`].
macro_rules! retry {
    ($attempt:expr) => {{
        let mut tries = 0;
        loop {
            match $attempt.await {
                Err($crate::flows::Error::Stale) if tries < $crate::flows::MAX_RETRIES => {
                    tries += 1;
                }
                Err($crate::flows::Error::Stale) => {
                    break $crate::flows::refuse(
                        $crate::domain::failure::Failure::ConcurrentChange,
                    );
                }
                other => break other,
            }
        }
    }};
}
pub(crate) use retry;
