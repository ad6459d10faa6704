//! What was read from the embedded store since its last write.
//!
//! A SQLite file belongs to one process ([`super::Db::claim`]), whose writes all go through one
//! connection. What that process read while nothing was being written is therefore still true until
//! the next write begins, and is given out again without a turn of the reading thread. A write makes
//! everything that was kept worthless, whatever it wrote, before its caller is answered: nobody has to
//! know what depends on what, and a revocation acts on the very next call.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Things kept at once; beyond it they are read anew.
const CAPACITY: usize = 2_000;

/// Counts the beginnings and ends of writes: even while nobody writes, odd while somebody does, or
/// while it is not known what became of a write.
#[derive(Clone, Debug, Default)]
pub(super) struct Writes(Arc<AtomicU64>);

impl Writes {
    /// A writer has the connection.
    pub fn begin(&self) {
        self.0.fetch_or(1, Ordering::SeqCst);
    }

    /// It gives the connection back, and all that it did is done or undone. One that cannot say so
    /// does not call this; the next one, which has the lock after it, does.
    pub fn end(&self) {
        let next = |count: u64| Some((count | 1).wrapping_add(1));
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
    }

    /// The number of this silence, if nobody writes.
    fn silence(&self) -> Option<u64> {
        let count = self.0.load(Ordering::SeqCst);
        count.is_multiple_of(2).then_some(count)
    }
}

/// Things that were read, by their keys.
#[derive(Debug)]
pub(super) struct Recent<T> {
    writes: Writes,
    kept: Mutex<Kept<T>>,
}

#[derive(Debug)]
struct Kept<T> {
    silence: u64,
    by_key: HashMap<String, Arc<T>>,
}

impl<T> Recent<T> {
    /// Nothing yet, and nothing longer than `writes` are silent.
    pub fn new(writes: Writes) -> Self {
        Self {
            writes,
            kept: Mutex::new(Kept {
                silence: 0,
                by_key: HashMap::new(),
            }),
        }
    }

    /// What is kept under `key`, or else what `read` finds.
    ///
    /// # Errors
    /// What `read` fails with.
    pub async fn get_or<E>(
        &self,
        key: String,
        read: impl Future<Output = Result<Option<Arc<T>>, E>>,
    ) -> Result<Option<Arc<T>>, E> {
        let begun = self.writes.silence();
        if let Some(kept) = begun.and_then(|silence| self.kept(&key, silence)) {
            return Ok(Some(kept));
        }
        let found = read.await?;
        if let (Some(silence), Some(value)) = (begun, &found) {
            self.keep(key, silence, Arc::clone(value));
        }
        Ok(found)
    }

    fn kept(&self, key: &str, silence: u64) -> Option<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.silence != silence {
            return None;
        }
        kept.by_key.get(key).map(Arc::clone)
    }

    /// What was read in a silence that is over is kept under that one's number, and never given out.
    fn keep(&self, key: String, silence: u64, value: Arc<T>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.silence != silence {
            if kept.silence > silence {
                return;
            }
            kept.silence = silence;
            kept.by_key.clear();
        }
        if kept.by_key.len() >= CAPACITY {
            kept.by_key.clear();
        }
        kept.by_key.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(recent: &Recent<u8>, stored: u8) -> u8 {
        let read = async { Ok::<_, ()>(Some(Arc::new(stored))) };
        *recent.get_or("a".into(), read).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn it_is_read_once_between_two_writes() {
        let writes = Writes::default();
        let recent = Recent::new(writes.clone());
        assert_eq!(get(&recent, 1).await, 1);
        assert_eq!(get(&recent, 2).await, 1);
        writes.begin();
        assert_eq!(get(&recent, 2).await, 2);
        assert_eq!(get(&recent, 3).await, 3);
        writes.end();
        assert_eq!(get(&recent, 4).await, 4);
        assert_eq!(get(&recent, 5).await, 4);
    }

    #[tokio::test]
    async fn a_write_of_unknown_outcome_keeps_it_away_until_the_next_has_ended() {
        let writes = Writes::default();
        let recent = Recent::new(writes.clone());
        writes.begin();
        assert_eq!(get(&recent, 1).await, 1);
        writes.begin();
        assert_eq!(get(&recent, 2).await, 2);
        writes.end();
        assert_eq!(get(&recent, 3).await, 3);
        assert_eq!(get(&recent, 4).await, 3);
    }

    #[tokio::test]
    async fn what_was_read_while_a_write_began_and_ended_is_not_kept() {
        let writes = Writes::default();
        let recent = Recent::new(writes.clone());
        let read = async {
            writes.begin();
            writes.end();
            Ok::<_, ()>(Some(Arc::new(1)))
        };
        assert_eq!(*recent.get_or("a".into(), read).await.unwrap().unwrap(), 1);
        assert_eq!(get(&recent, 2).await, 2);
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_kept() {
        let recent = Recent::<u8>::new(Writes::default());
        let none = async { Ok::<_, ()>(None) };
        assert!(recent.get_or("a".into(), none).await.unwrap().is_none());
        assert_eq!(get(&recent, 1).await, 1);
    }
}
