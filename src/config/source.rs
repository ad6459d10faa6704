//! Merging of defaults, file and environment, keeping track of where each value was written.
//!
//! The TOML file is parsed into a tree with spans. Each variable is inserted into the same tree with a
//! span after the end of the file, so that an error of serde can be traced to the line or the variable
//! that it is about. A wrong value is recorded and removed from the tree, and the tree is deserialized
//! again, so that one run reports every problem.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::problems::{Problem, Problems, SourceLocation};
use super::source_map::{self, SourceMap, Variable};
use super::tree::{self, Step};
use super::{Config, FurtherRules, secret_files, validation};

/// The most wrong values that are reported. Each one costs a pass over the tree.
const MAX_PROBLEMS: usize = 100;

/// See [`Config::load_checked`].
pub(super) fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    further_rules: &FurtherRules<'_>,
) -> Result<Config, Problems> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Problems(vec![Problem {
                key: String::new(),
                location: SourceLocation::Nowhere,
                message: format!("cannot read {}: {error}", path.display()),
            }])
        })?,
        None => String::new(),
    };
    let variables = Variable::of(environment, text.len());
    let sources = SourceMap::new(file, &text, &variables);

    let (root, syntax) = DeTable::parse_recoverable(&text);
    if !syntax.is_empty() {
        let problems = syntax.iter().take(MAX_PROBLEMS).map(|error| {
            let span = error.span().unwrap_or(0..0);
            sources.problem(&[], &span, error.message(), false)
        });
        return Err(Problems(problems.collect()));
    }
    let span = root.span();
    let mut tree = root.into_inner();
    for variable in &variables {
        tree::set(
            &mut tree,
            &variable.path(),
            &variable.span,
            variable.value(),
        );
    }

    let mut problems = Vec::new();
    if file.is_some() && !tree.contains_key("profile") {
        problems.push(Problem {
            key: "profile".to_owned(),
            location: sources.beginning(),
            message: "missing: a configuration file says `profile = \"development\"` or \
                      `profile = \"production\"`"
                .to_owned(),
        });
    }
    let original = tree.clone();
    let mut removed = RemovedElements::default();
    let config = read(
        &mut tree,
        &span,
        &variables,
        &sources,
        &mut removed,
        &mut problems,
    );
    let violations = config
        .iter()
        .flat_map(|config| [validation::check(config), further_rules(config)].concat());
    let wrong_values = problems.len();
    for (key, message) in violations {
        let steps = removed.original(&tree::steps(&key));
        let key = tree::key(&steps);
        // A removed value has its problem already; the default in its place is not checked.
        let is_removed = problems
            .iter()
            .take(wrong_values)
            .any(|problem| overlap(&problem.key, &key));
        if !is_removed {
            let location = tree::span_of(&original, &steps).map_or_else(
                || sources.beginning(),
                |(span, is_exact)| sources.locate_key(&span, is_exact),
            );
            problems.push(Problem {
                key,
                location,
                message,
            });
        }
    }
    if let (Some(config), Some(path)) = (&config, file)
        && let Some((key, span)) = secret_in_file(&original, text.len())
        && let Some(message) = secret_files::check_configuration_file(config, path)
    {
        let location = sources.locate(&span);
        problems.push(Problem {
            key,
            location,
            message,
        });
    }
    problems.sort_by_key(|problem| match &problem.location {
        SourceLocation::File { line, column, .. } => (*line, *column),
        SourceLocation::Variable(_) | SourceLocation::Nowhere => (usize::MAX, 0),
    });
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(Problems(problems)),
    }
}

/// The array elements that were removed from the tree, by their paths in the tree as it was read. The
/// elements after them have moved up.
#[derive(Default)]
struct RemovedElements(Vec<Vec<Step>>);

impl RemovedElements {
    /// The path that a value of the present tree had in the tree as it was read.
    fn original(&self, steps: &[Step]) -> Vec<Step> {
        let mut original = Vec::with_capacity(steps.len());
        for step in steps {
            let step = match step {
                Step::Key(name) => Step::Key(name.clone()),
                Step::Index(index) => Step::Index(self.original_index(&original, *index)),
            };
            original.push(step);
        }
        original
    }

