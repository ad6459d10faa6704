//! The lock-out after wrong passwords (behaviour 3.7) and sign-in codes (administration 2.6): of a user and an origin after a few, of the user from
//! everywhere only after many, so that a stranger cannot lock a user out.

use super::budgets;
use super::requester::Requester;
use super::usage::{self, Usage};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::auth_event::{Answered, ChallengeAnswer, EventKind, Outcome};
use crate::domain::failure::Failure;
use crate::domain::group::Group;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::flows::{Result, auth_events, refuse};
use crate::store::attempt_log::Budget;
use crate::store::attempts::{Lockout, LockoutPolicy};
use crate::store::sign_in::LockoutSubjects;
use crate::store::{self, Conn};

/// What is guessed. Each is counted by itself: a caller that has the password and guesses codes does not lock the
/// password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// The password.
    Password,
    /// The code of a second factor.
    SignInCode,
    /// A code as the first factor, which is counted together with those of second factors.
    FirstFactorCode,
}

impl Guess {
    const fn kind(self) -> &'static str {
        match self {
            Self::Password => "password_failures",
            Self::SignInCode | Self::FirstFactorCode => "sign_in_code_failures",
        }
    }

    /// What was answered in the sign-in.
    fn answers(self) -> Vec<ChallengeAnswer> {
        match self {
            Self::Password | Self::FirstFactorCode => vec![(Answered::Password, false)],
            Self::SignInCode => vec![(Answered::Password, true), (Answered::Mfa, false)],
        }
    }

    /// The budget of wrong guesses of one user from everywhere; `None` if it is off.
    fn budget(self, app: &App, user: &str) -> Option<Budget> {
        let budget = budgets::wrong_passwords(app, user)?;
        Some(match self {
            Self::Password => budget,
            Self::SignInCode | Self::FirstFactorCode => Budget {
                kind: "wrong_sign_in_codes",
                ..budget
            },
        })
    }
}

/// The configured lock-out; none if it is switched off.
fn policy(app: &App) -> Option<LockoutPolicy> {
    let limits = &app.config.limits;
    let ms = |seconds: u64| {
        i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000)
    };
    (limits.lockout_free_tries > 0).then(|| LockoutPolicy {
        failures_before_lock: i64::from(limits.lockout_free_tries),
        max_ms: ms(limits.lockout_max_seconds),
        reset_ms: ms(limits.lockout_reset_seconds),
    })
}

/// Refuses while the requester is locked out after wrong guesses. Flows call it before they check a
/// guess and again after they found it right (see also [`check_lockout_and_load_groups`]), so that
/// concurrent guesses gain nothing. Returns whether failures are recorded.
///
/// # Errors
/// [`Failure::PasswordAttemptsExceeded`].
pub async fn check_lockout(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    guess: Guess,
) -> Result<bool> {
    let lockout = {
        let mut conn = app.db.read().await?;
        let everywhere = guess.budget(app, &requester.user);
        store::attempts::lockout(
            &mut conn,
            requester.pool_id,
            guess.kind(),
            &requester.user_and_origin(app),
            everywhere.as_ref(),
            context.now,
        )
        .await?
    };
    refuse_locked(policy(app), lockout, context.now)
}

/// [`check_lockout`] for a user whose guess was found right. Clears the recorded failures of the user from
/// this origin and returns the user's groups, which the tokens name.
///
/// # Errors
/// [`Failure::PasswordAttemptsExceeded`].
pub async fn check_lockout_and_load_groups(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    guess: Guess,
    user: &User,
) -> Result<Vec<Group>> {
    let (lockout, groups) = {
        let mut conn = app.db.read().await?;
        let everywhere = guess.budget(app, &requester.user);
        let subjects = LockoutSubjects {
            kind: guess.kind(),
            user_and_origin: &requester.user_and_origin(app),
            from_everywhere: everywhere.as_ref(),
        };
        let now = context.now;
        store::sign_in::lockout_and_groups(&mut conn, &user.pool_id, &user.id, &subjects, now)
            .await?
    };
    if refuse_locked(policy(app), lockout, context.now)? {
        forgive(app, requester, guess).await?;
    }
    Ok(groups)
}

