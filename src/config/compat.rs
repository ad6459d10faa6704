//! `[compat]`: what is refused although this server could do it.

use serde::{Deserialize, Serialize};

/// Refusals of AWS's that this server has no reason for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompatConfig {
    /// Whether pools are refused what AWS does not sell with their tier (`UserPoolTier`). Otherwise every tier has
    /// everything. Pools that have such a setting already keep it until they are updated.
    pub enforce_tiers: bool,
}