    fn original_index(&self, array: &[Step], index: usize) -> usize {
        let mut gaps: Vec<usize> = self
            .0
            .iter()
            .filter_map(|path| match path.split_last() {
                Some((Step::Index(gap), around)) if around == array => Some(*gap),
                _ => None,
            })
            .collect();
        gaps.sort_unstable();
        gaps.into_iter().fold(
            index,
            |index, gap| if gap <= index { index + 1 } else { index },
        )
    }
}

/// Deserializes the configuration from `tree`. Wrong values are removed from the tree and recorded in
/// `problems`. `None` if the cause of an error cannot be removed.
fn read<'i>(
    tree: &mut DeTable<'i>,
    span: &Range<usize>,
    variables: &'i [Variable],
    sources: &SourceMap<'_>,
    removed: &mut RemovedElements,
    problems: &mut Vec<Problem>,
) -> Option<Config> {
    // The error of each variable when it was not read as a string.
    let mut first_failures: Vec<(usize, String)> = Vec::new();
    while problems.len() < MAX_PROBLEMS {
        let document = Spanned::new(span.clone(), tree.clone());
        let error = match Config::deserialize(Deserializer::from(document)) {
            Ok(config) => return Some(config),
            Err(error) => error,
        };
        let at = error.span().unwrap_or_else(|| span.clone());
        let mut message = error.message().to_owned();
        let unknown = message.starts_with("unknown field");
        let variable = variables.iter().enumerate().find(|(_, v)| v.span == at);
        let path = match variable {
            Some((index, variable)) if !unknown => {
                // `12` may be meant as the text "12". The type of the key decides.
                if !first_failures.iter().any(|(failed, _)| *failed == index)
                    && !matches!(variable.value(), DeValue::String(_))
                {
                    first_failures.push((index, message));
                    let text = DeValue::String(Cow::Borrowed(variable.text.as_str()));
                    tree::set(tree, &variable.path(), &variable.span, text);
                    continue;
                }
                if let Some((_, first)) = first_failures.iter().find(|(failed, _)| *failed == index)
                    && message.starts_with("invalid type")
                {
                    message.clone_from(first);
                }
                variable.path().into_iter().map(Step::Key).collect()
            }
            _ => tree::find(tree, &at)?,
        };
        let original = removed.original(&path);
        // serde names a place inside a variable's list or table by the variable as a whole.
        let is_inside_variable = variable.is_some_and(|(_, variable)| {
            matches!(variable.value(), DeValue::Array(_) | DeValue::Table(_))
        });
        problems.push(sources.problem(&original, &at, &message, is_inside_variable));
        if !tree::remove(tree, &path) {
            return None;
        }
        if matches!(original.last(), Some(Step::Index(_))) {
            removed.0.push(original);
        }
    }
    None
}

/// The first key of the file, which is `length` bytes long, that holds a secret, and where it stands. What a variable sets comes
/// after the end of the file.
fn secret_in_file(tree: &DeTable<'_>, length: usize) -> Option<(String, Range<usize>)> {
    let secret = tree::texts(tree).into_iter().find(|(steps, value, span)| {
        span.end <= length && source_map::is_secret(steps) && holds_secret(steps, value)
    });
    secret.map(|(steps, _, span)| (tree::key(&steps), span))
}

/// Whether the value of a key that may hold a secret does hold one: a URL only with a password in it.
fn holds_secret(steps: &[Step], value: &str) -> bool {
    let is_named = |name: &str| matches!(steps.last(), Some(Step::Key(key)) if key == name);
    if is_named("master_key_file") || is_named("id") || is_named("description") {
        false
    } else if is_named("url") {
        let user = value
            .split_once("://")
            .and_then(|(_, rest)| rest.rsplit_once('@'));
        user.is_some_and(|(user, _)| user.contains(':')) || value.contains("password=")
    } else {
        !value.is_empty()
    }
}

/// Whether one of the two keys contains the other.
fn overlap(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(one, other) || within(other, one)
}

#[cfg(test)]
mod tests;
