//! The HTTP server: listeners, TLS, limits, health, metrics, and graceful shutdown.
//!
//! [`Application`] builds everything from the configuration and runs it.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode, Uri};
use axum::middleware;
use tokio::sync::watch;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, HttpsListen, MetricsListen};
use crate::crypto::SigningKey;
use crate::entropy::Entropy;
use crate::jobs::{self, JobRunner, RunningJobs};
use crate::pages::{clock, development, inbox, overview, triggers};
use crate::protocol::local_hosts::LocalHosts;
use crate::protocol::sigv4::{AccessKey, AnyCredentials, Credentials, SigV4Verifier};
use crate::provisioning::{declared, starter};
use crate::{oauth, operations, protocol};

mod api;
pub mod cli;
pub mod command_protocol;
mod command_socket;
mod commands;
mod core_dumps;
mod fair_share;
mod fd_limit;
mod health;
mod host;
mod http2;
mod https;
mod import_uploads;
mod limits;
mod listener;
mod logos;
mod logs;
mod metrics;
mod open_streams;
mod peers;
mod signals;
mod source_address;
#[cfg(test)]
mod tests;
mod tls;
mod well_known;
mod wiped_request;

use command_socket::CommandSocket;
use health::Draining;
use limits::RequestLimits;
use listener::{ConnectionLimits, HttpService, Listener};
use peers::Peers;
use source_address::TrustedProxies;

/// The most open connections of the metrics listener.
const METRICS_CONNECTIONS: usize = 64;
/// How long jobs may take to release their leases at shutdown.
const JOBS_GRACE: Duration = Duration::from_secs(2);
/// File descriptors that connections must leave free, for the store, files and listeners.
const RESERVED_DESCRIPTORS: usize = 128;

/// A server that is bound and ready to run.
pub struct Application {
    /// Before the store, whose lock is given up with it: the socket is gone by then.
    commands: Option<CommandSocket>,
    app: Arc<App>,
    jobs: RunningJobs,
    api: (Listener, Router),
    https: Option<Listener>,
    trusted_proxies: TrustedProxies,
    metrics: Option<(Listener, Router)>,
    address: SocketAddr,
    https_address: Option<SocketAddr>,
    metrics_address: Option<SocketAddr>,
    draining: Draining,
    greeting: Option<String>,
}

