//! That a description has each member of an operation's input.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::model_inputs::{Parts, Shape, joined, members};

/// The members of one operation's input, and which of them a description has shown. A member counts once its value
/// was described that differed from what was described before.
pub struct Proof {
    operation: &'static str,
    members: BTreeSet<String>,
    found: BTreeSet<String>,
    excepted: BTreeMap<&'static str, &'static str>,
    alike: BTreeMap<&'static str, &'static str>,
    ended: bool,
}

impl Proof {
    /// That this operation stores what it takes.
    pub fn of(operation: &'static str) -> Self {
        Self {
            operation,
            members: members(operation),
            found: BTreeSet::new(),
            excepted: BTreeMap::new(),
            alike: BTreeMap::new(),
            ended: false,
        }
    }

    /// These members are not described, for this reason.
    pub fn except(mut self, names: &[&'static str], reason: &'static str) -> Self {
        for name in names {
            self.is_member(name);
            let former = self.excepted.insert(name, reason);
            assert!(former.is_none(), "{name} is excepted twice");
        }
        self
    }

    /// These members are described, but with the value that was described before, for this reason.
    pub fn alike(mut self, names: &[&'static str], reason: &'static str) -> Self {
        for name in names {
            self.is_member(name);
            self.alike.insert(name, reason);
        }
        self
    }

    fn is_member(&self, name: &str) {
        let operation = self.operation;
        assert!(
            self.members.contains(name),
            "{operation} has no member {name}"
        );
    }

    /// What was given is what is described now, in the input's form; `before` was described without it.
    pub fn shown(&mut self, given: &Value, before: &Value, after: &Value) {
        let shape = Shape::input(self.operation);
        self.compare(shape, "", given, (before, after));
    }

    fn compare(&mut self, shape: Shape, path: &str, given: &Value, described: (&Value, &Value)) {
        let (before, after) = described;
        match shape.parts() {
            Parts::Structure(members) => {
                let given = given.as_object().expect("a structure");
                for name in given.keys() {
                    let known = members.iter().any(|(member, _)| member == name);
                    assert!(known, "{} has no member {name}", self.operation);
                }
                for (name, member) in members {
                    if let Some(value) = given.get(name) {
                        let described = (&before[name], &after[name]);
                        self.compare(member, &joined(path, name), value, described);
                    }
                }
            }
            Parts::List(element) => {
                let given = given.as_array().expect("a list");
                let count = after.as_array().map_or(0, Vec::len);
                if !self.is_excepted_within(path) {
                    let what = format!("{path} of {} in {after}", self.operation);
                    assert_eq!(count, given.len(), "{what}");
                }
                for (index, value) in given.iter().enumerate() {
                    self.compare(element, path, value, (&before[index], &after[index]));
                }
            }
            Parts::Map(entry) => {
                for (key, value) in given.as_object().expect("a map") {
                    self.compare(entry, path, value, (&before[key], &after[key]));
                }
            }
            Parts::Leaf => self.compare_leaf(path, given, described),
        }
    }

    /// Whether nothing below this member is described.
    fn is_excepted_within(&self, path: &str) -> bool {
        let below = format!("{path}.");
        let mut within = self.members.iter().filter(|name| name.starts_with(&below));
        within.all(|name| self.excepted.contains_key(name.as_str()))
    }

    fn compare_leaf(&mut self, path: &str, given: &Value, (before, after): (&Value, &Value)) {
        if self.excepted.contains_key(path) {
            return;
        }
        assert_eq!(after, given, "{path} of {}", self.operation);
        if before != after || self.alike.contains_key(path) {
            self.found.insert(path.to_owned());
        }
    }

    /// Every member was found, or is excepted.
    #[track_caller]
    pub fn end(mut self) {
        self.ended = true;
        let operation = self.operation;
        let missing: Vec<_> = self
            .members
            .iter()
            .filter(|name| {
                !self.found.contains(*name) && !self.excepted.contains_key(name.as_str())
            })
            .collect();
        assert!(
            missing.is_empty(),
            "{operation} was not given, or did not change, {missing:?}"
        );
        let idle: Vec<_> = self
            .alike
            .keys()
            .filter(|name| !self.found.contains(**name))
            .collect();
        assert!(idle.is_empty(), "{operation} was not given {idle:?}");
    }
}

impl Drop for Proof {
    fn drop(&mut self) {
        // A proof that nobody ends would prove nothing.
        let forgotten = !self.ended && !std::thread::panicking();
        assert!(!forgotten, "the proof of {} has no end", self.operation);
    }
}

/// The proof of TagResource from these tags, before, given and after.
fn of_tags(before: &Value, given: &Value, after: &Value) {
    let mut proof = Proof::of("TagResource").except(&["ResourceArn"], "names what is changed");
    let tags = |tags: &Value| json!({ "Tags": tags });
    proof.shown(&tags(given), &tags(before), &tags(after));
    proof.end();
}

#[test]
fn a_member_that_has_changed_is_proven() {
    let given = json!({ "team": "b" });
    of_tags(&json!({ "team": "a" }), &given, &given);
}

#[test]
#[should_panic(expected = "Tags of TagResource")]
fn a_member_that_is_described_otherwise_is_found() {
    of_tags(&json!({}), &json!({ "team": "b" }), &json!({ "team": "a" }));
}

#[test]
#[should_panic(expected = "TagResource was not given, or did not change, [\"Tags\"]")]
fn a_member_that_was_so_before_proves_nothing() {
    let given = json!({ "team": "b" });
    of_tags(&given, &given, &given);
}

#[test]
#[should_panic(
    expected = "TagResource was not given, or did not change, [\"ResourceArn\", \"Tags\"]"
)]
fn a_member_that_was_not_given_is_missing() {
    Proof::of("TagResource").end();
}

#[test]
#[should_panic(expected = "the proof of TagResource has no end")]
fn a_proof_has_to_be_ended() {
    drop(Proof::of("TagResource"));
}
