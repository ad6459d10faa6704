//! Budgets of one user and of one address: exact, whatever comes at once and to whichever node.

use super::refusals::{self, Dimension};
use super::requester::Requester;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::flows::Result;
use crate::store::Conn;
use crate::store::attempt_log::{self, Budget, MAX_ALLOWED};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What is limited per user and hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// ConfirmSignUp.
    ConfirmSignUp,
    /// ResendConfirmationCode.
    ResendCode,
    /// ForgotPassword.
    ForgotPassword,
    /// ConfirmForgotPassword.
    ConfirmForgotPassword,
    /// ChangePassword.
    ChangePassword,
    /// GetUserAttributeVerificationCode.
    AttributeCode,
    /// A code that UpdateUserAttributes sends.
    AttributeChangeCode,
    /// VerifyUserAttribute.
    VerifyAttribute,
}

impl Limit {
    const fn kind(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "confirm_sign_up",
            Self::ResendCode => "resend_code",
            Self::ForgotPassword => "forgot_password",
            Self::ConfirmForgotPassword => "confirm_forgot_password",
            Self::ChangePassword => "change_password",
            Self::AttributeCode => "attribute_code",
            Self::AttributeChangeCode => "attribute_change_code",
            Self::VerifyAttribute => "verify_attribute",
        }
    }

    fn per_hour(self, app: &App) -> u32 {
        let limits = &app.config.limits;
        match self {
            Self::ConfirmSignUp => limits.confirm_sign_up_per_hour,
            Self::ResendCode => limits.resend_confirmation_code_per_hour,
            Self::ForgotPassword => limits.forgot_password_per_hour,
            Self::ConfirmForgotPassword => limits.confirm_forgot_password_per_hour,
            Self::ChangePassword => limits.change_password_per_hour,
            Self::AttributeCode => limits.get_attribute_code_per_hour,
            Self::AttributeChangeCode => limits.update_attributes_codes_per_hour,
            Self::VerifyAttribute => limits.verify_attribute_per_hour,
        }
    }

    /// Whether anybody may call the operation in the user's name. Then the limit is that of a user and an
    /// origin, and the user's own is wider, so that a stranger who uses up the limit does not lock the user
    /// out.
    const fn is_open(self) -> bool {
        matches!(
            self,
            Self::ConfirmSignUp
                | Self::ResendCode
                | Self::ForgotPassword
                | Self::ConfirmForgotPassword
        )
    }

    /// The budgets that one attempt is counted against.
    #[must_use]
    pub fn budgets(self, app: &App, requester: &Requester<'_>) -> Vec<Budget> {
        let per_hour = self.per_hour(app);
        if per_hour == 0 {
            return Vec::new();
        }
        let budget = |subject: String, allowed: u32| Budget {
            kind: self.kind(),
            subject,
            allowed: allowed.min(MAX_ALLOWED),
            period_ms: HOUR_MS,
        };
        if !self.is_open() {
            return vec![budget(requester.user.clone(), per_hour)];
        }
        let margin = app.config.limits.user_margin.max(1);
        vec![
            budget(requester.user_and_origin(app), per_hour),
            budget(requester.user.clone(), per_hour.saturating_mul(margin)),
        ]
    }
}

/// What is limited per address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressLimit {
    /// Codes that are sent to it.
    Messages,
    /// Codes that are tried out.
    Guesses,
    /// Tries to take it over from the user that has verified it.
    TakeOvers,
    /// Notices of sign-ins from new devices that are sent to it.
    NewDeviceNotices,
}

impl AddressLimit {
    /// The budget of an address by its key ([`super::requester::address_key`]); `None` if it is off.
    #[must_use]
    pub fn budget(self, app: &App, address: String) -> Option<Budget> {
        let limits = &app.config.limits;
        let (kind, allowed, period_ms) = match self {
            Self::Messages => (
                "messages_to_address",
                limits.address.messages_per_hour,
                HOUR_MS,
            ),
            Self::Guesses => (
                "guesses_at_address",
                limits.address.guesses_per_hour,
                HOUR_MS,
            ),
            Self::TakeOvers => (
                "take_overs_of_address",
                limits.address.take_overs_per_day,
                DAY_MS,
            ),
            Self::NewDeviceNotices => (
                "new_device_notices",
                limits.address.new_device_notices_per_day,
                DAY_MS,
            ),
        };
        let multiplier = limits.effective_multiplier(app.config.is_development());
        (allowed > 0).then(|| Budget {
            kind,
            subject: address,
            allowed: allowed.saturating_mul(multiplier).min(MAX_ALLOWED),
            period_ms,
        })
    }
}

/// The budget of wrong passwords of one user from everywhere; `None` if it is off.
#[must_use]
pub fn wrong_passwords(app: &App, user: &str) -> Option<Budget> {
    let allowed = app.config.limits.wrong_passwords_per_user_and_hour;
    (allowed > 0).then(|| Budget {
        kind: "wrong_passwords",
        subject: user.to_owned(),
        allowed: allowed.min(MAX_ALLOWED),
        period_ms: HOUR_MS,
    })
}

/// Counts one try, also when the request fails later.
///
/// # Errors
/// [`Failure::AttemptLimitExceeded`] if the user's limit is reached.
pub async fn count(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    limit: Limit,
) -> Result<()> {
    let mut budgets = limit.budgets(app, requester);
    match budgets.len() {
        0 => Ok(()),
        1 => {
            let mut conn = app.db.write().await?;
            spend(&mut conn, context, requester.pool_id, &mut budgets).await
        }
        _ => {
            let mut tx = app.db.begin().await?;
            spend(&mut tx, context, requester.pool_id, &mut budgets).await?;
            Ok(tx.commit().await?)
        }
    }
}

/// Counts one attempt against each of `budgets`, in the caller's transaction, which must not commit if one of
/// several is used up.
///
/// # Errors
/// [`Failure::AttemptLimitExceeded`] if one is.
pub async fn spend(
    conn: &mut Conn,
    context: &RequestContext,
    pool_id: &str,
    budgets: &mut [Budget],
) -> Result<()> {
    if attempt_log::spend(conn, pool_id, budgets, context.now).await? {
        return Ok(());
    }
    let kind = budgets.first().map_or("", |budget| budget.kind);
    refusals::refuse(
        context,
        (Dimension::UserOrAddress, kind, pool_id),
        Failure::AttemptLimitExceeded,
    )
}
