//! Lists of users.

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::SUB;
use crate::domain::user::User;
use crate::domain::user_filter::{Field, UserFilter};
use crate::domain::user_pool::UserPool;
use crate::domain::username;
use crate::flows::{Result, lookup, pagination};
use crate::store::user_list::{self, Cursor};

/// A page of users.
pub struct Page {
    /// The users.
    pub users: Vec<User>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// Up to `limit` users of the pool that pass the filter, which may be empty (behaviour 9.1).
///
/// # Errors
/// That there is no such pool, or what is wrong with filter or token.
pub async fn list(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    filter: &str,
    limit: i32,
    token: Option<&str>,
) -> Result<Page> {
    let pool = lookup::pool(app, context, pool_id).await?;
    let parsed = UserFilter::parse(filter)?.map(|parsed| as_compared(&pool, &parsed));
    let list = ["ListUsers", pool.id.as_str(), filter];
    let after: Option<Cursor> = pagination::decode_token(&app.vault, &list, token)?;
    let users = user_list::page(
        &mut app.db.read().await?,
        &pool.id,
        parsed.as_ref(),
        after.as_ref(),
        i64::from(limit) + 1,
    )
    .await?;
    let behind = |user: &User| user_list::cursor_after(parsed.as_ref(), user);
    let (users, next) = pagination::paginate(&app.vault, &list, users, limit, behind)?;
    Ok(Page { users, next })
}

/// Whether any of the users lacks the attribute, which then cannot be asked for (behaviour 9.1).
#[must_use]
pub fn is_missing(users: &[User], name: &str) -> bool {
    name != SUB && users.iter().any(|user| !user.attributes.contains_key(name))
}

/// The filter with its value in the form in which the store compares it.
fn as_compared(pool: &UserPool, filter: &UserFilter) -> UserFilter {
    let value = match filter.field {
        Field::Username => username::key(&pool.settings, &filter.value),
        Field::Email => username::stored_value(&pool.settings, "email", &filter.value),
        Field::PreferredUsername => {
            username::stored_value(&pool.settings, "preferred_username", &filter.value)
        }
        Field::Sub
        | Field::PhoneNumber
        | Field::Name
        | Field::GivenName
        | Field::FamilyName
        | Field::UserStatus
        | Field::Enabled => filter.value.clone(),
    };
    UserFilter {
        field: filter.field,
        prefix: filter.prefix,
        value,
    }
    .folded()
}
