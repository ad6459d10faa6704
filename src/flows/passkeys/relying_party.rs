//! The domain that a pool's passkeys belong to.

use crate::app::App;
use crate::config::Profile;
use crate::domain::user_pool::UserPool;

/// In development, where no domain is set: the host under which browsers open a developer's application.
const DEVELOPMENT: &str = "localhost";

/// The RP id of the pool's passkeys (administration 12.2): what is set, and in development `localhost`. `None`
/// where there is none, so that the pool can have no passkeys. The pool's own domains come between the two, as
/// soon as pools have some: the custom domain, then the prefix domain.
pub(super) fn relying_party_id(app: &App, pool: &UserPool) -> Option<String> {
    let settings = pool.settings.web_authn.as_ref();
    let set = settings.and_then(|settings| settings.relying_party_id.clone());
    set.or_else(|| match app.config.profile {
        Profile::Development => Some(DEVELOPMENT.to_owned()),
        Profile::Production => None,
    })
}
