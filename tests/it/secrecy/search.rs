//! Secrets by name, and the search for them in any form.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::bytes::Regex;
use serde_json::json;

use crate::support::Tokens;

/// What must not be found, by name.
#[derive(Default)]
pub struct Secrets {
    /// Bytes of any length above a few.
    pub long: BTreeMap<String, Vec<u8>>,
    /// Six digits, which stand in many a number by chance.
    pub codes: BTreeMap<String, String>,
}

impl Secrets {
    pub fn add(&mut self, name: &str, secret: impl AsRef<[u8]>) {
        let secret = secret.as_ref().to_vec();
        assert!(secret.len() >= 7, "{name} is too short to be looked for");
        self.long.insert(name.to_owned(), secret);
    }

    pub fn add_code(&mut self, name: &str, code: &str) {
        assert!(code.len() == 6, "{code} is no code");
        self.codes.insert(name.to_owned(), code.to_owned());
    }

    pub fn add_tokens(&mut self, name: &str, tokens: &Tokens) {
        self.add(&format!("{name}'s access token"), &tokens.access);
        self.add(&format!("{name}'s ID token"), &tokens.id);
        if !tokens.refresh.is_empty() {
            self.add(&format!("{name}'s refresh token"), &tokens.refresh);
        }
    }

    /// The names of those that occur in `text`, each with the form in which it does.
    pub fn found_in(&self, text: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (name, secret) in &self.long {
            let forms = forms(secret).into_iter();
            let hits = forms.filter(|(_, form)| contains(text, form));
            found.extend(hits.map(|(form, _)| format!("{name} in {form}")));
        }
        for (name, code) in &self.codes {
            if contains_word(text, code) {
                found.push(format!("{name} in the clear"));
            }
            // A million digests are soon tried: without a key they hide nothing.
            let hash = digest(&SHA256, code.as_bytes());
            let of_hash = forms(hash.as_ref()).into_iter();
            let of_code = forms(code.as_bytes())
                .into_iter()
                .filter(|(form, _)| *form != "raw");
            let hits = of_hash
                .chain(of_code)
                .filter(|(_, form)| contains(text, form));
            found.extend(hits.map(|(form, _)| format!("{name} or its SHA-256 in {form}")));
        }
        found
    }
}

/// A secret as it is, in hexadecimal, in a JSON string where that differs, and in base64 wherever it
/// begins in the encoded bytes.
fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("raw", secret.to_vec()),
        ("hexadecimal", hex::encode(secret).into_bytes()),
        (
            "capital hexadecimal",
            hex::encode_upper(secret).into_bytes(),
        ),
    ];
    if let Ok(text) = std::str::from_utf8(secret) {
        let quoted = json!(text).to_string();
        let quoted = &quoted.as_bytes()[1..quoted.len() - 1];
        if quoted != secret {
            forms.push(("JSON", quoted.to_vec()));
        }
    }
    for (name, engine) in [("base64", STANDARD_NO_PAD), ("base64url", URL_SAFE_NO_PAD)] {
        for shift in 0..3 {
            let mut bytes = vec![0; shift];
            bytes.extend_from_slice(secret);
            let text = engine.encode(&bytes);
            // Characters that hold bits of the neighbours do not count.
            let start = (shift * 8).div_ceil(6);
            let end = bytes.len() * 8 / 6;
            forms.push((name, text.as_bytes()[start..end].to_vec()));
        }
    }
    forms
}

/// By a regular expression, whose search for plain bytes is fast; a dump is large.
pub fn contains(text: &[u8], form: &[u8]) -> bool {
    let bytes: String = form.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    Regex::new(&format!("(?-u){bytes}")).unwrap().is_match(text)
}

/// Whether `word` stands in `text` between other characters than letters and digits.
fn contains_word(text: &[u8], word: &str) -> bool {
    let word = Regex::new(&format!("(?-u)(?:^|[^0-9A-Za-z]){word}(?:[^0-9A-Za-z]|$)"));
    word.unwrap().is_match(text)
}

/// The search itself: it finds a secret in each of its forms.
#[test]
fn a_secret_is_found_in_each_form() {
    let mut secrets = Secrets::default();
    secrets.add("it", "Corr3ct-Horse?>~!");
    secrets.add_code("a code", "123456");
    for prefix in ["", "a", "ab", "abc"] {
        let plain = format!("{prefix}Corr3ct-Horse?>~!xyz");
        for text in [
            plain.clone(),
            hex::encode(&plain),
            hex::encode_upper(&plain),
            STANDARD.encode(&plain),
            URL_SAFE_NO_PAD.encode(&plain),
        ] {
            assert!(!secrets.found_in(text.as_bytes()).is_empty(), "{text}");
        }
    }
    secrets.add("one with a quote", "Corr3ct\"Horse");
    let quoted = json!({ "password": "Corr3ct\"Horse" }).to_string();
    assert_eq!(
        secrets.found_in(quoted.as_bytes()),
        ["one with a quote in JSON"]
    );
    let of_code = digest(&SHA256, b"123456");
    for text in [
        "code=123456,",
        "123456",
        "x 123456",
        &hex::encode("123456"),
        &hex::encode(of_code),
    ] {
        assert!(!secrets.found_in(text.as_bytes()).is_empty(), "{text}");
    }
    for text in ["at 1700123456789", "a123456", "123456Z", "nothing here"] {
        assert!(secrets.found_in(text.as_bytes()).is_empty(), "{text}");
    }
}
