//! A browser at the domain: it keeps cookies, and the page that it shows.

use std::sync::Arc;

use arbitrary::Unstructured;
use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN};
use axum::http::{HeaderName, HeaderValue, Method, Request};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cognate::oauth::{self, by_host};
use tower::ServiceExt;

use super::answer::Answer;
use super::endpoints::QUERY;
use super::kind::{Kind, Pair, What};
use super::values::{self, all_filled, encoded, filled, parameters, value};
use crate::choice::{below, edited, once_in, one_of, text};
use crate::login_page::{Element, Page};
use crate::login_pool::{CSRF, DOMAIN};
use crate::variables::Variables;
use crate::world::World;

const FORM: &str = "application/x-www-form-urlencoded";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What is typed into the fields of pages that no table of kinds has.
const TYPED: [Pair; 8] = [
    ("username", "ada"),
    ("password", "Corr3ct-Horse!"),
    ("confirmPassword", "Corr3ct-Horse!"),
    ("code", "$SignUpCode"),
    ("email", "new@example.com"),
    ("phone_number", "+12065550100"),
    ("requiredAttributes[email]", "new@example.com"),
    ("requiredAttributes[address]", "here"),
];

/// The browser.
pub(super) struct Browser<'a> {
    world: &'a World,
    router: Router,
    variables: Variables,
    /// Names without the domain's, and values.
    cookies: Vec<(String, String)>,
    /// The page that is shown, and what the paths of its domain begin with.
    page: Option<(Page, String)>,
    /// The path and query that the answer before has led to, below the domain.
    location: Option<String>,
}

/// How a request names the domain.
struct Way {
    host: Option<String>,
    /// What paths of the domain begin with.
    base: String,
}

/// A request without its headers.
struct Draft {
    method: Method,
    /// The path below the domain, with the query.
    address: String,
    form: Option<Vec<(String, String)>>,
}

impl<'a> Browser<'a> {
    pub fn new(world: &'a World) -> Self {
        Self {
            router: oauth::router(Arc::clone(&world.app)),
            variables: world.login.variables.clone(),
            world,
            cookies: Vec::new(),
            page: None,
            location: None,
        }
    }

    /// Sends a request of this kind, or one that differs, and checks the answer; `None` if HTTP has no such request.
    pub fn send(&mut self, kind: &Kind, input: &mut Unstructured<'_>) -> Option<Answer> {
        let way = way(input);
        let draft = self.draft(kind, input);
        let method = match below(input, 16) {
            0..=12 => draft.method,
            _ => one_of(
                input,
                &[Method::GET, Method::POST, Method::HEAD, Method::OPTIONS],
            )
            .clone(),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/{}", way.base, draft.address));
        for (name, value) in self.headers(kind, &way, input) {
            if let Ok(value) = HeaderValue::try_from(value) {
                request = request.header(name, value);
            }
        }
        let body = draft.form.map(|form| encoded(&form)).unwrap_or_default();
        let request = request.body(Body::from(body)).ok()?;
        let answer = self.answer(request);
        let base = self.base_of_answer(&way);
        answer.check(&format!("{} at {}", kind.name, draft.address), &base);
        self.learn(&answer, base);
        Some(answer)
    }

    /// The sample of a page.
    #[cfg(test)]
    pub fn preview(&self, name: &str) -> Answer {
        let client = self.variables.get("WebClient");
        let address = format!("/{DOMAIN}/preview/{name}?client_id={client}");
        let request = Request::get(address).body(Body::empty());
        self.answer(request.expect("a request"))
    }

    fn draft(&self, kind: &Kind, input: &mut Unstructured<'_>) -> Draft {
        let method = kind.what.method();
        let (path, query, form) = match kind.what {
            What::Get(path, query) => (path, query, None),
            What::Post(path, form) => (path, &[][..], Some(self.form(form, false))),
            What::Form(path, form) => (path, &QUERY[..], Some(self.form(form, true))),
            What::FirstForm | What::LastForm => {
                let (address, form) = self.form_of_page(kind.what, input);
                let form = self.fields(input, form);
                let form = Some(form);
                return Draft {
                    method,
                    address,
                    form,
                };
            }
            What::Follow => {
                let address = self.location.clone().unwrap_or_default();
                return Draft {
                    method,
                    address,
                    form: None,
                };
            }
        };
        let query = if once_in(input, 32) {
            text(input).replace(|c: char| !c.is_ascii_graphic() || c == '#', "")
        } else {
            let right = all_filled(&self.variables, query);
            let known = all_filled(&self.variables, &values::QUERY);
            encoded(&parameters(input, right, &known))
        };
        Draft {
            method,
            address: if query.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?{query}")
            },
            form: form.map(|form| self.fields(input, form)),
        }
    }

