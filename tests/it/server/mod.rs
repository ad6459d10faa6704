//! A server as its operator sees it: its start, its configuration and its bounds.

mod master_key;
mod overload;
mod provisioning;
