//! Documents that an app client's users can read before they sign up: terms of use and a privacy policy
//! (administration 6.4).

use std::collections::BTreeMap;

use super::category::Category;
use super::time::Timestamp;

/// The names that terms can have: the terms of use, and the privacy policy.
pub const NAMES: [&str; 2] = ["terms-of-use", "privacy-policy"];

/// The language of the link that a user sees whose own language has none.
const DEFAULT_LANGUAGE: &str = "cognito:default";

/// Links to a document, by language.
pub type Links = BTreeMap<String, String>;

/// A document of an app client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The pool.
    pub pool_id: String,
    /// A UUID.
    pub id: String,
    /// The app client.
    pub client_id: String,
    /// `terms-of-use` or `privacy-policy`; a client has one document of each name.
    pub name: String,
    /// Where it is read.
    pub links: Links,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

impl Terms {
    /// Where they are read in a language: `cognito:german`. A language without a link of its own has the one of all.
    #[must_use]
    pub fn link(&self, language: &str) -> Option<&str> {
        let links = &self.links;
        let found = links.get(language).or_else(|| links.get(DEFAULT_LANGUAGE));
        found.map(String::as_str)
    }
}

/// What an update gives; an absent member leaves what there is.
#[derive(Clone, Debug, Default)]
pub struct TermsChange {
    /// Another name.
    pub name: Option<String>,
    /// All links anew.
    pub links: Option<Links>,
}

impl TermsChange {
    /// The terms with this change.
    ///
    /// # Errors
    /// What [`check_links`] refuses.
    pub fn apply(self, terms: Terms, now: Timestamp) -> Result<Terms, TermsFault> {
        if let Some(links) = &self.links {
            check_links(links)?;
        }
        Ok(Terms {
            name: self.name.unwrap_or(terms.name),
            links: self.links.unwrap_or(terms.links),
            modified_at: now,
            pool_id: terms.pool_id,
            id: terms.id,
            client_id: terms.client_id,
            created_at: terms.created_at,
        })
    }
}

/// Whether these can be the links of terms: one for all languages without one of their own, and each a page of the web.
/// A browser would run a link of another kind, such as `javascript:`, in the login page.
///
/// # Errors
/// [`TermsFault::NoDefaultLink`], [`TermsFault::NotAWebPage`].
pub fn check_links(links: &Links) -> Result<(), TermsFault> {
    if !links.contains_key(DEFAULT_LANGUAGE) {
        return Err(TermsFault::NoDefaultLink);
    }
    let is_web = |link: &str| {
        let url = url::Url::parse(link);
        url.is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
    };
    match links.iter().find(|(_, link)| !is_web(link)) {
        Some((language, _)) => Err(TermsFault::NotAWebPage(language.clone())),
        None => Ok(()),
    }
}

/// Why something is not done with terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermsFault {
    /// The pool has no such terms.
    NotFound,
    /// The app client has terms of this name.
    Exists,
    /// No link is for all languages.
    NoDefaultLink,
    /// The link of this language is no URL with http or https.
    NotAWebPage(String),
}

impl TermsFault {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::NotFound => Category::NotFound,
            Self::Exists => Category::AlreadyExists,
            Self::NoDefaultLink | Self::NotAWebPage(_) => Category::InvalidInput,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(pairs: &[(&str, &str)]) -> Links {
        let pairs = pairs.iter();
        pairs
            .map(|(language, link)| ((*language).to_owned(), (*link).to_owned()))
            .collect()
    }

    #[test]
    fn links_have_a_default_and_are_pages_of_the_web() {
        let default = ("cognito:default", "https://example.com/terms");
        assert_eq!(check_links(&links(&[default])), Ok(()));
        assert_eq!(
            check_links(&links(&[
                default,
                ("cognito:german", "http://example.com/agb")
            ])),
            Ok(())
        );
        let german = links(&[("cognito:german", "https://example.com/agb")]);
        assert_eq!(check_links(&german), Err(TermsFault::NoDefaultLink));
        for wrong in [
            "javascript:alert(1)",
            "example.com/terms",
            "data:text/html,x",
        ] {
            let links = links(&[default, ("cognito:german", wrong)]);
            let expected = TermsFault::NotAWebPage("cognito:german".to_owned());
            assert_eq!(check_links(&links), Err(expected), "{wrong}");
        }
    }
}
