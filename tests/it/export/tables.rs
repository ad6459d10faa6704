//! No table and no column is forgotten.

use std::collections::BTreeSet;

use cognate::flows::export::tables::{ACCESS_KEYS, LEFT_OUT, POOL_TABLES};

use super::{cognate, export, file, lines};
use crate::support::{StoreKind, TestStore, both_stores};

both_stores! {
    /// A migration that makes a table has to say whether an export has it.
    async fn every_table_is_exported_or_left_out_for_a_reason(store: TestStore) {
        cognate(&store, &["migrate"]).await.well();
        let made: BTreeSet<String> = store.ask(match store.kind {
            StoreKind::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
            StoreKind::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        }).await.into_iter().collect();
        let known: BTreeSet<String> = POOL_TABLES
            .into_iter()
            .chain(LEFT_OUT.into_iter().map(|(table, _)| table))
            .chain([ACCESS_KEYS, "_sqlx_migrations"])
            .map(str::to_owned)
            .collect();
        assert_eq!(made, known);
    }

    /// A store without pools is exported too; every column of bytes is known.
    async fn an_empty_store_is_exported(store: TestStore) {
        cognate(&store, &["migrate"]).await.well();
        let to = file(&store, "empty.export");
        let said = export(&store, &to, &["--all"]).await.well();
        assert!(said.contains("0 user pools"), "{said}");
        let lines = lines(&to);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["line"], "head");
        assert_eq!(lines[1]["line"], "end");
    }
}
