//! What it means for an e-mail address or phone number to change (behaviour 3.4).

use super::attribute::{Attributes, Contact};
use super::attribute_update::{Change, apply};
use super::user::{User, UserStatus};
use super::user_pool::PoolSettings;
use super::user_update::UserUpdate;

/// The plan of a change of attributes. Writing executes it and derives nothing again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The user before and after, and the aliases that it gains and loses.
    pub update: UserUpdate,
    /// Where codes go: the contact, and the value that redeeming the code verifies.
    pub codes: Vec<(Contact, String)>,
}

/// A contact that gets another value is unverified from then on, unless the change says otherwise,
/// and gets a code if the pool verifies it by itself. Where the pool wants the code first, the old
/// value stays until the code of the new one is redeemed. The value that the user has already is
/// no change.
///
/// A user that has not confirmed the sign-up has no token and cannot redeem the code of an attribute.
/// Its new value is stored at once, and a code is sent only to the contact that gets the sign-up's
/// code, which it replaces.
#[must_use]
pub fn plan(pool: &PoolSettings, user: User, changes: &[Change]) -> Plan {
    let current = &user.attributes;
    let unconfirmed = user.status == UserStatus::Unconfirmed;
    let mut after = apply(current, changes);
    let mut codes = Vec::new();
    for contact in Contact::ALL {
        let (name, flag) = (contact.attribute(), contact.verified_flag());
        let Some(value) = after.get(name).cloned() else {
            continue;
        };
        let given = |flag_to: fn(&str) -> bool| {
            changes
                .iter()
                .any(|change| matches!(change, Change::Set(set, to) if set == flag && flag_to(to)))
        };
        if current.get(name) == Some(&value) {
            // Deleted and set again in one request.
            if let Some(verified) = current.get(flag).filter(|_| !given(|_| true)) {
                after.insert(flag.to_owned(), verified.clone());
            }
            continue;
        }
        if given(|to| to == "true") {
            continue;
        }
        let auto_verified = pool.auto_verified.contains(&contact);
        let code_first = pool.verify_before_update.as_ref();
        if auto_verified && !unconfirmed && code_first.is_some_and(|list| list.contains(&contact)) {
            for attribute in [name, flag] {
                match current.get(attribute) {
                    Some(old) => after.insert(attribute.to_owned(), old.clone()),
                    None => after.remove(attribute),
                };
            }
        } else {
            after.insert(flag.to_owned(), "false".to_owned());
        }
        if auto_verified {
            codes.push((contact, value));
        }
    }
    if unconfirmed {
        let to = confirmation_contact(pool, &after).map(|(contact, _)| contact);
        codes.retain(|(contact, _)| Some(*contact) == to);
    }
    let changed = User {
        attributes: after,
        ..user.clone()
    };
    Plan {
        update: UserUpdate::new(pool, user, changed),
        codes,
    }
}

