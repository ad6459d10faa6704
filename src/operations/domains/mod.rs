//! The operations of this group, one file each.

mod create_user_pool_domain;
mod delete_user_pool_domain;
mod describe_user_pool_domain;
mod description;
mod update_user_pool_domain;
