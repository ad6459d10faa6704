//! Writing a changed user, with what follows from the change: the aliases that it holds, codes that were
//! sent to addresses it no longer has, and what users are told of it.
//!
//! A user is read without a lock, the rules decide, and the write is conditional on the version that
//! was read (ADR 2). Every transaction that changes a user writes the user's row first, so that all
//! of them take their locks in the same order; what else the transaction reads is then as fresh as
//! the row.

use super::auth_events::{self, Subject};
use super::notices::{self, Notices};
use super::{Error, Result, refuse};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::Contact;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::failure::Failure;
use crate::domain::user::{Credentials, User};
use crate::domain::user_pool::{Alias, UserPool};
use crate::domain::user_update::UserUpdate;
use crate::domain::username::{self, AliasKey};
use crate::store::{self, Conn};

/// Whether an alias that another user holds is refused or moves over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasConflict {
    /// The change fails.
    Refuse,
    /// The alias moves, and its former holder's contact counts as unverified
    /// (ForceAliasCreation, behaviour 3.2).
    TakeOver,
}

/// New credentials that are written with a user.
#[derive(Clone, Copy)]
pub struct NewCredentials<'a> {
    /// The credentials.
    pub credentials: &'a Credentials,
    /// Whether the user's credentials version rises, so that sign-ins that have begun end.
    pub raises_version: bool,
    /// The sessions that end with the former credentials.
    pub ends: EndedSessions<'a>,
    /// What is recorded of it.
    pub recorded_as: EventKind,
}

/// The sessions of a user that new credentials end (`docs/adr/0029`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedSessions<'a> {
    /// None.
    None,
    /// All.
    All,
    /// All but the one with this id.
    AllBut(&'a str),
}

impl EndedSessions<'_> {
    /// All sessions, or none.
    #[must_use]
    pub const fn all_if(ends: bool) -> Self {
        if ends { Self::All } else { Self::None }
    }
}

/// Writes the update, in the caller's transaction (or alone, if [`UserUpdate::is_one_row`]). The caller hands the
/// returned notices over after the commit.
///
/// # Errors
/// [`Error::Stale`] if the user was changed since it was read, [`Failure::AliasExists`] if another
/// user holds an alias that this one would gain.
pub async fn write(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    update: &UserUpdate,
    conflict: AliasConflict,
) -> Result<Notices> {
    let at = update.modified_at(context.now);
    if !store::users::update(conn, &update.before, &update.after, at).await? {
        return Err(Error::Stale);
    }
    record(app, context, conn, update, None).await?;
    let moved = write_consequences(app, context, conn, pool, update, conflict).await?;
    let changed = notices::credentials_changed(app, context, conn, pool, update, false).await?;
    Ok(changed.and(moved))
}

/// [`write`] with new credentials, in the same statement. A code to set a forgotten password is
/// discarded, and the sessions that the new credentials end are revoked. The user's row was written
/// before, so a sign-in that runs at the same time opens its session either before, and it ends too, or
/// after, on the condition of the new version.
///
/// # Errors
/// As [`write`].
pub async fn write_with_credentials(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    update: &UserUpdate,
    new: NewCredentials<'_>,
) -> Result<Notices> {
    let now = context.now;
    let NewCredentials {
        credentials,
        raises_version,
        ends,
        recorded_as,
    } = new;
    let after = &update.after;
    if !store::users::update_with_credentials(conn, after, credentials, raises_version, now).await?
    {
        return Err(Error::Stale);
    }
    let purpose = crate::domain::code::CodePurpose::ForgotPassword;
    let (pool_id, user_id) = (&after.pool_id, &after.id);
    store::codes::discard(conn, pool_id, user_id, purpose).await?;
    match ends {
        EndedSessions::None => {}
        EndedSessions::All => store::sessions::revoke_all(conn, pool_id, user_id, now).await?,
        EndedSessions::AllBut(kept) => {
            store::sessions::revoke_all_but(conn, pool_id, user_id, kept, now).await?;
        }
    }
    record(app, context, conn, update, Some(recorded_as)).await?;
    let conflict = AliasConflict::Refuse;
    let moved = write_consequences(app, context, conn, pool, update, conflict).await?;
    let changed = notices::credentials_changed(app, context, conn, pool, update, true).await?;
    Ok(changed.and(moved))
}

/// Records what the update changes: the password, as `password`; contacts; second factors.
async fn record(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    update: &UserUpdate,
    password: Option<EventKind>,
) -> Result<()> {
    let (before, after) = (&update.before, &update.after);
    let contacts = !update.contacts_changed.is_empty();
    let kinds = [
        password,
        contacts.then_some(EventKind::ContactChange),
        before
            .mfa
            .factors_differ(&after.mfa)
            .then_some(EventKind::FactorChange),
    ];
    for kind in kinds.into_iter().flatten() {
        let of = (Subject::user(&after.pool_id, &after.id), None);
        auth_events::record(app, context, conn, of, (kind, Outcome::Pass)).await?;
    }
    Ok(())
}

