//! Cognate: a self-hosted identity server that speaks the Amazon Cognito user pools API.
//!
//! `docs/architecture.md` lists the modules of this crate and which of them may import which;
//! `tests/it/walls.rs` checks it.

pub mod app;
pub mod cache;
pub mod clock;
pub mod config;
pub mod context;
pub mod crypto;
pub mod domain;
pub mod entropy;
pub mod flows;
pub mod jobs;
pub mod messaging;
pub mod model;
pub mod oauth;
pub mod operations;
pub mod outbound;
pub mod pages;
pub mod protocol;
pub mod provisioning;
pub mod server;
pub mod store;
pub mod triggers;
