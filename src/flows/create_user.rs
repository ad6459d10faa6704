//! Creating a user, for sign-up, administrators and provisioning alike.
//!
//! In three steps, because the callers act differently between them: [`check`] applies the rules,
//! [`prepare`] does what is slow while no transaction is open, and [`insert`] writes in the caller's
//! transaction.

use secrecy::SecretString;

use super::notices::Notices;
use super::passwords::credentials;
use super::update_user::{self, AliasConflict};
use super::{Error, Result, refuse};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::{ImportedHash, Turn};
use crate::domain::app_client::ClientSettings;
use crate::domain::attribute::{Attributes, Contact};
use crate::domain::attribute_update::{self, AttributeInput};
use crate::domain::failure::Failure;
use crate::domain::first_factor;
use crate::domain::second_factor::UserMfa;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::domain::user_pool::{Alias, UserPool};
use crate::domain::username;
use crate::store::{self, Conn};

/// The use case that creates the user, which decides which inputs are permitted and which are required.
#[derive(Clone, Copy)]
pub enum Origin<'a> {
    /// The user signs up through a client with these settings, whose write permissions count.
    SignUp(&'a ClientSettings),
    /// An administrator makes the user.
    Administrator,
    /// The configuration declares the user.
    Provisioning,
    /// The pool's function knows the user from elsewhere, with a password that the pool's policy need not allow
    /// (behaviour 6).
    Migration,
}

/// A user to be made.
pub struct NewUser<'a> {
    /// Where it comes from.
    pub origin: Origin<'a>,
    /// The name in the request: the username, or the contact that is the username.
    pub username: &'a str,
    /// The password; a sign-up may leave it out where the user can sign in by a code.
    pub password: Option<SecretString>,
    /// Whether the server itself drew the password, which is then not looked for among the known ones.
    pub password_is_generated: bool,
    /// The attributes.
    pub attributes: &'a [AttributeInput],
    /// The status that it begins with.
    pub status: UserStatus,
}

/// A user that the rules allow, by [`check`].
pub struct CheckedUser {
    /// The user.
    pub user: User,
    /// The contact that its username is; `None` in pools where users choose their names.
    contact: Option<Contact>,
    /// The name as it was given.
    name: String,
    password: Option<SecretString>,
    imported: Option<ImportedHash>,
}

impl CheckedUser {
    /// The same user, whose password is the one of this hash.
    #[must_use]
    pub fn with_imported_hash(mut self, hash: ImportedHash) -> Self {
        self.user.status = UserStatus::Confirmed;
        self.imported = Some(hash);
        self
    }

    /// The same user, who has no password and needs none.
    #[must_use]
    pub fn without_password(mut self) -> Self {
        self.user.status = UserStatus::Confirmed;
        self.password = None;
        self
    }
}

/// A user that can be inserted, by [`prepare`].
pub struct PreparedUser {
    /// The user.
    pub user: User,
    contact: Option<Contact>,
    credentials: Option<Credentials>,
}

/// Applies the rules for names, attributes and passwords, in this order (behaviour 3.1). Where the
/// username is a contact, the real username is the `sub` (behaviour 3.2).
///
/// # Errors
/// What behaviour 2.4 and 3.1 list, except that a name is taken.
pub async fn check(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    new: NewUser<'_>,
) -> Result<CheckedUser> {
    let (contact, attributes) = validate(pool, &new)?;
    if let Some(password) = &new.password
        && !new.password_is_generated
        && !matches!(new.origin, Origin::Migration)
    {
        credentials::check_known(app, pool, password).await?;
    }
    let id = app.entropy.uuid().to_string();
    let username = if contact.is_some() {
        id.clone()
    } else {
        username::key(&pool.settings, new.username)
    };
    Ok(CheckedUser {
        user: User {
            pool_id: pool.id.clone(),
            id,
            username,
            status: new.status,
            enabled: true,
            attributes,
            created_at: context.now,
            modified_at: context.now,
            credentials_version: 1,
            mfa: UserMfa::default(),
            version: 1,
        },
        contact,
        name: new.username.to_owned(),
        password: new.password,
        imported: None,
    })
}

