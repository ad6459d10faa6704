//! What the server repeats beside the requests. To add a job: a function here or in a file of its own,
//! and an entry in [`ALL`].

mod expiry;
mod free_space;
mod import_jobs;
mod keys;
mod outbox;
mod runner;
mod unconfirmed_users;
mod usage;

pub use runner::{Job, JobRunner, LEASE_GENERATION, Placement, RunningJobs};

use std::time::Duration;

/// The interval of most jobs.
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const SECOND: Duration = Duration::from_secs(1);
/// The interval of those that somebody waits for.
const THREE_SECONDS: Duration = Duration::from_secs(3);
/// The interval of those that follow what an operator does.
const TEN_SECONDS: Duration = Duration::from_secs(10);

/// The jobs of a server.
pub const ALL: [Job; 11] = [
    Job {
        name: "delete-expired",
        interval: MINUTE,
        placement: Placement::OneNode,
        run: |app| Box::pin(expiry::delete_expired(app)),
    },
    Job {
        name: "purge-outbox",
        interval: MINUTE,
        placement: Placement::OneNode,
        run: |app| Box::pin(outbox::purge(app)),
    },
    Job {
        name: "count-outbox",
        interval: MINUTE,
        // Each node's metrics have the number, and counting changes nothing.
        placement: Placement::EveryNode,
        run: |app| Box::pin(outbox::count(app)),
    },
    Job {
        name: "exchange-usage",
        interval: SECOND,
        placement: Placement::EveryNode,
        run: |app| Box::pin(usage::exchange(app)),
    },
    Job {
        name: "watch-keys",
        interval: TEN_SECONDS,
        placement: Placement::EveryNode,
        run: |app| Box::pin(keys::watch(app)),
    },
    Job {
        name: "count-sealed-rows",
        interval: MINUTE,
        placement: Placement::EveryNode,
        run: |app| Box::pin(keys::count(app)),
    },
    Job {
        name: "reseal",
        // Little is asked where nothing is to be done, and another node takes over soon from a dead one.
        interval: TEN_SECONDS,
        placement: Placement::OneNode,
        run: |app| Box::pin(keys::reseal(app)),
    },
    Job {
        name: "rotate-signing-keys",
        interval: MINUTE,
        placement: Placement::OneNode,
        run: |app| Box::pin(keys::rotate(app)),
    },
    Job {
        name: "delete-unconfirmed-users",
        interval: HOUR,
        placement: Placement::OneNode,
        run: |app| Box::pin(unconfirmed_users::delete(app)),
    },
    Job {
        name: "import-users",
        // An import begins soon after its start, and goes on soon where a node has died.
        interval: THREE_SECONDS,
        placement: Placement::OneNode,
        run: |app| Box::pin(import_jobs::run(app)),
    },
    Job {
        name: "give-back-space",
        interval: MINUTE,
        placement: Placement::OneNode,
        run: |app| Box::pin(free_space::give_back(app)),
    },
];
