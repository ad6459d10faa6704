//! The operations of this group, one file each.

mod admin_user_global_sign_out;
mod global_sign_out;
mod revoke_token;
