//! Text put into HTML.

use std::fmt;

/// Displays text so that HTML shows it as it is, inside an element or a quoted attribute.
#[derive(Clone, Copy)]
pub(super) struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (plain, special) = rest.split_at(at);
            f.write_str(plain)?;
            f.write_str(match special.as_bytes().first() {
                Some(b'&') => "&amp;",
                Some(b'<') => "&lt;",
                Some(b'>') => "&gt;",
                Some(b'"') => "&quot;",
                _ => "&#39;",
            })?;
            // Each of the five is one byte long.
            rest = special.get(1..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn what_means_something_in_html_is_escaped() {
        assert_eq!(
            Escaped("a<b>&\"c'ü☃").to_string(),
            "a&lt;b&gt;&amp;&quot;c&#39;ü☃"
        );
        assert_eq!(Escaped("").to_string(), "");
    }
}
