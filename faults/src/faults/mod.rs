//! The faults. To add one: a variant of [`Fault`], and its implementation in [`Fault::inject`].

mod clock;
mod database;
mod hostile_clients;
mod infrastructure;
mod keys;
mod mail;
mod process;

use clap::ValueEnum;

use crate::cluster::Shutdown;
use crate::mail_sink::MailBehaviour;
use crate::rng::SeededRng;
use crate::system::System;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// SIGKILL of a server, which is started again
    Kill,
    /// PostgreSQL is stopped in fast mode and started again
    Fast,
    /// PostgreSQL is stopped in immediate mode, as by a crash, and started again
    Immediate,
    /// pg_terminate_backend of the server's sessions
    Terminate,
    /// PostgreSQL permits no writes
    ReadOnly,
    /// Other sessions take every connection that PostgreSQL has
    Connections,
    /// Another process holds SQLite's write lock
    Locked,
    /// The mail server does not listen
    MailStopped,
    /// The mail server answers 4xx
    MailDefers,
    /// The mail server answers 5xx
    MailRefuses,
    /// The mail server takes connections and says nothing
    MailHangs,
    /// The server's clock is moved ten minutes forward, and back again
    ClockForward,
    /// The server's clock is moved ten minutes back, and forward again
    ClockBack,
    /// Requests that arrive byte by byte
    Slow,
    /// Bodies of 100 MB, and heads of 1 MB
    Huge,
    /// Random bytes, requests cut short, and garbage behind requests
    Broken,
    /// The pooler, or the load balancer, is killed and started again
    ProxyRestart,
    /// PostgreSQL's primary is killed and its standby promoted
    Failover,
    /// The second version joins the first, which is no fault: nothing may fail
    Join,
    /// The master key is exchanged on server after server, and one is killed while rows are sealed anew
    MasterKey,
}

impl Fault {
    /// The faults of any system with mail and a clock.
    pub const COMMON: [Self; 10] = [
        Self::Kill,
        Self::MailStopped,
        Self::MailDefers,
        Self::MailRefuses,
        Self::MailHangs,
        Self::ClockForward,
        Self::ClockBack,
        Self::Slow,
        Self::Huge,
        Self::Broken,
    ];
    /// The faults of a PostgreSQL that the test program can stop.
    pub const OF_POSTGRES: [Self; 5] = [
        Self::Fast,
        Self::Immediate,
        Self::Terminate,
        Self::ReadOnly,
        Self::Connections,
    ];

    /// The fault of SQLite.
    pub const OF_SQLITE: [Self; 1] = [Self::Locked];

    /// Its name in options and reports.
    pub fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether it needs libfaketime.
    pub const fn moves_the_clock(self) -> bool {
        matches!(self, Self::ClockForward | Self::ClockBack)
    }

    /// Injects the fault, ends it, and waits until the system serves requests again.
    ///
    /// # Errors
    /// If the fault cannot be injected.
    pub async fn inject(self, system: &mut System, rng: &mut SeededRng) -> anyhow::Result<()> {
        let name = self.name();
        system.context.journal.fault(&name);
        let at_end = rng.chance(50);
        match self {
            Self::Kill => process::kill(system, rng).await?,
            Self::Fast => database::restart(system, Shutdown::Fast, rng).await?,
            Self::Immediate => database::restart(system, Shutdown::Immediate, rng).await?,
            Self::Terminate => database::terminate(system, rng).await?,
            Self::ReadOnly => database::read_only(system, rng).await?,
            Self::Connections => database::fill(system, rng).await?,
            Self::Locked => database::lock(system, rng).await?,
            Self::MailStopped => mail::misbehave(system, MailBehaviour::Stopped, rng).await?,
            Self::MailDefers => {
                mail::misbehave(system, MailBehaviour::Defers { at_end }, rng).await?;
            }
            Self::MailRefuses => {
                mail::misbehave(system, MailBehaviour::Refuses { at_end }, rng).await?;
            }
            Self::MailHangs => mail::misbehave(system, MailBehaviour::Hangs, rng).await?,
            Self::ClockForward => clock::displace(system, 600, rng).await?,
            Self::ClockBack => clock::displace(system, -600, rng).await?,
            Self::Slow => hostile_clients::slow(&system.context).await,
            Self::Huge => hostile_clients::huge(&system.context).await,
            Self::Broken => hostile_clients::broken(&system.context, rng).await,
            Self::ProxyRestart => infrastructure::restart(system, rng).await?,
            Self::Failover => infrastructure::fail_over(system, rng).await?,
            Self::Join => process::join(system).await?,
            Self::MasterKey => keys::exchange(system, rng).await?,
        }
        system.recover(&name).await
    }
}
