//! The JSON form of a policy, as it is given.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{PolicyFault, Selection};

/// The versions of the language. They differ in variables only, which are refused.
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

/// A policy. An element that it does not know, or that comes twice, is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Document {
    version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<StatementDocument>,
}

impl Document {
    pub(super) fn check_version(&self) -> Result<(), PolicyFault> {
        match &self.version {
            Some(version) if !VERSIONS.contains(&version.as_str()) => {
                Err(PolicyFault::Version(version.clone()))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn statements(self) -> impl Iterator<Item = StatementDocument> {
        self.statement.0.into_iter()
    }
}

/// A statement of a policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct StatementDocument {
    sid: Option<String>,
    effect: String,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    principal: Option<IgnoredAny>,
    not_principal: Option<IgnoredAny>,
    condition: Option<IgnoredAny>,
}

impl StatementDocument {
    pub(super) fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    pub(super) fn effect(&self) -> &str {
        &self.effect
    }

    /// Refuses what this server would not carry out.
    pub(super) fn check_supported(&self, number: usize) -> Result<(), PolicyFault> {
        for (element, given) in [
            ("Principal", &self.principal),
            ("NotPrincipal", &self.not_principal),
            ("Condition", &self.condition),
        ] {
            if given.is_some() {
                return Err(PolicyFault::Unsupported(number, element));
            }
        }
        let is_sid = |sid: &str| sid.chars().all(|c| c.is_ascii_alphanumeric());
        if !self.sid().is_none_or(is_sid) {
            return Err(PolicyFault::Sid(number));
        }
        Ok(())
    }

    /// The texts that select actions, and those that select resources.
    pub(super) fn into_selections(
        self,
        number: usize,
    ) -> Result<(Selection<String>, Selection<String>), PolicyFault> {
        Ok((
            selection(
                number,
                ("Action", "NotAction"),
                self.action,
                self.not_action,
            )?,
            selection(
                number,
                ("Resource", "NotResource"),
                self.resource,
                self.not_resource,
            )?,
        ))
    }
}

fn selection(
    number: usize,
    elements: (&'static str, &'static str),
    these: Option<OneOrMany<String>>,
    others: Option<OneOrMany<String>>,
) -> Result<Selection<String>, PolicyFault> {
    let (OneOrMany(patterns), is_inverted) = match (these, others) {
        (Some(these), None) => (these, false),
        (None, Some(others)) => (others, true),
        (None, None) | (Some(_), Some(_)) => {
            return Err(PolicyFault::OneOf(number, elements.0, elements.1));
        }
    };
    if patterns.is_empty() {
        return Err(PolicyFault::OneOf(number, elements.0, elements.1));
    }
    Ok(Selection {
        patterns,
        is_inverted,
    })
}

/// What is given alone or in a list.
struct OneOrMany<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("one, or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        T::deserialize(text.into_deserializer()).map(|one| OneOrMany(vec![one]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|one| OneOrMany(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        Ok(OneOrMany(all))
    }
}
