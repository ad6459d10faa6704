//! What is done about risks: blocked addresses, and passwords that are known to strangers (administration 7.2).

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AppClient;
use crate::domain::failure::Failure;
use crate::domain::risk_configuration::{PasswordEvent, RiskFault, RiskRules};
use crate::domain::sign_in_settings::ThreatProtectionMode;
use crate::domain::user_pool::UserPool;
use crate::flows::lookup::ClientContext;
use crate::flows::passwords::credentials;
use crate::flows::{Result, refuse, turn};
use crate::store;

async fn of_client(app: &App, client: &AppClient) -> Result<Arc<RiskRules>> {
    let read = async || {
        let mut conn = app.db.read().await?;
        let found =
            store::risk_configurations::find_effective(&mut conn, &client.pool_id, &client.id)
                .await?;
        let rules = found.map(|configuration| RiskRules::of(&configuration));
        Result::Ok(Some(rules.unwrap_or_default()))
    };
    let rules = app
        .caches
        .risk_rules
        .get_or(&client.id, app.clock.now(), read);
    Ok(rules.await?.unwrap_or_default())
}

/// Refuses a sign-in from a blocked address, whatever the user and the password are.
///
/// # Errors
/// [`RiskFault::AddressBlocked`].
pub async fn check_address(
    app: &App,
    client_context: &ClientContext,
    address: Option<IpAddr>,
) -> Result<()> {
    let rules = of_client(app, &client_context.client).await?;
    if address.is_some_and(|address| rules.blocks(address)) {
        return refuse(Failure::Risk(RiskFault::AddressBlocked));
    }
    Ok(())
}

/// Refuses a new password that is known to strangers, where the app client's configuration says so and the pool acts on
/// what threat protection finds.
///
/// # Errors
/// [`Failure::PasswordKnown`].
pub async fn check_new_password(
    app: &App,
    context: &RequestContext,
    of: (&UserPool, &AppClient),
    event: PasswordEvent,
    password: &SecretString,
) -> Result<()> {
    if is_refused(app, context, of, event, password).await? {
        return refuse(Failure::PasswordKnown);
    }
    Ok(())
}

/// Refuses a sign-in with a right password that is known to strangers: the user has to choose another one.
///
/// # Errors
/// [`Failure::PasswordResetRequired`].
pub async fn check_sign_in_password(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    password: &SecretString,
) -> Result<()> {
    let of = (client_context.pool.as_ref(), client_context.client.as_ref());
    if is_refused(app, context, of, PasswordEvent::SignIn, password).await? {
        return refuse(Failure::PasswordResetRequired);
    }
    Ok(())
}

async fn is_refused(
    app: &App,
    context: &RequestContext,
    (pool, client): (&UserPool, &AppClient),
    event: PasswordEvent,
    password: &SecretString,
) -> Result<bool> {
    let is_enforced = pool
        .settings
        .threat_protection
        .is_some_and(|protection| protection.mode == ThreatProtectionMode::Enforced);
    if !is_enforced {
        return Ok(false);
    }
    let rules = of_client(app, client).await?;
    let address = turn::address(context, Some(client));
    if !rules.refuses_known_password(event, address) {
        return Ok(false);
    }
    credentials::is_known(app, password).await
}
