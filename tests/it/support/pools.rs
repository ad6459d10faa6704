//! User pools, app clients and users, made in a line.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::answer::Answer;
use super::inbox::Inbox;
use super::server::Endpoint;

/// A password that every default policy takes.
pub const PASSWORD: &str = "Corr3ct-Horse!";

impl Endpoint {
    /// Creates a user pool: a plain one, with `overrides` laid over it.
    pub async fn pool(&self, overrides: Value) -> Pool {
        Pool::create(self, overrides).await
    }
}

/// A user pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// `us-east-1_Abc123XYZ`.
    pub id: String,
    /// As CreateUserPool answered it.
    pub created: Value,
    endpoint: Endpoint,
}

impl Pool {
    /// CreateUserPool with a name, and `overrides` laid over that; a null takes a member away.
    pub async fn create(endpoint: &Endpoint, overrides: Value) -> Self {
        let input = laid_over(json!({ "PoolName": "test" }), overrides);
        let created = endpoint.admin.call("CreateUserPool", input).await.ok();
        let created = created["UserPool"].clone();
        Self {
            id: text(&created, "Id"),
            created,
            endpoint: endpoint.clone(),
        }
    }

    /// A signed call about this pool: `UserPoolId` is put in unless `input` has one.
    pub async fn admin(&self, operation: &str, input: Value) -> Answer {
        let input = laid_over(json!({ "UserPoolId": self.id }), input);
        self.endpoint.admin.call(operation, input).await
    }

    /// Creates an app client that allows passwords, SRP and refreshing, with `overrides` laid over
    /// that.
    pub async fn client(&self, overrides: Value) -> AppClient {
        let input = laid_over(
            json!({
                "ClientName": "test",
                "ExplicitAuthFlows": [
                    "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
                ],
            }),
            overrides,
        );
        let answer = self.admin("CreateUserPoolClient", input).await;
        let created = answer.ok()["UserPoolClient"].clone();
        AppClient {
            id: text(&created, "ClientId"),
            secret: created["ClientSecret"].as_str().map(str::to_owned),
            created,
            pool: self.clone(),
        }
    }

    /// Makes a custom domain for the pool, beside its prefix if it has one.
    pub async fn custom_domain(&self, name: &str) {
        let certificate = "arn:aws:acm:us-east-1:000000000000:certificate/1a2b3c";
        let config = json!({ "CertificateArn": certificate });
        let input = json!({ "Domain": name, "CustomDomainConfig": config });
        self.admin("CreateUserPoolDomain", input).await.ok();
    }

    /// AdminGetUser.
    pub async fn user(&self, username: &str) -> Answer {
        self.admin("AdminGetUser", json!({ "Username": username }))
            .await
    }

    /// One attribute of a user as the administrator sees it.
    pub async fn attribute(&self, username: &str, name: &str) -> Option<String> {
        attribute(&self.user(username).await.ok()["UserAttributes"], name)
    }

    /// The development inbox of one address or number.
    pub fn inbox(&self, to: &str) -> Inbox {
        self.endpoint.inbox(to)
    }

    /// The same pool, as another server on the same database has it.
    pub fn on(&self, endpoint: &Endpoint) -> Self {
        Self {
            endpoint: endpoint.clone(),
            ..self.clone()
        }
    }

    /// The server this pool is on.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

/// An app client, and the application that uses it.
#[derive(Clone, Debug)]
pub struct AppClient {
    /// 26 lower-case letters and digits.
    pub id: String,
    /// If it was made with one.
    pub secret: Option<String>,
    /// As CreateUserPoolClient answered it.
    pub created: Value,
    /// Its pool.
    pub pool: Pool,
}

impl AppClient {
    /// The same client at another server on the same database.
    pub fn at(&self, endpoint: &Endpoint) -> Self {
        let mut client = self.clone();
        client.pool.endpoint = endpoint.clone();
        client
    }

    /// An unsigned call of this app client: `ClientId` is put in unless `input` has one, and
    /// `SecretHash` where the client has a secret and `input` a `Username`.
    pub async fn call(&self, operation: &str, input: Value) -> Answer {
        let mut base = json!({ "ClientId": self.id });
        if let (Some(_), Some(username)) = (&self.secret, input["Username"].as_str()) {
            base["SecretHash"] = json!(self.secret_hash(username));
        }
        self.pool
            .endpoint
            .client
            .call(operation, laid_over(base, input))
            .await
    }

    /// The same app client, used from another address ([`super::client::Client::at_source`]).
    pub fn at_source(&self, address: &str) -> Self {
        let mut app = self.clone();
        app.pool.endpoint.client = app.pool.endpoint.client.at_source(address.parse().unwrap());
        app
    }

    /// The same app client, used from another address by another browser or application.
    pub fn on_device(&self, address: &str, agent: &str) -> Self {
        let mut app = self.clone();
        let address = address.parse().unwrap();
        app.pool.endpoint.client = app.pool.endpoint.client.on_device(address, Some(agent));
        app
    }

    /// A call that knows only an access token, as GetUser.
    pub async fn with_token(&self, operation: &str, access: &str, input: Value) -> Answer {
        let input = laid_over(json!({ "AccessToken": access }), input);
        self.pool.endpoint.client.call(operation, input).await
    }

