//! Codes that were not really sent, to names that nobody has or to users who cannot get one, where the client
//! hides users. They cost what real ones cost.

use super::budgets::{self, Limit};
use super::requester::Requester;
use super::usage::{self, Usage};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::code::CodePurpose;
use crate::domain::failure::Failure;
use crate::domain::time::Timestamp;
use crate::flows::{Result, refuse};
use crate::store;

/// The counters of a simulated code and of its wrong tries.
const fn kinds(purpose: CodePurpose) -> (&'static str, &'static str) {
    match purpose {
        CodePurpose::SignUp => ("pretended_sign_up_code", "pretended_sign_up_failures"),
        CodePurpose::ForgotPassword | CodePurpose::Verify(_) => {
            ("pretended_recovery_code", "pretended_recovery_failures")
        }
    }
}

/// Records that sending a code was simulated for the requester's user. It costs as many writes as sending a
/// code, so that the time of the answer does not reveal this.
///
/// # Errors
/// [`Failure::AttemptLimitExceeded`] as if messages had gone to an address of the user's; if the store fails.
pub async fn record(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    purpose: CodePurpose,
) -> Result<()> {
    let (pool_id, user, now) = (requester.pool_id, requester.user.as_str(), context.now);
    let (sent, failures) = kinds(purpose);
    let mut tx = app.db.begin().await?;
    store::attempts::clear(&mut tx, pool_id, failures, user).await?;
    store::attempts::record(&mut tx, pool_id, sent, user, now).await?;
    let address = budgets::AddressLimit::Messages.budget(app, user.to_owned());
    let mut address: Vec<_> = address.into_iter().collect();
    budgets::spend(&mut tx, context, pool_id, &mut address).await?;
    Ok(tx.commit().await?)
}

/// Refuses a code for the requester's user, who does not exist or has no code: as a wrong code if sending
/// one was simulated within its lifetime, otherwise as an expired one. The try is counted as one of a real
/// code is.
///
/// # Errors
/// Always: [`Failure::CodeMismatch`], [`Failure::CodeExpired`] or [`Failure::AttemptLimitExceeded`].
pub async fn refuse_code<T>(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    limit: Limit,
    purpose: CodePurpose,
) -> Result<T> {
    usage::check_left(app, context, requester, Usage::WrongGuesses)?;
    let (pool_id, user, now) = (requester.pool_id, requester.user.as_str(), context.now);
    let (sent_kind, failures_kind) = kinds(purpose);
    let (sent, failures) = {
        let mut conn = app.db.read().await?;
        (
            store::attempts::find(&mut conn, pool_id, sent_kind, user).await?,
            store::attempts::find(&mut conn, pool_id, failures_kind, user).await?,
        )
    };
    let is_sent = sent.is_some_and(|sent| {
        let sent_at = Timestamp::from_millis(sent.last_at);
        sent_at.plus_seconds(purpose.lifetime_seconds()) > now
    });
    let most = i64::from(super::wrong_tries_per_code(app));
    let is_live = is_sent && failures.is_none_or(|failures| failures.count < most);
    let mut budgets = limit.budgets(app, requester);
    let address = budgets::AddressLimit::Guesses.budget(app, user.to_owned());
    budgets.extend(address.filter(|_| is_sent));
    let mut tx = app.db.begin().await?;
    budgets::spend(&mut tx, context, pool_id, &mut budgets).await?;
    if is_live {
        store::attempts::record(&mut tx, pool_id, failures_kind, user, now).await?;
    }
    tx.commit().await?;
    usage::count(app, context, requester, Usage::WrongGuesses);
    refuse(if is_live {
        Failure::CodeMismatch
    } else {
        Failure::CodeExpired
    })
}
