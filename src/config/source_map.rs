//! Maps a span of the merged TOML tree to the line of the file or the variable that it stands for.

use std::ops::Range;
use std::path::Path;

use toml::de::DeValue;

use super::problems::{Problem, SourceLocation, unknown_name};
use super::tree::{self, Step};

/// The prefix of the variables that set a key.
pub(super) const PREFIX: &str = "COGNATE__";

/// The section whose keys are ids of user pools.
const POOL_SETTINGS: &str = "pool_settings";

/// Keys whose values are never repeated in a message. A URL may hold a password.
const SECRET_KEYS: &[&str] = &[
    "secrets",
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

    /// The key that the variable sets, as a path of lower-case names. The id of a user pool keeps its case.
    pub(super) fn path(&self) -> Vec<String> {
        let key = self.name.get(PREFIX.len()..).unwrap_or_default();
        let mut path: Vec<_> = key.split("__").map(str::to_lowercase).collect();
        if let [section, pool_id, ..] = path.as_mut_slice()
            && section == POOL_SETTINGS
            && let Some(written) = key.split("__").nth(1)
        {
            written.clone_into(pool_id);
        }
        path
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
    /// `path` is the key's, `span` the place that serde names, which may be anywhere inside the value of a
    /// variable if `is_inside_variable`.
    pub(super) fn problem(
        &self,
        path: &[Step],
        span: &Range<usize>,
        message: &str,
        is_inside_variable: bool,
    ) -> Problem {
        let repeats_value =
            message.starts_with("invalid type") || message.starts_with("invalid value");
        let message = if repeats_value
            && (is_secret(path) || is_inside_variable || !expects_plain_value(message))
        {
            // A value in the place of a table or list may be a secret in the wrong place, and what is wrong
            // inside a variable may be one of its secrets.
            let text = in_words_of_toml(message);
            let expected = text.rfind(", expected ").and_then(|at| text.get(at..));
            format!(
                "a value of the wrong kind (not shown, since it may be secret){}",
                expected.unwrap_or_default()
            )
        } else {
            unknown_key(message).unwrap_or_else(|| in_words_of_toml(message))
        };
        Problem {
            key: tree::key(path),
            location: self.locate(span),
            message,
        }
    }

    /// The source location of `span`.
    pub(super) fn locate(&self, span: &Range<usize>) -> SourceLocation {
        if let Some(variable) = self.variables.iter().find(|v| v.span == *span) {
            return SourceLocation::Variable(variable.name.clone());
        }
        let (Some(file), Some(before)) = (self.file, self.text.get(..span.start)) else {
            return SourceLocation::Nowhere;
        };
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default();
        SourceLocation::File {
            path: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: column.chars().count() + 1,
        }
    }

    /// The source location of a key whose value, or else the innermost value around it, has `span`. A variable
    /// that sets another key of the same table is not to blame for one that is missing.
    pub(super) fn locate_key(&self, span: &Range<usize>, is_exact: bool) -> SourceLocation {
        match self.locate(span) {
            SourceLocation::Variable(_) if !is_exact => self.beginning(),
            location @ (SourceLocation::File { .. }
            | SourceLocation::Variable(_)
            | SourceLocation::Nowhere) => location,
        }
    }

    /// Where a key would stand that nothing sets: the beginning of the file.
    pub(super) fn beginning(&self) -> SourceLocation {
        self.locate(&(0..0))
    }
}

/// serde's text about an unknown field, with the key that was probably meant, else all that there are.
fn unknown_key(message: &str) -> Option<String> {
    let rest = message.strip_prefix("unknown field `")?;
    let (key, expected) = rest.split_once('`')?;
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    Some(unknown_name("key", key, &known))
}

/// Whether serde's text asks for a value that is neither a table nor a list.
fn expects_plain_value(message: &str) -> bool {
    let expected = message
        .rsplit_once(", expected ")
        .map_or("", |(_, expected)| expected);
    !expected.starts_with("struct ") && !["a map", "a sequence"].contains(&expected.trim())
}

/// serde's text with the types of TOML in the place of Rust's.
fn in_words_of_toml(message: &str) -> String {
    if message.starts_with("invalid IP address syntax") {
        return "expected a network, as 10.0.0.0/8".to_owned();
    }
    let text = message.trim().replace('\n', "; ");
    let Some((given, expected)) = text.split_once(", expected ") else {
        return text;
    };
    let expected = match expected {
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        "usize" | "u64" | "u32" | "u16" | "u8" => "a whole number, 0 or above",
        "i64" | "i32" => "a whole number",
        other if other.starts_with("struct ") => "a table",
        other => other,
    };
    format!("{given}, expected {expected}")
}

/// Whether the value at `path` may be a secret.
pub(super) fn is_secret(path: &[Step]) -> bool {
    path.iter()
        .any(|step| matches!(step, Step::Key(name) if SECRET_KEYS.contains(&name.as_str())))
}
