//! Identity providers, and users' accounts at them.

use serde_json::{Value, json};

use super::{NAMES, Proof, restarted, started};
use crate::support::users::confirmed_user;
use crate::support::{Pool, TestStore, both_stores};

const METADATA: &str = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://corp.example.com"><md:IDPSSODescriptor/></md:EntityDescriptor>"#;

/// The provider with those of its details that were given: the server adds others (administration 4.1).
async fn described(pool: &Pool, given: &Value) -> Value {
    let input = json!({ "ProviderName": given["ProviderName"] });
    let answer = pool.admin("DescribeIdentityProvider", input).await.ok();
    let mut provider = answer["IdentityProvider"].clone();
    let details = provider["ProviderDetails"].as_object_mut().unwrap();
    details.retain(|key, _| given["ProviderDetails"].get(key).is_some());
    provider
}

fn oidc(client: &str, host: &str) -> Value {
    json!({
        "client_id": client, "client_secret": format!("{client}-secret"),
        "attributes_request_method": "POST", "authorize_scopes": "openid email",
        "oidc_issuer": format!("https://{host}"), "authorize_url": format!("https://{host}/authorize"),
        "token_url": format!("https://{host}/token"), "attributes_url": format!("https://{host}/user"),
        "jwks_uri": format!("https://{host}/keys"), "attributes_url_add_attributes": "false",
    })
}

fn saml() -> Value {
    json!({
        "MetadataFile": METADATA, "IDPSignout": "true", "EncryptedResponses": "true", "IDPInit": "true",
        "RequestSigningAlgorithm": "rsa-sha256",
    })
}

both_stores! {
    async fn identity_providers(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({
            "Schema": [{ "Name": "team", "AttributeDataType": "String", "Mutable": true }],
        })).await;
        let created = json!({
            "UserPoolId": pool.id, "ProviderName": "Okta", "ProviderType": "OIDC",
            "ProviderDetails": oidc("ours", "one.example.com"),
            "AttributeMapping": { "email": "mail", "custom:team": "group" },
            "IdpIdentifiers": ["one.example.com", "also-one"],
            "AcrMapping": { "Level1": "low", "Level4": "high" },
        });
        let others = [
            ("Corp", "SAML", saml()),
            ("Google", "Google", json!({
                "client_id": "ours", "client_secret": "theirs", "authorize_scopes": "email",
            })),
            ("Facebook", "Facebook", json!({
                "client_id": "ours", "client_secret": "theirs", "authorize_scopes": "email",
                "api_version": "v18.0",
            })),
            ("LoginWithAmazon", "LoginWithAmazon", json!({
                "client_id": "ours", "client_secret": "theirs", "authorize_scopes": "profile",
            })),
        ]
        .map(|(name, type_, details)| {
            json!({
                "UserPoolId": pool.id, "ProviderName": name, "ProviderType": type_,
                "ProviderDetails": details,
            })
        });
        let mut apple = json!({
            "UserPoolId": pool.id, "ProviderName": "SignInWithApple", "ProviderType": "SignInWithApple",
            "ProviderDetails": {
                "client_id": "ours", "team_id": "team", "key_id": "key", "private_key": "a private key",
                "authorize_scopes": "email",
            },
        });
        for input in others.iter().chain([&created, &apple]) {
            pool.admin("CreateIdentityProvider", input.clone()).await.ok();
        }
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let made = described(&pool, &created).await;
        let mut proof = Proof::of("CreateIdentityProvider");
        proof.shown(&created, &json!({}), &made);
        for input in &others {
            proof.shown(input, &json!({}), &described(&pool, input).await);
        }
        let shown = described(&pool, &apple).await;
        // Apple's key is the one detail that is never shown (administration 4.1).
        let details = apple["ProviderDetails"].as_object_mut().unwrap();
        details.remove("private_key").expect("the key that was given");
        proof.shown(&apple, &json!({}), &shown);
        proof.end();

        let updated = json!({
            "UserPoolId": pool.id, "ProviderName": "Okta",
            "ProviderDetails": oidc("theirs", "two.example.com"),
            "AttributeMapping": { "name": "display" },
            "IdpIdentifiers": ["two.example.com"],
            "AcrMapping": { "Level2": "middle" },
        });
        pool.admin("UpdateIdentityProvider", updated.clone()).await.ok();
        let server = restarted(server, &store).await;
        let changed = described(&pool.on(&server), &updated).await;
        let mut proof = Proof::of("UpdateIdentityProvider").alike(&["UserPoolId", "ProviderName"], NAMES);
        proof.shown(&updated, &made, &changed);
        proof.end();
        server.stop().await;
    }

    /// A link is shown by the user's attribute `identities`.
    async fn links_of_a_user(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let provider = json!({
            "ProviderName": "Okta", "ProviderType": "OIDC",
            "ProviderDetails": oidc("ours", "one.example.com"),
        });
        pool.admin("CreateIdentityProvider", provider).await.ok();
        confirmed_user(&pool, "ada", json!({})).await;
        let input = json!({
            "UserPoolId": pool.id,
            "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "ada" },
            "SourceUser": {
                "ProviderName": "Okta", "ProviderAttributeName": "Cognito_Subject",
                "ProviderAttributeValue": "00u1",
            },
        });
        pool.admin("AdminLinkProviderForUser", input.clone()).await.ok();
        let server = restarted(server, &store).await;
        let identities = pool.on(&server).attribute("ada", "identities").await.unwrap();
        let identities: Value = serde_json::from_str(&identities).unwrap();
        let link = &identities[0];
        let shown = json!({ "SourceUser": {
            "ProviderName": link["providerName"], "ProviderAttributeValue": link["userId"],
        } });
        let destination = [
            "UserPoolId", "DestinationUser.ProviderName", "DestinationUser.ProviderAttributeName",
            "DestinationUser.ProviderAttributeValue",
        ];
        let mut proof = Proof::of("AdminLinkProviderForUser")
            .except(&destination, NAMES)
            .except(
                &["SourceUser.ProviderAttributeName"],
                "AWS shows it nowhere; AdminDisableProviderForUser finds a link by it",
            );
        proof.shown(&input, &json!({}), &shown);
        proof.end();
        let unlink = json!({ "User": input["SourceUser"] });
        pool.on(&server).admin("AdminDisableProviderForUser", unlink).await.ok();
        server.stop().await;
    }
}
