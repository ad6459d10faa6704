//! Writing a changed user, with what follows from the change: the aliases it holds, and codes
//! that were sent to addresses it no longer has.

use super::{Error, Result, refuse};
use crate::app::App;
use crate::domain::attribute::Contact;
use crate::domain::failure::Failure;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::domain::user_pool::{Alias, UserPool};
use crate::domain::username;
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

/// Whether writing `after` in place of `before` touches nothing but the user's own row, so that it
/// needs no transaction.
#[must_use]
pub fn needs_no_transaction(pool: &UserPool, before: &User, after: &User) -> bool {
    username::aliases(&pool.settings, before) == username::aliases(&pool.settings, after)
        && Contact::ALL.iter().all(|contact| {
            before.attributes.get(contact.attribute()) == after.attributes.get(contact.attribute())
        })
}

/// Writes `after` in place of `before`, in the caller's transaction (or alone, if
/// [`needs_no_transaction`]).
///
/// # Errors
/// [`Error::Stale`] if the user was changed meanwhile, [`Failure::AliasExists`] if another user
/// holds an alias that this one would get.
pub async fn write(
    conn: &mut Conn,
    pool: &UserPool,
    before: &User,
    after: &User,
    conflict: AliasConflict,
    now: Timestamp,
) -> Result<()> {
    if !store::users::update(conn, before, after, now).await? {
        return Err(Error::Stale);
    }
    let held = username::aliases(&pool.settings, before);
    let wanted = username::aliases(&pool.settings, after);
    for (alias, key) in held.difference(&wanted) {
        store::aliases::release(conn, &pool.id, alias.attribute(), key, &after.id).await?;
    }
    for (alias, key) in wanted.difference(&held) {
        take_alias(conn, pool, after, *alias, key, conflict, now).await?;
    }
    for contact in Contact::ALL {
        let name = contact.attribute();
        if before.attributes.get(name) != after.attributes.get(name) {
            store::codes::discard_sent_to(conn, &pool.id, &after.id, name).await?;
        }
    }
    Ok(())
}

/// Gives a new user its aliases, in the caller's transaction.
///
/// # Errors
/// [`Failure::AliasExists`] if another user holds one.
pub async fn claim_aliases(
    conn: &mut Conn,
    pool: &UserPool,
    user: &User,
    conflict: AliasConflict,
    now: Timestamp,
) -> Result<()> {
    for (alias, key) in username::aliases(&pool.settings, user) {
        take_alias(conn, pool, user, alias, &key, conflict, now).await?;
    }
    Ok(())
}

async fn take_alias(
    conn: &mut Conn,
    pool: &UserPool,
    user: &User,
    alias: Alias,
    key: &str,
    conflict: AliasConflict,
    now: Timestamp,
) -> Result<()> {
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
        return Ok(());
    }
    // Verified contacts move. Contacts that are usernames do not, that would take over the account's
    // name; nor do preferred usernames, which nobody has to prove.
    let movable = pool.settings.alias_attributes.contains(&alias) && Contact::named(name).is_some();
    if conflict == AliasConflict::Refuse || !movable {
        return refuse(Failure::AliasExists(name));
    }
    let Some(holder) = store::users::find_by_alias(conn, &pool.id, name, key).await? else {
        return Err(Error::Stale);
    };
    store::aliases::release(conn, &pool.id, name, key, &holder.id).await?;
    // A code on its way there would win the alias back.
    store::codes::discard_sent_to(conn, &pool.id, &holder.id, name).await?;
    if let Some(contact) = Contact::named(name) {
        let mut unverified = holder.clone();
        unverified
            .attributes
            .insert(contact.verified_flag().to_owned(), "false".to_owned());
        if !store::users::update(conn, &holder, &unverified, now).await? {
            return Err(Error::Stale);
        }
    }
    if store::aliases::take(conn, &pool.id, name, key, &user.id).await? {
        Ok(())
    } else {
        Err(Error::Stale)
    }
}

/// Refuses if another user already signs in with a contact or preferred username that `after` has
/// and `before` had not, verified or not (behaviour 2.4). The primary key of the aliases decides
/// when it is taken; this says it early, before a code is sent.
///
/// # Errors
/// [`Failure::AliasExists`].
pub async fn ensure_aliases_free(
    app: &App,
    pool: &UserPool,
    user: &User,
    new_values: &[(&str, &str)],
) -> Result<()> {
    for &(name, value) in new_values {
        let is_alias = pool
            .settings
            .username_attributes
            .iter()
            .any(|c| c.attribute() == name)
            || pool
                .settings
                .alias_attributes
                .iter()
                .any(|alias| alias.attribute() == name);
        if !is_alias {
            continue;
        }
        let alias = match name {
            "email" => Alias::Email,
            "phone_number" => Alias::PhoneNumber,
            _ => Alias::PreferredUsername,
        };
        let key = username::key(&pool.settings, value);
        let mut conn = app.db.read().await?;
        let owner = store::aliases::owner(&mut conn, &pool.id, alias.attribute(), &key).await?;
        if owner.is_some_and(|owner| owner != user.id) {
            return refuse(Failure::AliasExists(alias.attribute()));
        }
    }
    Ok(())
}
