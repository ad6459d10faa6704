//! Values of a wrong JSON type for a shape, and what section 1.3 says of each.

use serde_json::{Value, json};

use super::model::Shape;

const LIST: Option<&str> = Some("Start of list found where not expected");
const STRUCTURE: Option<&str> = Some("Start of structure or map found where not expected.");

/// Each wrong value with the text for it; without one where the section says nothing of the text.
pub fn wrong_types(shape: Shape) -> Vec<(Value, Option<&'static str>)> {
    match shape.kind() {
        "string" => vec![
            (
                json!(5),
                Some("NUMBER_VALUE can not be converted to a String"),
            ),
            (
                json!(0.5),
                Some("NUMBER_VALUE can not be converted to a String"),
            ),
            (
                json!(true),
                Some("TRUE_VALUE can not be converted to a String"),
            ),
            (
                json!(false),
                Some("FALSE_VALUE can not be converted to a String"),
            ),
            (json!(["a"]), LIST),
            (json!({ "a": "b" }), None),
        ],
        "integer" => vec![
            (
                json!("5"),
                Some("STRING_VALUE can not be converted to an Integer"),
            ),
            (
                json!(true),
                Some("TRUE_VALUE can not be converted to an Integer"),
            ),
            (
                json!(false),
                Some("FALSE_VALUE can not be converted to an Integer"),
            ),
            (json!([5]), LIST),
            (json!({ "a": 5 }), None),
            (json!(2_147_483_648_u32), None),
            (json!(-2_147_483_649_i64), None),
            (json!(u64::MAX), None),
            (json!(1e300), None),
        ],
        "boolean" => vec![
            (json!("true"), None),
            (json!(1), None),
            (json!([true]), LIST),
            (json!({ "a": true }), None),
        ],
        "structure" => vec![
            (json!("x"), Some("Expected null")),
            (json!(["x"]), STRUCTURE),
            (json!(5), None),
            (json!(true), None),
        ],
        "list" => vec![
            (json!("x"), Some("Expected list or null")),
            (json!({ "a": "b" }), None),
            (json!(5), None),
            (json!(false), None),
        ],
        "map" => vec![
            (json!("x"), Some("Expected map or null")),
            (json!(["x"]), STRUCTURE),
            (json!(5), None),
            (json!(false), None),
        ],
        "document" => Vec::new(),
        _ => vec![(json!([[]]), None), (json!({ "a": "b" }), None)],
    }
}
