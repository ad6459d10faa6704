//! The texts are complete, and fit to the templates and to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::*;

fn source(language: Language) -> String {
    let folder = "templates/login/texts";
    fs::read_to_string(format!("{folder}/{}.ftl", language.tag())).unwrap()
}

/// The messages of a file: for each id its variables.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let line_form = Regex::new(r"^([a-z][a-z_-]*) = (\S.*)$").unwrap();
    let variable = Regex::new(r"\{ \$([a-z]+) \}").unwrap();
    let mut messages = BTreeMap::new();
    for line in source(language).lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let found = line_form
            .captures(line)
            .unwrap_or_else(|| panic!("{language:?}: {line}"));
        let text = &found[2];
        let variables = variable.captures_iter(text).map(|v| v[1].to_owned());
        let variables: BTreeSet<String> = variables.collect();
        let plain = variable.replace_all(text, "");
        assert!(!plain.contains(['{', '}']), "{language:?}: {line}");
        let former = messages.insert(found[1].to_owned(), variables);
        assert_eq!(former, None, "{language:?} has {} twice", &found[1]);
    }
    messages
}

#[test]
fn each_language_has_the_messages_and_variables_of_english() {
    let english = messages(Language::English);
    for language in Language::ALL {
        assert_eq!(messages(language), english, "{language:?}");
    }
}

#[test]
fn each_file_is_well_formed() {
    for language in Language::ALL {
        let parsed = FluentResource::try_new(source(language));
        assert!(parsed.is_ok(), "{language:?}");
    }
}

/// The files below a folder whose names end so.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(path.to_str().unwrap(), ending));
        } else if path.to_str().is_some_and(|path| path.ends_with(ending)) {
            found.push(path);
        }
    }
    found
}

fn read(paths: &[PathBuf]) -> String {
    let read = |path: &PathBuf| fs::read_to_string(Path::new(path)).unwrap();
    paths.iter().map(read).collect()
}

#[test]
fn templates_name_messages_that_exist() {
    let english = messages(Language::English);
    let call = Regex::new(r#"text(?:_with)?\("([^"]+)""#).unwrap();
    let templates = read(&files("templates/login", ".html"));
    let named: Vec<String> = call
        .captures_iter(&templates)
        .map(|found| found[1].to_owned())
        .collect();
    assert!(named.len() > 30, "the templates are not read: {named:?}");
    for id in named {
        assert!(english.contains_key(&id), "{id}");
    }
}

#[test]
fn no_message_is_superfluous() {
    let sources: Vec<PathBuf> = files("src/pages/login", ".rs")
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .chain(files("templates/login", ".html"))
        .collect();
    let sources = read(&sources);
    for id in messages(Language::English).keys() {
        // The ids of attributes are put together from their names.
        let name = id.strip_prefix("attribute-").unwrap_or(id);
        assert!(sources.contains(&format!("\"{name}\"")), "{id}");
    }
}

#[test]
fn values_are_put_in_as_they_are() {
    let texts = Texts::of(Language::English);
    let text = texts.with("sign-in-as", [("user", "<b>{ $user }")]);
    assert_eq!(text, "Sign in as <b>{ $user }");
}

#[test]
fn links_take_the_places_of_variables() {
    let texts = Texts::of(Language::English);
    let text = |text: &str| Part::Text(text.to_owned());
    let expected = [
        text("By signing up, you agree to our "),
        Part::Variable("terms"),
        text(" and "),
        Part::Variable("privacy"),
        text("."),
    ];
    assert_eq!(texts.parts("terms-both", &["terms", "privacy"]), expected);
}
