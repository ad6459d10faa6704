//! What is wrong with the attributes that a request defines in a pool's schema.

/// A definition that the schema cannot have (behaviour 2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaFault {
    /// The definition at this position of the request's list, counted from 1, has no name.
    NameMissing(usize),
    /// A custom attribute is defined without its data type.
    DataTypeMissing,
    /// A custom attribute would be required.
    CustomRequired,
    /// The schema, or an earlier definition of the request, has the attribute.
    NameTaken {
        /// The attribute's name as AWS names it: of a custom attribute `custom:` and its name, also
        /// where it is developer-only.
        name: String,
        /// Its name in the schema.
        full_name: String,
    },
    /// The schema would have more custom attributes than this.
    TooManyCustomAttributes(usize),
    /// The data type of this standard attribute would change, or it would be developer-only.
    StandardAttribute(String),
    /// A bound of the length of this attribute's values is not a whole number.
    LengthNotWhole(String),
    /// A bound of this attribute's values is not a whole number, or too large for any.
    RangeNotWhole(String),
    /// A bound of the length of an attribute's values is above the longest value of any attribute.
    LengthAboveLimit {
        /// The attribute's name in the schema.
        attribute: String,
        /// The limit.
        limit: usize,
    },
    /// The greatest length of this attribute's values is less than the least.
    LengthInverted(String),
    /// The greatest value of this attribute is less than the least.
    RangeInverted(String),
}
