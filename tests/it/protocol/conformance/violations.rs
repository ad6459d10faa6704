//! Values that break one place of a request, and what section 1.4 says of each.

use serde_json::{Value, json};

use super::model::{Member, Shape, text_of};

/// One step from a value to a value inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A structure's member, of this name.
    Member(&'static str),
    /// A list's first element.
    Element,
    /// The value in a map with one sample entry.
    Entry,
}

/// A place in an operation's input where a value can stand.
#[derive(Clone)]
pub struct Place {
    /// The way to it from the input.
    pub steps: Vec<Step>,
    /// The shapes along the way, the input's first and its own last.
    pub shapes: Vec<Shape>,
    /// `userAttributes.1.member.name`.
    pub path: String,
    /// Whether something around it is sensitive.
    pub hidden: bool,
}

/// What is expected to be said of one constraint of one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    path: String,
    shown: Shown,
    constraint: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Null,
    Hidden,
    Text(String),
    /// A list or map of structures: how those are printed is not known.
    Structures,
}

/// A value that breaks the place it is put at.
#[derive(Clone)]
pub struct Breakage {
    /// What stands there.
    pub value: Value,
    /// What is wrong with it.
    pub violations: Vec<Violation>,
}

impl Violation {
    /// Whether `item` of an answer's list says this.
    pub fn is_said_by(&self, item: &str) -> bool {
        let Self {
            path,
            shown,
            constraint,
        } = self;
        let rest = format!("at '{path}' failed to satisfy constraint: {constraint}");
        match shown {
            Shown::Null => item == format!("Value null {rest}"),
            Shown::Hidden => item == format!("Value {rest}"),
            Shown::Text(text) => {
                // What a violation repeats is bounded.
                let shown = match text.char_indices().nth(1024) {
                    Some((end, _)) => format!("{}…", &text[..end]),
                    None => text.clone(),
                };
                item == format!("Value '{shown}' {rest}")
            }
            Shown::Structures => {
                let printed = item.starts_with("Value '[{") || item.starts_with("Value '{");
                printed && item.ends_with(&format!("' {rest}"))
            }
        }
    }
}

impl Place {
    /// Every place of an input, itself the first.
    pub fn all(input: Shape) -> Vec<Self> {
        let mut places = vec![Self {
            steps: Vec::new(),
            shapes: vec![input],
            path: String::new(),
            hidden: input.is_sensitive(),
        }];
        let mut next = 0;
        while let Some(place) = places.get(next).cloned() {
            places.extend(place.inside());
            next += 1;
        }
        places
    }

    /// What stands here.
    pub fn shape(&self) -> Shape {
        *self.shapes.last().unwrap()
    }

    /// The input's member that it lies in.
    pub fn member(&self) -> Option<Step> {
        self.steps.first().copied()
    }

    fn inside(&self) -> Vec<Self> {
        let shape = self.shape();
        match shape.kind() {
            "structure" => {
                let members = shape.members().into_iter();
                members.map(|member| self.to_member(member)).collect()
            }
            "list" => vec![self.to(Step::Element, shape.element(), ".1.member")],
            "map" => {
                let key = shape.key_sample();
                vec![self.to(Step::Entry, shape.entry(), &format!(".{key}.member"))]
            }
            _ => Vec::new(),
        }
    }