    fn form(&self, form: &[Pair], is_of_page: bool) -> Vec<(String, String)> {
        let csrf = is_of_page.then(|| ("_csrf".to_owned(), CSRF.to_owned()));
        let fields = all_filled(&self.variables, form);
        csrf.into_iter().chain(fields).collect()
    }

    fn fields(
        &self,
        input: &mut Unstructured<'_>,
        right: Vec<(String, String)>,
    ) -> Vec<(String, String)> {
        let known = all_filled(&self.variables, &values::FORM);
        parameters(input, right, &known)
    }

    /// A form of the page that is shown: where it is sent, and its fields filled in.
    fn form_of_page(
        &self,
        which: What,
        input: &mut Unstructured<'_>,
    ) -> (String, Vec<(String, String)>) {
        let Some((page, base)) = &self.page else {
            return Default::default();
        };
        let forms = page.forms();
        let form = match which {
            What::LastForm => forms.last(),
            What::FirstForm | What::Get(..) | What::Post(..) | What::Form(..) | What::Follow => {
                forms.first()
            }
        };
        let Some(form) = form else {
            return Default::default();
        };
        let is_sent = |e: &&Element| !e.get("name").is_empty();
        let (buttons, inputs): (Vec<&Element>, Vec<&Element>) = form
            .fields
            .iter()
            .copied()
            .filter(is_sent)
            .partition(|e| e.tag == "button");
        let mut fields: Vec<(String, String)> = inputs
            .into_iter()
            .map(|field| (field.get("name").to_owned(), self.typed(field)))
            .collect();
        let mut action = form.action;
        if !buttons.is_empty() {
            let button = one_of(input, &buttons);
            fields.push((
                button.get("name").to_owned(),
                button.get("value").to_owned(),
            ));
            action = button.find("formaction").unwrap_or(action);
        }
        (below_domain(action, base), fields)
    }

    /// What is sent of a field: what it is filled in with, or what is typed into it.
    fn typed(&self, field: &Element) -> String {
        let name = field.get("name");
        let value = field.get("value");
        let typed = TYPED.iter().find(|(known, _)| *known == name);
        match typed {
            Some((_, typed)) if value.is_empty() => filled(&self.variables, typed),
            Some(_) | None => value.to_owned(),
        }
    }

