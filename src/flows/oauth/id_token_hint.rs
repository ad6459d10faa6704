//! ID tokens that a request brings back as a hint: whose sign-in is meant, and by which app client.

use serde::Deserialize;

use crate::app::App;
use crate::crypto::{peek_claims, peek_header};
use crate::domain::time::Timestamp;
use crate::domain::user_pool::{TokenUse, UserPool};
use crate::flows::{Result, signing_keys};

/// What a hint says.
#[derive(Deserialize)]
pub(super) struct Hint {
    /// The app client.
    pub aud: String,
    /// The user's `sub`.
    pub sub: String,
    iss: String,
}

/// The hint of an ID token that this server has issued for the pool, expired or not.
///
/// # Errors
/// If the store fails.
pub(super) async fn read(
    app: &App,
    pool: &UserPool,
    token: &str,
    now: Timestamp,
) -> Result<Option<Hint>> {
    let (Some(header), Some(_)) = (peek_header(token), peek_claims::<Hint>(token)) else {
        return Ok(None);
    };
    let Some(keys) = signing_keys::of_pool(app, &pool.id, now).await? else {
        return Ok(None);
    };
    let verified = keys
        .verifying(TokenUse::Id, &header.kid)
        .and_then(|key| key.verify_jwt::<Hint>(token).ok());
    let issuer = app.issuer(&pool.region, &pool.id);
    Ok(verified.filter(|claims| claims.iss == issuer))
}
