//! Asking for a second factor in a sign-in.

use secrecy::{ExposeSecret, SecretString};

use super::challenge_session::{ChallengeKind, ChallengeState, SentCode};
use super::outcome::{CodeChallenge, Outcome, SentCodeRequired, SoftwareTokenRequired};
use super::results::Results;
use super::standing::Standing;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::code::CODE_DIGITS;
use crate::domain::failure::Failure;
use crate::domain::second_factor::SecondFactor;
use crate::domain::user::User;
use crate::entropy::DIGITS;
use crate::flows::codes::{self, Addressee};
use crate::flows::limits::requester::address_key;
use crate::flows::limits::{AddressLimit, Requester, Usage, budgets, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::{Result, refuse};
use crate::store;
use crate::store::attempt_log::Budget;

/// Asks the user for this factor: sends a code, where the factor has one that is sent. What the answer brings about that
/// led here is written with it.
///
/// # Errors
/// [`Failure::AttemptLimitExceeded`] or [`Failure::TooManyRequests`] if no more codes may be sent now;
/// [`Failure::SessionSpent`] if the challenge that led here was answered before.
pub(super) async fn ask(
    app: &App,
    context: &RequestContext,
    (client_context, requester): (&ClientContext, &Requester<'_>),
    factor: SecondFactor,
    state: ChallengeState,
    standing: &Standing,
) -> Result<Outcome> {
    let pool = &client_context.pool;
    let user = &standing.user;
    let results = Results::of(pool, standing);
    let Some(contact) = factor.contact() else {
        let mut tx = app.db.begin().await?;
        let notices = results.write(app, context, &mut tx, pool).await?;
        tx.commit().await?;
        notices.dispatch(app);
        let mut conn = app.db.read().await?;
        let token = store::software_tokens::find(&mut conn, &user.pool_id, &user.id).await?;
        return Ok(Outcome::SoftwareToken(SoftwareTokenRequired {
            session: state.seal(app, ChallengeKind::SecondFactor(factor))?,
            username: user.username.clone(),
            name: token.and_then(|token| token.name),
        }));
    };
    let Some((address, _)) = contact.of(&user.attributes) else {
        return refuse(Failure::InvalidSession);
    };
    let to = (contact, address);
    let of = (client_context, requester);
    send(app, context, of, state, (user, results), to, false).await
}

/// Sends a code to the address and asks for it; `is_new` if the user is to get that address by it. `results` are
/// written with it.
///
/// # Errors
/// Those of [`ask`], and of the function that writes the message.
pub(super) async fn send(
    app: &App,
    context: &RequestContext,
    (client_context, requester): (&ClientContext, &Requester<'_>),
    mut state: ChallengeState,
    (user, results): (&User, Results),
    (contact, address): (Contact, &str),
    is_new: bool,
) -> Result<Outcome> {
    let pool = &client_context.pool;
    usage::spend(app, context, requester, Usage::Messages, 1)?;
    let text = SecretString::from(app.entropy.text(DIGITS, CODE_DIGITS));
    let sent = SentCode::new(app, &state, text.expose_secret(), (contact, address));
    state.sent = Some(SentCode {
        new_address: is_new.then(|| address.to_owned()),
        ..sent
    });
    let factor = match contact {
        Contact::PhoneNumber => SecondFactor::Sms,
        Contact::Email => SecondFactor::Email,
    };
    let session = state.seal(app, ChallengeKind::SecondFactor(factor))?;
    let to = Addressee::new(pool, user, Some(&client_context.client.id));
    let message = codes::prepare_sign_in(app, context, to, (contact, address), &text).await?;
    let key = address_key(app, &pool.id, contact, address);
    let budget = AddressLimit::Messages.budget(app, key);
    let mut budgets: Vec<Budget> = budget.into_iter().collect();
    let mut tx = app.db.begin().await?;
    budgets::spend(&mut tx, context, &pool.id, &mut budgets).await?;
    let notices = results.write(app, context, &mut tx, pool).await?;
    let queued = codes::store_message(app, context, &mut tx, &message).await?;
    tx.commit().await?;
    notices.dispatch(app);
    app.outbox.dispatch(queued);
    Ok(Outcome::SentCode(SentCodeRequired {
        session,
        username: user.username.clone(),
        challenge: match contact {
            Contact::PhoneNumber => CodeChallenge::SmsMfa,
            Contact::Email => CodeChallenge::EmailOtp,
        },
        delivery: Delivery::to(contact, address),
        choices: Vec::new(),
    }))
}
