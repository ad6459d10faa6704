//! The cases: what a connection sends in one iteration, and what counts as success.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use cognate::clock::Clock;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use crate::dataset::{CLIENT, PASSWORD, POOL, POOL_NAME, email, splitmix64, username};
use crate::factors::FactorPool;
use crate::mailbox::Mailbox;
use crate::pool_domain;
use crate::srp::{self, Challenge};
use crate::wire::{self, Signer, Wire};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
pub enum Case {
    /// GetUser
    GetUser,
    /// AdminGetUser
    AdminGetUser,
    /// ListUsers, first page
    ListUsers,
    /// ListUsers by e-mail address
    ListUsersByEmail,
    /// the JWKS of the pool
    Jwks,
    /// the page that a sign-in at the domain begins with
    SignInPage,
    /// userInfo at the domain
    UserInfo,
    /// UpdateUserAttributes
    UpdateUserAttributes,
    /// GetUserAttributeVerificationCode with VerifyUserAttribute
    VerifyUserAttribute,
    /// a new code for a user who is signed in at a browser
    Authorize,
    /// the exchange of a code for tokens, with PKCE
    CodeExchange,
    /// GetTokensFromRefreshToken
    GetTokensFromRefreshToken,
    /// a whole SRP sign-in
    SrpSignIn,
    /// a sign-in by SRP while a function of the pool's adds a claim
    FunctionSignIn,
    /// a sign-in by SRP and a code of an authenticator app
    TotpSignIn,
    /// a sign-in by SRP from a device that is remembered
    DeviceSignIn,
    /// a sign-in by a code from an e-mail
    EmailCodeSignIn,
    /// AdminCreateUser with SUPPRESS
    AdminCreateUser,
    /// SignUp
    SignUp,
    /// InitiateAuth with USER_PASSWORD_AUTH
    UserPasswordAuth,
}

impl Case {
    /// All cases. Those that hash passwords come last, so that memory can be read before them.
    pub const ALL: [Self; 20] = [
        Self::GetUser,
        Self::AdminGetUser,
        Self::ListUsers,
        Self::ListUsersByEmail,
        Self::Jwks,
        Self::SignInPage,
        Self::UserInfo,
        Self::UpdateUserAttributes,
        Self::VerifyUserAttribute,
        Self::Authorize,
        Self::CodeExchange,
        Self::GetTokensFromRefreshToken,
        Self::SrpSignIn,
        Self::FunctionSignIn,
        Self::TotpSignIn,
        Self::DeviceSignIn,
        Self::EmailCodeSignIn,
        Self::AdminCreateUser,
        Self::SignUp,
        Self::UserPasswordAuth,
    ];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetUser => "GetUser",
            Self::AdminGetUser => "AdminGetUser",
            Self::ListUsers => "ListUsers, first page",
            Self::ListUsersByEmail => "ListUsers, by e-mail",
            Self::Jwks => "JWKS",
            Self::SignInPage => "Sign-in page",
            Self::UserInfo => "userInfo",
            Self::UpdateUserAttributes => "UpdateUserAttributes",
            Self::VerifyUserAttribute => "Get code + VerifyUserAttribute",
            Self::Authorize => "authorize with a session",
            Self::CodeExchange => "Code exchange",
            Self::GetTokensFromRefreshToken => "GetTokensFromRefreshToken",
            Self::SrpSignIn => "SRP sign-in",
            Self::FunctionSignIn => "SRP sign-in, one trigger",
            Self::TotpSignIn => "TOTP sign-in",
            Self::DeviceSignIn => "Device SRP sign-in",
            Self::EmailCodeSignIn => "E-mail code sign-in",
            Self::AdminCreateUser => "AdminCreateUser",
            Self::SignUp => "SignUp",
            Self::UserPasswordAuth => "USER_PASSWORD_AUTH",
        }
    }

    /// Whether it is answered at the pool's domain.
    pub const fn is_of_domain(self) -> bool {
        matches!(
            self,
            Self::SignInPage | Self::UserInfo | Self::Authorize | Self::CodeExchange
        )
    }

    /// Whether it computes Argon2id, which has memory of its own.
    pub const fn hashes(self) -> bool {
        matches!(
            self,
            Self::AdminCreateUser | Self::SignUp | Self::UserPasswordAuth
        )
    }
}

