//! The user that a name belongs to before anything is proven, and the sessions of challenges that precede any proof.

use super::challenge_session::{ChallengeKind, ChallengeState};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::simulated;
use crate::domain::acr::StepUp;
use crate::domain::failure::Failure;
use crate::domain::first_factor::{Choice, Has, choices, may_begin_with, of_pool};
use crate::domain::session::SignInMethod;
use crate::domain::sign_in::Proven;
use crate::domain::user::{Credentials, User};
use crate::domain::user_pool::UserPool;
use crate::domain::username;
use crate::flows::lookup::ClientContext;
use crate::flows::{Result, lookup, passkeys, refuse};
use crate::store;
use crate::store::sign_in::UserWithCredentials;

/// The user that a name belongs to; for a name that nobody has, what stands for it.
pub(super) struct Named {
    /// The user, if there is one.
    pub(super) user: Option<User>,
    pub(super) credentials: Option<Credentials>,
    /// The user's id; a stable one for a name that nobody has.
    pub(super) id: String,
    /// The username; a stable one for a name that nobody has.
    pub(super) username: String,
    /// Whether the user has a passkey; a name that nobody has has none.
    has_passkey: bool,
    /// What the sign-in is asked to prove.
    pub(super) step_up: Option<StepUp>,
}

/// Finds the user that `name` belongs to. `step_up` is what the sign-in is asked to prove.
pub(super) async fn named(
    app: &App,
    pool: &UserPool,
    name: &str,
    step_up: Option<StepUp>,
) -> Result<Named> {
    let found = lookup::for_sign_in(app, pool, name).await?;
    let (user, credentials) = match found {
        Some(UserWithCredentials { user, credentials }) => (Some(user), credentials),
        None => (None, None),
    };
    let (id, username) = match &user {
        Some(user) => (user.id.clone(), user.username.clone()),
        None => {
            let key = username::key(&pool.settings, name);
            (
                simulated::simulated_uuid(&app.vault, &pool.id, &key).to_string(),
                lookup::simulated_username(app, pool, name),
            )
        }
    };
    // The store is asked as often where there is no user, so that the answer takes as long.
    let has_passkey = passkeys::sign_in::is_available(app, pool, &id).await?;
    Ok(Named {
        has_passkey,
        user,
        credentials,
        id,
        username,
        step_up,
    })
}

impl Named {
    /// The factors that the user can begin with, for what the sign-in is asked to prove.
    pub(super) fn choices(&self, pool: &UserPool) -> Vec<Choice> {
        let mut choices = match &self.user {
            Some(user) => {
                let has = Has {
                    password: self.credentials.is_some(),
                    passkey: self.has_passkey,
                };
                choices(&pool.settings, user, has)
            }
            None => of_pool(&pool.settings),
        };
        if let Some(step_up) = &self.step_up {
            choices.retain(|choice| may_begin_with(&pool.settings, step_up, *choice));
        }
        choices
    }
}

/// The state of a challenge that precedes any proof. `method` is what a right answer will have proven.
pub(super) fn state(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    named: &Named,
    method: SignInMethod,
) -> ChallengeState {
    let version = named
        .user
        .as_ref()
        .map_or(1, |user| user.credentials_version);
    let of = (named.id.as_str(), version);
    let proven = Proven {
        step_up: named.step_up,
        ..Proven::first(method)
    };
    ChallengeState::new(app, context, client_context, of, proven)
}

/// Opens the session of a challenge that precedes any proof, and finds the user that `name` belongs to.
pub(super) async fn resume(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    kind: ChallengeKind,
    (session, name): (&str, &str),
) -> Result<(ChallengeState, Named)> {
    let pool = &client_context.pool;
    let state = ChallengeState::open(app, kind, session)?;
    state.check(context, client_context)?;
    let named = named(app, pool, name, state.proven.step_up).await?;
    let mut conn = app.db.read().await?;
    if store::challenges::is_answered(&mut conn, &pool.id, &state.id.to_string()).await? {
        return refuse(Failure::SessionSpent);
    }
    let version = named
        .user
        .as_ref()
        .map_or(1, |user| user.credentials_version);
    if named.id != state.user || version != state.credentials_version {
        return refuse(Failure::InvalidSession);
    }
    Ok((state, named))
}
