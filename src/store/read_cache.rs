//! A cache of what was read from SQLite since the last write.
//!
//! One process owns the SQLite file ([`super::Db::claim`]), and all its writes go through one
//! connection. What that process read while no write was running is therefore true until the next write
//! begins, and is answered from memory without waiting for the reading thread. Every write empties the
//! whole cache, whatever it wrote, before its caller is answered: no list of dependencies can be
//! forgotten, and a revocation acts on the next request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Most entries; when it is reached, the cache is emptied.
const CAPACITY: usize = 2_000;

/// Numbers the times between two writes. The counter is even while no write runs, and odd while one
/// runs or while it is not known whether a write took effect.
#[derive(Clone, Debug, Default)]
pub struct WriteEpoch(Arc<AtomicU64>);

impl WriteEpoch {
    /// Call when a writer has got the connection.
    pub fn begin_write(&self) {
        self.0.fetch_or(1, Ordering::SeqCst);
    }

    /// Call when the writer returns the connection, and all that it did is committed or rolled back. A
    /// writer that does not know this does not call it; the next writer, which waits for SQLite's lock,
    /// does.
    pub fn end_write(&self) {
        let next = |count: u64| Some((count | 1).wrapping_add(1));
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
    }

    /// The number of the present epoch; `None` while a write runs.
    fn current_epoch(&self) -> Option<u64> {
        let count = self.0.load(Ordering::SeqCst);
        count.is_multiple_of(2).then_some(count)
    }
}

/// Values that were read in the present epoch, by their keys.
#[derive(Debug)]
pub struct ReadCache<T> {
    writes: WriteEpoch,
    entries: Mutex<Entries<T>>,
}

#[derive(Debug)]
struct Entries<T> {
    /// The epoch in which all of them were read.
    epoch: u64,
    by_key: HashMap<String, Arc<T>>,
}

impl<T> ReadCache<T> {
    /// An empty cache that `writes` empties.
    pub fn new(writes: WriteEpoch) -> Self {
        Self {
            writes,
            entries: Mutex::new(Entries {
                epoch: 0,
                by_key: HashMap::new(),
            }),
        }
    }

    /// The cached value under `key`, or else what `read` finds, which is cached unless it is `None`.
    ///
    /// # Errors
    /// What `read` fails with.
    pub async fn get_or<E>(
        &self,
        key: String,
        read: impl Future<Output = Result<Option<Arc<T>>, E>>,
    ) -> Result<Option<Arc<T>>, E> {
        let epoch = self.writes.current_epoch();
        if let Some(cached) = epoch.and_then(|epoch| self.cached(&key, epoch)) {
            return Ok(Some(cached));
        }
        let found = read.await?;
        if let (Some(epoch), Some(value)) = (epoch, &found) {
            self.insert(key, epoch, Arc::clone(value));
        }
        Ok(found)
    }

    fn cached(&self, key: &str, epoch: u64) -> Option<Arc<T>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.epoch != epoch {
            return None;
        }
        entries.by_key.get(key).map(Arc::clone)
    }

    /// Caches a value that a read found which began in `epoch`. If a write has begun since, the entry
    /// belongs to a past epoch and no reader gets it.
    fn insert(&self, key: String, epoch: u64, value: Arc<T>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.epoch != epoch {
            if entries.epoch > epoch {
                return;
            }
            entries.epoch = epoch;
            entries.by_key.clear();
        }
        if entries.by_key.len() >= CAPACITY {
            entries.by_key.clear();
        }
        entries.by_key.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(cache: &ReadCache<u8>, stored: u8) -> u8 {
        let read = async { Ok::<_, ()>(Some(Arc::new(stored))) };
        *cache.get_or("a".into(), read).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_value_is_read_once_between_two_writes() {
        let writes = WriteEpoch::default();
        let cache = ReadCache::new(writes.clone());
        assert_eq!(get(&cache, 1).await, 1);
        assert_eq!(get(&cache, 2).await, 1);
        writes.begin_write();
        assert_eq!(get(&cache, 2).await, 2);
        assert_eq!(get(&cache, 3).await, 3);
        writes.end_write();
        assert_eq!(get(&cache, 4).await, 4);
        assert_eq!(get(&cache, 5).await, 4);
    }

    #[tokio::test]
    async fn nothing_is_cached_after_a_write_of_unknown_outcome_until_the_next_write_ends() {
        let writes = WriteEpoch::default();
        let cache = ReadCache::new(writes.clone());
        writes.begin_write();
        assert_eq!(get(&cache, 1).await, 1);
        writes.begin_write();
        assert_eq!(get(&cache, 2).await, 2);
        writes.end_write();
        assert_eq!(get(&cache, 3).await, 3);
        assert_eq!(get(&cache, 4).await, 3);
    }

    #[tokio::test]
    async fn a_value_read_while_a_write_began_and_ended_is_not_cached() {
        let writes = WriteEpoch::default();
        let cache = ReadCache::new(writes.clone());
        let read = async {
            writes.begin_write();
            writes.end_write();
            Ok::<_, ()>(Some(Arc::new(1)))
        };
        assert_eq!(*cache.get_or("a".into(), read).await.unwrap().unwrap(), 1);
        assert_eq!(get(&cache, 2).await, 2);
    }

    #[tokio::test]
    async fn an_absent_value_is_not_cached() {
        let cache = ReadCache::<u8>::new(WriteEpoch::default());
        let none = async { Ok::<_, ()>(None) };
        assert!(cache.get_or("a".into(), none).await.unwrap().is_none());
        assert_eq!(get(&cache, 1).await, 1);
    }
}
