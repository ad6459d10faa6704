//! Use cases that several doors share. A flow takes what the domain knows, reads and writes
//! through the store, and answers with a value or with a fact that refuses. It knows no wire
//! names and no HTTP.

pub mod accounts;
pub mod aged;
pub mod attributes;
pub mod authenticate;
pub mod challenge;
pub mod codes;
pub mod confirm;
pub mod declare;
pub mod invite;
pub mod keys;
pub mod limits;
pub mod lookup;
pub mod master_key;
pub mod pages;
pub mod password;
pub mod recover;
pub mod refresh;
pub mod register;
pub mod save;
pub mod srp;
pub mod tokens;
pub mod user_list;
pub mod user_pool_clients;
pub mod user_pools;
pub mod verified;

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
    /// Something of ours failed; the text is for the log only.
    Internal(String),
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
            crate::store::Error::Exhausted => Self::Busy,
            crate::store::Error::Overtaken => Self::Stale,
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<HashingError> for Error {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Failed => Self::Internal(error.to_string()),
        }
    }
}

impl From<crate::messaging::Error> for Error {
    fn from(error: crate::messaging::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<CryptoError> for Error {
    fn from(error: CryptoError) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Fails with `failure`.
fn refuse<T>(failure: Failure) -> Result<T> {
    Err(Error::Refused(failure))
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
use retry;
