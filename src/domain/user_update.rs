//! The plan of writing a changed user, derived once: the store executes it and derives nothing again.

use std::collections::BTreeSet;

use super::attribute::Contact;
use super::time::Timestamp;
use super::user::User;
use super::user_pool::PoolSettings;
use super::username::{self, AliasKey};

/// A user before and after a change, with what follows from the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserUpdate {
    /// The user as it was read; its version makes the write conditional.
    pub before: User,
    /// The user as it is to be.
    pub after: User,
    /// Aliases that the user holds after the change and did not hold before it.
    pub aliases_gained: BTreeSet<AliasKey>,
    /// Aliases that the user held before the change and does not hold after it.
    pub aliases_lost: BTreeSet<AliasKey>,
    /// Contacts whose value is another one after the change, or deleted: codes that were sent to the
    /// former value are invalid.
    pub contacts_changed: Vec<Contact>,
}

impl UserUpdate {
    /// The update from `before` to `after` in a pool with these settings.
    #[must_use]
    pub fn new(pool: &PoolSettings, before: User, after: User) -> Self {
        let held = username::aliases(pool, &before);
        let wanted = username::aliases(pool, &after);
        let contacts_changed = Contact::ALL
            .into_iter()
            .filter(|contact| {
                let name = contact.attribute();
                before.attributes.get(name) != after.attributes.get(name)
            })
            .collect();
        Self {
            aliases_gained: wanted.difference(&held).cloned().collect(),
            aliases_lost: held.difference(&wanted).cloned().collect(),
            contacts_changed,
            before,
            after,
        }
    }

    /// Whether anything changes at all.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.before != self.after
    }

    /// When the user was changed last, as users and administrators see it, if the update is written `now`. That the first
    /// sign-in needs no second factor is no change that they see.
    #[must_use]
    pub fn modified_at(&self, now: Timestamp) -> Timestamp {
        let mut seen = self.after.clone();
        seen.mfa.first_sign_in = self.before.mfa.first_sign_in;
        if seen == self.before {
            self.before.modified_at
        } else {
            now
        }
    }

    /// Whether the update touches nothing but the user's own row, so that it needs no transaction.
    #[must_use]
    pub fn is_one_row(&self) -> bool {
        self.aliases_gained.is_empty()
            && self.aliases_lost.is_empty()
            && self.contacts_changed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user::UserStatus;
    use crate::domain::user_pool::Alias;
    use crate::domain::user_pool_request::{CreateOnlySettings, PoolRequest};

    fn pool_with_email_alias() -> PoolSettings {
        let mut settings = PoolRequest::default()
            .create(&CreateOnlySettings::default())
            .unwrap();
        settings.alias_attributes = vec![Alias::Email];
        settings
    }

    fn user(of: &[(&str, &str)]) -> User {
        User {
            pool_id: "us-east-1_A".to_owned(),
            id: "id".to_owned(),
            username: "ada".to_owned(),
            status: UserStatus::Confirmed,
            enabled: true,
            attributes: of
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            created_at: Timestamp::default(),
            modified_at: Timestamp::default(),
            credentials_version: 1,
            mfa: crate::domain::second_factor::UserMfa::default(),
            version: 1,
        }
    }

    fn email(value: &str) -> BTreeSet<AliasKey> {
        BTreeSet::from([(Alias::Email, value.to_owned())])
    }

    #[test]
    fn a_verified_address_that_is_replaced_unverified_is_lost_as_an_alias() {
        let update = UserUpdate::new(
            &pool_with_email_alias(),
            user(&[("email", "old@x.io"), ("email_verified", "true")]),
            user(&[("email", "new@x.io"), ("email_verified", "false")]),
        );
        assert_eq!(update.aliases_lost, email("old@x.io"));
        assert!(update.aliases_gained.is_empty());
        assert_eq!(update.contacts_changed, [Contact::Email]);
        assert!(!update.is_one_row());
    }

    #[test]
    fn verifying_an_address_gains_the_alias_and_changes_no_contact() {
        let update = UserUpdate::new(
            &pool_with_email_alias(),
            user(&[("email", "a@x.io"), ("email_verified", "false")]),
            user(&[("email", "a@x.io"), ("email_verified", "true")]),
        );
        assert_eq!(update.aliases_gained, email("a@x.io"));
        assert!(update.contacts_changed.is_empty());
        assert!(!update.is_one_row());
    }

    #[test]
    fn a_changed_name_writes_only_the_users_row() {
        let update = UserUpdate::new(
            &pool_with_email_alias(),
            user(&[("email", "a@x.io"), ("email_verified", "true")]),
            user(&[
                ("email", "a@x.io"),
                ("email_verified", "true"),
                ("name", "Ada"),
            ]),
        );
        assert!(update.is_change() && update.is_one_row());
    }
}
