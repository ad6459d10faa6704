//! What an access key may do: a policy in the JSON form of IAM, for the actions and user pools of this service.
//!
//! A statement that denies wins over every one that allows, in whatever order they stand, and what no statement
//! allows is refused. What this server would not carry out (conditions, principals, variables, other services) is
//! refused when a policy is read, since a statement that never applies would protect nothing.

mod document;
mod fault;
mod ready_made;
mod wildcard;

use std::collections::BTreeSet;

use document::{Document, StatementDocument};
use wildcard::fits;

pub use fault::PolicyFault;
pub use ready_made::ReadyMade;

/// The most characters of a policy, blanks apart: as many as a managed policy has in IAM.
pub const MAX_CHARACTERS: usize = 6_144;
/// The most bytes of a policy with its blanks.
pub const MAX_BYTES: usize = 24_576;
/// What stands for everything, and for the resource of a call that is about no user pool.
pub const EVERYTHING: &str = "*";
/// What the name of an action begins with.
const SERVICE: &str = "cognito-idp";
/// The partition of the ARNs that this server makes.
const PARTITION: &str = "aws";

/// A policy that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    statements: Vec<Statement>,
}

/// What a policy says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it, and none denies it.
    Allowed,
    /// No statement allows it.
    NotAllowed,
    /// A statement denies it.
    Denied,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    effect: Effect,
    actions: Selection<String>,
    resources: Selection<ResourcePattern>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// What fits one of the patterns, or all that fits none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Selection<P> {
    patterns: Vec<P>,
    is_inverted: bool,
}

impl<P> Selection<P> {
    fn selects(&self, fits: impl Fn(&P) -> bool) -> bool {
        self.patterns.iter().any(fits) != self.is_inverted
    }
}

/// The resources that a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ResourcePattern {
    Everything,
    /// Patterns of the six parts of an ARN, between which colons stand. A wildcard does not reach from one part into
    /// the next.
    Arn {
        whole: String,
        parts: [String; 6],
    },
}

impl ResourcePattern {
    fn read(text: &str) -> Option<Self> {
        if text == EVERYTHING {
            return Some(Self::Everything);
        }
        let parts = arn_parts(text)?;
        let [arn, partition, service, _region, _account, resource] = parts;
        let is_pool = matches!(resource, "*" | "userpool*") || resource.starts_with("userpool/");
        let is_ours = arn == "arn" && fits(partition, PARTITION) && service == SERVICE && is_pool;
        // IAM would put a variable's value here.
        (is_ours && !text.contains("${")).then(|| Self::Arn {
            whole: text.to_owned(),
            parts: parts.map(str::to_owned),
        })
    }

    fn fits(&self, resource: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Arn { parts, .. } => arn_parts(resource).is_some_and(|given| {
                let mut pairs = parts.iter().zip(given);
                pairs.all(|(pattern, part)| fits(pattern, part))
            }),
        }
    }
}

/// The six parts of an ARN; the last one holds what further colons there are.
fn arn_parts(text: &str) -> Option<[&str; 6]> {
    let mut parts = text.splitn(6, ':');
    Some([
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    ])
}

/// The action by which a policy names an operation.
#[must_use]
pub fn action(operation: &str) -> String {
    format!("{SERVICE}:{operation}")
}

/// The ARN of a user pool.
#[must_use]
pub fn pool_arn(region: &str, account: &str, pool_id: &str) -> String {
    format!("arn:{PARTITION}:{SERVICE}:{region}:{account}:userpool/{pool_id}")
}

