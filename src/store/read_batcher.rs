//! Batching of concurrent reads: one statement reads for several callers.
//!
//! The number of statements that run at once is bounded. A caller who comes while a statement is free
//! reads at once and alone. Callers who come later are queued, and when a statement ends, the first of
//! them reads for all that are queued: the busier the database, the larger the batch. A caller never
//! gets a value that was read before it asked.
//!
//! No background task is involved: the caller that reads for a batch is one of its members. If that
//! caller is cancelled or its statement fails, the other members are woken up without a value and read
//! alone, and the next caller in the queue gets the permit.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Most callers that one statement reads for.
const MAX_BATCH: usize = 64;

/// Batches reads of `V` by `K`.
pub(super) struct ReadBatcher<K, V>(Arc<Queue<K, V>>);

struct Queue<K, V> {
    /// Most statements at once.
    max_concurrent: usize,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    /// Permits that are given out.
    running: usize,
    waiting: VecDeque<Waiting<K, V>>,
}

struct Waiting<K, V> {
    key: K,
    wakeup: oneshot::Sender<Wakeup<K, V>>,
}

/// How a caller's wait ends.
enum Wakeup<K, V> {
    /// Another caller read this value.
    Value(V),
    /// The caller has to read itself; this is its key.
    Permit(BatchPermit<K, V>, K),
}

/// The right to run a statement. Dropped, it goes to the next caller in the queue.
struct BatchPermit<K, V>(Arc<Queue<K, V>>);

impl<K, V> ReadBatcher<K, V> {
    /// A batcher with at most `max_concurrent` statements at once, which is at least one.
    pub fn new(max_concurrent: usize) -> Self {
        Self(Arc::new(Queue {
            max_concurrent,
            state: Mutex::new(State {
                running: 0,
                waiting: VecDeque::new(),
            }),
        }))
    }

    /// What `read` finds under `key`, or what another caller's `read`, begun after this call, found
    /// there. `read` gets some keys and returns as many values, in the order of the keys. `None` if the
    /// key was part of a batch that failed, perhaps because of another key; the caller then reads alone.
    ///
    /// # Errors
    /// What `read` fails with, if it read for this caller alone.
    pub async fn get<E, R>(&self, key: K, read: impl FnOnce(Vec<K>) -> R) -> Result<Option<V>, E>
    where
        R: Future<Output = Result<Vec<V>, E>>,
    {
        let (permit, key) = match self.enqueue(key).await {
            Ok(Wakeup::Permit(permit, key)) => (permit, key),
            Ok(Wakeup::Value(value)) => return Ok(Some(value)),
            Err(_) => return Ok(None),
        };
        let mut keys = vec![key];
        let others = permit.take_waiting(&mut keys);
        let mut values = match read(keys).await {
            Ok(values) => values.into_iter(),
            Err(error) if others.is_empty() => return Err(error),
            Err(_) => return Ok(None),
        };
        let own = values.next();
        drop(permit);
        for (wakeup, value) in others.into_iter().zip(values) {
            // A caller that was cancelled meanwhile has no receiver any more.
            let _ = wakeup.send(Wakeup::Value(value));
        }
        Ok(own)
    }

    /// The receiver of the caller's wakeup, which is sent at once if a permit is free.
    fn enqueue(&self, key: K) -> oneshot::Receiver<Wakeup<K, V>> {
        let (wakeup, receiver) = oneshot::channel();
        let mut state = self.0.lock();
        if state.running < self.0.max_concurrent {
            state.running += 1;
            // Cannot fail, since the receiver is in scope.
            let _ = wakeup.send(Wakeup::Permit(BatchPermit(Arc::clone(&self.0)), key));
        } else {
            state.waiting.push_back(Waiting { key, wakeup });
        }
        receiver
    }
}

impl<K, V> Queue<K, V> {
    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> BatchPermit<K, V> {
    /// Removes callers from the queue until the batch is full: adds their keys to `keys` and returns
    /// their wakeups, in the same order.
    fn take_waiting(&self, keys: &mut Vec<K>) -> Vec<oneshot::Sender<Wakeup<K, V>>> {
        let mut state = self.0.lock();
        let mut others = Vec::new();
        while keys.len() < MAX_BATCH
            && let Some(waiting) = state.waiting.pop_front()
        {
            if !waiting.wakeup.is_closed() {
                keys.push(waiting.key);
                others.push(waiting.wakeup);
            }
        }
        others
    }
}

impl<K, V> Drop for BatchPermit<K, V> {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.lock();
            state.waiting.retain(|waiting| !waiting.wakeup.is_closed());
            let next = state.waiting.pop_front();
            if next.is_none() {
                state.running -= 1;
            }
            next
        };
        if let Some(Waiting { key, wakeup }) = next {
            // If the caller is cancelled before it takes the wakeup, the permit in it is dropped, and
            // so goes to the next one.
            let _ = wakeup.send(Wakeup::Permit(Self(Arc::clone(&self.0)), key));
        }
    }
}

