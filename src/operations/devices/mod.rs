//! The operations of this group, one file each.

mod admin_forget_device;
mod admin_get_device;
mod admin_list_devices;
mod admin_update_device_status;
mod confirm_device;
mod description;
mod forget_device;
mod get_device;
mod list_devices;
mod update_device_status;
