//! How the login pages of an app client look (domain 11).

use std::sync::Arc;

use super::pool_domains::DomainContext;
use crate::app::App;
use crate::cache::{SETTINGS_TTL_MS, TtlCache};
use crate::domain::app_client::AppClient;
use crate::domain::managed_login_branding::{Asset, ManagedLoginBranding};
use crate::domain::ui_customization::{Image, Look};
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

/// How long a look that was made anew is used. A request for a file that does not exist, which anybody can send, has one
/// made, so that this bounds how often.
const ANEW_TTL_MS: i64 = 250;

/// What is made of the looks of app clients, so that a page neither reads pictures from the store nor builds its style.
/// A node sees its own changes at once, since each is counted ([`crate::cache::Caches::look_changes`]), and those of
/// another node as soon as those of the app client's other settings.
pub struct MadeLooks<T> {
    remembered: TtlCache<T>,
    /// Looks that were made because a remembered one lacks a file that was asked for.
    anew: TtlCache<T>,
    /// One caller reads, the others wait for what it finds.
    reading: tokio::sync::Mutex<()>,
}

impl<T> Default for MadeLooks<T> {
    fn default() -> Self {
        Self {
            remembered: TtlCache::new(SETTINGS_TTL_MS),
            anew: TtlCache::new(ANEW_TTL_MS),
            reading: tokio::sync::Mutex::default(),
        }
    }
}

impl<T> MadeLooks<T> {
    /// What `make` has made of what is set for the pages of this client at this domain; `None` if it has no pages.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of_client(
        &self,
        app: &App,
        domain: &DomainContext,
        client: &AppClient,
        make: impl FnOnce(&PageLook) -> Option<T>,
    ) -> Result<Option<Arc<T>>> {
        made(&self.remembered, app, (domain, client), make).await
    }

    /// [`Self::of_client`] where another node may have changed what this one remembers.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of_client_anew(
        &self,
        app: &App,
        domain: &DomainContext,
        client: &AppClient,
        make: impl FnOnce(&PageLook) -> Option<T>,
    ) -> Result<Option<Arc<T>>> {
        let _turn = self.reading.lock().await;
        made(&self.anew, app, (domain, client), make).await
    }
}

async fn made<T>(
    looks: &TtlCache<T>,
    app: &App,
    (domain, client): (&DomainContext, &AppClient),
    make: impl FnOnce(&PageLook) -> Option<T>,
) -> Result<Option<Arc<T>>> {
    let changes = app.caches.look_changes.count();
    let version = domain.domain.managed_login_version;
    let key = format!("{changes} {version} {}", client.id);
    let read = move || async move { Result::Ok(make(&of_client(app, domain, client).await?)) };
    looks.get_or(&key, app.clock.now(), read).await
}

/// What is set for the pages of this client at this domain.
async fn of_client(app: &App, domain: &DomainContext, client: &AppClient) -> Result<PageLook> {
    if domain.domain.has_managed_login() {
        let mut conn = app.db.read().await?;
        let found =
            store::managed_login_brandings::find_by_client(&mut conn, &client.pool_id, &client.id)
                .await?;
        return Ok(found.map_or(PageLook::None, PageLook::Managed));
    }
    Ok(PageLook::Classic(classic(app, client).await?))
}

/// The picture of this category and colour mode on the client's pages, if the domain has managed login.
///
/// # Errors
/// If the store fails.
pub async fn picture(
    app: &App,
    domain: &DomainContext,
    client: &AppClient,
    key: (&str, &str),
) -> Result<Option<Asset>> {
    if !domain.domain.has_managed_login() {
        return Ok(None);
    }
    let mut conn = app.db.read().await?;
    let of = (client.pool_id.as_str(), client.id.as_str());
    Ok(store::managed_login_brandings::asset(&mut conn, of, key).await?)
}

/// The logo on the client's classic pages, if the domain has them.
///
/// # Errors
/// If the store fails.
pub async fn logo(app: &App, domain: &DomainContext, client: &AppClient) -> Result<Option<Image>> {
    if domain.domain.has_managed_login() {
        return Ok(None);
    }
    let look = classic(app, client).await?;
    Ok(look.and_then(|look| look.image))
}

async fn classic(app: &App, client: &AppClient) -> Result<Option<Look>> {
    let of = (client.pool_id.as_str(), Some(client.id.as_str()));
    let seen = ui_customization::seen(app, of).await?;
    Ok(seen.map(|customization| customization.look))
}
