//! The domain of the pool that most cases use: the browsers that are signed in there, the requests that they and their
//! applications send, and what the sign-in page weighs.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use cognate::app::App;
use cognate::domain::acr::Factors;
use cognate::domain::browser_session::{BrowserSession, SignInFacts};
use cognate::domain::session::SignInMethod;
use cognate::domain::time::Timestamp;
use cognate::flows::browser_sessions;
use cognate::store;
use serde::Serialize;
use serde_json::{Value, json};

use crate::dataset::{POOL, WEB_CLIENT, user_id};
use crate::wire::{Signer, Wire};

/// The name of the domain, which is reached by path.
pub const DOMAIN: &str = "bench";
/// Browsers in which a user is signed in, each another one.
pub const BROWSERS: u64 = 1_000;
/// The most codes that are asked for ahead for each browser. The server keeps a user's 50 newest.
const CODES_PER_BROWSER: u64 = 40;
/// When the browsers' users sign in, 2100-01-01: an app client takes no sign-in that is older than an hour, and generated
/// stores are kept longer.
const SIGNED_IN_AT: i64 = 4_102_444_800_000;
/// When the browsers' sign-ins end.
const SIGNED_IN_UNTIL: i64 = 2 * SIGNED_IN_AT;
/// What the table of users gives rows that do not say their own.
const CREDENTIALS_VERSION: i64 = 1;
/// Where the application is.
const CALLBACK: &str = "https%3A%2F%2Fapp.example.com%2Fcallback";
/// What the application proves that it has asked for a code with (RFC 7636, appendix B).
const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// What it has asked with.
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Makes the domain, with the pages of managed login, unless the store has it: no configuration file can.
///
/// # Errors
/// If the server refuses.
pub async fn create(address: SocketAddr) -> anyhow::Result<()> {
    let (mut wire, signer) = (Wire::connect(address).await?, Signer::new());
    let mut call = async |operation: &str, input: Value| {
        let request = signer.call(operation, &input.to_string());
        let answer = wire.exchange(&request).await?;
        let text = String::from_utf8_lossy(answer.body);
        ensure!(answer.status == 200, "{operation} is refused: {text}");
        anyhow::Ok(serde_json::from_slice::<Value>(answer.body)?)
    };
    let described = call("DescribeUserPoolDomain", json!({ "Domain": DOMAIN })).await?;
    if described.pointer("/DomainDescription/Domain").is_some() {
        return Ok(());
    }
    let domain = json!({ "Domain": DOMAIN, "UserPoolId": POOL, "ManagedLoginVersion": 2 });
    call("CreateUserPoolDomain", domain).await?;
    let style =
        json!({ "UserPoolId": POOL, "ClientId": WEB_CLIENT, "UseCognitoProvidedValues": true });
    call("CreateManagedLoginBranding", style).await?;
    Ok(())
}

/// Writes the browsers' sign-ins, of users that are evenly distributed over the pool. A sign-in by the page's form would
/// hash a password, and memory is read before the server has hashed any.
///
/// # Errors
/// If the store cannot be written.
pub async fn fill(app: &App, users: u64) -> anyhow::Result<()> {
    let factors = Factors {
        password: true,
        ..Factors::default()
    };
    let mut tx = app.db.begin().await?;
    for browser in 0..BROWSERS {
        let session = BrowserSession {
            user_id: user_id(browser * (users / BROWSERS)),
            credentials_version: CREDENTIALS_VERSION,
            sign_in: SignInFacts::new(
                Timestamp::from_millis(SIGNED_IN_AT),
                (SignInMethod::Password, factors),
                false,
                None,
            ),
            expires_at: Timestamp::from_millis(SIGNED_IN_UNTIL),
        };
        let hash = browser_sessions::hash(app, POOL, &cookie(browser).into());
        let is_written = store::browser_sessions::insert(&mut tx, POOL, &hash, &session).await?;
        ensure!(is_written, "the user of a browser is not there");
    }
    tx.commit().await?;
    Ok(())
}

/// What the cookie of a browser's sign-in holds.
fn cookie(browser: u64) -> String {
    user_id(u64::MAX - browser)
}

/// What a request for authorization asks, and the address of the sign-in page with it.
fn query() -> String {
    format!(
        "client_id={WEB_CLIENT}&response_type=code&scope=openid+email+profile&redirect_uri={CALLBACK}\
         &state=4f1c0b6e9a&nonce=b7d2a9&code_challenge={CODE_CHALLENGE}&code_challenge_method=S256"
    )
}

/// A request for something of the domain, with further headers, each with its end of line.
fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").into_bytes()
}

