//! Patterns with wildcards.

/// Whether `text` is one that `pattern` stands for: `*` for any characters or none, `?` for one. Takes a time that is
/// bounded by the product of the two lengths.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Behind the last star: the pattern, and the text from where on it is to fit that.
    let mut behind_star = None;
    loop {
        match (pattern.clone().next(), text.clone().next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                pattern.next();
                behind_star = Some((pattern.clone(), text.clone()));
            }
            (Some(wanted), Some(given)) if wanted == '?' || wanted == given => {
                pattern.next();
                text.next();
            }
            (None | Some(_), None | Some(_)) => {
                // The last star stands for one character more. What an earlier one stands for need not change:
                // it has found its first place already.
                let Some((rest, mut from)) = behind_star.take() else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                pattern = rest.clone();
                text = from.clone();
                behind_star = Some((rest, from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_stand_for_any_characters_and_question_marks_for_one() {
        for (pattern, text, does_fit) in [
            ("", "", true),
            ("", "a", false),
            ("a", "", false),
            ("*", "", true),
            ("*", "abc", true),
            ("?", "", false),
            ("?", "é", true),
            ("?", "ab", false),
            ("a*c", "ac", true),
            ("a*c", "abcabc", true),
            ("a*c", "abcab", false),
            ("a*b*c", "a-bc-b-c", true),
            ("a*b?c", "abbc", true),
            ("a*b?c", "abc", false),
            ("**a", "ba", true),
            ("*a*", "bab", true),
            ("?*", "", false),
            ("a.c", "abc", false),
            ("A", "a", false),
        ] {
            assert_eq!(fits(pattern, text), does_fit, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_that_is_made_to_be_slow_is_not() {
        let pattern = "a*".repeat(1_000) + "b";
        assert!(!fits(&pattern, &"a".repeat(2_000)));
    }

    proptest! {
        /// Against regular expressions of the same meaning.
        #[test]
        fn it_agrees_with_regular_expressions(pattern in "[ab*?]{0,12}", text in "[ab]{0,12}") {
            let expression: String = pattern
                .chars()
                .map(|c| match c {
                    '*' => ".*".to_owned(),
                    '?' => ".".to_owned(),
                    c => c.to_string(),
                })
                .collect();
            let expression = regex::Regex::new(&format!("^(?:{expression})$")).unwrap();
            prop_assert_eq!(fits(&pattern, &text), expression.is_match(&text));
        }
    }
}
