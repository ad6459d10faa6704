//! The operations of this group, one file each.

mod admin_add_user_to_group;
mod admin_list_groups_for_user;
mod admin_remove_user_from_group;
mod create_group;
mod delete_group;
mod description;
mod get_group;
mod list_groups;
mod list_users_in_group;
mod update_group;

/// The most items of a page.
const MAX_PAGE: i32 = 60;
