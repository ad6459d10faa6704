//! One run on one store: each limit, and directly after it the cases that it bounds.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::cases::{Case, Workload};
use crate::limits::{self, Limit};
use crate::load::{self, Measurement, Plan, Target};
use crate::pool_domain;
use crate::postgres::{self, Postgres};
use crate::print_progress;
use crate::process::{self, Server, free_address};
use crate::results::{Bound, CaseResult, Run};

/// The server, the signed-in users and the options of a run.
pub struct RunContext<'a> {
    /// The server.
    pub server: &'a Server,
    /// The users.
    pub workload: Rc<Workload>,
    /// The server's store.
    pub url: &'a str,
    /// How many users it has.
    pub users: u64,
    /// PostgreSQL, unless the store is SQLite.
    pub postgres: Option<&'a Postgres>,
    /// For files.
    pub directory: &'a Path,
    /// How long each measurement takes.
    pub window: Duration,
    /// Numbers of connections.
    pub connections: &'a [u16],
    /// The cases; all of them if it is empty.
    pub cases: &'a [Case],
    /// The store's file, if it is SQLite's.
    pub file: Option<&'a Path>,
    /// When that file was last read.
    pub read_at: Option<Instant>,
}

/// How long SQLite's file may stay unread between two cases. Some systems evict a file from their cache
/// that was not read for a minute.
const MAX_UNREAD_TIME: Duration = Duration::from_secs(20);

/// The limits of the previous case, which are used again for the next one if they bound it too.
struct MeasuredLimits {
    connections: usize,
    limits: BTreeMap<Limit, f64>,
}

