//! Devices that a pool remembers (section 5.9, administration 2.7 and 12.4).

mod bounds;
mod confirm;
mod exchange;
mod forget;
mod issuing;
mod manage;
mod refresh;
mod sign_in;

use crate::support::refusals::Refusal;

/// Section 5.9.
const NO_SUCH_DEVICE: Refusal = ("ResourceNotFoundException", "Device does not exist.");

/// Administration 12.4.
const NOT_ISSUED: Refusal = ("InvalidParameterException", "Invalid device key given.");

/// A key that no sign-in has issued.
const UNKNOWN_KEY: &str = "us-east-1_00000000-0000-4000-8000-000000000000";
