//! The style sheets of the classic login pages: which classes they may style, and that they run no script
//! (administration 6.2).

use cssparser::{ParseError, ParseErrorKind, Parser, SourcePosition, Token};

use super::customization_fault::CustomizationFault;

/// The selectors of a style sheet.
pub const CLASSES: [&str; 18] = [
    ".logo-customizable",
    ".banner-customizable",
    ".label-customizable",
    ".textDescription-customizable",
    ".idpDescription-customizable",
    ".legalText-customizable",
    ".submitButton-customizable",
    ".submitButton-customizable:hover",
    ".errorMessage-customizable",
    ".inputField-customizable",
    ".inputField-customizable:focus",
    ".idpButton-customizable",
    ".idpButton-customizable:hover",
    ".socialButton-customizable",
    ".redirect-customizable",
    ".passwordCheck-notValid-customizable",
    ".passwordCheck-valid-customizable",
    ".background-customizable",
];
/// Texts by which a style sheet would run a script or end its element, in small letters. None of them may stand in a
/// comment or a string either, since HTML knows neither. A backslash could hide them.
const SCRIPTS: [&str; 5] = ["<", "javascript:", "expression(", "behavior:", "\\"];
/// Properties that run scripts in old browsers.
const SCRIPT_PROPERTIES: [&str; 2] = ["behavior", "-moz-binding"];
/// How deep functions and brackets of a value may be nested.
const MAX_DEPTH: u8 = 8;

/// Whether a style sheet styles the permitted classes only, without rules that begin with `@`, and runs no script.
///
/// # Errors
/// [`CustomizationFault::Script`], [`CustomizationFault::AtRule`], [`CustomizationFault::Class`],
/// [`CustomizationFault::Malformed`].
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other tokens belong to a selector"
)]
pub fn check(css: &str) -> Result<(), CustomizationFault> {
    let small = css.to_ascii_lowercase();
    if SCRIPTS.into_iter().any(|text| small.contains(text)) {
        return Err(CustomizationFault::Script);
    }
    let mut parser = Parser::new(css);
    let mut selectors = vec![String::new()];
    while let Some((token, begin)) = next(&mut parser)? {
        match token {
            Token::AtKeyword(name) => return Err(CustomizationFault::AtRule(format!("@{name}"))),
            Token::CurlyBracketBlock => {
                nested(&mut parser, begin, '}', declarations)?;
                let styled = std::mem::replace(&mut selectors, vec![String::new()]);
                for selector in styled {
                    let selector = selector.trim();
                    if !CLASSES.contains(&selector) {
                        return Err(CustomizationFault::Class(selector.to_owned()));
                    }
                }
            }
            Token::Comma => selectors.push(String::new()),
            Token::Semicolon
            | Token::Function(_)
            | Token::ParenthesisBlock
            | Token::SquareBracketBlock => return Err(CustomizationFault::Malformed),
            _ => {
                if let Some(selector) = selectors.last_mut() {
                    selector.push_str(parser.slice_from(begin));
                }
            }
        }
    }
    match selectors.as_slice() {
        [rest] if rest.trim().is_empty() => Ok(()),
        _ => Err(CustomizationFault::Malformed),
    }
}

/// The next token that is no comment, and where it begins; `None` at the end. What ends only with the style sheet
/// (a browser would take that for closed) is malformed.
#[expect(clippy::wildcard_enum_match_arm, reason = "all other tokens are whole")]
fn next<'i>(
    parser: &mut Parser<'i>,
) -> Result<Option<(Token<'i>, SourcePosition)>, CustomizationFault> {
    loop {
        let begin = parser.position();
        let Ok(token) = parser.next_including_whitespace_and_comments() else {
            return Ok(None);
        };
        let token = token.clone();
        let text = parser.slice_from(begin);
        let is_whole = match &token {
            Token::Comment(_) => text.len() >= 4 && text.ends_with("*/"),
            Token::QuotedString(_) => {
                text.len() >= 2 && text.chars().next_back() == text.chars().next()
            }
            Token::UnquotedUrl(_) => text.ends_with(')'),
            Token::BadUrl(_)
            | Token::BadString(_)
            | Token::CloseParenthesis
            | Token::CloseSquareBracket
            | Token::CloseCurlyBracket => false,
            _ => true,
        };
        if !is_whole {
            return Err(CustomizationFault::Malformed);
        }
        if !matches!(token, Token::Comment(_)) {
            return Ok(Some((token, begin)));
        }
    }
}

/// Reads the block that begins with the last token, at `begin`, and ends with `closing`.
fn nested<'i>(
    parser: &mut Parser<'i>,
    begin: SourcePosition,
    closing: char,
    read: impl FnOnce(&mut Parser<'i>) -> Result<(), CustomizationFault>,
) -> Result<(), CustomizationFault> {
    parser
        .parse_nested_block(|inner| read(inner).map_err(ParseError::custom::<CustomizationFault>))
        .map_err(|error: ParseError<CustomizationFault>| match error.kind {
            ParseErrorKind::Custom(fault) => fault,
            ParseErrorKind::Basic(_) => CustomizationFault::Malformed,
        })?;
    if parser.slice_from(begin).ends_with(closing) {
        Ok(())
    } else {
        Err(CustomizationFault::Malformed)
    }
}

/// What of a declaration comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Property,
    Colon,
    Value,
}

