//! The access keys of the store, all of them, as of a moment ago. A request that names a key which is not among them
//! reads nothing: whatever ids strangers think of, the store is read once in a while.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

use crate::domain::access_key::{Authority, USE_EXACT_TO_MS};
use crate::domain::time::Timestamp;

/// An access key with its secret. It has no `Debug`.
pub struct StoredKey {
    /// Its id.
    pub id: String,
    /// The secret that signs.
    pub secret: SecretString,
    /// Who signs with it, and what the signer may do.
    pub authority: Authority,
    ends_at: Option<Timestamp>,
    /// In milliseconds; the least value for never.
    last_used_at: AtomicI64,
}

impl StoredKey {
    /// A key with what the store knows of its use and its end.
    #[must_use]
    pub fn new(
        id: String,
        secret: SecretString,
        authority: Authority,
        ends_at: Option<Timestamp>,
        last_used_at: Option<Timestamp>,
    ) -> Self {
        let last_used_at = last_used_at.map_or(i64::MIN, Timestamp::millis);
        Self {
            id,
            secret,
            authority,
            ends_at,
            last_used_at: AtomicI64::new(last_used_at),
        }
    }

    /// Whether it may sign at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }

    /// Notes that it is used at `now`. Returns whether that is to be recorded, which is once in an hour.
    pub fn note_use(&self, now: Timestamp) -> bool {
        let last = self.last_used_at.load(Ordering::Relaxed);
        let is_due = last.saturating_add(USE_EXACT_TO_MS) <= now.millis();
        is_due
            && self
                .last_used_at
                .compare_exchange(last, now.millis(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// All access keys of the store at one moment, by their ids.
#[derive(Default)]
pub struct StoredKeys(HashMap<String, Arc<StoredKey>>);

impl StoredKeys {
    /// These keys.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = StoredKey>) -> Self {
        let keys = keys.into_iter();
        Self(keys.map(|key| (key.id.clone(), Arc::new(key))).collect())
    }

    /// The key with this id, if it may sign at `now`.
    #[must_use]
    pub fn live(&self, id: &str, now: Timestamp) -> Option<&Arc<StoredKey>> {
        self.0.get(id).filter(|key| key.is_live(now))
    }

    /// Whether no key may sign at `now`.
    #[must_use]
    pub fn is_empty_at(&self, now: Timestamp) -> bool {
        !self.0.values().any(|key| key.is_live(now))
    }
}

/// What is remembered of the store's access keys.
pub struct AccessKeys {
    ttl_ms: i64,
    latest: Mutex<Latest>,
    /// One caller reads, the others wait for what it finds.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Latest {
    read: Option<(Timestamp, Arc<StoredKeys>)>,
    /// How often the store was read.
    reads: u64,
    /// How often what was read had to be forgotten: what was read before must not be stored after it.
    invalidations: u64,
}

impl AccessKeys {
    /// Nothing yet. What is read is used for `ttl_ms` milliseconds.
    #[must_use]
    pub fn new(ttl_ms: i64) -> Self {
        Self {
            ttl_ms,
            latest: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
        }
    }

    /// The keys as they were at most so many milliseconds before `now`, or else what the future of `read` finds,
    /// which one caller at a time waits for.
    ///
    /// # Errors
    /// What `read` fails with.
    pub async fn get_or<E, F: Future<Output = Result<StoredKeys, E>>>(
        &self,
        now: Timestamp,
        read: impl FnOnce() -> F,
    ) -> Result<Arc<StoredKeys>, E> {
        let begun = {
            let latest = self.lock();
            if let Some((since, keys)) = &latest.read
                && (0..self.ttl_ms).contains(&now.millis_since(*since))
            {
                return Ok(Arc::clone(keys));
            }
            latest.reads
        };
        let _turn = self.reading.lock().await;
        let invalidations = {
            // What another caller has read meanwhile is newer than `now`.
            let latest = self.lock();
            if let Some((_, keys)) = &latest.read
                && latest.reads != begun
            {
                return Ok(Arc::clone(keys));
            }
            latest.invalidations
        };
        let keys = Arc::new(Box::pin(read()).await?);
        let mut latest = self.lock();
        if latest.invalidations == invalidations {
            latest.reads = latest.reads.wrapping_add(1);
            latest.read = Some((now, Arc::clone(&keys)));
        }
        Ok(keys)
    }

    /// Forgets the keys, so that the next caller reads again. To be called after the commit that changed them.
    pub fn clear(&self) {
        let mut latest = self.lock();
        latest.invalidations = latest.invalidations.wrapping_add(1);
        latest.read = None;
    }

    fn lock(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::domain::policy::Policy;

    const HOUR: i64 = 3_600_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn key(ends_at: Option<i64>, last_used_at: Option<i64>) -> StoredKey {
        let authority = Authority {
            user: "ci".to_owned(),
            policy: Policy::read("read-only").unwrap(),
        };
        StoredKey::new(
            "AKIA".to_owned(),
            "secret".into(),
            authority,
            ends_at.map(at),
            last_used_at.map(at),
        )
    }

    #[test]
    fn a_key_signs_until_its_end() {
        let keys = StoredKeys::new([key(Some(1_000), None)]);
        assert!(keys.live("AKIA", at(999)).is_some());
        assert!(keys.live("AKIA", at(1_000)).is_none());
        assert!(keys.live("OTHER", at(0)).is_none());
        assert!(!keys.is_empty_at(at(999)));
        assert!(keys.is_empty_at(at(1_000)));
        assert!(StoredKeys::default().is_empty_at(at(0)));
        assert!(key(None, None).is_live(at(i64::MAX)));
    }

    #[test]
    fn a_use_is_recorded_once_in_an_hour() {
        let never_used = key(None, None);
        assert!(never_used.note_use(at(5)));
        assert!(!never_used.note_use(at(6)));
        assert!(!never_used.note_use(at(4 + HOUR)));
        assert!(never_used.note_use(at(5 + HOUR)));
        let used = key(None, Some(10));
        assert!(!used.note_use(at(9 + HOUR)));
        assert!(used.note_use(at(10 + HOUR)));
    }

    #[tokio::test]
    async fn the_store_is_read_once_for_everybody_who_asks_in_the_time() {
        let cache = AccessKeys::new(2_000);
        let reads = AtomicUsize::new(0);
        let read = || async {
            reads.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok::<_, ()>(StoredKeys::new([key(None, None)]))
        };
        let (one, other) = tokio::join!(cache.get_or(at(0), read), cache.get_or(at(1), read));
        assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
        cache.get_or(at(1_999), read).await.unwrap();
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        cache.get_or(at(2_000), read).await.unwrap();
        assert_eq!(reads.load(Ordering::Relaxed), 2);
        // After the clock was set back, the age of what was read is unknown.
        cache.get_or(at(1_999), read).await.unwrap();
        assert_eq!(reads.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn what_was_read_before_a_change_is_forgotten() {
        let cache = AccessKeys::new(2_000);
        let none = || async { Ok::<_, ()>(StoredKeys::default()) };
        let one = || async { Ok::<_, ()>(StoredKeys::new([key(None, None)])) };
        cache.get_or(at(0), none).await.unwrap();
        cache.clear();
        let read = cache.get_or(at(1), one).await.unwrap();
        assert!(read.live("AKIA", at(1)).is_some());
        // What was being read while the change was made is not remembered either.
        cache.clear();
        let meanwhile = || async {
            cache.clear();
            none().await
        };
        cache.get_or(at(2), meanwhile).await.unwrap();
        let read = cache.get_or(at(3), one).await.unwrap();
        assert!(read.live("AKIA", at(3)).is_some());
    }

    #[tokio::test]
    async fn what_was_read_before_is_not_used_when_reading_fails() {
        let cache = AccessKeys::new(2_000);
        let good = || async { Ok::<_, &str>(StoredKeys::default()) };
        let bad = || async { Err::<StoredKeys, _>("the store is gone") };
        cache.get_or(at(0), good).await.unwrap();
        assert_eq!(
            cache.get_or(at(2_000), bad).await.err(),
            Some("the store is gone")
        );
        assert!(cache.get_or(at(2_001), good).await.is_ok());
    }
}
