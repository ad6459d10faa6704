//! Maps a span of the merged TOML tree to the line of the file or the variable that it stands for.

use std::ops::Range;
use std::path::Path;

use toml::de::DeValue;

use super::problems::{Problem, SourceLocation};
use super::tree::{self, Step};

/// The prefix of the variables that set a key.
const PREFIX: &str = "COGNATE__";

/// The placeholder of a value that is not shown.
const HIDDEN: &str = "(hidden)";

/// Keys whose values are never repeated in a message. A URL may hold a password.
const SECRET_KEYS: &[&str] = &[
    "master_key",
    "previous_master_keys",
    "password",
    "secret",
    "url",
    "access_keys",
];

/// An environment variable that sets a key, and the span that stands for it.
pub(super) struct Variable {
    name: String,
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

impl Variable {
    /// The variables of `environment` that set a key, sorted by name. Their spans begin after
    /// `offset`, the end of the file.
    pub(super) fn of(
        environment: impl Iterator<Item = (String, String)>,
        offset: usize,
    ) -> Vec<Self> {
        let mut ours: Vec<_> = environment
            .filter(|(name, _)| {
                name.get(..PREFIX.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
            })
            .collect();
        ours.sort();
        ours.into_iter()
            .enumerate()
            .map(|(index, (name, text))| {
                // A gap between the spans, so that no two are adjacent.
                let start = offset + 2 * index + 2;
                Self {
                    name,
                    text,
                    span: start..start + 1,
                }
            })
            .collect()
    }

    /// The key that the variable sets, as a path of lower-case names.
    pub(super) fn path(&self) -> Vec<String> {
        let key = self.name.get(PREFIX.len()..).unwrap_or_default();
        key.split("__").map(str::to_lowercase).collect()
    }

    /// The value: a TOML number, boolean, date, array or table if the text parses as one, else the
    /// text itself.
    pub(super) fn value(&self) -> DeValue<'_> {
        match DeValue::parse(&self.text) {
            Ok(value) if !value.get_ref().is_str() => value.into_inner(),
            _ => DeValue::String(self.text.as_str().into()),
        }
    }
}

/// The sources of the merged tree.
pub(super) struct SourceMap<'a> {
    file: Option<&'a Path>,
    text: &'a str,
    variables: &'a [Variable],
}

impl<'a> SourceMap<'a> {
    pub(super) fn new(file: Option<&'a Path>, text: &'a str, variables: &'a [Variable]) -> Self {
        Self {
            file,
            text,
            variables,
        }
    }

    /// The problem that serde describes with `message`, reworded for the author of the configuration.
    pub(super) fn problem(&self, path: &[Step], span: &Range<usize>, message: &str) -> Problem {
        // An unknown key may be the misspelt key of a secret.
        let is_unknown = message.starts_with("unknown field");
        let repeats_value =
            message.starts_with("invalid type") || message.starts_with("invalid value");
        let message = if is_secret(path) && repeats_value {
            "a value of the wrong kind (not shown, since it may be secret)".to_owned()
        } else {
            message
                .trim()
                .replacen("unknown field", "unknown key", 1)
                .replace('\n', "; ")
        };
        Problem {
            key: tree::key(path),
            location: self.locate_hiding(path, span, is_unknown),
            message,
        }
    }

    /// The source location of `span`, which belongs to the value at `path`.
    pub(super) fn locate(&self, path: &[Step], span: &Range<usize>) -> SourceLocation {
        self.locate_hiding(path, span, false)
    }

    /// As [`SourceMap::locate`]. With `hides_value` the shown line ends after the key that begins at
    /// `span`.
    fn locate_hiding(
        &self,
        path: &[Step],
        span: &Range<usize>,
        hides_value: bool,
    ) -> SourceLocation {
        if let Some(variable) = self.variables.iter().find(|v| v.span == *span) {
            return SourceLocation::Variable(variable.name.clone());
        }
        let (Some(file), Some(before)) = (self.file, self.text.get(..span.start)) else {
            return SourceLocation::Nowhere;
        };
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let after = self.text.get(line_start..).unwrap_or_default();
        let line = after.lines().next().unwrap_or_default();
        let column = before.get(line_start..).unwrap_or_default();
        let shown = match line.get(column.len()..).and_then(|rest| rest.find('=')) {
            Some(at) if hides_value => hide_after(line, column.len() + at),
            _ => line.to_owned(),
        };
        SourceLocation::File {
            path: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: column.chars().count() + 1,
            text: without_secrets(&shown, is_secret(path)),
        }
    }
}

fn is_secret(path: &[Step]) -> bool {
    path.iter()
        .any(|step| matches!(step, Step::Key(name) if SECRET_KEYS.contains(&name.as_str())))
}

/// `line` up to the equals sign at `at`.
fn hide_after(line: &str, at: usize) -> String {
    format!("{}= {HIDDEN}", line.get(..at).unwrap_or_default())
}

/// `line` up to the first value that is secret.
fn without_secrets(line: &str, within_secret: bool) -> String {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let cut = line
        .char_indices()
        .filter(|(_, c)| *c == '=')
        .map(|(at, _)| at)
        .find(|at| {
            let before = line.get(..*at).unwrap_or_default();
            let before = before.trim_end_matches(|c: char| !is_name(c));
            let name = before.rsplit(|c| !is_name(c)).next().unwrap_or_default();
            SECRET_KEYS.contains(&name)
        });
    match cut {
        Some(at) => hide_after(line, at),
        // A line within the value of a secret.
        None if within_secret => HIDDEN.to_owned(),
        None => line.to_owned(),
    }
}
