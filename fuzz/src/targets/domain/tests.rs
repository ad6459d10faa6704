use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::MutexGuard;

use axum::http::StatusCode;
use axum::http::header::LOCATION;

use super::answer::Answer;
use super::browser::Browser;
use super::values::MARKUP;
use super::{MAX_REQUESTS, answers, kinds};
use crate::data_directory;
use crate::login_page::check::MARKER;
use crate::login_pool::CALLBACK;
use crate::world::{World, lock_world};

/// Inputs of the corpus that are several requests, one after another.
const WALKS: [(&str, &[&str]); 6] = [
    (
        "begins-at-authorize",
        &["authorize", "follow", "first-form", "first-form"],
    ),
    (
        "signs-in-with-a-form",
        &["login-page", "first-form", "first-form", "last-form"],
    ),
    (
        "asks-for-tokens",
        &[
            "login-page",
            "first-form",
            "first-form",
            "last-form",
            "token-for-a-code",
        ],
    ),
    (
        "signs-up-and-confirms",
        &["signup", "follow", "confirm", "follow"],
    ),
    (
        "recovers-a-password",
        &[
            "forgot-password-page",
            "forgot-password",
            "follow",
            "reset-password",
            "follow",
        ],
    ),
    (
        "adds-a-passkey-and-signs-out",
        &[
            "login-password",
            "passkeys-add-page",
            "first-form",
            "logout",
            "passkeys-add-page",
        ],
    ),
];

/// Inputs of the corpus that differ from a kind of request as it is right.
const CHANGED: [Changed; 10] = [
    Changed {
        name: "login-page-by-host-name",
        kind: "login-page",
        bytes: &[8],
        status: 200,
        shows: "action=\"/login?",
    },
    Changed {
        name: "markup-in-a-login-hint",
        kind: "login-page",
        bytes: &[0, 0, 0, 0, 0, 0, 1, 11, 11, 8],
        status: 200,
        shows: "zqzx",
    },
    Changed {
        name: "markup-in-a-username",
        kind: "login-username",
        bytes: &[0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 2],
        status: 200,
        shows: "zqzx",
    },
    Changed {
        name: "markup-in-a-hidden-field",
        kind: "login-choose-the-password",
        bytes: &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 5],
        status: 200,
        shows: "zqzx",
    },
    Changed {
        name: "markup-in-a-destination",
        kind: "login-first-code",
        bytes: &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 16],
        status: 200,
        shows: "zqzx",
    },
    Changed {
        name: "markup-in-a-secret",
        kind: "login-set-up-an-app",
        bytes: &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 5],
        status: 200,
        shows: "zqzx",
    },
    Changed {
        name: "markup-in-an-attribute",
        kind: "signup",
        bytes: &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 14],
        status: 200,
        shows: "zqzx",
    },
    Changed {
        name: "form-of-another-origin",
        kind: "login-username",
        bytes: &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5],
        status: 403,
        shows: "The form was not sent by this page",
    },
    Changed {
        name: "form-of-another-type",
        kind: "token-for-a-refresh-token",
        bytes: &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12],
        status: 400,
        shows: "invalid_request",
    },
    Changed {
        name: "broken-basic-authorization",
        kind: "token-for-a-client",
        bytes: b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0eYQ==\x04",
        status: 400,
        shows: "invalid_client",
    },
];

/// An input that differs from a kind of request as it is right.
struct Changed {
    name: &'static str,
    kind: &'static str,
    /// What follows in the input.
    bytes: &'static [u8],
    status: u16,
    /// What the answer has in it.
    shows: &'static str,
}

impl Changed {
    fn input(&self) -> Vec<u8> {
        let mut input = input(&[self.kind]);
        input.extend_from_slice(self.bytes);
        input
    }
}

/// The world, with its database beside this binary: each test may have a process of its own.
fn world() -> MutexGuard<'static, World> {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default().replace("::", "-");
    let binary = std::env::current_exe().unwrap();
    data_directory::set(binary.with_file_name(test));
    lock_world()
}

/// The place of a kind among all.
fn place(name: &str) -> u8 {
    let found = kinds().iter().position(|kind| kind.name == name);
    let place = found.unwrap_or_else(|| panic!("no kind {name}"));
    u8::try_from(place).unwrap()
}

/// An input of requests as they are right.
fn input(names: &[&str]) -> Vec<u8> {
    let last = u8::try_from(names.len() - 1).unwrap();
    assert!(usize::from(last) < MAX_REQUESTS);
    let places = names.iter().map(|name| place(name));
    std::iter::once(last).chain(places).collect()
}

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus/domain")
}

