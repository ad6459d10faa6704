//! What every request at a domain begins and ends with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, USER_AGENT};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::by_host::{self, ByHost};
use crate::app::App;
use crate::context::{RequestContext, SourceAddress};
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
}

impl DomainCall {
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

/// Finds the domain of a request, which the first part of the path names, and hands it to the handler.
pub(super) async fn enter(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let request_id = app.entropy.uuid();
    let span = tracing::info_span!("domain", %request_id, domain = tracing::field::Empty);
    let answering = async {
        // Pools that have host names of their own do not share an origin with those that are reached by path.
        if let Some(other) = host_of_other_domain(&app, &request)
            && is_domain(&app, &other).await
        {
            return not_found();
        }
        let path = request.uri().path();
        let name = path.split('/').nth(1).unwrap_or_default().to_owned();
        let found = match pool_domains::find(&app, &name).await {
            Ok(found) => found,
            Err(error) => return super::errors::failure(&error),
        };
        let Some(domain) = found else {
            return not_found();
        };
        tracing::Span::current().record("domain", name.as_str());
        let call = call_of(&app, &request, request_id, domain);
        request.extensions_mut().insert(call);
        next.run(request).await
    };
    let mut response = answering.instrument(span).await;
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
fn host_of_other_domain(app: &App, request: &Request) -> Option<String> {
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
    app: &App,
    request: &Request,
    request_id: uuid::Uuid,
    domain: DomainContext,
) -> DomainCall {
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
    }
}
