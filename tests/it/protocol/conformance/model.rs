//! The service model as this test reads it: `model/cognito-idp.json`, and what section 1.4 of the
//! behaviour pages observed to differ. Written apart from the server's own reader, so that the two
//! check each other.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::texts::Text;

static MODEL: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../model/cognito-idp.json")).unwrap()
});

/// A shape of the model.
#[derive(Clone, Copy)]
pub struct Shape {
    name: &'static str,
    raw: &'static Value,
}

/// A member of a structure.
#[derive(Clone, Copy)]
pub struct Member {
    /// The key in the JSON object.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
}

/// The names of all operations, supported or not.
pub fn operations() -> impl Iterator<Item = &'static str> {
    MODEL["operations"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
}

/// The input of an operation.
pub fn input(operation: &str) -> Shape {
    Shape::named(text(&MODEL["operations"][operation]["input"]))
}

/// Section 1.5: whether an operation needs a signature.
pub fn is_signed(operation: &str) -> bool {
    MODEL["operations"][operation]["authtype"] != "none"
}

impl Shape {
    fn named(name: &'static str) -> Self {
        let raw = &MODEL["shapes"][name];
        assert!(raw.is_object(), "the model has no shape {name}");
        Self { name, raw }
    }

    /// `structure`, `list`, `map`, `string`, `integer`, `boolean`, …, and `document`, which is any JSON.
    pub fn kind(self) -> &'static str {
        if self.raw["document"] == true {
            return "document";
        }
        text(&self.raw["type"])
    }

    /// The least length or value; of a password it is observed, the model has none.
    pub fn min(self) -> Option<i64> {
        match self.name {
            "PasswordType" => Some(6),
            _ => self.raw["min"].as_i64(),
        }
    }

    /// The greatest length or value.
    pub fn max(self) -> Option<i64> {
        self.raw["max"].as_i64()
    }

    /// The pattern as it is printed; the observed one of passwords is not the model's, and domains have texts of their
    /// own.
    pub fn pattern(self) -> Option<&'static str> {
        match self.name {
            "DomainType" => None,
            "PasswordType" => Some(r"^[\S]+.*[\S]+$"),
            _ => self.raw["pattern"].as_str(),
        }
    }

    /// The values of an enum, in the order in which they are printed. The model lacks the flow that `GetClientToken`
    /// asks for (administration page, section 10.2).
    pub fn values(self) -> Vec<&'static str> {
        let listed = items(&self.raw["enum"]).map(text);
        match self.name {
            "AttributeDataType" => vec!["Boolean", "Number", "String", "DateTime"],
            "OAuthFlowType" => vec!["implicit", "client_credentials", "code"],
            "ExplicitAuthFlowsType" => listed.chain(["ALLOW_CLIENT_TOKEN_AUTH"]).collect(),
            _ => listed.collect(),
        }
    }

    /// Whether values are hidden. Two were observed to be shown, although the model hides them.
    pub fn is_sensitive(self) -> bool {
        let shown = ["ClientIdType", "SoftwareTokenMFAUserCodeType"];
        self.raw["sensitive"] == true && !shown.contains(&self.name)
    }

    /// The members of a structure.
    pub fn members(self) -> Vec<Member> {
        items(&self.raw["members"])
            .map(|raw| Member {
                name: text(&raw["name"]),
                required: raw["required"] == true,
                shape: Self::named(text(&raw["shape"])),
            })
            .collect()
    }

    /// The elements of a list.
    pub fn element(self) -> Self {
        Self::named(text(&self.raw["member"]))
    }

    /// The keys of a map.
    pub fn key(self) -> Self {
        Self::named(text(&self.raw["key"]))
    }

    /// The values of a map.
    pub fn entry(self) -> Self {
        Self::named(text(&self.raw["value"]))
    }

    /// Whether a list or map of these is judged as a whole.
    pub fn is_plain(self) -> bool {
        !matches!(self.kind(), "structure" | "list" | "map")
    }

    /// Of which texts there are valid ones and others.
    pub fn text(self) -> Text {
        Text::of(self.pattern())
    }

    /// The smallest value that keeps every constraint: only what is required.
    pub fn sample(self) -> Value {
        let least = self.min().unwrap_or(0);
        match self.kind() {
            "string" => match self.values().first() {
                Some(value) => json!(value),
                None => json!(self.text().shortest(least)),
            },
            "integer" | "long" => json!(least.max(1).min(self.max().unwrap_or(i64::MAX))),
            "double" | "timestamp" => json!(1_700_000_000),
            "boolean" => json!(true),
            "blob" => json!("AAAA"),
            "list" => (0..least.max(1)).map(|_| self.element().sample()).collect(),
            "map" => json!({ self.key_sample(): self.entry().sample() }),
            "structure" => Value::Object(self.required_samples()),
            "document" => json!({ "any": ["thing"] }),
            kind => panic!("a shape of type {kind}"),
        }
    }

    /// A key that keeps every constraint.
    pub fn key_sample(self) -> String {
        text_of(&self.key().sample())
    }

    fn required_samples(self) -> Map<String, Value> {
        let required = self.members().into_iter().filter(|member| member.required);
        required
            .map(|member| (member.name.to_owned(), member.shape.sample()))
            .collect()
    }
}

/// A string's text.
pub fn text_of(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn text(value: &'static Value) -> &'static str {
    value.as_str().expect("a string in the model")
}

fn items(list: &'static Value) -> impl Iterator<Item = &'static Value> {
    list.as_array().into_iter().flatten()
}
