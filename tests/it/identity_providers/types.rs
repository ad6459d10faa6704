//! What each type of provider needs, and what the server adds.

use serde_json::{Value, json};

use super::{create, describe, is_unknown, oidc, social, update};
use crate::support::pools::laid_over;
use crate::support::refusals::invalid_parameter;
use crate::support::{Pool, TestServer, TestStore, both_stores};

const OIDC_INCOMPLETE: &str = "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.";
const SOCIAL_INCOMPLETE: &str =
    "clientId, clientSecret and authorizeScopes are all required idp details.";
const APPLE_INCOMPLETE: &str =
    "clientId, privateKey, teamId, and keyId are all required idp details.";

const METADATA: &str = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/out"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/post"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/in"/></md:IDPSSODescriptor></md:EntityDescriptor>"#;

fn apple() -> Value {
    json!({
        "client_id": "our-client", "team_id": "T", "key_id": "K", "private_key": "their-key",
        "authorize_scopes": "email name",
    })
}

async fn details(pool: &Pool, type_: &str, given: Value) -> Value {
    let made = create(pool, type_, type_, given, json!({})).await.ok();
    assert_eq!(describe(pool, type_).await.ok(), made);
    made["IdentityProvider"]["ProviderDetails"].clone()
}

/// Neither a provider that is made nor one that is changed may have these details.
async fn refused(pool: &Pool, present: &str, type_: &str, given: Value, text: &str) {
    let before = describe(pool, present).await.ok();
    let input = json!({ "ProviderDetails": given });
    invalid_parameter(&update(pool, present, input).await, text);
    assert_eq!(describe(pool, present).await.ok(), before);
    let other = pool.endpoint().pool(json!({})).await;
    invalid_parameter(
        &create(&other, present, type_, given, json!({})).await,
        text,
    );
    is_unknown(&describe(&other, present).await, present);
}

