//! Signing in with a passkey, by the flow that the challenge WEB_AUTHN is made of: a node without a listener on
//! the database that a server has prepared.

use std::sync::Arc;

use cognate::app::App;
use cognate::domain::failure::Failure;
use cognate::domain::user::User;
use cognate::domain::user_pool::UserPool;
use cognate::flows::Error;
use cognate::flows::passkeys::sign_in::{self, Answered, Claimant, PasskeyChallenge};
use cognate::store;
use serde_json::Value;

use super::application::{open_app, test_config};
use super::store::TestStore;

/// A node, and the pool whose users sign in.
pub struct SignInNode {
    pub app: Arc<App>,
    pub pool: UserPool,
}

/// A WEB_AUTHN challenge.
pub struct Challenge {
    /// `CREDENTIAL_REQUEST_OPTIONS` as it is sent.
    pub text: String,
    /// The same, read.
    pub options: Value,
    state: PasskeyChallenge,
}

impl SignInNode {
    /// The pool on a database that no server uses.
    pub async fn open(store: &TestStore, pool_id: &str) -> Self {
        let app = open_app(test_config(store)).await;
        let pool = pool(&app, pool_id).await;
        Self { app, pool }
    }

    /// Sets the pool's WebAuthnConfiguration, in the form in which it is stored.
    pub async fn configure(&mut self, settings: Value) {
        let mut pool = self.pool.clone();
        pool.settings.web_authn = serde_json::from_value(settings).unwrap();
        let now = self.app.clock.now();
        let mut conn = self.app.db.write().await.unwrap();
        let updated = store::user_pools::update(&mut conn, &pool, now).await;
        assert!(updated.unwrap());
        drop(conn);
        self.pool = self::pool(&self.app, &pool.id).await;
    }

    /// The user with this `sub`.
    pub async fn user(&self, sub: &str) -> User {
        let mut conn = self.app.db.read().await.unwrap();
        let found = store::users::find(&mut conn, &self.pool.id, sub).await;
        found.unwrap().unwrap()
    }

    /// Begins the sign-in of a user, or of a name that nobody has.
    pub async fn begin(&self, name: &str, user: Option<&User>) -> Challenge {
        let claimant = Claimant { name, user };
        let begun = sign_in::begin(&self.app, &self.pool, claimant).await;
        let begun = begun.unwrap();
        Challenge {
            options: serde_json::from_str(&begun.options).unwrap(),
            text: begun.options,
            state: begun.challenge,
        }
    }

    /// Answers a challenge; an error that is no refusal fails the test.
    pub async fn check(
        &self,
        user: Option<&User>,
        challenge: &Challenge,
        response: &str,
    ) -> Result<Answered, Failure> {
        // As it comes back from the Session.
        let sealed = serde_json::to_string(&challenge.state).unwrap();
        let state: PasskeyChallenge = serde_json::from_str(&sealed).unwrap();
        let name = user.map_or("nobody", |user| user.username.as_str());
        let claimant = Claimant { name, user };
        let checked = sign_in::check(&self.app, &self.pool, claimant, &state, response).await;
        checked.map_err(refusal)
    }

    /// Stores the use of a passkey.
    pub async fn record(&self, user: &User, answered: &Answered) -> Result<(), Failure> {
        let context = self.app.internal_context();
        let mut tx = self.app.db.begin().await.unwrap();
        let recorded = sign_in::record_use(&mut tx, &context, user, answered).await;
        tx.commit().await.unwrap();
        recorded.map_err(refusal)
    }

    /// Whether a sign-in of the user can begin with a passkey.
    pub async fn is_available(&self, user: &User) -> bool {
        let found = sign_in::is_available(&self.app, &self.pool, &user.id).await;
        found.unwrap()
    }

    /// Stops the node, so that another may use the database.
    pub async fn stop(self) {
        self.app.stop().await;
    }
}

async fn pool(app: &App, pool_id: &str) -> UserPool {
    let mut conn = app.db.read().await.unwrap();
    let found = store::user_pools::find(&mut conn, pool_id).await;
    found.unwrap().unwrap()
}

#[track_caller]
fn refusal(error: Error) -> Failure {
    match error {
        Error::Refused(failure) => failure,
        Error::Busy | Error::Stale | Error::Internal(_) => panic!("{error:?}"),
    }
}
