//! The operations of this group, one file each.

mod description;
mod get_log_delivery_configuration;
mod set_log_delivery_configuration;
