//! The texts of the login pages, written in Fluent: `templates/login/texts/`, a file for each language.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::language::Language;

/// The texts of one language.
pub struct Texts(FluentBundle<FluentResource>);

impl Texts {
    /// Those of a language.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        macro_rules! parsed {
            ($language:expr, $file:literal) => {{
                static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
                    let source = include_str!(concat!("../../../templates/login/texts/", $file));
                    Texts::parse($language, source)
                });
                &TEXTS
            }};
        }
        match language {
            Language::German => parsed!(Language::German, "de.ftl"),
            Language::English => parsed!(Language::English, "en.ftl"),
            Language::Spanish => parsed!(Language::Spanish, "es.ftl"),
            Language::French => parsed!(Language::French, "fr.ftl"),
            Language::Indonesian => parsed!(Language::Indonesian, "id.ftl"),
            Language::Italian => parsed!(Language::Italian, "it.ftl"),
            Language::Japanese => parsed!(Language::Japanese, "ja.ftl"),
            Language::Korean => parsed!(Language::Korean, "ko.ftl"),
            Language::BrazilianPortuguese => {
                parsed!(Language::BrazilianPortuguese, "pt-BR.ftl")
            }
            Language::SimplifiedChinese => parsed!(Language::SimplifiedChinese, "zh-CN.ftl"),
            Language::TraditionalChinese => parsed!(Language::TraditionalChinese, "zh-TW.ftl"),
        }
    }

    /// Reads a file of texts. Entries that are not well-formed are left out; a test finds them.
    fn parse(language: Language, source: &str) -> Self {
        let resource = FluentResource::try_new(source.to_owned())
            .unwrap_or_else(|(well_formed, _errors)| well_formed);
        let tag = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // No language of the pages is written from right to left, and the marks that keep values of the other
        // direction apart would be copied with an address or a code.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    /// The message with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> String {
        self.with(id, [])
    }

    /// The message with this id and these values of its variables. Where there is no such message, its id is shown;
    /// tests do not let that happen.
    #[must_use]
    pub fn with<'a>(
        &self,
        id: &str,
        values: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let pattern = self.0.get_message(id).and_then(|message| message.value());
        debug_assert!(pattern.is_some(), "no message {id}");
        let Some(pattern) = pattern else {
            return id.to_owned();
        };
        let arguments: FluentArgs<'_> = values.into_iter().collect();
        let mut errors = Vec::new();
        let text = self
            .0
            .format_pattern(pattern, Some(&arguments), &mut errors)
            .into_owned();
        debug_assert!(errors.is_empty(), "{id}: {errors:?}");
        text
    }

    /// The message with this id, taken apart where its variables stand, so that a link can take their place.
    #[must_use]
    pub fn parts<'a>(&self, id: &str, variables: &[&'a str]) -> Vec<Part<'a>> {
        // Fluent puts values in as they are: a control character that no text has marks where each one is.
        const MARK: char = '\u{1}';
        let marked: Vec<String> = variables
            .iter()
            .map(|name| format!("{MARK}{name}{MARK}"))
            .collect();
        let values = variables
            .iter()
            .copied()
            .zip(marked.iter().map(String::as_str));
        let text = self.with(id, values);
        text.split(MARK)
            .filter(|part| !part.is_empty())
            .map(|part| match variables.iter().find(|name| **name == part) {
                Some(name) => Part::Variable(name),
                None => Part::Text(part.to_owned()),
            })
            .collect()
    }
}

/// A piece of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Words.
    Text(String),
    /// The place of the variable with this name.
    Variable(&'a str),
}

#[cfg(test)]
mod tests;