/// A signed-in user.
pub struct Session {
    /// The user's number.
    pub user: u64,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// What all connections share.
pub struct Workload {
    /// The single-threaded runtime of the generator, to which the mailbox's connections belong.
    pub runtime: Runtime,
    /// The number of users in the pool.
    pub users: u64,
    /// The users who are signed in.
    pub sessions: Vec<Session>,
    /// Access tokens that the domain's token endpoint has given.
    pub domain_tokens: Vec<String>,
    /// Codes of applications that were asked for ahead.
    pub codes: RefCell<Vec<String>>,
    /// Reads codes out of the store.
    pub mailbox: Mailbox,
    /// Signs for the minutes of one measurement.
    pub signer: Signer,
    /// The client's time in an SRP exchange, likewise.
    pub timestamp: String,
    /// The step of the last code that each authenticator app has given.
    pub(crate) app_steps: RefCell<Vec<i64>>,
    iterations: Cell<u64>,
    clock: Clock,
}

/// The number of a connection, which gives it users of its own.
#[derive(Clone, Copy)]
pub struct ConnectionNumber {
    /// Its number.
    pub number: usize,
    /// The number of connections.
    pub of: usize,
}

/// The counts of a connection.
#[derive(Default)]
pub struct Counts {
    /// When each successful operation ended, and its duration in microseconds.
    pub done: Vec<(Instant, u32)>,
    /// The number of errors, by type.
    pub errors: BTreeMap<String, u64>,
}

impl Counts {
    pub(crate) fn took(&mut self, time: Duration) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        self.done.push((Instant::now(), micros));
    }

    pub(crate) fn failed(&mut self, what: &str) {
        *self.errors.entry(what.to_owned()).or_default() += 1;
    }
}

/// The number of codes that a connection requests before it redeems them.
pub const CODES_AT_ONCE: usize = 4;

#[derive(Deserialize)]
struct ErrorBody<'a> {
    #[serde(rename = "__type")]
    kind: &'a str,
}

#[derive(Deserialize)]
struct SignedIn<'a> {
    #[serde(rename = "AuthenticationResult", borrow)]
    result: Issued<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Issued<'a> {
    access_token: &'a str,
    refresh_token: &'a str,
}

impl Workload {
    /// A workload without signed-in users.
    pub fn new(runtime: Runtime, users: u64, mailbox: Mailbox) -> Self {
        let clock = Clock::default();
        let mut workload = Self {
            runtime,
            users,
            sessions: Vec::new(),
            domain_tokens: Vec::new(),
            codes: RefCell::default(),
            mailbox,
            signer: Signer::new(),
            timestamp: String::new(),
            app_steps: (0..FactorPool::App.users())
                .map(|_| 0)
                .collect::<Vec<_>>()
                .into(),
            // New users of a later run must not have the names of an earlier one's.
            iterations: Cell::new(u64::try_from(clock.now().millis()).unwrap_or(0) << 16),
            clock,
        };
        workload.refresh();
        workload
    }

    /// Renews the signer and the timestamp, which are valid for minutes.
    pub fn refresh(&mut self) {
        self.timestamp = srp::timestamp(self.clock.now().seconds());
        self.signer = Signer::new();
    }

    pub(crate) fn now_millis(&self) -> i64 {
        self.clock.now().millis()
    }

    pub(crate) fn now_seconds(&self) -> i64 {
        self.clock.now().seconds()
    }

    pub(crate) fn next_iteration(&self) -> u64 {
        let iteration = self.iterations.get();
        self.iterations.set(iteration + 1);
        iteration
    }

