//! Imports of users from CSV files (administration 9): jobs, the upload of their files, and the import itself.

pub mod file;
pub mod import;
pub mod jobs;
pub mod upload;
