//! Types and texts of the refusals of domains (administration 6.1).

use crate::domain::pool_domain::DomainFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) fn domain(fault: DomainFault) -> (Code, String) {
    let text = match fault {
        DomainFault::NotFound => "No such domain or user pool exists.",
        DomainFault::PrefixTaken => "Domain already associated with another user pool.",
        DomainFault::CustomTaken => {
            "One or more of the CNAMEs you provided are already associated with a different resource"
        }
        DomainFault::PoolHasOne => "User pool already has a domain configured.",
        DomainFault::Reserved(word) => {
            return (
                Code::InvalidParameterException,
                format!("Domain cannot contain reserved word: {word}"),
            );
        }
        DomainFault::Characters => {
            "The domain name contains an invalid character. Domain names can only contain \
             lower-case letters, numbers, and hyphens. Please enter a different name that follows \
             this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$"
        }
        DomainFault::NoSubdomain => {
            "Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the \
             parent domain or domain parent is a top-level domain."
        }
        DomainFault::Certificate => {
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or \
             doesn't include a valid certificate chain."
        }
        DomainFault::PrefixWithCertificate => {
            "CustomDomainConfig can be given for custom domains only."
        }
        DomainFault::Version => "ManagedLoginVersion must be 1 or 2.",
        DomainFault::OfPool => {
            "User pool cannot be deleted. It has a domain configured that should be deleted first."
        }
    };
    (Code::InvalidParameterException, text.to_owned())
}
