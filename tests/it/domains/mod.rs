//! Domains of user pools: section 6.1 of the administrator's page.

mod manage;
mod passkeys;
mod refusals;

use serde_json::{Value, json};

use crate::support::pools::laid_over;
use crate::support::refusals::Refusal;
use crate::support::{Answer, Pool};

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:000000000000:certificate/1a2b3c";
const NOT_FOUND: Refusal = (
    "InvalidParameterException",
    "No such domain or user pool exists.",
);
const POOL_HAS_ONE: Refusal = (
    "InvalidParameterException",
    "User pool already has a domain configured.",
);

/// CreateUserPoolDomain.
async fn create(pool: &Pool, domain: &str, input: Value) -> Answer {
    let input = laid_over(json!({ "Domain": domain }), input);
    pool.admin("CreateUserPoolDomain", input).await
}

/// What makes a domain a custom one.
fn custom() -> Value {
    json!({ "CustomDomainConfig": { "CertificateArn": CERTIFICATE } })
}

/// The description of a domain; an object without members where there is none.
async fn described(pool: &Pool, domain: &str) -> Value {
    let input = json!({ "Domain": domain });
    let answer = pool
        .endpoint()
        .admin
        .call("DescribeUserPoolDomain", input)
        .await
        .ok();
    answer["DomainDescription"].clone()
}
