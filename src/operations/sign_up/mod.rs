//! The operations of this group, one file each.

mod confirm_sign_up;
mod resend_confirmation_code;
#[expect(
    clippy::module_inception,
    reason = "the operation and the resource have the same name in the model"
)]
mod sign_up;
