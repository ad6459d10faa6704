//! Pools, app clients, groups and users that the configuration declares, with fixed ids.
//!
//! Applying a declaration twice changes nothing. The declaration decides the settings of pools, clients
//! and groups; what it does not name (other clients, other attributes of the schema) stays. A user that
//! exists stays as it is, because the user may have changed its profile and password; it only joins the
//! groups that are declared for it.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::secret_hash::verify_client_secret;
use crate::domain::app_client::AppClient;
use crate::domain::app_client_request::ClientRequest;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::failure::Failure;
use crate::domain::group::Group;
use crate::domain::pool_domain::DomainNames;
use crate::domain::schema::Schema;
use crate::domain::schema_change::MAX_CUSTOM_ATTRIBUTES;
use crate::domain::schema_fault::SchemaFault;
use crate::domain::time::Timestamp;
use crate::domain::user::UserStatus;
use crate::domain::user_pool::{PoolSettings, UserPool};
use crate::domain::user_pool_request::{CreateOnlySettings, PoolRequest};
use crate::flows::create_user::{self, NewUser, Origin};
use crate::flows::update_user::AliasConflict;
use crate::flows::{self, client_references, lookup, turn, user_pool_clients, user_pools};
use crate::store;

/// Why a declaration was not carried out.
#[derive(Debug)]
pub enum Error {
    /// A flow refused or failed.
    Flow(flows::Error),
    /// The store has something that the declaration would have to change and that never changes.
    Fixed(Fixed),
}

/// What a declaration cannot change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// This member of the pool's settings.
    PoolSetting(&'static str),
    /// The definition of this attribute of the pool's schema.
    Attribute(String),
    /// The pool of an app client.
    ClientPool,
}

impl<E: Into<flows::Error>> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Flow(error.into())
    }
}

/// Result of applying a declaration.
pub type Result<T> = std::result::Result<T, Error>;

/// A declared pool.
pub struct Pool {
    /// Its fixed id.
    pub id: String,
    /// The region of the id, or the server's.
    pub region: String,
    /// Its name.
    pub name: String,
    /// What cannot change once the pool is there.
    pub create_only: CreateOnlySettings,
    /// What can change.
    pub request: PoolRequest,
}

impl Pool {
    /// The pool as it is made at `now` with these settings.
    #[must_use]
    pub fn with_settings(&self, settings: PoolSettings, now: Timestamp) -> UserPool {
        UserPool {
            id: self.id.clone(),
            region: self.region.clone(),
            name: self.name.clone(),
            settings,
            domains: DomainNames::default(),
            created_at: now,
            modified_at: now,
            version: 0,
        }
    }
}

/// A declared app client.
pub struct Client {
    /// Its fixed id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its secret; a client without one is public.
    pub secret: Option<SecretString>,
    /// Its settings.
    pub request: ClientRequest,
}

/// A declared user.
pub struct User {
    /// The name, or the contact that is the name.
    pub username: String,
    /// The password of a user that has to be made.
    pub password: Option<SecretString>,
    /// The attributes of a user that has to be made.
    pub attributes: Vec<AttributeInput>,
    /// The groups that the user is in.
    pub groups: Vec<String>,
    /// Whether the password is permanent.
    pub confirmed: bool,
}

impl User {
    /// The user as the flow that creates users takes it.
    #[must_use]
    pub fn new_user(&self) -> NewUser<'_> {
        NewUser {
            origin: Origin::Provisioning,
            username: &self.username,
            password: self.password.clone(),
            password_is_generated: false,
            attributes: &self.attributes,
            status: if self.confirmed {
                UserStatus::Confirmed
            } else {
                UserStatus::ForceChangePassword
            },
        }
    }
}

/// Creates the pool, or updates it to the declaration; returns it as it is then.
///
/// # Errors
/// What [`PoolRequest::create`] refuses, [`Error::Fixed`] if a setting is declared differently that
/// cannot change, or if cryptography or the database fails.
pub async fn pool(app: &App, context: &RequestContext, declared: &Pool) -> Result<UserPool> {
    let settings = declared.request.clone().create(&declared.create_only)?;
    if let Some(found) = update_pool(app, context, declared).await? {
        return Ok(found);
    }
    let pool = declared.with_settings(settings, context.now);
    if user_pools::insert(app, &pool).await? {
        return Ok(pool);
    }
    // Another node that starts at the same time made it.
    update_pool(app, context, declared).await?.ok_or_else(|| {
        let id = &pool.id;
        flows::Error::Internal(anyhow::anyhow!(
            "the pool {id} was created and deleted by others meanwhile"
        ))
        .into()
    })
}

