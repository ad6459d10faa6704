//! Reads of several callers in one statement.
//!
//! Only a few such statements run at once. A caller who comes while there is room reads at once and
//! alone. Those who come later wait, and the first of them reads for all as soon as a statement has
//! ended: the busier the database, the more it is asked in one statement. Nobody is told what was read
//! before they asked.
//!
//! There is no task behind it: who reads for others is one of them. If it goes away early or its
//! statement fails, the others are told that nobody read for them, and the next in line has the turn.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Most callers that one statement reads for.
const MOST: usize = 64;

/// Reads of `V` by `K`.
pub(super) struct Together<K, V>(Arc<Line<K, V>>);

struct Line<K, V> {
    /// Most statements at once.
    at_once: usize,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    /// Turns that are taken.
    turns: usize,
    waiting: VecDeque<Waiting<K, V>>,
}

struct Waiting<K, V> {
    key: K,
    told: oneshot::Sender<Told<K, V>>,
}

/// How the wait ends.
enum Told<K, V> {
    /// Somebody read this.
    Value(V),
    /// It is the caller's own turn; this is its key.
    Turn(Turn<K, V>, K),
}

/// The right to run a statement. Dropped, it goes to the next in line.
struct Turn<K, V>(Arc<Line<K, V>>);

impl<K, V> Together<K, V> {
    /// With at most so many statements at once, which is at least one.
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Line {
            at_once,
            state: Mutex::new(State {
                turns: 0,
                waiting: VecDeque::new(),
            }),
        }))
    }

    /// What `read` finds under `key`, or what another caller's `read` found there after this was called.
    /// `read` gets some keys and gives as many values, in their order. `None` if it was to be read
    /// together with others and was not: for another key's sake, perhaps, so this caller reads alone.
    ///
    /// # Errors
    /// What `read` fails with, if it was for this caller alone.
    pub async fn get<E, R>(&self, key: K, read: impl FnOnce(Vec<K>) -> R) -> Result<Option<V>, E>
    where
        R: Future<Output = Result<Vec<V>, E>>,
    {
        let (turn, key) = match self.line_up(key).await {
            Ok(Told::Turn(turn, key)) => (turn, key),
            Ok(Told::Value(value)) => return Ok(Some(value)),
            Err(_) => return Ok(None),
        };
        let mut keys = vec![key];
        let others = turn.take_waiting(&mut keys);
        let mut values = match read(keys).await {
            Ok(values) => values.into_iter(),
            Err(error) if others.is_empty() => return Err(error),
            Err(_) => return Ok(None),
        };
        let own = values.next();
        drop(turn);
        for (told, value) in others.into_iter().zip(values) {
            // Who did not wait for it does not miss it.
            let _ = told.send(Told::Value(value));
        }
        Ok(own)
    }

    /// Where the caller will be told how its wait ends: at once if there is room.
    fn line_up(&self, key: K) -> oneshot::Receiver<Told<K, V>> {
        let (tell, told) = oneshot::channel();
        let mut state = self.0.lock();
        if state.turns < self.0.at_once {
            state.turns += 1;
            // Here it has a receiver.
            let _ = tell.send(Told::Turn(Turn(Arc::clone(&self.0)), key));
        } else {
            state.waiting.push_back(Waiting { key, told: tell });
        }
        told
    }
}

impl<K, V> Line<K, V> {
    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Turn<K, V> {
    /// Takes those who wait out of the line, as many as there is room for: their keys, and where to
    /// tell them.
    fn take_waiting(&self, keys: &mut Vec<K>) -> Vec<oneshot::Sender<Told<K, V>>> {
        let mut state = self.0.lock();
        let mut others = Vec::new();
        while keys.len() < MOST
            && let Some(waiting) = state.waiting.pop_front()
        {
            if !waiting.told.is_closed() {
                keys.push(waiting.key);
                others.push(waiting.told);
            }
        }
        others
    }
}

impl<K, V> Drop for Turn<K, V> {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.lock();
            state.waiting.retain(|waiting| !waiting.told.is_closed());
            let next = state.waiting.pop_front();
            if next.is_none() {
                state.turns -= 1;
            }
            next
        };
        if let Some(Waiting { key, told }) = next {
            // Who goes away before it is told, or without having looked, drops the turn.
            let _ = told.send(Told::Turn(Self(Arc::clone(&self.0)), key));
        }
    }
}

