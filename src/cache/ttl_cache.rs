//! A cache whose entries expire: what was read from the store a moment ago and may be used again. A
//! node sees its own changes at once, because it invalidates what it changes, and those of another
//! node once the entry has expired.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::time::Timestamp;

/// Most entries of one cache; when it is full the cache is emptied.
const CAPACITY: usize = 1_000;

/// Values of one kind by their ids, each used for a bounded time.
pub struct TtlCache<T> {
    ttl_ms: i64,
    entries: Mutex<Entries<T>>,
}

struct Entries<T> {
    by_id: HashMap<String, (Timestamp, Arc<T>)>,
    /// Counts invalidations: a value whose read began before a change must not be stored after it.
    invalidations: u64,
}

impl<T> TtlCache<T> {
    /// An empty cache whose entries are used for `ttl_ms` milliseconds.
    #[must_use]
    pub fn new(ttl_ms: i64) -> Self {
        Self {
            ttl_ms,
            entries: Mutex::new(Entries {
                by_id: HashMap::new(),
                invalidations: 0,
            }),
        }
    }

    /// The entry under `id` if it has not expired at `now`, or else what the future of `read` finds, which
    /// is stored. Where it finds nothing, nothing is stored.
    ///
    /// The future is made and boxed only where it is needed: one that reads from the store has some 10 KiB,
    /// which the caller's future would else hold, and copy with every call that finds its entry.
    ///
    /// # Errors
    /// What `read` fails with.
    pub async fn get_or<E, F: Future<Output = Result<Option<T>, E>>>(
        &self,
        id: &str,
        now: Timestamp,
        read: impl FnOnce() -> F,
    ) -> Result<Option<Arc<T>>, E> {
        let begun = {
            let entries = self.lock();
            if let Some((since, value)) = entries.by_id.get(id)
                && (0..self.ttl_ms).contains(&now.millis_since(*since))
            {
                return Ok(Some(Arc::clone(value)));
            }
            entries.invalidations
        };
        let Some(value) = Box::pin(read()).await?.map(Arc::new) else {
            return Ok(None);
        };
        let mut entries = self.lock();
        if entries.invalidations == begun {
            if entries.by_id.len() >= CAPACITY {
                entries.by_id.clear();
            }
            entries
                .by_id
                .insert(id.to_owned(), (now, Arc::clone(&value)));
        }
        Ok(Some(value))
    }

    /// Removes the entry, so that the next caller reads again. To be called after the commit that
    /// changed what `id` names.
    pub fn invalidate(&self, id: &str) {
        let mut entries = self.lock();
        entries.invalidations = entries.invalidations.wrapping_add(1);
        entries.by_id.remove(id);
    }

    /// Removes all entries, where what was changed is part of many. To be called after the commit.
    pub fn clear(&self) {
        let mut entries = self.lock();
        entries.invalidations = entries.invalidations.wrapping_add(1);
        entries.by_id.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Entries<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    async fn get(cache: &TtlCache<i32>, now: i64, stored: i32) -> i32 {
        let read = async || Ok::<_, ()>(Some(stored));
        *cache.get_or("a", at(now), read).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn an_expired_or_invalidated_entry_is_read_again() {
        let cache = TtlCache::new(1_000);
        assert_eq!(get(&cache, 0, 1).await, 1);
        assert_eq!(get(&cache, 999, 2).await, 1);
        assert_eq!(get(&cache, 1_000, 3).await, 3);
        // After the clock was set back, the entry's age is unknown.
        assert_eq!(get(&cache, 999, 4).await, 4);
        cache.invalidate("a");
        assert_eq!(get(&cache, 999, 5).await, 5);
    }

    #[tokio::test]
    async fn a_read_that_began_before_an_invalidation_is_not_stored() {
        let cache = TtlCache::new(1_000);
        let slow = async || {
            cache.invalidate("a");
            Ok::<_, ()>(Some(1))
        };
        assert_eq!(*cache.get_or("a", at(0), slow).await.unwrap().unwrap(), 1);
        assert_eq!(get(&cache, 0, 2).await, 2);
    }

    #[tokio::test]
    async fn absence_is_not_stored() {
        let cache = TtlCache::new(1_000);
        let none = async || Ok::<_, ()>(None);
        assert!(cache.get_or("a", at(0), none).await.unwrap().is_none());
        assert_eq!(get(&cache, 0, 1).await, 1);
    }
}
