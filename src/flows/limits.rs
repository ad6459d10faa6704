//! Hourly limits on code operations, and the lock-out after wrong passwords (behaviour 3.7, 8).

use super::{Result, refuse};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::code::MAX_FAILURES;
use crate::domain::failure::Failure;
use crate::domain::group::Group;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store;
use crate::store::attempts::{AttemptCounter, LockoutPolicy};

const HOUR_MS: i64 = 3_600_000;
const PASSWORD_FAILURES: &str = "password_failures";

/// What is limited per user and hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// ConfirmSignUp.
    ConfirmSignUp,
    /// ResendConfirmationCode.
    ResendCode,
    /// ForgotPassword and ConfirmForgotPassword together.
    ForgotPassword,
    /// ChangePassword.
    ChangePassword,
    /// GetUserAttributeVerificationCode.
    AttributeCode,
    /// VerifyUserAttribute.
    VerifyAttribute,
}

impl Limit {
    const fn kind(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "confirm_sign_up",
            Self::ResendCode => "resend_code",
            Self::ForgotPassword => "forgot_password",
            Self::ChangePassword => "change_password",
            Self::AttributeCode => "attribute_code",
            Self::VerifyAttribute => "verify_attribute",
        }
    }

    fn per_hour(self, app: &App) -> u32 {
        let limits = &app.config.limits;
        match self {
            Self::ConfirmSignUp => limits.confirm_sign_up_per_hour,
            Self::ResendCode => limits.resend_confirmation_code_per_hour,
            Self::ForgotPassword => limits.forgot_password_per_hour,
            Self::ChangePassword => limits.change_password_per_hour,
            Self::AttributeCode => limits.get_attribute_code_per_hour,
            Self::VerifyAttribute => limits.verify_attribute_per_hour,
        }
    }
}

/// Counts one try, also when the request fails later.
///
/// # Errors
/// [`Failure::AttemptLimitExceeded`] if the hour's limit is reached.
pub async fn count(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    limit: Limit,
    throttle_key: &str,
) -> Result<()> {
    let per_hour = i64::from(limit.per_hour(app));
    if per_hour == 0 {
        return Ok(());
    }
    let mut conn = app.db.write().await?;
    let counted = store::attempts::count_within(
        &mut conn,
        pool_id,
        limit.kind(),
        throttle_key,
        per_hour,
        HOUR_MS,
        context.now,
    )
    .await?;
    if counted {
        Ok(())
    } else {
        refuse(Failure::AttemptLimitExceeded)
    }
}

/// Records that sending a code was simulated for `throttle_key`, whose user does not exist or cannot
/// get one. It costs as many writes as sending a code, so that the time of the answer does not reveal
/// this.
///
/// # Errors
/// If the store fails.
pub async fn record_simulated_code(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    limit: Limit,
    throttle_key: &str,
) -> Result<()> {
    let mut tx = app.db.begin().await?;
    store::attempts::clear(
        &mut tx,
        pool_id,
        simulated_failures_kind(limit),
        throttle_key,
    )
    .await?;
    store::attempts::record(
        &mut tx,
        pool_id,
        simulated_code_kind(limit),
        throttle_key,
        context.now,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Refuses a code for `throttle_key`, whose user does not exist or has no code: as a wrong code if
/// sending one was simulated within `lifetime_seconds`, otherwise as an expired one.
///
/// # Errors
/// Always: [`Failure::CodeMismatch`] or [`Failure::CodeExpired`].
pub async fn refuse_simulated_code<T>(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    limit: Limit,
    throttle_key: &str,
    lifetime_seconds: i64,
) -> Result<T> {
    let (sent, failures) = {
        let mut conn = app.db.read().await?;
        let sent =
            store::attempts::find(&mut conn, pool_id, simulated_code_kind(limit), throttle_key)
                .await?;
        let kind = simulated_failures_kind(limit);
        (
            sent,
            store::attempts::find(&mut conn, pool_id, kind, throttle_key).await?,
        )
    };
    let alive = sent.is_some_and(|sent| {
        Timestamp::from_millis(sent.last_at).plus_seconds(lifetime_seconds) > context.now
    }) && failures.is_none_or(|failures| failures.count < MAX_FAILURES);
    if !alive {
        return refuse(Failure::CodeExpired);
    }
    let mut conn = app.db.write().await?;
    store::attempts::record(
        &mut conn,
        pool_id,
        simulated_failures_kind(limit),
        throttle_key,
        context.now,
    )
    .await?;
    refuse(Failure::CodeMismatch)
}

const fn simulated_code_kind(limit: Limit) -> &'static str {
    match limit {
        Limit::ResendCode | Limit::ConfirmSignUp => "pretended_sign_up_code",
        Limit::ForgotPassword
        | Limit::ChangePassword
        | Limit::AttributeCode
        | Limit::VerifyAttribute => "pretended_recovery_code",
    }
}

const fn simulated_failures_kind(limit: Limit) -> &'static str {
    match limit {
        Limit::ResendCode | Limit::ConfirmSignUp => "pretended_sign_up_failures",
        Limit::ForgotPassword
        | Limit::ChangePassword
        | Limit::AttributeCode
        | Limit::VerifyAttribute => "pretended_recovery_failures",
    }
}

