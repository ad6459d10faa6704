//! The operations of this group, one file each.

mod delete_user;
mod delete_user_attributes;
mod get_user;
mod get_user_attribute_verification_code;
mod update_user_attributes;
mod verify_user_attribute;
