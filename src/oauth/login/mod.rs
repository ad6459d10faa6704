//! The login pages of a domain (domain 10): signing in, and the page that says why something is refused.
//!
//! What a page asks is checked by the flows of the JSON API. Between two pages the browser holds what is proven so far:
//! the sealed session of a challenge, in a hidden field of the form.

mod asked;
pub(super) mod error_page;
pub(super) mod files;
mod frame;
pub(super) mod passkeys;
pub(super) mod preview;
mod qr;
mod request;
pub(super) mod sign_in;
mod step;
