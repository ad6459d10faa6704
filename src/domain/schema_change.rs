//! How a pool's schema is created, and extended by custom attributes (behaviour 2.1 to 2.3).

use super::attribute::{Contact, IDENTITIES, MAX_VALUE_LENGTH, SUB};
use super::failure::Failure;
use super::schema::{AttributeDefinition, Bounds, DataType, Schema, decimal, is_standard};

/// Most custom attributes of a pool, developer-only ones included (behaviour 2.2).
pub const MAX_CUSTOM_ATTRIBUTES: usize = 50;

/// One entry of a request's `Schema` or `CustomAttributes`; `None` where it has no such member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeRequest {
    /// Without the prefix that custom attributes get.
    pub name: Option<String>,
    /// Needed for custom attributes; that of a standard attribute cannot be changed.
    pub data_type: Option<DataType>,
    /// Whether only signed operations may read and write it.
    pub developer_only: Option<bool>,
    /// Whether its value can change; yes by default.
    pub mutable: Option<bool>,
    /// Whether users must have it.
    pub required: Option<bool>,
    /// Bounds of the length of a String.
    pub length: Option<Bounds>,
    /// Bounds of the value of a Number.
    pub range: Option<Bounds>,
}

/// The schema of a new pool: the standard attributes, changed by the requests with a standard
/// attribute's name, and a custom attribute for each other request.
///
/// # Errors
/// [`Failure::InvalidRequest`] in the words of behaviour 2.3.
pub fn create(requests: &[AttributeRequest]) -> Result<Schema, Failure> {
    let mut schema = Schema::standard();
    let mut changed: Vec<&str> = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        let name = name_of(request, "schema", index)?;
        if !is_standard(name) {
            add(&mut schema, name, request)?;
            continue;
        }
        if changed.contains(&name) {
            return Err(existing(name, name));
        }
        changed.push(name);
        if let Some(definition) = schema
            .attributes
            .iter_mut()
            .find(|known| known.name == name)
        {
            change_standard(definition, request)?;
        }
    }
    Ok(schema)
}

/// Adds the requested custom attributes to the schema, all or none.
///
/// # Errors
/// [`Failure::InvalidRequest`] in the words of behaviour 2.3.
pub fn extend(schema: &Schema, requests: &[AttributeRequest]) -> Result<Schema, Failure> {
    let mut extended = schema.clone();
    for (index, request) in requests.iter().enumerate() {
        let name = name_of(request, "customAttributes", index)?;
        add(&mut extended, name, request)?;
    }
    Ok(extended)
}

fn invalid<T>(text: String) -> Result<T, Failure> {
    Err(Failure::InvalidRequest(text))
}

fn existing(name: &str, full_name: &str) -> Failure {
    Failure::InvalidRequest(format!(
        "{name}: Existing attribute already has name {full_name}."
    ))
}

/// The name in a request. The model makes it optional, but AWS answers as for an absent required member.
fn name_of<'r>(
    request: &'r AttributeRequest,
    list: &str,
    index: usize,
) -> Result<&'r str, Failure> {
    request.name.as_deref().ok_or_else(|| {
        Failure::InvalidRequest(format!(
            "1 validation error detected: Value null at '{list}.{}.member.name' failed to \
             satisfy constraint: Member must not be null",
            index + 1
        ))
    })
}

fn add(schema: &mut Schema, name: &str, request: &AttributeRequest) -> Result<(), Failure> {
    let Some(data_type) = request.data_type else {
        return invalid(
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
                .to_owned(),
        );
    };
    if request.required == Some(true) {
        return invalid("Required custom attributes are not supported currently.".to_owned());
    }
    let developer_only = request.developer_only == Some(true);
    let custom = format!("custom:{name}");
    let full_name = if developer_only {
        format!("dev:{custom}")
    } else {
        custom.clone()
    };
    if schema.get(&full_name).is_some() {
        return Err(existing(&custom, &full_name));
    }
    if schema.custom().count() >= MAX_CUSTOM_ATTRIBUTES {
        return invalid(format!(
            "The number of custom attributes exceeds the limit of {MAX_CUSTOM_ATTRIBUTES}."
        ));
    }
    let mut definition = AttributeDefinition {
        name: full_name,
        data_type,
        developer_only,
        mutable: request.mutable.unwrap_or(true),
        required: false,
        length: Bounds::default(),
        range: Bounds::default(),
    };
    set_bounds(&mut definition, request)?;
    schema.attributes.push(definition);
    Ok(())
}

