//! The faults. To add one: a variant of [`Fault`], its name, and its doing in [`Fault::strike`].

mod beside;
mod clock;
mod database;
mod mail;
mod process;
mod strangers;

use clap::ValueEnum;

use crate::cluster::Shutdown;
use crate::dice::Dice;
use crate::sink::Manner;
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
    Between,
    /// PostgreSQL's primary is killed and its standby promoted
    Failover,
}

impl Fault {
    /// Those that any system with mail and a clock has.
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
    /// Those of a PostgreSQL that the test program may stop.
    pub const OF_POSTGRES: [Self; 5] = [
        Self::Fast,
        Self::Immediate,
        Self::Terminate,
        Self::ReadOnly,
        Self::Connections,
    ];

    /// That of SQLite.
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

    /// Does it, undoes it, and waits until the system serves again.
    ///
    /// # Errors
    /// If the fault itself cannot be done.
    pub async fn strike(self, system: &mut System, dice: &mut Dice) -> anyhow::Result<()> {
        let name = self.name();
        system.stage.journal.fault(&name);
        let at_end = dice.chance(50);
        match self {
            Self::Kill => process::kill(system, dice).await?,
            Self::Fast => database::restart(system, Shutdown::Fast, dice).await?,
            Self::Immediate => database::restart(system, Shutdown::Immediate, dice).await?,
            Self::Terminate => database::terminate(system, dice).await?,
            Self::ReadOnly => database::read_only(system, dice).await?,
            Self::Connections => database::fill(system, dice).await?,
            Self::Locked => database::lock(system, dice).await?,
            Self::MailStopped => mail::misbehave(system, Manner::Stopped, dice).await?,
            Self::MailDefers => mail::misbehave(system, Manner::Defers { at_end }, dice).await?,
            Self::MailRefuses => mail::misbehave(system, Manner::Refuses { at_end }, dice).await?,
            Self::MailHangs => mail::misbehave(system, Manner::Hangs, dice).await?,
            Self::ClockForward => clock::displace(system, 600, dice).await?,
            Self::ClockBack => clock::displace(system, -600, dice).await?,
            Self::Slow => strangers::slow(&system.stage).await,
            Self::Huge => strangers::huge(&system.stage).await,
            Self::Broken => strangers::broken(&system.stage, dice).await,
            Self::Between => beside::restart(system, dice).await?,
            Self::Failover => beside::fail_over(system, dice).await?,
        }
        system.recover(&name).await
    }
}
