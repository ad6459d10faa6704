//! The user pools of the configuration, applied at start: from the wire's form of their settings
//! to the flows that make them.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::apply::{self, Fixed};
use crate::app::App;
use crate::config::{DeclaredClient, DeclaredUser, DeclaredUserPool, WireSettings};
use crate::context::RequestContext;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::group::Group;
use crate::model::shapes::{Kind, MODEL};
use crate::model::{CreateUserPoolClientRequest, CreateUserPoolRequest, Operation, ops};
use crate::operations::errors::Call;
use crate::operations::{self, user_pool_clients, user_pools};
use crate::protocol::{self, shape_check, validation};

/// What is wrong with a declaration, and where it stands.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {text}")]
pub struct Problem {
    /// The key, as `user_pools[0].clients[1].settings`.
    pub place: String,
    /// What is wrong, in the words of the interface. It may quote a setting, never a secret.
    pub text: String,
}

/// Everything that is wrong with the declarations, a line each.
#[derive(Debug)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A declared pool with its clients, read and checked.
struct Declaration {
    place: String,
    pool: apply::Pool,
    clients: Vec<apply::Client>,
}

/// Checks what can be checked without a store: that settings are those of the interface, have its
/// types and keep its constraints.
///
/// # Errors
/// Everything that is wrong.
pub fn check(pools: &[DeclaredUserPool]) -> Result<(), Problems> {
    read(pools).map(|_| ())
}

/// Creates the declared resources, or updates them to their declarations. A second call changes
/// nothing.
///
/// # Errors
/// Everything that is wrong with the declarations, in which case nothing was done, or the first
/// thing that could not be carried out.
pub async fn apply(
    app: &App,
    context: &RequestContext,
    pools: &[DeclaredUserPool],
) -> Result<(), Problems> {
    let declarations = read(pools)?;
    for (declaration, source) in declarations.iter().zip(pools) {
        one(app, context, declaration, source)
            .await
            .map_err(|problem| Problems(vec![problem]))?;
    }
    Ok(())
}

async fn one(
    app: &App,
    context: &RequestContext,
    declaration: &Declaration,
    source: &DeclaredUserPool,
) -> Result<(), Problem> {
    let place = &declaration.place;
    let pool = apply::pool(app, context, &declaration.pool)
        .await
        .map_err(|error| refused(format!("{place}.settings"), error))?;
    for (index, client) in declaration.clients.iter().enumerate() {
        apply::client(app, context, &pool, client)
            .await
            .map_err(|error| refused(format!("{place}.clients[{index}]"), error))?;
    }
    for (index, group) in source.groups.iter().enumerate() {
        let group = Group {
            pool_id: pool.id.clone(),
            name: group.name.clone(),
            description: group.description.clone(),
            precedence: group.precedence.map(i64::from),
            role_arn: group.role_arn.clone(),
            created_at: context.now,
            modified_at: context.now,
        };
        apply::group(app, context, group)
            .await
            .map_err(|error| refused(format!("{place}.groups[{index}]"), error))?;
    }
    for (index, user) in source.users.iter().enumerate() {
        apply::user(app, context, &pool, &declared_user(user))
            .await
            .map_err(|error| refused(format!("{place}.users[{index}]"), error))?;
    }
    Ok(())
}

fn declared_user(user: &DeclaredUser) -> apply::User {
    apply::User {
        username: user.username.clone(),
        password: user.password.clone(),
        attributes: user
            .attributes
            .iter()
            .map(|(name, value)| AttributeInput {
                name: name.clone(),
                value: Some(value.clone()),
            })
            .collect(),
        groups: user.groups.clone(),
        confirmed: user.confirmed,
    }
}

/// Reads every declaration before anything is done.
fn read(pools: &[DeclaredUserPool]) -> Result<Vec<Declaration>, Problems> {
    let mut declarations = Vec::new();
    let mut problems = Vec::new();
    for (index, source) in pools.iter().enumerate() {
        let place = format!("user_pools[{index}]");
        let pool = declared_pool(&place, source).map_err(|problem| problems.push(problem));
        let mut clients = Vec::new();
        for (index, client) in source.clients.iter().enumerate() {
            let at = format!("{place}.clients[{index}].settings");
            match declared_client(&at, &source.id, client) {
                Ok(client) => clients.push(client),
                Err(problem) => problems.push(problem),
            }
        }
        if let Ok(pool) = pool {
            declarations.push(Declaration {
                place,
                pool,
                clients,
            });
        }
    }
    if problems.is_empty() {
        Ok(declarations)
    } else {
        Err(Problems(problems))
    }
}

