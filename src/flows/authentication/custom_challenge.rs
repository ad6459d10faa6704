//! Custom challenges: DefineAuthChallenge says what follows in a custom sign-in, CreateAuthChallenge makes the
//! challenge (behaviour 5.8). What its answer needs is in the client's session, or where that would be too long in a
//! row, both sealed.

use secrecy::zeroize::Zeroizing;

use super::challenge_session::{ChallengeKind, ChallengeState};
use super::custom_sign_in::CustomSignIn;
use super::outcome::{self, CustomChallengeRequired};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::{CryptoError, KeyPurpose};
use crate::domain::auth_event::{Outcome, right_answers};
use crate::domain::failure::Failure;
use crate::domain::sign_in::Proven;
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::User;
use crate::flows::limits::Requester;
use crate::flows::lookup::ClientContext;
use crate::flows::{Result, auth_events, refuse};
use crate::store;
use crate::triggers::create_auth_challenge::{self, Challenge};
use crate::triggers::define_auth_challenge::{self, Decision};
use crate::triggers::{ChallengeResult, Occasion, Texts, user_attributes};

/// The names of challenges among those that have been answered.
pub(super) const CUSTOM_CHALLENGE: &str = "CUSTOM_CHALLENGE";
pub(super) const SRP_A: &str = "SRP_A";
pub(super) const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";

/// Most bytes of what a row keeps for one challenge: a function's private parameters, and the metadata of all
/// challenges before.
const MAX_STORED: usize = 64 * 1024;
/// What the seal of a row is bound to, beside pool and challenge.
const IN_A_ROW: &str = "custom challenge";

/// A challenge that was answered rightly and has no metadata.
pub(super) fn passed(name: &str) -> ChallengeResult {
    ChallengeResult {
        challenge_name: name.to_owned(),
        challenge_result: true,
        challenge_metadata: None,
    }
}

/// Whom a custom sign-in is of.
pub(super) struct Claimant<'a> {
    /// The user; `None` for a name whose user is hidden.
    pub user: Option<&'a User>,
    /// The user's id, or what stands for it.
    pub id: &'a str,
    /// The username, or what stands for it.
    pub username: &'a str,
    /// The user's credentials version; 1 for nobody.
    pub credentials_version: i64,
}

impl<'a> Claimant<'a> {
    /// A user that is there.
    pub(super) fn of(user: &'a User) -> Self {
        Self {
            user: Some(user),
            id: &user.id,
            username: &user.username,
            credentials_version: user.credentials_version,
        }
    }

    /// What functions are told of the user.
    pub(super) fn attributes(&self, client_context: &ClientContext) -> Texts {
        self.user.map_or_else(Texts::new, |user| {
            user_attributes(&client_context.pool, user)
        })
    }

    /// What functions are called for.
    pub(super) fn occasion(
        &'a self,
        context: &'a RequestContext,
        client_context: &'a ClientContext,
    ) -> Occasion<'a> {
        Occasion {
            pool: &client_context.pool,
            client_id: Some(&client_context.client.id),
            username: self.username,
            client_metadata: &context.client_metadata,
        }
    }
}

/// What follows in a custom sign-in.
pub(super) enum CustomStep {
    /// The client is asked for this.
    Ask(outcome::Outcome),
    /// The client has to prove the password whose exchange it has begun.
    VerifyPassword,
    /// The user is signed in.
    Tokens,
}