/// The rules of [`check`]: returns the contact that the username is, and the attributes to store.
///
/// # Errors
/// As [`check`].
pub fn validate(
    pool: &UserPool,
    new: &NewUser<'_>,
) -> std::result::Result<(Option<Contact>, Attributes), Failure> {
    let settings = &pool.settings;
    let contact = username::contact_of_new(settings, new.username)?;
    let client = match new.origin {
        Origin::SignUp(client) => Some(client),
        Origin::Administrator | Origin::Provisioning | Origin::Migration => None,
    };
    let named = contact.map(|contact| (contact, new.username));
    let attributes = attribute_update::validate_new_user(settings, client, named, new.attributes)?;
    if client.is_some() {
        let preferred = Alias::PreferredUsername;
        if settings.alias_attributes.contains(&preferred)
            && attributes.contains_key(preferred.attribute())
        {
            return Err(Failure::PreferredUsernameTooEarly);
        }
        if new.password.is_none() && !first_factor::needs_no_password(settings, &attributes) {
            return Err(Failure::PasswordMissing);
        }
    }
    if let Some(password) = &new.password
        && !matches!(new.origin, Origin::Migration)
    {
        credentials::check_policy(pool, password)?;
    }
    Ok((contact, attributes))
}

/// Refuses a name that is taken, and makes the credentials. This check comes before the password is
/// hashed only to spare the work; the unique index decides at [`insert`].
///
/// # Errors
/// [`Failure::UsernameExists`], [`Failure::ContactIsUsername`], [`Error::Busy`] if too many
/// passwords are being hashed.
pub async fn prepare(
    app: &App,
    context: &RequestContext,
    turn: &Turn,
    pool: &UserPool,
    checked: CheckedUser,
) -> Result<PreparedUser> {
    let CheckedUser {
        user,
        contact,
        name,
        password,
        imported,
    } = checked;
    refuse_taken_name(&mut app.db.read().await?, pool, &user, &name, contact).await?;
    let credentials = match (&password, &imported) {
        (None, None) => None,
        (None, Some(hash)) => Some(credentials::imported(app, context, &user, hash)?),
        (Some(password), _) => {
            Some(credentials::derive(app, context, turn, pool, &user, password, None).await?)
        }
    };
    Ok(PreparedUser {
        user,
        contact,
        credentials,
    })
}

/// Stores the user with its credentials and aliases, in the caller's transaction. The caller hands the returned
/// notices over after the commit.
///
/// # Errors
/// [`Failure::UsernameExists`] or [`Failure::ContactIsUsername`] if the name, or an alias under
/// [`AliasConflict::Refuse`], is taken.
pub async fn insert(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    prepared: &PreparedUser,
    conflict: AliasConflict,
) -> Result<Notices> {
    let user = &prepared.user;
    let key = username::key(&pool.settings, &user.username);
    if !store::users::insert(conn, user, &key, prepared.credentials.as_ref()).await? {
        return refuse(name_taken(prepared.contact));
    }
    let claimed = update_user::claim_aliases(app, context, conn, pool, user, conflict).await;
    claimed.map_err(|error| match error {
        // A name that another user has as an alias is answered as one that another user has as its
        // username.
        Error::Refused(Failure::AliasExists(attribute)) => {
            name_taken(Contact::named(attribute)).into()
        }
        other @ (Error::Refused(_) | Error::Busy | Error::Stale | Error::Internal(_)) => other,
    })
}

/// Refuses a name that is taken, and one that is another user's `sub`, by which administrators
/// could mistake one user for the other.
async fn refuse_taken_name(
    conn: &mut Conn,
    pool: &UserPool,
    user: &User,
    name: &str,
    contact: Option<Contact>,
) -> Result<()> {
    if contact.is_some() {
        for (alias, key) in username::aliases(&pool.settings, user) {
            let name = alias.attribute();
            let owner = store::aliases::owner(conn, &pool.id, name, &key).await?;
            if owner.is_some() {
                return refuse(name_taken(Contact::named(name)));
            }
        }
        return Ok(());
    }
    // A name that another user signs in with as an alias would be taken over by the username,
    // which is looked for first.
    let key = username::key(&pool.settings, name);
    for alias in username::possible_aliases(&pool.settings, name) {
        let owner = store::aliases::owner(conn, &pool.id, alias.attribute(), &key).await?;
        if owner.is_some() {
            return refuse(Failure::UsernameExists);
        }
    }
    if store::users::has_name(conn, &pool.id, &key).await? {
        return refuse(Failure::UsernameExists);
    }
    Ok(())
}

fn name_taken(contact: Option<Contact>) -> Failure {
    contact.map_or(Failure::UsernameExists, Failure::ContactIsUsername)
}
