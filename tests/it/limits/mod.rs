//! What is tried, sent and told too often (ADR 26). Each file holds an attack and shows how far it gets.

mod guesses;
mod lock_outs;
mod messages;
mod nodes;
mod sources;

use cognate::config::Config;

use crate::support::refusals::Refusal;

/// A limit of a source, an app client or a pool.
const TOO_MANY_REQUESTS: Refusal = ("TooManyRequestsException", "Too many requests");

/// The limits of production, which the development profile multiplies.
fn as_in_production(config: &mut Config) {
    config.limits.multiplier = Some(1);
    config.limits.wrong_tries_per_code = Some(5);
}
