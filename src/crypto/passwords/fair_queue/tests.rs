//! Who is next, and who is refused.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::source_network::SourceNetwork;

const BOUNDS: QueueBounds = QueueBounds {
    all: 16,
    kept_for_known: 4,
    of_pool: 8,
    of_network: 4,
};

fn network(number: u8) -> Origin {
    Origin::Network(SourceNetwork::of([192, 0, 2, number].into()))
}

fn turn(pool: &str, origin: Origin, known: bool) -> Turn {
    Turn {
        pool: pool.to_owned(),
        origin,
        known,
    }
}

fn stranger(pool: &str, number: u8) -> Turn {
    turn(pool, network(number), false)
}

/// A queue without a free worker, so that whatever is pushed waits.
fn busy(bounds: QueueBounds) -> FairQueue<u32> {
    FairQueue::new(bounds, 0)
}

fn popped(queue: &mut FairQueue<u32>) -> Vec<u32> {
    std::iter::from_fn(|| queue.pop()).collect()
}

#[test]
fn pools_take_turns_and_sources_within_them() {
    let mut queue = busy(BOUNDS);
    for (turn, job) in [
        (stranger("a", 1), 1),
        (stranger("a", 1), 2),
        (stranger("a", 1), 3),
        (stranger("a", 2), 4),
        (stranger("b", 1), 5),
        (stranger("b", 1), 6),
    ] {
        assert_eq!(queue.push(&turn, job).1, None);
    }
    assert_eq!(queue.len(), 6);
    assert_eq!(popped(&mut queue), [1, 5, 4, 6, 2, 3]);
    assert_eq!((queue.len(), queue.running()), (0, 6));
}

#[test]
fn those_who_are_known_have_every_other_turn_of_their_pool() {
    let mut queue = busy(BOUNDS);
    for job in 1..=3 {
        queue.push(&stranger("a", 1), job);
    }
    for job in 4..=6 {
        queue.push(&turn("a", Origin::Client("c".to_owned()), true), job);
    }
    assert_eq!(popped(&mut queue), [4, 1, 5, 2, 6, 3]);
}

#[test]
fn a_network_may_have_so_much_waiting_in_a_pool() {
    let mut queue = busy(BOUNDS);
    for job in 1..=4 {
        assert_eq!(queue.push(&stranger("a", 1), job).1, None);
    }
    assert_eq!(queue.push(&stranger("a", 1), 5).1, Some(5));
    assert_eq!(queue.push(&stranger("a", 2), 6).1, None);
    assert_eq!(queue.push(&stranger("b", 1), 7).1, None);
    // Clients and administrators speak for many, and have as much as their pool.
    for source in [
        Origin::Client("c".to_owned()),
        Origin::Administrator("k".to_owned()),
    ] {
        let mut queue = busy(BOUNDS);
        let turn = turn("a", source, true);
        for job in 1..=8 {
            assert_eq!(queue.push(&turn, job).1, None);
        }
        assert_eq!(queue.push(&turn, 9).1, Some(9));
    }
}

#[test]
fn in_a_full_pool_the_newest_of_the_greatest_party_is_refused() {
    let mut queue = busy(BOUNDS);
    for job in 1..=4 {
        queue.push(&stranger("a", 1), job);
        assert_eq!(queue.push(&stranger("a", 2), 10 + job).1, None);
    }
    // Of two that have as much, the one that came last.
    assert_eq!(queue.push(&stranger("a", 3), 20).1, Some(14));
    assert_eq!(queue.push(&stranger("a", 4), 21).1, Some(4));
    // What others have waiting does not count against those who are known.
    assert_eq!(queue.push(&turn("a", network(9), true), 30).1, None);
}

#[test]
fn in_a_full_queue_the_greatest_pool_makes_room() {
    let mut queue = busy(BOUNDS);
    for source in 1..=8 {
        queue.push(&stranger("a", source), source.into());
    }
    for source in 1..=7 {
        queue.push(&stranger("b", source), 20 + u32::from(source));
    }
    assert_eq!(queue.push(&stranger("c", 1), 40).1, None);
    assert_eq!(queue.len(), 16);
    assert_eq!(queue.push(&stranger("d", 1), 50).1, Some(8));
    // Now both have seven; the newest of these goes.
    assert_eq!(queue.push(&stranger("e", 1), 60).1, Some(27));
}

#[test]
fn a_part_of_the_queue_is_kept_for_those_who_are_known() {
    let mut queue = busy(BOUNDS);
    for source in 1..=8 {
        queue.push(&stranger("a", source), source.into());
        queue.push(&stranger("b", source), source.into());
    }
    assert_eq!(queue.len(), 16);
    let client = turn("a", Origin::Client("c".to_owned()), true);
    for job in 100..104 {
        let refused = queue.push(&client, job).1;
        assert!(refused.is_some_and(|job| job <= 8), "{refused:?}");
    }
    // They have what is kept for them, and others what is left.
    assert_eq!(queue.push(&client, 104).1, Some(104));
    // Where those who are known have all of it, others get their part.
    let mut queue = busy(BOUNDS);
    for job in 1..=8 {
        queue.push(&client, job);
        queue.push(&turn("b", Origin::Client("d".to_owned()), true), 10 + job);
    }
    for source in 1..=12 {
        let pool = if source % 2 == 0 { "c" } else { "d" };
        let refused = queue.push(&stranger(pool, source), 100).1;
        assert!(refused.is_some_and(|job| job < 100), "{refused:?}");
    }
    assert_eq!(queue.push(&stranger("e", 1), 100).1, Some(100));
}

