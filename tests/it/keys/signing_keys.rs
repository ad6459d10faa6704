//! The exchange of signing keys.

use std::collections::HashMap;
use std::sync::Arc;

use cognate::jobs::{self, JobRunner};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use super::{count, keys, with_keys};
use crate::support::application::{open_app, test_config};
use crate::support::tokens::get_user;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, Pool, TestServer, TestStore, at_once, both_stores, several_nodes};

/// Clients that sign in and verify.
const CLIENTS: usize = 100;
/// Steps of the clock: with a minute each, beyond the lead of ten minutes.
const STEPS: i64 = 14;
/// How long a verifier keeps the JWKS, in seconds: what the server's Cache-Control permits.
const KEEPS_JWKS: i64 = 300;

fn lead_of_ten_minutes(config: &mut cognate::config::Config) {
    with_keys("1", &[])(config);
    config.tokens.signing_key_lead_minutes = 10;
    // Nodes behind one load balancer share the URL that is in the tokens.
    config.server.public_url = Some("http://localhost:2646".into());
}

async fn jwks(server: &TestServer, pool_id: &str) -> HashMap<String, DecodingKey> {
    let path = format!("/{pool_id}/.well-known/jwks.json");
    let request = server.client.raw(reqwest::Method::GET, &path);
    let answer = server.client.send(request).await;
    let keys = answer.ok()["keys"].as_array().unwrap().clone();
    keys.iter()
        .map(|key| {
            let part = |name: &str| key[name].as_str().unwrap();
            let decoding = DecodingKey::from_rsa_components(part("n"), part("e")).unwrap();
            (part("kid").to_owned(), decoding)
        })
        .collect()
}

async fn certificate(pool: &Pool) -> Value {
    let answer = pool.admin("GetSigningCertificate", json!({})).await;
    answer.ok()["Certificate"].clone()
}

