//! What a developer needs to know of the server to point a client at it.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, absolute};

use url::form_urlencoded;

use crate::app::App;
use crate::config::{Config, HttpsListen, StoreConfig, TlsConfig};
use crate::domain::app_client::AppClient;
use crate::domain::authorization_request::COGNITO;
use crate::domain::oauth_settings::OAuthFlow;
use crate::domain::user_pool::UserPool;
use crate::flows::oauth::pool_domains;
use crate::store::{self, access_keys, user_pool_clients, user_pools};

/// The server as its developer sees it.
pub struct Overview {
    /// The URL under which clients reach the server, without a trailing slash.
    pub endpoint: String,
    /// Where the server speaks HTTPS beside it.
    pub https: Option<HttpsOverview>,
    /// The region of requests that name none.
    pub region: String,
    /// The absolute path of the data directory.
    pub data_dir: String,
    /// The store's URL, without a password.
    pub store: String,
    /// Whether signed operations accept any credentials.
    pub any_credentials: bool,
    /// The first user pools of all regions.
    pub pools: Vec<PoolOverview>,
    /// How many more there are.
    pub more_pools: i64,
}

/// Where the server speaks HTTPS beside its first address.
pub struct HttpsOverview {
    /// The URL, without a trailing slash.
    pub endpoint: String,
    /// The absolute path of the certificate that was generated; `None` where one was given.
    pub generated_certificate: Option<String>,
}

/// A user pool.
pub struct PoolOverview {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// The issuer of its tokens.
    pub issuer: String,
    /// Where its domain is reached, if it has one.
    pub domain: Option<String>,
    /// Its first app clients.
    pub clients: Vec<ClientOverview>,
    /// How many more there are.
    pub more_clients: i64,
}

/// An app client.
pub struct ClientOverview {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it has a secret, which a browser or a mobile application cannot keep.
    pub has_secret: bool,
    /// How it signs in at the pool's domain, if it does.
    pub login: Option<ClientLogin>,
}

/// How an app client signs in at its pool's domain.
pub struct ClientLogin {
    /// The address of the login page.
    pub page: String,
    /// The address of the preview of all pages.
    pub preview: String,
    /// The first address that it goes back to.
    pub callback: String,
    /// The scopes.
    pub scopes: Vec<String>,
}

/// The overview, with `limit` pools at the most and as many clients of each.
///
/// # Errors
/// If the store fails.
pub async fn gather(app: &App, limit: i64) -> store::Result<Overview> {
    let config = &app.config;
    let data_dir =
        absolute(&config.store.data_dir).unwrap_or_else(|_| config.store.data_dir.clone());
    // Where no URL is configured it follows from the directory.
    let located = StoreConfig {
        data_dir: data_dir.clone(),
        ..config.store.clone()
    };
    let mut conn = app.db.read().await?;
    let first = user_pools::first(&mut conn, limit).await?;
    let count = user_pools::count_all(&mut conn).await?;
    let is_without_keys = config.accepts_any_credentials()
        && access_keys::is_empty(&mut conn, app.clock.now()).await?;
    drop(conn);
    let mut pools = Vec::new();
    for pool in first {
        pools.push(pool_overview(app, pool, limit).await?);
    }
    Ok(Overview {
        endpoint: app.public_url.clone(),
        https: https(config, &data_dir),
        region: config.server.region.clone(),
        data_dir: data_dir.display().to_string(),
        store: located.effective_url().to_string(),
        any_credentials: is_without_keys,
        more_pools: beyond(count, limit),
        pools,
    })
}

fn https(config: &Config, data_dir: &Path) -> Option<HttpsOverview> {
    let HttpsListen::On(address) = config.server.https_listen else {
        return None;
    };
    // What `localhost` is, or would reach too.
    let ip = address.ip();
    let is_localhost = ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST;
    let endpoint = if is_localhost || ip.is_unspecified() {
        format!("https://localhost:{}", address.port())
    } else {
        format!("https://{address}")
    };
    let is_generated = config.server.tls.certificate.is_none();
    Some(HttpsOverview {
        endpoint,
        generated_certificate: is_generated.then(|| {
            TlsConfig::generated_certificate(data_dir)
                .display()
                .to_string()
        }),
    })
}

async fn pool_overview(app: &App, pool: UserPool, limit: i64) -> store::Result<PoolOverview> {
    let mut conn = app.db.read().await?;
    let clients = user_pool_clients::list(&mut conn, &pool.id, "", limit).await?;
    let count = user_pool_clients::count(&mut conn, &pool.id).await?;
    let domain = pool_domains::base_url(app, &pool);
    Ok(PoolOverview {
        issuer: app.issuer(&pool.region, &pool.id),
        id: pool.id,
        name: pool.name,
        region: pool.region,
        clients: clients
            .into_iter()
            .map(|client| ClientOverview {
                has_secret: client.is_confidential(),
                login: domain.as_deref().and_then(|domain| login(domain, &client)),
                id: client.id,
                name: client.name,
            })
            .collect(),
        more_clients: beyond(count, limit),
        domain,
    })
}

/// How the client signs in at this domain by codes; `None` if its settings do not let it.
fn login(domain: &str, client: &AppClient) -> Option<ClientLogin> {
    let oauth = &client.settings.oauth;
    let flows = oauth.flows.as_deref().unwrap_or_default();
    let providers = client.settings.identity_providers.as_deref();
    let has_form = providers.is_some_and(|named| named.iter().any(|name| name == COGNITO));
    if !oauth.enabled || !flows.contains(&OAuthFlow::Code) || !has_form {
        return None;
    }
    let callback = oauth.callback_urls.as_ref()?.first()?.clone();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &client.id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", &callback)
        .finish();
    Some(ClientLogin {
        page: format!("{domain}/login?{query}"),
        preview: format!("{domain}/preview?client_id={}", client.id),
        callback,
        scopes: oauth.scopes.clone().unwrap_or_default(),
    })
}

/// How many of `count` are beyond the first `limit`.
fn beyond(count: i64, limit: i64) -> i64 {
    count.saturating_sub(limit).max(0)
}
