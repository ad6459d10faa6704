//! Links between users and their accounts at identity providers (administration 4.3, 4.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::IDENTITIES;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::code::CodePurpose;
use crate::domain::failure::{Failure, Limited};
use crate::domain::identity_link::{self, Account, IdentityLink, LinkFault, MAX_LINKS, SUBJECT};
use crate::domain::identity_provider::ProviderFault;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::domain::username;
use crate::flows::auth_events::{self, Subject};
use crate::flows::notices::{self, Notices};
use crate::flows::{Error, Result, lookup, refuse, retry, user_pools};
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
    lookup::pool(app, context, pool_id).await?;
    if source.is_own() {
        return refuse(Failure::Link(LinkFault::LocalSource));
    }
    let mut tx = app.db.begin().await?;
    // The provider keeps its origin until the commit.
    let pool = user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?;
    let provider = store::identity_providers::find(&mut tx, pool_id, &source.provider).await?;
    let Some(provider) = provider else {
        let fault = ProviderFault::NotFound(source.provider.clone());
        return refuse(Failure::Provider(fault));
    };
    source
        .check(provider.provider_type)
        .map_err(Failure::Link)?;
    if !destination.is_own() {
        // Providers bring no users yet. A user who is merely called as theirs would be is another one.
        return refuse(Failure::UserNotFound);
    }
    let user = named(&mut tx, &pool, &destination.value).await?;
    // From here on the user's links stay as they are until the commit.
    if !store::users::hold(&mut tx, &user).await? {
        return Err(Error::Stale);
    }
    match store::identity_links::find(&mut tx, pool_id, source).await? {
        Some(present) if present.is_at(&provider) => {
            return refuse(Failure::Link(if present.user_id == user.id {
                LinkFault::AlreadyLinked
            } else {
                LinkFault::LinkedElsewhere
            }));
        }
        Some(former) => replace(app, context, &mut tx, &former, &user).await?,
        None => {}
    }
    let link = IdentityLink {
        pool_id: pool_id.to_owned(),
        account: source.clone(),
        user_id: user.id.clone(),
        provider_type: provider.provider_type,
        issuer: provider.shown_issuer().map(str::to_owned),
        origin: provider.origin,
        linked_at: context.now,
    };
    if !store::identity_links::insert(&mut tx, &link).await? {
        return Err(Error::Stale);
    }
    let links = store::identity_links::of_user(&mut tx, pool_id, &user.id).await?;
    if links.len() > MAX_LINKS {
        let most = i64::try_from(MAX_LINKS).unwrap_or(i64::MAX);
        return refuse(Failure::LimitReached(Limited::IdentityLinks, most));
    }
    show(app, context, &mut tx, &user, &links).await?;
    Ok(tx.commit().await?)
}

/// Deletes a link that was made at a former provider of the same name, before the account is linked to `user` at the
/// present one. The link of another user ends, which its attribute shows.
async fn replace(
    app: &App,
    context: &RequestContext,
    tx: &mut Tx,
    former: &IdentityLink,
    user: &User,
) -> Result<()> {
    let (pool_id, owner_id) = (&former.pool_id, &former.user_id);
    let owner = store::users::find(tx, pool_id, owner_id).await?;
    let deleted = store::identity_links::delete(tx, pool_id, &former.account, owner_id).await?;
    let Some(owner) = owner.filter(|_| deleted) else {
        return Err(Error::Stale);
    };
    if owner.id == user.id {
        return Ok(());
    }
    let links = store::identity_links::of_user(tx, pool_id, owner_id).await?;
    show(app, context, tx, &owner, &links).await
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
        return end_password(app, context, tx, &pool, user).await;
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
    show(app, context, &mut tx, &user, &links).await?;
    Ok(tx.commit().await?)
}

/// Takes the user's password away, and ends the transaction.
async fn end_password(
    app: &App,
    context: &RequestContext,
    mut tx: Tx,
    pool: &UserPool,
    user: User,
) -> Result<()> {
    let (pool_id, user_id) = (&pool.id, user.id.clone());
    let credentials = store::users::credentials(&mut tx, pool_id, &user_id).await?;
    if !store::passwordless_users::remove_password(&mut tx, &user, context.now).await? {
        return Err(Error::Stale);
    }
    // A code that is on its way would bring the password back.
    let purpose = CodePurpose::ForgotPassword;
    store::codes::discard(&mut tx, pool_id, &user_id, purpose).await?;
    let mut notices = Notices::default();
    if credentials.is_some() {
        let of = (Subject::user(pool_id, &user_id), None);
        let what = (EventKind::PasswordChange, Outcome::Pass);
        auth_events::record(app, context, &mut tx, of, what).await?;
        let update = UserUpdate::new(&pool.settings, user.clone(), user);
        notices = notices::credentials_changed(app, context, &mut tx, pool, &update, true).await?;
    }
    tx.commit().await?;
    notices.dispatch(app);
    Ok(())
}

/// Writes the attribute that shows the user's links, and records that they have changed.
async fn show(
    app: &App,
    context: &RequestContext,
    tx: &mut Tx,
    before: &User,
    links: &[IdentityLink],
) -> Result<()> {
    let mut after = before.clone();
    match identity_link::identities(links) {
        Some(value) => after.attributes.insert(IDENTITIES.to_owned(), value),
        None => after.attributes.remove(IDENTITIES),
    };
    if !store::users::update(tx, before, &after, context.now).await? {
        return Err(Error::Stale);
    }
    let of = (Subject::user(&before.pool_id, &before.id), None);
    let what = (EventKind::FactorChange, Outcome::Pass);
    auth_events::record(app, context, tx, of, what).await
}

/// The user with this username, which is no alias.
async fn named(conn: &mut Conn, pool: &UserPool, name: &str) -> Result<User> {
    let key = username::key(&pool.settings, name);
    match store::users::find_by_username(conn, &pool.id, &key).await? {
        Some(user) => Ok(user),
        None => refuse(Failure::UserNotFound),
    }
}