impl Policy {
    /// Reads a policy: the JSON document of one, or the name of a ready-made one that holds for every pool.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, PolicyFault> {
        let text = text.trim();
        if text.starts_with('{') {
            return Self::parse(text);
        }
        match ReadyMade::from_name(text) {
            Some(ReadyMade::PoolAdministrator) => Err(PolicyFault::PoolMissing),
            Some(ready_made) => Self::parse(&ready_made.document(EVERYTHING)),
            None => Err(PolicyFault::UnknownName(text.to_owned())),
        }
    }

    /// Reads the JSON document of a policy.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PolicyFault> {
        let characters = text.chars().filter(|c| !c.is_whitespace()).count();
        if characters > MAX_CHARACTERS || text.len() > MAX_BYTES {
            return Err(PolicyFault::TooLong);
        }
        let document: Document = serde_json::from_str(text)
            .map_err(|error| PolicyFault::Malformed(error.to_string()))?;
        document.check_version()?;
        let mut names = BTreeSet::new();
        let mut statements = Vec::new();
        for (number, statement) in (1..).zip(document.statements()) {
            if let Some(sid) = statement.sid()
                && !names.insert(sid.to_owned())
            {
                return Err(PolicyFault::SidRepeated(sid.to_owned()));
            }
            statements.push(Statement::read(statement, number)?);
        }
        if statements.is_empty() {
            return Err(PolicyFault::NoStatement);
        }
        Ok(Self { statements })
    }

    /// What it says of a call of `action`, as [`action`] names it, on `resource`: an ARN, or [`EVERYTHING`] for a
    /// call that is about no user pool, which only statements on everything allow or deny.
    #[must_use]
    pub fn decide(&self, action: &str, resource: &str) -> Decision {
        let action = action.to_ascii_lowercase();
        let mut decision = Decision::NotAllowed;
        for statement in &self.statements {
            if !statement.applies(&action, resource) {
                continue;
            }
            match statement.effect {
                Effect::Deny => return Decision::Denied,
                Effect::Allow => decision = Decision::Allowed,
            }
        }
        decision
    }

    /// How many statements it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether it has no statement, which no policy is read with.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// A name of an action in it that is the name of none of `operations`: a misspelt one protects nothing.
    #[must_use]
    pub fn unknown_action<'a>(&self, operations: impl Iterator<Item = &'a str>) -> Option<&str> {
        let actions: Vec<String> = operations
            .map(|operation| action(operation).to_ascii_lowercase())
            .collect();
        self.statements
            .iter()
            .flat_map(|statement| &statement.actions.patterns)
            .find(|pattern| !actions.iter().any(|action| fits(pattern, action)))
            .map(String::as_str)
    }

    /// A resource in it that is in none of the accounts but `account`, which all pools are in.
    #[must_use]
    pub fn resource_elsewhere(&self, account: &str) -> Option<&str> {
        self.arns().find_map(|(whole, parts)| {
            let [_, _, _, _, given, _] = parts;
            (!fits(given, account)).then_some(whole)
        })
    }

    /// The ARNs that it names.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.arns().map(|(whole, _)| whole)
    }

    fn arns(&self) -> impl Iterator<Item = (&str, &[String; 6])> {
        let patterns = self
            .statements
            .iter()
            .flat_map(|statement| &statement.resources.patterns);
        patterns.filter_map(|pattern| match pattern {
            ResourcePattern::Everything => None,
            ResourcePattern::Arn { whole, parts } => Some((whole.as_str(), parts)),
        })
    }
}

impl Statement {
    fn read(document: StatementDocument, number: usize) -> Result<Self, PolicyFault> {
        document.check_supported(number)?;
        let effect = match document.effect() {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => return Err(PolicyFault::Effect(number)),
        };
        let (actions, resources) = document.into_selections(number)?;
        Ok(Self {
            effect,
            actions: Selection {
                patterns: actions
                    .patterns
                    .into_iter()
                    .map(|text| action_pattern(&text).ok_or(PolicyFault::Action(number, text)))
                    .collect::<Result<_, _>>()?,
                is_inverted: actions.is_inverted,
            },
            resources: Selection {
                patterns: resources
                    .patterns
                    .into_iter()
                    .map(|text| {
                        ResourcePattern::read(&text).ok_or(PolicyFault::Resource(number, text))
                    })
                    .collect::<Result<_, _>>()?,
                is_inverted: resources.is_inverted,
            },
        })
    }

    /// `action` in lower case.
    fn applies(&self, action: &str, resource: &str) -> bool {
        self.actions.selects(|pattern| fits(pattern, action))
            && self.resources.selects(|pattern| pattern.fits(resource))
    }
}

/// The pattern of an action in lower case, since IAM does not heed it; `None` if it is none of this service's.
fn action_pattern(text: &str) -> Option<String> {
    if text == EVERYTHING {
        return Some(text.to_owned());
    }
    let (service, name) = text.split_once(':')?;
    let is_name = |name: &str| {
        let mut characters = name.chars();
        !name.is_empty() && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '?'))
    };
    (service.eq_ignore_ascii_case(SERVICE) && is_name(name)).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
