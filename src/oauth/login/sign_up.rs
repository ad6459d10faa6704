//! `/signup`: users sign up by themselves (domain 10.3).

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::confirm::first_sign_in;
use super::page_data::{PageData, SentCode};
use super::request::{Instead, PageCall, PageRequest};
use crate::domain::attribute::Contact;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::failure::Failure;
use crate::domain::user_pool::PoolSettings;
use crate::flows::sign_up::register::{self, SignUp, SignedUp};
use crate::flows::{boxed, terms};
use crate::oauth::errors;
use crate::oauth::form::Form;
use crate::pages::login::field::AttributeValue;
use crate::pages::login::shell::{Problem, WebLink};
use crate::pages::login::sign_up;

const OPERATION: &str = "SignUp";

/// What was typed, but for the password.
#[derive(Default)]
struct Typed {
    username: String,
    /// What the pool requires, by its full name.
    attributes: Vec<(String, String)>,
}

impl Typed {
    /// What the form says; nothing without one.
    fn of(form: Option<&Form>, settings: &PoolSettings) -> Self {
        let text = |name: &str| {
            let value = form.and_then(|form| form.get(name));
            value.unwrap_or_default().to_owned()
        };
        let username = text("username");
        let asked = |name: &str| !is_username(settings, name, &username);
        let required = settings.schema.required();
        let names = required.map(|definition| definition.name.clone());
        let names = names.filter(|name| asked(name));
        let attributes = names.map(|name| {
            let value = text(&format!("requiredAttributes[{name}]"));
            (name, value)
        });
        Self {
            attributes: attributes.collect(),
            username,
        }
    }
}

/// Whether this attribute is the username, which is not asked for again. Where two kinds of address can be that, the
/// other kind is asked for once the username is known.
fn is_username(settings: &PoolSettings, attribute: &str, username: &str) -> bool {
    let kinds = settings.username_attributes.as_slice();
    let Some(contact) = Contact::named(attribute).filter(|contact| kinds.contains(contact)) else {
        return false;
    };
    let typed = kinds.iter().find(|kind| kind.is_well_formed(username));
    typed.is_none_or(|typed| *typed == contact)
}

/// The page.
pub(in crate::oauth) async fn show(page: PageCall) -> Result<Response, Instead> {
    let request = page.begin().await?;
    let settings = &request.client_context().pool.settings;
    if settings.admin_create_user.admin_only {
        return not_permitted(&request);
    }
    let typed = Typed::of(None, settings);
    answer(&request, StatusCode::OK, &typed, None).await
}

/// What the form of the page leads to.
pub(in crate::oauth) async fn submit(page: PageCall, body: Bytes) -> Result<Response, Instead> {
    let request = page.begin().await?;
    let settings = &request.client_context().pool.settings;
    if settings.admin_create_user.admin_only {
        return not_permitted(&request);
    }
    let form = request.form(&body);
    let typed = Typed::of(form.as_ref(), settings);
    let Some(form) = form else {
        let status = StatusCode::FORBIDDEN;
        return answer(&request, status, &typed, Some(Problem::ForeignForm)).await;
    };
    let password = form.secret("password").unwrap_or_default();
    let problem = match sign_up(&request, &typed, password).await {
        Ok(made) => return go_on(&request, &typed.username, made).await,
        Err(Refused::Text(text)) => text,
        Err(Refused::Instead(instead)) => return Err(instead),
    };
    let problem = Some(Problem::Text(&problem));
    answer(&request, StatusCode::OK, &typed, problem).await
}

/// Why nobody has signed up.
enum Refused {
    /// What the page says of it.
    Text(String),
    Instead(Instead),
}

async fn sign_up(
    request: &PageRequest<'_>,
    typed: &Typed,
    password: SecretString,
) -> Result<SignedUp, Refused> {
    let client_id = &request.client_context().client.id;
    let attributes = typed.attributes.iter();
    let attributes = attributes.map(|(name, value)| json!({ "Name": name, "Value": value }));
    let input = json!({
        "ClientId": client_id,
        "Username": typed.username,
        "Password": password.expose_secret(),
        "UserAttributes": attributes.collect::<Vec<_>>(),
    });
    if let Some(text) = request.broken_constraints(OPERATION, &input) {
        return Err(Refused::Text(text));
    }
    let attributes = typed.attributes.iter();
    let attributes = attributes.map(|(name, value)| AttributeInput {
        name: name.clone(),
        value: Some(value.clone()),
    });
    let new = SignUp {
        client_id: client_id.clone(),
        secret_hash: None,
        username: typed.username.clone(),
        password: Some(password),
        attributes: attributes.collect(),
        validation_data: [].into(),
    };
    let signing_up = boxed(|| register::sign_up(request.app, &request.call.context, new)).await;
    signing_up.map_err(|error| match request.words(OPERATION, error) {
        Ok(text) => Refused::Text(text),
        Err(instead) => Refused::Instead(instead),
    })
}

/// Where a user who has signed up goes on.
async fn go_on(
    request: &PageRequest<'_>,
    username: &str,
    made: SignedUp,
) -> Result<Response, Instead> {
    if made.confirmed {
        return first_sign_in(request, username, made.session).await;
    }
    let data = match made.delivery {
        Some(delivery) => PageData::SignUp(SentCode::new(username, made.user_id, delivery)),
        None => PageData::SignUpWithoutCode,
    };
    request.go_to_with("confirm", &data)
}

async fn answer(
    request: &PageRequest<'_>,
    status: StatusCode,
    typed: &Typed,
    problem: Option<Problem<'_>>,
) -> Result<Response, Instead> {
    let frame = &request.frame;
    let attributes = typed.attributes.iter();
    let attributes = attributes.map(|(name, value)| AttributeValue { name, value });
    let attributes: Vec<_> = attributes.collect();
    let links = links(request).await?;
    let (terms_of_use, privacy_policy) = links.unzip();
    let page = sign_up::SignUp {
        shell: &frame.shell(&[], problem),
        identifier: frame.identifier(),
        username: &typed.username,
        attributes: &attributes,
        policy: &request.client_context().pool.settings.password_policy,
        terms_of_use,
        privacy_policy,
    };
    Ok(frame.page(status, &page))
}

/// The links to the terms of use and the privacy policy, which managed login shows where there are both (domain 10.4).
async fn links(request: &PageRequest<'_>) -> Result<Option<(WebLink, WebLink)>, Instead> {
    if !request.frame.has_managed_login() {
        return Ok(None);
    }
    let found = terms::both(request.app, &request.client_context().client).await;
    let Some([terms, privacy]) = found.map_err(|error| errors::failure(&error))? else {
        return Ok(None);
    };
    let language = request.frame.language().of_terms();
    let link = |terms: &crate::domain::terms::Terms| WebLink::new(terms.link(language)?);
    Ok(link(&terms).zip(link(&privacy)))
}

/// What is said where only administrators make users.
fn not_permitted(request: &PageRequest<'_>) -> Result<Response, Instead> {
    let text = request.words(OPERATION, Failure::SignUpNotPermitted.into())?;
    let problem = Problem::Text(&text);
    Ok(request.frame.error(StatusCode::BAD_REQUEST, problem))
}
