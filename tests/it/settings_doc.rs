//! `docs/settings.md` says what becomes of each member that an operation stores: of no more, and of no fewer.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::model_inputs::{members, storing_operations};

const PAGE: &str = include_str!("../../docs/settings.md");
/// What can become of a member.
const FATES: [&str; 5] = ["names", "obeyed", "kept", "once", "refused"];

/// The texts between backticks.
fn marked(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// A member with the operations that follow it in brackets.
fn entries(cell: &str) -> Vec<(&str, Vec<&str>)> {
    // `Member` (`Operation`, `Operation`), `Member`
    let mut entries: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut is_within = false;
    for (index, part) in cell.split('`').enumerate() {
        if index % 2 == 0 {
            is_within = match part.trim() {
                "(" => true,
                "," if is_within => true,
                "" | "," | ")" | ")," => false,
                other => panic!("{other:?} in {cell}"),
            };
        } else if is_within {
            entries.last_mut().expect("a member before it").1.push(part);
        } else {
            entries.push((part, Vec::new()));
        }
    }
    entries
}

/// The members that the page names, by the operation.
fn named() -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut all: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut section: Vec<&str> = Vec::new();
    for line in PAGE.lines() {
        if line.starts_with("## ") {
            section.clear();
        } else if let Some(list) = line.strip_prefix("Operations: ") {
            section = marked(list);
            for operation in &section {
                let former = all.insert(operation, BTreeSet::new());
                assert!(former.is_none(), "{operation} has two sections");
            }
        } else if line.starts_with("| `") {
            let cells: Vec<&str> = line.split(" | ").collect();
            let [names, fates, _] = cells[..] else {
                panic!("not three cells: {line}");
            };
            for fate in fates.split(", ") {
                assert!(FATES.contains(&fate), "{fate:?} in {line}");
            }
            for (member, only) in entries(names.trim_start_matches("| ")) {
                let of = if only.is_empty() { &section } else { &only };
                for operation in of {
                    assert!(section.contains(operation), "{operation} in {line}");
                    let is_new = all.get_mut(operation).unwrap().insert(member.to_owned());
                    assert!(is_new, "{operation} has {member} twice");
                }
            }
        }
    }
    all
}

#[test]
fn the_page_of_settings_names_every_member_and_no_other() {
    let named = named();
    let operations: BTreeSet<&str> = named.keys().copied().collect();
    assert_eq!(operations, storing_operations());
    for (operation, found) in named {
        let expected = members(operation);
        let missing: Vec<_> = expected.difference(&found).collect();
        let unknown: Vec<_> = found.difference(&expected).collect();
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "docs/settings.md on {operation} lacks {missing:?} and has {unknown:?}"
        );
    }
}
