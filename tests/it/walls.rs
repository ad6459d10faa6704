//! Each module of `src/` imports only from the modules that it may import from; the compiler does not
//! check this within one crate. See `docs/architecture.md`.

mod circles;
mod folders;
mod lengths;
mod modules;
mod rust_files;
mod source_text;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A top-level module, the modules that it may import from besides itself, and the foreign crates
/// that it must not use.
struct Rule {
    name: &'static str,
    may_import: &'static [&'static str],
    must_not_use: &'static [&'static str],
}

/// Crates that speak SQL.
const SQL: &[&str] = &["sqlx"];
/// Crates that speak HTTP or mail.
const HTTP: &[&str] = &[
    "axum",
    "hyper",
    "hyper_util",
    "tower",
    "tower_http",
    "reqwest",
    "lettre",
];
/// Both.
const OUTSIDE: &[&str] = &[
    "sqlx",
    "axum",
    "hyper",
    "hyper_util",
    "tower",
    "tower_http",
    "reqwest",
    "lettre",
];
/// Both, and what makes a function more than its arguments.
const IMPURE: &[&str] = &[
    "sqlx",
    "axum",
    "hyper",
    "hyper_util",
    "tower",
    "tower_http",
    "reqwest",
    "lettre",
    "tokio",
    "rand",
    "aws_lc_rs",
];

const RULES: &[Rule] = &[
    Rule {
        name: "domain",
        may_import: &[],
        must_not_use: IMPURE,
    },
    Rule {
        name: "model",
        may_import: &[],
        must_not_use: IMPURE,
    },
    Rule {
        name: "entropy",
        may_import: &[],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "clock",
        may_import: &["domain"],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "config",
        may_import: &[],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "crypto",
        may_import: &["domain", "entropy"],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "store",
        may_import: &["domain"],
        must_not_use: HTTP,
    },
    Rule {
        name: "messaging",
        may_import: &[
            "clock", "config", "crypto", "domain", "entropy", "outbound", "store",
        ],
        must_not_use: SQL,
    },
    Rule {
        name: "outbound",
        may_import: &["config", "domain::time"],
        must_not_use: SQL,
    },
    Rule {
        name: "triggers",
        may_import: &["clock", "config", "domain", "outbound", "protocol::sigv4"],
        must_not_use: SQL,
    },
    Rule {
        name: "protocol",
        may_import: &["context", "domain::time", "model"],
        must_not_use: SQL,
    },
    Rule {
        name: "context",
        may_import: &["domain::time"],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "cache",
        may_import: &["crypto", "domain"],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "flows",
        may_import: &[
            "app",
            "cache",
            "clock",
            "config",
            "context",
            "crypto",
            "domain",
            "entropy",
            "messaging",
            "store",
            "triggers",
        ],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "operations",
        may_import: &[
            "app", "cache", "context", "domain", "flows", "model", "protocol",
        ],
        must_not_use: OUTSIDE,
    },
    // What all operations and routes share; it answers nothing itself.
    Rule {
        name: "app",
        may_import: &[
            "cache",
            "clock",
            "config",
            "context",
            "crypto",
            "domain",
            "entropy",
            "flows",
            "messaging",
            "outbound",
            "protocol",
            "store",
            "triggers",
        ],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "provisioning",
        may_import: &[
            "app",
            "config",
            "context",
            "crypto",
            "domain",
            "entropy",
            "flows",
            "model",
            "operations",
            "protocol",
            "store",
        ],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "jobs",
        may_import: &["app", "crypto", "domain", "flows", "store"],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "pages",
        may_import: &[
            "app",
            "clock",
            "crypto",
            "domain",
            "flows",
            "messaging",
            "protocol",
            "store",
            "triggers",
        ],
        must_not_use: SQL,
    },
    Rule {
        name: "oauth",
        may_import: &["app", "context", "domain", "flows", "operations", "pages"],
        must_not_use: SQL,
    },
    Rule {
        name: "server",
        may_import: &[
            "app",
            "clock",
            "config",
            "context",
            "crypto",
            "domain",
            "entropy",
            "flows",
            "jobs",
            "messaging",
            "model",
            "oauth",
            "operations",
            "pages",
            "protocol",
            "provisioning",
            "store",
        ],
        must_not_use: SQL,
    },
    Rule {
        name: "lib",
        may_import: &[],
        must_not_use: OUTSIDE,
    },
    Rule {
        name: "main",
        may_import: &[],
        must_not_use: OUTSIDE,
    },
];

/// A path of the crate or of another that a line of code names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    line: usize,
    path: String,
}

#[test]
fn every_module_has_a_rule() {
    let modules: BTreeSet<_> = sources().iter().map(|file| module_of(file)).collect();
    let table: BTreeSet<_> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(modules, table);
}

