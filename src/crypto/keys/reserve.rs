//! Signing keys generated ahead of need, so that creating a user pool does not wait for primes.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::super::CryptoError;
use super::SigningKey;

/// How long the thread waits before it generates its first key, so that it does not slow the start.
const START_AFTER: Duration = Duration::from_secs(2);
/// How many keys may be generated at once for callers that find the reserve empty.
const MAX_CONCURRENT_ON_DEMAND: usize = 2;

/// A reserve of generated keys. A thread of low priority replaces the keys that are taken. It ends when
/// the reserve is dropped, at the latest after the key that it is generating.
pub struct KeyReserve {
    shared: Arc<Shared>,
    on_demand: Semaphore,
}

struct Shared {
    size: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    keys: Vec<SigningKey>,
    dropped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills the reserve until it is dropped.
    fn fill(&self, start_after: Duration) {
        let mut state = self.lock();
        state = self
            .changed
            .wait_timeout_while(state, start_after, |state| !state.dropped)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        loop {
            state = self
                .changed
                .wait_while(state, |state| {
                    !state.dropped && state.keys.len() >= self.size
                })
                .unwrap_or_else(PoisonError::into_inner);
            if state.dropped {
                return;
            }
            drop(state);
            let generated = SigningKey::generate();
            state = self.lock();
            match generated {
                Ok(key) => state.keys.push(key),
                Err(failure) => {
                    // Callers then generate keys themselves and report their errors.
                    tracing::error!(%failure, "no more signing keys are generated ahead of need");
                    return;
                }
            }
        }
    }
}

impl KeyReserve {
    /// A reserve of `size` keys, at most 64. With 0 every key is generated on demand, and no thread is
    /// started.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self::start(size, START_AFTER)
    }

    fn start(size: usize, start_after: Duration) -> Self {
        let shared = Arc::new(Shared {
            size: size.min(64),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        if size > 0 {
            let shared = Arc::clone(&shared);
            let started = std::thread::Builder::new()
                .name("key-reserve".to_owned())
                .spawn(move || {
                    yield_to_others();
                    shared.fill(start_after);
                });
            if let Err(failure) = started {
                tracing::warn!(%failure, "signing keys are not generated ahead of need");
            }
        }
        Self {
            shared,
            on_demand: Semaphore::new(MAX_CONCURRENT_ON_DEMAND),
        }
    }

    /// A key from the reserve, or a new one if it is empty. No other caller gets the same key.
    ///
    /// # Errors
    /// [`CryptoError::Library`] if the library fails.
    pub async fn take(&self) -> Result<SigningKey, CryptoError> {
        if let Some(key) = self.take_ready() {
            return Ok(key);
        }
        let permit = self
            .on_demand
            .acquire()
            .await
            .map_err(|_| CryptoError::Library)?;
        if let Some(key) = self.take_ready() {
            return Ok(key);
        }
        let key = tokio::task::spawn_blocking(SigningKey::generate)
            .await
            .map_err(|_| CryptoError::Library)?;
        drop(permit);
        key
    }

    /// Adds a key that was generated elsewhere, which a later [`KeyReserve::take`] returns.
    pub fn add(&self, key: SigningKey) {
        self.shared.lock().keys.push(key);
    }

    fn take_ready(&self) -> Option<SigningKey> {
        let key = self.shared.lock().keys.pop();
        self.shared.changed.notify_one();
        key
    }
}

impl Drop for KeyReserve {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.dropped = true;
        state.keys.clear();
        drop(state);
        self.shared.changed.notify_all();
    }
}

impl fmt::Debug for KeyReserve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyReserve")
            .field("size", &self.shared.size)
            .finish_non_exhaustive()
    }
}

/// Gives this thread the lowest priority. Linux has a priority per thread. Elsewhere the call would
/// affect the whole process and is not made.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    if let Err(failure) = rustix::process::nice(19) {
        tracing::debug!(%failure, "the key reserve keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_empty_reserve_generates_on_demand() {
        let reserve = KeyReserve::new(0);
        let (one, other) = (reserve.take().await.unwrap(), reserve.take().await.unwrap());
        assert_ne!(one.kid(), other.kid());
    }

    #[tokio::test]
    async fn a_taken_key_is_replaced_and_never_given_out_again() {
        let reserve = KeyReserve::start(1, Duration::ZERO);
        let filled = || {
            let state = reserve.shared.lock();
            drop(reserve.shared.changed.wait_timeout_while(
                state,
                Duration::from_millis(10),
                |_| true,
            ));
            reserve.shared.lock().keys.len() == 1
        };
        while !filled() {}
        let one = reserve.take_ready().unwrap();
        while !filled() {}
        assert_ne!(one.kid(), reserve.take().await.unwrap().kid());
    }

    #[test]
    fn the_thread_ends_with_the_reserve() {
        for start_after in [Duration::ZERO, Duration::from_secs(3600)] {
            let reserve = KeyReserve::start(2, start_after);
            let shared = Arc::downgrade(&reserve.shared);
            drop(reserve);
            while shared.strong_count() > 0 {
                std::thread::yield_now();
            }
        }
    }
}
