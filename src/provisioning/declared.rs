//! The user pools of the configuration, applied at start: from the wire's form of their settings
//! to the flows that make them.

use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::apply::{self, Fixed};
use super::problems::{Problem, Problems};
use super::settings;
use crate::app::App;
use crate::config::{DeclaredClient, DeclaredUser, DeclaredUserPool, WireSettings};
use crate::context::RequestContext;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::failure::Failure;
use crate::domain::group::Group;
use crate::domain::time::Timestamp;
use crate::domain::user_pool::UserPool;
use crate::flows::create_user;
use crate::model::shapes::MODEL;
use crate::model::{CreateUserPoolClientRequest, CreateUserPoolRequest, Operation, ops};
use crate::operations::errors::Call;
use crate::operations::{self, user_pool_clients, user_pools};
use crate::protocol;

/// A declared pool with its clients, read and checked.
struct Declaration {
    key: String,
    pool: apply::Pool,
    clients: Vec<apply::Client>,
}

/// Checks the settings of pools and clients against the model and their rules. `region` is that of the
/// pools whose ids name none.
///
/// # Errors
/// Everything that is wrong.
pub fn check_settings(pools: &[DeclaredUserPool], region: &str) -> Result<(), Problems> {
    read(pools, region).map(|_| ())
}

/// As [`check_settings`], and checks the users against their pools as if none of them existed. A start does
/// not, because a user that exists stays as it is.
///
/// # Errors
/// Everything that is wrong.
pub fn check(pools: &[DeclaredUserPool], region: &str) -> Result<(), Problems> {
    let mut problems = read(pools, region).map_or_else(|problems| problems.0, |_| Vec::new());
    for (index, source) in pools.iter().enumerate() {
        let key = format!("user_pools[{index}]");
        // What is wrong with the pool has been found above.
        if let Ok(declared) = declared_pool(&key, source, region)
            && let Ok(pool) = made(&declared)
        {
            problems.extend(refused_users(&pool, &key, &source.users));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Problems(problems))
    }
}

