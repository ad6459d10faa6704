//! The generator: connections that each send the next request when the last is answered, all on one
//! thread.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Serialize;
use tokio::task::{JoinSet, LocalSet};

use crate::cases::{Case, ConnectionNumber, Counts, Session, Workload};
use crate::process;
use crate::wire::Wire;

/// The failures in a row after which a connection stops.
const MAX_FAILURES_IN_A_ROW: u32 = 1_000;

/// The duration of a measurement, and the number of connections.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Connections.
    pub connections: usize,
    /// The time before the measurement.
    pub warm_up: Duration,
    /// The time of the measurement.
    pub window: Duration,
}

/// The measured server, with the processes whose CPU time is read.
#[derive(Clone, Copy)]
pub struct Target {
    /// Where to connect.
    pub address: SocketAddr,
    /// The process id of what listens there.
    pub server: u32,
    /// The process id of PostgreSQL's first process, if it runs here.
    pub database: Option<u32>,
}

/// The result of one case with one number of connections.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Measurement {
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
    /// Processors that other processes kept busy. Unless this is close to 0, the measurement was
    /// disturbed.
    pub others_cpu: f64,
}

impl Target {
    /// The CPU seconds of generator, server, database and the whole machine.
    fn read(&self) -> [f64; 4] {
        [
            process::cpu_of_process(std::process::id()),
            process::cpu_of_process(self.server),
            self.database.map_or(0.0, process::cpu_of_process_tree),
            process::cpu_of_machine(),
        ]
    }
}

/// Runs one case.
pub fn run(
    case: Case,
    workload: &Rc<Workload>,
    plan: Plan,
    target: Target,
) -> anyhow::Result<Measurement> {
    let begun = Instant::now();
    let window_start = begun + plan.warm_up;
    let window_end = window_start + plan.window;
    LocalSet::new().block_on(&workload.runtime, async {
        let mut connections = JoinSet::new();
        for number in 0..plan.connections {
            let connection_number = ConnectionNumber {
                number,
                of: plan.connections,
            };
            connections.spawn_local(connection(
                case,
                Rc::clone(workload),
                connection_number,
                target.address,
                window_start,
                window_end,
            ));
        }
        tokio::time::sleep_until(window_start.into()).await;
        let before = target.read();
        let at = Instant::now();
        tokio::time::sleep_until(window_end.into()).await;
        let after = target.read();
        let busy = at.elapsed().as_secs_f64();
        let share = |which: usize| match (before.get(which), after.get(which)) {
            (Some(before), Some(after)) => (after - before) / busy,
            _ => 0.0,
        };
        let mut all = Counts::default();
        while let Some(counts) = connections.join_next().await {
            let counts = counts?;
            all.done.extend(counts.done);
            for (kind, count) in counts.errors {
                *all.errors.entry(kind).or_default() += count;
            }
        }
        let mut times: Vec<u32> = all
            .done
            .iter()
            .filter(|(at, _)| (window_start..window_end).contains(at))
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
        Ok(Measurement {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            per_second: count as f64 / counted_for.as_secs_f64(),
            median_ms: percentile(&times, 50),
            p99_ms: percentile(&times, 99),
            count,
            errors: all.errors,
            generator_cpu: share(0),
            server_cpu: share(1),
            database_cpu: share(2),
            others_cpu: (share(3) - share(0) - share(1) - share(2)).max(0.0),
        })
    })
}

async fn connection(
    case: Case,
    workload: Rc<Workload>,
    connection_number: ConnectionNumber,
    address: SocketAddr,
    window_start: Instant,
    window_end: Instant,
) -> Counts {
    let mut counted = Counts::default();
    let mut wire = None;
    let mut failed_in_a_row = 0;
    while Instant::now() < window_end && failed_in_a_row < MAX_FAILURES_IN_A_ROW {
        let mut counts = Counts::default();
        let result = run_iteration(
            case,
            &workload,
            connection_number,
            address,
            &mut wire,
            &mut counts,
        )
        .await;
        if let Err(error) = result {
            wire = None;
            *counts
                .errors
                .entry(format!("connection: {}", error.kind()))
                .or_default() += 1;
        }
        failed_in_a_row = if counts.done.is_empty() {
            failed_in_a_row + 1
        } else {
            0
        };
        counted.done.append(&mut counts.done);
        if Instant::now() < window_start {
            continue;
        }
        for (kind, count) in counts.errors {
            *counted.errors.entry(kind).or_default() += count;
        }
    }
    counted
}

async fn run_iteration(
    case: Case,
    workload: &Workload,
    connection_number: ConnectionNumber,
    address: SocketAddr,
    wire: &mut Option<Wire>,
    counts: &mut Counts,
) -> std::io::Result<()> {
    let wire = match wire {
        Some(wire) => wire,
        None => wire.insert(Wire::connect(address).await?),
    };
    workload
        .run_iteration(case, connection_number, wire, counts)
        .await
}

/// Signs in `count` users, evenly distributed over the pool.
pub fn sign_in(
    workload: &Rc<Workload>,
    address: SocketAddr,
    count: u64,
) -> anyhow::Result<Vec<Session>> {
    let one = async move |workload: &Workload, number, wire: &mut Wire| {
        let user = number * (workload.users / count);
        workload.sign_in(user, wire).await
    };
    gather(workload, address, count, one).context("a user cannot sign in")
}

/// Asks for `count` codes of users who are signed in at browsers, in the place of those that are left.
pub fn authorize(workload: &Rc<Workload>, address: SocketAddr, count: u64) -> anyhow::Result<()> {
    let one =
        async |workload: &Workload, number, wire: &mut Wire| workload.authorize(number, wire).await;
    let codes = gather(workload, address, count, one).context("a browser gets no code")?;
    workload.codes.replace(codes);
    Ok(())
}

/// Exchanges `count` codes, and returns the access tokens.
pub fn exchange_codes(
    workload: &Rc<Workload>,
    address: SocketAddr,
    count: u64,
) -> anyhow::Result<Vec<String>> {
    authorize(workload, address, count)?;
    let one = async |workload: &Workload, _, wire: &mut Wire| workload.exchange_code(wire).await;
    gather(workload, address, count, one).context("a code is not exchanged")
}

/// What `one` brings, done so often with the numbers from 0 on, over a few connections.
fn gather<T: 'static>(
    workload: &Rc<Workload>,
    address: SocketAddr,
    count: u64,
    one: impl AsyncFn(&Workload, u64, &mut Wire) -> std::io::Result<Result<T, String>> + Copy + 'static,
) -> anyhow::Result<Vec<T>> {
    const CONNECTIONS: u64 = 8;
    LocalSet::new().block_on(&workload.runtime, async {
        let mut connections = JoinSet::new();
        for first in 0..CONNECTIONS {
            let workload = Rc::clone(workload);
            connections.spawn_local(async move {
                let mut wire = Wire::connect(address).await?;
                let mut brought = Vec::new();
                for number in (first..count).step_by(8) {
                    match one(&workload, number, &mut wire).await? {
                        Ok(part) => brought.push(part),
                        Err(kind) => bail!(kind),
                    }
                }
                Ok(brought)
            });
        }
        let mut all = Vec::new();
        while let Some(brought) = connections.join_next().await {
            all.extend(brought??);
        }
        Ok(all)
    })
}

/// One request of a case, and the body of its answer.
pub fn once(workload: &Workload, address: SocketAddr, case: Case) -> anyhow::Result<Vec<u8>> {
    workload.runtime.block_on(async {
        let mut wire = Wire::connect(address).await?;
        let answer = wire.exchange(&workload.request(case, 0)).await?;
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
