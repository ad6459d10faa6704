//! Signing up.

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::attribute_update::{self, AttributeInput};
use crate::domain::code::CodePurpose;
use crate::domain::contact_change::confirmation_contact;
use crate::domain::failure::Failure;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::{Alias, UserPool};
use crate::domain::username;
use crate::flows::codes::{self, NewCode};
use crate::flows::passwords::credentials as password;
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Error, Result, lookup, refuse};
use crate::messaging::Purpose;
use crate::store::{self, Conn};

/// A request to sign up.
pub struct SignUp {
    /// The app client.
    pub client_id: String,
    /// Its secret hash, where it has a secret.
    pub secret_hash: Option<String>,
    /// The name.
    pub username: String,
    /// The password.
    pub password: Option<SecretString>,
    /// The attributes.
    pub attributes: Vec<AttributeInput>,
}

/// What came of it.
pub struct SignedUp {
    /// The new user's `sub`.
    pub user_id: String,
    /// Where the code went; none if the pool verifies nothing that the user has.
    pub delivery: Option<Delivery>,
}

/// Makes an unconfirmed user and sends the code that confirms it (behaviour 3.1).
///
/// # Errors
/// What sections 2.4 and 3.1 of the behaviour page list.
pub async fn sign_up(app: &App, context: &RequestContext, request: SignUp) -> Result<SignedUp> {
    let client_context = lookup::client_context(app, &request.client_id).await?;
    let (pool, client) = (&client_context.pool, &client_context.client);
    lookup::check_secret_hash(
        app,
        client,
        &request.username,
        request.secret_hash.as_deref(),
    )?;
    if pool.settings.admin_create_user.admin_only {
        return refuse(Failure::SignUpNotPermitted);
    }
    let contact = username::contact_of_new(&pool.settings, &request.username)?;
    let attributes = attribute_update::validate_new_user(
        &pool.settings,
        Some(&client.settings),
        contact.map(|contact| (contact, request.username.as_str())),
        &request.attributes,
    )?;
    if pool
        .settings
        .alias_attributes
        .contains(&Alias::PreferredUsername)
        && attributes.contains_key(Alias::PreferredUsername.attribute())
    {
        return refuse(Failure::PreferredUsernameTooEarly);
    }
    let Some(password) = &request.password else {
        return refuse(Failure::PasswordMissing);
    };
    password::check_policy(pool, password)?;

    let user = new_user(
        app,
        context,
        pool,
        &request.username,
        contact,
        UserStatus::Unconfirmed,
        attributes,
    );
    // Asked before the password is hashed only to spare the work; the unique index decides.
    refuse_taken_name(
        &mut app.db.read().await?,
        pool,
        &user,
        &request.username,
        contact,
    )
    .await?;
    let credentials =
        password::credentials(app, context, pool, &user.id, &user.username, password, None).await?;

    let mut tx = app.db.begin().await?;
    let key = username::key(&pool.settings, &user.username);
    if !store::users::insert(&mut tx, &user, &key, Some(&credentials)).await? {
        return refuse(name_taken(contact));
    }
    update_user::claim_aliases(&mut tx, pool, &user, AliasConflict::Refuse, context.now)
        .await
        .map_err(|error| match error {
            Error::Refused(Failure::AliasExists(attribute)) => Contact::named(attribute)
                .map_or(Failure::UsernameExists, Failure::ContactIsUsername)
                .into(),
            other => other,
        })?;
    let sent = match confirmation_contact(&pool.settings, &user.attributes) {
        Some((contact, address)) => {
            let code = NewCode {
                purpose: CodePurpose::SignUp,
                message: Purpose::SignUpCode,
                contact,
                address,
            };
            Some(codes::send(app, context, &mut tx, pool, &user, &code).await?)
        }
        None => None,
    };
    tx.commit().await?;
    let delivery = sent.map(|(delivery, queued)| {
        app.outbox.committed(queued);
        delivery
    });
    Ok(SignedUp {
        user_id: user.id,
        delivery,
    })
}

/// A new user in the pool. Where the username is a contact, the real username is the `sub`
/// (behaviour 3.2).
pub fn new_user(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    name: &str,
    contact: Option<Contact>,
    status: UserStatus,
    attributes: crate::domain::attribute::Attributes,
) -> User {
    let id = app.entropy.uuid().to_string();
    User {
        pool_id: pool.id.clone(),
        username: if contact.is_some() {
            id.clone()
        } else {
            username::key(&pool.settings, name)
        },
        id,
        status,
        enabled: true,
        attributes,
        created_at: context.now,
        modified_at: context.now,
        version: 1,
        credentials_version: 1,
    }
}

/// Refuses a name that is taken, and one that is another user's `sub`, by which administrators
/// could mistake one user for the other.
pub async fn refuse_taken_name(
    conn: &mut Conn,
    pool: &UserPool,
    user: &User,
    name: &str,
    contact: Option<Contact>,
) -> Result<()> {
    if contact.is_some() {
        for (alias, key) in username::aliases(&pool.settings, user) {
            let name = alias.attribute();
            if store::aliases::owner(conn, &pool.id, name, &key)
                .await?
                .is_some()
            {
                return refuse(name_taken(Contact::named(name)));
            }
        }
        return Ok(());
    }
    // A name that somebody else signs in with as an alias would be taken over by the username,
    // which is looked for first.
    let key = username::key(&pool.settings, name);
    for alias in username::possible_aliases(&pool.settings, name) {
        if store::aliases::owner(conn, &pool.id, alias.attribute(), &key)
            .await?
            .is_some()
        {
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