/// The pool as it would be made now.
fn made(declared: &apply::Pool) -> Result<UserPool, Failure> {
    let settings = declared.request.clone().create(&declared.create_only)?;
    Ok(declared.with_settings(settings, Timestamp::from_millis(0)))
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
    let declarations = read(pools, &app.config.server.region)?;
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
    let key = &declaration.key;
    let pool = apply::pool(app, context, &declaration.pool)
        .await
        .map_err(|error| refused(format!("{key}.settings"), error))?;
    for (index, client) in declaration.clients.iter().enumerate() {
        apply::client(app, context, &pool, client)
            .await
            .map_err(|error| refused(format!("{key}.clients[{index}]"), error))?;
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
            .map_err(|error| refused(format!("{key}.groups[{index}]"), error))?;
    }
    for (index, user) in source.users.iter().enumerate() {
        apply::user(app, context, &pool, &declared_user(user))
            .await
            .map_err(|error| refused(format!("{key}.users[{index}]"), error))?;
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
fn read(pools: &[DeclaredUserPool], region: &str) -> Result<Vec<Declaration>, Problems> {
    let mut declarations = Vec::new();
    let mut problems = Vec::new();
    for (index, source) in pools.iter().enumerate() {
        let key = format!("user_pools[{index}]");
        let pool = declared_pool(&key, source, region).map_err(|found| problems.extend(found));
        let mut clients = Vec::new();
        for (index, client) in source.clients.iter().enumerate() {
            let at = format!("{key}.clients[{index}].settings");
            match declared_client(&at, source, client) {
                Ok(client) => clients.push((at, client)),
                Err(found) => problems.extend(found),
            }
        }
        let Ok(pool) = pool else {
            continue;
        };
        match made(&pool) {
            Ok(pool) => problems.extend(refused_clients(&pool, &clients)),
            Err(failure) => problems.push(refused(format!("{key}.settings"), failure)),
        }
        declarations.push(Declaration {
            key,
            pool,
            clients: clients.into_iter().map(|(_, client)| client).collect(),
        });
    }
    if problems.is_empty() {
        Ok(declarations)
    } else {
        Err(Problems(problems))
    }
}

/// What the rules of `pool` refuse of its clients' settings, which stand at these keys.
fn refused_clients(pool: &UserPool, clients: &[(String, apply::Client)]) -> Vec<Problem> {
    let refused = |(key, client): &(String, apply::Client)| {
        // Whether the pool has them is known once the store is read.
        let references = client.request.references();
        let has_secret = client.secret.is_some();
        let settings = client.request.clone().create(pool, &references, has_secret);
        let failure = settings.err()?;
        Some(refused(key.clone(), failure))
    };
    clients.iter().filter_map(refused).collect()
}

/// What the rules of `pool`, declared at `key`, refuse of its users.
fn refused_users(pool: &UserPool, key: &str, users: &[DeclaredUser]) -> Vec<Problem> {
    let refused = |(index, user): (usize, &DeclaredUser)| {
        let user = declared_user(user);
        let failure = create_user::validate(pool, &user.new_user()).err()?;
        let member = member_of(&failure);
        Some(refused(format!("{key}.users[{index}].{member}"), failure))
    };
    users.iter().enumerate().filter_map(refused).collect()
}

/// The member of a declared user that a refusal is about.
fn member_of(failure: &Failure) -> &'static str {
    let is_password = matches!(failure, Failure::Password(_) | Failure::PasswordMissing);
    let is_username = matches!(
        failure,
        Failure::UsernameMustBe(_) | Failure::UsernameLooksLike(_) | Failure::MalformedContact(_)
    );
    if is_password {
        "password"
    } else if is_username {
        "username"
    } else {
        "attributes"
    }
}

fn declared_pool(
    key: &str,
    source: &DeclaredUserPool,
    region: &str,
) -> Result<apply::Pool, Vec<Problem>> {
    let given = [("PoolName", source.name.as_str())];
    let request: CreateUserPoolRequest =
        request::<ops::CreateUserPool, _>(&format!("{key}.settings"), &source.settings, &given)?;
    let (create_only, request) = user_pools::settings::of_new_pool(request);
    Ok(apply::Pool {
        id: source.id.clone(),
        region: source.region(region).to_owned(),
        name: source.name.clone(),
        create_only,
        request,
    })
}

fn declared_client(
    key: &str,
    pool: &DeclaredUserPool,
    source: &DeclaredClient,
) -> Result<apply::Client, Vec<Problem>> {
    let given = [
        ("UserPoolId", pool.id.as_str()),
        ("ClientName", source.name.as_str()),
    ];
    let request: CreateUserPoolClientRequest =
        request::<ops::CreateUserPoolClient, _>(key, &source.settings, &given)?;
    Ok(apply::Client {
        id: source.id.clone(),
        name: source.name.clone(),
        secret: source.secret.clone(),
        request: user_pool_clients::settings::of_new_client(request),
    })
}

/// The request of operation `O` that the settings at `key` make with the members that stand beside them,
/// `given`, which the configuration's own rules check.
fn request<O: Operation, T: DeserializeOwned>(
    key: &str,
    settings: &WireSettings,
    given: &[(&str, &str)],
) -> Result<T, Vec<Problem>> {
    let problem = |text: &str| {
        vec![Problem {
            key: key.to_owned(),
            text: text.to_owned(),
        }]
    };
    let shape = MODEL
        .operations
        .get(O::NAME)
        .ok_or_else(|| problem("the operation is not in the model"))?;
    let mut members = settings.clone();
    for (name, value) in given {
        members.insert((*name).to_owned(), (*value).into());
    }
    let input = Value::Object(members);
    let mut problems = settings::problems(&input, &shape.input, key);
    let beside = |problem: &Problem| {
        given
            .iter()
            .any(|(name, _)| problem.key == format!("{key}.{name}"))
    };
    problems.retain(|problem| !beside(problem));
    if !problems.is_empty() {
        return Err(problems);
    }
    // serde's own text would quote the value.
    serde_json::from_value(input).map_err(|_| problem("does not fit the request"))
}

fn refused(key: String, error: impl Into<apply::Error>) -> Problem {
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
    Problem { key, text }
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
