//! Rules for usernames and aliases.

use std::collections::BTreeSet;

use super::attribute::Contact;
use super::failure::Failure;
use super::user::User;
use super::user_pool::{Alias, PoolSettings};

/// A name in the form in which the pool compares it: as it is, or in lower case where the pool
/// ignores case (behaviour 3.2).
#[must_use]
pub fn key(settings: &PoolSettings, name: &str) -> String {
    if settings.case_sensitive {
        name.to_owned()
    } else {
        name.to_lowercase()
    }
}

/// An attribute's value as the pool stores it: e-mail addresses and preferred usernames in lower case
/// where the pool ignores case.
#[must_use]
pub fn stored_value(settings: &PoolSettings, attribute: &str, value: &str) -> String {
    match attribute {
        "email" | "preferred_username" => key(settings, value),
        _ => value.to_owned(),
    }
}

/// The contact that a new user's name is, in pools whose usernames are contacts; `None` in pools
/// where the name is the user's own choice.
///
/// # Errors
/// If the name does not have the format that the pool asks for, or has one that it forbids
/// (behaviour 3.1).
pub fn contact_of_new(settings: &PoolSettings, name: &str) -> Result<Option<Contact>, Failure> {
    let accepted = &settings.username_attributes;
    if !accepted.is_empty() {
        let contact = accepted
            .iter()
            .copied()
            .find(|contact| contact.is_well_formed(name));
        return contact
            .map(Some)
            .ok_or_else(|| Failure::UsernameMustBe(accepted.clone()));
    }
    for contact in Contact::ALL {
        if settings.alias_attributes.contains(&contact.into()) && contact.is_well_formed(name) {
            return Err(Failure::UsernameLooksLike(contact));
        }
    }
    Ok(None)
}

/// A name that a user signs in with beside the username: the attribute and the value's key.
pub type AliasKey = (Alias, String);

/// The aliases that the user holds: contacts that are usernames at once, the alias attributes once
/// verified, and the preferred username always (behaviour 3.2). Where preferred usernames are
/// aliases the username itself is held as one too, so that one unique key keeps others from
/// choosing it.
#[must_use]
pub fn aliases(settings: &PoolSettings, user: &User) -> BTreeSet<AliasKey> {
    let attributes = &user.attributes;
    let usernames = settings.username_attributes.iter().filter_map(|contact| {
        contact
            .of(attributes)
            .map(|(value, _)| (Alias::from(*contact), value))
    });
    let verified = settings.alias_attributes.iter().filter_map(|alias| {
        let value = attributes.get(alias.attribute())?;
        let contact = Contact::named(alias.attribute());
        let held = contact.is_none_or(|c| c.of(attributes).is_some_and(|(_, verified)| verified));
        held.then_some((*alias, value.as_str()))
    });
    let username = settings
        .alias_attributes
        .contains(&Alias::PreferredUsername)
        .then_some((Alias::PreferredUsername, user.username.as_str()));
    usernames
        .chain(verified)
        .chain(username)
        .map(|(alias, value)| (alias, key(settings, value)))
        .collect()
}

/// The aliases that `name` may be in this pool, in the order in which they count.
#[must_use]
pub fn possible_aliases(settings: &PoolSettings, name: &str) -> Vec<Alias> {
    let configured = settings
        .username_attributes
        .iter()
        .map(|contact| Alias::from(*contact))
        .chain(settings.alias_attributes.iter().copied());
    configured
        .filter(|alias| {
            Contact::named(alias.attribute()).is_none_or(|contact| contact.is_well_formed(name))
        })
        .collect()
}
