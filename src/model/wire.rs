//! What the generated code is made of: the operation trait and its macro, the timestamp, and the
//! macro of [`super::wire_enum`].

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ErrorCode;

/// What a marker type of [`super::ops`] says about its operation.
pub trait Operation: Send + Sync + 'static {
    /// The name behind the dot of `X-Amz-Target`.
    const NAME: &'static str;
    /// Whether a request must be signed with an access key.
    const SIGNED: bool;
    /// The errors that the model lists; see also [`ErrorCode::COMMON`].
    const ERRORS: &'static [ErrorCode];
    /// The request's body.
    type Input: DeserializeOwned + Send;
    /// The answer's body.
    type Output: Serialize + Send;
}

/// The answer of an operation without an output shape: `{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Empty {}

/// A point in time on the wire: a JSON number of seconds since the Unix epoch, with a fraction of
/// milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochSeconds(i64);

impl EpochSeconds {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }
}

impl Serialize for EpochSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1000 == 0 {
            return serializer.serialize_i64(self.0 / 1000);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact to the millisecond for 280,000 years"
        )]
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for EpochSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast saturates; the shape check has refused what is out of range"
        )]
        Ok(Self((seconds * 1000.0).round() as i64))
    }
}

/// The marker type of an operation.
macro_rules! operation {
    ($name:ident, signed: $signed:literal, $input:ident => $output:ident, [$($error:ident),* $(,)?]) => {
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::model::wire::Operation for $name {
            const NAME: &'static str = stringify!($name);
            const SIGNED: bool = $signed;
            const ERRORS: &'static [$crate::model::ErrorCode] =
                &[$($crate::model::ErrorCode::$error,)*];
            type Input = $input;
            type Output = $output;
        }
    };
}

pub(crate) use super::wire_enum::wire_enum;
pub(crate) use operation;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeDataType, SchemaAttributeType, SignUpRequest, ops};

    #[test]
    fn time_is_a_number_of_seconds_with_milliseconds() {
        let json = |ms| serde_json::to_string(&EpochSeconds::from_millis(ms)).unwrap();
        assert_eq!(json(1_689_721_665_239), "1689721665.239");
        assert_eq!(json(1_689_721_665_000), "1689721665");
        let read = |text| serde_json::from_str::<EpochSeconds>(text).unwrap().millis();
        assert_eq!(read("1689721665.239"), 1_689_721_665_239);
        assert_eq!(read("1.594889658976E9"), 1_594_889_658_976);
    }

    #[test]
    fn enums_know_their_wire_names() {
        assert_eq!(AttributeDataType::DateTime.as_str(), "DateTime");
        assert_eq!(
            AttributeDataType::from_wire("Boolean"),
            Some(AttributeDataType::Boolean)
        );
        assert_eq!(AttributeDataType::from_wire("boolean"), None);
        assert_eq!(AttributeDataType::ALL.len(), 4);
    }

    #[test]
    fn absent_and_null_members_are_none_and_unknown_ones_ignored() {
        let input: SignUpRequest = serde_json::from_str(
            r#"{"ClientId":"c","Username":"u","Password":null,"Unknown":{"a":[1]}}"#,
        )
        .unwrap();
        assert_eq!(input.username, "u");
        assert!(input.password.is_none());
        assert!(input.user_attributes.is_none());
    }

    #[test]
    fn absent_members_are_not_written() {
        let schema = SchemaAttributeType {
            name: Some("dept".to_owned()),
            ..Default::default()
        };
        assert_eq!(
            serde_json::to_string(&schema).unwrap(),
            r#"{"Name":"dept"}"#
        );
        assert_eq!(serde_json::to_string(&Empty {}).unwrap(), "{}");
    }

    #[test]
    fn markers_carry_what_the_model_says() {
        assert_eq!(ops::SignUp::NAME, "SignUp");
        const { assert!(!ops::SignUp::SIGNED) };
        const { assert!(ops::AdminGetUser::SIGNED) };
        assert!(ops::SignUp::ERRORS.contains(&ErrorCode::UsernameExistsException));
        assert_eq!(ErrorCode::UserNotFoundException.http_status(), 400);
        assert_eq!(ErrorCode::InternalErrorException.http_status(), 500);
    }
}
