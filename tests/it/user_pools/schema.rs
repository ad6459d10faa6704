//! The attribute schema of a user pool: how it is made, grows, and is described (behaviour 2.1 to
//! 2.3).

use serde_json::{Value, json};

use super::{INVALID, attribute, described, refused};
use crate::support::{TestServer, both_stores};

both_stores! {
    /// Behaviour 2.1: the standard attributes in their order, and what each looks like.
    async fn the_schema_lists_every_standard_attribute(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let schema = &pool.created["SchemaAttributes"];
        let names: Vec<&str> = schema
            .as_array()
            .unwrap()
            .iter()
            .map(|attribute| attribute["Name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "sub", "name", "given_name", "family_name", "middle_name", "nickname",
                "preferred_username", "profile", "picture", "website", "email", "email_verified",
                "gender", "birthdate", "zoneinfo", "locale", "phone_number",
                "phone_number_verified", "address", "updated_at", "identities",
            ]
        );
        let entry = |name: &str, mutable: bool, required: bool, constraints: Value| {
            json!({
                "Name": name,
                "AttributeDataType": "String",
                "DeveloperOnlyAttribute": false,
                "Mutable": mutable,
                "Required": required,
                "StringAttributeConstraints": constraints,
            })
        };
        let bounds = |min: &str, max: &str| json!({ "MinLength": min, "MaxLength": max });
        for expected in [
            entry("sub", false, true, bounds("1", "2048")),
            entry("name", true, false, bounds("0", "2048")),
            entry("email", true, false, bounds("0", "2048")),
            entry("birthdate", true, false, bounds("10", "10")),
            entry("identities", true, false, json!({})),
        ] {
            assert_eq!(attribute(&pool.created, expected["Name"].as_str().unwrap()), &expected);
        }
        assert_eq!(
            attribute(&pool.created, "email_verified"),
            &json!({
                "Name": "email_verified",
                "AttributeDataType": "Boolean",
                "DeveloperOnlyAttribute": false,
                "Mutable": true,
                "Required": false,
            })
        );
        assert_eq!(
            attribute(&pool.created, "updated_at"),
            &json!({
                "Name": "updated_at",
                "AttributeDataType": "Number",
                "DeveloperOnlyAttribute": false,
                "Mutable": true,
                "Required": false,
                "NumberAttributeConstraints": { "MinValue": "0" },
            })
        );
    }

    /// Behaviour 2.1 and 2.2: custom attributes are described with their prefix, in the order of
    /// creation.
    async fn custom_attributes_are_described_with_their_prefix(server: TestServer) {
        let pool = server.pool(json!({ "Schema": [
            { "Name": "dept", "AttributeDataType": "String", "Mutable": true },
            { "Name": "email", "AttributeDataType": "String", "Required": true, "Mutable": false,
              "StringAttributeConstraints": { "MaxLength": "64" } },
            { "Name": "birthdate", "StringAttributeConstraints": { "MinLength": "4" } },
            { "Name": "age", "AttributeDataType": "Number", "Mutable": false,
              "NumberAttributeConstraints": { "MinValue": "18", "MaxValue": "150" } },
            { "Name": "mydev", "AttributeDataType": "DateTime", "DeveloperOnlyAttribute": true,
              "Mutable": true },
            { "Name": "member", "AttributeDataType": "Boolean", "Mutable": true },
        ] })).await;
        let found = described(&pool).await;
        let custom: Vec<Value> = found["SchemaAttributes"].as_array().unwrap()[21..].to_vec();
        assert_eq!(
            custom,
            [
                json!({
                    "Name": "custom:dept", "AttributeDataType": "String",
                    "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false,
                    "StringAttributeConstraints": {},
                }),
                json!({
                    "Name": "custom:age", "AttributeDataType": "Number",
                    "DeveloperOnlyAttribute": false, "Mutable": false, "Required": false,
                    "NumberAttributeConstraints": { "MinValue": "18", "MaxValue": "150" },
                }),
                json!({
                    "Name": "dev:custom:mydev", "AttributeDataType": "DateTime",
                    "DeveloperOnlyAttribute": true, "Mutable": true, "Required": false,
                }),
                json!({
                    "Name": "custom:member", "AttributeDataType": "Boolean",
                    "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false,
                }),
            ]
        );
        assert_eq!(
            attribute(&found, "email"),
            &json!({
                "Name": "email", "AttributeDataType": "String", "DeveloperOnlyAttribute": false,
                "Mutable": false, "Required": true,
                "StringAttributeConstraints": { "MaxLength": "64" },
            })
        );
        // Without the data type the constraints of a standard attribute are ignored.
        assert_eq!(
            attribute(&found, "birthdate")["StringAttributeConstraints"],
            json!({ "MinLength": "10", "MaxLength": "10" })
        );
    }

    /// Behaviour 2.3, row by row.
    async fn a_faulty_schema_is_refused(server: TestServer) {
        let custom = |overrides: Value| {
            let mut entry = json!({ "Name": "x", "AttributeDataType": "String" });
            for (name, value) in overrides.as_object().unwrap() {
                entry[name] = value.clone();
            }
            json!({ "Schema": [entry] })
        };
        refused(
            &server,
            custom(json!({ "AttributeDataType": "Banana" })),
            "1 validation error detected: Value 'Banana' at 'schema.1.member.attributeDataType' \
             failed to satisfy constraint: Member must satisfy enum value set: [Boolean, Number, \
             String, DateTime]",
        ).await;
        refused(
            &server,
            json!({ "Schema": [{ "Name": "x" }] }),
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        ).await;
        refused(
            &server,
            custom(json!({ "Required": true })),
            "Required custom attributes are not supported currently.",
        ).await;
        for change in [
            json!({ "Name": "email", "AttributeDataType": "Number" }),
            json!({ "Name": "email", "DeveloperOnlyAttribute": true }),
        ] {
            refused(
                &server,
                custom(change),
                "You can not change AttributeDataType or set developerOnlyAttribute for standard \
                 schema attribute email",
            ).await;
        }
        for (bounds, text) in [
            (
                json!({ "MinLength": "a" }),
                "Invalid StringAttributeConstraints for schema attribute custom:x",
            ),
            (
                json!({ "MaxLength": "2049" }),
                "user.custom:x: String attributes cannot have a length of more than 2048",
            ),
            (
                json!({ "MinLength": "5", "MaxLength": "4" }),
                "user.custom:x: Max length cannot be less than min length.",
            ),
        ] {
            refused(&server, custom(json!({ "StringAttributeConstraints": bounds })), text).await;
        }
        refused(
            &server,
            json!({ "Schema": [{
                "Name": "email", "AttributeDataType": "String",
                "StringAttributeConstraints": { "MaxLength": "4000" },
            }] }),
            "user.email: String attributes cannot have a length of more than 2048",
        ).await;
        for (bounds, text) in [
            (
                json!({ "MinValue": "a" }),
                "Invalid NumberAttributeConstraints for schema attribute custom:x",
            ),
            (
                json!({ "MinValue": "5", "MaxValue": "4" }),
                "user.custom:x: Max value cannot be less than min value.",
            ),
        ] {
            let number = json!({
                "AttributeDataType": "Number", "NumberAttributeConstraints": bounds,
            });
            refused(&server, custom(number), text).await;
        }
        let twice = json!({ "Name": "banana", "AttributeDataType": "String" });
        refused(
            &server,
            json!({ "Schema": [twice, twice] }),
            "custom:banana: Existing attribute already has name custom:banana.",
        ).await;
        let mut developers = twice;
        developers["DeveloperOnlyAttribute"] = json!(true);
        refused(
            &server,
            json!({ "Schema": [developers, developers] }),
            "custom:banana: Existing attribute already has name dev:custom:banana.",
        ).await;
    }

    /// Behaviour 2.2: attributes are added all or none, never twice, and at most 50.
    async fn custom_attributes_are_added_all_or_none(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let entry = |name: &str| json!({ "Name": name, "AttributeDataType": "String" });
        let add = async |entries: Vec<Value>| {
            pool.admin("AddCustomAttributes", json!({ "CustomAttributes": entries })).await
        };
        assert_eq!(add(vec![entry("team"), entry("email")]).await.ok(), json!({}));
        let found = described(&pool).await;
        attribute(&found, "custom:team");
        attribute(&found, "custom:email");
        assert!(found["LastModifiedDate"].as_f64() >= found["CreationDate"].as_f64());

        add(vec![entry("new"), entry("team")]).await.fails(
            INVALID,
            "custom:team: Existing attribute already has name custom:team.",
        );
        let mut required = entry("r");
        required["Required"] = json!(true);
        add(vec![required]).await
            .fails(INVALID, "Required custom attributes are not supported currently.");
        add(vec![json!({ "Name": "x" })]).await.fails(
            INVALID,
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        );
        add(vec![json!({ "AttributeDataType": "String" })]).await.fails(
            INVALID,
            "1 validation error detected: Value null at 'customAttributes.1.member.name' failed \
             to satisfy constraint: Member must not be null",
        );
        let found = described(&pool).await;
        assert_eq!(found["SchemaAttributes"].as_array().unwrap().len(), 23);

        for batch in [0..25, 25..48] {
            add(batch.map(|n| entry(&format!("a{n}"))).collect()).await.ok();
        }
        add(vec![entry("one_more")]).await
            .fails(INVALID, "The number of custom attributes exceeds the limit of 50.");
        let found = described(&pool).await;
        assert_eq!(found["SchemaAttributes"].as_array().unwrap().len(), 71);
    }

    /// Each of many concurrent callers gets the attribute that it adds.
    async fn concurrently_added_attributes_are_all_kept(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let calls: Vec<_> = (0..20)
            .map(|n| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    let entry = json!({ "Name": format!("a{n}"), "AttributeDataType": "String" });
                    pool.admin("AddCustomAttributes", json!({ "CustomAttributes": [entry] })).await
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap().ok();
        }
        let found = described(&pool).await;
        assert_eq!(found["SchemaAttributes"].as_array().unwrap().len(), 41);
    }
}
