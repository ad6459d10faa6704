//! What was read from the store a moment ago and may be used again: pools, app clients, keys. A node
//! sees its own changes at once and those of another node within the age; users, sessions, codes and
//! whatever else ends somebody's rights are never kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Result;
use crate::domain::time::Timestamp;

/// Things kept at once; beyond it a cache starts over.
const CAPACITY: usize = 1_000;

/// Things of one kind by their ids, each used for a bounded time.
pub struct Aged<T> {
    max_age_ms: i64,
    kept: Mutex<Kept<T>>,
}

struct Kept<T> {
    by_id: HashMap<String, (Timestamp, Arc<T>)>,
    /// Counts what was forgotten: a read that began before a change must not be kept after it.
    forgotten: u64,
}

impl<T> Aged<T> {
    /// An empty cache.
    #[must_use]
    pub fn new(max_age_ms: i64) -> Self {
        Self {
            max_age_ms,
            kept: Mutex::new(Kept {
                by_id: HashMap::new(),
                forgotten: 0,
            }),
        }
    }

    /// What is kept under `id`, or else what `read` finds.
    ///
    /// # Errors
    /// What `read` fails with.
    pub async fn get_or(
        &self,
        id: &str,
        now: Timestamp,
        read: impl Future<Output = Result<Option<T>>>,
    ) -> Result<Option<Arc<T>>> {
        let begun = {
            let kept = self.lock();
            if let Some((since, value)) = kept.by_id.get(id)
                && (0..self.max_age_ms).contains(&now.millis_since(*since))
            {
                return Ok(Some(Arc::clone(value)));
            }
            kept.forgotten
        };
        let Some(value) = read.await?.map(Arc::new) else {
            return Ok(None);
        };
        let mut kept = self.lock();
        if kept.forgotten == begun {
            if kept.by_id.len() >= CAPACITY {
                kept.by_id.clear();
            }
            kept.by_id.insert(id.to_owned(), (now, Arc::clone(&value)));
        }
        Ok(Some(value))
    }

    /// Has the next caller read again. Call it after the commit that changed what `id` names.
    pub fn forget(&self, id: &str) {
        let mut kept = self.lock();
        kept.forgotten = kept.forgotten.wrapping_add(1);
        kept.by_id.remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, Kept<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    async fn get(aged: &Aged<i32>, now: i64, stored: i32) -> i32 {
        let read = async { Ok(Some(stored)) };
        *aged.get_or("a", at(now), read).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn it_is_read_again_when_it_is_old_or_forgotten() {
        let aged = Aged::new(1_000);
        assert_eq!(get(&aged, 0, 1).await, 1);
        assert_eq!(get(&aged, 999, 2).await, 1);
        assert_eq!(get(&aged, 1_000, 3).await, 3);
        // A clock that went back says nothing of the age.
        assert_eq!(get(&aged, 999, 4).await, 4);
        aged.forget("a");
        assert_eq!(get(&aged, 999, 5).await, 5);
    }

    #[tokio::test]
    async fn what_was_read_before_a_change_is_not_kept_after_it() {
        let aged = Aged::new(1_000);
        let slow = async {
            aged.forget("a");
            Ok(Some(1))
        };
        assert_eq!(*aged.get_or("a", at(0), slow).await.unwrap().unwrap(), 1);
        assert_eq!(get(&aged, 0, 2).await, 2);
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_kept() {
        let aged = Aged::new(1_000);
        let none = async { Ok(None) };
        assert!(aged.get_or("a", at(0), none).await.unwrap().is_none());
        assert_eq!(get(&aged, 0, 1).await, 1);
    }
}