/// Asks the pool's functions what follows after `history`, and makes the challenge that they want.
///
/// # Errors
/// [`Failure::WrongCredentials`] if the function ends the sign-in; [`Failure::CustomAuthNotConfigured`]; those of a
/// trigger, [`Failure::TriggerAnswerInvalid`] also for a challenge that cannot follow.
pub(super) async fn next(
    app: &App,
    context: &RequestContext,
    (client_context, requester): (&ClientContext, &Requester<'_>),
    claimant: &Claimant<'_>,
    history: Vec<ChallengeResult>,
    proven: Proven,
) -> Result<CustomStep> {
    let attributes = claimant.attributes(client_context);
    let occasion = claimant.occasion(context, client_context);
    let (triggers, not_found) = (&app.triggers, claimant.user.is_none());
    let defined =
        define_auth_challenge::ask(triggers, occasion, &attributes, &history, not_found).await?;
    // The exchange has only begun: a client that has sent a number has proven nothing.
    let only_begun = matches!(history.as_slice(), [one] if one.challenge_name == SRP_A);
    let invalid = || refuse(Failure::TriggerAnswerInvalid(Trigger::DefineAuthChallenge));
    let name = match defined {
        None => return refuse(Failure::CustomAuthNotConfigured),
        Some(Decision::Fail) => {
            let of = (requester.subject(), requester.client);
            let answers = right_answers(proven);
            let mut conn = app.db.write().await?;
            auth_events::record_sign_in(app, context, &mut conn, of, Outcome::Fail, answers)
                .await?;
            return refuse(Failure::WrongCredentials);
        }
        Some(Decision::IssueTokens) if only_begun => return invalid(),
        Some(Decision::IssueTokens) => return Ok(CustomStep::Tokens),
        Some(Decision::Challenge(name)) => name,
    };
    match name.as_str() {
        CUSTOM_CHALLENGE => {}
        PASSWORD_VERIFIER if only_begun => return Ok(CustomStep::VerifyPassword),
        _ => return invalid(),
    }
    let created =
        create_auth_challenge::ask(triggers, occasion, &attributes, &name, &history, not_found);
    let Some(challenge) = created.await? else {
        return refuse(Failure::CustomAuthNotConfigured);
    };
    let Challenge {
        public,
        private,
        metadata,
    } = challenge;
    let of = (claimant.id, claimant.credentials_version);
    let state = ChallengeState::new(app, context, client_context, of, proven);
    let waiting = CustomSignIn {
        history,
        private,
        metadata,
    };
    let mut parameters = public;
    parameters.insert("USERNAME".to_owned(), claimant.username.to_owned());
    Ok(CustomStep::Ask(outcome::Outcome::Custom(
        CustomChallengeRequired {
            session: seal(app, state, waiting).await?,
            parameters,
        },
    )))
}

/// The session of a challenge. What it has no room for is stored.
async fn seal(app: &App, mut state: ChallengeState, waiting: CustomSignIn) -> Result<String> {
    state.custom = Some(waiting);
    match state.try_seal(app, ChallengeKind::Custom) {
        Err(CryptoError::TooLong) => {}
        sealed => return Ok(sealed?),
    }
    let json = serde_json::to_vec(&state.custom.take()).map_err(|_| CryptoError::Encoding)?;
    let json = Zeroizing::new(json);
    if json.len() > MAX_STORED {
        return refuse(Failure::TriggerAnswerInvalid(Trigger::CreateAuthChallenge));
    }
    let session = state.try_seal(app, ChallengeKind::Custom)?;
    let id = state.id.to_string();
    let bound_to = [IN_A_ROW, state.pool.as_str(), id.as_str()];
    let sealed = app.vault.seal(KeyPurpose::Session, &bound_to, &json)?;
    let mut conn = app.db.write().await?;
    store::custom_challenges::insert(&mut conn, &state.pool, &id, &sealed, state.end()).await?;
    Ok(session)
}

/// Takes the answer to a challenge in: it is the only one, whatever the functions say of it. Concurrent answers to
/// one session would otherwise each be a guess that the functions do not know of.
///
/// # Errors
/// [`Failure::InvalidSession`] if the challenge was answered before.
pub(super) async fn claim(app: &App, state: &ChallengeState) -> Result<CustomSignIn> {
    let (pool_id, id) = (state.pool.as_str(), state.id.to_string());
    let mut tx = app.db.begin().await?;
    if !store::challenges::mark_answered(&mut tx, pool_id, &id, state.end()).await? {
        return refuse(Failure::InvalidSession);
    }
    let waiting = match &state.custom {
        Some(waiting) => waiting.clone(),
        None => {
            let stored = store::custom_challenges::take(&mut tx, pool_id, &id).await?;
            let bound_to = [IN_A_ROW, pool_id, id.as_str()];
            let opened = stored
                .and_then(|sealed| app.vault.open(KeyPurpose::Session, &bound_to, &sealed))
                .and_then(|json| serde_json::from_slice::<Option<CustomSignIn>>(&json).ok());
            let Some(waiting) = opened.flatten() else {
                return refuse(Failure::InvalidSession);
            };
            waiting
        }
    };
    tx.commit().await?;
    Ok(waiting)
}