fn declared_pool(place: &str, source: &DeclaredUserPool) -> Result<apply::Pool, Problem> {
    let at = format!("{place}.settings");
    let given = [("PoolName", source.name.as_str())];
    let request: CreateUserPoolRequest =
        request::<ops::CreateUserPool, _>(&at, &source.settings, &given)?;
    let (create_only, request) = user_pools::settings::of_new_pool(request);
    // The rules are applied already here, so that all problems are found at once.
    if let Err(failure) = request.clone().create(&create_only) {
        return Err(refused(at, failure));
    }
    Ok(apply::Pool {
        id: source.id.clone(),
        region: source.region().to_owned(),
        name: source.name.clone(),
        create_only,
        request,
    })
}

fn declared_client(
    at: &str,
    pool_id: &str,
    source: &DeclaredClient,
) -> Result<apply::Client, Problem> {
    let given = [
        ("UserPoolId", pool_id),
        ("ClientName", source.name.as_str()),
    ];
    let request: CreateUserPoolClientRequest =
        request::<ops::CreateUserPoolClient, _>(at, &source.settings, &given)?;
    Ok(apply::Client {
        id: source.id.clone(),
        name: source.name.clone(),
        secret: source.secret.clone(),
        request: user_pool_clients::settings::of_new_client(request),
    })
}

/// The request of operation `O` that the settings make, with the members that stand beside them,
/// which the configuration's own check keeps out of the settings.
fn request<O: Operation, T: DeserializeOwned>(
    at: &str,
    settings: &WireSettings,
    given: &[(&str, &str)],
) -> Result<T, Problem> {
    let problem = |text: String| Problem {
        place: at.to_owned(),
        text,
    };
    let shape = MODEL
        .operations
        .get(O::NAME)
        .ok_or_else(|| problem("the operation is not in the model".to_owned()))?;
    let is_member = |name: &str| {
        if let Kind::Structure(members) = &shape.input.kind {
            members.iter().any(|member| member.name == name)
        } else {
            false
        }
    };
    for name in settings.keys() {
        if !is_member(name) {
            return Err(problem(format!("{} has no member {name}", O::NAME)));
        }
    }
    let mut members = settings.clone();
    for (name, value) in given {
        members.insert((*name).to_owned(), (*value).into());
    }
    let violation = |error: protocol::Error| problem(text_of(&error));
    let body = Value::Object(members).to_string();
    let input = shape_check::read_body(body.as_bytes(), &shape.input).map_err(violation)?;
    validation::validate(&input, &shape.input).map_err(violation)?;
    // serde's own text would quote the value.
    serde_json::from_value(input).map_err(|_| problem("does not fit the request".to_owned()))
}

fn refused(place: String, error: impl Into<apply::Error>) -> Problem {
    let text = match error.into() {
        apply::Error::Flow(error) => text_of(&operations::Error::from(error).to_wire(Call {
            operation: "AdminCreateUser",
            request_id: Uuid::nil(),
        })),
        apply::Error::Fixed(Fixed::PoolSetting(member)) => {
            format!("{member} cannot change once the user pool is made.")
        }
        apply::Error::Fixed(Fixed::Attribute(name)) => {
            format!("The attribute {name} cannot change once it is in the schema.")
        }
        apply::Error::Fixed(Fixed::ClientPool) => {
            "Another user pool has an app client of this id.".to_owned()
        }
    };
    Problem { place, text }
}

/// The detail that the server would log for this error or, if it has none, the text that a caller would
/// get.
fn text_of(error: &protocol::Error) -> String {
    error
        .detail()
        .or_else(|| error.message())
        .unwrap_or_else(|| error.code().as_str())
        .to_owned()
}
