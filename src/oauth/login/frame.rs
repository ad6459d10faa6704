//! What surrounds every page: its language, its look, and the protection of its forms.

use std::sync::Arc;

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::domain::app_client::AppClient;
use crate::domain::attribute::Contact;
use crate::flows::Result;
use crate::flows::passwords::recovery::recovery_by_admin_only;
use crate::oauth::call::DomainCall;
use crate::oauth::cookies;
use crate::oauth::login::look::ClientLook;
use crate::pages::login::field::Identifier;
use crate::pages::login::headers::{FormTargets, of_page};
use crate::pages::login::language::Language;
use crate::pages::login::outcome::{ErrorKind, ErrorPage};
use crate::pages::login::passwords::CONFIRM_PASSWORD;
use crate::pages::login::shell::{FieldProblem, Notice, Problem, Shell};

/// The longest value of a cookie that is taken over.
const MAX_CSRF_LENGTH: usize = 64;

/// How long the browser remembers the language that was chosen: a year.
const LANGUAGE_SECONDS: i64 = 365 * 24 * 60 * 60;

const PASSWORDS_DIFFER: &[FieldProblem<'static>] = &[FieldProblem {
    field: CONFIRM_PASSWORD,
    problem: Problem::PasswordsDiffer,
}];
const NO_FIELDS: &[FieldProblem<'static>] = &[];

/// What the pages of one request have in common.
pub(super) struct Frame<'a> {
    pub call: &'a DomainCall,
    /// The query, as it stands in the URL.
    pub query: &'a str,
    client: Arc<AppClient>,
    language: Language,
    look: Arc<ClientLook>,
    /// What the pages say has been done.
    pub notice: Option<Notice>,
    csrf: String,
    /// What the browser's cookies have for it: several values, where a host above has set the cookie, too.
    known_csrf: Vec<String>,
    /// Whether the page has a form, whose answer may lead to the application.
    has_form: bool,
    /// Whether the language was chosen by this request, and the browser has another one in its cookie, or none.
    is_language_new: bool,
}

impl<'a> Frame<'a> {
    /// The frame of a request for a page of this app client; `None` if the client has no pages (domain 2.7).
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of(
        app: &App,
        call: &'a DomainCall,
        headers: &HeaderMap,
        query: (&'a str, Option<&str>),
        client: &Arc<AppClient>,
    ) -> Result<Option<Self>> {
        let look = call.look(app, client).await?;
        Ok(look.map(|look| Self::with(app, call, headers, query, (client, look))))
    }

    /// The frame of a page that every app client has, and from which no query travels. `language` is the one that is
    /// asked for.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of_any(
        app: &App,
        call: &'a DomainCall,
        headers: &HeaderMap,
        language: Option<&str>,
        client: &Arc<AppClient>,
    ) -> Result<Self> {
        let look = call.look(app, client).await?.unwrap_or_default();
        let frame = Self::with(app, call, headers, ("", language), (client, look));
        // The caller has named none of the client's callbacks, and need not learn them all from the policy.
        Ok(Self {
            has_form: false,
            ..frame
        })
    }

    fn with(
        app: &App,
        call: &'a DomainCall,
        headers: &HeaderMap,
        (query, language): (&'a str, Option<&str>),
        (client, look): (&Arc<AppClient>, Arc<ClientLook>),
    ) -> Self {
        let known = cookies::all(call, headers, cookies::CSRF);
        let known = known.iter().map(ExposeSecret::expose_secret);
        let is_value = |value: &&str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (16..=MAX_CSRF_LENGTH).contains(&value.len()) && value.bytes().all(known)
        };
        let known: Vec<_> = known.filter(is_value).map(str::to_owned).collect();
        let shown = self::language(call, headers, language);
        Self {
            call,
            query,
            client: Arc::clone(client),
            language: shown,
            is_language_new: language.is_some()
                && call.domain.domain.has_managed_login()
                && kept_language(call, headers) != Some(shown),
            look,
            notice: None,
            has_form: true,
            csrf: known
                .first()
                .cloned()
                .unwrap_or_else(|| app.entropy.uuid().to_string()),
            known_csrf: known,
        }
    }

    /// Whether users give their name first, and then choose how to go on (domain 10.2).
    pub fn chooses(&self) -> bool {
        self.call.domain.users_choose(&self.client.settings)
    }

    /// Whether the domain has the pages of managed login, and not the classic ones.
    pub fn has_managed_login(&self) -> bool {
        self.call.domain.domain.has_managed_login()
    }

    /// Whether the pages lead to a new password for one that is forgotten.
    pub fn recovers_passwords(&self) -> bool {
        !recovery_by_admin_only(&self.call.domain.pool)
    }

    /// What the pool's users sign in with.
    pub fn identifier(&self) -> Identifier {
        let settings = &self.call.domain.pool.settings;
        match settings.username_attributes.as_slice() {
            [] => Identifier::Username,
            [Contact::Email] => Identifier::Email,
            [Contact::PhoneNumber] => Identifier::Phone,
            [_, ..] => Identifier::EmailOrPhone,
        }
    }

    /// The language of the pages.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The answer with a page that says why there is no other, and leads to `/login`.
    pub fn error(&self, status: StatusCode, problem: Problem<'_>) -> Response {
        self.error_page(status, problem, true)
    }

    /// [`Self::error`] where no query travels that `/login` would need.
    pub fn error_without_link(&self, status: StatusCode, problem: Problem<'_>) -> Response {
        self.error_page(status, problem, false)
    }

