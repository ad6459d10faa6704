//! The attribute schema as every operation that writes attributes enforces it: sections 2.1, 2.2,
//! 2.4 and 2.5.

mod admin;
mod admin_create_user;
mod developer_only;
mod doors;
mod lists;
mod required;
mod standard;
mod types;
