//! The pool with a domain: its app clients and users, and what a browser and programs at the domain already hold.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use cognate::oauth;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::guided_pools::claims;
use crate::login_page::Page;
use crate::variables::Variables;
use crate::world::{PASSWORD, World};

/// The pool's domain, and where its clients' users go back to.
pub(crate) const DOMAIN: &str = "fuzzed";
pub(crate) const CALLBACK: &str = "https://app.example.com/callback";
/// A verifier, and its challenge (RFC 7636, appendix B).
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What the browser holds that the forms of pages are sent with.
pub(crate) const CSRF: &str = "0123456789abcdef-csrf";

/// The pool, and what is known of it.
#[derive(Default)]
pub(crate) struct LoginPool {
    /// The pool.
    pub pool: String,
    /// Its app clients.
    pub clients: Vec<String>,
    /// The variables of requests: `$WebClient`, `$Code`, `$BrowserSession`, …
    pub variables: Variables,
}

/// Makes the pool, and signs users in at its domain.
pub(crate) fn make(world: &World) -> LoginPool {
    let pool = make_pool(world);
    let mut variables = Variables::default();
    let clients = make_clients(world, &pool, &mut variables);
    make_users(world, &pool);
    let login = Browser::new(world, &variables);
    login.sign_in(&mut variables);
    login.take_first_steps(&mut variables);
    LoginPool {
        pool,
        clients,
        variables,
    }
}

fn make_pool(world: &World) -> String {
    let required = |name: &str| json!({"Name": name, "Required": true, "Mutable": true});
    let role = json!({"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"});
    let made = world.expect_ok(
        "CreateUserPool",
        &json!({
            "PoolName": "login",
            "Schema": [required("email"), required("address")],
            "AutoVerifiedAttributes": ["email", "phone_number"],
            "Policies": {
                "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]},
            },
            "SmsConfiguration": role,
        }),
    );
    let pool = made["UserPool"]["Id"].as_str().expect("an id").to_owned();
    world.turn_on_second_factors(&pool);
    let domain = json!({"UserPoolId": pool, "Domain": DOMAIN, "ManagedLoginVersion": 2});
    world.expect_ok("CreateUserPoolDomain", &domain);
    pool
}

/// A client for browsers, and one that has a secret and signs in nobody.
fn make_clients(world: &World, pool: &str, variables: &mut Variables) -> Vec<String> {
    let scopes = json!([{"ScopeName": "read", "ScopeDescription": "Reads"}]);
    world.expect_ok(
        "CreateResourceServer",
        &json!({"UserPoolId": pool, "Identifier": "orders", "Name": "Orders", "Scopes": scopes}),
    );
    let web = world.expect_ok(
        "CreateUserPoolClient",
        &json!({
            "UserPoolId": pool, "ClientName": "web",
            "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code", "implicit"],
            "AllowedOAuthScopes": ["openid", "email", "aws.cognito.signin.user.admin"],
            "CallbackURLs": [CALLBACK], "LogoutURLs": [CALLBACK],
            "SupportedIdentityProviders": ["COGNITO"],
            "PreventUserExistenceErrors": "ENABLED",
        }),
    );
    let machine = world.expect_ok(
        "CreateUserPoolClient",
        &json!({
            "UserPoolId": pool, "ClientName": "machine", "GenerateSecret": true,
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["orders/read"],
        }),
    );
    let member = |made: &Value, name: &str| {
        let value = made["UserPoolClient"][name].as_str();
        value.expect("a text").to_owned()
    };
    let (web, secret) = (member(&web, "ClientId"), member(&machine, "ClientSecret"));
    let machine = member(&machine, "ClientId");
    variables.set("WebClient", web.as_str());
    variables.set("MachineClient", machine.as_str());
    variables.set("MachineSecret", secret);
    let style = json!({"UserPoolId": pool, "ClientId": web, "UseCognitoProvidedValues": true});
    world.expect_ok("CreateManagedLoginBranding", &style);
    vec![web, machine]
}

/// `ada` has a password, `bob` a second factor too, `ivy` a password to change; `max` is not confirmed.
fn make_users(world: &World, pool: &str) {
    for name in ["ada", "bob", "ivy"] {
        world.expect_ok(
            "AdminCreateUser",
            &json!({
                "UserPoolId": pool, "Username": name, "TemporaryPassword": PASSWORD,
                "MessageAction": "SUPPRESS",
                "UserAttributes": [
                    {"Name": "email", "Value": format!("{name}@example.com")},
                    {"Name": "email_verified", "Value": "true"},
                ],
            }),
        );
        if name != "ivy" {
            let password = json!({
                "UserPoolId": pool, "Username": name, "Password": PASSWORD, "Permanent": true,
            });
            world.expect_ok("AdminSetUserPassword", &password);
        }
    }
    let by_email = json!({"Enabled": true, "PreferredMfa": true});
    world.expect_ok(
        "AdminSetUserMFAPreference",
        &json!({"UserPoolId": pool, "Username": "bob", "EmailMfaSettings": by_email}),
    );
}

