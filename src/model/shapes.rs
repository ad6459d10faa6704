//! The service model as data at run time: what the shape check and the validation walk.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

/// The model as committed, with the overrides applied.
pub static MODEL: LazyLock<Model> = LazyLock::new(|| {
    // Both files are part of the program, and the tests below prove that they are read whole.
    Model::read(
        include_str!("../../model/cognito-idp.json"),
        include_str!("../../model/overrides.json"),
    )
    .unwrap_or_default()
});

/// The prefix of `X-Amz-Target` and the operations by their names.
#[derive(Default)]
pub struct Model {
    /// What stands before the dot of `X-Amz-Target`.
    pub target_prefix: String,
    /// Every operation of the service.
    pub operations: BTreeMap<String, OperationShape>,
}

/// An operation's shapes.
pub struct OperationShape {
    /// The request's body, a structure.
    pub input: Arc<Shape>,
    /// The answer's body, a structure; `None` answers `{}`.
    pub output: Option<Arc<Shape>>,
    /// The names of the errors that the model lists.
    pub errors: Vec<String>,
    /// Whether a request must be signed with an access key.
    pub signed: bool,
}

/// A shape with its constraints.
pub struct Shape {
    /// The model's name for it.
    pub name: String,
    /// Its type, with what it is made of.
    pub kind: Kind,
    /// Whether values must not be shown in errors.
    pub sensitive: bool,
    /// Least value of a number, least length of anything else (characters, bytes of a blob,
    /// entries of a list or map).
    pub min: Option<i64>,
    /// Greatest value or length.
    pub max: Option<i64>,
    /// What the whole of a string must match.
    pub pattern: Option<Pattern>,
    /// The permitted values of a string, in the order in which the service prints them; empty
    /// when any is.
    pub values: Vec<String>,
    /// Whether a wrong length is reported before a wrong pattern.
    pub length_first: bool,
}

/// The type of a shape.
pub enum Kind {
    /// A JSON object with known members, in the model's order.
    Structure(Vec<Member>),
    /// A JSON array.
    List(Arc<Shape>),
    /// A JSON object with any keys.
    Map(Arc<Shape>, Arc<Shape>),
    /// A JSON string.
    String,
    /// A JSON number, 32 bits.
    Integer,
    /// A JSON number, 64 bits.
    Long,
    /// A JSON number with a fraction.
    Double,
    /// `true` or `false`.
    Boolean,
    /// A JSON number of seconds since the Unix epoch.
    Timestamp,
    /// Bytes, in base64.
    Blob,
    /// Any JSON value.
    Document,
}

/// A member of a structure.
pub struct Member {
    /// The key in the JSON object.
    pub name: String,
    /// The key as errors print it: with a small first letter.
    pub path: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub shape: Arc<Shape>,
}

/// A pattern of the model, compiled when it is first needed.
pub struct Pattern {
    /// The text that errors print.
    pub text: String,
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    fn new(text: String, source: &str) -> Self {
        Self {
            text,
            source: format!(r"\A(?:{})\z", translate(source)),
            compiled: OnceLock::new(),
        }
    }

    /// Whether the whole of `value` matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        // A test compiles every pattern of the model; should one fail all the same, it lets
        // nothing through.
        self.compiled
            .get_or_init(|| Regex::new(&self.source).ok())
            .as_ref()
            .is_some_and(|regex| regex.is_match(value))
    }
}

/// The model's patterns are Java's, where `\w`, `\d`, `\s` and `\S` know ASCII only and `.` stops
/// at five line ends; the `regex` crate means Unicode and `\n`.
fn translate(java: &str) -> String {
    let dot_matches_all = java.starts_with("(?s)");
    let mut translated = String::with_capacity(java.len());
    let mut in_class = false;
    let mut characters = java.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let escaped = characters.next().unwrap_or('\\');
                let class = match escaped {
                    'w' => "0-9A-Za-z_",
                    'd' => "0-9",
                    's' => r" \t\n\x0B\f\r",
                    'S' => r"[^ \t\n\x0B\f\r]",
                    _ => "",
                };
                if class.is_empty() {
                    translated.extend(['\\', escaped]);
                } else if in_class || class.starts_with('[') {
                    translated.push_str(class);
                } else {
                    translated.extend(["[", class, "]"]);
                }
            }
            '.' if !in_class && !dot_matches_all => {
                translated.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]");
            }
            _ => {
                in_class = character == '[' || in_class && character != ']';
                translated.push(character);
            }
        }
    }
    translated
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawModel {
    target_prefix: String,
    operations: BTreeMap<String, RawOperation>,
    shapes: BTreeMap<String, RawShape>,
}

