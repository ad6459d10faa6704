//! Messages and the ways they leave: each test has a store and real servers to deliver to.

mod bounds;
mod fairness;
mod foreign_key;
mod gateway;
mod inbox;
mod mail;
mod new_devices;
mod node;
mod notices;
mod outbox;
mod scripted;
mod smtp_server;
mod webhook;
mod worker;
