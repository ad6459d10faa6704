//! The administrator's operations on users.

mod create;
mod get;
mod invitations;
mod list;
mod names;
mod passwords;
mod states;
