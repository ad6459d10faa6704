//! A browser without scripts at a pool's domain: it keeps cookies, and sends the forms of pages as they are filled in.

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use serde_json::{Value, json};

use super::answer::Answer;
use super::pools::{AppClient, PASSWORD, Pool};

/// The address that applications of these tests are at.
pub const CALLBACK: &str = "https://app.example.com/callback";

/// A browser at a domain that is reached by path.
pub struct Browser {
    pool: Pool,
    /// The domain's prefix.
    pub domain: String,
    cookies: BTreeMap<String, String>,
    /// What each request says besides.
    headers: Vec<(&'static str, String)>,
    /// Whether the domain is reached by its host name instead.
    is_by_host: bool,
}

/// What a page answered.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// Where it leads, or empty.
    pub location: String,
    /// The `Set-Cookie` headers.
    pub set_cookies: Vec<String>,
    /// The Content-Security-Policy.
    pub policy: String,
    /// The markup.
    pub html: String,
}

impl Page {
    /// The value of a hidden field of the page's first form that has it.
    pub fn hidden(&self, name: &str) -> Option<String> {
        hidden(&self.html, name)
    }

    /// The markup of the form that has the field, or else of the first one.
    fn form(&self, field: &str) -> &str {
        let forms = || self.html.split("<form ").skip(1);
        let name = format!(" name=\"{field}\"");
        let found = forms().find(|form| form.contains(&name));
        let form = found.or_else(|| forms().next()).expect("a form");
        form.split("</form>").next().unwrap()
    }

    /// What a passkey's page asks the browser for.
    #[track_caller]
    pub fn passkey_options(&self) -> Value {
        let rest = self.html.split("data-options=\"").nth(1);
        let text = rest.and_then(|rest| rest.split('"').next());
        serde_json::from_str(&unescaped(text.expect("options"))).expect("JSON")
    }

    /// A parameter of the query or fragment that the page leads to.
    #[track_caller]
    pub fn returned(&self, name: &str) -> String {
        let (_, parameters) = self.location.split_once(['?', '#']).expect("parameters");
        url::form_urlencoded::parse(parameters.as_bytes())
            .find(|(known, _)| known == name)
            .unwrap_or_else(|| panic!("no {name} in {}", self.location))
            .1
            .into_owned()
    }
}

impl Browser {
    /// A new browser; gives the pool a domain if it has none.
    pub async fn new(pool: &Pool) -> Self {
        let domain = pool.id.to_ascii_lowercase().replace('_', "-");
        let input = json!({ "Domain": domain });
        let described = pool
            .endpoint()
            .admin
            .call("DescribeUserPoolDomain", input.clone())
            .await;
        if described.ok()["DomainDescription"] == json!({}) {
            pool.admin("CreateUserPoolDomain", input).await.ok();
        }
        Self {
            pool: pool.clone(),
            domain,
            cookies: BTreeMap::new(),
            headers: Vec::new(),
            is_by_host: false,
        }
    }

    /// Gives the domain the pages of managed login, and the app client a style.
    pub async fn use_managed_login(&self, app: &AppClient) {
        let version = json!({ "Domain": self.domain, "ManagedLoginVersion": 2 });
        let updated = self.pool.admin("UpdateUserPoolDomain", version).await;
        updated.ok();
        let style = json!({ "ClientId": app.id, "UseCognitoProvidedValues": true });
        let styled = self.pool.admin("CreateManagedLoginBranding", style).await;
        styled.ok();
    }

    /// A new browser that reaches a domain of the pool by this host name.
    pub fn at_host(&self, host: &str) -> Self {
        Self {
            pool: self.pool.clone(),
            domain: self.domain.clone(),
            cookies: BTreeMap::new(),
            headers: vec![("host", host.to_owned())],
            is_by_host: true,
        }
    }

    /// The same browser, whose requests have this header too.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The path of a page of the domain.
    pub fn path(&self, page: &str) -> String {
        if self.is_by_host {
            format!("/{page}")
        } else {
            format!("/{}/{page}", self.domain)
        }
    }

    fn cookie_name(&self, name: &str) -> String {
        if self.is_by_host {
            name.to_owned()
        } else {
            format!("{name}-{}", self.domain)
        }
    }

