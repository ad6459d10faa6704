//! How much of the processors the generator may use.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cognate_bench::process::cpu_of_process;
use tokio::sync::watch;

/// How often the use is compared with what is permitted.
const INTERVAL: Duration = Duration::from_millis(50);

/// A part of the machine's processors. Attackers wait while this process has used more than that since it was
/// made. Clones share it; all of them are on one thread.
#[derive(Clone)]
pub struct Budget {
    shared: Rc<Shared>,
}

struct Shared {
    /// Of all processors together.
    processors: f64,
    may_go_on: watch::Sender<bool>,
    requests: Cell<u64>,
    begun: Instant,
    used_before: f64,
}

/// How many processors the machine has.
pub fn processors() -> f64 {
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(count).map_or(1.0, f64::from)
}

impl Budget {
    /// `percent` of all processors, from now on.
    pub fn new(percent: u32) -> Self {
        Self {
            shared: Rc::new(Shared {
                processors: f64::from(percent) / 100.0 * processors(),
                may_go_on: watch::Sender::new(true),
                requests: Cell::new(0),
                begun: Instant::now(),
                used_before: cpu_of_process(std::process::id()),
            }),
        }
    }

    /// Compares what is used with what is permitted, again and again.
    pub async fn keep(&self) {
        let shared = &self.shared;
        loop {
            let used = cpu_of_process(std::process::id()) - shared.used_before;
            let permitted = shared.processors * shared.begun.elapsed().as_secs_f64();
            shared.may_go_on.send_replace(used <= permitted);
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Waits until the budget permits another request.
    pub async fn wait(&self) {
        let mut may_go_on = self.shared.may_go_on.subscribe();
        // The sender lives as long as `self`.
        let _ = may_go_on.wait_for(|may| *may).await;
    }

    /// Counts a request that an attacker made.
    pub fn count_request(&self) {
        let requests = &self.shared.requests;
        requests.set(requests.get() + 1);
    }

    /// The requests that attackers have made.
    pub fn requests(&self) -> u64 {
        self.shared.requests.get()
    }

    /// Those since there were `earlier`.
    pub fn requests_since(&self, earlier: u64) -> f64 {
        u32::try_from(self.requests() - earlier).map_or(f64::MAX, f64::from)
    }
}
