//! Managed login brandings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::{AppClient, laid_over};
use crate::support::refusals::{Refusal, invalid_parameter, refused};
use crate::support::{Answer, Pool, TestServer, TestStore, at_once, both_stores};

const NOT_FOUND: Refusal = (
    "ResourceNotFoundException",
    "Managed login branding does not exist.",
);
const EXISTS: Refusal = (
    "ManagedLoginBrandingExistsException",
    "Managed login branding already exists for the app client.",
);
const ONE_OF_TWO: &str = "useCognitoProvidedValues or settings should be specified (but not both)";

async fn create(app: &AppClient, input: Value) -> Answer {
    let input = laid_over(json!({ "ClientId": app.id }), input);
    app.pool.admin("CreateManagedLoginBranding", input).await
}

async fn made(app: &AppClient, input: Value) -> Value {
    let answer = create(app, input).await.ok();
    assert_eq!(member_names(&answer), ["ManagedLoginBranding"]);
    answer["ManagedLoginBranding"].clone()
}

async fn describe(pool: &Pool, id: &Value, merged: bool) -> Answer {
    let input = json!({ "ManagedLoginBrandingId": id, "ReturnMergedResources": merged });
    pool.admin("DescribeManagedLoginBranding", input).await
}

async fn update(pool: &Pool, id: &Value, input: Value) -> Answer {
    let input = laid_over(json!({ "ManagedLoginBrandingId": id }), input);
    pool.admin("UpdateManagedLoginBranding", input).await
}

fn settings() -> Value {
    json!({
        "components": { "primaryButton": { "lightMode": { "defaults": { "backgroundColor": "0972d3ff" } } } },
        "categories": { "global": { "colorSchemeMode": "DARK" } },
        "unknown": [1, 2.5, null, "é"],
    })
}

fn asset(category: &str, mode: &str, bytes: &[u8]) -> Value {
    json!({
        "Category": category, "ColorMode": mode, "Extension": "PNG", "Bytes": STANDARD.encode(bytes),
    })
}

