//! What the development profile tells its developer: how to point a client at the server, on the console
//! when it starts, and as a page at `/`.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::clock::distance;
use super::page::{self, Assets};
use super::times;
use crate::app::App;
use crate::domain::time::Timestamp;
use crate::flows::overview::{self, ClientOverview, Overview, PoolOverview};

const ASSETS: Assets = Assets {
    style: concat!(
        include_str!("../../templates/development.css"),
        include_str!("../../templates/overview.css")
    ),
    script: concat!(
        include_str!("../../templates/development.js"),
        include_str!("../../templates/overview.js")
    ),
};

/// The most user pools on the console, and app clients of each.
const ON_CONSOLE: i64 = 3;
/// The same on the page.
const ON_PAGE: i64 = 20;

/// Where the page lies, besides `/` for a browser. Relative links mean the same from either.
const PATH: &str = "/_cognate";

/// The page.
pub fn router(app: Arc<App>) -> Router {
    Router::new().route(PATH, get(html)).with_state(app)
}

/// Directs a request to `/` that asks for a page to the overview. The API answers all others, as it would
/// without it.
#[must_use]
pub fn direct_browsers<B>(mut request: Request<B>) -> Request<B> {
    let asks_for_page = request.method() == Method::GET
        && request.uri().path() == "/"
        && accepts_html(request.headers());
    if asks_for_page {
        *request.uri_mut() = Uri::from_static(PATH);
    }
    request
}

/// Whether the `Accept` header names HTML, as that of a browser does. `*/*` does not count: it comes from
/// programs, which expect the API.
fn accepts_html(headers: &HeaderMap) -> bool {
    let is_refusal = |parameter: &str| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("q")
                && value.trim().parse::<f32>().is_ok_and(|q| q <= 0.0)
        })
    };
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let mut parts = range.split(';');
            parts
                .next()
                .is_some_and(|name| name.trim().eq_ignore_ascii_case("text/html"))
                && !parts.any(is_refusal)
        })
}

/// The text on the console when the server has started.
///
/// # Errors
/// If the store fails.
pub async fn greeting(app: &App) -> anyhow::Result<String> {
    let overview = overview::gather(app, ON_CONSOLE).await?;
    Ok(Greeting {
        amplify: Amplify::of(&overview)
            .map(|amplify| amplify.render())
            .transpose()?,
        trust: TrustCertificate::of(&overview)
            .map(|trust| trust.render())
            .transpose()?,
        overview: &overview,
    }
    .render()?)
}

#[derive(Template)]
#[template(path = "greeting.txt")]
struct Greeting<'a> {
    overview: &'a Overview,
    amplify: Option<String>,
    trust: Option<String>,
}

/// How programs and browsers are told to trust the certificate that was generated.
#[derive(Template)]
#[template(path = "trust-certificate.txt")]
struct TrustCertificate<'a> {
    endpoint: &'a str,
    certificate: &'a str,
}

impl<'a> TrustCertificate<'a> {
    fn of(overview: &'a Overview) -> Option<Self> {
        let https = overview.https.as_ref()?;
        Some(Self {
            endpoint: &https.endpoint,
            certificate: https.generated_certificate.as_deref()?,
        })
    }
}

/// How an Amplify application is pointed at the server.
#[derive(Template)]
#[template(path = "amplify.txt")]
struct Amplify<'a> {
    endpoint: &'a str,
    pool: &'a str,
    client: &'a str,
    login: Option<AmplifyLogin<'a>>,
}

/// How an Amplify application signs in at the domain. Amplify puts `https://` before it.
struct AmplifyLogin<'a> {
    domain: String,
    scopes: &'a [String],
    callback: &'a str,
}

impl<'a> Amplify<'a> {
    /// With the first app client that it is for.
    fn of(overview: &'a Overview) -> Option<Self> {
        clients(overview).find_map(|(pool, client)| Self::of_client(overview, pool, client))
    }

    /// `None` for a client with a secret, which Amplify could not use.
    fn of_client(
        overview: &'a Overview,
        pool: &'a PoolOverview,
        client: &'a ClientOverview,
    ) -> Option<Self> {
        (!client.has_secret).then(|| Self {
            endpoint: &overview.endpoint,
            pool: &pool.id,
            client: &client.id,
            login: AmplifyLogin::of(overview, pool, client),
        })
    }
}

impl<'a> AmplifyLogin<'a> {
    fn of(overview: &Overview, pool: &PoolOverview, client: &'a ClientOverview) -> Option<Self> {
        let login = client.login.as_ref()?;
        let domain = pool.domain.as_deref()?;
        let by_https = match (domain.strip_prefix("https://"), &overview.https) {
            (Some(rest), _) => rest.to_owned(),
            (None, Some(https)) => {
                let path = domain.strip_prefix(&overview.endpoint)?;
                let host = https.endpoint.strip_prefix("https://")?;
                format!("{host}{path}")
            }
            (None, None) => return None,
        };
        Some(Self {
            domain: by_https,
            scopes: &login.scopes,
            callback: &login.callback,
        })
    }
}