/// Where the code of a sign-up goes: to an auto-verified contact that the user has, to the phone
/// alone if there are two (behaviour 3.1).
#[must_use]
pub fn confirmation_contact<'a>(
    pool: &PoolSettings,
    attributes: &'a Attributes,
) -> Option<(Contact, &'a str)> {
    [Contact::PhoneNumber, Contact::Email]
        .into_iter()
        .filter(|contact| pool.auto_verified.contains(contact))
        .find_map(|contact| {
            let value = attributes.get(contact.attribute())?;
            Some((contact, value.as_str()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::domain::user_pool_request::{CreateOnlySettings, PoolRequest};

    fn settings(auto_verified: &[Contact], code_first: &[Contact]) -> PoolSettings {
        let mut settings = PoolRequest::default()
            .create(&CreateOnlySettings::default())
            .unwrap();
        settings.auto_verified = auto_verified.to_vec();
        settings.verify_before_update = Some(code_first.to_vec());
        settings
    }

    fn attributes(of: &[(&str, &str)]) -> Attributes {
        of.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn user(of: &[(&str, &str)]) -> User {
        User {
            pool_id: "us-east-1_A".to_owned(),
            id: "id".to_owned(),
            username: "ada".to_owned(),
            status: UserStatus::Confirmed,
            enabled: true,
            attributes: attributes(of),
            created_at: Timestamp::default(),
            modified_at: Timestamp::default(),
            credentials_version: 1,
            mfa: crate::domain::second_factor::UserMfa::default(),
            version: 1,
        }
    }

    fn set(name: &str, value: &str) -> Change {
        Change::Set(name.to_owned(), value.to_owned())
    }

    const OLD: [(&str, &str); 2] = [("email", "old@x.io"), ("email_verified", "true")];

    #[test]
    fn a_new_address_is_stored_unverified_and_gets_a_code() {
        let plan = plan(
            &settings(&[Contact::Email], &[]),
            user(&OLD),
            &[set("email", "new@x.io")],
        );
        assert_eq!(
            plan.update.after.attributes,
            attributes(&[("email", "new@x.io"), ("email_verified", "false")])
        );
        assert_eq!(plan.codes, [(Contact::Email, "new@x.io".to_owned())]);
    }

    #[test]
    fn an_address_that_is_not_auto_verified_gets_no_code() {
        let plan = plan(&settings(&[], &[]), user(&OLD), &[set("email", "new@x.io")]);
        assert_eq!(
            plan.update.after.attributes,
            attributes(&[("email", "new@x.io"), ("email_verified", "false")])
        );
        assert!(plan.codes.is_empty());
    }

    #[test]
    fn where_verification_comes_before_the_update_the_old_address_stays() {
        let pool = settings(&[Contact::Email], &[Contact::Email]);
        let plan = plan(&pool, user(&OLD), &[set("email", "new@x.io")]);
        assert_eq!(plan.update.after.attributes, attributes(&OLD));
        assert_eq!(plan.codes, [(Contact::Email, "new@x.io".to_owned())]);
    }

    #[test]
    fn the_same_address_is_no_change_and_one_set_as_verified_needs_no_code() {
        let pool = settings(&[Contact::Email], &[Contact::Email]);
        let same = plan(&pool, user(&OLD), &[set("email", "old@x.io")]);
        assert!(!same.update.is_change() && same.codes.is_empty());
        let changes = [set("email", "new@x.io"), set("email_verified", "true")];
        let vouched = plan(&pool, user(&OLD), &changes);
        assert_eq!(
            vouched.update.after.attributes,
            attributes(&[("email", "new@x.io"), ("email_verified", "true")])
        );
        assert!(vouched.codes.is_empty());
    }

    #[test]
    fn an_address_deleted_and_set_again_is_the_same() {
        let pool = settings(&[Contact::Email], &[]);
        let changes = [Change::Delete("email".to_owned()), set("email", "old@x.io")];
        let plan = plan(&pool, user(&OLD), &changes);
        assert_eq!(plan.update.after.attributes, attributes(&OLD));
        assert!(plan.codes.is_empty());
    }

    #[test]
    fn before_the_sign_up_is_confirmed_only_its_own_code_goes_out() {
        let pool = settings(&Contact::ALL, &Contact::ALL);
        let unconfirmed = |of: &[(&str, &str)]| User {
            status: UserStatus::Unconfirmed,
            ..user(of)
        };
        let old = [("email", "old@x.io"), ("email_verified", "false")];
        let alone = plan(&pool, unconfirmed(&old), &[set("email", "new@x.io")]);
        assert_eq!(
            alone.update.after.attributes,
            attributes(&[("email", "new@x.io"), ("email_verified", "false")])
        );
        assert_eq!(alone.codes, [(Contact::Email, "new@x.io".to_owned())]);
        let phone = [("email", "old@x.io"), ("phone_number", "+15555550100")];
        let beside = plan(&pool, unconfirmed(&phone), &[set("email", "new@x.io")]);
        assert!(beside.codes.is_empty());
    }
}
