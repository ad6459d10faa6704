//! The rules of schemas and attributes, as functions: what they let through keeps the schema.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use cognate::domain::app_client::ClientSettings;
use cognate::domain::attribute::{Attributes, Contact};
use cognate::domain::attribute_update::{
    AttributeInput, apply, validate_admin_update, validate_deletion,
    validate_new_password_attributes, validate_new_user, validate_self_update,
};
use cognate::domain::schema::{Bounds, DataType, Schema};
use cognate::domain::schema_change::{AttributeRequest, MAX_CUSTOM_ATTRIBUTES, create, extend};
use cognate::domain::user_pool::PoolSettings;
use cognate::store;

use crate::choice::{below, once_in, one_of, text};
use crate::world::lock_world;

const NAMES: &[&str] = &[
    "email",
    "phone_number",
    "name",
    "birthdate",
    "updated_at",
    "sub",
    "team",
    "age",
    "vip",
    "custom:team",
    "dev:note",
    "email_verified",
    "identities",
    "preferred_username",
    "zoneinfo",
];
const TYPES: [DataType; 4] = [
    DataType::String,
    DataType::Number,
    DataType::Boolean,
    DataType::DateTime,
];
const BOUNDS: &[&str] = &[
    "0", "1", "20", "2048", "2049", "-1", "1e3", "0.5", "+7", "", "x",
];
const VALUES: &[&str] = &[
    "a@example.com",
    "+15551234567",
    "true",
    "FALSE",
    "2024-02-30",
    "2024-01-31T10:00:00Z",
    "-0",
    "0.50",
    "1767225600",
    "",
];

static SETTINGS: LazyLock<(PoolSettings, ClientSettings)> = LazyLock::new(|| {
    let world = lock_world();
    let (pool, client) = (world.variables.get("Pool"), world.variables.get("Client"));
    world.block_on(async {
        let mut conn = world.app.db.read().await.expect("a connection");
        let pool = store::user_pools::find(&mut conn, pool)
            .await
            .expect("read");
        let client = store::user_pool_clients::find(&mut conn, client)
            .await
            .expect("read");
        (
            pool.expect("the pool").settings,
            client.expect("the client").settings,
        )
    })
});

pub(crate) fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let (pool, client) = &*SETTINGS;
    let mut pool = pool.clone();
    let mut schema = match below(&mut input, 3) {
        0 => pool.schema.clone(),
        _ => match create(&requests(&mut input)) {
            Ok(schema) => schema,
            Err(_) => return,
        },
    };
    if once_in(&mut input, 3) {
        let before = schema.clone();
        if let Ok(extended) = extend(&schema, &requests(&mut input)) {
            let kept = extended.attributes.get(..before.attributes.len());
            assert_eq!(kept, Some(before.attributes.as_slice()));
            schema = extended;
        }
    }
    keeps_its_own_rules(&schema);
    pool.schema = schema;
    values(&mut input, &pool, client);
}

fn requests(input: &mut Unstructured<'_>) -> Vec<AttributeRequest> {
    (0..below(input, 5))
        .map(|_| AttributeRequest {
            name: Some(name(input)).filter(|name| !name.is_empty()),
            data_type: (!once_in(input, 8)).then(|| *one_of(input, &TYPES)),
            developer_only: input.arbitrary().unwrap_or_default(),
            mutable: input.arbitrary().unwrap_or_default(),
            required: once_in(input, 4).then_some(true),
            length: once_in(input, 2).then(|| bounds(input)),
            range: once_in(input, 2).then(|| bounds(input)),
        })
        .collect()
}

fn bounds(input: &mut Unstructured<'_>) -> Bounds {
    let mut bound = || match below(input, 4) {
        0 => None,
        1 => Some(text(input)),
        _ => Some((*one_of(input, BOUNDS)).to_owned()),
    };
    Bounds {
        min: bound(),
        max: bound(),
    }
}

fn name(input: &mut Unstructured<'_>) -> String {
    match once_in(input, 8) {
        true => text(input),
        false => (*one_of(input, NAMES)).to_owned(),
    }
}

/// A schema comes back from the store as it went there, and names each attribute once.
fn keeps_its_own_rules(schema: &Schema) {
    let json = serde_json::to_string(schema).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Schema>(&json).ok().as_ref(),
        Some(schema)
    );
    for (index, attribute) in schema.attributes.iter().enumerate() {
        let first = schema
            .attributes
            .iter()
            .position(|a| a.name == attribute.name);
        assert_eq!(first, Some(index), "{} is there twice", attribute.name);
    }
    assert!(schema.custom().count() <= MAX_CUSTOM_ATTRIBUTES);
}

/// A user with any attributes, which then change.
fn values(input: &mut Unstructured<'_>, pool: &PoolSettings, client: &ClientSettings) {
    let username = once_in(input, 4).then_some((Contact::Email, "own@example.com"));
    let door = once_in(input, 2).then_some(client);
    let created = validate_new_user(pool, door, username, &given(input, pool));
    let mut current: Attributes = created.unwrap_or_default();
    keep_the_schema(pool, &current);
    for _ in 0..3 {
        if input.is_empty() {
            return;
        }
        let given = given(input, pool);
        let variables: Vec<String> = given.iter().map(|given| given.name.clone()).collect();
        let changes = match below(input, 5) {
            0 => validate_self_update(pool, client, &current, &given),
            1 => validate_admin_update(pool, &current, &given),
            2 => validate_new_password_attributes(pool, client, &current, &given),
            3 => validate_deletion(pool, None, &current, &variables),
            _ => validate_deletion(pool, Some(client), &current, &variables),
        };
        let Ok(changes) = changes else {
            continue;
        };
        let after = apply(&current, &changes);
        keep_the_schema(pool, &after);
        // Saying the same twice changes nothing more.
        assert_eq!(apply(&after, &changes), after);
        current = after;
    }
}

fn given(input: &mut Unstructured<'_>, pool: &PoolSettings) -> Vec<AttributeInput> {
    (0..below(input, 5))
        .map(|_| {
            let name = match once_in(input, 8) {
                true => name(input),
                false => one_of(input, &pool.schema.attributes).name.clone(),
            };
            let value = match below(input, 8) {
                0 => None,
                1..=3 => Some(text(input)),
                4 => Some("9".repeat(below(input, 2100))),
                _ => Some((*one_of(input, VALUES)).to_owned()),
            };
            AttributeInput { name, value }
        })
        .collect()
}

fn keep_the_schema(pool: &PoolSettings, attributes: &Attributes) {
    for (name, value) in attributes {
        let definition = pool
            .schema
            .get(name)
            .expect("only what the schema knows is kept");
        assert_eq!(definition.fault(value), None, "{name} = {value:?}");
        let normalised = definition.normalised(value);
        assert_eq!(normalised, *value);
        assert!(!value.is_empty(), "{name} is empty");
    }
    for contact in Contact::ALL {
        if let Some((value, _)) = contact.of(attributes) {
            assert!(contact.is_well_formed(value), "{value:?}");
        } else {
            assert!(!attributes.contains_key(contact.verified_flag()));
        }
    }
}
