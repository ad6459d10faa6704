//! What is served at the domains of pools (domain 1): the endpoints of OAuth 2.0 and OpenID Connect, and the login pages.
//!
//! A domain is reached by path, as `<public URL>/<domain>/oauth2/token`, or by a host name of its own, which
//! [`by_host::direct`] turns into such a path.

mod authorize;
pub mod by_host;
mod call;
mod cookies;
mod errors;
mod form;
mod login;
mod logout;
mod outcome;
mod query;
mod redirect_fault;
mod revoke;
mod token;
pub mod unknown_path;
mod user_info;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use self::call::Entrance;
use self::login::look::Looks;
use crate::app::App;

/// The routes of all domains.
pub fn router(app: Arc<App>) -> Router {
    let user_info = || get(user_info::answer).post(user_info::answer);
    // None of these authenticates by a cookie, so that web pages of every origin may read their answers.
    let cross_origin = [
        ("oauth2/token", post(token::answer)),
        ("oauth2/revoke", post(revoke::answer)),
        ("oauth2/userInfo", user_info()),
        ("oauth2/userinfo", user_info()),
    ];
    let routes = [
        ("oauth2/authorize", get(authorize::answer)),
        ("authorize", get(authorize::answer)),
        ("logout", get(logout::answer)),
        (
            "login",
            get(login::sign_in::show).post(login::sign_in::submit),
        ),
        (
            "signup",
            get(login::sign_up::show).post(login::sign_up::submit),
        ),
        (
            "confirm",
            get(login::confirm::show).post(login::confirm::submit),
        ),
        ("confirmUser", get(login::confirm_user::answer)),
        (
            "resendcode",
            get(login::confirm::show).post(login::confirm::resend),
        ),
        (
            "forgotPassword",
            get(login::forgot_password::show).post(login::forgot_password::submit),
        ),
        (
            "confirmforgotPassword",
            get(login::forgot_password::show_reset).post(login::forgot_password::submit_reset),
        ),
        (
            "changePassword",
            get(login::sign_in::to_first_page).post(login::sign_in::submit),
        ),
        (
            "passkeys/add",
            get(login::passkeys::show).post(login::passkeys::submit),
        ),
        ("error", get(login::error_page::answer)),
        ("assets/{file}", get(login::files::shared)),
        ("assets/{client_id}/{file}", get(login::files::of_client)),
        (
            "assets/{client_id}/branding/{file}",
            get(login::files::picture),
        ),
    ];
    let previews = [
        ("preview", get(login::preview::list)),
        ("preview/{page}", get(login::preview::page)),
    ];
    let previews = previews.into_iter().filter(|_| app.config.is_development());
    let looks = Arc::new(Looks::default());
    let at_domain = |(path, route): (&'static str, MethodRouter<Arc<App>>)| {
        let entrance = Entrance {
            app: Arc::clone(&app),
            looks: Arc::clone(&looks),
            route: path,
        };
        let layer = middleware::from_fn_with_state(entrance, call::enter);
        (format!("/{{domain}}/{path}"), route.layer(layer))
    };
    let cross_origin = cross_origin.into_iter().map(|(path, route)| {
        let (path, route) = at_domain((path, route.options(preflight)));
        let layer = middleware::map_response(async |response| allow_every_origin(response));
        (path, route.layer(layer))
    });
    let others = routes.into_iter().chain(previews).map(at_domain);
    cross_origin
        .chain(others)
        .fold(Router::new(), |router, (path, route)| {
            router.route(&path, route)
        })
        .with_state(app)
}

/// The answer to a request for a route of a domain that the limits of the server keep from it. Web pages of every origin
/// may read it: nothing is known of the request yet.
#[must_use]
pub fn refused(app: &App, status: StatusCode, message: &str) -> Response {
    let response = errors::refused(status, message);
    call::identified(allow_every_origin(response), app.entropy.uuid())
}

fn allow_every_origin(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
    response
}

async fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, x-amz-user-agent",
        ),
        (ACCESS_CONTROL_MAX_AGE, "172800"),
    ];
    (StatusCode::OK, headers).into_response()
}
