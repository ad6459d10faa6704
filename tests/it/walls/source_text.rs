//! Rust code prepared for a search: without comments, strings and unit tests.

/// The code with every comment, string and character literal replaced by spaces; line breaks stay.
pub fn blanked(code: &str) -> String {
    let characters: Vec<char> = code.chars().collect();
    let mut result = String::with_capacity(code.len());
    let mut at = 0;
    while at < characters.len() {
        let end = literal_end(&characters, at);
        if end == at {
            result.push(characters[at]);
            at += 1;
            continue;
        }
        let blank = |c: &char| if *c == '\n' { '\n' } else { ' ' };
        result.extend(characters[at..end].iter().map(blank));
        at = end;
    }
    result
}

/// The code without the inline modules that are compiled for tests only, see [`blanked`].
pub fn without_unit_tests(blanked: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut rest = blanked;
    let mut result = String::with_capacity(blanked.len());
    while let Some(at) = rest.find(MARK) {
        let (before, item) = rest.split_at(at);
        result.push_str(before);
        let body = item.find('{').unwrap_or(item.len());
        let end = match item.find(';') {
            // `mod tests;`, or a field or a function of one line.
            Some(semicolon) if semicolon < body => semicolon + 1,
            _ => body + block_length(&item[body..]),
        };
        let (skipped, after) = item.split_at(end);
        result.extend(skipped.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    result + rest
}

/// The length of the block at the beginning of `code`, braces included.
pub fn block_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in code.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Where the comment or literal that begins at `at` ends; `at` itself if none begins there.
fn literal_end(code: &[char], at: usize) -> usize {
    let next = code.get(at + 1).copied();
    let after_word = at > 0 && (code[at - 1].is_alphanumeric() || code[at - 1] == '_');
    match (code[at], next) {
        ('/', Some('/')) => end_of(code, at, |rest| rest.starts_with(&['\n'])),
        ('/', Some('*')) => block_comment_end(code, at),
        ('"', _) => string_end(code, at + 1),
        ('r', Some('"' | '#')) if !after_word => raw_string_end(code, at),
        ('r', Some('"' | '#')) if code[at - 1] == 'b' => raw_string_end(code, at),
        ('\'', Some('\\')) => end_of(code, at + 3, |rest| rest.starts_with(&['\''])) + 1,
        ('\'', Some(_)) if code.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

fn end_of(code: &[char], from: usize, is_end: impl Fn(&[char]) -> bool) -> usize {
    (from..code.len())
        .find(|&at| is_end(&code[at..]))
        .unwrap_or(code.len())
}

fn block_comment_end(code: &[char], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while at < code.len() {
        match code[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] if depth == 1 => return at + 2,
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    code.len()
}

fn string_end(code: &[char], from: usize) -> usize {
    let mut at = from;
    while at < code.len() {
        match code[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    code.len()
}

/// `r"…"` and `r#"…"#`; a raw identifier is no literal.
fn raw_string_end(code: &[char], from: usize) -> usize {
    let hashes = code[from + 1..].iter().take_while(|c| **c == '#').count();
    let quote = from + 1 + hashes;
    if code.get(quote) != Some(&'"') {
        return from;
    }
    let mut close = vec!['"'];
    close.extend(vec!['#'; hashes]);
    (end_of(code, quote + 1, |rest| rest.starts_with(&close)) + close.len()).min(code.len())
}

#[test]
fn comments_and_literals_are_blanked() {
    let code = "a // crate::b\n/* c /* d */ e */ f \"g \\\" { h\" 'i' '{' '\\'' r#\"j \" k\"# \
                'static r#type br\"l\" m";
    let words: Vec<String> = blanked(code)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    assert_eq!(words, ["a", "f", "'static", "r#type", "b", "m"]);
    assert_eq!(blanked(code).matches('\n').count(), 1);
}

#[test]
fn unit_tests_are_left_out() {
    let code = "a\n#[cfg(test)]\nmod tests {\n b { c }\n}\nd\n#[cfg(test)]\nmod e;\nf";
    assert_eq!(without_unit_tests(code), "a\n\n\n\n\nd\n\n\nf");
}
