//! The domains of user pools, under which their login pages are (administration 6.1, domain 12).

use serde::{Deserialize, Serialize};

use super::category::Category;
use super::time::Timestamp;

/// Words that no part of a prefix may be.
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];
/// The longest name and the longest label of one.
const MAX_LENGTH: usize = 63;
/// The version of the login pages, unless the request says otherwise.
const DEFAULT_VERSION: i32 = 1;

/// A domain of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolDomain {
    /// The pool.
    pub pool_id: String,
    /// The prefix, or the whole name of a custom domain.
    pub name: String,
    /// The certificate of a custom domain; `None` for a prefix.
    pub certificate: Option<Certificate>,
    /// The version of the login pages: 1 are the classic ones, 2 managed login.
    pub managed_login_version: i32,
    /// Where requests go when the pool's region fails.
    pub routing: Option<Routing>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

impl PoolDomain {
    /// Whether it has the pages of managed login, and not the classic ones.
    #[must_use]
    pub const fn has_managed_login(&self) -> bool {
        self.managed_login_version > 1
    }
}

/// The certificate of a custom domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Certificate {
    /// Its ARN.
    pub certificate_arn: String,
    /// The oldest TLS that connections may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_policy: Option<String>,
}

/// Where requests go when the pool's region fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Routing {
    /// To another region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover: Option<Failover>,
}

/// Another region that takes over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Failover {
    /// Its name.
    pub secondary_region: String,
    /// What tells that it has to.
    #[serde(rename = "PrimaryRoute53HealthCheckId")]
    pub primary_route53_health_check_id: String,
}

/// The names of a pool's domains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainNames {
    /// The prefix.
    pub prefix: Option<String>,
    /// The custom domain.
    pub custom: Option<String>,
}

/// What a request gives of a domain. An absent member leaves what there is.
#[derive(Clone, Debug, Default)]
pub struct DomainRequest {
    /// The certificate of a custom domain.
    pub certificate: Option<Certificate>,
    /// The version of the login pages.
    pub managed_login_version: Option<i32>,
    /// Where requests go when the pool's region fails.
    pub routing: Option<Routing>,
}

impl DomainRequest {
    /// A new domain of the pool.
    ///
    /// # Errors
    /// [`DomainFault`].
    pub fn create(
        self,
        pool_id: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<PoolDomain, DomainFault> {
        match &self.certificate {
            Some(_) => check_custom(name)?,
            None => check_prefix(name)?,
        }
        self.check()?;
        Ok(PoolDomain {
            pool_id: pool_id.to_owned(),
            name: name.to_owned(),
            certificate: self.certificate,
            managed_login_version: self.managed_login_version.unwrap_or(DEFAULT_VERSION),
            routing: self.routing,
            created_at: now,
            modified_at: now,
        })
    }

    /// The domain with what the request gives.
    ///
    /// # Errors
    /// [`DomainFault`].
    pub fn update(self, domain: PoolDomain, now: Timestamp) -> Result<PoolDomain, DomainFault> {
        if self.certificate.is_some() && domain.certificate.is_none() {
            return Err(DomainFault::PrefixWithCertificate);
        }
        self.check()?;
        Ok(PoolDomain {
            certificate: self.certificate.or(domain.certificate),
            managed_login_version: self
                .managed_login_version
                .unwrap_or(domain.managed_login_version),
            routing: self.routing.or(domain.routing),
            modified_at: now,
            pool_id: domain.pool_id,
            name: domain.name,
            created_at: domain.created_at,
        })
    }

    fn check(&self) -> Result<(), DomainFault> {
        if let Some(certificate) = &self.certificate {
            // arn:partition:acm:us-east-1:account:certificate/id
            let mut parts = certificate.certificate_arn.split(':').skip(2);
            if (parts.next(), parts.next()) != (Some("acm"), Some("us-east-1")) {
                return Err(DomainFault::Certificate);
            }
        }
        match self.managed_login_version {
            None | Some(1 | 2) => Ok(()),
            Some(_) => Err(DomainFault::Version),
        }
    }
}

/// Whether the text is a label of a host name in small letters.
fn is_label(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_LENGTH).contains(&text.len())
        && text.bytes().all(known)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn check_prefix(name: &str) -> Result<(), DomainFault> {
    if !is_label(name) {
        return Err(DomainFault::Characters);
    }
    match RESERVED
        .into_iter()
        .find(|word| name.split('-').any(|part| part == *word))
    {
        Some(word) => Err(DomainFault::Reserved(word)),
        None => Ok(()),
    }
}

/// A custom domain is a subdomain of a domain that somebody can own, so it has three labels at least. Name servers are
/// not asked.
fn check_custom(name: &str) -> Result<(), DomainFault> {
    if !name.split('.').all(is_label) {
        return Err(DomainFault::Characters);
    }
    // Browsers take a host name whose last label is a number for an address.
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    if name.split('.').count() < 3 || name.rsplit('.').next().is_some_and(is_number) {
        return Err(DomainFault::NoSubdomain);
    }
    Ok(())
}

/// What stands before the suffix of the host names of prefixes; `None` if the host name does not end with it.
#[must_use]
pub fn prefix_of_host<'a>(host: &'a str, suffix: &str) -> Option<&'a str> {
    host.strip_suffix(suffix)?.strip_suffix('.')
}

