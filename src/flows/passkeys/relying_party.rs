//! The domain that a pool's passkeys belong to.

use url::Url;

use crate::app::App;
use crate::config::Profile;
use crate::domain::user_pool::UserPool;
use crate::flows::oauth::pool_domains;

/// In development, where there is no domain: the host under which browsers open a developer's application.
const DEVELOPMENT: &str = "localhost";

/// The RP id of the pool's passkeys (administration 12.2): what is set, else the custom domain, else the host under
/// which the pages of the prefix are reached, and in development `localhost`. `None` where there is none, so that the
/// pool can have no passkeys.
pub(super) fn relying_party_id(app: &App, pool: &UserPool) -> Option<String> {
    let settings = pool.settings.web_authn.as_ref();
    let set = settings.and_then(|settings| settings.relying_party_id.clone());
    let of_prefix = || {
        let base = pool_domains::base_url(app, pool)?;
        // No passkey belongs to an address.
        Some(Url::parse(&base).ok()?.domain()?.to_owned())
    };
    let own = || pool.domains.custom.clone().or_else(of_prefix);
    set.or_else(own).or_else(|| match app.config.profile {
        Profile::Development => Some(DEVELOPMENT.to_owned()),
        Profile::Production => None,
    })
}
