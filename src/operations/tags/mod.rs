//! The operations of this group, one file each.

mod list_tags_for_resource;
mod tag_resource;
mod untag_resource;
