//! Tries of codes that were never sent, to names that nobody has or to users who cannot get one, where the client
//! hides users: they are counted like those of a real code.

use super::requester::Requester;
use crate::context::RequestContext;
use crate::domain::code::CodePurpose;
use crate::flows::Result;
use crate::store::Conn;
use crate::store::attempt_log::{self, Budget, MAX_ALLOWED};

/// The kind of the counted tries.
const fn kind(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::SignUp => "tries_of_simulated_sign_up_code",
        CodePurpose::SignIn => "tries_of_simulated_sign_in_code",
        CodePurpose::ForgotPassword | CodePurpose::Verify(_) => "tries_of_simulated_recovery_code",
    }
}

/// Counts a try unless there were `most` already in the code's lifetime; returns whether it was counted.
///
/// # Errors
/// If the store fails.
pub async fn count_try(
    conn: &mut Conn,
    context: &RequestContext,
    requester: &Requester<'_>,
    purpose: CodePurpose,
    most: u32,
) -> Result<bool> {
    let budget = Budget {
        kind: kind(purpose),
        subject: requester.user.clone(),
        allowed: most.min(MAX_ALLOWED),
        period_ms: purpose.lifetime_seconds() * 1000,
    };
    Ok(attempt_log::spend(conn, requester.pool_id, &mut [budget], context.now).await?)
}

/// Forgets the tries, as sending a new code does.
///
/// # Errors
/// If the store fails.
pub async fn forget_tries(
    conn: &mut Conn,
    requester: &Requester<'_>,
    purpose: CodePurpose,
) -> Result<()> {
    let user = requester.user.as_str();
    Ok(attempt_log::clear(conn, requester.pool_id, kind(purpose), user).await?)
}
