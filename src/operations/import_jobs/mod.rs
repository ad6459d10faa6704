//! The operations of this group, one file each.

mod create_user_import_job;
mod describe_user_import_job;
mod description;
mod get_csv_header;
mod list_user_import_jobs;
mod start_user_import_job;
mod stop_user_import_job;
