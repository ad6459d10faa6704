use super::*;

fn custom(name: &str) -> AttributeRequest {
    AttributeRequest {
        name: Some(name.to_owned()),
        data_type: Some(DataType::String),
        ..AttributeRequest::default()
    }
}

fn bounds(min: Option<&str>, max: Option<&str>) -> Option<Bounds> {
    Some(Bounds {
        min: min.map(str::to_owned),
        max: max.map(str::to_owned),
    })
}

#[track_caller]
fn refused(requests: &[AttributeRequest], fault: SchemaFault) {
    assert_eq!(create(requests), Err(Failure::Schema(fault)));
}

#[test]
fn custom_attributes_get_their_prefix_and_follow_the_standard_ones_in_order() {
    let developers = AttributeRequest {
        developer_only: Some(true),
        mutable: Some(false),
        ..custom("note")
    };
    let team = AttributeRequest {
        mutable: Some(true),
        ..custom("team")
    };
    let schema = create(&[team, developers, custom("email2")]).unwrap();
    let names: Vec<&str> = schema.custom().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["custom:team", "dev:custom:note", "custom:email2"]);
    assert_eq!(schema.attributes.len(), 24);
    assert!(schema.get("custom:team").unwrap().mutable);
    assert!(!schema.get("custom:email2").unwrap().mutable);
    assert!(!schema.get("dev:custom:note").unwrap().mutable);
    let schema = extend(&schema, &[custom("email")]).unwrap();
    assert_eq!(schema.attributes.last().unwrap().name, "custom:email");
}

#[test]
fn standard_attributes_can_be_required_immutable_and_bounded() {
    let schema = create(&[AttributeRequest {
        name: Some("email".to_owned()),
        data_type: Some(DataType::String),
        mutable: Some(false),
        required: Some(true),
        length: bounds(Some("3"), Some("64")),
        ..AttributeRequest::default()
    }])
    .unwrap();
    let email = schema.get("email").unwrap();
    assert!(email.required && !email.mutable);
    assert_eq!(email.length, Bounds::between("3", "64"));
    assert_eq!(schema.attributes.len(), 21);
}

#[test]
fn without_the_type_a_standard_attributes_constraints_are_ignored() {
    let schema = create(&[AttributeRequest {
        name: Some("email".to_owned()),
        mutable: Some(true),
        length: bounds(Some("3"), Some("x")),
        ..AttributeRequest::default()
    }])
    .unwrap();
    assert_eq!(schema, Schema::standard());
}

#[test]
fn attributes_that_only_the_server_writes_cannot_be_made_required() {
    for name in ["sub", "identities", "email_verified"] {
        let request = AttributeRequest {
            name: Some(name.to_owned()),
            required: Some(true),
            mutable: Some(true),
            ..AttributeRequest::default()
        };
        assert_eq!(create(&[request]).unwrap(), Schema::standard());
    }
}

#[test]
fn invalid_definitions_are_refused_as_in_behaviour_2_3() {
    refused(
        &[AttributeRequest {
            data_type: None,
            ..custom("team")
        }],
        SchemaFault::DataTypeMissing,
    );
    refused(
        &[AttributeRequest {
            required: Some(true),
            ..custom("team")
        }],
        SchemaFault::CustomRequired,
    );
    let taken = |full_name: &str| SchemaFault::NameTaken {
        name: "custom:banana".to_owned(),
        full_name: full_name.to_owned(),
    };
    let standard = || SchemaFault::StandardAttribute("email".to_owned());
    refused(
        &[AttributeRequest {
            data_type: Some(DataType::Number),
            ..custom("email")
        }],
        standard(),
    );
    refused(
        &[AttributeRequest {
            developer_only: Some(true),
            ..custom("email")
        }],
        standard(),
    );
    refused(
        &[custom("banana"), custom("banana")],
        taken("custom:banana"),
    );
    let developers = AttributeRequest {
        developer_only: Some(true),
        ..custom("banana")
    };
    refused(
        &[developers.clone(), developers],
        taken("dev:custom:banana"),
    );
}

#[test]
fn invalid_constraints_are_refused() {
    let with = |length, range, data_type| {
        [AttributeRequest {
            length,
            range,
            data_type: Some(data_type),
            ..custom("x")
        }]
    };
    let name = || "custom:x".to_owned();
    for bad in ["a", "-1", "1.5", "1e3"] {
        refused(
            &with(bounds(Some(bad), None), None, DataType::String),
            SchemaFault::LengthNotWhole(name()),
        );
        refused(
            &with(None, bounds(None, Some(bad)), DataType::Number),
            SchemaFault::RangeNotWhole(name()),
        );
    }
    refused(
        &with(bounds(None, Some("2049")), None, DataType::String),
        SchemaFault::LengthAboveLimit {
            attribute: name(),
            limit: 2048,
        },
    );
    refused(
        &with(bounds(Some("10"), Some("9")), None, DataType::String),
        SchemaFault::LengthInverted(name()),
    );
    refused(
        &with(None, bounds(Some("10"), Some("9")), DataType::Number),
        SchemaFault::RangeInverted(name()),
    );
    let huge = format!("1{}", "0".repeat(308));
    refused(
        &with(None, bounds(None, Some(&huge)), DataType::Number),
        SchemaFault::RangeNotWhole(name()),
    );
    let empty = with(bounds(Some(""), None), bounds(None, None), DataType::String);
    assert!(create(&empty).is_ok());
}

#[test]
fn constraints_of_another_type_are_dropped() {
    let both = |data_type| AttributeRequest {
        length: bounds(Some("1"), Some("x")),
        range: bounds(Some("2"), Some("3")),
        data_type: Some(data_type),
        ..custom("x")
    };
    let added = |data_type| {
        let schema = create(&[both(data_type)]).unwrap();
        let extended = extend(&Schema::standard(), &[both(data_type)]).unwrap();
        assert_eq!(schema, extended);
        schema.get("custom:x").unwrap().clone()
    };
    let number = added(DataType::Number);
    assert_eq!(number.range, Bounds::between("2", "3"));
    assert_eq!(number.length, Bounds::default());
    for data_type in [DataType::Boolean, DataType::DateTime] {
        let other = added(data_type);
        assert_eq!(other.range, Bounds::default());
        assert_eq!(other.length, Bounds::default());
    }
    let text = AttributeRequest {
        length: bounds(Some("1"), Some("9")),
        range: bounds(Some("x"), None),
        ..custom("x")
    };
    let schema = create(&[text]).unwrap();
    let text = schema.get("custom:x").unwrap();
    assert_eq!(text.length, Bounds::between("1", "9"));
    assert_eq!(text.range, Bounds::default());
}

#[test]
fn more_than_fifty_custom_attributes_are_refused() {
    let requests: Vec<_> = (0..50).map(|n| custom(&format!("a{n}"))).collect();
    let schema = create(&requests).unwrap();
    assert_eq!(
        extend(&schema, &[custom("one_more")]),
        Err(Failure::Schema(SchemaFault::TooManyCustomAttributes(50)))
    );
}

#[test]
fn an_attribute_needs_a_name() {
    refused(
        &[custom("a"), AttributeRequest::default()],
        SchemaFault::NameMissing(2),
    );
}
