//! Cognate: a self-hosted identity server that speaks the Amazon Cognito user pools API.
//!
//! `docs/architecture.md` shows the rooms of this crate and which of them may know which;
//! `tests/it/walls.rs` holds them to it.

pub mod app;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod entropy;
pub mod flows;
pub mod messaging;
pub mod model;
pub mod operations;
pub mod protocol;
pub mod server;
pub mod store;