async fn write_consequences(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    update: &UserUpdate,
    conflict: AliasConflict,
) -> Result<Notices> {
    let mut notices = Notices::default();
    let user = &update.after;
    for (alias, key) in &update.aliases_lost {
        store::aliases::release(conn, &pool.id, alias.attribute(), key, &user.id).await?;
    }
    for (alias, key) in &update.aliases_gained {
        let of = (pool, user);
        let moved = take_alias(app, context, conn, of, (*alias, key), conflict).await?;
        notices = notices.and(moved);
    }
    for contact in &update.contacts_changed {
        store::codes::discard_sent_to(conn, &pool.id, &user.id, contact.attribute()).await?;
    }
    Ok(notices)
}

/// Gives a new user its aliases, in the caller's transaction. The caller hands the returned notices over after
/// the commit.
///
/// # Errors
/// [`Failure::AliasExists`] if another user holds one.
pub async fn claim_aliases(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    user: &User,
    conflict: AliasConflict,
) -> Result<Notices> {
    let mut notices = Notices::default();
    for (alias, key) in username::aliases(&pool.settings, user) {
        let of = (pool, user);
        let moved = take_alias(app, context, conn, of, (alias, &key), conflict).await?;
        notices = notices.and(moved);
    }
    Ok(notices)
}

/// Gives the user the alias. If it moves from another user, the returned notices are for that one.
async fn take_alias(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    (pool, user): (&UserPool, &User),
    (alias, key): (Alias, &str),
    conflict: AliasConflict,
) -> Result<Notices> {
    let mut notices = Notices::default();
    let name = alias.attribute();
    // Administrators name users by `sub` too, so an alias that is one would be another user's.
    if alias == Alias::PreferredUsername
        && store::users::find(conn, &pool.id, key)
            .await?
            .is_some_and(|named| named.id != user.id)
    {
        return refuse(Failure::AliasExists(name));
    }
    if store::aliases::take(conn, &pool.id, name, key, &user.id).await? {
        return Ok(notices);
    }
    if conflict == AliasConflict::Refuse || !is_movable(pool, alias) {
        return refuse(Failure::AliasExists(name));
    }
    let Some(holder) = store::users::find_by_alias(conn, &pool.id, name, key).await? else {
        return Err(Error::Stale);
    };
    store::aliases::release(conn, &pool.id, name, key, &holder.id).await?;
    // A code that was already sent to the former holder would win the alias back.
    store::codes::discard_sent_to(conn, &pool.id, &holder.id, name).await?;
    if let Some(contact) = Contact::named(name) {
        let mut unverified = holder.clone();
        unverified
            .attributes
            .insert(contact.verified_flag().to_owned(), "false".to_owned());
        if !store::users::update(conn, &holder, &unverified, context.now).await? {
            return Err(Error::Stale);
        }
        let change = (&holder, &unverified);
        notices = notices::alias_moved(app, context, conn, pool, contact, change).await?;
    }
    if store::aliases::take(conn, &pool.id, name, key, &user.id).await? {
        Ok(notices)
    } else {
        Err(Error::Stale)
    }
}

/// Whether an alias of this kind can move to another user. Contacts that are usernames cannot, since
/// that would take over the account's name; nor can preferred usernames, which no code proves.
fn is_movable(pool: &UserPool, alias: Alias) -> bool {
    pool.settings.alias_attributes.contains(&alias) && Contact::named(alias.attribute()).is_some()
}

/// Refuses an update early, before a code is sent, if another user holds an alias that the update
/// gains, or one that a code in `pending` would make a username. The primary key of the aliases
/// decides when it is written.
///
/// Where contacts are aliases, an address that another user has verified is not refused here: its
/// code is sent, and verifying it conflicts (behaviour 3.4).
///
/// # Errors
/// [`Failure::AliasExists`].
pub async fn ensure_aliases_free(
    app: &App,
    pool: &UserPool,
    update: &UserUpdate,
    pending: &[(Contact, String)],
) -> Result<()> {
    let usernames = pending
        .iter()
        .filter(|(contact, _)| pool.settings.username_attributes.contains(contact))
        .map(|(contact, value)| -> AliasKey {
            (Alias::from(*contact), username::key(&pool.settings, value))
        });
    let gained = update.aliases_gained.iter().cloned();
    for (alias, key) in gained.chain(usernames) {
        if is_movable(pool, alias) {
            continue;
        }
        let mut conn = app.db.read().await?;
        let owner = store::aliases::owner(&mut conn, &pool.id, alias.attribute(), &key).await?;
        if owner.is_some_and(|owner| owner != update.after.id) {
            return refuse(Failure::AliasExists(alias.attribute()));
        }
    }
    Ok(())
}
