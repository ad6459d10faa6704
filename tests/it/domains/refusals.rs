//! Domains that a pool cannot have.

use serde_json::{Value, json};

use super::{CERTIFICATE, NOT_FOUND, POOL_HAS_ONE, create, custom, described};
use crate::support::refusals::{invalid_parameter, refused};
use crate::support::{TestServer, TestStore, at_once, both_stores};

const CHARACTERS: &str = "The domain name contains an invalid character. Domain names can only contain lower-case \
    letters, numbers, and hyphens. Please enter a different name that follows this format: \
    ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$";
const NO_SUBDOMAIN: &str = "Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the \
    parent domain or domain parent is a top-level domain.";
const BAD_CERTIFICATE: &str = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or \
    doesn't include a valid certificate chain.";
const TAKEN: &str = "Domain already associated with another user pool.";
const CUSTOM_TAKEN: &str =
    "One or more of the CNAMEs you provided are already associated with a different resource";

fn certificate(arn: &str) -> Value {
    json!({ "CustomDomainConfig": { "CertificateArn": arn } })
}

both_stores! {
    /// Names, certificates and versions that are wrong; none of them is stored.
    async fn what_is_wrong_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let reserved = |word: &str| format!("Domain cannot contain reserved word: {word}");
        for (name, input, text) in [
            ("Team", json!({}), CHARACTERS.to_owned()),
            ("team-", json!({}), CHARACTERS.to_owned()),
            ("login.example.com", json!({}), CHARACTERS.to_owned()),
            ("login_1.example.com", custom(), CHARACTERS.to_owned()),
            ("my-cognito", json!({}), reserved("cognito")),
            ("aws", json!({}), reserved("aws")),
            ("amazon-team", json!({}), reserved("amazon")),
            ("team", custom(), NO_SUBDOMAIN.to_owned()),
            ("example.com", custom(), NO_SUBDOMAIN.to_owned()),
            ("127.0.0.1", custom(), NO_SUBDOMAIN.to_owned()),
            ("login.example.1", custom(), NO_SUBDOMAIN.to_owned()),
            // Prefixes have such host names.
            ("team.auth.localhost", custom(), CUSTOM_TAKEN.to_owned()),
            ("login.team.auth.localhost", custom(), CUSTOM_TAKEN.to_owned()),
            ("login.example.com", certificate("arn:aws:acm:eu-west-1:000000000000:certificate/1"),
                BAD_CERTIFICATE.to_owned()),
            ("login.example.com", certificate("arn:aws:iam:us-east-1:000000000000:certificate/1"),
                BAD_CERTIFICATE.to_owned()),
            ("team", json!({ "ManagedLoginVersion": 3 }), "ManagedLoginVersion must be 1 or 2.".to_owned()),
            ("team", json!({ "ManagedLoginVersion": 0 }), "ManagedLoginVersion must be 1 or 2.".to_owned()),
        ] {
            let answer = create(&pool, name, input).await;
            invalid_parameter(&answer, &text);
            assert_eq!(described(&pool, name).await, json!({}), "{name}");
        }
        create(&pool, "awsome-team", json!({})).await.ok();
        create(&pool, "login.xauth.localhost", custom()).await.ok();
    }

    /// The server's own host name, and the suffix itself, would be below a suffix of three labels.
    async fn the_servers_own_host_name_is_taken(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.server.public_url = Some("https://id.example.com".to_owned());
            config.server.domain_suffix = Some("auth.example.com".to_owned());
        })
        .await;
        let pool = server.pool(json!({})).await;
        for name in ["id.example.com", "auth.example.com", "team.auth.example.com"] {
            invalid_parameter(&create(&pool, name, custom()).await, CUSTOM_TAKEN);
            assert_eq!(described(&pool, name).await, json!({}), "{name}");
        }
        create(&pool, "my.id.example.com", custom()).await.ok();
        server.stop().await;
    }

    /// A pool has one domain of each kind, and a domain one pool, of whichever pools ask at the same time.
    async fn a_domain_belongs_to_one_pool(server: TestServer) {
        let mut pools = Vec::new();
        for _ in 0..4 {
            pools.push(server.pool(json!({})).await);
        }
        for (name, input, taken) in
            [("team", json!({}), TAKEN), ("login.example.com", custom(), CUSTOM_TAKEN)]
        {
            let answers = at_once(pools.len(), |number| {
                let (pool, input) = (pools[number].clone(), input.clone());
                async move { create(&pool, name, input).await }
            })
            .await;
            assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
            for answer in answers.iter().filter(|answer| answer.status != 200) {
                invalid_parameter(answer, taken);
            }
            let owner = answers.iter().position(|answer| answer.status == 200).unwrap();
            assert_eq!(described(&pools[0], name).await["UserPoolId"], json!(pools[owner].id));
            let second = if name == "team" { "team-2" } else { "www.example.com" };
            refused(&create(&pools[owner], second, input.clone()).await, POOL_HAS_ONE);
            refused(&create(&pools[owner], name, input).await, POOL_HAS_ONE);
        }
    }

    /// An update of what is not there, of another pool's domain, or with what is wrong.
    async fn an_update_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        create(&pool, "team", json!({})).await.ok();
        create(&pool, "login.example.com", custom()).await.ok();
        let before = described(&pool, "team").await;
        let version = |name: &str| json!({ "Domain": name, "ManagedLoginVersion": 2 });
        refused(&other.admin("UpdateUserPoolDomain", version("team")).await, NOT_FOUND);
        refused(&pool.admin("UpdateUserPoolDomain", version("nobody")).await, NOT_FOUND);
        let mut nowhere = version("team");
        nowhere["UserPoolId"] = json!("us-east-1_Nowhere12");
        for operation in ["UpdateUserPoolDomain", "DeleteUserPoolDomain"] {
            refused(&pool.admin(operation, nowhere.clone()).await, NOT_FOUND);
        }
        let text = "User pool us-east-1_Nowhere12 does not exist.";
        let answer = pool.admin("CreateUserPoolDomain", nowhere).await;
        answer.fails("ResourceNotFoundException", text);
        for (name, input, text) in [
            ("team", certificate(CERTIFICATE), "CustomDomainConfig can be given for custom domains only."),
            ("team", json!({ "ManagedLoginVersion": 7 }), "ManagedLoginVersion must be 1 or 2."),
            ("login.example.com", certificate("arn:aws:acm:eu-west-1:000000000000:certificate/1"),
                BAD_CERTIFICATE),
        ] {
            let mut input = input;
            input["Domain"] = json!(name);
            invalid_parameter(&pool.admin("UpdateUserPoolDomain", input).await, text);
        }
        assert_eq!(described(&pool, "team").await, before);
    }
}