    fn to_member(&self, member: Member) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let (first, rest) = member.name.split_at(1);
        let path = format!("{dot}{}{rest}", first.to_lowercase());
        self.to(Step::Member(member.name), member.shape, &path)
    }

    fn to(&self, step: Step, shape: Shape, path: &str) -> Self {
        let mut place = self.clone();
        place.steps.push(step);
        place.shapes.push(shape);
        place.path.push_str(path);
        place.hidden |= shape.is_sensitive();
        place
    }

    /// `input` with `value` here, and with samples on the way to here where nothing is.
    pub fn put(&self, input: &mut Value, value: Value) {
        let mut at = input;
        for (step, shape) in self.steps.iter().zip(&self.shapes) {
            at = match step {
                Step::Member(name) => {
                    let inside = self.shape_of(*shape, name);
                    let object = at.as_object_mut().unwrap();
                    object.entry(*name).or_insert_with(|| inside.sample())
                }
                Step::Element => &mut at[0],
                Step::Entry => &mut at[shape.key_sample()],
            };
        }
        *at = value;
    }

    fn shape_of(&self, shape: Shape, name: &str) -> Shape {
        let member = shape.members().into_iter().find(|m| m.name == name);
        member.unwrap().shape
    }

    /// Each value that breaks one constraint here, or several that cannot be broken apart.
    pub fn breakages(&self) -> Vec<Breakage> {
        let shape = self.shape();
        let mut breakages: Vec<_> = broken_values(shape)
            .into_iter()
            .map(|(value, constraints)| Breakage {
                violations: self.violations(&value, &constraints),
                value,
            })
            .collect();
        if shape.kind() == "map" {
            breakages.extend(self.broken_keys());
        }
        breakages
    }

    /// A value of a list or map of plain values is not reported itself: the whole is.
    fn violations(&self, value: &Value, constraints: &[String]) -> Vec<Violation> {
        let around = self.shapes.iter().rev().nth(1);
        let (whole, shown) = match self.steps.last() {
            Some(Step::Element) if self.shape().is_plain() => {
                let rest = around.unwrap().sample();
                let mut list = rest.as_array().unwrap().clone();
                list[0] = value.clone();
                ("Member must satisfy", self.shown(&json!(list)))
            }
            Some(Step::Entry) if self.shape().is_plain() => {
                let key = around.unwrap().key_sample();
                ("Map value must satisfy", self.shown(&json!({ key: value })))
            }
            _ => {
                let of_one = |constraint: &String| Violation {
                    path: self.path.clone(),
                    shown: self.shown(value),
                    constraint: constraint.clone(),
                };
                return constraints.iter().map(of_one).collect();
            }
        };
        let suffix = match self.steps.last() {
            Some(Step::Element) => ".1.member".len(),
            _ => ".".len() + around.unwrap().key_sample().len() + ".member".len(),
        };
        vec![Violation {
            path: self.path[..self.path.len() - suffix].to_owned(),
            shown,
            constraint: format!("{whole} constraint: [{}]", all_constraints(self.shape())),
        }]
    }

    fn broken_keys(&self) -> Vec<Breakage> {
        let (key, entry) = (self.shape().key(), self.shape().entry());
        broken_values(key)
            .into_iter()
            .map(|(broken, _)| {
                let value = json!({ text_of(&broken): entry.sample() });
                let hidden = self.hidden || key.is_sensitive() || entry.is_sensitive();
                let shown = if hidden {
                    Shown::Hidden
                } else if entry.is_plain() {
                    Shown::Text(print(&value))
                } else {
                    Shown::Structures
                };
                Breakage {
                    violations: vec![Violation {
                        path: self.path.clone(),
                        shown,
                        constraint: format!(
                            "Map keys must satisfy constraint: [{}]",
                            all_constraints(key)
                        ),
                    }],
                    value,
                }
            })
            .collect()
    }

    fn shown(&self, value: &Value) -> Shown {
        let structures = |value: &Value| value.is_object();
        match value {
            _ if self.hidden => Shown::Hidden,
            Value::Array(elements) if elements.iter().any(structures) => Shown::Structures,
            Value::Object(entries) if entries.values().any(structures) => Shown::Structures,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => Shown::Text(print(value)),
        }
    }

    /// The required members of the structure here, each with what is said when it is absent.
    pub fn required(&self) -> Vec<(&'static str, Violation)> {
        let shape = self.shape();
        if shape.kind() != "structure" {
            return Vec::new();
        }
        let required = shape.members().into_iter().filter(|member| member.required);
        required
            .map(|member| {
                let place = self.to_member(member);
                let violation = Violation {
                    shown: if place.hidden {
                        Shown::Hidden
                    } else {
                        Shown::Null
                    },
                    path: place.path,
                    constraint: "Member must not be null".to_owned(),
                };
                (member.name, violation)
            })
            .collect()
    }

    /// Values at the very bounds of what is permitted here.
    pub fn bounds(&self) -> Vec<Value> {
        let shape = self.shape();
        let bounds = shape
            .min()
            .filter(|&min| min > 0)
            .into_iter()
            .chain(shape.max());
        match shape.kind() {
            "string" if shape.values().is_empty() => bounds
                .filter_map(|bound| shape.text().of_length(usize::try_from(bound).unwrap()))
                .map(Value::String)
                .collect(),
            "string" => shape
                .values()
                .into_iter()
                .map(|value| json!(value))
                .collect(),
            "integer" => shape
                .min()
                .into_iter()
                .chain(shape.max())
                .map(Value::from)
                .collect(),
            "list" => bounds.map(|count| list_of(shape, count)).collect(),
            _ => Vec::new(),
        }
    }
}

