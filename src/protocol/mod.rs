//! AWS JSON 1.1: from an HTTP request to a typed input, from a typed output to an HTTP response.
//!
//! [`dispatch::Registry`] is the entry point. The protocol has no access to users or SQL; the
//! application provides the time, the verification of signatures and what their keys permit through
//! [`dispatch::Environment`].

pub mod conformance;
pub mod dispatch;
pub mod error;
pub mod local_hosts;
mod model_exceptions;
pub mod request;
mod response;
pub mod shape_check;
pub mod sigv4;
pub mod validation;

pub use conformance::{conform_error, conform_output};
pub use dispatch::{BodyBound, BodyBounds, Caller, Environment, Handler, Registry, SignedCall};
pub use error::Error;
pub use request::SignedRequest;
pub use response::{failure, internal_failure, too_large};