fn change_standard(
    definition: &mut AttributeDefinition,
    request: &AttributeRequest,
) -> Result<(), Failure> {
    let same_type = request
        .data_type
        .is_none_or(|given| given == definition.data_type);
    if !same_type || request.developer_only == Some(true) {
        return invalid(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard \
             schema attribute {}",
            definition.name
        ));
    }
    // Attributes that only the server writes stay unchanged: no client could supply one that is
    // required.
    let server_written = [SUB, IDENTITIES].contains(&definition.name.as_str())
        || Contact::flagged(&definition.name).is_some();
    if server_written {
        return Ok(());
    }
    definition.mutable = request.mutable.unwrap_or(definition.mutable);
    definition.required = request.required.unwrap_or(definition.required);
    // AWS ignores constraints without the type (observed).
    if request.data_type.is_some() {
        set_bounds(definition, request)?;
    }
    Ok(())
}

/// Replaces the definition's bounds by the request's.
fn set_bounds(
    definition: &mut AttributeDefinition,
    request: &AttributeRequest,
) -> Result<(), Failure> {
    let name = definition.name.clone();
    if let Some(given) = &request.length {
        let bounds = bounds_of(given, definition.data_type == DataType::String, || {
            format!("Invalid StringAttributeConstraints for schema attribute {name}")
        })?;
        if let Some(bounds) = bounds {
            let too_long = |bound: &Option<String>| exceeds(bound.as_deref(), MAX_LENGTH);
            if too_long(&bounds.min) || too_long(&bounds.max) {
                return invalid(format!(
                    "user.{name}: String attributes cannot have a length of more than \
                     {MAX_VALUE_LENGTH}"
                ));
            }
            if is_inverted(&bounds) {
                return invalid(format!(
                    "user.{name}: Max length cannot be less than min length."
                ));
            }
            definition.length = bounds;
        }
    }
    if let Some(given) = &request.range {
        let refusal = || format!("Invalid NumberAttributeConstraints for schema attribute {name}");
        let bounds = bounds_of(given, definition.data_type == DataType::Number, refusal)?;
        if let Some(bounds) = bounds {
            let too_large = |bound: &Option<String>| exceeds(bound.as_deref(), 2_f64.powi(1023));
            if too_large(&bounds.min) || too_large(&bounds.max) {
                return invalid(refusal());
            }
            if is_inverted(&bounds) {
                return invalid(format!(
                    "user.{name}: Max value cannot be less than min value."
                ));
            }
            definition.range = bounds;
        }
    }
    Ok(())
}

/// [`MAX_VALUE_LENGTH`] as a number that bounds are compared with.
const MAX_LENGTH: f64 = 2048.0;

/// The given bounds, or `None` if they say nothing. An empty text says nothing either. Bounds are
/// whole numbers without a sign; those of another data type are refused.
fn bounds_of(
    given: &Bounds,
    of_this_type: bool,
    refusal: impl Fn() -> String,
) -> Result<Option<Bounds>, Failure> {
    let said = |bound: &Option<String>| bound.clone().filter(|text| !text.is_empty());
    let bounds = Bounds {
        min: said(&given.min),
        max: said(&given.max),
    };
    if bounds == Bounds::default() {
        return Ok(None);
    }
    let whole = |bound: &Option<String>| {
        bound.as_deref().is_none_or(|text| {
            text.bytes().all(|byte| byte.is_ascii_digit()) && decimal(text).is_some()
        })
    };
    if !of_this_type || !whole(&bounds.min) || !whole(&bounds.max) {
        return invalid(refusal());
    }
    Ok(Some(bounds))
}

fn exceeds(bound: Option<&str>, limit: f64) -> bool {
    bound.and_then(decimal).is_some_and(|value| value > limit)
}

