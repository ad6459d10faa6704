//! What an app client may read and write of its users' attributes (behaviour 2.5).

use super::app_client::ClientSettings;
use super::attribute::{Contact, IDENTITIES, SUB};
use super::schema::Schema;

/// Whether the client may read the attribute of this full name in GetUser and in ID tokens.
///
/// `sub` is always readable, developer-only attributes never. A client without a list may read the rest
/// of the schema. A list is exhaustive: an attribute that is added to the pool later is not in it.
#[must_use]
pub fn may_read(client: &ClientSettings, schema: &Schema, attribute: &str) -> bool {
    if attribute == SUB {
        return true;
    }
    let Some(definition) = schema.get(attribute) else {
        return false;
    };
    !definition.developer_only
        && client
            .read_attributes
            .as_ref()
            .is_none_or(|listed| listed.iter().any(|name| name == attribute))
}

/// Whether the client may set, change and delete the attribute of this full name.
///
/// Without a list it may write the whole schema, immutable attributes included (those then only
/// at sign-up), except what only the server or an administrator decides: `sub`, the verified
/// flags, `identities` and developer-only attributes. Without a list, an attribute that the schema does
/// not have counts as writable, so that the answer says that it does not exist, not that it is forbidden.
/// A list is exhaustive.
#[must_use]
pub fn may_write(client: &ClientSettings, schema: &Schema, attribute: &str) -> bool {
    if attribute == SUB || attribute == IDENTITIES || Contact::flagged(attribute).is_some() {
        return false;
    }
    if schema
        .get(attribute)
        .is_some_and(|definition| definition.developer_only)
    {
        return false;
    }
    client
        .write_attributes
        .as_ref()
        .is_none_or(|listed| listed.iter().any(|name| name == attribute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schema::{AttributeDefinition, Bounds, DataType};

    fn client(read: Option<&[&str]>, write: Option<&[&str]>) -> ClientSettings {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        ClientSettings {
            read_attributes: read.map(list),
            write_attributes: write.map(list),
            ..ClientSettings::default()
        }
    }

    fn schema() -> Schema {
        let mut schema = Schema::standard();
        for (name, developer_only, mutable) in [
            ("custom:team", false, true),
            ("custom:badge", false, false),
            ("dev:custom:note", true, true),
        ] {
            schema.attributes.push(AttributeDefinition {
                name: name.to_owned(),
                data_type: DataType::String,
                developer_only,
                mutable,
                required: false,
                length: Bounds::default(),
                range: Bounds::default(),
            });
        }
        schema
    }

    #[test]
    fn without_lists_all_but_protected_attributes_are_readable_and_writable() {
        let (client, schema) = (client(None, None), schema());
        for readable in [
            "sub",
            "email",
            "email_verified",
            "identities",
            "custom:team",
            "custom:badge",
        ] {
            assert!(may_read(&client, &schema, readable), "{readable}");
        }
        assert!(!may_read(&client, &schema, "dev:custom:note"));
        assert!(!may_read(&client, &schema, "custom:unheard_of"));
        for writable in [
            "email",
            "name",
            "custom:team",
            "custom:badge",
            "custom:unheard_of",
        ] {
            assert!(may_write(&client, &schema, writable), "{writable}");
        }
        for forbidden in [
            "sub",
            "email_verified",
            "phone_number_verified",
            "identities",
            "dev:custom:note",
        ] {
            assert!(!may_write(&client, &schema, forbidden), "{forbidden}");
        }
    }

    #[test]
    fn with_lists_only_listed_attributes_are_readable_and_writable() {
        let client = client(Some(&["email"]), Some(&["name", "custom:badge"]));
        let schema = schema();
        assert!(may_read(&client, &schema, "email"));
        assert!(may_read(&client, &schema, "sub"));
        assert!(!may_read(&client, &schema, "email_verified"));
        assert!(!may_read(&client, &schema, "custom:team"));
        assert!(may_write(&client, &schema, "custom:badge"));
        assert!(!may_write(&client, &schema, "email"));
        assert!(!may_write(&client, &schema, "custom:unheard_of"));
    }

    #[test]
    fn an_empty_list_grants_nothing() {
        let client = client(Some(&[]), Some(&[]));
        let schema = schema();
        assert!(may_read(&client, &schema, "sub"));
        assert!(!may_read(&client, &schema, "email"));
        assert!(!may_write(&client, &schema, "email"));
    }
}
