//! The administrator's signature, by the signer of the behaviour tests: written apart from the
//! server's verifier, so that the two check each other.

#[path = "../../tests/it/support/sigv4.rs"]
#[expect(
    dead_code,
    reason = "the tests' own code, of which not all is needed here"
)]
mod tests_signer;

pub(crate) use tests_signer::{Signer, Subject};
