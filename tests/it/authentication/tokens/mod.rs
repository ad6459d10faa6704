//! Tokens: what is in them, how long they last, and what ends them sooner.

mod access;
mod claims;
mod groups;
mod nodes;
mod refresh;
mod reuse;
mod rotation;
mod signatures;
mod validity;
