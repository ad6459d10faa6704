//! Changes of a user's attributes: which of them are allowed, and in which order their faults are named
//! (behaviour 2.4 and 2.5).

use std::collections::BTreeSet;

use super::app_client::ClientSettings;
use super::attribute::{Attributes, Contact, IDENTITIES, SUB};
use super::failure::Failure;
use super::permissions::may_write;
use super::schema::{AttributeDefinition, Fault, Schema, Violation};
use super::user_pool::PoolSettings;
use super::username;

/// An attribute as a request gives it.
#[derive(Clone, Debug)]
pub struct AttributeInput {
    /// The name.
    pub name: String,
    /// The value; `None` where the request has null.
    pub value: Option<String>,
}

/// A change that the rules allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The attribute gets this value.
    Set(String, String),
    /// The attribute is deleted.
    Delete(String),
}

impl Change {
    /// The attribute that changes.
    #[must_use]
    pub fn attribute(&self) -> &str {
        match self {
            Self::Set(name, _) | Self::Delete(name) => name,
        }
    }
}

/// The changes of UpdateUserAttributes. Faults are named in this order: `sub` and the verified
/// flags, null values, what the client may not write, the schema (all of its faults at once), the
/// contacts' formats.
///
/// # Errors
/// The first of these faults.
pub fn validate_self_update(
    pool: &PoolSettings,
    client: &ClientSettings,
    current: &Attributes,
    given: &[AttributeInput],
) -> Result<Vec<Change>, Failure> {
    let fixed = |name: &str| name == SUB || Contact::flagged(name).is_some();
    refuse_fixed(given, fixed)?;
    refuse_null(given)?;
    refuse_unauthorized(
        client,
        &pool.schema,
        given.iter().map(|input| input.name.as_str()),
    )?;
    changes(pool, current, given)
}

/// The changes of AdminUpdateUserAttributes, which may set the verified flags of contacts that
/// the user has or gets.
///
/// # Errors
/// The first fault, in the order of [`validate_self_update`].
pub fn validate_admin_update(
    pool: &PoolSettings,
    current: &Attributes,
    given: &[AttributeInput],
) -> Result<Vec<Change>, Failure> {
    refuse_fixed(given, |name| name == SUB || name == IDENTITIES)?;
    refuse_null(given)?;
    let changes = changes(pool, current, given)?;
    let after = apply(current, &changes);
    for contact in Contact::ALL {
        let flagged = given
            .iter()
            .any(|input| input.name == contact.verified_flag());
        if flagged && !after.contains_key(contact.attribute()) {
            return Err(Failure::FlagWithoutContact(contact));
        }
    }
    Ok(changes)
}

/// The changes of DeleteUserAttributes, or with no client AdminDeleteUserAttributes. Attributes that
/// the user does not have are ignored.
///
/// # Errors
/// The first fault, in the order of [`validate_self_update`].
pub fn validate_deletion(
    pool: &PoolSettings,
    client: Option<&ClientSettings>,
    current: &Attributes,
    names: &[String],
) -> Result<Vec<Change>, Failure> {
    let given: Vec<AttributeInput> = names
        .iter()
        .map(|name| AttributeInput {
            name: name.clone(),
            value: Some(String::new()),
        })
        .collect();
    refuse_fixed(&given, |name| {
        name == SUB || Contact::flagged(name).is_some()
    })?;
    match client {
        Some(client) => {
            refuse_unauthorized(client, &pool.schema, names.iter().map(String::as_str))?;
        }
        None => refuse_fixed(&given, |name| name == IDENTITIES)?,
    }
    changes(pool, current, &given)
}

