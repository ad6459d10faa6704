//! How a pool's schema is created, and extended by custom attributes (behaviour 2.1 to 2.3).

use super::attribute::{Contact, IDENTITIES, MAX_VALUE_LENGTH, SUB};
use super::failure::Failure;
use super::schema::{AttributeDefinition, Bounds, DataType, Schema, decimal, is_standard};
use super::schema_fault::SchemaFault;

/// Most custom attributes of a pool, developer-only ones included (behaviour 2.2).
pub const MAX_CUSTOM_ATTRIBUTES: usize = 50;

/// One entry of a request's `Schema` or `CustomAttributes`; `None` where it has no such member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeRequest {
    /// Without the prefix that custom attributes get.
    pub name: Option<String>,
    /// The data type. Required for custom attributes; that of a standard attribute cannot be changed.
    pub data_type: Option<DataType>,
    /// Whether only signed operations may read and write it.
    pub developer_only: Option<bool>,
    /// Whether its value can change. A request that does not say so makes the attribute immutable, since
    /// Go clients leave out `false` (behaviour 2.1).
    pub mutable: Option<bool>,
    /// Whether users must have it.
    pub required: Option<bool>,
    /// Bounds of the length of a String.
    pub length: Option<Bounds>,
    /// Bounds of the value of a Number.
    pub range: Option<Bounds>,
}

impl AttributeRequest {
    /// The name that the attribute has in the schema; `None` if the request has no name.
    #[must_use]
    pub fn full_name(&self) -> Option<String> {
        let name = self.name.as_deref()?;
        Some(if is_standard(name) {
            name.to_owned()
        } else {
            self.custom_name(name)
        })
    }

    /// The full name as a custom attribute with this name.
    fn custom_name(&self, name: &str) -> String {
        if self.developer_only == Some(true) {
            format!("dev:custom:{name}")
        } else {
            format!("custom:{name}")
        }
    }
}

/// The schema of a new pool: the standard attributes, changed by the requests with a standard
/// attribute's name, and a custom attribute for each other request.
///
/// # Errors
/// [`Failure::Schema`].
pub fn create(requests: &[AttributeRequest]) -> Result<Schema, Failure> {
    let mut schema = Schema::standard();
    let mut changed: Vec<&str> = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        let name = name_of(request, index)?;
        if !is_standard(name) {
            add(&mut schema, name, request)?;
            continue;
        }
        if changed.contains(&name) {
            return refuse(SchemaFault::NameTaken {
                name: name.to_owned(),
                full_name: name.to_owned(),
            });
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
/// [`Failure::Schema`].
pub fn extend(schema: &Schema, requests: &[AttributeRequest]) -> Result<Schema, Failure> {
    let mut extended = schema.clone();
    for (index, request) in requests.iter().enumerate() {
        let name = name_of(request, index)?;
        add(&mut extended, name, request)?;
    }
    Ok(extended)
}

fn refuse<T>(fault: SchemaFault) -> Result<T, Failure> {
    Err(Failure::Schema(fault))
}

/// The name in the request at `index` of its list. The model makes it optional, but AWS answers as for an
/// absent required member.
fn name_of(request: &AttributeRequest, index: usize) -> Result<&str, Failure> {
    request
        .name
        .as_deref()
        .ok_or(Failure::Schema(SchemaFault::NameMissing(index + 1)))
}

fn add(schema: &mut Schema, name: &str, request: &AttributeRequest) -> Result<(), Failure> {
    let Some(data_type) = request.data_type else {
        return refuse(SchemaFault::DataTypeMissing);
    };
    if request.required == Some(true) {
        return refuse(SchemaFault::CustomRequired);
    }
    let developer_only = request.developer_only == Some(true);
    let full_name = request.custom_name(name);
    if schema.get(&full_name).is_some() {
        return refuse(SchemaFault::NameTaken {
            name: format!("custom:{name}"),
            full_name,
        });
    }
    if schema.custom().count() >= MAX_CUSTOM_ATTRIBUTES {
        return refuse(SchemaFault::TooManyCustomAttributes(MAX_CUSTOM_ATTRIBUTES));
    }
    let mut definition = AttributeDefinition {
        name: full_name,
        data_type,
        developer_only,
        mutable: request.mutable.unwrap_or(false),
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
        return refuse(SchemaFault::StandardAttribute(definition.name.clone()));
    }
    // Attributes that only the server writes stay unchanged: no client could supply one that is
    // required.
    let server_written = [SUB, IDENTITIES].contains(&definition.name.as_str())
        || Contact::flagged(&definition.name).is_some();
    if server_written {
        return Ok(());
    }
    definition.mutable = request.mutable.unwrap_or(false);
    definition.required = request.required.unwrap_or(false);
    // AWS ignores constraints without the type (observed).
    if request.data_type.is_some() {
        set_bounds(definition, request)?;
    }
    Ok(())
}

/// Replaces the definition's bounds by the request's. Bounds of the other type are dropped (behaviour
/// 2.1).
fn set_bounds(
    definition: &mut AttributeDefinition,
    request: &AttributeRequest,
) -> Result<(), Failure> {
    let name = definition.name.clone();
    match definition.data_type {
        DataType::String => {
            let not_whole = || SchemaFault::LengthNotWhole(name.clone());
            let Some(bounds) = given_bounds(request.length.as_ref(), not_whole)? else {
                return Ok(());
            };
            let too_long = |bound: &Option<String>| exceeds(bound.as_deref(), MAX_LENGTH);
            if too_long(&bounds.min) || too_long(&bounds.max) {
                return refuse(SchemaFault::LengthAboveLimit {
                    attribute: name,
                    limit: MAX_VALUE_LENGTH,
                });
            }
            if is_inverted(&bounds) {
                return refuse(SchemaFault::LengthInverted(name));
            }
            definition.length = bounds;
        }
        DataType::Number => {
            let not_whole = || SchemaFault::RangeNotWhole(name.clone());
            let Some(bounds) = given_bounds(request.range.as_ref(), not_whole)? else {
                return Ok(());
            };
            let too_large = |bound: &Option<String>| exceeds(bound.as_deref(), 2_f64.powi(1023));
            if too_large(&bounds.min) || too_large(&bounds.max) {
                return refuse(SchemaFault::RangeNotWhole(name));
            }
            if is_inverted(&bounds) {
                return refuse(SchemaFault::RangeInverted(name));
            }
            definition.range = bounds;
        }
        DataType::Boolean | DataType::DateTime => {}
    }
    Ok(())
}

/// [`MAX_VALUE_LENGTH`] as a number that bounds are compared with.
const MAX_LENGTH: f64 = 2048.0;

/// The bounds of a request; `None` if it has none. An empty text counts as absent. Bounds are whole
/// numbers without a sign.
fn given_bounds(
    given: Option<&Bounds>,
    not_whole: impl Fn() -> SchemaFault,
) -> Result<Option<Bounds>, Failure> {
    let nonempty = |bound: &Option<String>| bound.clone().filter(|text| !text.is_empty());
    let Some(bounds) = given
        .map(|given| Bounds {
            min: nonempty(&given.min),
            max: nonempty(&given.max),
        })
        .filter(|bounds| *bounds != Bounds::default())
    else {
        return Ok(None);
    };
    let whole = |bound: &Option<String>| {
        bound.as_deref().is_none_or(|text| {
            text.bytes().all(|byte| byte.is_ascii_digit()) && decimal(text).is_some()
        })
    };
    if !whole(&bounds.min) || !whole(&bounds.max) {
        return refuse(not_whole());
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
mod tests;
