//! The modules of a crate, and which of them import from which.

use std::collections::{BTreeMap, BTreeSet};

use super::source_text::{blanked, block_length, without_unit_tests};

/// A module's path within its crate: `["store", "users"]` for `store/users.rs`.
pub type Path = Vec<String>;

/// A module that is a file.
pub struct Module {
    /// The file, as it is shown.
    pub file: String,
    code: String,
    /// What its `use` lines give another name, or the same: name → full path.
    names: BTreeMap<String, Path>,
    /// The modules whose names it imports as a whole, `use a::*`.
    globs: Vec<Path>,
}

/// The modules of one crate.
pub struct Crate {
    modules: BTreeMap<Path, Module>,
}

/// A path that a file names.
struct Mention {
    path: Path,
    /// The name under which it is imported, `*` for a glob, none for a path within the code.
    alias: Option<String>,
    is_public: bool,
}

impl Crate {
    /// The modules of `files`, each with its path from the crate's root (`store/users.rs`) and its
    /// code.
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut modules = BTreeMap::new();
        for (file, code) in files {
            let code = without_unit_tests(&blanked(&code));
            let path = module_path(&file);
            let module = Module {
                file,
                code,
                names: BTreeMap::new(),
                globs: Vec::new(),
            };
            modules.insert(path, module);
        }
        let mut this = Self { modules };
        for path in this.modules.keys().cloned().collect::<Vec<_>>() {
            for mention in this.mentions(&path) {
                let Some(module) = this.modules.get_mut(&path) else {
                    continue;
                };
                match mention.alias.as_deref() {
                    Some("*") => module.globs.push(mention.path),
                    Some(alias) => {
                        module.names.insert(alias.to_owned(), mention.path);
                    }
                    None => {}
                }
            }
        }
        this
    }

    /// For each file the files that it imports from. An import from a module above the file is left
    /// out, and so is what a file only exports again: who imports that is shown as importing from
    /// where it is defined.
    pub fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut imports = BTreeMap::<&str, BTreeSet<&str>>::new();
        for (path, module) in &self.modules {
            let targets = imports.entry(&module.file).or_default();
            for mention in self.mentions(path) {
                if mention.alias.is_some() && mention.is_public {
                    continue;
                }
                let Some(target) = self.definition(&mention.path, 0) else {
                    continue;
                };
                if !path.starts_with(&target) {
                    targets.insert(&self.modules[&target].file);
                }
            }
        }
        imports
    }

    /// The module in which the item at `path` is defined, through all that export it again.
    fn definition(&self, path: &[String], depth: usize) -> Option<Path> {
        let length = (0..=path.len())
            .rev()
            .find(|&length| self.modules.contains_key(&path[..length]))?;
        let (module_path, rest) = path.split_at(length);
        let module = &self.modules[module_path];
        let Some(name) = rest.first().filter(|_| depth < 10) else {
            return Some(module_path.to_vec());
        };
        let further = |target: &Path| {
            let whole = [target.as_slice(), &rest[1..]].concat();
            self.definition(&whole, depth + 1)
        };
        if let Some(target) = module.names.get(name) {
            return further(target);
        }
        let exports = |glob: &&Path| {
            let target = self.modules.get(glob.as_slice());
            target.is_some_and(|target| {
                defines(&target.code, name) || target.names.contains_key(name)
            })
        };
        if !defines(&module.code, name)
            && let Some(glob) = module.globs.iter().find(exports)
        {
            return further(&[glob.as_slice(), std::slice::from_ref(name)].concat());
        }
        Some(module_path.to_vec())
    }

    /// Every path into this crate that a module names.
    fn mentions(&self, module: &[String]) -> Vec<Mention> {
        let code = &self.modules[module].code;
        let mut found = Vec::new();
        for (at, _) in code.match_indices("::") {
            let start = word_start(code, at);
            let first = &code[start..at];
            let before = code[..start].trim_end();
            if first.is_empty() || before.ends_with("::") {
                continue;
            }
            let depth = inline_depth(code, start);
            let (text, is_public) = match use_prefix(before) {
                Some(is_public) => (statement(&code[start..]), Some(is_public)),
                None => (path_text(&code[start..]), None),
            };
            for (segments, alias) in expand(text) {
                if let Some(path) = self.resolve(module, depth, &segments) {
                    found.push(Mention {
                        path,
                        alias: is_public.is_some().then_some(alias),
                        is_public: is_public == Some(true),
                    });
                }
            }
        }
        found
    }

    /// `crate::a`, `self::a`, `super::a` and `child::a` from the root on; other crates have none.
    fn resolve(&self, module: &[String], depth: usize, segments: &[String]) -> Option<Path> {
        // An inline module is a module of its own, below the file's.
        let mut base: Path = module.to_vec();
        base.extend(vec!["(inline)".to_owned(); depth]);
        let mut rest = segments;
        match rest.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    base.pop()?;
                    rest = &rest[1..];
                }
            }
            child => {
                base.truncate(module.len());
                let path = [module, &[child.to_owned()]].concat();
                self.modules.get(&path)?;
            }
        }
        base.retain(|segment| segment != "(inline)");
        base.extend(rest.iter().cloned());
        Some(base)
    }
}