/// Whether the host name cannot be a custom domain, because it is the server's own or belongs to the host names of
/// prefixes (domain 12).
#[must_use]
pub fn is_servers_own(host: &str, own: Option<&str>, suffix: Option<&str>) -> bool {
    let is_host = |known: &str| known.eq_ignore_ascii_case(host);
    own.is_some_and(is_host)
        || suffix.is_some_and(|suffix| is_host(suffix) || prefix_of_host(host, suffix).is_some())
}

/// Why something is not done with a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainFault {
    /// The pool has no domain of this name, or there is no such pool.
    NotFound,
    /// The prefix is taken.
    PrefixTaken,
    /// The custom domain is taken, or the host name is the server's own.
    CustomTaken,
    /// The pool has a domain of this kind.
    PoolHasOne,
    /// A part of the prefix is this word.
    Reserved(&'static str),
    /// The name has a character that no name has.
    Characters,
    /// The custom domain is no subdomain of one that somebody can own.
    NoSubdomain,
    /// The certificate is none that custom domains can have.
    Certificate,
    /// A prefix has no certificate.
    PrefixWithCertificate,
    /// There is no such version of the login pages.
    Version,
    /// The pool is not deleted while it has a domain.
    OfPool,
}

impl DomainFault {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::NotFound => Category::NotFound,
            Self::PrefixTaken | Self::CustomTaken | Self::PoolHasOne => Category::AlreadyExists,
            Self::OfPool => Category::WrongState,
            Self::Reserved(_)
            | Self::Characters
            | Self::NoSubdomain
            | Self::Certificate
            | Self::PrefixWithCertificate
            | Self::Version => Category::InvalidInput,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_host_names_are_no_custom_domains() {
        let is_own = |host| is_servers_own(host, Some("id.example.com"), Some("auth.example.com"));
        for own in [
            "id.example.com",
            "auth.example.com",
            "team.auth.example.com",
            "a.b.auth.example.com",
        ] {
            assert!(is_own(own), "{own}");
        }
        for other in ["my.id.example.com", "team.xauth.example.com", "example.com"] {
            assert!(!is_own(other), "{other}");
        }
        assert!(!is_servers_own("id.example.com", None, None));
    }

    #[test]
    fn prefixes_are_labels_without_reserved_words() {
        for good in [
            "a",
            "7",
            "my-app-1",
            "awsome",
            "my-awsome-cognitos",
            &"a".repeat(63),
        ] {
            assert_eq!(check_prefix(good), Ok(()), "{good}");
        }
        for wrong in [
            "",
            "-a",
            "a-",
            "A",
            "a.b",
            "a_b",
            "ä",
            "a b",
            &"a".repeat(64),
        ] {
            assert_eq!(check_prefix(wrong), Err(DomainFault::Characters), "{wrong}");
        }
        for (name, word) in [
            ("aws", "aws"),
            ("my-amazon", "amazon"),
            ("a-cognito-b", "cognito"),
        ] {
            assert_eq!(
                check_prefix(name),
                Err(DomainFault::Reserved(word)),
                "{name}"
            );
        }
    }

    #[test]
    fn custom_domains_are_subdomains() {
        for good in ["auth.example.com", "a.b.example.co.uk", "aws.example.com"] {
            assert_eq!(check_custom(good), Ok(()), "{good}");
        }
        for wrong in [
            "",
            "auth.Example.com",
            "auth..com",
            ".auth.example.com",
            "auth.example.com.",
            "-a.b.c",
        ] {
            assert_eq!(check_custom(wrong), Err(DomainFault::Characters), "{wrong}");
        }
        for wrong in ["example.com", "com"] {
            assert_eq!(
                check_custom(wrong),
                Err(DomainFault::NoSubdomain),
                "{wrong}"
            );
        }
    }
}
