//! What one page leaves for the next, in the cookie `page-data` (domain 7).

use axum::http::{HeaderValue, header};
use axum::response::Response;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::request::{Instead, PageRequest};
use crate::domain::attribute::{Contact, Delivery, Medium};
use crate::domain::code::CodePurpose;
use crate::flows::oauth::page_data;
use crate::oauth::authorize::redirect;
use crate::oauth::form::Form;
use crate::oauth::{cookies, errors};
use crate::pages::login::shell::Notice;
use crate::pages::login::sign_in::CodeSource;

/// What the cookie is sealed for.
const PURPOSE: [&str; 1] = ["page"];

/// How long the next page may take to say what has been done.
const TOLD_SECONDS: i64 = 5 * 60;

/// What a page leaves.
#[derive(Serialize, Deserialize)]
pub(super) enum PageData {
    /// For `/confirm`: a sign-up that has to be confirmed.
    SignUp(SentCode),
    /// For `/confirm`: a sign-up that no code was sent for.
    SignUpWithoutCode,
    /// For `/forgotPassword`: a user who needs another password.
    Forgotten(String),
    /// For `/confirmforgotPassword`: a user who gets a code.
    Reset(SentCode),
    /// For `/login`: something has been done, and this user can sign in.
    Told(Told, String),
}

/// What has been done.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Told {
    SignUpConfirmed,
    PasswordChanged,
}

impl Told {
    pub const fn notice(self) -> Notice {
        match self {
            Self::SignUpConfirmed => Notice::Confirmed,
            Self::PasswordChanged => Notice::PasswordChanged,
        }
    }
}

/// Whose code is awaited, and where it went.
#[derive(Serialize, Deserialize)]
pub(super) struct SentCode {
    pub username: String,
    /// The user's `sub`, of a sign-up that this browser has made.
    pub sub: String,
    pub contact: Contact,
    /// The masked address; empty where none was told.
    pub destination: String,
}

impl SentCode {
    /// A code of which nothing is known.
    pub fn unknown(username: &str) -> Self {
        Self {
            username: username.to_owned(),
            sub: String::new(),
            contact: Contact::Email,
            destination: String::new(),
        }
    }

    pub fn new(username: &str, sub: String, delivery: Delivery) -> Self {
        Self {
            username: username.to_owned(),
            sub,
            contact: delivery.contact,
            destination: delivery.destination,
        }
    }

    /// What the hidden fields of a page's form carry on.
    pub fn of(form: &Form) -> Self {
        let text = |name| form.get(name).unwrap_or_default().to_owned();
        let is_sms = form.get("deliveryMedium") == Some(Medium::Sms.as_str());
        Self {
            username: text("username"),
            sub: text("sub"),
            contact: if is_sms {
                Contact::PhoneNumber
            } else {
                Contact::Email
            },
            destination: text("destination"),
        }
    }

    /// Where another code went. Where users are hidden, and a name is no address, that does not say more than before.
    pub fn again(self, delivery: Delivery) -> Self {
        if says_nothing(&delivery.destination) {
            self
        } else {
            Self::new(&self.username, self.sub, delivery)
        }
    }

    /// Where the page says that the code is from.
    pub fn source(&self) -> CodeSource<'_> {
        let to = Some(self.destination.as_str()).filter(|to| !says_nothing(to));
        match self.contact {
            Contact::Email => CodeSource::Email(to),
            Contact::PhoneNumber => CodeSource::Sms(to),
        }
    }
}

/// Whether a masked address shows nothing.
fn says_nothing(destination: &str) -> bool {
    !destination.chars().any(char::is_alphanumeric)
}

impl PageData {
    /// The sign-up that has to be confirmed.
    pub fn sign_up(self) -> Option<SentCode> {
        match self {
            Self::SignUp(sent) => Some(sent),
            Self::SignUpWithoutCode | Self::Forgotten(_) | Self::Reset(_) | Self::Told(..) => None,
        }
    }

    const fn life_seconds(&self) -> i64 {
        match self {
            Self::SignUp(_) | Self::SignUpWithoutCode => CodePurpose::SignUp.lifetime_seconds(),
            Self::Reset(_) => CodePurpose::ForgotPassword.lifetime_seconds(),
            Self::Forgotten(_) | Self::Told(..) => TOLD_SECONDS,
        }
    }
}

impl PageRequest<'_> {
    /// What the page before has left.
    pub fn page_data(&self) -> Option<PageData> {
        let cookie = cookies::get(self.call, self.headers, cookies::PAGE_DATA)?;
        let of = self.client_context();
        page_data::open(
            self.app,
            &self.call.context,
            (of, &PURPOSE),
            cookie.expose_secret(),
        )
    }

    /// Sends the browser to another page, with the query that travels.
    pub fn go_to(&self, page: &str) -> Response {
        redirect(&self.call.page(page, self.text))
    }

    /// Sends the browser to another page, which finds `data`.
    ///
    /// # Errors
    /// The answer where the server itself has failed.
    pub fn go_to_with(&self, page: &str, data: &PageData) -> Result<Response, Instead> {
        let of = self.client_context();
        let life = data.life_seconds();
        let sealed = page_data::seal(self.app, &self.call.context, (of, &PURPOSE), data, life)
            .map_err(|error| errors::failure(&error))?;
        let mut response = self.go_to(page);
        let cookie = cookies::with(self.call, cookies::PAGE_DATA, &sealed, Some(life));
        add_cookie(&mut response, cookie);
        Ok(response)
    }

    /// Sends the browser to the page where this user, who has not done so, confirms the sign-up. Where the browser has made
    /// it, that stays known.
    ///
    /// # Errors
    /// The answer where the server itself has failed.
    pub fn go_to_confirm(&self, username: &str) -> Result<Response, Instead> {
        let known = self.page_data().and_then(PageData::sign_up);
        let known = known.filter(|sent| sent.username == username);
        let sent = known.unwrap_or_else(|| SentCode::unknown(username));
        self.go_to_with("confirm", &PageData::SignUp(sent))
    }

    /// The response, which also takes the page's data from the browser.
    pub fn without_page_data(&self, mut response: Response) -> Response {
        let removal = cookies::removal(self.call, cookies::PAGE_DATA);
        add_cookie(&mut response, removal);
        response
    }
}

fn add_cookie(response: &mut Response, cookie: String) {
    if let Ok(mut cookie) = HeaderValue::try_from(cookie) {
        cookie.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
