//! ListUsers (behaviour 9.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::users::list_users;
use crate::model::{ListUsersRequest, ListUsersResponse, ops};
use crate::operations::Error;
use crate::operations::convert;
use crate::protocol::Handler;

/// Users in a page where the request does not say, or says 0.
const DEFAULT_LIMIT: i32 = 60;

impl Handler<App> for ops::ListUsers {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: ListUsersRequest,
    ) -> Result<ListUsersResponse, Error> {
        let page = list_users::list(
            app,
            context,
            &input.user_pool_id,
            &input.filter.unwrap_or_default(),
            input
                .limit
                .filter(|limit| *limit != 0)
                .unwrap_or(DEFAULT_LIMIT),
            input.pagination_token.as_deref(),
        )
        .await?;
        let wanted = input.attributes_to_get;
        let is_missing = |name: &String| list_users::is_missing(&page.users, name);
        if wanted.iter().flatten().any(is_missing) {
            return Err(Failure::AttributeNotPresent.into());
        }
        let is_wanted = |name: &str| {
            wanted
                .as_ref()
                .is_none_or(|list| list.iter().any(|wanted| wanted == name))
        };
        Ok(ListUsersResponse {
            users: Some(
                page.users
                    .iter()
                    .map(|user| convert::user(user, is_wanted))
                    .collect(),
            ),
            pagination_token: page.next,
        })
    }
}