/// Whether failures are recorded; refuses if they lock the requester out at `now`.
fn refuse_locked(policy: Option<LockoutPolicy>, lockout: Lockout, now: Timestamp) -> Result<bool> {
    let left = lockout.counter.map_or(0, |counter| {
        counter.locked_until.saturating_sub(now.millis())
    });
    let is_locked = policy.is_some_and(|policy| (1..=policy.max_ms).contains(&left));
    if is_locked || lockout.is_spent {
        return refuse(Failure::PasswordAttemptsExceeded);
    }
    Ok(lockout.counter.is_some())
}

/// [`refuse_wrong`] of a password.
///
/// # Errors
/// Always: [`Failure::WrongCredentials`] or [`Failure::PasswordAttemptsExceeded`].
pub async fn refuse_wrong_password<T>(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
) -> Result<T> {
    let failure = Failure::WrongCredentials;
    refuse_wrong(app, context, requester, Guess::Password, failure).await
}

/// Refuses a wrong current password of a user who wants another one, and counts it as one of a sign-in.
///
/// # Errors
/// Always: [`Failure::WrongCredentials`] or [`Failure::PasswordAttemptsExceeded`].
pub async fn refuse_wrong_current_password<T>(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
) -> Result<T> {
    let mut tx = app.db.begin().await?;
    count_wrong(app, context, &mut tx, requester, Guess::Password).await?;
    let of = (requester.subject(), requester.client);
    let what = (EventKind::PasswordChange, Outcome::Fail);
    auth_events::record(app, context, &mut tx, of, what).await?;
    tx.commit().await?;
    refuse(Failure::WrongCredentials)
}

/// Refuses a wrong guess of a sign-in with `failure`, and counts it. If concurrent failures have locked the requester out
/// meanwhile, it is not counted, and refused as a right one would be.
///
/// # Errors
/// Always: `failure` or [`Failure::PasswordAttemptsExceeded`].
pub async fn refuse_wrong<T>(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    guess: Guess,
    failure: Failure,
) -> Result<T> {
    let mut tx = app.db.begin().await?;
    count_wrong(app, context, &mut tx, requester, guess).await?;
    let (of, answers) = ((requester.subject(), requester.client), guess.answers());
    auth_events::record_sign_in(app, context, &mut tx, of, Outcome::Fail, answers).await?;
    tx.commit().await?;
    refuse(failure)
}

/// Counts a wrong guess, and records the lock if it brings one.
async fn count_wrong(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    requester: &Requester<'_>,
    guess: Guess,
) -> Result<()> {
    usage::count(app, context, requester, Usage::WrongGuesses);
    let (pool_id, now) = (requester.pool_id, context.now);
    let mut locks = false;
    if let Some(policy) = policy(app) {
        let subject = requester.user_and_origin(app);
        let kind = guess.kind();
        let counted =
            store::attempts::record_failure(conn, pool_id, kind, &subject, policy, now).await?;
        let Some(count) = counted else {
            return refuse(Failure::PasswordAttemptsExceeded);
        };
        locks = count >= policy.failures_before_lock;
    }
    let mut everywhere: Vec<_> = guess.budget(app, &requester.user).into_iter().collect();
    if !store::attempt_log::spend(conn, pool_id, &mut everywhere, now).await? {
        return refuse(Failure::PasswordAttemptsExceeded);
    }
    if locks {
        let of = (requester.subject(), requester.client);
        let what = (EventKind::LockOut, Outcome::Pass);
        auth_events::record(app, context, conn, of, what).await?;
    }
    Ok(())
}

/// Forgets the wrong guesses of the user from this origin after a right one.
///
/// # Errors
/// If the store fails.
pub async fn forgive(app: &App, requester: &Requester<'_>, guess: Guess) -> Result<()> {
    let mut conn = app.db.write().await?;
    let subject = requester.user_and_origin(app);
    store::attempts::clear(&mut conn, requester.pool_id, guess.kind(), &subject).await?;
    Ok(())
}

/// Forgets all wrong passwords of the user, who has got another password by a code or from an administrator.
///
/// # Errors
/// If the store fails.
pub async fn forgive_everywhere(app: &App, requester: &Requester<'_>) -> Result<()> {
    let (pool_id, user) = (requester.pool_id, requester.user.as_str());
    let mut tx = app.db.begin().await?;
    let guess = Guess::Password;
    store::attempts::clear_all_of(&mut tx, pool_id, guess.kind(), user).await?;
    if let Some(budget) = guess.budget(app, user) {
        store::attempt_log::clear(&mut tx, pool_id, budget.kind, user).await?;
    }
    Ok(tx.commit().await?)
}
