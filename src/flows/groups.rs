//! Groups of users and their members (administration 1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::{Failure, Limited};
use crate::domain::group::{Group, GroupChange, GroupFault, MAX_GROUPS, MAX_GROUPS_OF_USER};
use crate::domain::user::User;
use crate::flows::pagination::{self, Page};
use crate::flows::users::accounts;
use crate::flows::{Result, lookup, refuse, retry};
use crate::store::creation_order::Cursor;
use crate::store::{self, Conn};

/// Makes a group.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::Group`], [`Failure::LimitReached`] if the pool is full.
pub async fn create(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    given: GroupChange,
) -> Result<Group> {
    lookup::pool(app, context, pool_id).await?;
    check_role(app, &given)?;
    let empty = Group {
        pool_id: pool_id.to_owned(),
        name: name.to_owned(),
        description: None,
        precedence: None,
        role_arn: None,
        created_at: context.now,
        modified_at: context.now,
    };
    let group = given.apply(empty, context.now);
    let mut tx = app.db.begin().await?;
    // The lock keeps other requests from deleting the pool or adding groups until the commit.
    if !store::user_pools::lock(&mut tx, pool_id).await? {
        return refuse(Failure::PoolNotFound(pool_id.to_owned()));
    }
    let full = store::groups::count(&mut tx, pool_id).await? >= MAX_GROUPS;
    if full && store::groups::find(&mut tx, pool_id, name).await?.is_none() {
        return refuse(Failure::LimitReached(Limited::Groups, MAX_GROUPS));
    }
    if !store::groups::insert(&mut tx, &group).await? {
        return refuse(Failure::Group(GroupFault::Exists));
    }
    tx.commit().await?;
    Ok(group)
}

/// The group of this name.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`GroupFault::NotFound`].
pub async fn get(app: &App, context: &RequestContext, pool_id: &str, name: &str) -> Result<Group> {
    lookup::pool(app, context, pool_id).await?;
    found(&mut app.db.read().await?, pool_id, name).await
}

/// Changes what the request gives of a group.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::Group`].
pub async fn update(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    change: GroupChange,
) -> Result<Group> {
    lookup::pool(app, context, pool_id).await?;
    check_role(app, &change)?;
    let mut tx = app.db.begin().await?;
    // Another change of the same pool's groups waits, so that neither loses what the other writes.
    if !store::user_pools::lock(&mut tx, pool_id).await? {
        return refuse(Failure::PoolNotFound(pool_id.to_owned()));
    }
    let group = change.apply(found(&mut tx, pool_id, name).await?, context.now);
    store::groups::update(&mut tx, &group).await?;
    tx.commit().await?;
    Ok(group)
}

/// Deletes a group; its members stay users.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`GroupFault::NotFound`].
pub async fn delete(app: &App, context: &RequestContext, pool_id: &str, name: &str) -> Result<()> {
    lookup::pool(app, context, pool_id).await?;
    let mut tx = app.db.begin().await?;
    if !store::groups::delete(&mut tx, pool_id, name).await? {
        return refuse(Failure::Group(GroupFault::NotFound));
    }
    Ok(tx.commit().await?)
}

/// Up to `limit` groups, the first made first.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::InvalidPageToken`].
pub async fn list(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    limit: i32,
    token: Option<&str>,
) -> Result<Page<Group>> {
    lookup::pool(app, context, pool_id).await?;
    let read = async |after: Option<Cursor>, limit| {
        let mut conn = app.db.read().await?;
        Ok(store::groups::page(&mut conn, pool_id, after.as_ref(), limit).await?)
    };
    pagination::page(
        &app.vault,
        &["ListGroups", pool_id],
        limit,
        token,
        read,
        behind,
    )
    .await
}

/// Up to `limit` groups of a user, the first made first.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`], [`Failure::InvalidPageToken`].
pub async fn list_of_user(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    username: &str,
    limit: i32,
    token: Option<&str>,
) -> Result<Page<Group>> {
    let (_, user) = accounts::find(app, context, pool_id, username).await?;
    let user_id = user.id.as_str();
    let read = async |after: Option<Cursor>, limit| {
        let mut conn = app.db.read().await?;
        let after = after.as_ref();
        Ok(store::groups::page_of_user(&mut conn, pool_id, user_id, after, limit).await?)
    };
    let list = ["AdminListGroupsForUser", pool_id, user_id];
    pagination::page(&app.vault, &list, limit, token, read, behind).await
}

/// Up to `limit` members of a group, the first added first.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`GroupFault::NotFound`], [`Failure::InvalidPageToken`].
pub async fn members(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    limit: i32,
    token: Option<&str>,
) -> Result<Page<User>> {
    get(app, context, pool_id, name).await?;
    let read = async |after: Option<Cursor>, limit| {
        let mut conn = app.db.read().await?;
        Ok(store::groups::members(&mut conn, pool_id, name, after.as_ref(), limit).await?)
    };
    let behind = |member: &store::groups::Member| Cursor {
        created_at: member.added_at,
        key: member.user.id.clone(),
    };
    let list = ["ListUsersInGroup", pool_id, name];
    let page = pagination::page(&app.vault, &list, limit, token, read, behind).await?;
    Ok(Page {
        items: page.items.into_iter().map(|member| member.user).collect(),
        next: page.next,
    })
}

/// Adds a user to a group, if it is not a member yet. Tokens that are issued from now on name the group.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::Group`], [`Failure::UserNotFound`].
pub async fn add_user(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    username: &str,
) -> Result<()> {
    retry!(try_add_user(app, context, pool_id, name, username))
}

async fn try_add_user(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    username: &str,
) -> Result<()> {
    get(app, context, pool_id, name).await?;
    let (_, user) = accounts::find(app, context, pool_id, username).await?;
    let mut tx = app.db.begin().await?;
    let others = store::groups::count_others_of_user(&mut tx, pool_id, &user.id, name).await?;
    if others >= MAX_GROUPS_OF_USER {
        return refuse(Failure::Group(GroupFault::TooManyOfUser));
    }
    store::groups::add_member(&mut tx, pool_id, &user.id, name, context.now).await?;
    Ok(tx.commit().await?)
}

/// Takes a user out of a group, if it is a member. Tokens that were issued before go on naming the group.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`GroupFault::NotFound`], [`Failure::UserNotFound`].
pub async fn remove_user(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    username: &str,
) -> Result<()> {
    get(app, context, pool_id, name).await?;
    let (_, user) = accounts::find(app, context, pool_id, username).await?;
    let mut tx = app.db.begin().await?;
    store::groups::remove_member(&mut tx, pool_id, &user.id, name).await?;
    Ok(tx.commit().await?)
}

fn check_role(app: &App, given: &GroupChange) -> Result<()> {
    if given.has_foreign_role(&app.config.server.account_id) {
        return refuse(Failure::Group(GroupFault::ForeignRole));
    }
    Ok(())
}

async fn found(conn: &mut Conn, pool_id: &str, name: &str) -> Result<Group> {
    match store::groups::find(conn, pool_id, name).await? {
        Some(group) => Ok(group),
        None => refuse(Failure::Group(GroupFault::NotFound)),
    }
}

fn behind(group: &Group) -> Cursor {
    Cursor::behind(group.created_at, &group.name)
}
