//! The service interface as data, and what is generated from it.
//!
//! `model/cognito-idp.json` says which operations there are, what they take, answer and refuse.
//! [`shapes`] reads it at run time, for validation; `model/generate.py` makes the Rust types of
//! [`generated`] from it: a struct per structure (members in snake case, required ones plain,
//! the others in an `Option`), an enum per set of values, [`ErrorCode`], and in [`ops`] a marker
//! type per operation.
//!
//! The structs implement no `Debug`, because many of them carry passwords, codes and tokens.

#[expect(
    missing_docs,
    reason = "the names are the service's own; its API reference explains them"
)]
pub mod generated;
pub mod operations_table;
pub mod shapes;
pub mod wire;
mod wire_enum;

pub use generated::*;
pub use wire::{Empty, EpochSeconds, Operation};

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::{Map, Value, json};

    use super::generated::each_operation;
    use super::shapes::{Kind, MODEL, Shape};
    use super::{ErrorCode, Operation, ops};

    #[test]
    fn the_generated_files_are_fresh() {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/model/generate.py");
        let check = Command::new("python3").args([script, "--check"]).output();
        let check = check.expect("python3 runs");
        assert!(
            check.status.success(),
            "{}",
            String::from_utf8_lossy(&check.stderr)
        );
    }

    /// A value of the shape; with `everything`, also of what is not required.
    fn sample(shape: &Shape, everything: bool) -> Value {
        match &shape.kind {
            Kind::Structure(members) => {
                let members = members.iter().filter(|m| everything || m.required);
                let members = members.map(|m| (m.name.clone(), sample(&m.shape, everything)));
                Value::Object(members.collect())
            }
            Kind::List(element) => json!([sample(element, everything)]),
            Kind::Map(key, value) => {
                let key = sample(key, everything);
                let key = key.as_str().unwrap().to_owned();
                Value::Object(Map::from_iter([(key, sample(value, everything))]))
            }
            Kind::String => json!(shape.values.first().map_or("text", String::as_str)),
            Kind::Integer => json!(i32::MAX),
            Kind::Long => json!(i64::MAX),
            Kind::Double | Kind::Timestamp => json!(1.5),
            Kind::Boolean => json!(true),
            Kind::Blob => json!("AAAA"),
            Kind::Document => json!({"any": ["thing"]}),
        }
    }

    #[test]
    fn every_operation_is_what_the_model_says() {
        let mut count = 0;
        macro_rules! check {
            ($operation:ident) => {
                let (name, shape) = MODEL
                    .operations
                    .get_key_value(<ops::$operation as Operation>::NAME)
                    .unwrap();
                assert_eq!(ops::$operation::SIGNED, shape.signed, "{name}");
                let errors = ops::$operation::ERRORS.iter().map(|error| error.as_str());
                assert!(errors.eq(shape.errors.iter()), "{name}");
                for everything in [false, true] {
                    let input = sample(&shape.input, everything);
                    type Input = <ops::$operation as Operation>::Input;
                    assert!(serde_json::from_value::<Input>(input).is_ok(), "{name}");
                }
                count += 1;
            };
        }
        each_operation!(check);
        assert_eq!(count, MODEL.operations.len());
    }

    #[test]
    fn only_failures_of_ours_are_not_the_callers() {
        for code in ErrorCode::ALL {
            let expected = match code.as_str() {
                "InternalErrorException" | "InternalServerException" => 500,
                "RequestEntityTooLargeException" => 413,
                _ => 400,
            };
            assert_eq!(code.http_status(), expected, "{code}");
        }
    }
}
