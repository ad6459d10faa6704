//! The languages of the login pages (domain 10.5).

/// A language that the pages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// German.
    German,
    /// English, which stands in for all that the pages are not written in.
    #[default]
    English,
    /// Spanish.
    Spanish,
    /// French.
    French,
    /// Indonesian.
    Indonesian,
    /// Italian.
    Italian,
    /// Japanese.
    Japanese,
    /// Korean.
    Korean,
    /// Portuguese as in Brazil.
    BrazilianPortuguese,
    /// Chinese in simplified characters.
    SimplifiedChinese,
    /// Chinese in traditional characters.
    TraditionalChinese,
}

impl Language {
    /// All of them, by their tags.
    pub const ALL: [Self; 11] = [
        Self::German,
        Self::English,
        Self::Spanish,
        Self::French,
        Self::Indonesian,
        Self::Italian,
        Self::Japanese,
        Self::Korean,
        Self::BrazilianPortuguese,
        Self::SimplifiedChinese,
        Self::TraditionalChinese,
    ];

    /// Its tag, as in the parameter `lang` and in the attribute of the page.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::English => "en",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Indonesian => "id",
            Self::Italian => "it",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::BrazilianPortuguese => "pt-BR",
            Self::SimplifiedChinese => "zh-CN",
            Self::TraditionalChinese => "zh-TW",
        }
    }

    /// Its name among the links to terms (administration 6.4).
    #[must_use]
    pub const fn of_terms(self) -> &'static str {
        match self {
            Self::German => "cognito:german",
            Self::English => "cognito:english",
            Self::Spanish => "cognito:spanish",
            Self::French => "cognito:french",
            Self::Indonesian => "cognito:bahasa-indonesia",
            Self::Italian => "cognito:italian",
            Self::Japanese => "cognito:japanese",
            Self::Korean => "cognito:korean",
            Self::BrazilianPortuguese => "cognito:portuguese-brazil",
            Self::SimplifiedChinese => "cognito:chinese-simplified",
            Self::TraditionalChinese => "cognito:chinese-traditional",
        }
    }

    /// The language that the parameter or cookie `lang` names, in whatever case; English for any other value.
    #[must_use]
    pub fn from_parameter(value: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(value))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_names_a_language_in_any_case() {
        for (value, expected) in [
            ("pt-br", Language::BrazilianPortuguese),
            ("pt-BR", Language::BrazilianPortuguese),
            ("ZH-tw", Language::TraditionalChinese),
            ("de", Language::German),
        ] {
            assert_eq!(Language::from_parameter(value), expected, "{value}");
        }
    }

    #[test]
    fn an_unknown_language_is_english() {
        for value in ["", "pt", "zh", "nl", "de-AT", "\"><script>"] {
            assert_eq!(
                Language::from_parameter(value),
                Language::English,
                "{value}"
            );
        }
    }
}