/// The pool as it is after the change; `None` if there is none.
async fn update_pool(
    app: &App,
    context: &RequestContext,
    declared: &Pool,
) -> Result<Option<UserPool>> {
    let mut tx = app.db.begin().await?;
    store::user_pools::lock(&mut tx, &declared.id).await?;
    let Some(mut found) = store::user_pools::find(&mut tx, &declared.id).await? else {
        return Ok(None);
    };
    // The settings of a new pool, because UpdateUserPool keeps some of what is not declared any more.
    let create_only = declared
        .create_only
        .clone()
        .with_mutability_of(&found.settings.schema);
    let mut settings = declared.request.clone().create(&create_only)?;
    settings.schema = grown(&found.settings.schema, &settings.schema)?;
    for (member, differs) in [
        (
            "AliasAttributes",
            settings.alias_attributes != found.settings.alias_attributes,
        ),
        (
            "UsernameAttributes",
            settings.username_attributes != found.settings.username_attributes,
        ),
        (
            "UsernameConfiguration",
            settings.case_sensitive != found.settings.case_sensitive
                || settings.case_sensitivity_given != found.settings.case_sensitivity_given,
        ),
    ] {
        if differs {
            return Err(Error::Fixed(Fixed::PoolSetting(member)));
        }
    }
    let is_same = found.region == declared.region
        && found.name == declared.name
        && same(&settings, &found.settings)?;
    if is_same {
        return Ok(Some(found));
    }
    // The region changes with the server's if the id names none.
    found.region.clone_from(&declared.region);
    found.name.clone_from(&declared.name);
    found.settings = settings;
    if !store::user_pools::update(&mut tx, &found, context.now).await? {
        return Err(flows::Error::Stale.into());
    }
    tx.commit().await?;
    found.modified_at = context.now;
    found.version += 1;
    Ok(Some(found))
}

/// The schema with the declared attributes that it lacks. Those it has cannot change.
fn grown(schema: &Schema, declared: &Schema) -> Result<Schema> {
    let mut grown = schema.clone();
    for attribute in &declared.attributes {
        match schema.get(&attribute.name) {
            None => grown.attributes.push(attribute.clone()),
            Some(found) if found == attribute => {}
            Some(_) => {
                return Err(Error::Fixed(Fixed::Attribute(attribute.name.clone())));
            }
        }
    }
    if grown.custom().count() > MAX_CUSTOM_ATTRIBUTES {
        let fault = SchemaFault::TooManyCustomAttributes(MAX_CUSTOM_ATTRIBUTES);
        return Err(Failure::Schema(fault).into());
    }
    Ok(grown)
}

/// Whether two settings are stored alike.
fn same<T: Serialize>(one: &T, other: &T) -> Result<bool> {
    let stored = |settings| {
        serde_json::to_value(settings).map_err(|error| {
            flows::Error::Internal(anyhow::Error::new(error).context("settings cannot be written"))
        })
    };
    Ok(stored(one)? == stored(other)?)
}

