//! What signed-in users do with their own profile: sections 1.6, 2.4, 2.5 and 3.4.

mod alias_moves;
mod aliases;
mod attribute_codes;
mod before_update;
mod before_update_setting;
mod delete_attributes;
mod delete_user;
mod get_user;
mod limits;
mod tokens;
mod update;
mod update_refusals;
