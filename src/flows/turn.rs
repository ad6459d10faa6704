//! In whose turn a request's hashes and SRP exchanges are computed.

use crate::context::RequestContext;
use crate::crypto::{Source, Turn};
use crate::domain::app_client::AppClient;
use crate::domain::source_network::SourceNetwork;

/// The turn of a request that concerns a user pool: the administrator's who signed it, or else that of the
/// network from which it comes. A request that neither is signed nor comes from anywhere is the server's own.
#[must_use]
pub fn of_request(context: &RequestContext, pool_id: &str) -> Turn {
    let source = match (&context.caller, context.source_address) {
        (Some(access_key), _) => Source::Administrator(access_key.clone()),
        (None, Some(address)) => Source::Network(SourceNetwork::of(address)),
        (None, None) => Source::Server,
    };
    Turn {
        pool: pool_id.to_owned(),
        known: !matches!(source, Source::Network(_)),
        source,
    }
}

/// The turn of a request through an app client: the client's, if it has a secret, since every operation checks
/// the secret before it calls a flow; or else that of the network.
#[must_use]
pub fn of_client(context: &RequestContext, client: &AppClient) -> Turn {
    let turn = of_request(context, &client.pool_id);
    if client.sealed_secret.is_none() {
        return turn;
    }
    Turn {
        source: Source::Client(client.id.clone()),
        known: true,
        ..turn
    }
}

/// `turn` of a caller that has proven to be the user: by an access token, a Session that the server has
/// sealed, a code, or the password.
#[must_use]
pub fn of_user(turn: Turn) -> Turn {
    Turn {
        known: true,
        ..turn
    }
}
