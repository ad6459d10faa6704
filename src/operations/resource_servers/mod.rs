//! The operations of this group, one file each.

mod create_resource_server;
mod delete_resource_server;
mod describe_resource_server;
mod description;
mod list_resource_servers;
mod update_resource_server;

/// The most items of a page.
const MAX_PAGE: i32 = 50;
