//! Finds, inserts and removes values in the tree of a TOML document by path.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// One step of a path into the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Into a table.
    Key(String),
    /// Into an array, from 0.
    Index(usize),
}

/// `server.listen` or `user_pools[0].id` as steps.
pub(super) fn steps(key: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in key.split('.') {
        let mut pieces = part.split('[');
        steps.extend(pieces.next().map(|name| Step::Key(name.to_owned())));
        steps.extend(
            pieces
                .filter_map(|piece| piece.trim_end_matches(']').parse().ok())
                .map(Step::Index),
        );
    }
    steps
}

/// The inverse of [`steps`].
pub(super) fn key(steps: &[Step]) -> String {
    let mut key = String::new();
    for step in steps {
        match step {
            Step::Key(name) => {
                if !key.is_empty() {
                    key.push('.');
                }
                key.push_str(name);
            }
            Step::Index(index) => key.push_str(&format!("[{index}]")),
        }
    }
    key
}

/// Inserts `value` at `path`, creating the tables of the path. Every new node gets the span `span`.
pub(super) fn set<'i>(
    table: &mut DeTable<'i>,
    path: &[String],
    span: &Range<usize>,
    value: DeValue<'i>,
) {
    let Some((name, rest)) = path.split_first() else {
        return;
    };
    let key = Spanned::new(span.clone(), Cow::Owned(name.clone()));
    if rest.is_empty() {
        table.remove(name.as_str());
        table.insert(key, with_span(value, span));
        return;
    }
    let entry = table
        .entry(key)
        .or_insert_with(|| Spanned::new(span.clone(), DeValue::Table(DeTable::new())));
    if !entry.get_ref().is_table() {
        *entry = Spanned::new(span.clone(), DeValue::Table(DeTable::new()));
    }
    if let DeValue::Table(inner) = entry.get_mut() {
        set(inner, rest, span, value);
    }
}

/// `value` with `span` for itself and everything in it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the values of toml that hold no others are treated alike"
)]
fn with_span<'i>(value: DeValue<'i>, span: &Range<usize>) -> Spanned<DeValue<'i>> {
    let value = match value {
        DeValue::Array(items) => DeValue::Array(
            items
                .into_iter()
                .map(|item| with_span(item.into_inner(), span))
                .collect(),
        ),
        DeValue::Table(items) => DeValue::Table(
            items
                .into_iter()
                .map(|(key, item)| {
                    let key = Spanned::new(span.clone(), key.into_inner());
                    (key, with_span(item.into_inner(), span))
                })
                .collect(),
        ),
        scalar => scalar,
    };
    Spanned::new(span.clone(), value)
}

/// The path of the key or value that has exactly this span; else of the innermost value around it.
pub(super) fn find(table: &DeTable<'_>, span: &Range<usize>) -> Option<Vec<Step>> {
    let exact = |candidate: &Range<usize>| candidate == span;
    let around =
        |candidate: &Range<usize>| candidate.start <= span.start && span.end <= candidate.end;
    find_in_table(table, &exact).or_else(|| find_in_table(table, &around))
}

type Fits<'f> = &'f dyn Fn(&Range<usize>) -> bool;

fn find_in_table(table: &DeTable<'_>, fits: Fits<'_>) -> Option<Vec<Step>> {
    // Keys before values, so that an unknown key is removed with its whole value.
    let mut children = table.iter();
    let found = children.find(|(key, _)| fits(&key.span()));
    if let Some((key, _)) = found {
        return Some(vec![Step::Key(key.get_ref().to_string())]);
    }
    table.iter().find_map(|(key, value)| {
        let step = Step::Key(key.get_ref().to_string());
        find_in_value(value, fits).map(|rest| [vec![step], rest].concat())
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the values of toml that hold no others are treated alike"
)]
fn find_in_value(value: &Spanned<DeValue<'_>>, fits: Fits<'_>) -> Option<Vec<Step>> {
    let inner = match value.get_ref() {
        DeValue::Table(table) => find_in_table(table, fits),
        DeValue::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            find_in_value(item, fits).map(|rest| [vec![Step::Index(index)], rest].concat())
        }),
        _ => None,
    };
    inner.or_else(|| fits(&value.span()).then(Vec::new))
}

/// The span of the value at `path`, and `true`; if there is none, that of the innermost existing table or
/// array around it, and `false`.
pub(super) fn span_of(table: &DeTable<'_>, path: &[Step]) -> Option<(Range<usize>, bool)> {
    let mut steps = path.iter();
    let Some(Step::Key(name)) = steps.next() else {
        return None;
    };
    let mut value = table.get(name.as_str())?;
    for step in steps {
        let next = match (step, value.get_ref()) {
            (Step::Key(name), DeValue::Table(table)) => table.get(name.as_str()),
            (Step::Index(index), DeValue::Array(items)) => items.get(*index),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => return Some((value.span(), false)),
        }
    }
    Some((value.span(), true))
}

/// The texts of the tree, each with its path and span.
pub(super) fn texts<'t>(table: &'t DeTable<'_>) -> Vec<(Vec<Step>, &'t str, Range<usize>)> {
    let mut found = Vec::new();
    for (key, value) in table {
        collect_texts(
            value,
            &mut vec![Step::Key(key.get_ref().to_string())],
            &mut found,
        );
    }
    found
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the values of toml that are neither a text nor hold one are treated alike"
)]
fn collect_texts<'t>(
    value: &'t Spanned<DeValue<'_>>,
    path: &mut Vec<Step>,
    found: &mut Vec<(Vec<Step>, &'t str, Range<usize>)>,
) {
    let mut descend = |step: Step, value: &'t Spanned<DeValue<'_>>| {
        path.push(step);
        collect_texts(value, path, found);
        path.pop();
    };
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                descend(Step::Key(key.get_ref().to_string()), value);
            }
        }
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                descend(Step::Index(index), item);
            }
        }
        DeValue::String(text) => found.push((path.clone(), text, value.span())),
        _ => {}
    }
}

/// Removes the value at `path` and the tables that become empty. Returns whether there was a value.
pub(super) fn remove(table: &mut DeTable<'_>, path: &[Step]) -> bool {
    let Some((Step::Key(name), rest)) = path.split_first() else {
        return false;
    };
    if rest.is_empty() {
        return table.remove(name.as_str()).is_some();
    }
    let Some(value) = table.get_mut(name.as_str()) else {
        return false;
    };
    let removed = remove_in_value(value.get_mut(), rest);
    if matches!(value.get_ref(), DeValue::Table(inner) if inner.is_empty()) {
        table.remove(name.as_str());
    }
    removed
}

fn remove_in_value(value: &mut DeValue<'_>, path: &[Step]) -> bool {
    match (value, path) {
        (DeValue::Table(table), path) => remove(table, path),
        (DeValue::Array(items), [Step::Index(index), rest @ ..]) => {
            let index = *index;
            if rest.is_empty() {
                let before = items.len();
                *items = std::mem::replace(items, DeArray::new())
                    .into_iter()
                    .enumerate()
                    .filter(|(at, _)| *at != index)
                    .map(|(_, item)| item)
                    .collect();
                items.len() < before
            } else {
                items
                    .get_mut(index)
                    .is_some_and(|item| remove_in_value(item.get_mut(), rest))
            }
        }
        _ => false,
    }
}
