//! A server as its operator sees it: its start, its configuration and its bounds.

mod backup;
mod commands;
mod config_check;
mod core_dumps;
mod development_container;
mod hostile;
mod http2;
mod https;
mod jobs;
mod master_key;
mod overload;
mod overview;
mod provisioning;
mod store_files;
mod weak_production;