/// The configured lock-out; none if it is switched off.
fn lock_out(app: &App) -> Option<LockoutPolicy> {
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

/// Refuses while `throttle_key` is locked out after wrong passwords. Flows call it before they check a
/// password and again after they found it right (see also [`check_lockout_and_load_groups`]), so that
/// concurrent guesses gain nothing. Returns whether failures are recorded.
///
/// # Errors
/// [`Failure::PasswordAttemptsExceeded`].
pub async fn check_lockout(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    throttle_key: &str,
) -> Result<bool> {
    let Some(lock_out) = lock_out(app) else {
        return Ok(false);
    };
    let mut conn = app.db.read().await?;
    let counter =
        store::attempts::find(&mut conn, pool_id, PASSWORD_FAILURES, throttle_key).await?;
    refuse_locked(lock_out, counter, context.now)
}

/// [`check_lockout`] for a user whose password was found right. Clears the user's recorded failures and
/// returns its groups, which the tokens name.
///
/// # Errors
/// [`Failure::PasswordAttemptsExceeded`].
pub async fn check_lockout_and_load_groups(
    app: &App,
    context: &RequestContext,
    user: &User,
) -> Result<Vec<Group>> {
    let (counter, groups) = {
        let mut conn = app.db.read().await?;
        let kind = PASSWORD_FAILURES;
        store::sign_in::lockout_and_groups(&mut conn, &user.pool_id, kind, &user.id).await?
    };
    if let Some(lock_out) = lock_out(app)
        && refuse_locked(lock_out, counter, context.now)?
    {
        clear_wrong_passwords(app, &user.pool_id, &user.id).await?;
    }
    Ok(groups)
}

/// Whether failures are recorded; refuses if they lock the throttle key out at `now`.
fn refuse_locked(
    lock_out: LockoutPolicy,
    counter: Option<AttemptCounter>,
    now: Timestamp,
) -> Result<bool> {
    let left = counter.map_or(0, |counter| {
        counter.locked_until.saturating_sub(now.millis())
    });
    if (1..=lock_out.max_ms).contains(&left) {
        return refuse(Failure::PasswordAttemptsExceeded);
    }
    Ok(counter.is_some())
}

/// Refuses a wrong password, and counts it. If concurrent failures have locked `throttle_key` out
/// meanwhile, it is not counted, and refused as a right password would be.
///
/// # Errors
/// Always: [`Failure::WrongCredentials`] or [`Failure::PasswordAttemptsExceeded`].
pub async fn refuse_wrong_password<T>(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    throttle_key: &str,
) -> Result<T> {
    if let Some(lock_out) = lock_out(app) {
        let mut conn = app.db.write().await?;
        let kind = PASSWORD_FAILURES;
        if !store::attempts::record_failure(
            &mut conn,
            pool_id,
            kind,
            throttle_key,
            lock_out,
            context.now,
        )
        .await?
        {
            return refuse(Failure::PasswordAttemptsExceeded);
        }
    }
    refuse(Failure::WrongCredentials)
}

/// Clears the recorded wrong passwords after a right one.
///
/// # Errors
/// If the store fails.
pub async fn clear_wrong_passwords(app: &App, pool_id: &str, throttle_key: &str) -> Result<()> {
    let mut conn = app.db.write().await?;
    store::attempts::clear(&mut conn, pool_id, PASSWORD_FAILURES, throttle_key).await?;
    Ok(())
}