/// The attributes of a new user, through SignUp with a client's permissions or by an
/// administrator without. `username` is the contact that the username is, with its value.
///
/// # Errors
/// The first fault: null values, permissions, the schema, required attributes (not asked of an
/// administrator, behaviour 9), formats.
pub fn validate_new_user(
    pool: &PoolSettings,
    client: Option<&ClientSettings>,
    username: Option<(Contact, &str)>,
    given: &[AttributeInput],
) -> Result<Attributes, Failure> {
    if let Some(client) = client {
        let mut names = given.iter().map(|input| input.name.as_str());
        if names.any(|name| name == SUB || Contact::flagged(name).is_some()) {
            return Err(Failure::UnauthorizedAttribute);
        }
        refuse_unauthorized(
            client,
            &pool.schema,
            given.iter().map(|input| input.name.as_str()),
        )?;
    } else {
        refuse_fixed(given, |name| name == SUB || name == IDENTITIES)?;
    }
    refuse_null(given)?;

    let mut attributes = Attributes::new();
    let mut violations = Vec::new();
    for AttributeInput { name, value } in given {
        let value = value.as_deref().unwrap_or_default();
        match checked_value(&pool.schema, name, value) {
            Err(violation) => violations.push(violation),
            Ok(_) if value.is_empty() => {}
            Ok(definition) => {
                let value = username::stored_value(pool, name, &definition.normalised(value));
                attributes.insert(name.clone(), value);
            }
        }
    }
    if let Some((contact, value)) = username {
        let is_username = |input: &AttributeInput| {
            input.name == contact.attribute() && input.value.as_deref() == Some(value)
        };
        if !given.iter().any(is_username) {
            violations.extend(checked_value(&pool.schema, contact.attribute(), value).err());
        }
        let value = username::stored_value(pool, contact.attribute(), value);
        let former = attributes.insert(contact.attribute().to_owned(), value.clone());
        if former.is_some_and(|former| former != value) {
            return Err(Failure::UsernameAttributeDiffers(contact));
        }
    }
    if client.is_some() {
        let missing = pool
            .schema
            .required()
            .filter(|a| !attributes.contains_key(&a.name));
        violations.extend(missing.map(|a| Violation {
            attribute: a.name.clone(),
            fault: Fault::Missing,
        }));
    }
    if !violations.is_empty() {
        return Err(Failure::Attributes(violations));
    }
    refuse_malformed_contacts(&attributes)?;
    for contact in Contact::ALL {
        if attributes.contains_key(contact.verified_flag())
            && !attributes.contains_key(contact.attribute())
        {
            return Err(Failure::FlagWithoutContact(contact));
        }
        // Observed on AWS: a user that signs up has the flag at once, one that an administrator creates
        // only if the request gives it.
        if client.is_some() && attributes.contains_key(contact.attribute()) {
            attributes.insert(contact.verified_flag().to_owned(), "false".to_owned());
        }
    }
    Ok(attributes)
}

/// The attributes that the new-password challenge brings: each one missing so far, none that the
/// user has (behaviour 2.4).
///
/// # Errors
/// The first fault: an attribute that never changes, one that the user has, one that the client may
/// not write, a required one that is still missing, the schema, formats.
pub fn validate_new_password_attributes(
    pool: &PoolSettings,
    client: &ClientSettings,
    current: &Attributes,
    given: &[AttributeInput],
) -> Result<Vec<Change>, Failure> {
    refuse_fixed(given, |name| {
        let has_immutable = || {
            let definition = pool.schema.get(name);
            current.contains_key(name) && definition.is_some_and(|known| !known.mutable)
        };
        name == SUB || Contact::flagged(name).is_some() || has_immutable()
    })?;
    if let Some(provided) = given.iter().find(|input| current.contains_key(&input.name)) {
        return Err(Failure::NewPasswordAttributeProvided(provided.name.clone()));
    }
    refuse_unauthorized(
        client,
        &pool.schema,
        given.iter().map(|input| input.name.as_str()),
    )?;
    let provided = |name: &str| {
        given
            .iter()
            .any(|input| input.name == name && input.value.as_deref() != Some(""))
    };
    if let Some(missing) = pool
        .schema
        .required()
        .find(|a| !current.contains_key(&a.name) && !provided(&a.name))
    {
        return Err(Failure::NewPasswordAttributeMissing(missing.name.clone()));
    }
    let (mut changes, mut violations) = (Vec::new(), Vec::new());
    for AttributeInput { name, value } in given {
        let value = value.as_deref().unwrap_or_default();
        match checked_value(&pool.schema, name, value) {
            Err(violation) => violations.push(violation),
            // An immutable attribute is set when the user is created, or here if it is required.
            Ok(definition) if !definition.mutable && !definition.required => {
                violations.push(Violation {
                    attribute: name.clone(),
                    fault: Fault::Immutable,
                });
            }
            Ok(_) if value.is_empty() => {}
            Ok(definition) => changes.push(set(pool, definition, value)),
        }
    }
    if !violations.is_empty() {
        return Err(Failure::Attributes(violations));
    }
    refuse_malformed_contacts(&apply(&Attributes::new(), &changes))?;
    Ok(changes)
}

