//! For every supported operation, from the model: what does not fit is refused with the types and
//! texts of sections 1.3 and 1.4, and every answer, success or error, fits the model (the harness
//! looks at each).
//!
//! What is expected is worked out here from `model/cognito-idp.json` alone.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Answer, TestServer, application, both_stores};

mod authority;
mod authority_world;
mod model;
mod texts;
mod violations;
mod wrong_types;

use model::Shape;
use violations::{Place, Violation};
use wrong_types::wrong_types;

/// How many failures are worth reading.
const SHOWN: usize = 20;
/// Several longer values in one request would be more than the server reads.
const LONGEST: usize = 25_000;

/// A request that is to be refused.
struct Case {
    input: Value,
    expected: Expected,
}

enum Expected {
    /// `SerializationException`, with this text if the page knows it.
    WrongType(Option<&'static str>),
    /// `InvalidParameterException` with exactly these, in any order.
    Violations(Vec<Violation>),
    /// Anything but these two.
    Understood,
}

both_stores! {
    /// Section 1.3: each type wrong, at every depth.
    async fn wrong_types_are_named(server: TestServer) {
        every_operation(&server, |input| {
            let mut cases = Vec::new();
            for place in Place::all(input).iter().skip(1) {
                for (value, text) in wrong_types(place.shape()) {
                    cases.push(broken_at(place, value, Expected::WrongType(text)));
                }
            }
            cases
        })
        .await;
    }

    /// Section 1.3: a wrong type is reported before any constraint is checked.
    async fn wrong_types_are_reported_before_constraints(server: TestServer) {
        every_operation(&server, |input| {
            let members = input.members();
            let cases = members.iter().filter_map(|member| {
                let (value, text) = wrong_types(member.shape).into_iter().next()?;
                // Every other required member is absent.
                Some(Case {
                    input: json!({ member.name: value }),
                    expected: Expected::WrongType(text),
                })
            });
            cases.collect()
        })
        .await;
    }

    /// Section 1.4: each constraint violated alone.
    async fn each_violated_constraint_is_reported(server: TestServer) {
        every_operation(&server, |input| {
            let mut cases = Vec::new();
            for place in Place::all(input) {
                for broken in place.breakages() {
                    let expected = Expected::Violations(broken.violations);
                    cases.push(broken_at(&place, broken.value, expected));
                }
            }
            cases
        })
        .await;
    }

    /// Section 1.4: each required member absent, at every depth.
    async fn each_missing_required_member_is_reported(server: TestServer) {
        every_operation(&server, |input| {
            let mut cases = Vec::new();
            for place in Place::all(input) {
                for (member, violation) in place.required() {
                    for absent in [None, Some(Value::Null)] {
                        let mut value = place.shape().sample();
                        let object = value.as_object_mut().unwrap();
                        object.remove(member);
                        // Section 1.1: `null` equals absent.
                        object.extend(absent.map(|null| (member.to_owned(), null)));
                        let expected = Expected::Violations(vec![violation.clone()]);
                        cases.push(broken_at(&place, value, expected));
                    }
                }
            }
            cases
        })
        .await;
    }

    /// Section 1.4: all violations are reported at once.
    async fn several_violations_are_reported_together(server: TestServer) {
        every_operation(&server, |input| {
            let nothing = Place::all(input).remove(0).required();
            let violations: Vec<_> = nothing.into_iter().map(|(_, violation)| violation).collect();
            let mut cases = Vec::new();
            if !violations.is_empty() {
                let expected = Expected::Violations(violations);
                cases.push(Case { input: json!({}), expected });
            }
            let broken = one_broken_place_per_member(input);
            cases.extend(broken.windows(2).map(|pair| broken_together(input, pair)));
            if broken.len() > 2 {
                cases.push(broken_together(input, &broken));
            }
            cases
        })
        .await;
    }

    /// Section 1.4: a value at its bound is accepted, and lengths are counted in characters.
    async fn values_at_their_bounds_are_accepted(server: TestServer) {
        every_operation(&server, |input| {
            let broken = one_broken_place_per_member(input);
            let mut cases = Vec::new();
            for place in Place::all(input) {
                for value in place.bounds() {
                    // Another member is broken, so that the request goes no further.
                    let other = broken.iter().find(|(other, _)| other.member() != place.member());
                    let mut case = broken_at(&place, value, Expected::Understood);
                    if let Some((other, breakage)) = other {
                        other.put(&mut case.input, breakage.value.clone());
                        case.expected = Expected::Violations(breakage.violations.clone());
                    }
                    cases.push(case);
                }
            }
            cases
        })
        .await;
    }

    /// Section 1.3: an operation of the model that is not supported is as unknown as any other,
    /// signed or not.
    async fn an_unsupported_operation_is_unknown_and_says_so(server: TestServer) {
        let supported = application::supported_operations();
        let unsupported = model::operations().filter(|name| !supported.contains(name));
        for operation in unsupported {
            let plain = server.client.request(operation).body("{}");
            let signed = server.admin.request(operation, b"{}".to_vec());
            for request in [plain, signed] {
                let answer = server.client.send(request).await;
                let message = format!(
                    "Cognate does not support {operation} yet. docs/operations.md lists the operations \
                     that it supports."
                );
                let unknown = json!({ "__type": "UnknownOperationException", "message": message });
                assert_eq!((answer.status, &answer.body), (400, &unknown), "{operation}: {answer}");
            }
        }
    }

    /// The smallest valid request is understood, with unknown members too.
    async fn the_smallest_valid_request_is_understood(server: TestServer) {
        every_operation(&server, |input| {
            let sample = input.sample();
            let mut extended = sample.clone();
            extended["NobodyKnowsThis"] = json!([{ "a": [1, 2.5, "x"] }]);
            [sample, extended]
                .map(|input| Case { input, expected: Expected::Understood })
                .into()
        })
        .await;
    }
}

/// The smallest good request, but with `value` at `place`.
fn broken_at(place: &Place, value: Value, expected: Expected) -> Case {
    let mut input = place.shapes[0].sample();
    place.put(&mut input, value);
    Case { input, expected }
}

/// One breakage in each member of the input that can be broken.
fn one_broken_place_per_member(input: Shape) -> Vec<(Place, violations::Breakage)> {
    let mut found: Vec<(Place, violations::Breakage)> = Vec::new();
    for place in Place::all(input) {
        if found
            .iter()
            .all(|(other, _)| other.member() != place.member())
            && let Some(breakage) = place
                .breakages()
                .into_iter()
                .find(|breakage| breakage.value.to_string().len() < LONGEST)
        {
            found.push((place, breakage));
        }
    }
    found
}

fn broken_together(input: Shape, broken: &[(Place, violations::Breakage)]) -> Case {
    let mut value = input.sample();
    let mut expected = Vec::new();
    for (place, breakage) in broken {
        place.put(&mut value, breakage.value.clone());
        expected.extend(breakage.violations.clone());
    }
    Case {
        input: value,
        expected: Expected::Violations(expected),
    }
}

/// Sends the cases of every supported operation; fails with all that was answered otherwise.
async fn every_operation(server: &TestServer, cases: impl Fn(Shape) -> Vec<Case>) {
    let operations = application::supported_operations();
    assert!(operations.len() >= 40, "only {operations:?} are supported");
    let mut failures = Vec::new();
    let mut sent = 0;
    for operation in operations {
        let cases = cases(model::input(operation));
        sent += cases.len();
        let server = server.clone();
        // A task of its own: an answer that does not fit the model panics in the harness.
        let told = tokio::spawn(async move { tell(&server, operation, &cases).await }).await;
        match told {
            Ok(told) => failures.extend(told),
            Err(_) => failures.push(format!("{operation}: an answer does not fit, see above")),
        }
    }
    assert!(sent > 0, "no operation has such a case");
    let mut list = String::new();
    for failure in failures.iter().take(SHOWN) {
        let _ = write!(list, "\n{failure}");
    }
    assert!(
        failures.is_empty(),
        "{} of {sent} requests:{list}",
        failures.len()
    );
}

async fn tell(server: &TestServer, operation: &str, cases: &[Case]) -> Vec<String> {
    let mut failures = Vec::new();
    for case in cases {
        let input = case.input.clone();
        let answer = if model::is_signed(operation) {
            server.admin.call(operation, input).await
        } else {
            server.client.call(operation, input).await
        };
        if let Err(why) = case.expected.is_met_by(&answer) {
            failures.push(format!(
                "{operation} {}: {why}",
                shortened(&case.input.to_string())
            ));
        }
    }
    failures
}

impl Expected {
    fn is_met_by(&self, answer: &Answer) -> Result<(), String> {
        let got = format!("got {}", shortened(&answer.text));
        let type_ = answer.type_.as_deref().unwrap_or_default();
        let message = answer.message.as_deref().unwrap_or_default();
        match self {
            Self::WrongType(text) => {
                let fits = type_ == "SerializationException"
                    && text.is_none_or(|text| text == message)
                    && answer.body.get("message").is_none();
                fits.then_some(())
                    .ok_or_else(|| format!("SerializationException {text:?} expected, {got}"))
            }
            Self::Violations(violations) => (type_ == "InvalidParameterException"
                && says(message, violations))
            .then_some(())
            .ok_or_else(|| format!("{} expected, {got}", shortened(&format!("{violations:?}")))),
            Self::Understood => {
                let refused =
                    type_ == "SerializationException" || message.contains("validation error");
                let failed = answer.status >= 500;
                (!refused && !failed)
                    .then_some(())
                    .ok_or_else(|| format!("this keeps the rules, {got}"))
            }
        }
    }
}

/// Whether `message` lists exactly `violations`.
fn says(message: &str, violations: &[Violation]) -> bool {
    let count = violations.len();
    let errors = if count == 1 { "error" } else { "errors" };
    let head = format!("{count} validation {errors} detected: ");
    let Some(list) = message.strip_prefix(&head) else {
        return false;
    };
    let mut items: Vec<_> = list.split("; ").collect();
    let all_said = violations.iter().all(|violation| {
        let found = items.iter().position(|item| violation.is_said_by(item));
        found.map(|position| items.swap_remove(position)).is_some()
    });
    all_said && items.is_empty()
}

/// The ends of what is too long to read.
fn shortened(text: &str) -> String {
    let characters: Vec<_> = text.chars().collect();
    match characters.len() {
        0..=400 => text.to_owned(),
        length => {
            let head: String = characters[..200].iter().collect();
            let tail: String = characters[length - 200..].iter().collect();
            format!("{head} … {tail}")
        }
    }
}
