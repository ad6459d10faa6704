//! What a node keeps in memory for seconds, so that it does not query the store at every request:
//! settings of pools and app clients, what is made of how pages look, parsed signing keys, administrators' access keys,
//! and that the signature of an access token fits. What ends a user's rights (sessions, codes, the user itself) is never cached.

mod access_keys;
mod access_tokens;
mod changes;
mod key_state;
mod signing_keys;
mod ttl_cache;
mod usage_meter;

pub use access_keys::{AccessKeys, StoredKey, StoredKeys};
pub use access_tokens::{VerifiedToken, VerifiedTokens};
pub use changes::Changes;
pub use key_state::KeyState;
pub use signing_keys::PoolKeys;
pub use ttl_cache::TtlCache;
pub use usage_meter::{Report, UsageKey, UsageLimit, UsageMeter};

use crate::crypto::TokenKeys;
use crate::domain::app_client::AppClient;
use crate::domain::pool_domain::PoolDomain;
use crate::domain::risk_configuration::RiskRules;
use crate::domain::user_pool::UserPool;

/// How long pools and app clients, and what is made of their looks, are used before the store is asked again, in milliseconds, which
/// is how soon another node's change of their settings shows.
pub const SETTINGS_TTL_MS: i64 = 1_000;
/// How long parsed signing keys, and keys from other servers, are used before the store is asked again, in milliseconds, which is
/// how soon another node's rotation or deletion of a key shows.
const SIGNING_KEYS_TTL_MS: i64 = 5_000;
/// How long administrators' access keys are used before the store is asked again, in milliseconds, which is how soon a
/// new or revoked key shows.
const ACCESS_KEYS_TTL_MS: i64 = 2_000;

/// All caches of a node.
pub struct Caches {
    /// User pools, by their ids.
    pub pools: TtlCache<UserPool>,
    /// App clients, by their ids.
    pub clients: TtlCache<AppClient>,
    /// Domains of pools, by their names.
    pub domains: TtlCache<PoolDomain>,
    /// What is done about risks, by the app clients' ids.
    pub risk_rules: TtlCache<RiskRules>,
    /// Changes of how login pages look.
    pub look_changes: Changes,
    /// The pools' signing keys, parsed, by the pools' ids.
    pub signing_keys: TtlCache<PoolKeys>,
    /// The keys that pools have brought from other servers, by the pools' ids.
    pub imported_token_keys: TtlCache<Vec<TokenKeys>>,
    /// The access keys of the store.
    pub access_keys: AccessKeys,
    /// Access tokens whose signature was found right.
    pub verified_tokens: VerifiedTokens,
    /// What sources, app clients and pools use of their limits.
    pub usage: UsageMeter,
    /// What this node knows of the keys that all nodes share.
    pub keys: KeyState,
}

impl Caches {
    /// Has everything that the store was read for be read again, after a change that may concern any of it. To be
    /// called after the commit.
    pub fn forget_what_was_read(&self) {
        self.pools.clear();
        self.clients.clear();
        self.domains.clear();
        self.risk_rules.clear();
        self.look_changes.add();
        self.signing_keys.clear();
        self.imported_token_keys.clear();
        self.access_keys.clear();
    }
}

impl Default for Caches {
    fn default() -> Self {
        Self {
            pools: TtlCache::new(SETTINGS_TTL_MS),
            clients: TtlCache::new(SETTINGS_TTL_MS),
            domains: TtlCache::new(SETTINGS_TTL_MS),
            risk_rules: TtlCache::new(SETTINGS_TTL_MS),
            look_changes: Changes::default(),
            signing_keys: TtlCache::new(SIGNING_KEYS_TTL_MS),
            imported_token_keys: TtlCache::new(SIGNING_KEYS_TTL_MS),
            access_keys: AccessKeys::new(ACCESS_KEYS_TTL_MS),
            verified_tokens: VerifiedTokens::default(),
            usage: UsageMeter::default(),
            keys: KeyState::default(),
        }
    }
}