both_stores! {
    /// Settings and pictures come back as they were given, by id and by app client, after a restart too.
    async fn a_branding_is_described_as_it_was_made(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let mut named = asset("FORM_LOGO", "LIGHT", b"logo");
        named["ResourceId"] = json!("my logo-1");
        let assets = json!([named, asset("FORM_LOGO", "DARK", b"dark")]);
        let branding = made(&app, json!({ "Settings": settings(), "Assets": assets })).await;
        assert_eq!(
            member_names(&branding),
            [
                "Assets", "CreationDate", "LastModifiedDate", "ManagedLoginBrandingId", "Settings",
                "UseCognitoProvidedValues", "UserPoolId",
            ]
        );
        let id = branding["ManagedLoginBrandingId"].as_str().unwrap();
        assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 4);
        assert_eq!(branding["UserPoolId"], json!(pool.id));
        assert_eq!(branding["UseCognitoProvidedValues"], false);
        assert_eq!(branding["Settings"], settings());
        assert_eq!(branding["Assets"], assets);
        assert_eq!(branding["CreationDate"], branding["LastModifiedDate"]);
        server.stop().await;

        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        let id = json!(id.to_uppercase());
        assert_eq!(describe(&pool, &id, false).await.ok()["ManagedLoginBranding"], branding);
        let by_client = json!({ "ClientId": app.id });
        let answer = pool.admin("DescribeManagedLoginBrandingByClient", by_client).await.ok();
        assert_eq!(answer["ManagedLoginBranding"], branding);
        server.stop().await;
    }

    /// Merged, a branding has the defaults for what it does not say; one that uses them has no settings else.
    async fn defaults_are_merged_when_asked_for(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let plain = made(&app, json!({ "UseCognitoProvidedValues": true })).await;
        assert_eq!(plain["UseCognitoProvidedValues"], true);
        assert_eq!(
            member_names(&plain),
            ["CreationDate", "LastModifiedDate", "ManagedLoginBrandingId", "UseCognitoProvidedValues", "UserPoolId"]
        );
        let id = &plain["ManagedLoginBrandingId"];
        let merged = describe(&pool, id, true).await.ok()["ManagedLoginBranding"].clone();
        let defaults = merged["Settings"].clone();
        assert_eq!(defaults["categories"]["global"]["colorSchemeMode"], "LIGHT");
        assert_eq!(merged["UseCognitoProvidedValues"], true);

        update(&pool, id, json!({ "Settings": settings() })).await.ok();
        let input = json!({ "ClientId": app.id, "ReturnMergedResources": true });
        let answer = pool.admin("DescribeManagedLoginBrandingByClient", input).await.ok();
        let mut expected = defaults;
        expected["categories"]["global"]["colorSchemeMode"] = json!("DARK");
        expected["components"]["primaryButton"]["lightMode"]["defaults"]["backgroundColor"] = json!("0972d3ff");
        expected["unknown"] = settings()["unknown"].clone();
        assert_eq!(answer["ManagedLoginBranding"]["Settings"], expected);
        let stored = describe(&pool, id, false).await.ok()["ManagedLoginBranding"].clone();
        assert_eq!(stored["Settings"], settings());
    }

    /// Either settings or the defaults, and pictures with what they need; a refusal makes nothing.
    async fn what_is_wrong_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let with = |assets: Value| json!({ "UseCognitoProvidedValues": true, "Assets": assets });
        let icon = laid_over(asset("FORM_LOGO", "LIGHT", b"x"), json!({ "Extension": "ICO" }));
        let bare = laid_over(asset("FORM_LOGO", "LIGHT", b"x"), json!({ "Bytes": null }));
        let twice = [asset("FORM_LOGO", "LIGHT", b"x"), asset("FORM_LOGO", "LIGHT", b"y")];
        for (input, text) in [
            (json!({}), ONE_OF_TWO),
            (json!({ "UseCognitoProvidedValues": false }), ONE_OF_TWO),
            (json!({ "UseCognitoProvidedValues": true, "Settings": settings() }), ONE_OF_TWO),
            (json!({ "Settings": "text" }), "Settings must be a JSON object."),
            (json!({ "Settings": [settings()] }), "Settings must be a JSON object."),
            (with(json!([icon])), "The extension ICO is permitted for FAVICON_ICO only."),
            (with(json!([bare])), "Each asset must have Bytes."),
            (with(json!(twice)), "Assets must differ in Category or ColorMode."),
        ] {
            invalid_parameter(&create(&app, input).await, text);
        }
        let by_client = json!({ "ClientId": app.id });
        refused(&pool.admin("DescribeManagedLoginBrandingByClient", by_client).await, NOT_FOUND);
        let favicon = laid_over(asset("FAVICON_ICO", "LIGHT", b"x"), json!({ "Extension": "ICO" }));
        let branding = made(&app, with(json!([favicon.clone()]))).await;
        assert_eq!(branding["Assets"], json!([favicon]));
    }

    /// What is not given stays; pictures are replaced by category and colour mode, or added.
    async fn an_update_merges(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let first = asset("FORM_LOGO", "LIGHT", b"first");
        let branding = made(&app, json!({ "Settings": settings(), "Assets": [first] })).await;
        let id = &branding["ManagedLoginBrandingId"];
        server.advance(5).await;
        let (dark, new) = (asset("FORM_LOGO", "DARK", b"dark"), asset("FORM_LOGO", "LIGHT", b"new"));
        let mut expected = branding.clone();
        for (change, member, value) in [
            (json!({ "Assets": [dark] }), "Assets", json!([first, dark])),
            (json!({ "Assets": [new], "UseCognitoProvidedValues": false }), "Assets", json!([new, dark])),
            (json!({ "Settings": {} }), "Settings", json!({})),
            (json!({}), "Settings", json!({})),
        ] {
            let answer = update(&pool, id, change).await.ok()["ManagedLoginBranding"].clone();
            assert!(answer["LastModifiedDate"].as_f64() > branding["LastModifiedDate"].as_f64());
            expected[member] = value;
            expected["LastModifiedDate"] = answer["LastModifiedDate"].clone();
            assert_eq!(answer, expected);
            assert_eq!(describe(&pool, id, false).await.ok()["ManagedLoginBranding"], expected);
        }
        let both = json!({ "UseCognitoProvidedValues": true, "Settings": settings() });
        invalid_parameter(&update(&pool, id, both).await, ONE_OF_TWO);
        assert_eq!(describe(&pool, id, false).await.ok()["ManagedLoginBranding"], expected);
        let plain = update(&pool, id, json!({ "UseCognitoProvidedValues": true })).await.ok();
        let plain = &plain["ManagedLoginBranding"];
        assert_eq!(plain["UseCognitoProvidedValues"], true);
        assert_eq!(plain["Settings"], Value::Null);
        assert_eq!(plain["Assets"], json!([new, dark]));
    }

    /// As many pictures as a branding may have, of the largest size; no update goes beyond.
    async fn pictures_are_bounded(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let categories = [
            "FAVICON_SVG", "EMAIL_GRAPHIC", "SMS_GRAPHIC", "AUTH_APP_GRAPHIC", "PASSWORD_GRAPHIC",
            "PASSKEY_GRAPHIC", "PAGE_HEADER_LOGO", "PAGE_HEADER_BACKGROUND", "PAGE_FOOTER_LOGO",
            "PAGE_FOOTER_BACKGROUND", "PAGE_BACKGROUND", "FORM_BACKGROUND", "FORM_LOGO", "IDP_BUTTON_ICON",
        ];
        let mut assets: Vec<Value> = Vec::new();
        for mode in ["LIGHT", "DARK", "DYNAMIC"] {
            assets.extend(categories.iter().map(|category| asset(category, mode, b"x")));
        }
        let last = assets.split_off(40);
        assert_eq!(last.len(), 2);
        let branding =
            made(&app, json!({ "UseCognitoProvidedValues": true, "Assets": assets })).await;
        let id = &branding["ManagedLoginBrandingId"];
        let answer = update(&pool, id, json!({ "Assets": last })).await;
        invalid_parameter(&answer, "A managed login branding can have at most 40 assets.");
        let large = vec![7; 1_000_000];
        let replaced = asset("FORM_LOGO", "LIGHT", &large);
        update(&pool, id, json!({ "Assets": [replaced] })).await.ok();
        let found = describe(&pool, id, false).await.ok()["ManagedLoginBranding"].clone();
        assert_eq!(found["Assets"].as_array().unwrap().len(), 40);
        assert!(found["Assets"].as_array().unwrap().contains(&replaced));
        let larger = asset("FORM_LOGO", "LIGHT", &vec![7; 1_000_001]);
        let answer = update(&pool, id, json!({ "Assets": [larger] })).await;
        answer.fails_as("InvalidParameterException");
    }

    /// An app client has one branding, which ends when it is deleted, or with the client.
    async fn a_client_has_one_branding(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let (app, other) = (pool.client(json!({})).await, pool.client(json!({})).await);
        let plain = json!({ "UseCognitoProvidedValues": true });
        let answers = at_once(4, |_| {
            let (app, plain) = (app.clone(), plain.clone());
            async move { create(&app, plain).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            refused(answer, EXISTS);
        }
        let second = made(&other, plain.clone()).await;
        let id = &second["ManagedLoginBrandingId"];
        let delete = json!({ "ManagedLoginBrandingId": id });
        assert_eq!(pool.admin("DeleteManagedLoginBranding", delete.clone()).await.ok(), json!({}));
        refused(&pool.admin("DeleteManagedLoginBranding", delete).await, NOT_FOUND);
        refused(&describe(&pool, id, false).await, NOT_FOUND);
        refused(&update(&pool, id, plain.clone()).await, NOT_FOUND);
        let third = made(&other, plain).await;
        pool.admin("DeleteUserPoolClient", json!({ "ClientId": other.id })).await.ok();
        refused(&describe(&pool, &third["ManagedLoginBrandingId"], false).await, NOT_FOUND);
    }

    /// Nothing of a pool is reached by the id of another one; an update needs both ids.
    async fn pools_have_nothing_in_common(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let branding = made(&app, json!({ "Settings": settings() })).await;
        let id = &branding["ManagedLoginBrandingId"];
        refused(&describe(&other, id, false).await, NOT_FOUND);
        refused(&update(&other, id, json!({ "Settings": {} })).await, NOT_FOUND);
        let delete = json!({ "ManagedLoginBrandingId": id });
        refused(&other.admin("DeleteManagedLoginBranding", delete).await, NOT_FOUND);
        let text = format!("User pool client {} does not exist.", app.id);
        let input = json!({ "ClientId": app.id, "UseCognitoProvidedValues": true });
        for operation in ["CreateManagedLoginBranding", "DescribeManagedLoginBrandingByClient"] {
            let answer = other.admin(operation, input.clone()).await;
            answer.fails("ResourceNotFoundException", &text);
        }
        let answer = update(&pool, &Value::Null, json!({})).await;
        invalid_parameter(&answer, "Missing required parameter ManagedLoginBrandingId");
        let input = json!({ "ManagedLoginBrandingId": id });
        let answer = pool.endpoint().admin.call("UpdateManagedLoginBranding", input).await;
        invalid_parameter(&answer, "Missing required parameter UserPoolId");
        assert_eq!(describe(&pool, id, false).await.ok()["ManagedLoginBranding"], branding);
    }
}