#[test]
fn what_is_about_to_run_does_not_count_as_waiting() {
    let bounds = QueueBounds {
        all: 0,
        kept_for_known: 0,
        of_pool: 0,
        of_network: 0,
    };
    let mut queue = FairQueue::new(bounds, 2);
    let turn = stranger("a", 1);
    assert_eq!(queue.push(&turn, 1).1, None);
    assert_eq!(queue.push(&turn, 2).1, None);
    assert_eq!(queue.push(&turn, 3).1, Some(3));
    assert_eq!(popped(&mut queue), [1, 2]);
    assert_eq!(queue.push(&turn, 4).1, Some(4));
    queue.done();
    assert_eq!(queue.push(&turn, 5).1, None);
}

#[test]
fn what_is_removed_leaves_its_place() {
    let mut queue = busy(BOUNDS);
    let turn = stranger("a", 1);
    let tickets: Vec<Ticket> = (1..=4).map(|job| queue.push(&turn, job).0).collect();
    assert_eq!(queue.remove(&turn, tickets[1]), Some(2));
    assert_eq!(queue.remove(&turn, tickets[1]), None);
    assert_eq!(queue.remove(&stranger("a", 2), tickets[0]), None);
    assert_eq!(queue.push(&turn, 5).1, None);
    assert_eq!(popped(&mut queue), [1, 3, 4, 5]);
    assert_eq!(queue.remove(&turn, tickets[0]), None);
    assert!(queue.pools.is_empty());
}

#[derive(Clone, Debug)]
enum Step {
    Push(u8, u8, bool),
    Pop,
    Remove(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // The first pool's first source pushes far more than all others.
    let push = prop_oneof![
        3 => Just(Step::Push(0, 0, false)),
        1 => (0..4_u8, 0..4_u8, any::<bool>()).prop_map(|(pool, source, known)| Step::Push(pool, source, known)),
    ];
    let step = prop_oneof![
        4 => push,
        3 => Just(Step::Pop),
        1 => any::<usize>().prop_map(Step::Remove),
    ];
    prop::collection::vec(step, 0..400)
}

/// What waits, as the test sees it.
struct Waiting {
    turn: Turn,
    ticket: Ticket,
    /// Of the same party, before it.
    ahead: usize,
    /// Turns that others had since it came.
    waited: usize,
}

proptest! {
    /// However much anybody has waiting, what waits has its turn after at most so many as there are pools,
    /// kinds and sources, for each of the same party that was before it. Nothing is lost, and no bound is
    /// exceeded.
    #[test]
    fn nobody_waits_for_more_than_a_turn_of_each_other_party(steps in steps()) {
        const POOLS: usize = 4;
        const KINDS: usize = 2;
        const SOURCES: usize = 4;
        let mut queue = busy(BOUNDS);
        let mut waiting: BTreeMap<u32, Waiting> = BTreeMap::new();
        for (job, step) in (0..).zip(steps) {
            match step {
                Step::Push(pool, source, known) => {
                    let turn = turn(&pool.to_string(), network(source), known);
                    let ahead = waiting.values().filter(|other| other.turn == turn).count();
                    let (ticket, refused) = queue.push(&turn, job);
                    waiting.insert(job, Waiting { turn, ticket, ahead, waited: 0 });
                    if let Some(refused) = refused {
                        let gone = waiting.remove(&refused).unwrap();
                        let newer = waiting.values().filter(|other| other.turn == gone.turn && other.ticket > gone.ticket);
                        prop_assert_eq!(newer.count(), 0);
                    }
                }
                Step::Pop => {
                    let next = queue.pop();
                    prop_assert_eq!(next.is_none(), waiting.is_empty());
                    if let Some(next) = next {
                        let served = waiting.remove(&next).unwrap();
                        prop_assert!(served.waited < (served.ahead + 1) * POOLS * KINDS * SOURCES);
                        for other in waiting.values_mut() {
                            other.waited += 1;
                        }
                    }
                }
                Step::Remove(which) => {
                    if !waiting.is_empty() {
                        let job = *waiting.keys().nth(which % waiting.len()).unwrap();
                        let gone = waiting.remove(&job).unwrap();
                        prop_assert_eq!(queue.remove(&gone.turn, gone.ticket), Some(job));
                    }
                }
            }
            prop_assert_eq!(queue.len(), waiting.len());
            prop_assert!(queue.len() <= BOUNDS.all);
            for one in waiting.values() {
                let same = |other: &&Waiting| other.turn == one.turn;
                prop_assert!(waiting.values().filter(same).count() <= BOUNDS.of_network);
                let lane = |other: &&Waiting| other.turn.pool == one.turn.pool && other.turn.known == one.turn.known;
                prop_assert!(waiting.values().filter(lane).count() <= BOUNDS.of_pool);
            }
        }
    }
}