/// `store/users.rs` as `["store", "users"]`, `store/mod.rs` as `["store"]`, `lib.rs` as `[]`.
fn module_path(file: &str) -> Path {
    let mut path: Path = file
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    let is_root = path.len() == 1 && ["lib", "main"].contains(&path[0].as_str());
    if is_root || path.last().is_some_and(|name| name == "mod") {
        path.pop();
    }
    path
}

/// Whether the module's own code defines `name`.
fn defines(code: &str, name: &str) -> bool {
    let keywords = [
        "struct", "enum", "fn", "trait", "type", "const", "static", "mod", "union",
    ];
    keywords.iter().any(|keyword| {
        code.match_indices(&format!("{keyword} {name}"))
            .any(|(at, found)| {
                let after = code[at + found.len()..].chars().next();
                word_start(code, at) == at && !after.is_some_and(is_word)
            })
    })
}

/// Whether a `use` stands right before, and if so whether it is a public one.
fn use_prefix(before: &str) -> Option<bool> {
    let before = before.strip_suffix("use")?;
    if before.chars().next_back().is_some_and(is_word) {
        return None;
    }
    let line = before.trim_end();
    Some(
        line.ends_with("pub") || (line.ends_with(')') && line.rsplit('\n').next()?.contains("pub")),
    )
}

fn statement(code: &str) -> &str {
    &code[..code.find(';').unwrap_or(code.len())]
}

fn path_text(code: &str) -> &str {
    let end = code.find(|c| !(is_word(c) || c == ':'));
    code[..end.unwrap_or(code.len())].trim_end_matches(':')
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn word_start(code: &str, end: usize) -> usize {
    code[..end].rfind(|c| !is_word(c)).map_or(0, |at| at + 1)
}

/// In how many inline modules the code at `at` stands.
fn inline_depth(code: &str, at: usize) -> usize {
    let blocks = code[..at].match_indices("mod ").filter(|(start, found)| {
        let name = &code[start + found.len()..];
        let end = name.find(|c| !is_word(c)).unwrap_or(name.len());
        let body = name[end..].trim_start();
        let begin = code.len() - body.len();
        word_start(code, *start) == *start
            && body.starts_with('{')
            && at < begin + block_length(body)
    });
    blocks.count()
}

/// `a::{b as c, d::{self, e}, *}` as its paths, each with the name that it has afterwards.
fn expand(text: &str) -> Vec<(Path, String)> {
    let text = text.trim();
    if let Some(open) = text.find('{') {
        let head = path_of(&text[..open]);
        let inside = text[open + 1..].trim_end().strip_suffix('}');
        return parts(inside.unwrap_or_default())
            .into_iter()
            .flat_map(expand)
            .map(|(tail, alias)| {
                if tail == ["self"] {
                    let alias = if alias == "self" {
                        head.last().cloned().unwrap_or_default()
                    } else {
                        alias
                    };
                    return (head.clone(), alias);
                }
                ([head.as_slice(), &tail].concat(), alias)
            })
            .collect();
    }
    let (path, alias) = text.split_once(" as ").unwrap_or((text, ""));
    let mut path = path_of(path);
    let last = path.last().cloned().unwrap_or_default();
    if last == "*" {
        path.pop();
    }
    let alias = if alias.is_empty() {
        last
    } else {
        alias.trim().to_owned()
    };
    vec![(path, alias)]
}

fn path_of(text: &str) -> Path {
    text.split("::")
        .map(|segment| segment.trim().to_owned())
        .filter(|segment| !segment.is_empty())
        .collect()
}

/// Splits at the commas that are in no inner braces.
fn parts(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found.retain(|part| !part.is_empty());
    found
}
