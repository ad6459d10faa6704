//! Limits on what is tried, sent, hashed and told (ADR 26).
//!
//! - [`budgets`]: of one user and one address, exact.
//! - [`usage`]: of sources, app clients and pools, counted by each node.
//! - [`lock_out`]: after wrong passwords.
//! - [`simulated_codes`]: on codes that were never sent.

pub mod budgets;
pub mod lock_out;
pub mod refusals;
pub mod requester;
pub mod simulated_codes;
pub mod usage;

pub use budgets::{AddressLimit, Limit};
pub use requester::Requester;
pub use usage::Usage;

use crate::app::App;

/// Wrong tries after which a code is worth nothing.
#[must_use]
pub fn wrong_tries_per_code(app: &App) -> u32 {
    let is_development = app.config.is_development();
    let tries = app
        .config
        .limits
        .effective_wrong_tries_per_code(is_development);
    if tries == 0 { u32::MAX } else { tries }
}
