//! Types and texts of the refusals of customized login pages (administration 6.2).

use crate::domain::customization_fault::CustomizationFault;
use crate::model::ErrorCode as Code;

/// The type and the text, in the answer of `operation`.
pub(super) fn customization(operation: &str, fault: &CustomizationFault) -> (Code, String) {
    let text = match fault {
        CustomizationFault::NoDomain => match operation {
            "GetUICustomization" => {
                "There has to be an existing domain associated with this user pool".to_owned()
            }
            _ => "A domain must be associated with this user pool.".to_owned(),
        },
        CustomizationFault::NoImage => "The image file must be a PNG or JPEG.".to_owned(),
        CustomizationFault::Class(selector) => {
            format!("The CSS class {selector} is not in the list of allowed classes.")
        }
        CustomizationFault::AtRule(rule) => format!("The CSS rule {rule} is not allowed."),
        CustomizationFault::Script => "The CSS must not contain scripts.".to_owned(),
        CustomizationFault::Malformed => "The CSS is not well-formed.".to_owned(),
    };
    (Code::InvalidParameterException, text)
}
