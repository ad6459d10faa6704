//! Asking a sign-in to reach a level of authentication (administration 10.4), and what an earlier one lends it.

use secrecy::SecretString;

use super::authorize::{Authorized, authorize};
use super::named_user::Named;
use super::outcome::Outcome;
use super::standing::Standing;
use super::step;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::acr::{Factors, Need, StepUp, StepUpFault};
use crate::domain::failure::Failure;
use crate::domain::first_factor::{Choice, may_begin_with, of_pool};
use crate::domain::mfa::provable;
use crate::domain::session::SignInMethod;
use crate::domain::sign_in::Proven;
use crate::domain::tier::Feature;
use crate::domain::user_pool::UserPool;
use crate::flows::limits::Requester;
use crate::flows::lookup::ClientContext;
use crate::flows::{Result, refuse, user_pools};
use crate::store;

/// What a sign-in is asked to prove.
#[derive(Clone, Copy)]
pub enum Asked<'a> {
    /// Nothing, or what the parameters of USER_AUTH say.
    Parameters(Parameters<'a>),
    /// What a request for authorization says, which has been checked.
    Levels(Option<StepUp>),
}

/// The parameters of USER_AUTH.
#[derive(Clone, Copy, Default)]
pub struct Parameters<'a> {
    /// `TARGET_ACR_VALUES`: names of levels, separated by blanks, the preferred one first.
    pub levels: Option<&'a str>,
    /// `ACCESS_TOKEN`: of an earlier sign-in of the user, whose factors count.
    pub token: Option<&'a SecretString>,
    /// `MAX_AGE`: how many seconds ago that sign-in may have been.
    pub max_age: Option<&'a str>,
}

/// What a sign-in is asked to prove, read and checked.
pub(super) struct Claimed {
    /// The levels, and the factors that the earlier sign-in lends.
    pub(super) step_up: StepUp,
    /// The earlier sign-in's user and method, if there is one.
    earlier: Option<(Authorized, SignInMethod)>,
}

/// Reads what is asked; `None` if nothing is.
///
/// # Errors
/// [`Failure::StepUp`], and those of [`authorize`].
pub(super) async fn read(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    asked: &Asked<'_>,
) -> Result<Option<Claimed>> {
    let asked = match asked {
        Asked::Parameters(parameters) => parameters,
        Asked::Levels(step_up) => {
            return Ok(step_up.map(|step_up| Claimed {
                step_up,
                earlier: None,
            }));
        }
    };
    let Some(names) = asked.levels else {
        return match asked.token {
            Some(_) => fault(StepUpFault::TokenWithoutLevel),
            None => Ok(None),
        };
    };
    let levels = pool.settings.acr_values.levels(names);
    if levels.is_empty() {
        return fault(StepUpFault::NoLevel);
    }
    user_pools::check_feature(app, &pool.settings, Feature::AcrValues)?;
    let max_age = match asked.max_age.map(str::parse::<u32>) {
        None => None,
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        Some(Err(_)) => return fault(StepUpFault::MaxAge),
    };
    let mut step_up = StepUp {
        levels,
        credited: Factors::default(),
    };
    let mut earlier = None;
    if let Some(token) = asked.token {
        let authorized = authorize(app, context, token).await?;
        if authorized.pool.id != pool.id {
            return fault(StepUpFault::TokenOfAnotherUser);
        }
        let of = (&authorized.user.id, &authorized.session_id);
        let session =
            store::sessions::find_proven(&mut app.db.read().await?, &pool.id, of.0, of.1).await?;
        let Some(session) = session else {
            return refuse(Failure::AccessTokenRevoked);
        };
        let is_recent =
            max_age.is_none_or(|most| context.now <= session.auth_time.plus_seconds(most));
        if is_recent {
            step_up.credited = session.factors;
        }
        earlier = Some((authorized, session.method));
    }
    let can_begin = of_pool(&pool.settings)
        .into_iter()
        .any(|choice| may_begin_with(&pool.settings, &step_up, choice));
    if !can_begin {
        return fault(StepUpFault::OutOfReach);
    }
    Ok(Some(Claimed { step_up, earlier }))
}

/// Goes on from the earlier sign-in, where a second factor is all that is missing; `None` where the user has to begin
/// with a first factor.
///
/// # Errors
/// [`StepUpFault::TokenOfAnotherUser`], [`StepUpFault::Reached`], [`StepUpFault::OutOfReach`], and those of
/// [`step::take`].
pub(super) async fn begin(
    app: &App,
    context: &RequestContext,
    (client_context, name): (&ClientContext, &str),
    named: &Named,
    claimed: &Claimed,
    device_key: Option<&str>,
) -> Result<Option<Outcome>> {
    let Some((authorized, method)) = &claimed.earlier else {
        return Ok(None);
    };
    let (pool, client) = (&client_context.pool, &client_context.client);
    let Some(user) = named
        .user
        .as_ref()
        .filter(|user| user.id == authorized.user.id)
    else {
        return fault(StepUpFault::TokenOfAnotherUser);
    };
    let step_up = claimed.step_up;
    let provable = provable(&pool.settings, &user.mfa, &user.attributes);
    match step_up.need(Factors::default(), &provable) {
        Need::Nothing(_) => fault(StepUpFault::Reached),
        Need::OutOfReach => {
            let reaches =
                |choice: &Choice| step_up.may_begin_with(choice.method().factors(), &provable);
            if named.choices(pool).iter().any(reaches) {
                Ok(None)
            } else {
                fault(StepUpFault::OutOfReach)
            }
        }
        Need::OneOf(_) => {
            let requester = Requester::at_client(app, context, pool, client, name, Some(user));
            let mut conn = app.db.read().await?;
            let groups = store::groups::of_user(&mut conn, &pool.id, &user.id).await?;
            drop(conn);
            let proven = Proven {
                step_up: Some(step_up),
                ..Proven::first(*method)
            };
            let standing = Standing {
                device_key: device_key.map(ToOwned::to_owned),
                ..Standing::first(user.clone(), groups, proven)
            };
            let of = (client_context, &requester);
            let credentials = named.credentials.as_ref();
            step::take(app, context, of, credentials, standing)
                .await
                .map(Some)
        }
    }
}

fn fault<T>(fault: StepUpFault) -> Result<T> {
    refuse(Failure::StepUp(fault))
}