    /// Section 5.3: base64(HMAC-SHA256(secret, username + client id)).
    pub fn secret_hash(&self, username: &str) -> String {
        let secret = self.secret.as_deref().expect("a client with a secret");
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        let text = format!("{username}{}", self.id);
        STANDARD.encode(aws_lc_rs::hmac::sign(&key, text.as_bytes()))
    }

    /// SignUp with [`PASSWORD`]; `attributes` is an object of names and values.
    pub async fn sign_up(&self, username: &str, attributes: Value) -> Answer {
        self.call(
            "SignUp",
            json!({
                "Username": username,
                "Password": PASSWORD,
                "UserAttributes": attribute_list(&attributes),
            }),
        )
        .await
    }

    /// SignUp and confirmation: by the code in the inbox if one was sent, else by the
    /// administrator. Returns the user's `sub`.
    pub async fn confirmed(&self, username: &str, attributes: Value) -> String {
        let answer = self.sign_up(username, attributes.clone()).await.ok();
        let sub = text(&answer, "UserSub");
        match answer["CodeDeliveryDetails"]["AttributeName"].as_str() {
            Some(name) => {
                // In a pool whose usernames are addresses the attribute need not be given.
                let to = attributes[name].as_str().unwrap_or(username);
                let code = self.pool.inbox(to).code().await;
                let input = json!({ "Username": username, "ConfirmationCode": code });
                self.call("ConfirmSignUp", input).await.ok();
            }
            None => {
                let input = json!({ "Username": username });
                self.pool.admin("AdminConfirmSignUp", input).await.ok();
            }
        }
        sub
    }

    /// InitiateAuth with USER_PASSWORD_AUTH.
    pub async fn initiate(&self, username: &str, password: &str) -> Answer {
        let mut parameters = json!({ "USERNAME": username, "PASSWORD": password });
        if self.secret.is_some() {
            parameters["SECRET_HASH"] = json!(self.secret_hash(username));
        }
        self.call(
            "InitiateAuth",
            json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters }),
        )
        .await
    }

    /// Signs in with [`PASSWORD`].
    pub async fn sign_in(&self, username: &str) -> Tokens {
        Tokens::from(&self.initiate(username, PASSWORD).await.ok())
    }

    /// GetTokensFromRefreshToken.
    pub async fn refresh(&self, refresh: &str) -> Answer {
        self.refresh_from(refresh, None).await
    }

    /// GetTokensFromRefreshToken, naming a device.
    pub async fn refresh_from(&self, refresh: &str, device: Option<&str>) -> Answer {
        let mut input = json!({ "RefreshToken": refresh });
        if let Some(device) = device {
            input["DeviceKey"] = json!(device);
        }
        if let Some(secret) = &self.secret {
            input["ClientSecret"] = json!(secret);
        }
        self.call("GetTokensFromRefreshToken", input).await
    }

    /// A confirmed user who has signed in.
    pub async fn signed_in(&self, username: &str, attributes: Value) -> Tokens {
        self.confirmed(username, attributes).await;
        self.sign_in(username).await
    }
}

/// What a sign-in hands out.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Access token.
    pub access: String,
    /// ID token.
    pub id: String,
    /// Refresh token; empty if none was handed out.
    pub refresh: String,
}

impl From<&Value> for Tokens {
    /// From a body with `AuthenticationResult`.
    #[track_caller]
    fn from(body: &Value) -> Self {
        let result = &body["AuthenticationResult"];
        assert!(result.is_object(), "no tokens in {body}");
        Self {
            access: text(result, "AccessToken"),
            id: text(result, "IdToken"),
            refresh: result["RefreshToken"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        }
    }
}

impl Tokens {
    /// The access token's claims, not verified.
    pub fn access_claims(&self) -> Value {
        claims(&self.access)
    }

    /// The ID token's claims, not verified.
    pub fn id_claims(&self) -> Value {
        claims(&self.id)
    }
}

/// A token's claims, not verified.
#[track_caller]
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT");
    let bytes = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON claims")
}

/// `{"email": "a@b"}` as the API's list of names and values.
#[track_caller]
pub fn attribute_list(attributes: &Value) -> Value {
    attributes
        .as_object()
        .expect("an object of names and values")
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect()
}

/// The value of one attribute in the API's list.
pub fn attribute(list: &Value, name: &str) -> Option<String> {
    list.as_array()?
        .iter()
        .find(|attribute| attribute["Name"] == name)
        .and_then(|attribute| attribute["Value"].as_str())
        .map(str::to_owned)
}

/// `overrides` laid over `base`, member by member; a null takes the member away.
pub fn laid_over(base: Value, overrides: Value) -> Value {
    let (Value::Object(mut base), Value::Object(overrides)) = (base, overrides) else {
        panic!("inputs are JSON objects");
    };
    for (name, value) in overrides {
        if value.is_null() {
            base.remove(&name);
        } else {
            base.insert(name, value);
        }
    }
    Value::Object(base)
}

#[track_caller]
fn text(value: &Value, member: &str) -> String {
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("no {member} in {value}"))
        .to_owned()
}
