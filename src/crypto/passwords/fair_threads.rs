//! A bounded number of threads that take turns from a fair queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon_core::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::oneshot;

use super::HashingError;
use super::fair_queue::{FairQueue, QueueBounds, Ticket, Turn};

/// The threads and what waits for them. Cheap to clone; clones share both.
#[derive(Clone)]
pub struct FairThreads {
    name: &'static str,
    shared: Arc<Shared>,
    /// The threads take the next from the queue themselves. If a task had to be woken first, they would be
    /// idle for a good part of the time that an SRP exchange takes.
    threads: Arc<ThreadPool>,
}

type Job = Box<dyn FnOnce(&dyn Fn()) + Send>;

struct Shared {
    state: Mutex<State>,
    threads: usize,
}

struct State {
    queue: FairQueue<Job>,
    /// Threads that take from the queue until it is empty.
    draining: usize,
}

impl FairThreads {
    /// `count` threads called `name`, which also names the queue in the metrics.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub fn new(
        name: &'static str,
        count: usize,
        bounds: QueueBounds,
    ) -> Result<Self, ThreadPoolBuildError> {
        Ok(Self {
            name,
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    queue: FairQueue::new(bounds, count),
                    draining: 0,
                }),
                threads: count,
            }),
            threads: Arc::new(
                ThreadPoolBuilder::new()
                    .num_threads(count)
                    .thread_name(move |number| format!("{name}-{number}"))
                    .build()?,
            ),
        })
    }

    /// Runs `work` when it is its turn. If the caller is cancelled, what still waits is skipped; what runs
    /// already cannot be stopped.
    ///
    /// # Errors
    /// [`HashingError::Busy`] if there is no place in the queue, or if it was taken away for another caller;
    /// [`HashingError::Failed`] if `work` panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        turn: &Turn,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let (sender, receiver) = oneshot::channel();
        let _place = self.enqueue(
            turn,
            Box::new(move |free_thread: &dyn Fn()| {
                // The panic hook has logged the panic.
                let done = catch_unwind(AssertUnwindSafe(work)).map_err(|_| HashingError::Failed);
                // Before the caller is told, who may ask for the next hash at once.
                free_thread();
                // The receiver is gone if the caller was cancelled.
                let _ = sender.send(done);
            }),
        );
        // What is dropped without being run has lost its place.
        receiver.await.unwrap_or_else(|_| {
            let known = if turn.known { "true" } else { "false" };
            metrics::counter!("cognate_hashing_refused_total", "queue" => self.name, "known" => known)
                .increment(1);
            Err(HashingError::Busy)
        })
    }

    fn enqueue<'a>(&'a self, turn: &'a Turn, job: Job) -> Place<'a> {
        let (ticket, refused, needs_thread) = {
            let mut state = self.shared.state();
            let (ticket, refused) = state.queue.push(turn, job);
            let needs_thread = state.draining < self.shared.threads;
            if needs_thread {
                state.draining += 1;
            }
            (ticket, refused, needs_thread)
        };
        // Dropped while the queue is not locked: it wakes the caller that is refused.
        drop(refused);
        if needs_thread {
            let shared = Arc::clone(&self.shared);
            self.threads.spawn_fifo(move || shared.drain());
        }
        Place {
            shared: &self.shared,
            turn,
            ticket,
        }
    }

    /// How many wait, and how many run.
    pub fn load(&self) -> (usize, usize) {
        let state = self.shared.state();
        (state.queue.len(), state.queue.running())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one after the other until nothing waits.
    fn drain(&self) {
        while let Some(job) = self.next() {
            job(&|| self.state().queue.done());
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        let next = state.queue.pop();
        if next.is_none() {
            // In the same breath: who adds to the queue from now on sees that a thread is needed.
            state.draining = state.draining.saturating_sub(1);
        }
        next
    }
}

/// A place in the queue, given back when it is dropped.
struct Place<'a> {
    shared: &'a Shared,
    turn: &'a Turn,
    ticket: Ticket,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let skipped = self.shared.state().queue.remove(self.turn, self.ticket);
        drop(skipped);
    }
}