/// The request for the sign-in page, by a browser that has no cookie of the domain yet.
pub fn sign_in_page() -> Vec<u8> {
    get(&format!("/{DOMAIN}/login?{}", query()), "")
}

/// The request of an application that wants to know whose token it has.
pub fn user_info(access_token: &str) -> Vec<u8> {
    let header = format!("authorization: Bearer {access_token}\r\n");
    get(&format!("/{DOMAIN}/oauth2/userInfo"), &header)
}

/// The request for authorization by a browser.
pub fn authorization(browser: u64) -> Vec<u8> {
    let header = format!("cookie: cognito-{DOMAIN}={}\r\n", cookie(browser));
    get(&format!("/{DOMAIN}/oauth2/authorize?{}", query()), &header)
}

/// The request of the application that exchanges a code.
pub fn exchange(code: &str) -> Vec<u8> {
    let form = format!(
        "grant_type=authorization_code&client_id={WEB_CLIENT}&code={code}&redirect_uri={CALLBACK}\
         &code_verifier={CODE_VERIFIER}"
    );
    format!(
        "POST /{DOMAIN}/oauth2/token HTTP/1.1\r\nhost: localhost\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// How many codes are asked for ahead of so many exchanges.
#[must_use]
pub fn codes_for(exchanges: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some ten thousands"
    )]
    let wanted = exchanges.ceil() as u64;
    wanted.min(BROWSERS * CODES_PER_BROWSER)
}

/// A file of the sign-in page as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageFile {
    /// `text/html` for the page itself.
    pub media_type: String,
    /// Bytes of the body.
    pub body: usize,
    /// Bytes of the whole answer.
    pub answer: usize,
    /// How the body is compressed, if it is, for a browser that takes `gzip`, `br` and `zstd`.
    pub encoding: Option<String>,
}

/// The sign-in page and everything that a browser loads with it.
///
/// # Errors
/// If one of them is not answered with 200.
pub async fn page_files(address: SocketAddr) -> anyhow::Result<Vec<PageFile>> {
    let mut wire = Wire::connect(address).await?;
    let mut paths = vec![format!("/{DOMAIN}/login?{}", query())];
    let mut files = Vec::new();
    while let Some(path) = paths.pop() {
        let request = get(&path, "accept-encoding: gzip, br, zstd\r\n");
        let answer = wire.exchange(&request).await?;
        ensure!(
            answer.status == 200,
            "{path} is answered with {}",
            answer.status
        );
        let header = |name| answer.header(name).map(str::to_owned);
        let media_type = header("content-type").context("no content type")?;
        let media_type = media_type.split(';').next().unwrap_or_default().to_owned();
        let encoding = header("content-encoding");
        if media_type == "text/html" {
            ensure!(
                encoding.is_none(),
                "the page is compressed, so that nobody finds its files"
            );
            paths.extend(loaded_by(&String::from_utf8_lossy(answer.body)));
        }
        files.push(PageFile {
            media_type,
            body: answer.body.len(),
            answer: answer.head.len() + answer.body.len(),
            encoding,
        });
    }
    Ok(files)
}

/// What the page weighs with its files.
#[must_use]
pub fn weight(files: &[PageFile]) -> String {
    let sum = |bytes: fn(&PageFile) -> usize| files.iter().map(bytes).sum::<usize>();
    let each: Vec<String> = files
        .iter()
        .map(|file| {
            let encoding = file.encoding.as_deref().unwrap_or("not compressed");
            format!("{} {} ({encoding})", file.body, file.media_type)
        })
        .collect();
    format!(
        "The sign-in page has {} bytes in all, {} with the heads of the answers: {}.",
        sum(|file| file.body),
        sum(|file| file.answer),
        each.join(", ")
    )
}

/// The paths of the styles, scripts and pictures that a page loads.
fn loaded_by(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1);
    tags.filter_map(|tag| {
        let tag = tag.split('>').next()?;
        let attribute = match tag.split_ascii_whitespace().next()? {
            "link" => " href=\"",
            "script" | "img" | "source" => " src=\"",
            _ => return None,
        };
        let (_, rest) = tag.split_once(attribute)?;
        let path = rest.split('"').next()?;
        path.starts_with('/').then(|| path.to_owned())
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_other_pages_are_not_loaded_with_a_page() {
        let html = r#"<link rel="icon" href="data:,"><link rel="stylesheet" href="/a.css" integrity="x">
            <script src="/a.js" defer></script><a href="/signup">Sign up</a><img alt="" src="/logo">"#;
        assert_eq!(loaded_by(html), ["/a.css", "/a.js", "/logo"]);
    }
}
