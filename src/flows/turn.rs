//! The maker of a request, and in whose turn the request's hashes and SRP exchanges are computed.

use std::net::IpAddr;

use crate::context::RequestContext;
use crate::crypto::Turn;
use crate::domain::app_client::AppClient;
use crate::domain::origin::Origin;
use crate::domain::source_network::SourceNetwork;

/// Whether the request proves the app client's secret. Operations of the JSON API check it before they call a flow;
/// through a domain come browsers, which have none.
const fn proves_secret(context: &RequestContext, client: &AppClient) -> bool {
    client.is_confidential() && !context.at_domain
}

/// The maker of a request: the administrator who signed it, the app client that has proven its secret, or any caller from its network. A client that proves
/// a secret may pass on the address of its user's device (`EnablePropagateAdditionalUserContextData`); then that
/// is the network. A request that neither is signed nor comes from anywhere is the server's own.
#[must_use]
pub fn origin(context: &RequestContext, client: Option<&AppClient>) -> Origin {
    let network = |address| Origin::Network(SourceNetwork::of(address));
    if let Some(key) = &context.caller {
        return Origin::Administrator(key.clone());
    }
    if let Some(client) = client.filter(|client| proves_secret(context, client)) {
        let passed_on = context
            .user_address
            .filter(|_| client.settings.propagates_user_context);
        return passed_on.map_or_else(|| Origin::Client(client.id.clone()), network);
    }
    context.source_address.map_or(Origin::Server, network)
}

/// The address of the user's device, as far as the request tells: the one that the app client passes on and may pass
/// on, or else where the request comes from.
#[must_use]
pub fn address(context: &RequestContext, client: Option<&AppClient>) -> Option<IpAddr> {
    let may_pass_on = client.is_some_and(|client| {
        proves_secret(context, client) && client.settings.propagates_user_context
    });
    context
        .user_address
        .filter(|_| may_pass_on)
        .or(context.source_address)
}

/// The turn of a request that concerns a user pool, without an app client.
#[must_use]
pub fn of_request(context: &RequestContext, pool_id: &str) -> Turn {
    let origin = origin(context, None);
    Turn {
        pool: pool_id.to_owned(),
        known: !matches!(origin, Origin::Network(_)),
        origin,
    }
}

/// The turn of a request through an app client.
#[must_use]
pub fn of_client(context: &RequestContext, client: &AppClient) -> Turn {
    let origin = origin(context, Some(client));
    Turn {
        pool: client.pool_id.clone(),
        known: proves_secret(context, client) || !matches!(origin, Origin::Network(_)),
        origin,
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
