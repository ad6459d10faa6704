//! The look of login pages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{NAMES, Proof, restarted, started};
use crate::support::pools::laid_over;
use crate::support::{Pool, TestStore, both_stores};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0not much of a picture either";

/// The look with its picture, which the description gives as an address.
async fn look(pool: &Pool, of: &Value) -> Value {
    let answer = pool.admin("GetUICustomization", of.clone()).await.ok();
    let mut look = answer["UICustomization"].clone();
    if let Some(url) = look["ImageUrl"].as_str() {
        let client = &pool.endpoint().client;
        let path = url
            .strip_prefix(pool.endpoint().url())
            .expect("an address of this server");
        let request = client.raw(reqwest::Method::GET, path);
        let picture = request.send().await.unwrap().bytes().await.unwrap();
        look["ImageFile"] = json!(STANDARD.encode(picture));
    }
    look
}

async fn branding(pool: &Pool, client_id: &str) -> Value {
    let input = json!({ "ClientId": client_id });
    let answer = pool
        .admin("DescribeManagedLoginBrandingByClient", input)
        .await;
    answer.ok()["ManagedLoginBranding"].clone()
}

fn asset(category: &str, mode: &str, extension: &str, bytes: &[u8], id: &str) -> Value {
    json!({
        "Category": category, "ColorMode": mode, "Extension": extension, "Bytes": STANDARD.encode(bytes),
        "ResourceId": id,
    })
}

both_stores! {
    async fn the_classic_look(store: TestStore) {
        let mut server = started(&store).await;
        let mut pool = server.pool(json!({})).await;
        pool.admin("CreateUserPoolDomain", json!({ "Domain": "team" })).await.ok();
        let app = pool.client(json!({})).await;
        let mut proof = Proof::of("SetUICustomization").alike(&["UserPoolId", "ClientId"], NAMES);
        let css = |color: &str| format!(".banner-customizable {{ color: {color}; }}");
        for client in ["ALL", app.id.as_str()] {
            let of = json!({ "UserPoolId": pool.id, "ClientId": client });
            let mut before = look(&pool, &of).await;
            for (color, picture) in [("red", PNG), ("blue", JPEG)] {
                let given = json!({ "CSS": css(color), "ImageFile": STANDARD.encode(picture) });
                let input = laid_over(of.clone(), given);
                pool.admin("SetUICustomization", input.clone()).await.ok();
                server = restarted(server, &store).await;
                pool = pool.on(&server);
                let after = look(&pool, &of).await;
                proof.shown(&input, &before, &after);
                before = after;
            }
        }
        proof.end();
        server.stop().await;
    }

    async fn the_managed_look(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let (app, other) = (pool.client(json!({})).await, pool.client(json!({})).await);
        let created = json!({
            "UserPoolId": pool.id, "ClientId": app.id,
            "Settings": { "categories": { "global": { "colorSchemeMode": "DARK" } }, "more": [1, 2.5, null] },
            "Assets": [
                asset("FORM_LOGO", "LIGHT", "PNG", b"logo", "my logo-1"),
                asset("FAVICON_ICO", "DYNAMIC", "ICO", b"icon", "my icon"),
            ],
        });
        let plain = json!({
            "UserPoolId": pool.id, "ClientId": other.id, "UseCognitoProvidedValues": true,
        });
        for input in [&created, &plain] {
            pool.admin("CreateManagedLoginBranding", input.clone()).await.ok();
        }
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let made = branding(&pool, &app.id).await;
        let made_plain = branding(&pool, &other.id).await;
        // No description names the app client, but each was found by its own.
        let mut proof = Proof::of("CreateManagedLoginBranding").except(&["ClientId"], NAMES);
        proof.shown(&created, &json!({}), &made);
        proof.shown(&plain, &made, &made_plain);
        proof.end();

        let id = &made["ManagedLoginBrandingId"];
        let updated = json!({
            "UserPoolId": pool.id, "ManagedLoginBrandingId": id,
            "Settings": { "categories": { "global": { "colorSchemeMode": "LIGHT" } } },
            // The same places with other pictures: another place would be added to them.
            "Assets": [
                asset("FORM_LOGO", "LIGHT", "SVG", b"new logo", "my logo-2"),
                asset("FAVICON_ICO", "DYNAMIC", "PNG", b"new icon", "my new icon"),
            ],
        });
        pool.admin("UpdateManagedLoginBranding", updated.clone()).await.ok();
        let added = json!({
            "UserPoolId": pool.id, "ManagedLoginBrandingId": made_plain["ManagedLoginBrandingId"],
            "Assets": [asset("FORM_LOGO", "DARK", "WEBP", b"dark logo", "my dark logo")],
        });
        pool.admin("UpdateManagedLoginBranding", added.clone()).await.ok();
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let changed = branding(&pool, &app.id).await;
        let mut proof = Proof::of("UpdateManagedLoginBranding")
            .alike(&["UserPoolId", "ManagedLoginBrandingId"], NAMES);
        proof.shown(&updated, &made, &changed);
        proof.shown(&added, &made_plain, &branding(&pool, &other.id).await);
        let emptied = json!({
            "UserPoolId": pool.id, "ManagedLoginBrandingId": id, "UseCognitoProvidedValues": true,
        });
        pool.admin("UpdateManagedLoginBranding", emptied.clone()).await.ok();
        let server = restarted(server, &store).await;
        proof.shown(&emptied, &changed, &branding(&pool.on(&server), &app.id).await);
        proof.end();
        server.stop().await;
    }
}
