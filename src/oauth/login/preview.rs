//! A preview of an app client's pages, in development: each page with sample values, in the look of the client.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::frame::Frame;
use super::qr;
use crate::app::App;
use crate::domain::app_client::AppClient;
use crate::flows::Error;
use crate::flows::oauth::clients;
use crate::oauth::call::DomainCall;
use crate::oauth::{errors, query};
use crate::pages::login::language::Language;
use crate::pages::login::samples::{Preview, Values, samples};
use crate::pages::login::shell::Shell;

/// What is appended to the name of a page that says that something is wrong.
const WITH_PROBLEMS: &str = "-with-problems";
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// `/preview?client_id=…`: the list.
pub(in crate::oauth) async fn list(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    answer(&app, (&call, &headers), &uri, None).await
}

/// `/preview/<page>?client_id=…&lang=…`: one page.
pub(in crate::oauth) async fn page(
    State(app): State<Arc<App>>,
    Extension(call): Extension<DomainCall>,
    Path((_, name)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    answer(&app, (&call, &headers), &uri, Some(&name)).await
}

async fn answer(
    app: &App,
    (call, headers): (&DomainCall, &HeaderMap),
    uri: &Uri,
    name: Option<&str>,
) -> Response {
    let given = query::read(uri.query().unwrap_or_default());
    let id = given.get("client_id").unwrap_or_default();
    let found = match clients::find(app, &call.domain.pool, id).await {
        Ok(Some(found)) => found,
        Ok(None) => return not_found("The pool has no app client of this id."),
        Err(error) => return errors::failure(&error),
    };
    let client = &found.client;
    let lang = given.get("lang");
    let travelling = travelling(client, lang);
    let frame = match Frame::of(app, call, headers, (&travelling, lang), client).await {
        Ok(Some(frame)) => frame,
        Ok(None) => {
            return not_found("The app client has no style (create-managed-login-branding).");
        }
        Err(error) => return errors::failure(&error),
    };
    let shell = frame.shell(&[], None);
    let values = Values {
        username: "anna@example.com",
        destination: "a***@e***",
        typed: "",
        provider: "Example",
        refused: "https://elsewhere.example.com/",
        problem: "Incorrect username or password.",
        link: "https://example.com/terms",
        secret: SECRET,
        qr_svg: &qr::of_app(shell.client_name, "anna@example.com", SECRET),
        options: "{}",
    };
    let pages = match pages(&shell, &values) {
        Ok(pages) => pages,
        Err(error) => return errors::failure(&Error::Internal(error.into())),
    };
    let Some(name) = name else {
        let preview = Preview {
            shell: &shell,
            pages: pages.into_iter().map(|(name, _)| name).collect(),
            client_id: id,
            languages: &Language::ALL,
        };
        return frame.page(StatusCode::OK, &preview);
    };
    match pages.into_iter().find(|(known, _)| known == name) {
        Some((_, html)) => frame.html(StatusCode::OK, html),
        None => not_found("There is no such page."),
    }
}

/// The query with which links and forms of the pages lead on as those of a real request.
fn travelling(client: &AppClient, lang: Option<&str>) -> String {
    let callback = client.settings.oauth.callback_urls.iter().flatten().next();
    form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &client.id)
        .append_pair("response_type", "code")
        .extend_pairs(callback.map(|callback| ("redirect_uri", callback)))
        .extend_pairs(lang.map(|lang| ("lang", lang)))
        .finish()
}

/// Each page by a name of its own.
fn pages(shell: &Shell<'_>, values: &Values<'_>) -> askama::Result<Vec<(String, String)>> {
    let mut pages: Vec<(String, String)> = Vec::new();
    for has_problems in [false, true] {
        for (name, html) in samples(shell, values, has_problems)? {
            let end = if has_problems { WITH_PROBLEMS } else { "" };
            let same = |number: usize| match number {
                1 => format!("{name}{end}"),
                number => format!("{name}-{number}{end}"),
            };
            let is_free = |name: &String| pages.iter().all(|(known, _)| known != name);
            let name = (1..).map(same).find(is_free).unwrap_or_default();
            pages.push((name, html));
        }
    }
    Ok(pages)
}

fn not_found(text: &'static str) -> Response {
    (StatusCode::NOT_FOUND, format!("{text}\n")).into_response()
}