impl Application {
    /// Binds the addresses, opens and migrates the store, creates the declared user pools, and starts
    /// the jobs and the delivery of messages. Requests are served once [`Application::run_until`] runs.
    ///
    /// # Errors
    /// The reason for which the server cannot start, in words for the operator.
    pub async fn build(mut config: Config) -> anyhow::Result<Self> {
        config.check()?;
        // sqlx and reqwest use the provider of the process. A second server finds it installed.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let recorder = metrics::recorder()?;
        let server = config.server.clone();
        let connection_limits = ConnectionLimits {
            max_connections: connections_within_limits(server.max_connections),
            idle_timeout: Duration::from_secs(server.idle_timeout_seconds),
            shutdown_timeout: Duration::from_secs(server.shutdown_grace_seconds),
        };
        let now = Clock::default().unmoved();
        let tls = if server.listen_speaks_https() {
            tls::acceptor(&server.tls, &config.store.data_dir, now)?
        } else {
            None
        };
        let trusted_proxies = TrustedProxies::new(&server);
        let peers = Peers::new(server.max_connections_per_peer, trusted_proxies.clone());
        let listener = bind(server.listen, tls, connection_limits, "server.listen")
            .await?
            .with_peers(peers);
        let https = https::listener(&config, &listener, now).await?;
        let https_address = https.as_ref().map(Listener::address).transpose()?;
        let address = listener.address()?;
        // After the second listener, whose address may follow from the configured one.
        config.server.listen = address;
        config.server.https_listen = https_address.map_or(HttpsListen::Off, HttpsListen::On);
        config.server.public_url = Some(match &config.server.public_url {
            Some(_) => config.public_url(),
            None => config.url_of(address),
        });
        let metrics_listener = match config.metrics.listen {
            MetricsListen::Off => None,
            MetricsListen::On(at) => {
                let limits = ConnectionLimits {
                    max_connections: METRICS_CONNECTIONS,
                    ..connection_limits
                };
                Some(bind(at, None, limits, "metrics.listen").await?)
            }
        };
        let metrics_address = metrics_listener
            .as_ref()
            .map(Listener::address)
            .transpose()?;

        let app = App::open(config.clone(), config.public_url(), verifier(&config)).await?;
        // Commands that come before the server runs wait for it.
        let commands = CommandSocket::bind(&config);
        declared::apply(&app, &app.internal_context(), &config.user_pools).await?;
        starter::prepare(&app).await?;
        app.start_delivery();
        let jobs = JobRunner::new(Arc::clone(&app)).start(&jobs::ALL);
        let draining = Draining::default();
        let health = health::router(Arc::clone(&app), draining.clone());
        let mut pages = well_known::router(Arc::clone(&app)).merge(logos::router(Arc::clone(&app)));
        let mut greeting = None;
        if config.is_development() {
            let access = local_hosts(&config);
            let inbox = inbox::router(app.db.clone(), app.vault.clone(), app.clock.clone());
            let routes = clock::router(app.clock.clone())
                .merge(overview::router(Arc::clone(&app)))
                .merge(inbox);
            let routes = match app.triggers.journal() {
                Some(journal) => routes.merge(triggers::router(journal.clone(), app.clock.clone())),
                None => routes,
            };
            pages = pages.merge(development::protect(routes, access));
            greeting = Some(overview::greeting(&app).await?);
        }
        let timeout = Duration::from_secs(server.request_timeout_seconds);
        let limits = Arc::new(RequestLimits::new(&server));
        let api = api::Api::new(Arc::clone(&app), operations::registry(), &server);
        // Health is outside of the limits: it answers under overload too, and reads no body.
        let router = limits
            .apply(pages, Arc::new(limits::Pages))
            .merge(health.clone())
            .layer(TimeoutLayer::with_status_code(
                StatusCode::SERVICE_UNAVAILABLE,
                timeout,
            ))
            .merge(import_uploads::router(
                Arc::clone(&app),
                Arc::clone(&limits),
            ))
            .merge(limits.apply(
                oauth::router(Arc::clone(&app)),
                Arc::new(limits::Domains(Arc::clone(&app))),
            ))
            .merge(api.router(&limits, |fallback| {
                let answer = oauth::unknown_path::answer;
                fallback.layer(middleware::from_fn_with_state(Arc::clone(&app), answer))
            }));
        tracing::info!(
            %address,
            metrics = ?metrics_address,
            url = config.public_url(),
            profile = ?config.profile,
            store = %config.store.effective_url().kind(),
            region = config.server.region,
            tls = config.server.listen_speaks_https(),
            https = ?https_address,
            "listening"
        );
        Ok(Self {
            app,
            jobs,
            api: (listener, router),
            https,
            trusted_proxies,
            metrics: metrics_listener
                .map(|listener| (listener, metrics::router(recorder).merge(health))),
            address,
            https_address,
            metrics_address,
            commands,
            draining,
            greeting,
        })
    }

    /// Adds a signing key to the reserve, so that a user pool made later need not wait for one. A test
    /// gives keys that it did not have to generate.
    pub fn add_signing_key(&self, key: SigningKey) {
        self.app.key_reserve.add(key);
    }

    /// The address of the API, with the port that was taken for 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address where the API speaks HTTPS beside [`Application::address`].
    #[must_use]
    pub fn https_address(&self) -> Option<SocketAddr> {
        self.https_address
    }

    /// The text that tells a developer how to point a client at this server; only in the development
    /// profile.
    #[must_use]
    pub fn greeting(&self) -> Option<&str> {
        self.greeting.as_deref()
    }