/// Creates the app client, or updates it to the declaration.
///
/// # Errors
/// What [`ClientRequest::create`] refuses, [`Error::Fixed`] if another pool has a client of
/// this id, or if cryptography or the database fails.
pub async fn client(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    declared: &Client,
) -> Result<()> {
    let (of, secret) = (
        (pool.id.as_str(), declared.id.as_str()),
        declared.secret.as_ref(),
    );
    let secrets = user_pool_clients::sealed_secrets(app, of, secret, context.now)?;
    let mut tx = app.db.begin().await?;
    store::user_pools::lock(&mut tx, &pool.id).await?;
    let mut known = client_references::known(&mut tx, &pool.id, &declared.request).await?;
    let providers = declared.request.identity_providers.as_deref();
    let scopes = declared.request.oauth.scopes.as_deref();
    let unknown = known.admit(providers.unwrap_or_default(), scopes.unwrap_or_default());
    if !unknown.is_empty() {
        tracing::warn!(
            client = %declared.id,
            ?unknown,
            "a declared app client names identity providers or scopes that its pool does not have"
        );
    }
    let settings = declared
        .request
        .clone()
        .create(pool, &known, secret.is_some())?;
    let client = AppClient {
        pool_id: pool.id.clone(),
        id: declared.id.clone(),
        name: declared.name.clone(),
        secrets,
        settings,
        created_at: context.now,
        modified_at: context.now,
        version: 0,
    };
    if store::user_pool_clients::insert(&mut tx, &client).await? {
        return Ok(tx.commit().await?);
    }
    let found = store::user_pool_clients::find(&mut tx, &client.id).await?;
    let Some(found) = found.filter(|found| found.pool_id == pool.id) else {
        return Err(Error::Fixed(Fixed::ClientPool));
    };
    let settings =
        declared
            .request
            .clone()
            .update(pool, &known, secret.is_some(), &found.settings)?;
    // A second secret that was added beside the declared one stays.
    let stored = lookup::client_secrets(app, &found)?;
    let has_secret = match secret.map(ExposeSecret::expose_secret) {
        None => stored.is_empty(),
        Some(secret) => stored
            .iter()
            .any(|stored| verify_client_secret(stored, secret)),
    };
    let is_same = found.name == declared.name && same(&settings, &found.settings)?;
    if !is_same {
        let (version, name) = (found.version, &declared.name);
        let (pool_id, id) = (&found.pool_id, &found.id);
        if !store::user_pool_clients::update(
            &mut tx,
            pool_id,
            id,
            version,
            name,
            &settings,
            context.now,
        )
        .await?
        {
            return Err(flows::Error::Stale.into());
        }
    }
    if !has_secret {
        let (pool_id, id) = (&found.pool_id, &found.id);
        let (read, new) = (&found.secrets, &client.secrets);
        if !store::user_pool_clients::set_secrets(&mut tx, pool_id, id, read, new).await? {
            return Err(flows::Error::Stale.into());
        }
    }
    Ok(tx.commit().await?)
}

/// Creates the group, or updates it to the declaration. Its times are set here.
///
/// # Errors
/// If the database fails.
pub async fn group(app: &App, context: &RequestContext, declared: Group) -> Result<()> {
    let mut group = Group {
        created_at: context.now,
        modified_at: context.now,
        ..declared
    };
    let mut tx = app.db.begin().await?;
    if !store::groups::insert(&mut tx, &group).await?
        && let Some(found) = store::groups::find(&mut tx, &group.pool_id, &group.name).await?
    {
        group.created_at = found.created_at;
        group.modified_at = found.modified_at;
        if group != found {
            group.modified_at = context.now;
            store::groups::update(&mut tx, &group).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Makes the user if no user signs in with the name, and puts it into its groups.
///
/// # Errors
/// What AdminCreateUser refuses, or if cryptography or the database fails.
pub async fn user(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    declared: &User,
) -> Result<()> {
    let name = &declared.username;
    let found = lookup::by_sign_in_name(&mut app.db.read().await?, pool, name).await?;
    let user_id = match found {
        Some(user) => user.id,
        None => match insert_user(app, context, pool, declared).await {
            Ok(user_id) => user_id,
            Err(refused @ Error::Flow(flows::Error::Refused(_))) => {
                // Another node that starts at the same time may have made it.
                let made = lookup::by_sign_in_name(&mut app.db.read().await?, pool, name).await?;
                made.ok_or(refused)?.id
            }
            Err(error) => return Err(error),
        },
    };
    let mut conn = app.db.write().await?;
    for group in &declared.groups {
        store::groups::add_member(&mut conn, &pool.id, &user_id, group, context.now).await?;
    }
    Ok(())
}

/// Creates the user and returns its id.
async fn insert_user(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    declared: &User,
) -> Result<String> {
    let checked = create_user::check(app, context, pool, declared.new_user()).await?;
    let turn = turn::of_request(context, &pool.id);
    let prepared = create_user::prepare(app, context, &turn, pool, checked).await?;
    let mut tx = app.db.begin().await?;
    let conflict = AliasConflict::Refuse;
    let notices = create_user::insert(app, context, &mut tx, pool, &prepared, conflict).await?;
    tx.commit().await?;
    notices.dispatch(app);
    Ok(prepared.user.id)
}