impl<K, V> Clone for Together<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Keys and values may be anybody's.
impl<K, V> fmt::Debug for Together<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Together(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;
    use tokio::task::{JoinHandle, yield_now};

    use super::*;

    /// A store of doubles, whose statements wait until they may run.
    #[derive(Clone)]
    struct Store {
        together: Together<u64, u64>,
        may_run: Arc<Semaphore>,
        statements: Arc<Mutex<Vec<Vec<u64>>>>,
    }

    type Caller = JoinHandle<Result<Option<u64>, &'static str>>;

    impl Store {
        fn new(at_once: usize) -> Self {
            Self {
                together: Together::new(at_once),
                may_run: Arc::new(Semaphore::new(0)),
                statements: Arc::default(),
            }
        }

        /// Somebody who asks, and has got as far as it can.
        async fn call(&self, key: u64) -> Caller {
            let store = self.clone();
            let caller = tokio::spawn(async move {
                let read = async |keys: Vec<u64>| {
                    store.statements.lock().unwrap().push(keys.clone());
                    store.may_run.acquire().await.unwrap().forget();
                    if keys.contains(&0) {
                        return Err("nothing doubles nothing");
                    }
                    Ok(keys.iter().map(|key| key * 2).collect())
                };
                store.together.get(key, read).await
            });
            yield_now().await;
            caller
        }

        fn statements(&self) -> Vec<Vec<u64>> {
            self.statements.lock().unwrap().clone()
        }

        fn is_idle(&self) -> bool {
            let state = self.together.0.lock();
            state.turns == 0 && state.waiting.is_empty()
        }
    }

    #[tokio::test]
    async fn who_comes_while_statements_run_waits_for_the_next_one() {
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
    async fn a_statement_reads_for_no_more_than_it_may() {
        let store = Store::new(1);
        let callers = u64::try_from(MOST + 3).unwrap();
        let mut all = Vec::new();
        for key in 1..=callers {
            all.push(store.call(key).await);
        }
        store.may_run.add_permits(3);
        for (caller, key) in all.into_iter().zip(1..) {
            assert_eq!(caller.await.unwrap(), Ok(Some(key * 2)));
        }
        let sizes: Vec<usize> = store.statements().iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, MOST, 2]);
        assert!(store.is_idle());
    }

    #[tokio::test]
    async fn a_failure_is_told_to_who_read_alone() {
        let store = Store::new(1);
        let failing = store.call(0).await;
        let other = store.call(3).await;
        store.may_run.add_permits(2);
        assert_eq!(failing.await.unwrap(), Err("nothing doubles nothing"));
        assert_eq!(other.await.unwrap(), Ok(Some(6)));
        assert!(store.is_idle());
    }

    #[tokio::test]
    async fn after_a_failure_for_several_each_reads_alone() {
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
    async fn who_is_cut_off_while_it_reads_leaves_the_turn_to_the_next() {
        let store = Store::new(1);
        let cut_off = store.call(1).await;
        let next = store.call(2).await;
        cut_off.abort();
        assert!(cut_off.await.unwrap_err().is_cancelled());
        store.may_run.add_permits(1);
        assert_eq!(next.await.unwrap(), Ok(Some(4)));
        assert!(store.is_idle());
    }

    #[tokio::test]
    async fn whom_somebody_cut_off_was_to_read_for_reads_alone() {
        let store = Store::new(1);
        let first = store.call(1).await;
        let cut_off = store.call(2).await;
        let other = store.call(3).await;
        store.may_run.add_permits(1);
        assert_eq!(first.await.unwrap(), Ok(Some(2)));
        yield_now().await;
        assert_eq!(store.statements(), [vec![1], vec![2, 3]]);
        cut_off.abort();
        assert!(cut_off.await.unwrap_err().is_cancelled());
        assert_eq!(other.await.unwrap(), Ok(None));
        assert!(store.is_idle());
    }

    #[test]
    fn a_turn_that_nobody_looked_at_goes_on() {
        let together: Together<u64, u64> = Together::new(1);
        let first = together.line_up(1);
        let gone = together.line_up(2);
        let mut last = together.line_up(3);
        drop(first);
        assert!(last.try_recv().is_err());
        drop(gone);
        assert!(matches!(last.try_recv(), Ok(Told::Turn(_, 3))));
        drop(last);
        assert_eq!(together.0.lock().turns, 0);
    }

    #[tokio::test]
    async fn nobody_is_read_for_who_is_gone() {
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

    /// Many on several threads, of whom some go away at any point: everybody else gets its own value
    /// or hears that it has to read alone, and no turn is lost.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn each_gets_its_own() {
        static RUNNING: Semaphore = Semaphore::const_new(2);
        static STATEMENTS: AtomicUsize = AtomicUsize::new(0);
        const CALLERS: usize = 2_000;
        let together = Together::new(2);
        let mut callers = Vec::new();
        for key in 0..CALLERS {
            let together: Together<usize, usize> = together.clone();
            callers.push(tokio::spawn(async move {
                let read = async |keys: Vec<usize>| {
                    let _running = RUNNING.try_acquire().unwrap();
                    STATEMENTS.fetch_add(1, Ordering::Relaxed);
                    for _ in 0..=key % 7 {
                        yield_now().await;
                    }
                    Ok::<_, Infallible>(keys.iter().map(|key| key * 2).collect())
                };
                let got = together.get(key, read);
                // Every fifth as a request whose time is up.
                let impatience = async {
                    for _ in 0..key % 11 {
                        yield_now().await;
                    }
                    if key % 5 != 0 {
                        std::future::pending::<()>().await;
                    }
                };
                tokio::select! {
                    got = got => got.unwrap(),
                    () = impatience => None,
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
        let state = together.0.lock();
        assert!(state.turns == 0 && state.waiting.is_empty());
    }
}
