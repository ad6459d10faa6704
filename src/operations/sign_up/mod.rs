//! The operations of this group, one file each.

mod confirm_sign_up;
mod resend_confirmation_code;
mod sign_up;