    /// The domain's cookie of this name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let name = self.cookie_name(name);
        self.cookies.get(&name).map(String::as_str)
    }

    /// Gives the browser another value of a cookie.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        let name = self.cookie_name(name);
        self.cookies.insert(name, value.to_owned());
    }

    /// Another browser with the same cookies.
    pub fn twin(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            domain: self.domain.clone(),
            cookies: self.cookies.clone(),
            headers: self.headers.clone(),
            is_by_host: self.is_by_host,
        }
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        form: Option<&[(String, String)]>,
    ) -> Page {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = self.pool.endpoint().client.raw(method, path);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(form) = form {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish();
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body);
        }
        let response = request.send().await.expect("the server answers");
        assert_protected(path, response.headers());
        let text = |name| {
            let value = response.headers().get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        let location = text(LOCATION.as_str());
        let policy = text("content-security-policy");
        let set_cookies: Vec<_> = response
            .headers()
            .get_all(SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap().to_owned())
            .collect();
        for cookie in &set_cookies {
            let pair = cookie.split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page {
            status: response.status().as_u16(),
            location,
            set_cookies,
            policy,
            html: response.text().await.unwrap(),
        }
    }

    /// Opens a page of the server.
    pub async fn open(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, None).await
    }

    /// Opens `/oauth2/authorize` with these parameters.
    pub async fn authorize(&mut self, query: &str) -> Page {
        let path = format!("{}?{query}", self.path("oauth2/authorize"));
        self.open(&path).await
    }

    /// Sends the form of a page that has the first of the typed fields to where it leads, with its hidden fields and what
    /// is typed.
    pub async fn submit(&mut self, page: &Page, typed: &[(&str, &str)]) -> Page {
        let markup = page.form(typed.first().map_or("", |(name, _)| name));
        let names = markup.split("<input type=\"hidden\" name=\"").skip(1);
        let names = names.filter_map(|rest| rest.split('"').next());
        // A script fills some of them in.
        let is_left = |name: &&str| !typed.iter().any(|(typed, _)| typed == name);
        let names = names.filter(is_left);
        let hidden = names.filter_map(|name| Some((name.to_owned(), hidden(markup, name)?)));
        let typed = typed
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let form: Vec<_> = hidden.chain(typed).collect();
        let action = markup.split("action=\"").nth(1).expect("an address");
        let action = action.split('"').next().unwrap().replace("&#38;", "&");
        self.send(Method::POST, &action, Some(&form)).await
    }

    /// Presses a button that sends its form elsewhere than the form says.
    pub async fn press(&mut self, page: &Page, button: &str) -> Page {
        let name = format!(" name=\"{button}\" ");
        let (before, after) = page.html.split_once(&name).expect("a button");
        let form = before.rsplit("<form ").next().unwrap();
        let action = after.split("formaction=\"").nth(1).expect("an address");
        let action = action.split('"').next().unwrap();
        let elsewhere = Page {
            html: format!("<form action=\"{action}\">{form}</form>"),
            location: String::new(),
            set_cookies: Vec::new(),
            policy: String::new(),
            status: page.status,
        };
        self.submit(&elsewhere, &[(button, "true")]).await
    }

    /// Takes a cookie away.
    pub fn forget(&mut self, name: &str) {
        let name = self.cookie_name(name);
        self.cookies.remove(&name);
    }

    /// Opens the login page and sends a username and password.
    pub async fn log_in(&mut self, query: &str, username: &str, password: &str) -> Page {
        let path = format!("{}?{query}", self.path("login"));
        let page = self.open(&path).await;
        assert_eq!(page.status, 200, "{page:?}");
        let typed = [("username", username), ("password", password)];
        self.submit(&page, &typed).await
    }

    /// A code for a user who signs in with [`PASSWORD`].
    pub async fn code(&mut self, query: &str, username: &str) -> String {
        let page = self.log_in(query, username, PASSWORD).await;
        assert_eq!(page.status, 302, "{}", page.html);
        page.returned("code")
    }
}

/// Domain 1, for every page of every test: it has an id, is not stored, and is shown in no frame.
#[track_caller]
fn assert_protected(path: &str, headers: &HeaderMap) {
    let text = |name: &str| {
        headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    };
    if !text("content-type").starts_with("text/html") {
        return;
    }
    let id = text("x-amz-cognito-request-id");
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{path}: {headers:?}");
    let given = [
        text("cache-control"),
        text("x-frame-options"),
        text("x-content-type-options"),
    ];
    assert_eq!(given, ["no-store", "DENY", "nosniff"], "{path}");
}

/// The value of a hidden field.
fn hidden(markup: &str, name: &str) -> Option<String> {
    let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let rest = markup.split(&start).nth(1)?;
    Some(unescaped(rest.split('"').next()?))
}

/// The text that markup stands for.
fn unescaped(markup: &str) -> String {
    let escapes = [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
    ];
    let plain = |text: String, (escape, character)| text.replace(escape, character);
    escapes.into_iter().fold(markup.to_owned(), plain)
}

/// An app client that signs in at the domain, with these members laid over.
pub async fn web_client(pool: &Pool, overrides: Value) -> AppClient {
    let base = json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
        "CallbackURLs": [CALLBACK],
        "LogoutURLs": ["https://app.example.com/"],
        "SupportedIdentityProviders": ["COGNITO"],
        "PreventUserExistenceErrors": "ENABLED",
    });
    pool.client(super::pools::laid_over(base, overrides)).await
}

/// The query of a request for a code, with further parameters.
pub fn code_query(app: &AppClient, further: &str) -> String {
    let callback: String = url::form_urlencoded::byte_serialize(CALLBACK.as_bytes()).collect();
    let id = &app.id;
    format!("response_type=code&client_id={id}&redirect_uri={callback}{further}")
}

/// Posts a form to the token endpoint, as a public client.
pub async fn exchange(app: &AppClient, domain: &str, form: &[(&str, &str)]) -> Answer {
    let id = ("client_id", app.id.as_str());
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form.iter().copied().chain([id]))
        .finish();
    let client = &app.pool.endpoint().client;
    let request = client
        .raw(Method::POST, &format!("/{domain}/oauth2/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    client.send(request).await
}
