use proptest::prelude::*;

use super::*;

const LIMIT: UsageLimit = UsageLimit {
    allowed: 8,
    period_ms: 600,
};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn key(subject: &str) -> UsageKey {
    UsageKey {
        pool_id: "us-east-1_A".to_owned(),
        kind: "messages",
        subject: subject.to_owned(),
    }
}

fn spend(meter: &UsageMeter, subject: &str, now: i64) -> bool {
    meter.spend(&[(key(subject), LIMIT)], 1, at(now)).is_ok()
}

proptest! {
    /// However attempts are spread, no period admits more than the limit; and after a period and a part
    /// without attempts the whole limit is there again.
    #[test]
    fn no_period_admits_more_than_the_limit(gaps in prop::collection::vec(0_i64..200, 1..200)) {
        let meter = UsageMeter::default();
        let mut now = 1_000_000;
        let mut admitted = Vec::new();
        for gap in gaps {
            now += gap;
            if spend(&meter, "a", now) {
                admitted.push(now);
            }
        }
        for time in &admitted {
            let within = admitted.iter().filter(|other| (*time..time + LIMIT.period_ms).contains(*other));
            prop_assert!(within.count() <= 8);
        }
        now += 700;
        for _ in 0..8 {
            prop_assert!(spend(&meter, "a", now));
        }
        prop_assert!(!spend(&meter, "a", now));
    }
}

#[test]
fn one_exceeded_limit_counts_for_none() {
    let meter = UsageMeter::default();
    for _ in 0..8 {
        assert!(spend(&meter, "pool", 0));
    }
    let keys = [(key("source"), LIMIT), (key("pool"), LIMIT)];
    assert_eq!(meter.spend(&keys, 1, at(0)), Err(1));
    for _ in 0..8 {
        assert!(spend(&meter, "source", 0));
    }
}

#[test]
fn what_is_counted_at_a_time_before_is_forgotten_when_the_clock_moves_back() {
    let meter = UsageMeter::default();
    for _ in 0..8 {
        assert!(spend(&meter, "a", 10_000));
    }
    assert!(spend(&meter, "a", 5_000));
}

/// The store of the nodes' counts.
type Counts = HashMap<(UsageKey, i64), i64>;

/// One exchange of a node with the store.
fn exchange(meter: &UsageMeter, counts: &mut Counts, now: i64) {
    for report in meter.unreported(at(now)) {
        for (part, new) in &report.counted {
            *counts.entry((report.key.clone(), *part)).or_default() += i64::from(*new);
        }
        let totals: Vec<(i64, i64)> = counts
            .iter()
            .filter(|((key, part), _)| *key == report.key && *part >= report.first_part)
            .map(|((_, part), count)| (*part, *count))
            .collect();
        meter.learn(&report.key, &totals);
    }
}

#[test]
fn nodes_that_exchange_their_counts_admit_the_limit_and_little_more() {
    let limit = UsageLimit {
        allowed: 800,
        period_ms: 600_000,
    };
    let nodes: [UsageMeter; 4] = std::array::from_fn(|_| UsageMeter::default());
    let mut counts = Counts::new();
    let mut admitted = 0;
    // A hundred seconds in which a requester asks each node ten times a second.
    for second in 0..100 {
        for node in &nodes {
            for _ in 0..10 {
                if node
                    .spend(&[(key("a"), limit)], 1, at(second * 1_000))
                    .is_ok()
                {
                    admitted += 1;
                }
            }
        }
        for node in &nodes {
            exchange(node, &mut counts, second * 1_000);
        }
    }
    assert!(
        (800..=800 + 3 * 100 + 4 * 10).contains(&admitted),
        "{admitted}"
    );
}

#[test]
fn what_could_not_be_written_is_reported_again() {
    let meter = UsageMeter::default();
    for _ in 0..3 {
        spend(&meter, "a", 0);
    }
    let reports = meter.unreported(at(0));
    assert_eq!(reports.len(), 1);
    assert!(meter.unreported(at(0)).is_empty());
    meter.take_back(&reports[0]);
    assert_eq!(meter.unreported(at(0)), reports);
}

#[test]
fn a_full_meter_forgets_those_who_used_little() {
    let limit = UsageLimit {
        allowed: 100,
        period_ms: 600,
    };
    let meter = UsageMeter::default();
    for _ in 0..100 {
        assert!(meter.spend(&[(key("heavy"), limit)], 1, at(0)).is_ok());
    }
    for number in 0..CAPACITY + 10 {
        let light = (key(&number.to_string()), limit);
        assert!(meter.spend(&[light], 1, at(0)).is_ok());
    }
    assert!(meter.spend(&[(key("heavy"), limit)], 1, at(0)).is_err());
    assert!(meter.lock().len() <= CAPACITY);
}