    /// The address of the metrics, unless they are off.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Serves until `stop` is ready. Then accepts no more connections, finishes the requests and commands in
    /// flight within the shutdown timeout, stops the workers and closes the store.
    ///
    /// # Errors
    /// If the server fails as a whole; an error of one connection is only logged.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let draining = self.draining.clone();
        // Metrics and health are served until the last request has finished.
        let (finish, mut finished) = watch::channel(false);
        let (begin_stop, mut stopping) = watch::channel(false);
        let mut https_stopping = stopping.clone();
        let serve_commands = async {
            let Some(socket) = self.commands else {
                return true;
            };
            let stop = async move {
                let _ = stopping.wait_for(|stopping| *stopping).await;
            };
            let grace = Duration::from_secs(self.app.config.server.shutdown_grace_seconds);
            socket.serve(&self.app, stop, grace).await
        };
        let serve_metrics = async move {
            let Some((listener, router)) = self.metrics else {
                return;
            };
            let stop = async move {
                let _ = finished.wait_for(|finished| *finished).await;
            };
            listener.serve(router, stop).await;
        };
        let upkeep = async {
            match metrics::recorder() {
                Ok(recorder) => metrics::upkeep(recorder).await,
                Err(_) => pending().await,
            }
        };
        let (listener, router) = self.api;
        let service = service(router, self.trusted_proxies, &self.app);
        let (https, https_service) = (self.https, service.clone());
        let serve_https = async move {
            let Some(listener) = https else {
                return true;
            };
            let stop = async move {
                let _ = https_stopping.wait_for(|stopping| *stopping).await;
            };
            listener.serve(https_service, stop).await
        };
        let serve = async move {
            let stop = async move {
                stop.await;
                draining.begin();
                let _ = begin_stop.send(true);
            };
            let in_time = tokio::join!(listener.serve(service, stop), serve_https);
            let _ = finish.send(true);
            in_time.0 && in_time.1
        };
        let in_time = tokio::select! {
            (requests, commands, ()) = async { tokio::join!(serve, serve_commands, serve_metrics) } => {
                requests && commands
            }
            () = upkeep => false,
        };
        self.jobs.stop(JOBS_GRACE).await;
        self.app.stop().await;
        if !in_time {
            tracing::warn!("connections or commands were still open when the grace period ended");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

async fn bind(
    address: SocketAddr,
    tls: Option<tokio_rustls::TlsAcceptor>,
    limits: ConnectionLimits,
    key: &str,
) -> anyhow::Result<Listener> {
    Listener::bind(address, tls, limits)
        .await
        .with_context(|| format!("cannot listen on {address} ({key})"))
}

/// The verifier of signed requests under `config`.
#[must_use]
pub fn verifier(config: &Config) -> SigV4Verifier {
    let keys = || {
        config.admin.access_keys.iter().map(|key| AccessKey {
            id: key.id.clone(),
            secret: key.secret.clone(),
        })
    };
    SigV4Verifier {
        credentials: if config.accepts_any_credentials() {
            Credentials::Any(AnyCredentials {
                networks: config.admin.accept_any_credentials_from.clone(),
                hosts: local_hosts(config),
            })
        } else {
            Credentials::Keys(keys().collect())
        },
        only_region: config
            .server
            .only_region
            .then(|| config.server.region.clone()),
    }
}

/// The host names under which the development profile answers what it shows to no web page.
fn local_hosts(config: &Config) -> LocalHosts {
    let url: Option<Uri> = config.public_url().parse().ok();
    let second = config.server.https_address(config.is_development());
    LocalHosts {
        beyond_loopback: !config.server.listen.ip().is_loopback()
            || second.is_some_and(|address| !address.ip().is_loopback()),
        public_host: url.and_then(|url| url.host().map(str::to_owned)),
    }
}

/// `wanted` connections, or as many as the limit of file descriptors permits.
fn connections_within_limits(wanted: usize) -> usize {
    let Some(descriptors) = fd_limit::raise_fd_limit() else {
        return wanted;
    };
    let possible = descriptors.saturating_sub(RESERVED_DESCRIPTORS).max(1);
    if possible < wanted {
        tracing::warn!(
            wanted,
            possible,
            "the limit of open files permits fewer connections than server.max_connections"
        );
    }
    wanted.min(possible)
}

/// What every request passes before the routes. These layers lie around the router and not within it, where
/// each would add an allocated clone of all below it to every request.
fn service(router: Router, trusted_proxies: TrustedProxies, app: &App) -> impl HttpService {
    let is_development = app.config.is_development();
    let public_host = app.public_address.host.clone();
    let suffix = app.config.domain_suffix().map(str::to_owned);
    ServiceBuilder::new()
        .map_response(|response: Response<_>| response.map(Body::new))
        .layer(panic_layer())
        .layer(source_address::layer(trusted_proxies))
        .map_request(move |request| {
            let request =
                oauth::by_host::direct(request, public_host.as_deref(), suffix.as_deref());
            if is_development {
                overview::direct_browsers(request)
            } else {
                request
            }
        })
        .service(router)
}

type PanicHandler = fn(Box<dyn std::any::Any + Send>) -> Response<Body>;

/// A layer that answers a request whose handler panics.
fn panic_layer() -> CatchPanicLayer<PanicHandler> {
    CatchPanicLayer::custom(internal_error as PanicHandler)
}

/// The response to a request whose handler panicked. The panic hook has logged the panic; the client
/// gets the request id only.
fn internal_error(_: Box<dyn std::any::Any + Send>) -> Response<Body> {
    ::metrics::counter!("cognate_panics_total").increment(1);
    let request_id = Entropy.uuid();
    tracing::error!(%request_id, "a request ended in a panic");
    protocol::internal_failure(request_id).map(|body: Bytes| Body::from(body))
}
