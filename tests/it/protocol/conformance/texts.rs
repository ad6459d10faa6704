//! For each pattern of the model, texts that match it and texts that do not, by hand: no regular
//! expression is evaluated here, so the server's are checked by evidence of another kind.

/// How texts of a pattern are made: `start`, then `fills` to `most_fills` times `fill`, exactly
/// as long as wanted. The last character replaced by `wrong` breaks the pattern.
#[derive(Clone, Copy)]
pub struct Text {
    start: &'static str,
    fill: char,
    fills: usize,
    most_fills: usize,
    wrong: Option<char>,
    empty_fits: bool,
}

/// Letters that take two bytes, where the pattern knows Unicode: lengths are counted in characters.
const LETTER: char = 'é';
/// In no category that a pattern names.
const CONTROL: Option<char> = Some('\u{1}');

const ARN: &str = "arn:aws:iam::000000000000:role/";

impl Text {
    /// The texts of a pattern.
    pub fn of(pattern: Option<&str>) -> Self {
        let Some(pattern) = pattern else {
            return Self::any("", 'a', None).or_empty();
        };
        match pattern {
            r"[\w+]+" | r"[\w+-]+" | r"[\w+=/]+" | r"[\w\s+=,.@-]+" | r"[\w\s+=.@-]+"
            | "^[a-zA-Z0-9_-]+$" => Self::any("", 'a', Some('!')),
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+" => Self::any("", LETTER, Some(' ')),
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+"
            | r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+"
            | r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+"
            | r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+" => Self::any("", LETTER, CONTROL),
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*" => Self::any("", LETTER, CONTROL).or_empty(),
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+" => {
                Self::any("a@", LETTER, Some(' '))
            }
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*" => {
                Self::alone("{####}", LETTER, CONTROL)
            }
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*" => {
                Self::alone("{##Click##}", LETTER, CONTROL)
            }
            r".*\{####\}.*" => Self::alone("{####}", LETTER, Some('x')),
            "(?s).*" => Self::any("", LETTER, None).or_empty(),
            r"[\S]+" => Self::any("", 'a', Some(' ')),
            r"^[\S]+.*[\S]+$" => Self {
                fills: 2,
                ..Self::any("", 'a', Some(' '))
            },
            r"[\x21\x23-\x5B\x5D-\x7E]+" | r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+" => {
                Self::any("", 'a', Some('"'))
            }
            "[A-Za-z0-9-_=.]+" | "[A-Za-z0-9-_+/=.]+" => Self::any("", 'a', Some(':')),
            "[0-9]+" => Self::any("", '1', Some('x')),
            "^[0-9a-fA-F]+$" => Self::any("", 'a', Some('g')),
            "^(terms-of-use|privacy-policy)$" => Self {
                fills: 1,
                most_fills: 1,
                ..Self::any("terms-of-us", 'e', Some('!'))
            },
            "^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$" => {
                Self {
                    fills: 1,
                    most_fills: 1,
                    ..Self::any("cognito:defaul", 't', Some('!'))
                }
            }
            r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$" => Self::any("", LETTER, Some(' ')),
            "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$" => {
                Self {
                    fills: 12,
                    most_fills: 12,
                    ..Self::any("0123abCD-0123-4abc-8abc-", 'a', Some('g'))
                }
            }
            r"^[\w\- ]+$" => Self::any("", 'a', Some('!')),
            r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+" => Self {
                fills: 3,
                ..Self::any("", LETTER, Some(' '))
            },
            "Level[1-4]" => Self::any("Level", '1', Some('5')),
            "import-[0-9a-zA-Z-]+" => Self::any("import-", 'a', Some('!')),
            r"[\w-]+_[0-9a-zA-Z]+" => Self::any("us-east-1_", 'A', Some('!')),
            r"[\w-]+_[0-9a-f-]+" => Self::any("us-east-1_", 'a', Some('g')),
            r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?" => {
                Self::any(ARN, 'a', Some('!'))
            }
            r"(arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?)?" => {
                Self::any(ARN, 'a', Some('!')).or_empty()
            }
            r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:::[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?" => {
                Self::any("arn:aws:s3:::", 'a', Some('!'))
            }
            "^(tkn|sso)[a-z0-9]{25}$" => Self {
                fills: 25,
                most_fills: 25,
                ..Self::any("tkn", 'a', Some('!'))
            },
            _ => panic!("which texts match {pattern}? Add a line here"),
        }
    }

    const fn any(start: &'static str, fill: char, wrong: Option<char>) -> Self {
        Self {
            start,
            fill,
            fills: 1,
            most_fills: usize::MAX,
            wrong,
            empty_fits: false,
        }
    }

    const fn alone(start: &'static str, fill: char, wrong: Option<char>) -> Self {
        Self {
            fills: 0,
            ..Self::any(start, fill, wrong)
        }
    }

    const fn or_empty(self) -> Self {
        Self {
            empty_fits: true,
            ..self
        }
    }

    /// A matching text of exactly `length` characters, if there is one.
    pub fn of_length(self, length: usize) -> Option<String> {
        if length == 0 {
            return self.empty_fits.then(String::new);
        }
        let fills = length.checked_sub(self.start.chars().count())?;
        (self.fills..=self.most_fills)
            .contains(&fills)
            .then(|| self.start.to_owned() + &self.filled(fills))
    }

    /// The shortest matching text of at least `least` characters, but not the empty one.
    pub fn shortest(self, least: i64) -> String {
        let least = usize::try_from(least.max(1)).unwrap();
        (least..).find_map(|length| self.of_length(length)).unwrap()
    }

    /// A text of `length` characters, at a length at which none matches.
    pub fn filled(self, length: usize) -> String {
        self.fill.to_string().repeat(length)
    }

    /// A text as long as the shortest one, but broken at its end; not for patterns that match
    /// everything.
    pub fn broken(self, least: i64) -> Option<String> {
        let wrong = self.wrong?;
        let mut text = self.shortest(least);
        text.pop();
        text.push(wrong);
        Some(text)
    }
}
