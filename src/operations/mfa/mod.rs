//! The operations of this group, one file each.

mod admin_delete_software_token;
mod admin_get_user_auth_factors;
mod admin_set_user_mfa_preference;
mod admin_set_user_settings;
mod associate_software_token;
mod factors;
mod get_user_auth_factors;
mod set_user_mfa_preference;
mod set_user_settings;
mod verify_software_token;

pub use factors::{mfa_options, preferred, setting_list};