/// What is told of an answer that is not the expected one.
fn told(answer: &Answer) -> String {
    let location = answer.header(&LOCATION);
    format!("{} {location:?} {}", answer.parts.status, answer.body)
}

#[test]
fn every_kind_of_request_is_answered_as_it_is_where_it_is_right() {
    let mut wrong = Vec::new();
    for kind in kinds().into_iter().filter(|kind| kind.status > 0) {
        let world = world();
        let answers = answers(&mut Browser::new(&world), &input(&[kind.name]));
        let status = answers[0].parts.status;
        if status.as_u16() != kind.status {
            wrong.push(format!("{}: {}", kind.name, told(&answers[0])));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_request_for_authorization_is_answered_with_a_code_or_with_tokens() {
    let world = world();
    for (name, start) in [
        ("authorize-as-a-known-user", "?code="),
        ("authorize-tokens", "#id_token="),
        ("login-known-user", "?code="),
        ("passkeys-skip", "?code="),
    ] {
        let answers = answers(&mut Browser::new(&world), &input(&[name]));
        let location = answers[0].header(&LOCATION).unwrap_or_default();
        let start = format!("{CALLBACK}{start}");
        assert!(
            location.starts_with(&start),
            "{name}: {}",
            told(&answers[0])
        );
    }
}

/// What is made up reaches the pages that show it, and the checks of every answer let them pass.
#[test]
fn a_changed_request_is_answered_with_what_it_is_about() {
    let world = world();
    let mut wrong = Vec::new();
    for changed in &CHANGED {
        let answers = answers(&mut Browser::new(&world), &changed.input());
        let (answer, name) = (&answers[0], changed.name);
        if answer.parts.status != changed.status || !answer.body.contains(changed.shows) {
            wrong.push(format!("{name}: {}", told(answer)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A browser that is shown the pages one after another ends signed in, and the application has its tokens.
#[test]
fn the_forms_of_pages_lead_to_tokens() {
    let world = world();
    let (_, walk) = WALKS[2];
    let answers = answers(&mut Browser::new(&world), &input(walk));
    let last = answers.last().unwrap();
    assert_eq!(last.parts.status, StatusCode::OK, "{}", told(last));
    assert!(last.body.contains("\"id_token\""), "{}", told(last));
}

#[test]
fn a_sign_up_is_confirmed_on_the_way() {
    let world = world();
    let (_, walk) = WALKS[3];
    let answers = answers(&mut Browser::new(&world), &input(walk));
    assert!(
        answers[1].body.contains("name=\"confirm\""),
        "{}",
        told(&answers[1])
    );
}

/// The samples of the preview show every template, with everything that is optional.
#[test]
fn the_pages_of_all_templates_pass() {
    let world = world();
    let mut browser = Browser::new(&world);
    let list = answers(&mut browser, &input(&["preview"]));
    let names: BTreeSet<&str> = list[0]
        .body
        .split("/preview/")
        .skip(1)
        .filter_map(|rest| rest.split('?').next())
        .collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        let answer = browser.preview(name);
        assert_eq!(answer.parts.status, StatusCode::OK, "{name}");
        assert!(answer.is_page(), "{name}");
        answer.check(name, "/fuzzed");
    }
}

#[test]
fn every_piece_of_markup_has_the_marker() {
    for markup in MARKUP {
        assert!(markup.contains(MARKER), "{markup}");
    }
}

/// Kinds are named by their places, so that the corpus changes with the list of kinds: this writes nothing, but says
/// which file has to have which bytes.
#[test]
fn the_corpus_has_each_kind_each_walk_and_each_change() {
    let singles = kinds().into_iter().filter(|kind| kind.status > 0);
    let singles = singles.map(|kind| (kind.name, input(&[kind.name])));
    let walks = WALKS.map(|(name, names)| (name, input(names)));
    let changed = CHANGED
        .iter()
        .map(|changed| (changed.name, changed.input()));
    let expected: BTreeMap<_, _> = singles.chain(walks).chain(changed).collect();
    let mut wrong = Vec::new();
    for (name, bytes) in expected {
        if std::fs::read(corpus().join(name)).ok().as_ref() != Some(&bytes) {
            let octal: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
            wrong.push(format!("printf '{octal}' > fuzz/corpus/domain/{name}"));
        }
    }
    assert!(wrong.is_empty(), "run\n{}", wrong.join("\n"));
}
