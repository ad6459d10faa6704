//! The operations of this group, one file each.

mod get_provisioned_limit;
mod update_provisioned_limit;

use crate::model::{LimitDefinitionType, LimitType};

/// The category that a request names, and nothing besides; an empty text, which is no category, if it does not.
fn category(definition: &LimitDefinitionType) -> &str {
    let mut attributes = definition.attributes.iter();
    match (attributes.next(), attributes.next()) {
        (Some((name, category)), None) if name == "Category" => category,
        _ => "",
    }
}

/// A limit, which is all for free.
const fn described(limit_definition: LimitDefinitionType, value: i32) -> LimitType {
    LimitType {
        limit_definition,
        provisioned_limit_value: value,
        free_limit_value: value,
    }
}
