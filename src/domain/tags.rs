//! Tags of a user pool, which only the operator reads.

use std::collections::BTreeMap;

use super::setting_fault::SettingFault;

/// Tags by their keys.
pub type Tags = BTreeMap<String, String>;

/// Most tags of a pool (behaviour 8).
const MAX_TAGS: usize = 50;
/// What the keys of AWS's own tags begin with, in whatever case.
const RESERVED: &str = "aws:";

/// Checks the tags that a request gives.
///
/// # Errors
/// [`SettingFault::ReservedTag`], [`SettingFault::TooManyTags`].
pub fn check(given: &Tags) -> Result<(), SettingFault> {
    let is_reserved = |key: &&String| {
        let start = key.get(..RESERVED.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
    };
    if let Some(reserved) = given.keys().find(is_reserved) {
        return Err(SettingFault::ReservedTag(reserved.clone()));
    }
    check_number(given)
}

/// Adds tags to those that are there; one with the same key replaces it.
///
/// # Errors
/// As [`check`].
pub fn add(tags: &mut Tags, given: Tags) -> Result<(), SettingFault> {
    check(&given)?;
    tags.extend(given);
    check_number(tags)
}

fn check_number(tags: &Tags) -> Result<(), SettingFault> {
    if tags.len() > MAX_TAGS {
        return Err(SettingFault::TooManyTags(MAX_TAGS));
    }
    Ok(())
}

/// What an ARN says of a user pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolArn<'a> {
    /// The region.
    pub region: &'a str,
    /// The account.
    pub account: &'a str,
    /// The pool's id.
    pub pool_id: &'a str,
}

impl<'a> PoolArn<'a> {
    /// Reads an ARN; `None` if it is not a user pool's.
    #[must_use]
    pub fn read(arn: &'a str) -> Option<Self> {
        // arn:partition:cognito-idp:region:account:userpool/id
        let mut parts = arn.split(':');
        let (_arn, _partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let pool_id = resource.strip_prefix("userpool/")?;
        let is_whole = parts.next().is_none() && !pool_id.is_empty() && !pool_id.contains('/');
        (service == "cognito-idp" && is_whole).then_some(Self {
            region,
            account,
            pool_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(count: usize) -> Tags {
        (0..count).map(|n| (n.to_string(), String::new())).collect()
    }

    #[test]
    fn added_tags_replace_those_of_the_same_key_up_to_fifty() {
        let mut present = tags(49);
        let given: Tags = [
            ("0".to_owned(), "new".to_owned()),
            ("x".to_owned(), String::new()),
        ]
        .into();
        assert_eq!(add(&mut present, given), Ok(()));
        assert_eq!(present.len(), 50);
        assert_eq!(present.get("0").map(String::as_str), Some("new"));
        let one_more = [("y".to_owned(), String::new())].into();
        assert_eq!(
            add(&mut present, one_more),
            Err(SettingFault::TooManyTags(50))
        );
    }

    #[test]
    fn keys_of_aws_are_reserved() {
        let check = |key: &str| check(&[(key.to_owned(), String::new())].into());
        for reserved in ["aws:", "AWS:x", "Aws:cloudformation:stack-name"] {
            let fault = SettingFault::ReservedTag(reserved.to_owned());
            assert_eq!(check(reserved), Err(fault));
        }
        for free in ["aws", "awsx:", "x:aws:", "äws:", "a"] {
            assert_eq!(check(free), Ok(()), "{free}");
        }
    }

    #[test]
    fn an_arn_names_a_pool() {
        let arn = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_Abc";
        let expected = PoolArn {
            region: "eu-west-1",
            account: "000000000000",
            pool_id: "eu-west-1_Abc",
        };
        assert_eq!(PoolArn::read(arn), Some(expected));
        for other in [
            "arn:aws:s3:eu-west-1:000000000000:userpool/eu-west-1_Abc",
            "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/",
            "arn:aws:cognito-idp:eu-west-1:000000000000:eu-west-1_Abc",
            "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_Abc/client/x",
            "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_Abc:x",
            "arn:aws:cognito-idp:eu-west-1",
        ] {
            assert_eq!(PoolArn::read(other), None, "{other}");
        }
    }
}