fn declarations(parser: &mut Parser<'_>) -> Result<(), CustomizationFault> {
    let mut part = Part::Property;
    while let Some((token, begin)) = next(parser)? {
        part = match (part, &token) {
            (part, Token::WhiteSpace(_)) => part,
            (Part::Property | Part::Value, Token::Semicolon) => Part::Property,
            (Part::Property, Token::Ident(name)) => {
                let runs_script = |property: &&str| name.eq_ignore_ascii_case(property);
                if SCRIPT_PROPERTIES.iter().any(runs_script) {
                    return Err(CustomizationFault::Script);
                }
                Part::Colon
            }
            (Part::Colon, Token::Colon) => Part::Value,
            (Part::Value, token) => {
                value(parser, token, begin, 0)?;
                Part::Value
            }
            (Part::Property | Part::Colon, _) => return Err(CustomizationFault::Malformed),
        };
    }
    if part == Part::Colon {
        return Err(CustomizationFault::Malformed);
    }
    Ok(())
}

/// A token of a value, with what is nested in it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other tokens can be part of a value"
)]
fn value(
    parser: &mut Parser<'_>,
    token: &Token<'_>,
    begin: SourcePosition,
    depth: u8,
) -> Result<(), CustomizationFault> {
    let closing = match token {
        Token::AtKeyword(_) | Token::CurlyBracketBlock => {
            return Err(CustomizationFault::Malformed);
        }
        Token::Function(_) | Token::ParenthesisBlock => ')',
        Token::SquareBracketBlock => ']',
        Token::UnquotedUrl(text) | Token::QuotedString(text) => {
            // Browsers leave blanks out of the scheme of a URL.
            let scheme = text
                .chars()
                .filter(|character| !character.is_ascii_whitespace());
            let scheme: String = scheme.take("javascript:".len()).collect();
            if scheme.eq_ignore_ascii_case("javascript:") {
                return Err(CustomizationFault::Script);
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    if depth >= MAX_DEPTH {
        return Err(CustomizationFault::Malformed);
    }
    nested(parser, begin, closing, |inner| {
        while let Some((token, begin)) = next(inner)? {
            value(inner, &token, begin, depth + 1)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_of_the_classes_are_good() {
        for css in [
            "",
            "  ",
            ".logo-customizable {}",
            ".logo-customizable { max-width: 60%; max-height: 30% }",
            "/* @media { */ .banner-customizable/**/{color:red;;background-color: #fff;}",
            ".submitButton-customizable:hover,\n.idpButton-customizable:hover { color: #fff; }
             .inputField-customizable:focus{border-color:#66afe9}",
            ".banner-customizable { background: url(https://example.com/a.png) }",
            ".banner-customizable { background: url(data:image/png;base64,AA==) }",
            ".banner-customizable{font:bold 1em/1.2 \"A; } B\",serif;width:calc((1px + 2px) * 2)}",
        ] {
            assert_eq!(check(css), Ok(()), "{css}");
        }
    }

    #[test]
    fn other_style_sheets_are_refused() {
        let class = |text: &str| CustomizationFault::Class(text.to_owned());
        let rule = |text: &str| CustomizationFault::AtRule(text.to_owned());
        let malformed = CustomizationFault::Malformed;
        let script = CustomizationFault::Script;
        for (css, fault) in [
            ("body { color: red }", class("body")),
            (".logo { color: red }", class(".logo")),
            (".logo-customizable, .x { color: red }", class(".x")),
            (
                ".logo-customizable:hover { color: red }",
                class(".logo-customizable:hover"),
            ),
            (
                ".logo-customizable .banner-customizable {}",
                class(".logo-customizable .banner-customizable"),
            ),
            ("@import url(https://example.com/a.css);", rule("@import")),
            ("@media screen { .logo-customizable {} }", rule("@media")),
            (
                ".logo-customizable {} @font-face { src: x }",
                rule("@font-face"),
            ),
            ("/* */ @page{}", rule("@page")),
            (".logo-customizable", malformed.clone()),
            (".logo-customizable {", malformed.clone()),
            (".logo-customizable { color: red } }", malformed.clone()),
            (
                ".logo-customizable { .banner-customizable { color: red } }",
                malformed.clone(),
            ),
            (".logo-customizable { color }", malformed.clone()),
            ("/* .logo-customizable {}", malformed.clone()),
            (".logo-customizable { color: red } x", malformed.clone()),
            (
                ".label-customizable{a:\"/*\"}body{color:red}.label-customizable{a:\"*/\"}",
                class("body"),
            ),
            (
                ".label-customizable{a:url(/*)}body{color:red}.label-customizable{a:url(*/)}",
                class("body"),
            ),
            (".logo-customizable { color: \"red }", malformed.clone()),
            (".logo-customizable { color: rgb(1 }", malformed.clone()),
            (".logo-customizable { color: red /* }", malformed.clone()),
            (
                ".logo-customizable { a: ((((((((((1)))))))))) }",
                malformed.clone(),
            ),
            (".logo-customizable { a: { b: c } }", malformed),
            (
                ".label-customizable{} /*</style><script>alert(1)</script>*/",
                script.clone(),
            ),
            (
                ".logo-customizable { a: url(\"java\tscript:alert(1)\") }",
                script.clone(),
            ),
            (".logo-customizable { behavior : none }", script.clone()),
            (
                ".logo-customizable { color: red }</style><script>",
                script.clone(),
            ),
            (
                ".logo-customizable { background: url(JavaScript:alert(1)) }",
                script.clone(),
            ),
            (
                ".logo-customizable { width: expression(alert(1)) }",
                script.clone(),
            ),
            (
                ".logo-customizable { background: url(java\\73 cript:alert(1)) }",
                script.clone(),
            ),
            (
                ".logo-customizable { width: expr/**/ession(alert(1)) < }",
                script,
            ),
        ] {
            assert_eq!(check(css), Err(fault), "{css}");
        }
    }
}
