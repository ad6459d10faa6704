//! The generator: connections that each send the next request when the last is answered, all on one
//! thread.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::bail;
use serde::Serialize;
use tokio::task::{JoinSet, LocalSet};

use crate::cases::{Case, Seat, Session, Stage, Tally};
use crate::process;
use crate::wire::Wire;

/// Errors in a row after which a connection gives up.
const PATIENCE: u32 = 1_000;

/// How long, with how many.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Connections.
    pub connections: usize,
    /// Before anything counts.
    pub warm_up: Duration,
    /// While everything counts.
    pub window: Duration,
}

/// Who answers, and whose use of the processors is read before and after.
#[derive(Clone, Copy)]
pub struct Target {
    /// Where to connect.
    pub address: SocketAddr,
    /// The process id of what listens there.
    pub server: u32,
    /// The process id of PostgreSQL's first process, if it runs here.
    pub database: Option<u32>,
}

/// What one case at one number of connections came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Measured {
    /// Operations per second that succeeded.
    pub per_second: f64,
    /// Median of their time, in milliseconds.
    pub median_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// How many succeeded.
    pub count: usize,
    /// What went wrong, by type.
    pub errors: BTreeMap<String, u64>,
    /// Processors that the generator kept busy.
    pub generator_cpu: f64,
    /// Processors that the server kept busy.
    pub server_cpu: f64,
    /// Processors that PostgreSQL kept busy.
    pub database_cpu: f64,
    /// Processors that everybody else kept busy: where this is
    /// not next to nothing, the measurement was disturbed.
    pub others_cpu: f64,
}

impl Target {
    /// Processor seconds of generator, server, database and everybody.
    fn read(&self) -> [f64; 4] {
        [
            process::cpu_of(std::process::id()),
            process::cpu_of(self.server),
            self.database.map_or(0.0, process::cpu_of_family),
            process::cpu_of_all(),
        ]
    }
}

/// Runs one case.
pub fn run(case: Case, stage: &Rc<Stage>, plan: Plan, target: Target) -> anyhow::Result<Measured> {
    let begun = Instant::now();
    let opens = begun + plan.warm_up;
    let closes = opens + plan.window;
    LocalSet::new().block_on(&stage.runtime, async {
        let mut connections = JoinSet::new();
        for number in 0..plan.connections {
            let seat = Seat {
                number,
                of: plan.connections,
            };
            connections.spawn_local(connection(
                case,
                Rc::clone(stage),
                seat,
                target.address,
                opens,
                closes,
            ));
        }
        tokio::time::sleep_until(opens.into()).await;
        let before = target.read();
        let at = Instant::now();
        tokio::time::sleep_until(closes.into()).await;
        let after = target.read();
        let busy = at.elapsed().as_secs_f64();
        let share = |which: usize| match (before.get(which), after.get(which)) {
            (Some(before), Some(after)) => (after - before) / busy,
            _ => 0.0,
        };
        let mut all = Tally::default();
        while let Some(tally) = connections.join_next().await {
            let tally = tally?;
            all.done.extend(tally.done);
            for (kind, count) in tally.faults {
                *all.faults.entry(kind).or_default() += count;
            }
        }
        let mut times: Vec<u32> = all
            .done
            .iter()
            .filter(|(at, _)| (opens..closes).contains(at))
            .map(|(_, time)| *time)
            .collect();
        let mut counted_for = plan.window;
        if times.is_empty() {
            // Operations that take longer than the window: all of them, until the last has ended.
            times.extend(all.done.iter().map(|(_, time)| *time));
            counted_for = begun.elapsed();
        }
        times.sort_unstable();
        let count = times.len();
        Ok(Measured {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            per_second: count as f64 / counted_for.as_secs_f64(),
            median_ms: percentile(&times, 50),
            p99_ms: percentile(&times, 99),
            count,
            errors: all.faults,
            generator_cpu: share(0),
            server_cpu: share(1),
            database_cpu: share(2),
            others_cpu: (share(3) - share(0) - share(1) - share(2)).max(0.0),
        })
    })
}

async fn connection(
    case: Case,
    stage: Rc<Stage>,
    seat: Seat,
    address: SocketAddr,
    opens: Instant,
    closes: Instant,
) -> Tally {
    let mut counted = Tally::default();
    let mut wire = None;
    let mut failed_in_a_row = 0;
    while Instant::now() < closes && failed_in_a_row < PATIENCE {
        let mut tally = Tally::default();
        let result = turn(case, &stage, seat, address, &mut wire, &mut tally).await;
        if let Err(error) = result {
            wire = None;
            *tally
                .faults
                .entry(format!("connection: {}", error.kind()))
                .or_default() += 1;
        }
        failed_in_a_row = if tally.done.is_empty() {
            failed_in_a_row + 1
        } else {
            0
        };
        counted.done.append(&mut tally.done);
        if Instant::now() < opens {
            continue;
        }
        for (kind, count) in tally.faults {
            *counted.faults.entry(kind).or_default() += count;
        }
    }
    counted
}

async fn turn(
    case: Case,
    stage: &Stage,
    seat: Seat,
    address: SocketAddr,
    wire: &mut Option<Wire>,
    tally: &mut Tally,
) -> std::io::Result<()> {
    let wire = match wire {
        Some(wire) => wire,
        None => wire.insert(Wire::connect(address).await?),
    };
    stage.perform(case, seat, wire, tally).await
}

/// Signs users in whose numbers lie evenly over the pool.
pub fn sign_in(stage: &Rc<Stage>, address: SocketAddr, count: u64) -> anyhow::Result<Vec<Session>> {
    const CONNECTIONS: u64 = 8;
    LocalSet::new().block_on(&stage.runtime, async {
        let mut connections = JoinSet::new();
        for first in 0..CONNECTIONS {
            let stage = Rc::clone(stage);
            connections.spawn_local(async move {
                let mut wire = Wire::connect(address).await?;
                let mut sessions = Vec::new();
                for number in (first..count).step_by(8) {
                    let user = number * (stage.users / count);
                    match stage.sign_in(user, &mut wire).await? {
                        Ok(session) => sessions.push(session),
                        Err(kind) => bail!("a user cannot sign in: {kind}"),
                    }
                }
                Ok(sessions)
            });
        }
        let mut sessions = Vec::new();
        while let Some(signed_in) = connections.join_next().await {
            sessions.extend(signed_in??);
        }
        Ok(sessions)
    })
}

/// One request of a case, and the body of its answer.
pub fn once(stage: &Stage, address: SocketAddr, case: Case) -> anyhow::Result<Vec<u8>> {
    stage.runtime.block_on(async {
        let mut wire = Wire::connect(address).await?;
        let answer = wire.exchange(&stage.request(case, 0)).await?;
        if answer.status != 200 {
            bail!(
                "{} answers {}",
                case.name(),
                String::from_utf8_lossy(answer.body)
            );
        }
        Ok(answer.body.to_vec())
    })
}

/// Of sorted microseconds, in milliseconds.
fn percentile(sorted: &[u32], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |time| f64::from(*time) / 1000.0)
}
