//! Whom an attempt is counted for.

use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::domain::app_client::AppClient;
use crate::domain::attribute::Contact;
use crate::domain::origin::Origin;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::flows::auth_events::Subject;
use crate::flows::{lookup, turn};

/// Whom the attempts of a request are counted for.
pub struct Requester<'a> {
    /// The pool.
    pub pool_id: &'a str,
    /// The app client; `None` for an administrator.
    pub client: Option<&'a AppClient>,
    /// The id of the user, if there is one.
    pub user_id: Option<String>,
    /// Where the request comes from.
    pub origin: Origin,
    /// The user that it names, whether or not there is one ([`lookup::throttle_key`]).
    pub user: String,
}

impl<'a> Requester<'a> {
    /// The requester at an app client, whose secret has been proven if it has one, that names the user `name`.
    #[must_use]
    pub fn at_client(
        app: &App,
        context: &RequestContext,
        pool: &'a UserPool,
        client: &'a AppClient,
        name: &str,
        user: Option<&User>,
    ) -> Self {
        Self {
            pool_id: &pool.id,
            client: Some(client),
            user_id: user.map(|user| user.id.clone()),
            origin: turn::origin(context, Some(client)),
            user: lookup::throttle_key(app, pool, name, user),
        }
    }

    /// An administrator who signed the request, which names the user `name`.
    #[must_use]
    pub fn administrator(
        app: &App,
        context: &RequestContext,
        pool: &'a UserPool,
        name: &str,
        user: Option<&User>,
    ) -> Self {
        Self {
            pool_id: &pool.id,
            client: None,
            user_id: user.map(|user| user.id.clone()),
            origin: turn::origin(context, None),
            user: lookup::throttle_key(app, pool, name, user),
        }
    }

    /// The user as what happens is recorded of it; where nobody has the name, [`Self::user`] stands for the id.
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        let user_id = self.user_id.as_deref();
        Subject {
            pool_id: self.pool_id,
            user_id: user_id.unwrap_or(&self.user),
            is_nobody: user_id.is_none(),
        }
    }

    /// The subject of what is counted by user and origin. All subjects of a user begin with the user's own
    /// and a slash.
    #[must_use]
    pub fn user_and_origin(&self, app: &App) -> String {
        let origin = self.origin.key();
        let parts: [&[u8]; 3] = [b"origin", self.pool_id.as_bytes(), origin.as_bytes()];
        let hash = app.vault.keyed_hash(KeyPurpose::Limit, &parts);
        let (half, _) = hash.split_at(hash.len() / 2);
        format!("{}/{}", self.user, hex::encode(half))
    }
}

/// The subject of what is counted by address: a keyed hash, the same however the address is capitalised.
#[must_use]
pub fn address_key(app: &App, pool_id: &str, contact: Contact, address: &str) -> String {
    let address = match contact {
        Contact::Email => address.to_lowercase(),
        Contact::PhoneNumber => address.to_owned(),
    };
    let parts: [&[u8]; 4] = [
        b"address",
        pool_id.as_bytes(),
        contact.attribute().as_bytes(),
        address.as_bytes(),
    ];
    hex::encode(app.vault.keyed_hash(KeyPurpose::Limit, &parts))
}