fn is_inverted(bounds: &Bounds) -> bool {
    match (&bounds.min, &bounds.max) {
        (Some(min), Some(max)) => decimal(min) > decimal(max),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
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
    fn refused(requests: &[AttributeRequest], text: &str) {
        assert_eq!(
            create(requests),
            Err(Failure::InvalidRequest(text.to_owned()))
        );
    }

    #[test]
    fn custom_attributes_get_their_prefix_and_follow_the_standard_ones_in_order() {
        let developers = AttributeRequest {
            developer_only: Some(true),
            mutable: Some(false),
            ..custom("note")
        };
        let schema = create(&[custom("team"), developers, custom("email2")]).unwrap();
        let names: Vec<&str> = schema.custom().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["custom:team", "dev:custom:note", "custom:email2"]);
        assert_eq!(schema.attributes.len(), 24);
        assert!(schema.get("custom:team").unwrap().mutable);
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
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        );
        refused(
            &[AttributeRequest {
                required: Some(true),
                ..custom("team")
            }],
            "Required custom attributes are not supported currently.",
        );
        let standard = "You can not change AttributeDataType or set developerOnlyAttribute for \
                        standard schema attribute email";
        refused(
            &[AttributeRequest {
                data_type: Some(DataType::Number),
                ..custom("email")
            }],
            standard,
        );
        refused(
            &[AttributeRequest {
                developer_only: Some(true),
                ..custom("email")
            }],
            standard,
        );
        refused(
            &[custom("banana"), custom("banana")],
            "custom:banana: Existing attribute already has name custom:banana.",
        );
        let developers = AttributeRequest {
            developer_only: Some(true),
            ..custom("banana")
        };
        refused(
            &[developers.clone(), developers],
            "custom:banana: Existing attribute already has name dev:custom:banana.",
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
        for bad in ["a", "-1", "1.5", "1e3"] {
            refused(
                &with(bounds(Some(bad), None), None, DataType::String),
                "Invalid StringAttributeConstraints for schema attribute custom:x",
            );
            refused(
                &with(None, bounds(None, Some(bad)), DataType::Number),
                "Invalid NumberAttributeConstraints for schema attribute custom:x",
            );
        }
        refused(
            &with(None, bounds(Some("1"), None), DataType::String),
            "Invalid NumberAttributeConstraints for schema attribute custom:x",
        );
        refused(
            &with(bounds(Some("1"), None), None, DataType::Boolean),
            "Invalid StringAttributeConstraints for schema attribute custom:x",
        );
        refused(
            &with(bounds(None, Some("2049")), None, DataType::String),
            "user.custom:x: String attributes cannot have a length of more than 2048",
        );
        refused(
            &with(bounds(Some("10"), Some("9")), None, DataType::String),
            "user.custom:x: Max length cannot be less than min length.",
        );
        refused(
            &with(None, bounds(Some("10"), Some("9")), DataType::Number),
            "user.custom:x: Max value cannot be less than min value.",
        );
        let huge = format!("1{}", "0".repeat(308));
        refused(
            &with(None, bounds(None, Some(&huge)), DataType::Number),
            "Invalid NumberAttributeConstraints for schema attribute custom:x",
        );
        let empty = with(bounds(Some(""), None), bounds(None, None), DataType::String);
        assert!(create(&empty).is_ok());
    }

    #[test]
    fn more_than_fifty_custom_attributes_are_refused() {
        let requests: Vec<_> = (0..50).map(|n| custom(&format!("a{n}"))).collect();
        let schema = create(&requests).unwrap();
        assert_eq!(
            extend(&schema, &[custom("one_more")]),
            Err(Failure::InvalidRequest(
                "The number of custom attributes exceeds the limit of 50.".to_owned()
            ))
        );
    }

    #[test]
    fn an_attribute_needs_a_name() {
        refused(
            &[custom("a"), AttributeRequest::default()],
            "1 validation error detected: Value null at 'schema.2.member.name' failed to satisfy \
             constraint: Member must not be null",
        );
    }
}
