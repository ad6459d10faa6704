//! What it means for an e-mail address or phone number to change (behaviour 3.4).

use super::attribute::{Attributes, Contact};
use super::change::{Change, applied};
use super::user_pool::PoolSettings;

/// What changes come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The attributes afterwards.
    pub after: Attributes,
    /// Where codes go: the contact, and the value that redeeming the code verifies.
    pub codes: Vec<(Contact, String)>,
}

/// A contact that gets another value is unverified from then on, unless the change says otherwise,
/// and gets a code if the pool verifies it by itself. Where the pool wants the code first, the old
/// value stays until the code of the new one is redeemed. The value that the user has already is
/// no change.
#[must_use]
pub fn plan(pool: &PoolSettings, current: &Attributes, changes: &[Change]) -> Plan {
    let mut after = applied(current, changes);
    let mut codes = Vec::new();
    for contact in Contact::ALL {
        let (name, flag) = (contact.attribute(), contact.verified_flag());
        let new = after
            .get(name)
            .filter(|value| current.get(name) != Some(value));
        let Some(value) = new.cloned() else {
            continue;
        };
        let vouched = changes
            .iter()
            .any(|change| matches!(change, Change::Set(set, to) if set == flag && to == "true"));
        if vouched {
            continue;
        }
        let auto_verified = pool.auto_verified.contains(&contact);
        let code_first = pool.verify_before_update.as_ref();
        if auto_verified && code_first.is_some_and(|list| list.contains(&contact)) {
            for kept in [name, flag] {
                match current.get(kept) {
                    Some(old) => after.insert(kept.to_owned(), old.clone()),
                    None => after.remove(kept),
                };
            }
        } else {
            after.insert(flag.to_owned(), "false".to_owned());
        }
        if auto_verified {
            codes.push((contact, value));
        }
    }
    Plan { after, codes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user_pool_request::{Foundation, PoolRequest};

    fn settings(auto_verified: &[Contact], code_first: &[Contact]) -> PoolSettings {
        let mut settings = PoolRequest::default()
            .create(&Foundation::default())
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

    fn set(name: &str, value: &str) -> Change {
        Change::Set(name.to_owned(), value.to_owned())
    }

    const OLD: [(&str, &str); 2] = [("email", "old@x.io"), ("email_verified", "true")];

    #[test]
    fn a_new_address_is_stored_unverified_and_gets_a_code() {
        let plan = plan(
            &settings(&[Contact::Email], &[]),
            &attributes(&OLD),
            &[set("email", "new@x.io")],
        );
        assert_eq!(
            plan.after,
            attributes(&[("email", "new@x.io"), ("email_verified", "false")])
        );
        assert_eq!(plan.codes, [(Contact::Email, "new@x.io".to_owned())]);
    }

    #[test]
    fn an_address_that_is_not_verified_by_itself_gets_none() {
        let plan = plan(
            &settings(&[], &[]),
            &attributes(&OLD),
            &[set("email", "new@x.io")],
        );
        assert_eq!(
            plan.after,
            attributes(&[("email", "new@x.io"), ("email_verified", "false")])
        );
        assert!(plan.codes.is_empty());
    }

    #[test]
    fn where_the_code_comes_first_the_old_address_stays() {
        let pool = settings(&[Contact::Email], &[Contact::Email]);
        let plan = plan(&pool, &attributes(&OLD), &[set("email", "new@x.io")]);
        assert_eq!(plan.after, attributes(&OLD));
        assert_eq!(plan.codes, [(Contact::Email, "new@x.io".to_owned())]);
    }

    #[test]
    fn the_same_address_is_no_change_and_a_vouched_one_needs_no_code() {
        let pool = settings(&[Contact::Email], &[Contact::Email]);
        let same = plan(&pool, &attributes(&OLD), &[set("email", "old@x.io")]);
        assert_eq!(
            same,
            Plan {
                after: attributes(&OLD),
                codes: Vec::new()
            }
        );
        let changes = [set("email", "new@x.io"), set("email_verified", "true")];
        let vouched = plan(&pool, &attributes(&OLD), &changes);
        assert_eq!(
            vouched.after,
            attributes(&[("email", "new@x.io"), ("email_verified", "true")])
        );
        assert!(vouched.codes.is_empty());
    }
}
