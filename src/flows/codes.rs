//! Codes: made and sent (`sending.rs`), and redeemed.

pub mod confirmation_link;
mod sending;

use super::limits::requester::address_key;
use super::limits::{self, AddressLimit, Limit, Requester, Usage, budgets, simulated_codes, usage};
use super::{Error, Result, auth_events, refuse};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::code::{Code, CodePurpose};
use crate::domain::failure::Failure;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::store::attempt_log::Budget;
use crate::store::{self, Conn};

pub use sending::{
    Addressee, AskedBy, NewCode, PreparedCode, asks_function, hidden_delivery, prepare,
    prepare_invitation, prepare_sign_in, send_alone, send_hidden, simulate_sending, store,
    store_message,
};

/// What the user signs in with, as a message names it.
pub(super) fn sign_in_name<'u>(pool: &UserPool, user: &'u User) -> &'u str {
    pool.settings
        .username_attributes
        .iter()
        .find_map(|name| user.attributes.get(name.attribute()))
        .unwrap_or(&user.username)
}

/// The code of this purpose that was sent to the user and has not expired; it may have ended by wrong tries.
/// It costs the same where there is no such user.
///
/// # Errors
/// If the store fails.
pub async fn find_sent(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    user: Option<&User>,
    purpose: CodePurpose,
) -> Result<Option<Code>> {
    let user_id = user.map_or(requester.user.as_str(), |user| &user.id);
    let mut conn = app.db.read().await?;
    let found = store::codes::find(&mut conn, requester.pool_id, user_id, purpose).await?;
    Ok(found.filter(|code| context.now < code.expires_at))
}

/// A try to redeem a code.
pub struct Try<'a> {
    /// The requester that tries.
    pub requester: &'a Requester<'a>,
    /// Whether users are hidden from the client.
    pub hides: bool,
    /// The user's limit on such tries.
    pub limit: Limit,
    /// What the code is for.
    pub purpose: CodePurpose,
    /// The user; `None` for a hidden one who does not exist or can have no code.
    pub user: Option<&'a User>,
    /// The code that was sent ([`find_sent`]).
    pub sent: Option<Code>,
    /// A further budget that the try is counted against.
    pub further: Option<Budget>,
    /// The text that was entered.
    pub given: &'a str,
}

/// A try that was compared with the code, and is not counted yet.
pub struct Comparison<'a> {
    tried: Try<'a>,
    budgets: Vec<Budget>,
    is_right: bool,
}

impl<'a> Comparison<'a> {
    /// The code, if the text that was entered is that code. Neither the answer nor its time may depend on it
    /// before the try is counted, by [`count_right`] or [`refuse_wrong`].
    #[must_use]
    pub fn right(&self) -> Option<(&'a User, &Code)> {
        self.tried
            .user
            .zip(self.tried.sent.as_ref())
            .filter(|_| self.is_right)
    }
}

/// Compares the text that was entered with the code that was sent.
///
/// # Errors
/// [`Failure::TooManyRequests`].
pub fn compare<'a>(app: &App, context: &RequestContext, tried: Try<'a>) -> Result<Comparison<'a>> {
    let requester = tried.requester;
    usage::check_left(app, context, requester, Usage::WrongGuesses)?;
    let pool_id = requester.pool_id;
    let found = tried.user.zip(tried.sent.as_ref());
    let address = match &found {
        Some((_, code)) => code
            .contact()
            .zip(code.value.as_deref())
            .map(|(contact, address)| address_key(app, pool_id, contact, address)),
        // As if there were an address.
        None => tried.hides.then(|| requester.user.clone()),
    };
    let of_address = address.and_then(|address| AddressLimit::Guesses.budget(app, address));
    let mut budgets = tried.limit.budgets(app, requester);
    budgets.extend(of_address.into_iter().chain(tried.further.clone()));
    let most = limits::wrong_tries_per_code(app);
    let is_right = found.is_some_and(|(user, code)| {
        let parts: [&[u8]; 4] = [
            pool_id.as_bytes(),
            user.id.as_bytes(),
            tried.purpose.as_str().as_bytes(),
            tried.given.as_bytes(),
        ];
        let is_equal = app
            .vault
            .verify_keyed_hash(KeyPurpose::Code, &parts, &code.hash);
        is_equal && code.failures < i64::from(most)
    });
    Ok(Comparison {
        tried,
        budgets,
        is_right,
    })
}

/// Counts the try against the user's limit, the address that the code was sent to, and the code itself; returns
/// whether the code had tries left.
async fn count(
    app: &App,
    context: &RequestContext,
    comparison: &mut Comparison<'_>,
) -> Result<bool> {
    let tried = &comparison.tried;
    let (requester, purpose) = (tried.requester, tried.purpose);
    let pool_id = requester.pool_id;
    let most = limits::wrong_tries_per_code(app);
    let mut tx = app.db.begin().await?;
    budgets::spend(&mut tx, context, pool_id, &mut comparison.budgets).await?;
    let counted = match tried.user.filter(|_| tried.sent.is_some()) {
        Some(user) => {
            store::codes::count_try(&mut tx, pool_id, &user.id, purpose, most.into()).await?
        }
        None if tried.hides => {
            simulated_codes::count_try(&mut tx, context, requester, purpose, most).await?
        }
        None => false,
    };
    if !comparison.is_right {
        let what = (recorded_as(purpose), Outcome::Fail);
        let of = (requester.subject(), requester.client);
        auth_events::record(app, context, &mut tx, of, what).await?;
    }
    tx.commit().await?;
    Ok(counted)
}