    /// One iteration of a connection: one operation, or for codes a few. Outcomes are added to `counts`.
    ///
    /// # Errors
    /// If the connection breaks.
    pub async fn run_iteration(
        &self,
        case: Case,
        connection_number: ConnectionNumber,
        wire: &mut Wire,
        counts: &mut Counts,
    ) -> std::io::Result<()> {
        let iteration = self.next_iteration();
        wire.take_exchange_time();
        let result = match case {
            Case::VerifyUserAttribute => return self.verify(connection_number, wire, counts).await,
            Case::SrpSignIn => {
                let user = splitmix64(iteration) % self.users;
                self.sign_in(user, wire).await?.map(|_| ())
            }
            Case::FunctionSignIn => self.sign_in_with_function(iteration, wire).await?,
            Case::TotpSignIn => self.sign_in_with_app(connection_number, wire).await?,
            Case::DeviceSignIn => self.sign_in_with_device(iteration, wire).await?,
            Case::EmailCodeSignIn => {
                let signed_in = self.sign_in_with_code(connection_number, wire, counts);
                return signed_in.await;
            }
            Case::Authorize => self.authorize(iteration, wire).await?.map(drop),
            Case::CodeExchange => self.exchange_code(wire).await?.map(drop),
            Case::GetUser
            | Case::AdminGetUser
            | Case::ListUsers
            | Case::ListUsersByEmail
            | Case::Jwks
            | Case::SignInPage
            | Case::UserInfo
            | Case::UpdateUserAttributes
            | Case::GetTokensFromRefreshToken
            | Case::AdminCreateUser
            | Case::SignUp
            | Case::UserPasswordAuth => {
                expect_success(wire, &self.request(case, iteration)).await?
            }
        };
        match result {
            Ok(()) => counts.took(wire.take_exchange_time()),
            Err(kind) => counts.failed(&kind),
        }
        Ok(())
    }

