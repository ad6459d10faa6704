//! Queries and forms.

use url::form_urlencoded;

use crate::domain::authorization_request::Query;

/// Reads a query as it stands in a URL.
pub(super) fn read(query: &str) -> Query {
    let parameters = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let is_state = |pair: &str| Some(pair.strip_prefix("state=")?.to_owned());
    Query::new(parameters, query.split('&').find_map(is_state))
}