/// What a wrong code for this purpose is recorded as.
const fn recorded_as(purpose: CodePurpose) -> EventKind {
    match purpose {
        CodePurpose::SignUp => EventKind::SignUp,
        CodePurpose::ForgotPassword => EventKind::ForgotPassword,
        CodePurpose::Verify(_) => EventKind::ContactChange,
        CodePurpose::SignIn => EventKind::SignIn,
    }
}

/// Refuses a try that was counted, and counts it as a wrong guess of its source, app client and pool. A code that
/// had no tries left (not `counted`) is as good as none.
fn refuse_counted<T>(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    counted: bool,
) -> Result<T> {
    usage::count(app, context, requester, Usage::WrongGuesses);
    refuse(if counted {
        Failure::CodeMismatch
    } else {
        Failure::CodeExpired
    })
}

/// Counts a try that was wrong, or whose code has ended, and refuses it.
///
/// Where users are hidden, a caller who does not have the code must not learn whether there is one, so any code
/// is a wrong one until as many were given as end one (`docs/adr/0030`).
///
/// # Errors
/// [`Failure::CodeExpired`] if there is no code or it has ended, [`Failure::CodeMismatch`] if the text differs
/// from it, [`Failure::AttemptLimitExceeded`].
pub async fn refuse_wrong<T>(
    app: &App,
    context: &RequestContext,
    mut comparison: Comparison<'_>,
) -> Result<T> {
    let counted = count(app, context, &mut comparison).await?;
    refuse_counted(app, context, comparison.tried.requester, counted)
}

/// Counts a try, and returns the code if it was right. For a purpose that takes long and is carried out in a
/// transaction of its own: the caller redeems the code there, and calls [`give_back`] where that is refused.
///
/// # Errors
/// Those of [`compare`] and [`refuse_wrong`].
pub async fn check(app: &App, context: &RequestContext, tried: Try<'_>) -> Result<Code> {
    let mut comparison = compare(app, context, tried)?;
    let counted = count(app, context, &mut comparison).await?;
    match comparison.right() {
        Some((_, code)) if counted => Ok(code.clone()),
        _ => refuse_counted(app, context, comparison.tried.requester, counted),
    }
}

/// Passes on what came of the purpose of a code that was right. If it was refused, the try no longer counts as
/// a wrong one, so that a code outlives any number of passwords that the pool does not accept.
///
/// # Errors
/// Those of `done`.
pub async fn give_back<T>(
    app: &App,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
    done: Result<T>,
) -> Result<T> {
    if let Err(Error::Refused(_)) = &done {
        let mut conn = app.db.write().await?;
        store::codes::uncount_try(&mut conn, pool_id, user_id, purpose).await?;
    }
    done
}

/// Redeems a code that [`check`] has counted the try of, in the caller's transaction.
///
/// # Errors
/// [`Failure::CodeExpired`] if another request redeemed or replaced it meanwhile.
pub async fn redeem_counted(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
    code: &Code,
) -> Result<()> {
    if store::codes::redeem(conn, pool_id, user_id, purpose, &code.hash, None).await? {
        Ok(())
    } else {
        refuse(Failure::CodeExpired)
    }
}

/// Counts a try that was right against the user's limit and the address, as the first statement of the
/// transaction that redeems the code and carries out its purpose: a right try is counted if and only if the
/// purpose is carried out, and one beyond a limit is refused as soon as a wrong one is.
///
/// # Errors
/// [`Failure::AttemptLimitExceeded`].
pub async fn count_right(
    context: &RequestContext,
    conn: &mut Conn,
    comparison: &mut Comparison<'_>,
) -> Result<()> {
    let pool_id = comparison.tried.requester.pool_id;
    budgets::spend(conn, context, pool_id, &mut comparison.budgets).await
}

/// Redeems the code of a try that [`count_right`] has counted in the same transaction. `false` if the code has
/// ended, or another request redeemed or replaced it meanwhile: then the caller rolls back and calls
/// [`refuse_wrong`].
///
/// # Errors
/// If the store fails.
pub async fn redeem(app: &App, conn: &mut Conn, comparison: &Comparison<'_>) -> Result<bool> {
    let Some((user, code)) = comparison.right() else {
        return Ok(false);
    };
    let (pool_id, purpose) = (comparison.tried.requester.pool_id, comparison.tried.purpose);
    let most = Some(limits::wrong_tries_per_code(app).into());
    Ok(store::codes::redeem(conn, pool_id, &user.id, purpose, &code.hash, most).await?)
}

fn hash(app: &App, pool_id: &str, user_id: &str, purpose: CodePurpose, code: &str) -> [u8; 32] {
    let parts: [&[u8]; 4] = [
        pool_id.as_bytes(),
        user_id.as_bytes(),
        purpose.as_str().as_bytes(),
        code.as_bytes(),
    ];
    app.vault.keyed_hash(KeyPurpose::Code, &parts)
}
