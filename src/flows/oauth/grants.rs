//! What tokens of OAuth are made from.

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::authorization_code::CodeBinding;
use crate::domain::grant::Grant;
use crate::domain::session::{OAuthSession, Session};
use crate::domain::user::User;
use crate::flows::Result;
use crate::flows::lookup::ClientContext;
use crate::store;

/// The grant of what a code is bound to, at the client, with a session that begins now under the request's id.
/// `seconds` is how long it lives.
///
/// # Errors
/// If the store fails.
pub(super) async fn of_binding(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    user: User,
    binding: &CodeBinding,
    seconds: i64,
) -> Result<Grant> {
    let mut conn = app.db.read().await?;
    let groups = store::groups::of_user(&mut conn, &user.pool_id, &user.id).await?;
    let sign_in = &binding.sign_in;
    let session = Session {
        id: context.request_id.to_string(),
        origin_jti: app.entropy.uuid().to_string(),
        client_id: client_context.client.id.clone(),
        auth_time: sign_in.auth_time(),
        expires_at: context.now.plus_seconds(seconds),
        revoked_at: None,
        scopes: binding.scopes.clone(),
        method: sign_in.method,
        factors: sign_in.factors,
        acr: sign_in.acr.clone(),
        second_factor: sign_in.second_factor,
        device_key: None,
        nonce: binding.nonce.clone(),
        oauth: Some(OAuthSession {
            resource: binding.resource.clone(),
        }),
    };
    Ok(Grant {
        user,
        groups,
        session,
        new_device: None,
        overrides: binding.overrides.clone(),
        origin_id: sign_in.listed_id.clone(),
    })
}
