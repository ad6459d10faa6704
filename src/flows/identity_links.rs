//! Links between users and their accounts at identity providers (administration 4.3, 4.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::IDENTITIES;
use crate::domain::code::CodePurpose;
use crate::domain::failure::{Failure, Limited};
use crate::domain::identity_link::{
    self, Account, IdentityLink, LinkFault, MAX_LINKS, MAX_VALUE_BYTES, SUBJECT,
};
use crate::domain::identity_provider::{IdentityProvider, ProviderFault};
use crate::domain::saml_metadata::SamlMetadata;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::domain::username;
use crate::flows::{Error, Result, lookup, refuse, retry};
use crate::store::{self, Conn, Tx};

/// Lets an account at a provider sign in as a user that there is.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`], [`Failure::Provider`], [`Failure::Link`],
/// [`Failure::LimitReached`] if the user has as many links as it may.
pub async fn link(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    destination: &Account,
    source: &Account,
) -> Result<()> {
    retry!(try_link(app, context, pool_id, destination, source))
}

async fn try_link(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    destination: &Account,
    source: &Account,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    if source.is_own() {
        return refuse(Failure::Link(LinkFault::LocalSource));
    }
    let mut tx = app.db.begin().await?;
    let provider = store::identity_providers::find(&mut tx, pool_id, &source.provider).await?;
    let Some(provider) = provider else {
        let fault = ProviderFault::NotFound(source.provider.clone());
        return refuse(Failure::Provider(fault));
    };
    source
        .check(provider.provider_type)
        .map_err(Failure::Link)?;
    let name = if destination.is_own() {
        destination.value.clone()
    } else {
        // The username of a user whom the provider brought.
        format!("{}_{}", destination.provider, destination.value)
    };
    let user = named(&mut tx, &pool, &name).await?;
    // From here on the user's links stay as they are until the commit.
    if !store::users::hold(&mut tx, &user).await? {
        return Err(Error::Stale);
    }
    let link = IdentityLink {
        pool_id: pool_id.to_owned(),
        account: source.clone(),
        user_id: user.id.clone(),
        provider_type: provider.provider_type,
        issuer: issuer(&provider),
        linked_at: context.now,
    };
    if !store::identity_links::insert(&mut tx, &link).await? {
        let other = store::identity_links::find(&mut tx, pool_id, source).await?;
        return match other {
            Some(other) if other.user_id == user.id => {
                refuse(Failure::Link(LinkFault::AlreadyLinked))
            }
            Some(_) => refuse(Failure::Link(LinkFault::LinkedElsewhere)),
            None => Err(Error::Stale),
        };
    }
    let links = store::identity_links::of_user(&mut tx, pool_id, &user.id).await?;
    if links.len() > MAX_LINKS {
        let most = i64::try_from(MAX_LINKS).unwrap_or(i64::MAX);
        return refuse(Failure::LimitReached(Limited::IdentityLinks, most));
    }
    show(context, tx, user, &links).await
}

/// Ends the sign-in of an account at a provider as a user. For an account of the pool itself it ends the user's
/// sign-in with a password.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`], [`Failure::Link`].
pub async fn unlink(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    account: &Account,
) -> Result<()> {
    retry!(try_unlink(app, context, pool_id, account))
}

async fn try_unlink(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    account: &Account,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    let mut tx = app.db.begin().await?;
    if account.is_own() {
        if account.attribute != SUBJECT {
            return refuse(Failure::Link(LinkFault::NotTheSubject));
        }
        let user = named(&mut tx, &pool, &account.value).await?;
        if !store::passwordless_users::remove_password(&mut tx, &user, context.now).await? {
            return Err(Error::Stale);
        }
        // A code that is on its way would bring the password back.
        let purpose = CodePurpose::ForgotPassword;
        store::codes::discard(&mut tx, pool_id, &user.id, purpose).await?;
        return Ok(tx.commit().await?);
    }
    let Some(link) = store::identity_links::find(&mut tx, pool_id, account).await? else {
        return refuse(Failure::UserNotFound);
    };
    let Some(user) = store::users::find(&mut tx, pool_id, &link.user_id).await? else {
        return Err(Error::Stale);
    };
    if !store::users::hold(&mut tx, &user).await?
        || !store::identity_links::delete(&mut tx, pool_id, account, &user.id).await?
    {
        return Err(Error::Stale);
    }
    let links = store::identity_links::of_user(&mut tx, pool_id, &user.id).await?;
    show(context, tx, user, &links).await
}

/// Writes the attribute that shows the user's links, and ends the transaction.
async fn show(
    context: &RequestContext,
    mut tx: Tx,
    before: User,
    links: &[IdentityLink],
) -> Result<()> {
    let mut after = before.clone();
    match identity_link::identities(links) {
        Some(value) => after.attributes.insert(IDENTITIES.to_owned(), value),
        None => after.attributes.remove(IDENTITIES),
    };
    if !store::users::update(&mut tx, &before, &after, context.now).await? {
        return Err(Error::Stale);
    }
    Ok(tx.commit().await?)
}

/// The user with this username, which is no alias.
async fn named(conn: &mut Conn, pool: &UserPool, name: &str) -> Result<User> {
    let key = username::key(&pool.settings, name);
    match store::users::find_by_username(conn, &pool.id, &key).await? {
        Some(user) => Ok(user),
        None => refuse(Failure::UserNotFound),
    }
}

/// The entity id of a SAML provider, if its metadata has one.
fn issuer(provider: &IdentityProvider) -> Option<String> {
    let metadata = provider.details.get("MetadataFile")?;
    let issuer = SamlMetadata::read(metadata)?.entity_id;
    Some(issuer).filter(|issuer| issuer.len() <= MAX_VALUE_BYTES)
}