    fn error_page(&self, status: StatusCode, problem: Problem<'_>, sign_in: bool) -> Response {
        let page = ErrorPage {
            shell: &self.shell(&[], None),
            kind: error_kind(self.call),
            problem: Some(problem),
            refused: None,
            sign_in,
        };
        self.page(status, &page)
    }

    /// What the views of pages need, with further hidden fields.
    pub fn shell<'s>(
        &'s self,
        hidden: &'s [(&'s str, &'s str)],
        problem: Option<Problem<'s>>,
    ) -> Shell<'s> {
        // It is said of the field, too.
        let (problem, field_problems) = match problem {
            Some(Problem::PasswordsDiffer) => (None, PASSWORDS_DIFFER),
            other => (other, NO_FIELDS),
        };
        Shell {
            language: self.language,
            base_path: &self.call.base,
            query: self.query,
            csrf: &self.csrf,
            client_id: &self.client.id,
            client_name: &self.client.name,
            branding: &self.look.branding,
            hidden,
            problem,
            field_problems,
            notice: self.notice,
        }
    }

    /// Whether a form comes from a page that this browser got: the form has the value that the cookie has, and comes
    /// from no other origin.
    pub fn is_own_form(&self, headers: &HeaderMap, csrf: Option<&str>) -> bool {
        let is_known = csrf.is_some_and(|csrf| {
            let is_same = |known: &String| csrf.as_bytes().ct_eq(known.as_bytes()).into();
            self.known_csrf.iter().any(is_same)
        });
        is_known && !is_of_other_origin(headers, self.call.is_https)
    }

    /// The answer with a page.
    pub fn page(&self, status: StatusCode, page: &impl Template) -> Response {
        match page.render() {
            Ok(html) => self.html(status, html),
            Err(error) => {
                tracing::error!(%error, "a login page cannot be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// The answer with the markup of a page.
    pub fn html(&self, status: StatusCode, html: String) -> Response {
        let callbacks = self.client.settings.oauth.callback_urls.iter().flatten();
        let callbacks = callbacks.filter(|_| self.has_form).map(String::as_str);
        let targets = FormTargets::new(callbacks);
        let headers = of_page(&targets, self.call.is_https);
        let mut response = (status, headers, Html(html)).into_response();
        let csrf = (cookies::CSRF, self.csrf.as_str(), None);
        let language = (
            cookies::LANGUAGE,
            self.language.tag(),
            Some(LANGUAGE_SECONDS),
        );
        let new = [
            Some(csrf).filter(|_| self.known_csrf.is_empty()),
            Some(language).filter(|_| self.is_language_new),
        ];
        for (name, value, life) in new.into_iter().flatten() {
            if let Ok(cookie) = HeaderValue::try_from(cookies::with(self.call, name, value, life)) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
        response
    }
}

/// What the error pages of the domain say first (domain 10.6).
pub(super) fn error_kind(call: &DomainCall) -> ErrorKind {
    if call.domain.domain.has_managed_login() {
        ErrorKind::General
    } else {
        ErrorKind::Request
    }
}

/// The language of a page of the domain: the one that is asked for, else the one that the browser remembers. The classic
/// pages are English.
pub(super) fn language(call: &DomainCall, headers: &HeaderMap, asked: Option<&str>) -> Language {
    if !call.domain.domain.has_managed_login() {
        return Language::default();
    }
    let asked = asked.map(Language::from_parameter);
    let language = asked.or_else(|| kept_language(call, headers));
    language.unwrap_or_default()
}

fn kept_language(call: &DomainCall, headers: &HeaderMap) -> Option<Language> {
    let kept = cookies::all(call, headers, cookies::LANGUAGE);
    let kept = kept.first()?;
    Some(Language::from_parameter(kept.expose_secret()))
}

/// Whether the browser says that a page of another origin has sent the form.
fn is_of_other_origin(headers: &HeaderMap, is_https: bool) -> bool {
    let text = |value: &'_ HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let site = headers.get("sec-fetch-site").map(text).unwrap_or_default();
    if site == "cross-site" || site == "same-site" {
        return true;
    }
    // An origin that is not ASCII is not the domain's.
    let Some(origin) = headers.get(header::ORIGIN).map(text) else {
        return false;
    };
    let host = headers.get(header::HOST).map(text).unwrap_or_default();
    origin.split_once("://").is_none_or(|(scheme, authority)| {
        (is_https && scheme != "https") || !is_same_host(scheme, authority, &host)
    })
}

/// Whether both are one host and port. A proxy may name the scheme's own port, which browsers leave out.
fn is_same_host(scheme: &str, authority: &str, host: &str) -> bool {
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let without = |text: &'_ str| text.strip_suffix(own_port).unwrap_or(text).to_owned();
    without(authority).eq_ignore_ascii_case(&without(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a form with this `Origin` is foreign at `id.example.com`.
    fn is_foreign(origin: &[u8], is_https: bool) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("id.example.com"));
        headers.insert(header::ORIGIN, HeaderValue::from_bytes(origin).unwrap());
        is_of_other_origin(&headers, is_https)
    }

    #[test]
    fn an_origin_is_compared_by_scheme_and_host() {
        assert!(!is_foreign(b"https://id.example.com", true));
        assert!(is_foreign(b"http://id.example.com", true));
        assert!(!is_foreign(b"http://id.example.com", false));
        for unreadable in [&b"https://id.example.com\xe4"[..], b"\xff", b"null", b""] {
            assert!(is_foreign(unreadable, true), "{unreadable:?}");
            assert!(is_foreign(unreadable, false), "{unreadable:?}");
        }
        assert!(!is_of_other_origin(&HeaderMap::new(), true));
    }
}
