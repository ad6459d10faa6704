//! How the login pages of an app client look (domain 11).

use super::pool_domains::DomainContext;
use crate::app::App;
use crate::domain::app_client::AppClient;
use crate::domain::managed_login_branding::ManagedLoginBranding;
use crate::domain::ui_customization::Look;
use crate::flows::{Result, ui_customization};
use crate::store;

/// What was set for the pages of an app client.
pub enum PageLook {
    /// The branding of managed login.
    Managed(ManagedLoginBranding),
    /// The look of the classic pages, if there is one.
    Classic(Option<Look>),
    /// The domain has managed login, and the app client no branding: it has no pages (domain 2.7).
    None,
}

/// What is set for the pages of this client at this domain.
///
/// # Errors
/// If the store fails.
pub async fn of_client(app: &App, domain: &DomainContext, client: &AppClient) -> Result<PageLook> {
    if domain.domain.managed_login_version > 1 {
        let mut conn = app.db.read().await?;
        let found =
            store::managed_login_brandings::find_by_client(&mut conn, &client.pool_id, &client.id)
                .await?;
        return Ok(found.map_or(PageLook::None, PageLook::Managed));
    }
    let of = (client.pool_id.as_str(), Some(client.id.as_str()));
    let seen = ui_customization::seen(app, of).await?;
    Ok(PageLook::Classic(
        seen.map(|customization| customization.look),
    ))
}
