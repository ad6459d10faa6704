//! A queue that many share fairly: turns go round between user pools, within a pool between those who are
//! known and those who are not, and within these between sources.
//!
//! Nothing here runs anything or waits; [`super::fair_threads`] does.

use std::collections::VecDeque;

use crate::domain::origin::Origin;

/// On whose behalf something waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The id of the user pool.
    pub pool: String,
    /// The maker of the request.
    pub origin: Origin,
    /// Whether the caller has proven something: that it has an access key, the app client's secret, an
    /// access token, or a Session that the server has sealed. A part of the queue, and of the turns, is
    /// kept for those.
    pub known: bool,
}

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueBounds {
    /// Everything.
    pub all: usize,
    /// What is kept of `all` for those who are known: others cannot take it from them.
    pub kept_for_known: usize,
    /// What one user pool may have waiting of those who are known, and as much again of the others.
    pub of_pool: usize,
    /// What one network may have waiting within a user pool. App clients and administrators, who act for
    /// many users, are bounded by `of_pool` only.
    pub of_network: usize,
}

/// What waits, of type `J`.
pub struct FairQueue<J> {
    bounds: QueueBounds,
    /// How many run at once; as many of these as are free take from the queue at any moment, and what they
    /// are about to take is not counted as waiting.
    workers: usize,
    running: usize,
    pools: VecDeque<Pool<J>>,
    last_ticket: u64,
}

/// Which of the waiting something is: a number that grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// What waits in one user pool; never empty.
struct Pool<J> {
    id: String,
    known: Lane<J>,
    others: Lane<J>,
    /// Whether those who are known had the pool's last turn.
    known_was_last: bool,
}

/// What waits of those who are known, or of the others, in one user pool.
struct Lane<J> {
    parties: VecDeque<Party<J>>,
}

/// What waits of one source; never empty.
struct Party<J> {
    origin: Origin,
    waiting: VecDeque<(Ticket, J)>,
}

impl<J> FairQueue<J> {
    /// A queue for `workers`.
    pub fn new(bounds: QueueBounds, workers: usize) -> Self {
        Self {
            bounds,
            workers,
            running: 0,
            pools: VecDeque::new(),
            last_ticket: 0,
        }
    }

    /// Adds `job` to what waits. Where that is too much, something is taken out and returned: the newest of
    /// the party that has most waiting, which may be `job` itself.
    pub fn push(&mut self, turn: &Turn, job: J) -> (Ticket, Option<J>) {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        let pool = match self.pools.iter_mut().position(|pool| pool.id == turn.pool) {
            Some(index) => self.pools.get_mut(index),
            None => {
                self.pools.push_back(Pool::new(&turn.pool));
                self.pools.back_mut()
            }
        };
        if let Some(pool) = pool {
            pool.lane_mut(turn.known).push(&turn.origin, ticket, job);
        }
        (ticket, self.take_what_is_too_much(turn))
    }

    /// The next in turn, which counts as running until [`FairQueue::done`].
    pub fn pop(&mut self) -> Option<J> {
        let mut pool = self.pools.pop_front()?;
        let next = pool.pop();
        if !pool.is_empty() {
            self.pools.push_back(pool);
        }
        self.running += 1;
        next
    }

    /// Notes that what [`FairQueue::pop`] gave has ended.
    pub fn done(&mut self) {
        self.running = self.running.saturating_sub(1);
    }

    /// Takes out what waits under `ticket`; `None` if it does not wait any more.
    pub fn remove(&mut self, turn: &Turn, ticket: Ticket) -> Option<J> {
        let index = self.pools.iter().position(|pool| pool.id == turn.pool)?;
        let pool = self.pools.get_mut(index)?;
        let removed = pool.lane_mut(turn.known).remove(&turn.origin, ticket);
        if pool.is_empty() {
            self.pools.remove(index);
        }
        removed
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.count(true) + self.count(false)
    }

    /// How many run.
    pub fn running(&self) -> usize {
        self.running
    }

    fn count(&self, known: bool) -> usize {
        self.pools.iter().map(|pool| pool.lane(known).len()).sum()
    }