/// How a client of OpenID Connect is pointed at the server: oidc-client-ts.
#[derive(Template)]
#[template(path = "oidc-client-ts.txt")]
struct OidcClient<'a> {
    issuer: &'a str,
    client: &'a str,
    callback: &'a str,
    scopes: &'a [String],
}

impl<'a> OidcClient<'a> {
    /// With the first app client that it is for.
    fn of(overview: &'a Overview) -> Option<Self> {
        clients(overview).find_map(|(pool, client)| Self::of_client(pool, client))
    }

    /// `None` for a client with a secret, and for one whose users do not sign in at a domain.
    fn of_client(pool: &'a PoolOverview, client: &'a ClientOverview) -> Option<Self> {
        let login = client.login.as_ref().filter(|_| !client.has_secret)?;
        Some(Self {
            issuer: &pool.issuer,
            client: &client.id,
            callback: &login.callback,
            scopes: &login.scopes,
        })
    }
}

/// How an administrator's program is pointed at the server: the AWS CLI.
#[derive(Template)]
#[template(path = "aws-cli.txt")]
struct AwsCli<'a> {
    admin: Admin<'a>,
}

/// The same for boto3.
#[derive(Template)]
#[template(path = "boto3.txt")]
struct Boto3<'a> {
    admin: Admin<'a>,
}

/// What an administrator's program needs to know.
#[derive(Clone, Copy)]
struct Admin<'a> {
    endpoint: &'a str,
    region: &'a str,
    pool: &'a str,
    key_id: &'static str,
    secret: &'static str,
}

impl<'a> Admin<'a> {
    fn of(overview: &'a Overview) -> Option<Self> {
        let pool = overview.pools.first()?;
        let (key_id, secret) = if overview.any_credentials {
            ("any", "any")
        } else {
            ("the id of an access key", "its secret")
        };
        Some(Self {
            endpoint: &overview.endpoint,
            region: &pool.region,
            pool: &pool.id,
            key_id,
            secret,
        })
    }
}

/// Each app client with its pool.
fn clients(overview: &Overview) -> impl Iterator<Item = (&PoolOverview, &ClientOverview)> {
    let pools = overview.pools.iter();
    pools.flat_map(|pool| pool.clients.iter().map(move |client| (pool, client)))
}

/// A piece of code with its title.
struct Snippet {
    title: &'static str,
    code: String,
}

fn snippets(overview: &Overview) -> askama::Result<Vec<Snippet>> {
    let mut snippets = Vec::new();
    if let Some(amplify) = Amplify::of(overview) {
        snippets.push(Snippet {
            title: "Amplify",
            code: amplify.render()?,
        });
    }
    if let Some(client) = OidcClient::of(overview) {
        snippets.push(Snippet {
            title: "oidc-client-ts",
            code: client.render()?,
        });
    }
    if let Some(admin) = Admin::of(overview) {
        snippets.push(Snippet {
            title: "boto3",
            code: Boto3 { admin }.render()?,
        });
        snippets.push(Snippet {
            title: "AWS CLI",
            code: AwsCli { admin }.render()?,
        });
    }
    if let Some(trust) = TrustCertificate::of(overview) {
        snippets.push(Snippet {
            title: "HTTPS",
            code: trust.render()?,
        });
    }
    Ok(snippets)
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage<'a> {
    assets: &'a Assets,
    overview: &'a Overview,
    snippets: &'a [Snippet],
    now_iso_8601: String,
    now_utc: String,
    /// What moves the clock back to the machine's time.
    back_seconds: i64,
    clock: Option<String>,
}

impl<'a> OverviewPage<'a> {
    /// How applications are pointed at this app client.
    fn snippets_of(
        &self,
        pool: &PoolOverview,
        client: &ClientOverview,
    ) -> askama::Result<Vec<Snippet>> {
        let mut snippets = Vec::new();
        if let Some(amplify) = Amplify::of_client(self.overview, pool, client) {
            snippets.push(Snippet {
                title: "Amplify",
                code: amplify.render()?,
            });
        }
        if let Some(client) = OidcClient::of_client(pool, client) {
            snippets.push(Snippet {
                title: "oidc-client-ts",
                code: client.render()?,
            });
        }
        Ok(snippets)
    }

