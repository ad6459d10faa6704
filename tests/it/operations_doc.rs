//! `docs/operations.md` says what the server really answers.

use std::path::Path;

use cognate::model::operations_table::operations_table;

use crate::support::application;

/// Set to 1 it makes the test write the page instead of complaining about it.
const BLESS: &str = "COGNATE_BLESS";

#[test]
fn the_page_of_operations_is_up_to_date() {
    let page = operations_table(&application::supported_operations());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    if std::env::var(BLESS).is_ok_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/operations.md is stale; run this test with {BLESS}=1 to write it anew"
    );
}
