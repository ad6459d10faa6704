//! CreateTerms, DescribeTerms, DescribeTermsByClient, UpdateTerms and DeleteTerms.

use serde_json::json;

use super::{LINK, NO_SUCH_TERMS, TERMS_EXIST, create, terms};
use crate::support::answer::member_names;
use crate::support::refusals::{invalid_parameter, refused};
use crate::support::{TestServer, TestStore, at_once, both_stores};

const NO_DEFAULT: &str = "Links must have a cognito:default.";

both_stores! {
    /// All members come back, by id, by id in capitals, and by app client and name; also after a restart.
    async fn terms_are_described_as_they_were_made(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let links = json!({ "cognito:default": LINK, "cognito:chinese-traditional": "http://example.tw/" });
        let made = create(&app, json!({ "Links": links })).await.ok();
        assert_eq!(member_names(&made), ["Terms"]);
        let made = &made["Terms"];
        assert_eq!(
            member_names(made),
            [
                "ClientId", "CreationDate", "Enforcement", "LastModifiedDate", "Links", "TermsId", "TermsName",
                "TermsSource", "UserPoolId",
            ]
        );
        let id = made["TermsId"].as_str().unwrap();
        assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 4);
        assert_eq!(made["UserPoolId"], json!(pool.id));
        assert_eq!(made["ClientId"], json!(app.id));
        assert_eq!(made["TermsName"], "terms-of-use");
        assert_eq!(made["TermsSource"], "LINK");
        assert_eq!(made["Enforcement"], "NONE");
        assert_eq!(made["Links"], links);
        assert_eq!(made["CreationDate"], made["LastModifiedDate"]);
        server.stop().await;

        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        assert_eq!(terms(&pool, &json!(id)).await.ok()["Terms"], *made);
        assert_eq!(terms(&pool, &json!(id.to_uppercase())).await.ok()["Terms"], *made);
        let by_name = json!({ "ClientId": app.id, "TermsName": "terms-of-use" });
        assert_eq!(pool.admin("DescribeTermsByClient", by_name).await.ok()["Terms"], *made);
        let other_name = json!({ "ClientId": app.id, "TermsName": "privacy-policy" });
        refused(&pool.admin("DescribeTermsByClient", other_name).await, NO_SUCH_TERMS);
        server.stop().await;
    }

    /// An app client has one document of each name, whoever comes at the same time.
    async fn a_name_is_taken_once_by_an_app_client(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let (app, other) = (pool.client(json!({})).await, pool.client(json!({})).await);
        let answers = at_once(5, |_| {
            let app = app.clone();
            async move { create(&app, json!({})).await }
        })
        .await;
        let made = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(made, 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            refused(answer, TERMS_EXIST);
        }
        create(&app, json!({ "TermsName": "privacy-policy" })).await.ok();
        create(&other, json!({})).await.ok();
        let listed = pool.admin("ListTerms", json!({})).await.ok();
        assert_eq!(listed["Terms"].as_array().unwrap().len(), 3);
    }

    /// Links need one for every language, and are pages of the web; a refusal makes nothing.
    async fn links_are_checked(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let german = "The link of cognito:german must be a URL with https or http.";
        for (links, text) in [
            (json!(null), NO_DEFAULT),
            (json!({ "cognito:german": LINK }), NO_DEFAULT),
            (json!({ "cognito:default": LINK, "cognito:german": "javascript:alert(1)" }), german),
            (json!({ "cognito:default": LINK, "cognito:german": "example.com" }), german),
        ] {
            invalid_parameter(&create(&app, json!({ "Links": links })).await, text);
        }
        let listed = pool.admin("ListTerms", json!({})).await.ok();
        assert_eq!(listed, json!({ "Terms": [] }));
    }

    /// Members that are not given stay; links are replaced whole.
    async fn an_update_merges(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let links = json!({ "cognito:default": LINK, "cognito:german": "https://example.de/" });
        let made = create(&app, json!({ "Links": links })).await.ok()["Terms"].clone();
        let id = made["TermsId"].clone();
        let update = async |mut input: serde_json::Value| {
            input["TermsId"] = id.clone();
            pool.admin("UpdateTerms", input).await
        };
        server.advance(5).await;
        let mut expected = made.clone();
        let renamed = update(json!({ "TermsName": "privacy-policy" })).await.ok()["Terms"].clone();
        assert!(renamed["LastModifiedDate"].as_f64() > made["LastModifiedDate"].as_f64());
        expected["TermsName"] = json!("privacy-policy");
        expected["LastModifiedDate"] = renamed["LastModifiedDate"].clone();
        assert_eq!(renamed, expected);

        let french = json!({ "cognito:default": LINK, "cognito:french": "https://example.fr/" });
        let input = json!({ "Links": french, "TermsSource": "LINK", "Enforcement": "NONE" });
        let relinked = update(input).await.ok()["Terms"].clone();
        expected["Links"] = french;
        expected["LastModifiedDate"] = relinked["LastModifiedDate"].clone();
        assert_eq!(relinked, expected);
        let without_default = json!({ "Links": { "cognito:french": LINK } });
        invalid_parameter(&update(without_default).await, NO_DEFAULT);
        // The name of other terms of the app client.
        create(&app, json!({})).await.ok();
        refused(&update(json!({ "TermsName": "terms-of-use" })).await, TERMS_EXIST);
        assert_eq!(terms(&pool, &id).await.ok()["Terms"], expected);
        update(json!({ "TermsName": "privacy-policy" })).await.ok();
    }

    /// Terms are gone when they are deleted, and with their app client.
    async fn terms_end(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let make = async |name: &str| {
            let made = create(&app, json!({ "TermsName": name })).await.ok();
            made["Terms"]["TermsId"].clone()
        };
        let (first, second) = (make("terms-of-use").await, make("privacy-policy").await);
        let delete = json!({ "TermsId": first });
        assert_eq!(pool.admin("DeleteTerms", delete.clone()).await.ok(), json!({}));
        refused(&pool.admin("DeleteTerms", delete).await, NO_SUCH_TERMS);
        refused(&terms(&pool, &first).await, NO_SUCH_TERMS);
        terms(&pool, &second).await.ok();
        pool.admin("DeleteUserPoolClient", json!({ "ClientId": app.id })).await.ok();
        refused(&terms(&pool, &second).await, NO_SUCH_TERMS);
        assert_eq!(pool.admin("ListTerms", json!({})).await.ok(), json!({ "Terms": [] }));
    }

    /// Nothing of a pool is reached by the id of another one.
    async fn pools_have_nothing_in_common(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let made = create(&app, json!({})).await.ok()["Terms"].clone();
        let id = &made["TermsId"];
        refused(&terms(&other, id).await, NO_SUCH_TERMS);
        for operation in ["UpdateTerms", "DeleteTerms"] {
            refused(&other.admin(operation, json!({ "TermsId": id })).await, NO_SUCH_TERMS);
        }
        let text = format!("User pool client {} does not exist.", app.id);
        let mut foreign = app.clone();
        foreign.pool = other.clone();
        create(&foreign, json!({})).await.fails("ResourceNotFoundException", &text);
        let by_name = json!({ "ClientId": app.id, "TermsName": "terms-of-use" });
        let answer = other.admin("DescribeTermsByClient", by_name).await;
        answer.fails("ResourceNotFoundException", &text);
        assert_eq!(terms(&pool, id).await.ok()["Terms"], made);

        let nowhere = "us-east-1_Nowhere12";
        let text = format!("User pool {nowhere} does not exist.");
        for operation in ["DescribeTerms", "UpdateTerms", "DeleteTerms"] {
            let input = json!({ "UserPoolId": nowhere, "TermsId": id });
            pool.admin(operation, input).await.fails("ResourceNotFoundException", &text);
        }
        let input = json!({ "UserPoolId": nowhere });
        pool.admin("ListTerms", input).await.fails("ResourceNotFoundException", &text);
    }
}