both_stores! {
    /// The keys that are added, and the mapping where none is given.
    async fn social_providers_get_their_addresses(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (type_, given, added, subject) in [
            (
                "Google",
                social(),
                json!({
                    "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
                    "attributes_url_add_attributes": "true",
                    "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
                    "oidc_issuer": "https://accounts.google.com",
                    "token_request_method": "POST",
                    "token_url": "https://www.googleapis.com/oauth2/v4/token",
                }),
                "sub",
            ),
            (
                "Facebook",
                social(),
                json!({
                    "api_version": "v17.0",
                    "attributes_url": "https://graph.facebook.com/v17.0/me?fields=",
                    "attributes_url_add_attributes": "true",
                    "authorize_url": "https://www.facebook.com/v17.0/dialog/oauth",
                    "token_request_method": "GET",
                    "token_url": "https://graph.facebook.com/v17.0/oauth/access_token",
                }),
                "id",
            ),
            (
                "LoginWithAmazon",
                social(),
                json!({
                    "attributes_url": "https://api.amazon.com/user/profile",
                    "attributes_url_add_attributes": "false",
                    "authorize_url": "https://www.amazon.com/ap/oa",
                    "token_request_method": "POST",
                    "token_url": "https://api.amazon.com/auth/o2/token",
                }),
                "user_id",
            ),
            (
                "SignInWithApple",
                apple(),
                json!({
                    "attributes_url_add_attributes": "false",
                    "authorize_url": "https://appleid.apple.com/auth/authorize",
                    "oidc_issuer": "https://appleid.apple.com",
                    "token_request_method": "POST",
                    "token_url": "https://appleid.apple.com/auth/token",
                }),
                "sub",
            ),
        ] {
            let mut expected = laid_over(given.clone(), added);
            expected.as_object_mut().unwrap().remove("private_key");
            assert_eq!(details(&pool, type_, given).await, expected, "{type_}");
            let described = describe(&pool, type_).await.ok();
            let mapping = &described["IdentityProvider"]["AttributeMapping"];
            assert_eq!(*mapping, json!({ "username": subject }), "{type_}");
            // What was described can be given back.
            if type_ != "SignInWithApple" {
                let input = json!({ "ProviderDetails": expected });
                let updated = update(&pool, type_, input).await.ok();
                assert_eq!(updated["IdentityProvider"]["ProviderDetails"], expected, "{type_}");
            }
        }
    }

    /// A key that is given, an unknown one included, is kept.
    async fn given_keys_are_kept(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let mut given = social();
        given["api_version"] = json!("v19.0");
        given["token_request_method"] = json!("POST");
        given["of_ours"] = json!("kept");
        let found = details(&pool, "Facebook", given).await;
        assert_eq!(found["token_url"], "https://graph.facebook.com/v19.0/oauth/access_token");
        assert_eq!(found["token_request_method"], "POST");
        assert_eq!(found["of_ours"], "kept");
    }

    /// What an OpenID Connect provider is given comes back, and one key more.
    async fn openid_connect_providers_keep_their_addresses(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let given = laid_over(oidc(), json!({
            "client_secret": "their-secret",
            "authorize_url": "https://idp.example.com/authorize",
            "token_url": "http://localhost:8080/token",
            "attributes_url": "http://127.0.0.1:8080/userinfo",
            "jwks_uri": "https://idp.example.com/keys",
        }));
        let made = create(&pool, "Okta", "OIDC", given.clone(), json!({})).await.ok();
        let made = &made["IdentityProvider"];
        let added = json!({ "attributes_url_add_attributes": "false" });
        assert_eq!(made["ProviderDetails"], laid_over(given, added));
        assert_eq!(made["AttributeMapping"], json!({ "username": "sub" }));
    }

    /// Each type says what it lacks.
    async fn incomplete_providers_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create(&pool, "Okta", "OIDC", oidc(), json!({})).await.ok();
        create(&pool, "SignInWithApple", "SignInWithApple", apple(), json!({})).await.ok();
        for type_ in ["Google", "Facebook", "LoginWithAmazon"] {
            create(&pool, type_, type_, social(), json!({})).await.ok();
            for key in ["client_id", "client_secret", "authorize_scopes"] {
                let without = laid_over(social(), json!({ key: null }));
                refused(&pool, type_, type_, without, SOCIAL_INCOMPLETE).await;
                let empty = laid_over(social(), json!({ key: "" }));
                refused(&pool, type_, type_, empty, SOCIAL_INCOMPLETE).await;
            }
        }
        for key in ["client_id", "attributes_request_method", "authorize_scopes", "oidc_issuer"] {
            let without = laid_over(oidc(), json!({ key: null }));
            refused(&pool, "Okta", "OIDC", without, OIDC_INCOMPLETE).await;
        }
        for key in ["client_id", "team_id", "key_id", "private_key"] {
            let without = laid_over(apple(), json!({ key: null }));
            refused(&pool, "SignInWithApple", "SignInWithApple", without, APPLE_INCOMPLETE).await;
        }
    }

    /// Values that no provider can have.
    async fn wrong_values_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create(&pool, "Okta", "OIDC", oidc(), json!({})).await.ok();
        create(&pool, "Facebook", "Facebook", social(), json!({})).await.ok();
        for key in ["oidc_issuer", "authorize_url", "token_url", "attributes_url", "jwks_uri"] {
            let plain = laid_over(oidc(), json!({ key: "http://idp.example.com" }));
            refused(&pool, "Okta", "OIDC", plain, "OIDC endpoint must start with https://").await;
        }
        let method = laid_over(oidc(), json!({ "attributes_request_method": "PUT" }));
        let text = "1 validation error detected: Value 'PUT' at 'attributesRequestMethod' failed to \
                    satisfy constraint: Member must satisfy enum value set: [POST, GET]";
        refused(&pool, "Okta", "OIDC", method, text).await;
        let long = format!("https://idp.example.com/{}", "x".repeat(1_001));
        let long = laid_over(oidc(), json!({ "oidc_issuer": long }));
        let text = "Invalid value of oidc_issuer in ProviderDetails.";
        refused(&pool, "Okta", "OIDC", long, text).await;
        let version = laid_over(social(), json!({ "api_version": "17" }));
        let text = "Invalid value of api_version in ProviderDetails.";
        refused(&pool, "Facebook", "Facebook", version, text).await;
    }

    /// Where the server takes larger bodies, what is stored of a provider is bounded all the same.
    async fn details_are_bounded(store: TestStore) {
        let server = TestServer::start(&store, |config| config.server.max_body_bytes = 1 << 20).await;
        let pool = server.pool(json!({})).await;
        create(&pool, "Okta", "OIDC", oidc(), json!({})).await.ok();
        let long = "x".repeat(131_072);
        let long = laid_over(oidc(), json!({ "one": long, "two": long }));
        refused(&pool, "Okta", "OIDC", long, "ProviderDetails can have at most 262144 bytes.").await;
        server.stop().await;
    }

    /// A social provider has the name of its type, and no other provider has it, or that of the pool's own users.
    async fn names_fit_their_types(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (name, type_, given) in [
            ("Gugel", "Google", social()),
            ("Google", "Facebook", social()),
            ("Google", "OIDC", oidc()),
            ("Apple", "SignInWithApple", apple()),
            ("COGNITO", "OIDC", oidc()),
            ("Cognito", "OIDC", oidc()),
            ("cOgNiTo", "SAML", json!({ "MetadataFile": METADATA })),
        ] {
            let answer = create(&pool, name, type_, given, json!({})).await;
            let text = format!("Provider {name} cannot be of type {type_}.");
            invalid_parameter(&answer, &text);
            is_unknown(&describe(&pool, name).await, name);
        }
        for name in ["a_b_c", "ab", "_abc", "abc_", " abc", "abc ", &"a".repeat(33)] {
            let answer = create(&pool, name, "OIDC", oidc(), json!({})).await;
            answer.fails_as("InvalidParameterException");
        }
        let list = pool.admin("ListIdentityProviders", json!({})).await.ok();
        assert_eq!(list, json!({ "Providers": [] }));
    }

    /// The metadata that is given tells the addresses.
    async fn saml_providers_have_metadata(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let given = json!({ "MetadataFile": METADATA, "EncryptedResponses": "false" });
        let made = create(&pool, "Corp", "SAML", given, json!({})).await.ok();
        let expected = json!({
            "MetadataFile": METADATA,
            "EncryptedResponses": "false",
            "SSORedirectBindingURI": "https://idp.example.com/in",
            "SLORedirectBindingURI": "https://idp.example.com/out",
        });
        let made = &made["IdentityProvider"];
        assert_eq!(made["ProviderDetails"], expected);
        assert_eq!(made["AttributeMapping"], Value::Null);

        // What the server describes may come back; it follows the metadata.
        let moved = METADATA.replace("/in\"", "/moved\"").replace("HTTP-Redirect\" Location=\"https://idp.example.com/out", "SOAP\" Location=\"https://idp.example.com/out");
        let back = laid_over(expected, json!({
            "MetadataFile": moved,
            "ActiveEncryptionCertificate": "old",
            "IDPSignout": "true", "IDPInit": "true", "RequestSigningAlgorithm": "rsa-sha256",
        }));
        let updated = update(&pool, "Corp", json!({ "ProviderDetails": back })).await.ok();
        assert_eq!(
            updated["IdentityProvider"]["ProviderDetails"],
            json!({
                "MetadataFile": moved,
                "EncryptedResponses": "false",
                "IDPSignout": "true",
                "IDPInit": "true",
                "RequestSigningAlgorithm": "rsa-sha256",
                "SSORedirectBindingURI": "https://idp.example.com/moved",
            })
        );

        let url = json!({ "MetadataURL": "https://idp.example.com/metadata" });
        let made = create(&pool, "Other", "SAML", url.clone(), json!({})).await.ok();
        assert_eq!(made["IdentityProvider"]["ProviderDetails"], url);
    }

    /// One source of metadata, and settings that there are.
    async fn wrong_saml_providers_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let good = json!({ "MetadataFile": METADATA });
        create(&pool, "Corp", "SAML", good.clone(), json!({})).await.ok();
        let none = "At least one of the MetadataURL or MetadataFile should be provided.";
        let two = "Only one of the MetadataURL or MetadataFile should be provided.";
        // The parser compares each with all others.
        let many: String = (0..8_000).map(|number| format!(" a{number}=\"\"")).collect();
        let unreadable = "MetadataFile is not the metadata of an identity provider.";
        for (given, text) in [
            (json!({}), none),
            (json!({ "MetadataFile": "" }), none),
            (laid_over(good.clone(), json!({ "MetadataURL": "https://idp.example.com/" })), two),
            (json!({ "MetadataFile": "no metadata" }), unreadable),
            (json!({ "MetadataFile": METADATA.replace("IDPSSO", "SPSSO") }), unreadable),
            (json!({ "MetadataFile": METADATA.replace("https://idp.example.com/in", "javascript:alert(1)") }), unreadable),
            (json!({ "MetadataFile": METADATA.replace("https://idp.example.com/out", "/out") }), unreadable),
            (json!({ "MetadataFile": METADATA.replace("entityID=\"", &format!("entityID=\"{}", "x".repeat(1_024))) }), unreadable),
            (json!({ "MetadataFile": METADATA.replace(" entityID", &format!("{many} entityID")) }), unreadable),
            (json!({ "MetadataURL": "file:///etc/passwd" }), "Invalid value of MetadataURL in ProviderDetails."),
            (
                laid_over(good.clone(), json!({ "IDPInit": "yes" })),
                "Invalid value of IDPInit in ProviderDetails.",
            ),
            (
                laid_over(good, json!({ "RequestSigningAlgorithm": "rsa-sha1" })),
                "Invalid value of RequestSigningAlgorithm in ProviderDetails.",
            ),
        ] {
            refused(&pool, "Corp", "SAML", given, text).await;
        }
    }
}
