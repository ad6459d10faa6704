//! Behaviour tests: each talks to a server over HTTP and does not look inside it.
//!
//! One binary, because each extra one costs a link. Where a test belongs:
//!
//! - A resource has the folder that it has in `src/model/generated`, `src/operations` and
//!   `src/flows`: `authentication`, `branding`, `devices`, `domains`, `groups`, `identity_providers`, `import_jobs`,
//!   `log_delivery`, `mfa`, `passkeys`, `passwords`, `profile`, `quotas`, `replicas`, `resource_servers`, `sessions`, `sign_up`,
//!   `tags`, `terms`, `threat_protection`, `user_pools`, `user_pool_clients`, `users`.
//! - What is tested is a part of the server: `login` (the pages of a domain), `messaging`, `protocol`, `server`, `store`,
//!   `triggers`, `export` (user pools as files).
//! - Several resources obey one rule: `attributes` (the schema), `concurrency` (one of many callers
//!   wins), `limits` (what is tried and sent too often), `secrecy` (what a dump or a log shows),
//!   `sign_in_matrix` (what holds for the answer to every challenge), `stored_inputs` (each operation stores what it
//!   takes), `user_existence` and `equal_answers` (what a stranger learns).
//! - What is tested is the repository: `operations_doc`, `settings_doc`, `walls`, and `harness` for `support`.
//!
//! `support` holds the server under test and what several files need; see its documentation for how
//! a test is written. No test file imports from another, its own folder's `mod.rs` apart.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected fails there and then"
)]

mod support;

mod attributes;
mod auth_events;
mod authentication;
mod branding;
mod concurrency;
mod domains;
mod equal_answers;
mod export;
mod groups;
mod harness;
mod identity_providers;
mod import_jobs;
mod keys;
mod limits;
mod log_delivery;
mod login;
mod messaging;
mod mfa;
mod oauth;
mod operations_doc;
mod passkeys;
mod passwords;
mod profile;
mod protocol;
mod quotas;
mod replicas;
mod resource_servers;
mod secrecy;
mod server;
mod sessions;
mod settings_doc;
mod sign_in_matrix;
mod sign_up;
mod store;
mod stored_inputs;
mod tags;
mod terms;
mod threat_protection;
mod triggers;
mod user_existence;
mod user_pool_clients;
mod user_pools;
mod users;
mod walls;
