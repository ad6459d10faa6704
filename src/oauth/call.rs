//! What every request at a domain begins and ends with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, USER_AGENT};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

use super::by_host::{self, ByHost};
use super::login::look::{ClientLook, Looks};
use super::{errors, outcome};
use crate::app::App;
use crate::context::{RequestContext, SourceAddress};
use crate::domain::app_client::AppClient;
use crate::flows::Result;
use crate::flows::oauth::pool_domains::{self, DomainContext};

/// The header with the id of the request, in every answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-cognito-request-id");

/// A request at a domain.
#[derive(Clone)]
pub(super) struct DomainCall {
    /// The domain.
    pub domain: DomainContext,
    /// The facts of the request.
    pub context: RequestContext,
    /// The path that the paths of the domain begin with: none under a host name of its own.
    pub base: String,
    /// Whether clients reach the server by https.
    pub is_https: bool,
    looks: Arc<Looks>,
}

impl DomainCall {
    /// How the pages of this app client look; `None` if it has none (domain 2.7).
    ///
    /// # Errors
    /// If the store fails.
    pub async fn look(&self, app: &App, client: &AppClient) -> Result<Option<Arc<ClientLook>>> {
        let looks = &self.looks;
        looks
            .of_client(app, &self.domain, client, ClientLook::of)
            .await
    }

    /// [`Self::look`] where another node may have changed what this one remembers.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn look_anew(
        &self,
        app: &App,
        client: &AppClient,
    ) -> Result<Option<Arc<ClientLook>>> {
        let looks = &self.looks;
        looks
            .of_client_anew(app, &self.domain, client, ClientLook::of)
            .await
    }

    /// The name of a cookie at this domain.
    pub fn cookie_name(&self, name: &str) -> String {
        if self.base.is_empty() {
            name.to_owned()
        } else {
            format!("{name}-{}", self.domain.domain.name)
        }
    }

    /// The path of a page of the domain, with a query.
    pub fn page(&self, page: &str, query: &str) -> String {
        let separator = if query.is_empty() { "" } else { "?" };
        format!("{}/{page}{separator}{query}", self.base)
    }
}

/// What a route is entered with.
#[derive(Clone)]
pub(super) struct Entrance {
    /// The state of the server.
    pub app: Arc<App>,
    /// What this node remembers of how pages look.
    pub looks: Arc<Looks>,
    /// The path of the route below a domain, with its parameters as such.
    pub route: &'static str,
}

/// Finds the domain of a request, which the first part of the path names, and hands it to the handler. What is
/// answered is counted and logged by the route.
pub(super) async fn enter(
    State(entrance): State<Entrance>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let route = entrance.route;
    let request_id = entrance.app.entropy.uuid();
    let method = request.method();
    let span = tracing::info_span!("domain", %request_id, domain = Empty, route, %method);
    async {
        let limit = entrance.app.config.server.request_timeout_seconds;
        let answering = answer(&entrance, request_id, request, next);
        let answered = timeout(Duration::from_secs(limit), answering).await;
        let response = answered.unwrap_or_else(|_| errors::too_slow());
        outcome::record(route, started, &response);
        identified(response, request_id)
    }
    .instrument(span)
    .await
}

async fn answer(
    entrance: &Entrance,
    request_id: Uuid,
    mut request: Request,
    next: Next,
) -> Response {
    let app = &entrance.app;
    // Pools that have host names of their own do not share an origin with those that are reached by path.
    if let Some(other) = host_of_other_domain(app, &request)
        && is_domain(app, &other).await
    {
        return not_found();
    }
    let path = request.uri().path();
    let name = path.split('/').nth(1).unwrap_or_default().to_owned();
    let found = match pool_domains::find(app, &name).await {
        Ok(found) => found,
        Err(error) => return errors::failure(&error),
    };
    let Some(domain) = found else {
        return not_found();
    };
    tracing::Span::current().record("domain", name.as_str());
    let call = call_of(entrance, &request, request_id, domain);
    request.extensions_mut().insert(call);
    next.run(request).await
}

/// The answer with what every answer of a domain has: the id of its request, and that it is not stored, unless it says
/// more of that itself.
pub(super) fn identified(mut response: Response, request_id: Uuid) -> Response {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(request_id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(CACHE_CONTROL).or_insert(no_store);
    response
}

fn not_found() -> Response {
    let text = "There is no user pool domain of this name.\n";
    (StatusCode::NOT_FOUND, text).into_response()
}

/// The domain whose host name a request has that names a domain by path all the same.
pub(super) fn host_of_other_domain(app: &App, request: &Request) -> Option<String> {
    if request.extensions().get::<ByHost>().is_some() {
        return None;
    }
    let own = app.public_address.host.as_deref();
    by_host::domain(request, own, app.config.domain_suffix())
}

/// Whether this is the name of a domain: of a prefix, taken or not, or of a custom domain.
async fn is_domain(app: &App, name: &str) -> bool {
    !name.contains('.') || !matches!(pool_domains::find(app, name).await, Ok(None))
}

fn call_of(
    entrance: &Entrance,
    request: &Request,
    request_id: Uuid,
    domain: DomainContext,
) -> DomainCall {
    let app = &entrance.app;
    let extensions = request.extensions();
    let source = extensions.get::<SourceAddress>().map(|source| source.0);
    let agent = request.headers().get(USER_AGENT);
    let context = RequestContext {
        request_id,
        now: app.clock.now(),
        arrived: Instant::now(),
        region: domain.pool.region.clone(),
        client_metadata: BTreeMap::new(),
        validation_data: BTreeMap::new(),
        source_address: source,
        user_address: None,
        user_agent: agent.and_then(|agent| Some(agent.to_str().ok()?.to_owned())),
        caller: None,
        at_domain: true,
    };
    let base = if extensions.get::<ByHost>().is_some() {
        String::new()
    } else {
        format!("{}/{}", app.public_address.path, domain.domain.name)
    };
    DomainCall {
        domain,
        context,
        base,
        is_https: app.public_address.is_https,
        looks: Arc::clone(&entrance.looks),
    }
}