fn kid(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

/// Verifies as a service does that knows no clock of ours.
fn verifies(keys: &HashMap<String, DecodingKey>, token: &str) {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = keys.get(&kid(token)).expect("the verifier knows the key");
    decode::<Value>(token, key, &validation).expect("the signature fits");
}

/// Rotates while clients sign in at all nodes in turn, and verify with a JWKS that they keep as long as they may.
async fn rotate_under_load(nodes: &[TestServer], pool: &Pool, app: &AppClient) {
    let store = &nodes[0].store;
    let mut verifiers: Vec<_> = Vec::new();
    for number in 0..CLIENTS {
        verifiers.push((jwks(&nodes[number % nodes.len()], &pool.id).await, 0));
    }
    let mut kids = std::collections::BTreeSet::new();
    let mut first_token = None;
    for step in 0..STEPS {
        if step == 1 {
            let said = keys(store, &["rotate", "--pool", &pool.id], "1", &[]).await;
            assert_eq!(said.status, 0, "{}", said.error);
            assert!(said.out.contains("sign from"), "{}", said.out);
            let again = keys(store, &["rotate", "--all"], "1", &[]).await;
            assert!(again.error.contains("waiting already"), "{}", again.error);
        }
        let apps: Vec<AppClient> = nodes.iter().map(|node| app.at(node)).collect();
        // Two users, since one has at most a thousand sessions; in two rounds, since one source has at most a
        // quarter of the queue.
        let username = if step % 2 == 0 { "ada" } else { "bob" };
        let mut tokens = Vec::new();
        for _ in 0..2 {
            let signed_in = at_once(CLIENTS / 2, |number| {
                let app = apps[number % apps.len()].clone();
                async move { app.sign_in(username).await }
            });
            tokens.extend(signed_in.await);
        }
        for (number, (tokens, (keys, fetched))) in tokens.iter().zip(&mut verifiers).enumerate() {
            // Each fetches at another moment.
            if step * 60 - *fetched >= KEEPS_JWKS
                || (step + i64::try_from(number).unwrap()) % 5 == 0
            {
                *keys = jwks(&nodes[number % nodes.len()], &pool.id).await;
                *fetched = step * 60;
            }
            verifies(keys, &tokens.access);
            verifies(keys, &tokens.id);
            kids.insert(kid(&tokens.access));
        }
        let app = &apps[0];
        let first = first_token.get_or_insert_with(|| tokens[0].access.clone());
        get_user(app, first).await.ok();
        get_user(app, &tokens[CLIENTS - 1].access).await.ok();
        for node in nodes {
            node.advance(60).await;
        }
    }
    assert_eq!(kids.len(), 2, "the new key signs by now");
    assert_eq!(jwks(&nodes[0], &pool.id).await.len(), 4);
}

both_stores! {
    /// No sign-in and no verification fails while keys are exchanged.
    async fn a_rotation_fails_no_request(store: TestStore) {
        let server = TestServer::start(&store, lead_of_ten_minutes).await;
        let pool = server.pool(json!({})).await;
        for username in ["ada", "bob"] {
            confirmed_user(&pool, username, json!({})).await;
        }
        let app = pool.client(json!({})).await;
        rotate_under_load(std::slice::from_ref(&server), &pool, &app).await;
        server.stop().await;
    }

    /// The emergency form ends every token of the former keys, once caches have ended, and spares the sessions.
    async fn a_revoked_key_ends_its_tokens(store: TestStore) {
        let server = TestServer::start(&store, lead_of_ten_minutes).await;
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let app = pool.client(json!({})).await;
        let tokens = app.sign_in("ada").await;
        get_user(&app, &tokens.access).await.ok();
        let former = jwks(&server, &pool.id).await;
        let said = keys(&store, &["rotate", "--pool", &pool.id, "--revoke-now"], "1", &[]).await;
        assert_eq!(said.status, 0, "{}", said.error);
        server.advance(5).await;
        let refused = get_user(&app, &tokens.access).await;
        refused.fails("NotAuthorizedException", "Could not verify signature for Access Token");
        let new = jwks(&server, &pool.id).await;
        assert_eq!(new.len(), 2);
        assert!(new.keys().all(|kid| !former.contains_key(kid)));
        let refreshed = app.refresh(&tokens.refresh).await;
        let access = refreshed.ok()["AuthenticationResult"]["AccessToken"].as_str().unwrap().to_owned();
        verifies(&new, &access);
        get_user(&app, &access).await.ok();
        let said = keys(&store, &["rotate", "--pool", "us-east-1_Nobody", "--revoke-now"], "1", &[]).await;
        assert_eq!(said.status, 1);
        assert!(said.error.contains("no user pool"), "{}", said.error);
        server.stop().await;
    }

    /// The key that signs SAML requests stays in an exchange on schedule, and ends with the others in an emergency.
    async fn a_revoked_pool_has_another_certificate(store: TestStore) {
        let server = TestServer::start(&store, lead_of_ten_minutes).await;
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let (former, others) = (certificate(&pool).await, certificate(&other).await);
        let said = keys(&store, &["rotate", "--pool", &pool.id], "1", &[]).await;
        assert_eq!(said.status, 0, "{}", said.error);
        assert_eq!(certificate(&pool).await, former);
        let said = keys(&store, &["rotate", "--pool", &pool.id, "--revoke-now"], "1", &[]).await;
        assert_eq!(said.status, 0, "{}", said.error);
        assert_eq!(count(&store, "saml_keys").await, 1);
        let new = certificate(&pool).await;
        assert_ne!(new, former);
        assert_eq!(certificate(&pool).await, new);
        assert_eq!(certificate(&other).await, others);
        server.stop().await;
    }

    /// The schedule gives new keys to a pool whose keys are old; the former ones lose their private halves when they
    /// stop signing, and their rows a day later.
    async fn the_schedule_exchanges_old_keys(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let exempt = server.pool(json!({})).await;
        server.stop().await;
        let mut config = test_config(&store);
        config.tokens.signing_key_rotation_days = 30;
        let own = config.pool_settings.entry(exempt.id.clone()).or_default();
        own.tokens.signing_key_rotation_days = Some(0);
        let app = open_app(config).await;
        let runner = JobRunner::new(Arc::clone(&app));
        let rotate = *jobs::ALL.iter().find(|job| job.name == "rotate-signing-keys").unwrap();
        let run = async |seconds: i64| {
            app.clock.advance(seconds);
            assert!(runner.run_once(&rotate).await.unwrap());
        };
        let keys = format!("signing_keys WHERE pool_id = '{}'", pool.id);
        let waiting = format!("{keys} AND signs_from IS NOT NULL");
        let signing = format!("{keys} AND retired_at IS NULL");
        let ended = format!("{keys} AND deleted_after IS NOT NULL AND length(private_key) = 0");
        run(29 * 86_400).await;
        assert_eq!(count(&store, &keys).await, 2);
        run(86_400).await;
        assert_eq!((count(&store, &waiting).await, count(&store, &signing).await), (2, 2));
        // They wait for an hour, and no further ones come meanwhile.
        run(3_540).await;
        assert_eq!((count(&store, &waiting).await, count(&store, &keys).await), (2, 4));
        run(60).await;
        assert_eq!((count(&store, &signing).await, count(&store, &ended).await), (2, 2));
        run(86_400).await;
        assert_eq!(count(&store, &ended).await, 2);
        run(660).await;
        assert_eq!((count(&store, &keys).await, count(&store, &signing).await), (2, 2));
        let others = format!("signing_keys WHERE pool_id = '{}' AND retired_at IS NULL", exempt.id);
        assert_eq!(count(&store, &others).await, 2);
        app.stop().await;
    }
}

several_nodes! {
    /// The same as on one node, with sign-ins on two.
    async fn a_rotation_fails_no_request_on_two_nodes(store: TestStore) {
        let nodes = [
            TestServer::start(&store, lead_of_ten_minutes).await,
            TestServer::start(&store, lead_of_ten_minutes).await,
        ];
        let pool = nodes[0].pool(json!({})).await;
        for username in ["ada", "bob"] {
            confirmed_user(&pool, username, json!({})).await;
        }
        let app = pool.client(json!({})).await;
        rotate_under_load(&nodes, &pool, &app).await;
        for node in &nodes {
            node.stop().await;
        }
    }
}
