//! The inputs of the operations as the service model has them, read apart from the server's own reader.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use super::application;

static MODEL: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../model/cognito-idp.json")).unwrap()
});

/// How the names of operations begin that store what they are given; that of an administrator's form has `Admin`
/// before it.
const STORING: [&str; 7] = ["Add", "Create", "Link", "Put", "Set", "Tag", "Update"];
/// The others that do.
const FURTHER: [&str; 2] = ["ConfirmDevice", "SignUp"];

/// The operations that the server answers and that store what they are given.
pub fn storing_operations() -> BTreeSet<&'static str> {
    let stores = |name: &&str| {
        let plain = name.strip_prefix("Admin").unwrap_or(name);
        FURTHER.contains(name) || STORING.iter().any(|start| plain.starts_with(start))
    };
    let all = application::supported_operations().into_iter();
    all.filter(stores).collect()
}

/// A shape of the model.
#[derive(Clone, Copy)]
pub struct Shape(&'static Value);

/// What a shape is made of.
pub enum Parts {
    /// Members by their names.
    Structure(Vec<(&'static str, Shape)>),
    /// Elements that are structures.
    List(Shape),
    /// Values that are structures, under any keys.
    Map(Shape),
    /// None that count for themselves: a text, a number, a document, or a list or map of such.
    Leaf,
}

impl Shape {
    /// The input of an operation.
    pub fn input(operation: &str) -> Self {
        Self::named(&MODEL["operations"][operation]["input"])
    }

    fn named(name: &'static Value) -> Self {
        let shape = &MODEL["shapes"][name.as_str().expect("the name of a shape")];
        assert!(shape.is_object(), "the model has no shape {name}");
        Self(shape)
    }

    /// What it is made of.
    pub fn parts(self) -> Parts {
        if self.0["document"] == true {
            return Parts::Leaf;
        }
        let of = |member: &str| {
            let shape = Self::named(&self.0[member]);
            (!matches!(shape.parts(), Parts::Leaf)).then_some(shape)
        };
        match self.0["type"].as_str() {
            Some("structure") => {
                let members = self.0["members"].as_array().into_iter().flatten();
                let member = |member: &'static Value| {
                    let name = member["name"].as_str().unwrap();
                    (name, Self::named(&member["shape"]))
                };
                Parts::Structure(members.map(member).collect())
            }
            Some("list") => of("member").map_or(Parts::Leaf, Parts::List),
            Some("map") => of("value").map_or(Parts::Leaf, Parts::Map),
            _ => Parts::Leaf,
        }
    }
}

/// The name of a member within the input, which a dot separates from that of the structure it is in. Lists and maps
/// have the names of what they hold.
pub fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The names of all members of an operation's input that have no members themselves.
pub fn members(operation: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(Shape::input(operation), "", &mut names);
    names
}

fn collect(shape: Shape, path: &str, names: &mut BTreeSet<String>) {
    match shape.parts() {
        Parts::Structure(members) => {
            for (name, member) in members {
                collect(member, &joined(path, name), names);
            }
        }
        Parts::List(element) | Parts::Map(element) => collect(element, path, names),
        Parts::Leaf => {
            names.insert(path.to_owned());
        }
    }
}
