//! No file imports, through however many others, from itself. A module and its own children are one
//! thing: what a child imports from a module above it does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::Crate;
use super::rust_files;

/// The crates that are looked at: the folder of each crate's root.
const CRATES: &[&str] = &[
    "src",
    "bench/src",
    "bench/benches",
    "faults/src",
    "tests/it",
];

#[test]
fn no_file_imports_itself_through_others() {
    let mut faults = Vec::new();
    for folder in CRATES {
        let files = rust_files::below(folder)
            .into_iter()
            .map(|(file, code)| {
                let inside = file.strip_prefix(&format!("{folder}/")).unwrap();
                (inside.to_owned(), code)
            })
            .filter(|(file, _)| !is_test_only(file));
        let parsed = Crate::new(files);
        for circle in circles(&parsed.imports()) {
            faults.push(format!("{folder}: {}", circle.join(" -> ")));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Unit tests in a file of their own.
fn is_test_only(file: &str) -> bool {
    file.ends_with("/tests.rs")
}

/// A shortest circle through each file that is in one, each circle once.
fn circles(imports: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut members = BTreeSet::new();
    for start in imports.keys() {
        if members.contains(start) {
            continue;
        }
        if let Some(circle) = shortest_circle(imports, start) {
            members.extend(circle.iter().copied());
            found.push(circle.into_iter().map(str::to_owned).collect());
        }
    }
    found
}

/// From `start` back to it, breadth first.
fn shortest_circle<'a>(
    imports: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    start: &'a str,
) -> Option<Vec<&'a str>> {
    let mut reached_from = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for &next in imports.get(file)? {
            if next == start {
                let mut circle = vec![start, file];
                let mut at = file;
                while let Some(&before) = reached_from.get(at) {
                    circle.push(before);
                    at = before;
                }
                circle.reverse();
                return Some(circle);
            }
            if !reached_from.contains_key(next) {
                reached_from.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

/// The circles in a made-up crate of these files.
fn circles_in(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let owned = files
        .iter()
        .map(|(file, code)| ((*file).to_owned(), (*code).to_owned()));
    circles(&Crate::new(owned).imports())
}

#[test]
fn a_circle_of_three_files_is_found() {
    let found = circles_in(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "use crate::{d::D, c::{self, C}};"),
        ("c.rs", "fn f() { crate::a::g() }"),
        ("d.rs", "pub struct D;"),
    ]);
    assert_eq!(found, [["a.rs", "b.rs", "c.rs", "a.rs"]]);
}

#[test]
fn a_circle_between_siblings_is_found_behind_what_their_parent_exports() {
    let found = circles_in(&[
        ("lib.rs", "mod store;"),
        (
            "store/mod.rs",
            "mod a;\nmod b;\npub use a::A;\npub(crate) use self::b::*;",
        ),
        ("store/a.rs", "use super::B;\npub struct A;"),
        ("store/b.rs", "use crate::store::A;\npub struct B(A);"),
    ]);
    assert_eq!(found, [["store/a.rs", "store/b.rs", "store/a.rs"]]);
}

#[test]
fn a_circle_through_a_child_of_another_module_is_found() {
    let found = circles_in(&[
        ("lib.rs", "mod app; mod flows;"),
        ("app.rs", "pub struct App(crate::flows::Cache);"),
        (
            "flows/mod.rs",
            "mod sign_up;\npub struct Cache;\nfn f() { sign_up::run() }",
        ),
        (
            "flows/sign_up.rs",
            "use crate::app::App;\nuse super::Cache;",
        ),
    ]);
    assert_eq!(
        found,
        [["app.rs", "flows/mod.rs", "flows/sign_up.rs", "app.rs"]]
    );
}

#[test]
fn a_module_and_its_children_are_no_circle() {
    let found = circles_in(&[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod b;\nuse b::B;\npub struct A;"),
        (
            "a/b.rs",
            "use super::A;\npub struct B;\nmod inner { use super::B; }",
        ),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
}

#[test]
fn comments_strings_and_unit_tests_make_no_circle() {
    let found = circles_in(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;"),
        (
            "b.rs",
            "// crate::a::A\nconst S: &str = \"crate::a::A\";\n\
             #[cfg(test)]\nmod tests { use crate::a::A; }\npub struct B;",
        ),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
}
