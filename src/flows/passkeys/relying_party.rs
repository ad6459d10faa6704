//! The domain that a pool's passkeys belong to.

use crate::app::App;
use crate::config::Profile;
use crate::domain::user_pool::UserPool;

/// In development, where there is no domain: the host under which browsers open a developer's application.
const DEVELOPMENT: &str = "localhost";

/// The RP id of the pool's passkeys (administration 12.2): what is set, else the custom domain, else that of the
/// prefix, and in development `localhost`. `None` where there is none, so that the pool can have no passkeys.
pub(super) fn relying_party_id(app: &App, pool: &UserPool) -> Option<String> {
    let settings = pool.settings.web_authn.as_ref();
    let set = settings.and_then(|settings| settings.relying_party_id.clone());
    let own = || pool.domains.host(&pool.region);
    set.or_else(own).or_else(|| match app.config.profile {
        Profile::Development => Some(DEVELOPMENT.to_owned()),
        Profile::Production => None,
    })
}