    fn new(
        overview: &'a Overview,
        snippets: &'a [Snippet],
        now: Timestamp,
        offset_seconds: i64,
    ) -> Self {
        Self {
            assets: &ASSETS,
            overview,
            snippets,
            now_iso_8601: times::iso_8601(now),
            now_utc: times::utc(now),
            back_seconds: offset_seconds.saturating_neg(),
            clock: distance(offset_seconds),
        }
    }
}

async fn html(State(app): State<Arc<App>>) -> Response {
    let gathered = async {
        let overview = overview::gather(&app, ON_PAGE).await?;
        let snippets = snippets(&overview)?;
        anyhow::Ok((overview, snippets))
    };
    let (overview, snippets) = match gathered.await {
        Ok(gathered) => gathered,
        Err(error) => {
            tracing::error!(%error, "the overview cannot be made");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let clock = &app.clock;
    let page = OverviewPage::new(&overview, &snippets, clock.now(), clock.offset_seconds());
    page::response(&page, &ASSETS)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::flows::overview::{ClientLogin, HttpsOverview};

    const HOSTILE: &str = "\"><script>alert(1)</script><img src=x>{{x}}";

    fn client(id: &str, has_secret: bool) -> ClientOverview {
        ClientOverview {
            id: id.into(),
            name: HOSTILE.into(),
            has_secret,
            login: Some(ClientLogin {
                page: HOSTILE.into(),
                preview: HOSTILE.into(),
                callback: "http://localhost:3000/".into(),
                scopes: vec!["openid".into(), "email".into()],
            }),
        }
    }

    fn overview(pool: &str, clients: Vec<ClientOverview>) -> Overview {
        Overview {
            endpoint: "http://127.0.0.1:2646".into(),
            https: Some(HttpsOverview {
                endpoint: "https://localhost:2648".into(),
                generated_certificate: Some("/var/<lib>/tls/certificate.pem".into()),
            }),
            region: "us-east-1".into(),
            data_dir: "/var/<lib>".into(),
            store: "sqlite:///var/lib/cognate.db".into(),
            any_credentials: true,
            pools: vec![PoolOverview {
                id: pool.into(),
                name: HOSTILE.into(),
                region: "us-east-1".into(),
                issuer: format!("http://127.0.0.1:2646/{pool}"),
                domain: Some("http://127.0.0.1:2646/acme".into()),
                clients,
                more_clients: 4,
            }],
            more_pools: 7,
        }
    }

    fn rendered(overview: &Overview) -> String {
        let now = Timestamp::from_millis(1_700_000_000_000);
        OverviewPage::new(overview, &snippets(overview).unwrap(), now, 86_400)
            .render()
            .unwrap()
    }

    #[test]
    fn only_html_by_name_asks_for_the_page() {
        for (accept, expected) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("application/json, Text/HTML;q=0.1", true),
            ("*/*", false),
            ("text/*", false),
            ("application/json", false),
            ("text/html;q=0", false),
            ("text/html; q=0.0, */*", false),
            ("text/htmlx", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(ACCEPT, HeaderValue::from_static("application/json"));
            headers.append(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(accepts_html(&headers), expected, "{accept}");
        }
    }

    #[test]
    fn every_value_of_the_store_is_escaped() {
        let overview = overview(HOSTILE, vec![client(HOSTILE, false)]);
        let page = rendered(&overview);
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(!page.contains("<img") && !page.contains("<lib>"), "{page}");
        assert!(page.contains("{{x}}"), "{page}");
    }

    /// The Content-Security-Policy has the hashes of exactly these contents.
    #[test]
    fn the_page_embeds_its_assets_unchanged() {
        let page = rendered(&overview("us-east-1_A", Vec::new()));
        assert!(page.contains(&format!("<script>{}</script>", ASSETS.script)));
        assert!(page.contains(&format!("<style>{}</style>", ASSETS.style)));
    }

    #[test]
    fn amplify_gets_a_client_without_a_secret() {
        let both = overview(
            "us-east-1_A",
            vec![client("confidential", true), client("public", false)],
        );
        let amplify = Amplify::of(&both).unwrap().render().unwrap();
        assert!(amplify.contains("userPoolClientId: 'public'"), "{amplify}");
        assert!(amplify.contains("userPoolId: 'us-east-1_A'"), "{amplify}");
        assert!(
            amplify.contains("domain: 'localhost:2648/acme'"),
            "{amplify}"
        );
        assert!(amplify.contains("scopes: ['openid', 'email']"), "{amplify}");
        let confidential = overview("us-east-1_A", vec![client("confidential", true)]);
        assert!(Amplify::of(&confidential).is_none());
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let page = rendered(&overview("us-east-1_A", vec![client("public", false)]));
        assert!(page.contains("4 more app clients"), "{page}");
        assert!(page.contains("7 more user pools"), "{page}");
    }
}