/// An answer at the domain.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    /// The value of the domain's cookie of this name, which the answer sets.
    fn cookie(&self, name: &str) -> String {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let start = format!("{name}-{DOMAIN}=");
        let found = pairs.filter_map(|pair| pair.strip_prefix(&start)).next();
        let found = found.map(ToOwned::to_owned);
        found.unwrap_or_else(|| panic!("no cookie {name}: {} {}", self.status, self.body))
    }

    /// A hidden field of the page, which has to be there.
    fn field(&self, name: &str) -> String {
        let value = Page::read(&self.body, true).field(name).to_owned();
        assert!(
            !value.is_empty(),
            "no {name}: {} {}",
            self.status,
            self.body
        );
        value
    }
}

/// A browser at the domain, which does what is right.
struct Browser<'a> {
    world: &'a World,
    router: Router,
    query: String,
}

impl<'a> Browser<'a> {
    fn new(world: &'a World, variables: &Variables) -> Self {
        let client = variables.get("WebClient");
        Self {
            router: oauth::router(Arc::clone(&world.app)),
            world,
            query: format!(
                "client_id={client}&redirect_uri={CALLBACK}&response_type=code\
                 &code_challenge={CHALLENGE}&code_challenge_method=S256"
            ),
        }
    }

    fn send(&self, request: Request<Body>) -> Answer {
        self.world.block_on(async {
            let response = self.router.clone().oneshot(request).await;
            let (parts, body) = response.expect("never fails").into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await;
            Answer {
                status: parts.status,
                headers: parts.headers,
                body: String::from_utf8_lossy(&body.expect("a body")).into_owned(),
            }
        })
    }

    fn get(&self, page: &str, session: &str) -> Answer {
        let request = Request::get(format!("/{DOMAIN}/{page}?{}", self.query));
        let request = request.header(header::COOKIE, format!("cognito-{DOMAIN}={session}"));
        self.send(request.body(Body::empty()).expect("a request"))
    }

    fn post(&self, page: &str, form: &str) -> Answer {
        let request = Request::post(format!("/{DOMAIN}/{page}?{}", self.query))
            .header(header::COOKIE, format!("XSRF-TOKEN-{DOMAIN}={CSRF}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let form = format!("_csrf={CSRF}&{form}");
        self.send(request.body(Body::from(form)).expect("a request"))
    }

    fn code(&self, session: &str) -> String {
        let answer = self.get("oauth2/authorize", session);
        let location = answer.headers.get(header::LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        let code = location.and_then(|location| location.split_once("code="));
        let (_, code) = code.unwrap_or_else(|| panic!("no code: {location:?}"));
        code.split('&').next().unwrap_or_default().to_owned()
    }

    /// `ada` signs in. One code becomes tokens, and one waits.
    fn sign_in(&self, variables: &mut Variables) {
        let offer = self.post("login", &format!("username=ada&password={PASSWORD}"));
        let session = offer.cookie("cognito");
        variables.set("Offer", offer.field("offer"));
        let form = format!(
            "grant_type=authorization_code&client_id={}&redirect_uri={CALLBACK}&code={}\
             &code_verifier={VERIFIER}",
            variables.get("WebClient"),
            self.code(&session),
        );
        let tokens = self.post("oauth2/token", &form);
        let tokens: Value = serde_json::from_str(&tokens.body).expect("JSON");
        for (name, member) in [
            ("WebAccess", "access_token"),
            ("WebId", "id_token"),
            ("WebRefresh", "refresh_token"),
        ] {
            variables.set(name, tokens[member].as_str().expect("a token"));
        }
        let sub = claims(variables.get("WebId"))["sub"].clone();
        variables.set("KnownUser", sub.as_str().expect("a text"));
        variables.set("Code", self.code(&session));
        variables.set("BrowserSession", session);
    }

    /// Sign-ins that wait for an answer, and pages that wait for a code.
    fn take_first_steps(&self, variables: &mut Variables) {
        let step = |form: String| self.post("login", &form).field("session");
        variables.set("ChoiceSession", step("username=ada".to_owned()));
        for (name, user) in [("NewPasswordSession", "ivy"), ("CodeSession", "bob")] {
            let form = format!("username={user}&password={PASSWORD}");
            variables.set(name, step(form));
        }
        variables.set("SignInCode", self.world.newest_code());
        let address = "requiredAttributes[email]=max@example.com&requiredAttributes[address]=here";
        let form = format!("username=max&password={PASSWORD}&{address}");
        let signed_up = self.post("signup", &form).cookie("page-data");
        variables.set("SignUpData", signed_up);
        variables.set("SignUpCode", self.world.newest_code());
        let reset = self.post("forgotPassword", "username=ada");
        variables.set("ResetData", reset.cookie("page-data"));
        variables.set("ResetCode", self.world.newest_code());
    }
}