/// The names of required attributes that the user does not have.
#[must_use]
pub fn missing_required(schema: &Schema, current: &Attributes) -> Vec<String> {
    schema
        .required()
        .filter(|attribute| !current.contains_key(&attribute.name))
        .map(|attribute| attribute.name.clone())
        .collect()
}

/// The attributes after the changes. The verified flag of a deleted contact is deleted too.
#[must_use]
pub fn apply(current: &Attributes, changes: &[Change]) -> Attributes {
    let mut after = current.clone();
    for change in changes {
        match change {
            Change::Set(name, value) => {
                after.insert(name.clone(), value.clone());
            }
            Change::Delete(name) => {
                after.remove(name);
                if let Some(contact) = Contact::named(name) {
                    after.remove(contact.verified_flag());
                }
            }
        }
    }
    after
}

fn refuse_fixed(given: &[AttributeInput], fixed: impl Fn(&str) -> bool) -> Result<(), Failure> {
    match given.iter().find(|input| fixed(&input.name)) {
        Some(input) => Err(Failure::NotMutable(input.name.clone())),
        None => Ok(()),
    }
}

fn refuse_null(given: &[AttributeInput]) -> Result<(), Failure> {
    match given.iter().find(|input| input.value.is_none()) {
        Some(input) => Err(Failure::NullAttribute(input.name.clone())),
        None => Ok(()),
    }
}

fn refuse_unauthorized<'a>(
    client: &ClientSettings,
    schema: &Schema,
    mut names: impl Iterator<Item = &'a str>,
) -> Result<(), Failure> {
    if names.all(|name| may_write(client, schema, name)) {
        Ok(())
    } else {
        Err(Failure::UnauthorizedAttribute)
    }
}

fn refuse_malformed_contacts(attributes: &Attributes) -> Result<(), Failure> {
    for contact in Contact::ALL {
        let value = attributes.get(contact.attribute());
        if value.is_some_and(|value| !contact.is_well_formed(value)) {
            return Err(Failure::MalformedContact(contact));
        }
    }
    Ok(())
}

fn checked_value<'s>(
    schema: &'s Schema,
    name: &str,
    value: &str,
) -> Result<&'s AttributeDefinition, Violation> {
    let violation = |fault| Violation {
        attribute: name.to_owned(),
        fault,
    };
    let definition = schema.get(name).ok_or_else(|| violation(Fault::Unknown))?;
    match definition.fault(value) {
        Some(fault) if !value.is_empty() => Err(violation(fault)),
        _ => Ok(definition),
    }
}

fn set(pool: &PoolSettings, definition: &AttributeDefinition, value: &str) -> Change {
    let value = username::stored_value(pool, &definition.name, &definition.normalised(value));
    Change::Set(definition.name.clone(), value)
}

fn changes(
    pool: &PoolSettings,
    current: &Attributes,
    given: &[AttributeInput],
) -> Result<Vec<Change>, Failure> {
    let (mut changes, mut violations) = (Vec::new(), Vec::new());
    for AttributeInput { name, value } in given {
        let value = value.as_deref().unwrap_or_default();
        let definition = match checked_value(&pool.schema, name, value) {
            Ok(definition) => definition,
            Err(violation) => {
                violations.push(violation);
                continue;
            }
        };
        let fault = if !definition.mutable {
            Some(Fault::Immutable)
        } else if value.is_empty() && definition.required {
            Some(Fault::RequiredDeleted)
        } else {
            None
        };
        match fault {
            Some(fault) => violations.push(Violation {
                attribute: name.clone(),
                fault,
            }),
            None if value.is_empty() => changes.push(Change::Delete(name.clone())),
            None => changes.push(set(pool, definition, value)),
        }
    }
    // A user that lacks a required attribute must get it with any other (behaviour 2.5).
    let touched: BTreeSet<&str> = given.iter().map(|input| input.name.as_str()).collect();
    if changes
        .iter()
        .any(|change| matches!(change, Change::Set(..)))
    {
        let missing = missing_required(&pool.schema, current);
        violations.extend(
            missing
                .into_iter()
                .filter(|name| !touched.contains(name.as_str()))
                .map(|attribute| Violation {
                    attribute,
                    fault: Fault::Missing,
                }),
        );
    }
    if !violations.is_empty() {
        return Err(Failure::Attributes(violations));
    }
    let set_only: Attributes = changes
        .iter()
        .filter_map(|change| match change {
            Change::Set(name, value) => Some((name.clone(), value.clone())),
            Change::Delete(_) => None,
        })
        .collect();
    refuse_malformed_contacts(&set_only)?;
    Ok(changes)
}