#[derive(Deserialize)]
struct RawOperation {
    input: String,
    output: Option<String>,
    authtype: Option<String>,
    errors: Vec<String>,
}

#[derive(Deserialize)]
struct RawShape {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    members: Vec<RawMember>,
    member: Option<String>,
    key: Option<String>,
    value: Option<String>,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    document: bool,
}

#[derive(Deserialize)]
struct RawMember {
    name: String,
    shape: String,
    #[serde(default)]
    required: bool,
}

/// What replaces the model's word about a shape.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Override {
    shape: String,
    /// Why; for the reader of the file.
    #[serde(rename = "reason")]
    _reason: String,
    pattern: Option<String>,
    /// What is matched in place of the pattern, which is still what gets printed.
    regex: Option<String>,
    min: Option<i64>,
    sensitive: Option<bool>,
    #[serde(default)]
    length_first: bool,
    #[serde(rename = "enum")]
    values: Option<Vec<String>>,
}

impl Model {
    /// Reads the distilled model. `None` when a file is malformed or names a missing shape.
    fn read(model: &str, overrides: &str) -> Option<Self> {
        let raw: RawModel = serde_json::from_str(model).ok()?;
        let overrides: Vec<Override> = serde_json::from_str(overrides).ok()?;
        let mut reader = Reader {
            raw: &raw.shapes,
            overrides: overrides.iter().map(|o| (o.shape.as_str(), o)).collect(),
            done: BTreeMap::new(),
        };
        let mut operations = BTreeMap::new();
        for (name, operation) in &raw.operations {
            let output = match &operation.output {
                Some(output) => Some(reader.shape(output)?),
                None => None,
            };
            operations.insert(
                name.clone(),
                OperationShape {
                    input: reader.shape(&operation.input)?,
                    output,
                    errors: operation.errors.clone(),
                    signed: operation.authtype.as_deref() != Some("none"),
                },
            );
        }
        Some(Self {
            target_prefix: raw.target_prefix,
            operations,
        })
    }
}

struct Reader<'a> {
    raw: &'a BTreeMap<String, RawShape>,
    overrides: BTreeMap<&'a str, &'a Override>,
    done: BTreeMap<&'a str, Arc<Shape>>,
}

impl<'a> Reader<'a> {
    /// No shape of the model contains itself, so the recursion ends.
    fn shape(&mut self, name: &str) -> Option<Arc<Shape>> {
        if let Some(shape) = self.done.get(name) {
            return Some(Arc::clone(shape));
        }
        let (name, raw) = self.raw.get_key_value(name)?;
        let kind = self.kind(raw)?;
        let change = self.overrides.get(name.as_str()).copied();
        let text = change
            .and_then(|change| change.pattern.clone())
            .or_else(|| raw.pattern.clone());
        let shape = Arc::new(Shape {
            name: name.clone(),
            kind,
            sensitive: change
                .and_then(|change| change.sensitive)
                .unwrap_or(raw.sensitive),
            min: change.and_then(|change| change.min).or(raw.min),
            max: raw.max,
            pattern: text.map(|text| {
                let source = change.and_then(|change| change.regex.clone());
                let source = source.unwrap_or_else(|| text.clone());
                Pattern::new(text, &source)
            }),
            values: change
                .and_then(|change| change.values.clone())
                .unwrap_or_else(|| raw.values.clone()),
            length_first: change.is_some_and(|change| change.length_first),
        });
        self.done.insert(name, Arc::clone(&shape));
        Some(shape)
    }

    fn kind(&mut self, raw: &'a RawShape) -> Option<Kind> {
        Some(match raw.kind.as_str() {
            "structure" if raw.document => Kind::Document,
            "structure" => {
                let mut members = Vec::with_capacity(raw.members.len());
                for member in &raw.members {
                    members.push(Member {
                        name: member.name.clone(),
                        path: lower_first(&member.name),
                        required: member.required,
                        shape: self.shape(&member.shape)?,
                    });
                }
                Kind::Structure(members)
            }
            "list" => Kind::List(self.shape(raw.member.as_deref()?)?),
            "map" => Kind::Map(
                self.shape(raw.key.as_deref()?)?,
                self.shape(raw.value.as_deref()?)?,
            ),
            "string" => Kind::String,
            "integer" => Kind::Integer,
            "long" => Kind::Long,
            "double" => Kind::Double,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Timestamp,
            "blob" => Kind::Blob,
            _ => return None,
        })
    }
}

fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map(|first| first.to_ascii_lowercase().to_string() + characters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW_MODEL: &str = include_str!("../../model/cognito-idp.json");
    const RAW_OVERRIDES: &str = include_str!("../../model/overrides.json");

    fn raw() -> RawModel {
        serde_json::from_str(RAW_MODEL).unwrap()
    }

    #[test]
    fn the_whole_model_is_read() {
        assert_eq!(MODEL.operations.len(), 141);
        assert_eq!(MODEL.target_prefix, "AWSCognitoIdentityProviderService");
        assert_eq!(MODEL.operations.values().filter(|o| !o.signed).count(), 34);
        assert!(!MODEL.operations["SignUp"].signed);
    }

    #[test]
    fn every_override_is_about_a_shape_of_the_model_and_says_why() {
        let raw = raw();
        for change in serde_json::from_str::<Vec<Override>>(RAW_OVERRIDES).unwrap() {
            let shape = &raw.shapes[&change.shape];
            assert!(change._reason.len() > 20, "{}", change.shape);
            if let Some(values) = change.values {
                // The service may take more, and takes what the model has.
                let lacks = |value: &&String| !values.contains(value);
                let lacking: Vec<_> = shape.values.iter().filter(lacks).collect();
                assert!(lacking.is_empty(), "{}: {lacking:?}", change.shape);
            }
        }
    }

    #[test]
    fn every_pattern_compiles() {
        let raw = raw();
        let overrides: Vec<Override> = serde_json::from_str(RAW_OVERRIDES).unwrap();
        for (name, shape) in &raw.shapes {
            let change = overrides.iter().find(|o| o.shape == *name);
            let source = change.and_then(|o| o.regex.as_ref().or(o.pattern.as_ref()));
            if let Some(source) = source.or(shape.pattern.as_ref()) {
                let pattern = Pattern::new(source.clone(), source);
                assert!(Regex::new(&pattern.source).is_ok(), "{name}: {source}");
            }
        }
    }

    #[test]
    fn patterns_mean_what_java_means() {
        let matches =
            |pattern: &str, value: &str| Pattern::new(String::new(), pattern).matches(value);
        // The whole value, not a part of it.
        assert!(matches("[0-9]+", "123456"));
        assert!(!matches("[0-9]+", "123456\n"));
        assert!(!matches("[0-9]+", "a1"));
        assert!(!matches("a|b", "ab"));
        // ASCII only.
        assert!(!matches(r"[\w+]+", "é"));
        assert!(matches(r"[\w+]+", "a_9+"));
        assert!(!matches(r"[\w\s+=,.@-]+", "a\u{a0}b"));
        assert!(matches(r"[\w\s+=,.@-]+", "My pool - 1,2.@\u{b}"));
        assert!(matches(r"[\S]+", "\u{a0}\u{2003}"));
        assert!(!matches(r"[\S]+", "a b"));
        // Categories are Unicode's.
        assert!(matches(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "Zoë_日本+1💛"));
        assert!(!matches(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "a b"));
        // A hyphen behind a range is a hyphen.
        assert!(matches("[A-Za-z0-9-_=.]+", "eyJ-_=.9"));
        assert!(!matches("[A-Za-z0-9-_=.]+", "a:b"));
        assert!(matches(r"[\w-]+_[0-9a-zA-Z]+", "us-east-1_Abc123"));
        assert!(matches(r"[\w+-]+", "a-b+c"));
        // The dot stops at every line end, unless told otherwise.
        assert!(!matches(r".*\{####\}.*", "a\u{2028}{####}"));
        assert!(!matches(r".*\{####\}.*", "a\n{####}"));
        assert!(matches(r".*\{####\}.*", "code é {####}"));
        assert!(matches("(?s).*", "a\nb\u{2028}c"));
        // Passwords: no space at either end.
        assert!(matches(r"^[\S]+.*[\S]+$", "a b c"));
        assert!(!matches(r"^[\S]+.*[\S]+$", " abc"));
        assert!(!matches(r"^[\S]+.*[\S]+$", "abc "));
        assert!(!matches(r"^[\S]+.*[\S]+$", "a"));
    }

    #[test]
    fn the_rewritten_bucket_pattern_forbids_a_dot_at_the_end() {
        let overrides: Vec<Override> = serde_json::from_str(RAW_OVERRIDES).unwrap();
        let change = overrides
            .iter()
            .find(|o| o.shape == "S3BucketType")
            .unwrap();
        let pattern = Pattern::new(String::new(), change.regex.as_ref().unwrap());
        for (value, good) in [
            ("", true),
            ("a", true),
            ("a.b", true),
            ("a.", false),
            (".", false),
            (".a", true),
            ("a/b", false),
        ] {
            assert_eq!(pattern.matches(value), good, "{value}");
        }
    }

    #[test]
    fn errors_print_a_small_first_letter() {
        assert_eq!(lower_first("UserPoolId"), "userPoolId");
        assert_eq!(lower_first("CallbackURLs"), "callbackURLs");
        assert_eq!(lower_first(""), "");
    }
}
