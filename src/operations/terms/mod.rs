//! The operations of this group, one file each.

mod create_terms;
mod delete_terms;
mod describe_terms;
mod describe_terms_by_client;
mod description;
mod list_terms;
mod update_terms;

/// The most items of a page.
const MAX_PAGE: i32 = 60;
