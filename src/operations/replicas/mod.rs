//! The operations of this group, one file each. A server has one region, so that pools have no replicas.

mod create_user_pool_replica;
mod delete_user_pool_replica;
mod list_user_pool_replicas;
mod update_user_pool_replica;
