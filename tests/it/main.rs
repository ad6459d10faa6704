//! Behaviour tests: each talks to a server over HTTP and knows nothing of its inside.
//!
//! One binary, because each extra one costs a link. A file per resource, as in `src/operations`.
//! `support` holds the server under test and the actors; see its documentation for how a test is
//! written.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected fails there and then"
)]

mod support;

mod admin_users;
mod attributes;
mod concurrency;
mod concurrency_nodes;
mod confirm;
mod conformance;
mod declared;
mod durability;
mod failover;
mod hardening;
mod hardening_existence;
mod hardening_names;
mod harness;
mod job_leases;
mod list_users;
mod master_key;
mod messaging;
mod migrations;
mod migrations_settings;
mod operations_doc;
mod overload;
mod passwords;
mod pooler;
mod profile;
mod secrecy;
mod shared_reads;
mod sign_in;
mod sign_up;
mod tokens;
mod user_pool_clients;
mod user_pool_nested_defaults;
mod user_pool_schema;
mod user_pools;
mod walls;
mod wire;
mod wire_browsers;
mod wire_regions;
mod wire_signatures;