#[test]
fn modules_import_only_what_they_may() {
    let mut faults = Vec::new();
    for (file, rule) in files_with_rules() {
        let code = fs::read_to_string(&file).unwrap();
        for Named { line, path } in crate_paths(&code) {
            let target = path.split("::").next().unwrap();
            let may = target == rule.name
                || rule
                    .may_import
                    .iter()
                    .any(|may| path == *may || path.starts_with(&format!("{may}::")));
            if !may {
                faults.push(format!(
                    "{}:{line}: {} names crate::{path}",
                    shown(&file),
                    rule.name
                ));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn modules_use_no_forbidden_crate() {
    let mut faults = Vec::new();
    for (file, rule) in files_with_rules() {
        let code = fs::read_to_string(&file).unwrap();
        for (number, line) in without_comments(&code).lines().enumerate() {
            for name in rule.must_not_use {
                if starts_path(line, name) {
                    let line = number + 1;
                    faults.push(format!(
                        "{}:{line}: {} uses {name}",
                        shown(&file),
                        rule.name
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The scanner itself, on what it has to see and what it has to overlook.
#[test]
fn the_scanner_sees_every_way_to_name_a_module() {
    let code = "\
use crate::store::users;
// use crate::server;
use crate::{
    config::Config, // crate::comment
    crypto::{Vault, keys::{A, B}},
};
fn f() -> crate::app::App { let s = \"// no comment\"; crate::flows::g(s) }
pub(crate) mod x { use super::super::model::Y; }
";
    let named: Vec<_> = crate_paths(code)
        .into_iter()
        .map(|named| (named.line, named.path))
        .collect();
    let expected = [
        (1, "store::users"),
        (3, "config::Config"),
        (3, "crypto::Vault"),
        (3, "crypto::keys::A"),
        (3, "crypto::keys::B"),
        (7, "app::App"),
        (7, "flows::g"),
        (8, "model::Y"),
    ];
    assert_eq!(named, expected.map(|(line, path)| (line, path.to_owned())));
    assert!(starts_path("    sqlx::query(x)", "sqlx"));
    assert!(starts_path("use sqlx::Row;", "sqlx"));
    assert!(starts_path("use sqlx;", "sqlx"));
    assert!(!starts_path("my_sqlx::query(x)", "sqlx"));
    assert!(!starts_path("self::tower::f()", "tower"));
}

fn files_with_rules() -> Vec<(PathBuf, &'static Rule)> {
    sources()
        .into_iter()
        .filter_map(|file| {
            let name = module_of(&file);
            let rule = RULES.iter().find(|rule| rule.name == name)?;
            Some((file, rule))
        })
        .collect()
}

/// Every Rust file of `src/`.
fn sources() -> Vec<PathBuf> {
    let mut folders = vec![source_folder()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(
        files.len() > 50,
        "the sources are not where they are looked for"
    );
    files
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// `store` for `src/store/users.rs`, `app` for `src/app.rs`.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(source_folder()).unwrap();
    let first = Path::new(inside.iter().next().unwrap());
    first.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn shown(file: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    file.strip_prefix(root).unwrap().display().to_string()
}

/// Every path into this crate, without the `crate::`; those of a group each for itself, with the
/// line on which the group begins. `super::super::` counts where it leads to another top-level module.
fn crate_paths(code: &str) -> Vec<Named> {
    let code = without_comments(code);
    let mut found = Vec::new();
    for root in ["crate::", "super::super::"] {
        for (at, _) in code.match_indices(root) {
            if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            let mut rest = &code[at + root.len()..];
            while let Some(further) = rest.strip_prefix("super::") {
                rest = further;
            }
            let is_module = |path: &String| {
                let first = path.split("::").next().unwrap_or_default();
                RULES.iter().any(|rule| rule.name == first)
            };
            let paths = expand(rest).into_iter();
            found.extend(
                paths
                    .filter(|path| root == "crate::" || is_module(path))
                    .map(|path| Named { line, path }),
            );
        }
    }
    found.sort();
    found.dedup();
    found
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`; what follows the path is not looked at.
fn expand(text: &str) -> Vec<String> {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    if !rest.starts_with('{') || !(head.is_empty() || head.ends_with("::")) {
        return vec![head.trim_end_matches(':').to_owned()];
    }
    let mut paths = Vec::new();
    let (mut depth, mut start) = (0_usize, 1);
    for (at, character) in rest.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (depth == 1 && character == ',') || depth == 0 {
            let part = rest[start..at].trim();
            start = at + 1;
            if !part.is_empty() {
                paths.extend(
                    expand(part)
                        .into_iter()
                        .map(|inner| format!("{head}{inner}")),
                );
            }
        }
        if depth == 0 {
            break;
        }
    }
    paths
}

/// The code with each comment's line cut off at `//`, unless that stands inside a string.
fn without_comments(code: &str) -> String {
    code.lines()
        .map(|line| {
            let comment = line.match_indices("//").map(|(at, _)| at);
            let outside = |at: &usize| line[..*at].matches('"').count() % 2 == 0;
            let end = comment.into_iter().find(outside).unwrap_or(line.len());
            format!("{}\n", &line[..end])
        })
        .collect()
}

/// Whether `line` names the crate `name`: `name::…`, or `use name;`.
fn starts_path(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + name.len()..];
        let begins =
            before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':' || c == '.'));
        let is_use = line[..at].trim_start().ends_with("use ") && after.starts_with(';');
        begins && (after.starts_with("::") || is_use)
    })
}
