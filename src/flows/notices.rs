//! Telling users what happened to their accounts, where the operator wants it (`docs/adr/0033`).
//!
//! A notice goes to verified addresses only: another one may be a stranger's. It is written in the transaction
//! of the change, and never refuses it: where the outbox is full, or the address has had enough, the notice is
//! left out, which metrics count.

use super::auth_events::feedback_token;
use super::codes::sign_in_name;
use super::limits::requester::address_key;
use super::limits::{AddressLimit, budgets};
use super::lookup::ClientContext;
use super::{Error, Result, turn};
use crate::app::App;
use crate::config::PoolNotifications;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::domain::attribute::{Attributes, Contact};
use crate::domain::failure::Failure;
use crate::domain::origin::Origin;
use crate::domain::source_network::SourceNetwork;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::messaging::{self, EnqueuedMessage, Notice, OutgoingMessage, Recipient, SignInEvent};
use crate::store::{Conn, known_devices};

/// A sign-in from a device that is remembered is written down again after this many milliseconds.
const SEEN_PRECISION_MS: i64 = 86_400_000;

/// Notices that were written and are to be handed over once their transaction has committed.
#[derive(Default)]
#[must_use = "a notice that is not handed over waits until the worker finds it"]
pub struct Notices(Vec<EnqueuedMessage>);

impl Notices {
    /// Hands them over, after the commit.
    pub fn dispatch(self, app: &App) {
        for message in self.0 {
            app.outbox.dispatch(message);
        }
    }

    /// These and those.
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }
}

/// Tells the user, where the pool has that, which e-mail address and phone number have changed, and that the
/// password has if there is a `new_password`: at the verified e-mail address, or else phone number, and of a
/// changed contact at its old value as well.
///
/// A user who has yet to choose a password has none of its own that could change.
///
/// # Errors
/// If the store fails.
pub async fn credentials_changed(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    update: &UserUpdate,
    new_password: bool,
) -> Result<Notices> {
    let new_password = new_password && update.before.status != UserStatus::ForceChangePassword;
    if !new_password && update.contacts_changed.is_empty() {
        return Ok(Notices::default());
    }
    let notifier = Notifier::new(app, context, pool);
    if !notifier.texts.credential_changes {
        return Ok(Notices::default());
    }
    let (before, after) = (&update.before, &update.after);
    let mut notices = Notices::default();
    if new_password && let Some(to) = preferred(&after.attributes) {
        notifier
            .tell(conn, Notice::PasswordChanged, after, to, &mut notices)
            .await?;
    }
    for contact in &update.contacts_changed {
        notifier
            .tell_contact_changed(conn, *contact, (before, after), &mut notices)
            .await?;
    }
    Ok(notices)
}

/// Tells the former holder of an alias that it has moved to another user, so that the contact counts as
/// unverified `after`.
///
/// # Errors
/// If the store fails.
pub async fn alias_moved(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    contact: Contact,
    (before, after): (&User, &User),
) -> Result<Notices> {
    let notifier = Notifier::new(app, context, pool);
    let mut notices = Notices::default();
    if notifier.texts.credential_changes {
        notifier
            .tell_contact_changed(conn, contact, (before, after), &mut notices)
            .await?;
    }
    Ok(notices)
}

/// Remembers the device that the user signs in from, where the pool has that, and tells the user if it is not
/// one of those that are remembered already. The first device causes no notice.
///
/// A device is the kind of its browser or application, and its network. A request that a backend sends says
/// nothing of the user's device, unless the backend passes the address on.
///
/// # Errors
/// If the store fails.
pub async fn signed_in(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    client_context: &ClientContext,
    user: &User,
) -> Result<Notices> {
    let pool = &client_context.pool;
    let mut notices = Notices::default();
    let notifier = Notifier::new(app, context, pool);
    if !notifier.texts.new_devices {
        return Ok(notices);
    }
    let Origin::Network(network) = turn::origin(context, Some(&client_context.client)) else {
        return Ok(notices);
    };
    if !is_new_device(app, context, conn, user, network).await? {
        return Ok(notices);
    }
    let Some((contact, address)) = preferred(&user.attributes) else {
        return Ok(notices);
    };
    // An attacker with the password could otherwise have as many messages sent as there are user agents.
    let key = address_key(app, &pool.id, contact, address);
    let budget = AddressLimit::NewDeviceNotices.budget(app, key);
    let mut budgets: Vec<_> = budget.into_iter().collect();
    match budgets::spend(conn, context, &pool.id, &mut budgets).await {
        Err(Error::Refused(Failure::AttemptLimitExceeded)) => return Ok(notices),
        spent => spent?,
    }
    let to = (contact, address);
    notifier
        .tell(conn, Notice::NewDevice, user, to, &mut notices)
        .await?;
    Ok(notices)
}

