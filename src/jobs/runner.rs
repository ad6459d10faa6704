//! Runs jobs at intervals. Of several nodes that share a store, the one that holds a job's lease runs
//! the job; a node that stops releases its leases, and those of a node that died end by themselves.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, timeout};
use tracing::Instrument;

use crate::app::App;
use crate::store::{self, job_leases};

/// A lease lasts for this many intervals of its job: the holder may miss two renewals.
const LEASE_INTERVALS: u32 = 3;
/// Ends the names of leases, and is raised whenever this version stores something in a form that the version
/// before cannot read. Nodes of the two then do not compete for leases, and as long as one of the version before
/// lives, it holds one that shows it (`store::job_leases::held_by_older_nodes`).
pub const LEASE_GENERATION: &str = "/2";

/// A run of a job.
pub type JobRun = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// Something that the server repeats. A run may be aborted at any await, and in the worst case (a node
/// that stood still for longer than its lease) two nodes run a job at once, so a job changes the store
/// in transactions each of which may be repeated.
#[derive(Clone, Copy)]
pub struct Job {
    /// The name of its lease, and in the log and the metrics.
    pub name: &'static str,
    /// The time between the starts of two runs.
    pub interval: Duration,
    /// The nodes that run it.
    pub placement: Placement,
    /// Starts a run.
    pub run: fn(Arc<App>) -> JobRun,
}

/// The nodes that run a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// One at a time, which holds the job's lease.
    OneNode,
    /// Each for itself.
    EveryNode,
}

impl Job {
    fn lease_name(&self) -> String {
        format!("{}{LEASE_GENERATION}", self.name)
    }

    fn lease_seconds(&self) -> i64 {
        let length = self.interval.saturating_mul(LEASE_INTERVALS);
        i64::try_from(length.as_secs()).unwrap_or(i64::MAX).max(1)
    }
}

/// Runs the jobs of one node. Cheap to clone; clones hold the same leases.
#[derive(Clone)]
pub struct JobRunner {
    app: Arc<App>,
    /// The holder of this node's leases. A node that starts again is another holder.
    holder: Arc<str>,
}

/// The running jobs of one node. Dropping it aborts them, and leaves their leases to end by themselves.
#[must_use = "the jobs end when this is dropped"]
pub struct RunningJobs {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl JobRunner {
    /// A runner with a holder of its own, which holds no lease yet.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self {
            holder: app.entropy.uuid().to_string().into(),
            app,
        }
    }

    /// Starts `jobs` on the current runtime. The first runs begin at once.
    pub fn start(&self, jobs: &[Job]) -> RunningJobs {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for job in jobs {
            tasks.spawn(self.clone().repeat(*job, stopped.clone()));
        }
        RunningJobs { stop, tasks }
    }

    /// Runs `job` once if this node may, and returns whether it did. A node keeps the lease after the
    /// run, and renews it while the run lasts.
    ///
    /// # Errors
    /// If the job fails, the store fails, or another node took the lease over during the run, which is
    /// then aborted.
    pub async fn run_once(&self, job: &Job) -> anyhow::Result<bool> {
        if job.placement == Placement::OneNode && !self.acquire(job).await? {
            return Ok(false);
        }
        let mut run = (job.run)(Arc::clone(&self.app));
        loop {
            match timeout(job.interval, &mut run).await {
                Ok(result) => return result.map(|()| true),
                Err(_) if job.placement == Placement::EveryNode => {}
                Err(_) => {
                    let renewed = self.acquire(job).await?;
                    anyhow::ensure!(renewed, "another node has taken the lease over");
                }
            }
        }
    }

    /// Ends this node's lease on `job`, if it has it, so that another node can run it at once.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn release(&self, job: &Job) -> store::Result<()> {
        let mut conn = self.app.db.write().await?;
        job_leases::release(&mut conn, &job.lease_name(), &self.holder).await?;
        Ok(())
    }

    /// Takes or renews the lease; `false` if another node has it.
    async fn acquire(&self, job: &Job) -> store::Result<bool> {
        let now = self.app.clock.now();
        let until = now.plus_seconds(job.lease_seconds());
        let mut conn = self.app.db.write().await?;
        job_leases::acquire(&mut conn, &job.lease_name(), &self.holder, now, until).await
    }

    async fn repeat(self, job: Job, mut stopped: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(job.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let round = async {
                ticks.tick().await;
                let span = tracing::info_span!("job", job = job.name);
                self.run_and_record(&job).instrument(span).await;
            };
            tokio::select! {
                _ = stopped.changed() => break,
                () = round => {}
            }
        }
        if job.placement == Placement::OneNode
            && let Err(error) = self.release(&job).await
        {
            tracing::warn!(job = job.name, %error, "cannot release the lease of a job");
        }
    }

    async fn run_and_record(&self, job: &Job) {
        let outcome = match self.run_once(job).await {
            Ok(false) => return,
            Ok(true) => "Success",
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "a job failed; it runs again after its interval");
                "Failure"
            }
        };
        metrics::counter!("cognate_job_runs_total", "job" => job.name, "outcome" => outcome)
            .increment(1);
    }
}

impl RunningJobs {
    /// Aborts the runs in progress and releases the leases, within `grace`.
    pub async fn stop(mut self, grace: Duration) {
        let _ = self.stop.send(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(grace, ended).await.is_err() {
            tracing::warn!("leases of jobs were not released; they end by themselves");
        }
    }
}