    /// Takes out one job if the newest, of `turn`, is one too many.
    fn take_what_is_too_much(&mut self, turn: &Turn) -> Option<J> {
        let about_to_run = self.workers.saturating_sub(self.running);
        let more_than = |count: usize, bound: usize| count > bound.saturating_add(about_to_run);
        let pool = self.pools.iter().find(|pool| pool.id == turn.pool)?;
        let lane = pool.lane(turn.known);
        if matches!(turn.origin, Origin::Network(_))
            && more_than(lane.len_of(&turn.origin), self.bounds.of_network)
        {
            return self.take_newest(&turn.pool, turn.known, &turn.origin);
        }
        if more_than(lane.len(), self.bounds.of_pool) {
            let origin = lane.greatest()?.origin.clone();
            return self.take_newest(&turn.pool, turn.known, &origin);
        }
        if !more_than(self.len(), self.bounds.all) {
            return None;
        }
        // Of those who are known and the others, one kind has more than its part of the whole.
        let of_others = self.bounds.all.saturating_sub(self.bounds.kept_for_known);
        let known = self.count(false) <= of_others;
        let pool = self
            .pools
            .iter()
            .max_by_key(|pool| (pool.lane(known).len(), pool.lane(known).newest()))?;
        let (pool, origin) = (pool.id.clone(), pool.lane(known).greatest()?.origin.clone());
        self.take_newest(&pool, known, &origin)
    }

    fn take_newest(&mut self, pool: &str, known: bool, origin: &Origin) -> Option<J> {
        let index = self.pools.iter().position(|waiting| waiting.id == pool)?;
        let pool = self.pools.get_mut(index)?;
        let lane = pool.lane_mut(known);
        let newest = lane.party(origin)?.newest()?;
        let taken = lane.remove(origin, newest);
        if pool.is_empty() {
            self.pools.remove(index);
        }
        taken
    }
}

impl<J> Pool<J> {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            known: Lane::default(),
            others: Lane::default(),
            known_was_last: false,
        }
    }

    fn lane(&self, known: bool) -> &Lane<J> {
        if known { &self.known } else { &self.others }
    }

    fn lane_mut(&mut self, known: bool) -> &mut Lane<J> {
        if known {
            &mut self.known
        } else {
            &mut self.others
        }
    }

    /// Those who are known have every other turn of the pool, if they want it.
    fn pop(&mut self) -> Option<J> {
        let known = !self.known.is_empty() && (!self.known_was_last || self.others.is_empty());
        self.known_was_last = known;
        self.lane_mut(known).pop()
    }

    fn is_empty(&self) -> bool {
        self.known.is_empty() && self.others.is_empty()
    }
}

impl<J> Default for Lane<J> {
    fn default() -> Self {
        Self {
            parties: VecDeque::new(),
        }
    }
}

impl<J> Lane<J> {
    fn is_empty(&self) -> bool {
        self.parties.is_empty()
    }

    fn len(&self) -> usize {
        self.parties.iter().map(|party| party.waiting.len()).sum()
    }

    fn len_of(&self, origin: &Origin) -> usize {
        self.party(origin).map_or(0, |party| party.waiting.len())
    }

    fn party(&self, origin: &Origin) -> Option<&Party<J>> {
        self.parties.iter().find(|party| party.origin == *origin)
    }

    /// The party that has most waiting; of several, the one with the newest.
    fn greatest(&self) -> Option<&Party<J>> {
        self.parties
            .iter()
            .max_by_key(|party| (party.waiting.len(), party.newest()))
    }

    fn newest(&self) -> Option<Ticket> {
        self.parties.iter().filter_map(Party::newest).max()
    }

    fn push(&mut self, origin: &Origin, ticket: Ticket, job: J) {
        match self
            .parties
            .iter_mut()
            .find(|party| party.origin == *origin)
        {
            Some(party) => party.waiting.push_back((ticket, job)),
            None => self.parties.push_back(Party {
                origin: origin.clone(),
                waiting: VecDeque::from([(ticket, job)]),
            }),
        }
    }

    fn pop(&mut self) -> Option<J> {
        let mut party = self.parties.pop_front()?;
        let (_, job) = party.waiting.pop_front()?;
        if !party.waiting.is_empty() {
            self.parties.push_back(party);
        }
        Some(job)
    }

    fn remove(&mut self, origin: &Origin, ticket: Ticket) -> Option<J> {
        let index = self
            .parties
            .iter()
            .position(|party| party.origin == *origin)?;
        let party = self.parties.get_mut(index)?;
        let at = party
            .waiting
            .iter()
            .position(|(waiting, _)| *waiting == ticket)?;
        let (_, job) = party.waiting.remove(at)?;
        if party.waiting.is_empty() {
            self.parties.remove(index);
        }
        Some(job)
    }
}

impl<J> Party<J> {
    fn newest(&self) -> Option<Ticket> {
        self.waiting.back().map(|(ticket, _)| *ticket)
    }
}

#[cfg(test)]
mod tests;
