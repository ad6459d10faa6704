//! Policies that need not be written.

use super::{EVERYTHING, Policy};

/// A ready-made policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyMade {
    /// Every operation.
    FullAccess,
    /// The operations that read.
    ReadOnly,
    /// Every operation on one user pool.
    PoolAdministrator,
}

impl ReadyMade {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FullAccess, Self::ReadOnly, Self::PoolAdministrator];

    /// The name by which it is asked for.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FullAccess => "full-access",
            Self::ReadOnly => "read-only",
            Self::PoolAdministrator => "pool-administrator",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|ready_made| ready_made.name() == name)
    }

    /// The policy as JSON, for `resource`: an ARN, or everything.
    #[must_use]
    pub fn document(self, resource: &str) -> String {
        let statements = match self {
            Self::FullAccess | Self::PoolAdministrator => {
                format!(r#"{{"Effect":"Allow","Action":"cognito-idp:*","Resource":"{resource}"}}"#)
            }
            // The two that are denied begin like those that read, and hand out tokens.
            Self::ReadOnly => format!(
                r#"{{"Effect":"Allow","Action":["cognito-idp:Describe*","cognito-idp:Get*","cognito-idp:List*","cognito-idp:AdminGet*","cognito-idp:AdminList*"],"Resource":"{resource}"}},{{"Effect":"Deny","Action":["cognito-idp:GetClientToken","cognito-idp:GetDerivedToken"],"Resource":"*"}}"#
            ),
        };
        format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
    }

    /// What the policy `text` is, in a few words.
    #[must_use]
    pub fn summary(text: &str) -> String {
        let Ok(policy) = Policy::parse(text) else {
            return "not readable".to_owned();
        };
        for ready_made in [Self::FullAccess, Self::ReadOnly] {
            if ready_made.document(EVERYTHING) == text {
                return ready_made.name().to_owned();
            }
        }
        for ready_made in [Self::PoolAdministrator, Self::ReadOnly] {
            let resource = policy
                .resources()
                .find(|resource| ready_made.document(resource) == text);
            if let Some((_, pool_id)) = resource.and_then(|arn| arn.rsplit_once('/')) {
                return format!("{} {pool_id}", ready_made.name());
            }
        }
        match policy.len() {
            1 => "1 statement".to_owned(),
            number => format!("{number} statements"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decision, action, pool_arn};
    use super::*;

    fn decide(ready_made: ReadyMade, resource: &str, operation: &str, called: &str) -> Decision {
        let policy = Policy::parse(&ready_made.document(resource)).unwrap();
        policy.decide(&action(operation), called)
    }

    #[test]
    fn each_allows_what_it_is_for() {
        let pool = pool_arn("eu-west-1", "000000000000", "eu-west-1_A");
        let other = pool_arn("eu-west-1", "000000000000", "eu-west-1_B");
        let full = |operation, called| decide(ReadyMade::FullAccess, EVERYTHING, operation, called);
        assert_eq!(full("CreateUserPool", EVERYTHING), Decision::Allowed);
        assert_eq!(full("DeleteUserPool", &pool), Decision::Allowed);

        let read = |operation, called| decide(ReadyMade::ReadOnly, EVERYTHING, operation, called);
        for operation in [
            "ListUsers",
            "DescribeUserPool",
            "GetGroup",
            "AdminGetUser",
            "AdminListDevices",
        ] {
            assert_eq!(read(operation, &pool), Decision::Allowed, "{operation}");
        }
        assert_eq!(read("ListUserPools", EVERYTHING), Decision::Allowed);
        for operation in [
            "CreateGroup",
            "AdminSetUserPassword",
            "AdminInitiateAuth",
            "TagResource",
        ] {
            assert_eq!(read(operation, &pool), Decision::NotAllowed, "{operation}");
        }
        for operation in ["GetClientToken", "GetDerivedToken"] {
            assert_eq!(read(operation, EVERYTHING), Decision::Denied, "{operation}");
        }

        let one =
            |operation, called| decide(ReadyMade::PoolAdministrator, &pool, operation, called);
        assert_eq!(one("DeleteUserPool", &pool), Decision::Allowed);
        assert_eq!(one("DescribeUserPool", &other), Decision::NotAllowed);
        assert_eq!(one("ListUserPools", EVERYTHING), Decision::NotAllowed);
    }

    #[test]
    fn a_summary_names_the_ready_made_ones() {
        let pool = pool_arn("eu-west-1", "000000000000", "eu-west-1_A");
        for (text, summary) in [
            (ReadyMade::FullAccess.document("*"), "full-access"),
            (ReadyMade::ReadOnly.document("*"), "read-only"),
            (ReadyMade::PoolAdministrator.document(&pool), "pool-administrator eu-west-1_A"),
            (ReadyMade::ReadOnly.document(&pool), "read-only eu-west-1_A"),
            (
                r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#.to_owned(),
                "1 statement",
            ),
            (
                r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Allow","NotAction":"*","Resource":"*"}]}"#.to_owned(),
                "2 statements",
            ),
            ("{}".to_owned(), "not readable"),
        ] {
            assert_eq!(ReadyMade::summary(&text), summary);
        }
    }

    #[test]
    fn each_has_a_name() {
        for ready_made in ReadyMade::ALL {
            assert_eq!(ReadyMade::from_name(ready_made.name()), Some(ready_made));
        }
        assert_eq!(ReadyMade::from_name("everything"), None);
    }
}