    fn headers(
        &self,
        kind: &Kind,
        way: &Way,
        input: &mut Unstructured<'_>,
    ) -> Vec<(HeaderName, String)> {
        let suffix = if way.base.is_empty() {
            String::new()
        } else {
            format!("-{DOMAIN}")
        };
        let cookies: Vec<String> = self
            .sent_cookies(kind, input)
            .into_iter()
            .map(|(name, value)| format!("{name}{suffix}={value}"))
            .collect();
        let own = way.host.as_ref().map(|host| format!("http://{host}"));
        let foreign = || Some("https://zqzx.example".to_owned());
        let origin = match below(input, 8) {
            0..=3 => None,
            4 => own,
            5 => foreign(),
            6 => Some("null".to_owned()),
            _ => Some(text(input)),
        };
        let site = match below(input, 8) {
            0..=3 => None,
            4 => Some("same-origin".to_owned()),
            5 => Some("same-site".to_owned()),
            6 => Some("cross-site".to_owned()),
            _ => Some(text(input)),
        };
        let content_type = match below(input, 16) {
            0..=9 => Some(FORM.to_owned()),
            10 | 11 => Some(format!("{FORM}; charset=UTF-8")),
            12 => Some("application/json".to_owned()),
            13 => None,
            14 => Some(format!("{FORM};{}", text(input))),
            _ => Some(text(input)),
        };
        let cookies = Some(cookies.join("; ")).filter(|cookies| !cookies.is_empty());
        let headers = [
            (HOST, way.host.clone()),
            (COOKIE, cookies),
            (ORIGIN, origin),
            (SEC_FETCH_SITE, site),
            (CONTENT_TYPE, content_type),
            (AUTHORIZATION, self.authorization(kind, input)),
        ];
        let headers = headers.into_iter();
        headers
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    /// The cookies of the kind and those that the browser has got, whose values count.
    fn sent_cookies(&self, kind: &Kind, input: &mut Unstructured<'_>) -> Vec<(String, String)> {
        let csrf = ("XSRF-TOKEN".to_owned(), CSRF.to_owned());
        let of_kind = all_filled(&self.variables, kind.cookies);
        let mut right = self.cookies.clone();
        for (name, value) in of_kind.into_iter().chain([csrf]) {
            if right.iter().all(|(known, _)| *known != name) {
                right.push((name, value));
            }
        }
        let known = all_filled(&self.variables, &values::COOKIES);
        parameters(input, right, &known)
    }

    fn authorization(&self, kind: &Kind, input: &mut Unstructured<'_>) -> Option<String> {
        let right = kind.authorization.map(|(scheme, value)| {
            let value = filled(&self.variables, value);
            (scheme, value)
        });
        let of_machine = || filled(&self.variables, "$MachineClient:$MachineSecret");
        let (scheme, credentials) = match below(input, 16) {
            0..=9 => right?,
            10 => ("Basic", of_machine()),
            11 => ("Basic", value(input, of_machine())?),
            12 => ("Bearer", edited(input, self.variables.get("WebAccess"))),
            13 => ("Bearer", self.variables.get("WebRefresh").to_owned()),
            14 => return Some(format!("Basic {}", text(input))),
            _ => return Some(text(input)),
        };
        Some(if scheme == "Basic" {
            format!("Basic {}", BASE64_STANDARD.encode(credentials))
        } else {
            format!("{scheme} {credentials}")
        })
    }

    fn answer(&self, request: Request<Body>) -> Answer {
        let app = &self.world.app;
        let own = app.public_address.host.as_deref();
        let request = by_host::direct(request, own, app.config.domain_suffix());
        self.world.block_on(async {
            let response = self.router.clone().oneshot(request).await;
            let (parts, body) = response.expect("never fails").into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await;
            Answer {
                parts,
                body: String::from_utf8_lossy(&body.expect("a body")).into_owned(),
            }
        })
    }

    /// What the paths in the answer begin with.
    fn base_of_answer(&self, way: &Way) -> String {
        format!("{}{}", self.world.app.public_address.path, way.base)
    }

    /// Keeps what a browser keeps.
    fn learn(&mut self, answer: &Answer, base: String) {
        for (name, value) in answer.cookies() {
            let name = name.strip_suffix(&format!("-{DOMAIN}")).unwrap_or(name);
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        self.location = None;
        if let Some(location) = answer.header(&LOCATION) {
            let code = location
                .split_once("?code=")
                .or(location.split_once("&code="));
            if let Some((_, code)) = code {
                let code = code.split('&').next().unwrap_or_default();
                self.variables.set("Code", code);
            }
            if location.starts_with(&format!("{base}/")) {
                self.location = Some(below_domain(location, &base));
            }
        }
        if answer.is_page() {
            self.page = Some((Page::read(&answer.body, true), base));
        }
    }
}

/// The path and query of an address, below the domain.
fn below_domain(address: &str, base: &str) -> String {
    let path = address.strip_prefix(base).unwrap_or(address);
    path.trim_start_matches('/').to_owned()
}

/// How the request names the domain: by path, or by its host name.
fn way(input: &mut Unstructured<'_>) -> Way {
    let by_path = |host: &str| (Some(host.to_owned()), format!("/{DOMAIN}"));
    let by_host = |host: String| (Some(host), String::new());
    let (host, base) = match below(input, 16) {
        0..=7 => by_path("127.0.0.1"),
        8..=10 => by_host(format!("{DOMAIN}.auth.localhost")),
        11 => by_host(format!("{}.auth.localhost:2646", DOMAIN.to_uppercase())),
        12 => by_path(&format!("{DOMAIN}.auth.localhost")),
        13 => by_path("other.auth.localhost"),
        14 => (None, format!("/{DOMAIN}")),
        _ => (Some(text(input)), format!("/{DOMAIN}")),
    };
    Way { host, base }
}