impl RunContext<'_> {
    /// Measures everything.
    pub fn run(mut self) -> anyhow::Result<Run> {
        let mut run = Run::default();
        // Those that hash passwords come last, so that memory can be read before them.
        self.cases(|case| !case.hashes(), &mut run)?;
        run.memory_before_argon2 = self.server.memory();
        self.cases(Case::hashes, &mut run)?;
        run.memory_at_end = self.server.memory();
        Ok(run)
    }

    fn cases(&mut self, of: impl Fn(Case) -> bool, run: &mut Run) -> anyhow::Result<()> {
        let chosen = self.cases;
        let wanted = |case: &Case| of(*case) && (chosen.is_empty() || chosen.contains(case));
        for connections in self.connections.iter().copied().map(usize::from) {
            let mut measured_limits = MeasuredLimits {
                connections,
                limits: BTreeMap::new(),
            };
            let mut hashed = false;
            for case in Case::ALL.into_iter().filter(wanted) {
                self.warm()?;
                // Deliveries of the previous case would disturb this measurement.
                self.workload
                    .runtime
                    .block_on(self.workload.mailbox.wait_until_delivered())?;
                let bound = self.bound(case, &mut measured_limits, run)?;
                if let Some(bound) = bound.as_ref().filter(|_| hashed) {
                    run.average_last_bound(bound.per_second);
                }
                hashed = case.hashes();
                Rc::get_mut(&mut self.workload)
                    .context("one owner")?
                    .refresh();
                if case == Case::CodeExchange {
                    self.ask_for_codes(connections, bound.as_ref())?;
                }
                let measured = self.case(case, connections, self.server)?;
                let errors: u64 = measured.errors.values().sum();
                print_progress(&format!(
                    "  {:<32} {connections:>4} connections {:>9.0} /s  median {:>8.2} ms  p99 {:>8.2} ms  {errors} errors",
                    case.name(),
                    measured.per_second,
                    measured.median_ms,
                    measured.p99_ms,
                ));
                run.cases.push(CaseResult {
                    case,
                    connections,
                    measured,
                    bound,
                });
                if connections == 16 && !case.hashes() {
                    run.memory_at_16 = run.memory_at_16.max(self.server.memory().0);
                }
            }
            if hashed {
                self.workload
                    .runtime
                    .block_on(self.workload.mailbox.wait_until_delivered())?;
                let rate = self.limit(Limit::Argon2id, measured_limits.connections, run)?;
                run.average_last_bound(rate);
            }
        }
        Ok(())
    }

    /// Keeps SQLite's file in the system's cache, as PostgreSQL keeps its pages in its own.
    fn warm(&mut self) -> anyhow::Result<()> {
        if let Some(file) = self.file
            && self.read_at.is_none_or(|at| at.elapsed() > MAX_UNREAD_TIME)
        {
            // In another process: closing the file in this one would release SQLite's locks on it.
            let read = Command::new("cat").arg(file).stdout(Stdio::null()).status();
            anyhow::ensure!(read?.success(), "cannot read {}", file.display());
            self.read_at = Some(Instant::now());
        }
        Ok(())
    }

    /// The bound of a case. Its limits are measured unless the previous case had them measured. Argon2id
    /// is measured always, and once more after the case, since such cases take long.
    fn bound(
        &self,
        case: Case,
        measured_limits: &mut MeasuredLimits,
        run: &mut Run,
    ) -> anyhow::Result<Option<Bound>> {
        let driver = if self.postgres.is_some() {
            "pgbench"
        } else {
            "SQLite"
        };
        let before = std::mem::take(&mut measured_limits.limits);
        let mut limit = |limit: Limit| -> anyhow::Result<f64> {
            let rate = match before.get(&limit) {
                Some(rate) if limit != Limit::Argon2id => *rate,
                _ => self.limit(limit, measured_limits.connections, run)?,
            };
            measured_limits.limits.insert(limit, rate);
            Ok(rate)
        };
        let (name, per_second) = match case {
            Case::ListUsers => return Ok(None),
            Case::GetUser | Case::UserInfo if self.postgres.is_none() => {
                ("bare axum handler".to_owned(), limit(Limit::BareHandler)?)
            }
            Case::Jwks | Case::SignInPage => {
                ("bare axum handler".to_owned(), limit(Limit::BareHandler)?)
            }
            Case::GetUser | Case::UserInfo | Case::AdminGetUser | Case::ListUsersByEmail => {
                (format!("{driver} SELECT"), limit(Limit::Select)?)
            }
            Case::UpdateUserAttributes | Case::Authorize => {
                (format!("{driver} UPDATE"), limit(Limit::Update)?)
            }
            Case::VerifyUserAttribute => {
                (format!("{driver} UPDATE / 2"), limit(Limit::Update)? / 2.0)
            }
            Case::CodeExchange | Case::GetTokensFromRefreshToken => (
                "2 RSA signatures".to_owned(),
                limit(Limit::Signatures)? / 2.0,
            ),
            Case::SrpSignIn | Case::TotpSignIn => (
                "SRP exchange + 2 RSA signatures".to_owned(),
                1.0 / (2.0 / limit(Limit::Signatures)? + 1.0 / limit(Limit::SrpExchanges)?),
            ),
            Case::FunctionSignIn => (
                "SRP exchange + 2 RSA signatures + bare axum handler".to_owned(),
                1.0 / (2.0 / limit(Limit::Signatures)?
                    + 1.0 / limit(Limit::SrpExchanges)?
                    + 1.0 / limit(Limit::BareHandler)?),
            ),
            Case::DeviceSignIn => (
                "2 SRP exchanges + 2 RSA signatures".to_owned(),
                1.0 / (2.0 / limit(Limit::Signatures)? + 2.0 / limit(Limit::SrpExchanges)?),
            ),
            Case::EmailCodeSignIn => (
                "2 RSA signatures".to_owned(),
                limit(Limit::Signatures)? / 2.0,
            ),
            Case::AdminCreateUser | Case::SignUp | Case::UserPasswordAuth => {
                ("Argon2id".to_owned(), limit(Limit::Argon2id)?)
            }
        };
        Ok(Some(Bound { name, per_second }))
    }

    /// Has as many codes ready as there could be exchanges, so that what gives them is not measured.
    fn ask_for_codes(&self, connections: usize, bound: Option<&Bound>) -> anyhow::Result<()> {
        let per_second = bound.map_or(0.0, |bound| bound.per_second);
        // One connection alone does not keep all processors busy.
        let share = if connections == 1 { 0.5 } else { 1.0 };
        let time = self.window + self.window / 3;
        let count = pool_domain::codes_for(per_second * share * time.as_secs_f64());
        load::authorize(&self.workload, self.server.address, count)
    }

    fn limit(&self, limit: Limit, connections: usize, run: &mut Run) -> anyhow::Result<f64> {
        let rate = match limit {
            Limit::Argon2id => limits::argon2(self.window)?,
            Limit::Signatures => limits::signatures(self.window)?,
            Limit::Verifications => limits::verifications(self.window)?,
            Limit::SrpExchanges => limits::srp_exchanges(self.window)?,
            Limit::BenchmarkSrpExchanges => limits::benchmark_srp_exchanges(self.window)?,
            Limit::Select | Limit::Update => self.statement(limit, connections)?,
            Limit::BareHandler => {
                let measured = self.bare(connections)?;
                let rate = measured.per_second;
                run.bare.insert(connections, measured);
                rate
            }
        };
        let name = if limit.has_connections() {
            format!("{} @{connections}", limit.name())
        } else {
            limit.name().to_owned()
        };
        print_progress(&format!("  limit: {name:<34} {rate:>10.0} /s"));
        run.limits.entry(name).or_default().push(rate);
        if let Some(reference) = limit.reference()
            && !run.limits.contains_key(reference.name())
        {
            self.limit(reference, connections, run)?;
        }
        Ok(rate)
    }

    fn statement(&self, limit: Limit, connections: usize) -> anyhow::Result<f64> {
        let Some(postgres) = self.postgres else {
            return limits::sqlite(limit, self.url, self.users, connections, self.window);
        };
        let [select, update] = postgres::scripts(self.directory)?;
        let script = if limit == Limit::Update {
            update
        } else {
            select
        };
        let seconds = self.window.as_secs();
        postgres.measure(self.url, &script, self.users, connections, seconds)
    }

    fn bare(&self, connections: usize) -> anyhow::Result<Measurement> {
        let body = self.directory.join("get-user.json");
        let answer = load::once(&self.workload, self.server.address, Case::GetUser)?;
        std::fs::write(&body, answer)?;
        let address = free_address()?;
        let arguments = ["bare", &address.to_string(), &body.display().to_string()];
        let bare = Server::start(Path::new(process::THIS_PROGRAM), &arguments, address, "/")?;
        self.case(Case::GetUser, connections, &bare)
    }

    fn case(&self, case: Case, connections: usize, server: &Server) -> anyhow::Result<Measurement> {
        let mut window = self.window;
        // With a hundred passwords to hash at once, one takes seconds.
        if case.hashes() && connections > 32 {
            window *= 3;
        }
        let plan = Plan {
            connections,
            warm_up: window / 3,
            window,
        };
        let target = Target {
            address: server.address,
            server: server.id(),
            database: self.postgres.and_then(|postgres| postgres.pid),
        };
        load::run(case, &self.workload, plan, target)
    }
}
