//! Both databases: migrations, kills, failover, poolers and several nodes.

mod database_certificate;
mod durability;
mod failover;
mod free_space;
mod job_leases;
mod migrations;
mod pooler;
mod shared_reads;
mod stored_settings;
