//! Section 4.6: keys, discovery and issuer, as a verifier meets them.

use cognate::config::IssuerMode;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::users::{client_with_ada, confirmed_user, signed_in_ada};
use crate::support::{Pool, TestServer, TestStore, both_stores};

/// A document under the pool's path.
async fn well_known(pool: &Pool, name: &str) -> Value {
    let client = &pool.endpoint().client;
    let path = format!("/{}/.well-known/{name}", pool.id);
    let answer = client.send(client.raw(reqwest::Method::GET, &path)).await;
    let media = answer.header("content-type").unwrap_or_default();
    assert!(media.starts_with("application/json"), "{media}");
    answer.ok()
}

/// Verifies a token as a resource server does, with nothing but the published keys.
fn verify(
    token: &str,
    keys: &Value,
    issuer: &str,
    audience: Option<&str>,
) -> Result<Value, jsonwebtoken::errors::Error> {
    let keys: JwkSet = serde_json::from_value(keys.clone()).expect("a JWK set");
    let kid = decode_header(token)?.kid.expect("a key id");
    let key = keys.find(&kid).expect("a published key of that id");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer]);
    match audience {
        Some(audience) => validation.set_audience(&[audience]),
        None => validation.validate_aud = false,
    }
    decode::<Value>(token, &DecodingKey::from_jwk(key)?, &validation).map(|data| data.claims)
}

both_stores! {
    /// Two keys, each with the members of section 4.1.
    async fn two_keys_are_published(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let published = well_known(&pool, "jwks.json").await;
        let keys = published["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2, "{published}");
        for key in keys {
            assert_eq!(member_names(key), ["alg", "e", "kid", "kty", "n", "use"]);
            assert_eq!(key["alg"], "RS256");
            assert_eq!(key["kty"], "RSA");
            assert_eq!(key["use"], "sig");
        }
        assert_ne!(keys[0]["kid"], keys[1]["kid"]);
        assert_ne!(keys[0]["n"], keys[1]["n"]);
        assert_eq!(published, well_known(&pool, "jwks.json").await);
    }

    /// Both tokens verify against them, the ID token with one key and the access token with the
    /// other.
    async fn tokens_verify_against_the_published_keys(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        let keys = well_known(&app.pool, "jwks.json").await;
        let issuer = format!("{}/{}", server.url(), app.pool.id);
        let id = verify(&tokens.id, &keys, &issuer, Some(&app.id)).unwrap();
        assert_eq!(id["token_use"], "id");
        let access = verify(&tokens.access, &keys, &issuer, None).unwrap();
        assert_eq!(access["token_use"], "access");
        let used = [&tokens.id, &tokens.access].map(|token| decode_header(token).unwrap().kid);
        assert_ne!(used[0], used[1]);
        let refreshed = app.refresh(&tokens.refresh).await.ok();
        let refreshed = refreshed["AuthenticationResult"]["IdToken"].as_str().unwrap();
        verify(refreshed, &keys, &issuer, Some(&app.id)).unwrap();
    }

    /// A pool's tokens are not accepted by another pool.
    async fn each_pool_has_its_own_keys(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let keys = well_known(&pool, "jwks.json").await;
        let foreign = well_known(&other, "jwks.json").await;
        for key in foreign["keys"].as_array().unwrap() {
            for own in keys["keys"].as_array().unwrap() {
                assert_ne!((&own["kid"], &own["n"]), (&key["kid"], &key["n"]));
            }
            let key = DecodingKey::from_jwk(&serde_json::from_value(key.clone()).unwrap()).unwrap();
            let mut validation = Validation::new(Algorithm::RS256);
            validation.validate_aud = false;
            assert!(decode::<Value>(&tokens.access, &key, &validation).is_err());
        }
    }

    /// The discovery document names the issuer in the tokens, and the address of the keys.
    async fn the_discovery_document_names_issuer_and_keys(server: TestServer) {
        let app = client_with_ada(&server).await;
        let document = well_known(&app.pool, "openid-configuration").await;
        let claims = app.sign_in("ada").await.id_claims();
        assert_eq!(document["issuer"], claims["iss"]);
        let keys_at = document["jwks_uri"].as_str().unwrap();
        assert_eq!(keys_at, format!("{}/{}/.well-known/jwks.json", server.url(), app.pool.id));
        assert_eq!(document["id_token_signing_alg_values_supported"], json!(["RS256"]));
        assert_eq!(document["subject_types_supported"], json!(["public"]));
    }

    /// Section 4.6: a pool that does not exist has neither keys nor discovery document.
    async fn an_unknown_pool_has_no_keys_and_no_discovery_document(server: TestServer) {
        for name in ["jwks.json", "openid-configuration"] {
            for pool in ["us-east-1_Nowhere12", "favicon.ico"] {
                let path = format!("/{pool}/.well-known/{name}");
                let request = server.client.raw(reqwest::Method::GET, &path);
                let answer = server.client.send(request).await;
                assert_eq!(answer.status, 404, "{answer}");
                let message = format!("User pool {pool} does not exist.");
                assert_eq!(answer.body, json!({ "message": message }));
                // A page of another origin may read it, as it may read the keys.
                let origin = answer.header("access-control-allow-origin");
                assert_eq!(origin, Some("*"), "{answer}");
            }
        }
    }

    /// The operator chooses the issuer; tokens carry it and the server accepts its own tokens.
    async fn the_configured_issuer_is_in_the_tokens(store: TestStore) {
        for (mode, fixed) in [
            (IssuerMode::Aws, None),
            (IssuerMode::Fixed("https://id.example.com".into()), Some("https://id.example.com")),
        ] {
            let server = TestServer::start(&store, |config| config.tokens.issuer = mode).await;
            let pool = server.pool(json!({})).await;
            let app = pool.client(json!({})).await;
            confirmed_user(&pool, "ada", json!({})).await;
            let tokens = app.sign_in("ada").await;
            let aws = format!("https://cognito-idp.us-east-1.amazonaws.com/{}", pool.id);
            let issuer = fixed.unwrap_or(&aws);
            let keys = well_known(&pool, "jwks.json").await;
            verify(&tokens.id, &keys, issuer, Some(&app.id)).unwrap();
            verify(&tokens.access, &keys, issuer, None).unwrap();
            assert_eq!(well_known(&pool, "openid-configuration").await["issuer"], issuer);
            let user = app.with_token("GetUser", &tokens.access, json!({})).await.ok();
            assert_eq!(user["Username"], "ada");
            app.refresh(&tokens.refresh).await.ok();
            server.stop().await;
        }
    }
}