impl<K, V> Clone for ReadBatcher<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Shows no keys and values, which may be secret and need not implement `Debug`.
impl<K, V> fmt::Debug for ReadBatcher<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReadBatcher(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;
    use tokio::task::{JoinHandle, yield_now};

    use super::*;

    /// A store that holds the double of each key. Its statements wait for a permit of `may_run`.
    #[derive(Clone)]
    struct Store {
        batcher: ReadBatcher<u64, u64>,
        may_run: Arc<Semaphore>,
        statements: Arc<Mutex<Vec<Vec<u64>>>>,
    }

    type Caller = JoinHandle<Result<Option<u64>, &'static str>>;

    impl Store {
        fn new(max_concurrent: usize) -> Self {
            Self {
                batcher: ReadBatcher::new(max_concurrent),
                may_run: Arc::new(Semaphore::new(0)),
                statements: Arc::default(),
            }
        }

        /// Starts a caller and lets it run until it has to wait.
        async fn call(&self, key: u64) -> Caller {
            let store = self.clone();
            let caller = tokio::spawn(async move {
                let read = async |keys: Vec<u64>| {
                    store.statements.lock().unwrap().push(keys.clone());
                    store.may_run.acquire().await.unwrap().forget();
                    if keys.contains(&0) {
                        return Err("no key 0");
                    }
                    Ok(keys.iter().map(|key| key * 2).collect())
                };
                store.batcher.get(key, read).await
            });
            yield_now().await;
            caller
        }

        fn statements(&self) -> Vec<Vec<u64>> {
            self.statements.lock().unwrap().clone()
        }

        fn is_idle(&self) -> bool {
            let state = self.batcher.0.lock();
            state.running == 0 && state.waiting.is_empty()
        }
    }

    #[tokio::test]
    async fn callers_who_come_while_statements_run_wait_and_are_read_in_one_batch() {
        let store = Store::new(2);
        let mut callers = Vec::new();
        for key in 1..=6 {
            callers.push(store.call(key).await);
        }
        assert_eq!(store.statements(), [vec![1], vec![2]]);
        store.may_run.add_permits(1);
        assert_eq!(callers.remove(0).await.unwrap(), Ok(Some(2)));
        yield_now().await;
        store.may_run.add_permits(2);
        for (caller, double) in callers.into_iter().zip([4, 6, 8, 10, 12]) {
            assert_eq!(caller.await.unwrap(), Ok(Some(double)));
        }
        assert_eq!(store.statements(), [vec![1], vec![2], vec![3, 4, 5, 6]]);
        assert!(store.is_idle());
    }

    #[tokio::test]
    async fn a_batch_has_at_most_the_maximal_number_of_keys() {
        let store = Store::new(1);
        let callers = u64::try_from(MAX_BATCH + 3).unwrap();
        let mut all = Vec::new();
        for key in 1..=callers {
            all.push(store.call(key).await);
        }
        store.may_run.add_permits(3);
        for (caller, key) in all.into_iter().zip(1..) {
            assert_eq!(caller.await.unwrap(), Ok(Some(key * 2)));
        }
        let sizes: Vec<usize> = store.statements().iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, MAX_BATCH, 2]);
        assert!(store.is_idle());
    }

    #[tokio::test]
    async fn a_failure_is_returned_to_a_caller_that_read_alone() {
        let store = Store::new(1);
        let failing = store.call(0).await;
        let other = store.call(3).await;
        store.may_run.add_permits(2);
        assert_eq!(failing.await.unwrap(), Err("no key 0"));
        assert_eq!(other.await.unwrap(), Ok(Some(6)));
        assert!(store.is_idle());
    }

    #[tokio::test]
    async fn after_a_failed_batch_no_member_gets_a_value() {
        let store = Store::new(1);
        let first = store.call(1).await;
        let leading = store.call(3).await;
        let failing = store.call(0).await;
        store.may_run.add_permits(2);
        assert_eq!(first.await.unwrap(), Ok(Some(2)));
        assert_eq!(leading.await.unwrap(), Ok(None));
        assert_eq!(failing.await.unwrap(), Ok(None));
        assert_eq!(store.statements(), [vec![1], vec![3, 0]]);
        assert!(store.is_idle());
    }

    #[tokio::test]
    async fn the_permit_of_a_cancelled_reader_goes_to_the_next_caller() {
        let store = Store::new(1);
        let cancelled = store.call(1).await;
        let next = store.call(2).await;
        cancelled.abort();
        assert!(cancelled.await.unwrap_err().is_cancelled());
        store.may_run.add_permits(1);
        assert_eq!(next.await.unwrap(), Ok(Some(4)));
        assert!(store.is_idle());
    }

    #[tokio::test]
    async fn members_of_the_batch_of_a_cancelled_reader_get_no_value() {
        let store = Store::new(1);
        let first = store.call(1).await;
        let cancelled = store.call(2).await;
        let other = store.call(3).await;
        store.may_run.add_permits(1);
        assert_eq!(first.await.unwrap(), Ok(Some(2)));
        yield_now().await;
        assert_eq!(store.statements(), [vec![1], vec![2, 3]]);
        cancelled.abort();
        assert!(cancelled.await.unwrap_err().is_cancelled());
        assert_eq!(other.await.unwrap(), Ok(None));
        assert!(store.is_idle());
    }

    #[test]
    fn a_permit_that_was_sent_to_a_cancelled_caller_goes_to_the_next_one() {
        let batcher: ReadBatcher<u64, u64> = ReadBatcher::new(1);
        let first = batcher.enqueue(1);
        let gone = batcher.enqueue(2);
        let mut last = batcher.enqueue(3);
        drop(first);
        assert!(last.try_recv().is_err());
        drop(gone);
        assert!(matches!(last.try_recv(), Ok(Wakeup::Permit(_, 3))));
        drop(last);
        assert_eq!(batcher.0.lock().running, 0);
    }

    #[tokio::test]
    async fn no_batch_reads_for_a_cancelled_caller() {
        let store = Store::new(1);
        let first = store.call(1).await;
        let gone = store.call(2).await;
        let last = store.call(3).await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        store.may_run.add_permits(2);
        first.await.unwrap().unwrap();
        assert_eq!(last.await.unwrap(), Ok(Some(6)));
        assert_eq!(store.statements(), [vec![1], vec![3]]);
        assert!(store.is_idle());
    }

    /// Some of the callers, on several threads, are cancelled at any point. Each of the others gets its
    /// own value or none, and no permit is lost.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn each_of_many_concurrent_callers_gets_the_value_of_its_own_key() {
        static RUNNING: Semaphore = Semaphore::const_new(2);
        static STATEMENTS: AtomicUsize = AtomicUsize::new(0);
        const CALLERS: usize = 2_000;
        let batcher = ReadBatcher::new(2);
        let mut callers = Vec::new();
        for key in 0..CALLERS {
            let batcher: ReadBatcher<usize, usize> = batcher.clone();
            callers.push(tokio::spawn(async move {
                let read = async |keys: Vec<usize>| {
                    let _running = RUNNING.try_acquire().unwrap();
                    STATEMENTS.fetch_add(1, Ordering::Relaxed);
                    for _ in 0..=key % 7 {
                        yield_now().await;
                    }
                    Ok::<_, Infallible>(keys.iter().map(|key| key * 2).collect())
                };
                let got = batcher.get(key, read);
                // Every fifth caller is cancelled, as a request that times out.
                let cancellation = async {
                    for _ in 0..key % 11 {
                        yield_now().await;
                    }
                    if key % 5 != 0 {
                        std::future::pending::<()>().await;
                    }
                };
                tokio::select! {
                    got = got => got.unwrap(),
                    () = cancellation => None,
                }
            }));
        }
        let mut read_for = 0;
        for (key, caller) in callers.into_iter().enumerate() {
            let got = caller.await.unwrap();
            assert!(got.is_none_or(|double| double == key * 2), "{key}: {got:?}");
            read_for += usize::from(got.is_some());
        }
        let statements = STATEMENTS.load(Ordering::Relaxed);
        assert!(
            read_for > statements && read_for > CALLERS / 4,
            "{read_for} in {statements}"
        );
        let state = batcher.0.lock();
        assert!(state.running == 0 && state.waiting.is_empty());
    }
}