/// Remembers the device; returns whether others were remembered, and it was not.
async fn is_new_device(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    user: &User,
    network: SourceNetwork,
) -> Result<bool> {
    let (pool_id, user_id, now) = (user.pool_id.as_str(), user.id.as_str(), context.now);
    let agent = kind_of_agent(context.user_agent.as_deref().unwrap_or_default());
    let network = network.vicinity();
    let parts = [pool_id, user_id, agent.as_str(), network.as_str()].map(str::as_bytes);
    let current = app.vault.keyed_hash(KeyPurpose::KnownDevice, &parts);
    // A device may be remembered by its hash under a former master key.
    let hashes = app.vault.keyed_hashes(KeyPurpose::KnownDevice, &parts);
    let known = known_devices::of_user(conn, pool_id, user_id, now).await?;
    let same = hashes
        .iter()
        .find_map(|hash| known.iter().find(|device| device.device_hash == hash));
    if let Some(device) = same {
        let former = device.device_hash.as_slice();
        let age = now.millis().saturating_sub(device.last_seen_at);
        if former != current || age >= SEEN_PRECISION_MS {
            let hashes = (former, current.as_slice());
            known_devices::see_again(conn, pool_id, user_id, hashes, now).await?;
        }
        return Ok(false);
    }
    known_devices::remember(conn, pool_id, user_id, &current, now).await?;
    if known.len() >= known_devices::MOST {
        known_devices::forget_oldest(conn, pool_id, user_id).await?;
    }
    Ok(!known.is_empty())
}

/// The user agent without its versions, which change every few weeks on one device.
fn kind_of_agent(agent: &str) -> String {
    agent
        .chars()
        .filter(|c| !c.is_ascii_digit() && !matches!(c, '.' | '_'))
        .collect()
}

/// The verified e-mail address, or else the verified phone number.
fn preferred(attributes: &Attributes) -> Option<(Contact, &str)> {
    Contact::ALL
        .into_iter()
        .find_map(|contact| Some((contact, verified(contact, attributes)?)))
}

fn verified(contact: Contact, attributes: &Attributes) -> Option<&str> {
    contact
        .of(attributes)
        .filter(|(_, is_verified)| *is_verified)
        .map(|(address, _)| address)
}

/// Writes the notices of one request to users of one pool.
struct Notifier<'a> {
    app: &'a App,
    context: &'a RequestContext,
    pool: &'a UserPool,
    texts: PoolNotifications<'a>,
}

impl<'a> Notifier<'a> {
    fn new(app: &'a App, context: &'a RequestContext, pool: &'a UserPool) -> Self {
        Self {
            app,
            context,
            pool,
            texts: app.config.for_pool(&pool.id).notifications,
        }
    }

    /// Tells of a changed contact, at the old address and at the one that is preferred now. What the user signs
    /// in with may be the address: the old one does not learn the new one.
    async fn tell_contact_changed(
        &self,
        conn: &mut Conn,
        contact: Contact,
        (before, after): (&User, &User),
        notices: &mut Notices,
    ) -> Result<()> {
        let notice = Notice::ContactChanged(contact);
        let old = verified(contact, &before.attributes).map(|address| (contact, address));
        let now = preferred(&after.attributes).filter(|to| Some(*to) != old);
        for (user, to) in [(before, old), (after, now)] {
            if let Some(to) = to {
                self.tell(conn, notice, user, to, notices).await?;
            }
        }
        Ok(())
    }

    async fn tell(
        &self,
        conn: &mut Conn,
        notice: Notice,
        user: &User,
        (contact, address): (Contact, &str),
        notices: &mut Notices,
    ) -> Result<()> {
        let recipient = Recipient {
            user_id: &user.id,
            username: &user.username,
            sign_in_name: sign_in_name(self.pool, user),
            contact,
            address,
        };
        // The event of a sign-in has the request's id.
        let event = (notice == Notice::NewDevice).then(|| {
            let id = self.context.request_id.to_string();
            let token = feedback_token(self.app, &self.pool.id, &user.id, &id);
            SignInEvent {
                id,
                feedback_token: token,
            }
        });
        let event = event.as_ref();
        let message = OutgoingMessage::notice(self.pool, recipient, notice, self.texts, event);
        let outbox = &self.app.outbox;
        let slot = outbox.try_slot(&message);
        match outbox.enqueue(conn, self.context.now, &message, slot).await {
            Ok(queued) => notices.0.push(queued),
            Err(messaging::Error::Full) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_of_a_browser_is_the_same_device_and_another_browser_is_not() {
        let agents = |version: &str| {
            [
                format!(
                    "Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
                ),
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{version} like Mac OS X) Version/17.{version} Safari/604.1"
                ),
                format!("okhttp/{version}.1"),
            ]
        };
        let [before, after] = ["128", "129"].map(agents);
        for (index, agent) in before.iter().enumerate() {
            for (other_index, other) in after.iter().enumerate() {
                let same = kind_of_agent(agent) == kind_of_agent(other);
                assert_eq!(same, index == other_index, "{agent} {other}");
            }
        }
    }
}
