//! The login pages of a domain (domain 10): signing in, signing up, and the page that says why something is refused.
//!
//! What a page asks is checked by the flows of the JSON API. Between two pages the browser holds what is proven so far:
//! the sealed session of a challenge, in a hidden field of the form. What a page says on arrival it finds in a cookie.

mod ask;
mod asked;
pub(super) mod confirm;
pub(super) mod confirm_user;
mod end;
pub(super) mod error_page;
pub(super) mod files;
pub(super) mod forgot_password;
mod frame;
pub(super) mod look;
mod next;
mod page_data;
pub(super) mod passkeys;
pub(super) mod preview;
mod qr;
mod request;
pub(super) mod sign_in;
pub(super) mod sign_up;
mod step;
