//! Queries and forms.

use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use crate::domain::authorization_request::Query;

/// Reads a query as it stands in a URL.
pub(super) fn read(query: &str) -> Query {
    let parameters = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    // It goes back as it came, byte for byte.
    let state = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let is_state = percent_decode_str(name).eq(*b"state");
        (is_state && !value.is_empty()).then(|| value.to_owned())
    };
    Query::new(parameters, query.split('&').find_map(state))
}

/// The query without this parameter.
pub(super) fn without(query: &str, name: &str) -> String {
    let is_kept = |pair: &&str| {
        let given = pair.split_once('=').map_or(*pair, |(given, _)| given);
        !percent_decode_str(given).eq(name.bytes())
    };
    query
        .split('&')
        .filter(is_kept)
        .collect::<Vec<_>>()
        .join("&")
}