/// Values that break the shape's own constraints, each with the texts of those it breaks.
fn broken_values(shape: Shape) -> Vec<(Value, Vec<String>)> {
    let mut broken = Vec::new();
    let values = shape.values();
    let too_much = shape.max().map(|max| (max + 1, most(shape, max)));
    let too_little = shape.min().map(|min| (min - 1, least(shape, min)));
    match shape.kind() {
        "string" if !values.is_empty() => {
            assert!(too_much.is_none() && too_little.is_none() && shape.pattern().is_none());
            broken.push((json!("Banana"), vec![known(&values)]));
        }
        "string" => {
            let text = shape.text();
            let too_little = too_little.filter(|(length, _)| *length >= 0);
            for (length, constraint) in too_much.into_iter().chain(too_little) {
                let length = usize::try_from(length).unwrap();
                match (text.of_length(length), shape.pattern()) {
                    (None, Some(pattern)) => broken.push((
                        json!(text.filled(length)),
                        vec![matching(pattern), constraint],
                    )),
                    (value, _) => broken.push((json!(value), vec![constraint])),
                }
            }
            if let Some(pattern) = shape.pattern()
                && let Some(value) = text.broken(shape.min().unwrap_or(0))
            {
                broken.push((json!(value), vec![matching(pattern)]));
            }
        }
        "integer" | "long" => {
            let bounds = too_much.into_iter().chain(too_little);
            broken.extend(bounds.map(|(value, constraint)| (json!(value), vec![constraint])));
        }
        "list" => {
            let bounds = too_much.into_iter().chain(too_little);
            broken.extend(
                bounds
                    .filter(|(count, _)| *count >= 0)
                    .map(|(count, constraint)| (list_of(shape, count), vec![constraint])),
            );
        }
        _ => {}
    }
    broken
}

fn list_of(shape: Shape, count: i64) -> Value {
    (0..count).map(|_| shape.element().sample()).collect()
}

/// Every constraint of a shape, as a list or map of it prints them.
fn all_constraints(shape: Shape) -> String {
    let values = shape.values();
    let mut all = Vec::new();
    all.extend(shape.max().map(|max| most(shape, max)));
    all.extend(shape.min().map(|min| least(shape, min)));
    all.extend(shape.pattern().map(matching));
    all.extend((!values.is_empty()).then(|| known(&values)));
    all.join(", ")
}

fn most(shape: Shape, max: i64) -> String {
    format!(
        "Member must have {} less than or equal to {max}",
        measure(shape)
    )
}

fn least(shape: Shape, min: i64) -> String {
    format!(
        "Member must have {} greater than or equal to {min}",
        measure(shape)
    )
}

fn measure(shape: Shape) -> &'static str {
    match shape.kind() {
        "integer" | "long" => "value",
        _ => "length",
    }
}

fn matching(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

fn known(values: &[&str]) -> String {
    format!(
        "Member must satisfy enum value set: [{}]",
        values.join(", ")
    )
}

fn print(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(print).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{key}={}", print(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