    /// The request of a case that is one request.
    pub fn request(&self, case: Case, iteration: u64) -> Vec<u8> {
        let user = splitmix64(iteration) % self.users;
        let session = nth(&self.sessions, iteration);
        let access = session.map_or("", |session| &session.access);
        match case {
            Case::GetUser => wire::call("GetUser", &format!(r#"{{"AccessToken":"{access}"}}"#)),
            Case::AdminGetUser => self.signer.call(
                "AdminGetUser",
                &format!(r#"{{"UserPoolId":"{POOL}","Username":"{}"}}"#, username(user)),
            ),
            Case::ListUsers => self
                .signer
                .call("ListUsers", &format!(r#"{{"UserPoolId":"{POOL}"}}"#)),
            Case::ListUsersByEmail => self.signer.call(
                "ListUsers",
                &format!(
                    r#"{{"UserPoolId":"{POOL}","Filter":"email = \"{}\""}}"#,
                    email(user)
                ),
            ),
            Case::Jwks => wire::get(&format!("/{POOL}/.well-known/jwks.json")),
            Case::SignInPage => pool_domain::sign_in_page(),
            Case::UserInfo => {
                let token = nth(&self.domain_tokens, iteration);
                pool_domain::user_info(token.map_or("", String::as_str))
            }
            Case::UpdateUserAttributes => wire::call(
                "UpdateUserAttributes",
                // A different value each time, so that the server has to write.
                &format!(
                    r#"{{"AccessToken":"{access}","UserAttributes":[{{"Name":"custom:plan","Value":"plan-{iteration}"}}]}}"#
                ),
            ),
            Case::GetTokensFromRefreshToken => wire::call(
                "GetTokensFromRefreshToken",
                &format!(
                    r#"{{"ClientId":"{CLIENT}","RefreshToken":"{}"}}"#,
                    session.map_or("", |session| &session.refresh)
                ),
            ),
            Case::AdminCreateUser => self.signer.call(
                "AdminCreateUser",
                &format!(
                    r#"{{"UserPoolId":"{POOL}","Username":"made{iteration}","MessageAction":"SUPPRESS","UserAttributes":[{{"Name":"email","Value":"made{iteration}@example.com"}},{{"Name":"email_verified","Value":"true"}}]}}"#
                ),
            ),
            Case::SignUp => wire::call(
                "SignUp",
                &format!(
                    r#"{{"ClientId":"{CLIENT}","Username":"new{iteration}","Password":"{PASSWORD}","UserAttributes":[{{"Name":"email","Value":"new{iteration}@example.com"}},{{"Name":"name","Value":"New User"}}]}}"#
                ),
            ),
            Case::UserPasswordAuth => wire::call(
                "InitiateAuth",
                &format!(
                    r#"{{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"{CLIENT}","AuthParameters":{{"USERNAME":"{}","PASSWORD":"{PASSWORD}"}}}}"#,
                    username(user)
                ),
            ),
            Case::SrpSignIn
            | Case::FunctionSignIn
            | Case::TotpSignIn
            | Case::DeviceSignIn
            | Case::EmailCodeSignIn
            | Case::Authorize
            | Case::CodeExchange
            | Case::VerifyUserAttribute => Vec::new(),
        }
    }

    /// A whole SRP sign-in.
    pub async fn sign_in(
        &self,
        user: u64,
        wire: &mut Wire,
    ) -> std::io::Result<Result<Session, String>> {
        let begin = format!(
            r#"{{"AuthFlow":"USER_SRP_AUTH","ClientId":"{CLIENT}","AuthParameters":{{"USERNAME":"{}","SRP_A":"{}"}}}}"#,
            username(user),
            srp::A
        );
        let answer = wire.exchange(&wire::call("InitiateAuth", &begin)).await?;
        if answer.status != 200 {
            return Ok(Err(error_kind(answer.status, answer.body)));
        }
        let response = Challenge::read(answer.body)
            .and_then(|challenge| challenge.response(POOL_NAME, CLIENT, None, &self.timestamp));
        let Some(response) = response else {
            return Ok(Err("no challenge in the answer".to_owned()));
        };
        let request = wire::call("RespondToAuthChallenge", &response);
        let answer = wire.exchange(&request).await?;
        if answer.status != 200 {
            return Ok(Err(error_kind(answer.status, answer.body)));
        }
        let signed_in: Result<SignedIn<'_>, _> = serde_json::from_slice(answer.body);
        Ok(signed_in
            .map(|signed_in| Session {
                user,
                access: signed_in.result.access_token.to_owned(),
                refresh: signed_in.result.refresh_token.to_owned(),
            })
            .map_err(|_| "no tokens in the answer".to_owned()))
    }

    /// Requests a few codes, reads them with one query, and redeems them. Both calls of a user count as
    /// one operation, without the query.
    async fn verify(
        &self,
        connection_number: ConnectionNumber,
        wire: &mut Wire,
        counts: &mut Counts,
    ) -> std::io::Result<()> {
        let since = self.clock.now().millis();
        // Each connection has users of its own, so that none replaces the code of another.
        let own = self
            .sessions
            .iter()
            .skip(connection_number.number)
            .step_by(connection_number.of);
        let begin = usize::try_from(splitmix64(self.next_iteration()) % 1024).unwrap_or(0);
        let mut asked = Vec::with_capacity(CODES_AT_ONCE);
        for session in own.cycle().skip(begin).take(CODES_AT_ONCE) {
            let body = format!(
                r#"{{"AccessToken":"{}","AttributeName":"email"}}"#,
                session.access
            );
            let request = wire::call("GetUserAttributeVerificationCode", &body);
            match expect_success(wire, &request).await? {
                Ok(()) => asked.push((session, wire.take_exchange_time())),
                Err(kind) => counts.failed(&kind),
            }
        }
        let users: Vec<u64> = asked.iter().map(|(session, _)| session.user).collect();
        let codes = match self.mailbox.codes(POOL, &users, since).await {
            Ok(codes) => codes,
            Err(error) => {
                counts.failed(&format!("mailbox: {error}"));
                return Ok(());
            }
        };
        for (session, asking) in asked {
            let Some(code) = codes.get(&session.user) else {
                counts.failed("no code in the store");
                continue;
            };
            let body = format!(
                r#"{{"AccessToken":"{}","AttributeName":"email","Code":"{code}"}}"#,
                session.access
            );
            let request = wire::call("VerifyUserAttribute", &body);
            wire.take_exchange_time();
            match expect_success(wire, &request).await? {
                Ok(()) => counts.took(asking + wire.take_exchange_time()),
                Err(kind) => counts.failed(&kind),
            }
        }
        Ok(())
    }
}

/// The element whose turn it is in an iteration.
fn nth<T>(of: &[T], iteration: u64) -> Option<&T> {
    let count = u64::try_from(of.len()).ok()?;
    of.get(usize::try_from(iteration.checked_rem(count)?).ok()?)
}

async fn expect_success(wire: &mut Wire, request: &[u8]) -> std::io::Result<Result<(), String>> {
    let answer = wire.exchange(request).await?;
    Ok(match answer.status {
        200 => Ok(()),
        status => Err(error_kind(status, answer.body)),
    })
}

pub(crate) fn error_kind(status: u16, body: &[u8]) -> String {
    let kind: Option<ErrorBody<'_>> = serde_json::from_slice(body).ok();
    kind.map_or_else(|| format!("HTTP {status}"), |error| error.kind.to_owned())
}
