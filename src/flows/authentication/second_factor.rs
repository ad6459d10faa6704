//! Answers to second factors in a sign-in.

use super::challenge_session::{ChallengeKind, ChallengeState, Resumed, SentCode, resume};
use super::custom_challenge::passed;
use super::outcome::Outcome;
use super::results::Results;
use super::second_factor_challenge::{self, send};
use super::standing::Standing;
use super::step;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::Contact;
use crate::domain::failure::Failure;
use crate::domain::mfa::{Demand, demand};
use crate::domain::second_factor::SecondFactor;
use crate::domain::sign_in::{Proven, demanded};
use crate::domain::user::User;
use crate::flows::limits::lock_out::{self, Guess};
use crate::flows::limits::requester::address_key;
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::mfa::software_token::{self, Acceptance};
use crate::flows::{Result, refuse};
use crate::triggers::ChallengeResult;

/// SMS_MFA, EMAIL_OTP and SOFTWARE_TOKEN_MFA: checks the code. A wrong one leaves the session usable, and counts
/// towards a lock-out of the user from that origin.
///
/// # Errors
/// [`Failure::SignInCodeMismatch`], [`Failure::SoftwareTokenReused`], and what behaviour 5.5 lists.
pub async fn answer(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    factor: SecondFactor,
    (session, name, device_key): (&str, &str, Option<&str>),
    code: &str,
) -> Result<Outcome> {
    let kind = ChallengeKind::SecondFactor(factor);
    let resumed = resume(app, context, client_context, kind, session, Some(name)).await?;
    let Resumed {
        state,
        user,
        credentials,
    } = resumed;
    let (pool, client) = (&client_context.pool, &client_context.client);
    let sets_up = state
        .sent
        .as_ref()
        .is_some_and(|sent| sent.new_address.is_some());
    let demanded = demand(&pool.settings, &user.mfa, &user.attributes);
    // The user has set another factor up since the address was given, or has another address.
    let moves = |sent: &SentCode| moves_account(factor, &user, sent.new_address.as_deref());
    if sets_up && !matches!(demanded, Demand::SetUp(_)) || state.sent.as_ref().is_some_and(moves) {
        return refuse(Failure::InvalidSession);
    }
    let requester = Requester::at_client(app, context, pool, client, &user.username, Some(&user));
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    lock_out::check_lockout(app, context, &requester, Guess::SignInCode).await?;
    let (is_right, acceptance) = match &state.sent {
        Some(sent) => (sent.is_right(app, &state, code), None),
        None => {
            let step = software_token::matching_step(app, context, &user, code).await?;
            (step.is_some(), step.map(Acceptance::Used))
        }
    };
    if !is_right {
        let failure = Failure::SignInCodeMismatch(factor);
        let guess = Guess::SignInCode;
        return lock_out::refuse_wrong(app, context, &requester, guess, failure).await;
    }
    let guess = Guess::SignInCode;
    let groups =
        lock_out::check_lockout_and_load_groups(app, context, &requester, guess, &user).await?;
    let proven = Proven {
        second: Some(factor),
        ..state.proven
    };
    let changed = state
        .sent
        .as_ref()
        .and_then(|sent| verified(app, &user, factor, sent));
    let standing = Standing {
        changed,
        acceptance,
        custom: with_factor(&state, factor),
        answered: Some(state),
        device_key: device_key.map(ToOwned::to_owned),
        ..Standing::first(user, groups, proven)
    };
    let of = (client_context, &requester);
    step::take(app, context, of, credentials.as_ref(), standing).await
}

/// Whether codes of this factor would go to another address than the user has. A caller that has only the password must
/// not move the account to another mailbox or telephone.
fn moves_account(factor: SecondFactor, user: &User, new_address: Option<&str>) -> bool {
    let own = factor
        .contact()
        .and_then(|contact| contact.of(&user.attributes));
    match (own, new_address) {
        (Some((own, _)), Some(new)) => !own.eq_ignore_ascii_case(new),
        (_, _) => false,
    }
}

/// What has been answered in a custom sign-in, with this factor; `None` in any other.
fn with_factor(state: &ChallengeState, factor: SecondFactor) -> Option<Vec<ChallengeResult>> {
    let mut history = state.custom.as_ref()?.history.clone();
    history.push(passed(factor.as_str()));
    Some(history)
}

/// The user with the contact verified that the code went to; with the new contact, where the code sets it up.
/// `None` if that is no change, or the user has another address by now.
fn verified(app: &App, user: &User, factor: SecondFactor, sent: &SentCode) -> Option<User> {
    let contact = factor.contact()?;
    let mut after = user.clone();
    if let Some(address) = &sent.new_address {
        after
            .attributes
            .insert(contact.attribute().to_owned(), address.clone());
        after.mfa.turn_on(factor);
    }
    let (address, is_verified) = contact.of(&after.attributes)?;
    let is_same = address_key(app, &user.pool_id, contact, address) == sent.address;
    if !is_same || (is_verified && sent.new_address.is_none()) {
        return None;
    }
    after
        .attributes
        .insert(contact.verified_flag().to_owned(), "true".to_owned());
    Some(after)
}

/// Sends the code of SMS_MFA or EMAIL_OTP anew, to where the former one went, which is worth nothing from then on. Only
/// the login pages have that.
///
/// # Errors
/// [`Failure::InvalidSession`] if the session is of no code that was sent, those of [`second_factor_challenge::ask`],
/// and what behaviour 5.5 lists.
pub async fn send_again(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    factor: SecondFactor,
    (session, name): (&str, &str),
) -> Result<Outcome> {
    let kind = ChallengeKind::SecondFactor(factor);
    let resumed = resume(app, context, client_context, kind, session, Some(name)).await?;
    let Resumed { state, user, .. } = resumed;
    let (Some(contact), Some(sent)) = (factor.contact(), state.sent.clone()) else {
        return refuse(Failure::InvalidSession);
    };
    let (pool, client) = (&client_context.pool, &client_context.client);
    let requester = Requester::at_client(app, context, pool, client, &user.username, Some(&user));
    // What is asked for now, which the user may have changed since.
    let is_asked = match demanded(&pool.settings, &user, state.proven)? {
        Demand::Factor(asked) => asked == factor && sent.new_address.is_none(),
        Demand::Choice(offered) => offered.contains(&factor) && sent.new_address.is_none(),
        Demand::SetUp(offered) => offered.contains(&factor) && sent.new_address.is_some(),
        Demand::Nothing => false,
    };
    let own = contact.of(&user.attributes).map(|(address, _)| address);
    let to = sent.new_address.as_deref().or(own);
    let is_same = |to: &&str| address_key(app, &pool.id, contact, to) == sent.address;
    let is_moved = moves_account(factor, &user, sent.new_address.as_deref());
    let Some(address) = to.filter(is_same).filter(|_| is_asked && !is_moved) else {
        return refuse(Failure::InvalidSession);
    };
    let mut next = ChallengeState::of_user(app, context, client_context, &user, state.proven);
    next.custom.clone_from(&state.custom);
    let proven = state.proven;
    let standing = Standing {
        answered: Some(state),
        ..Standing::first(user.clone(), Vec::new(), proven)
    };
    let of = (client_context, &requester);
    let from = (&user, Results::of(pool, &standing));
    let is_new = sent.new_address.is_some();
    send(app, context, of, next, from, (contact, address), is_new).await
}

/// SELECT_MFA_TYPE: goes on with the factor that the user has chosen.
///
/// # Errors
/// [`Failure::FactorNotOffered`], and what behaviour 5.5 lists.
pub async fn select(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    (session, name): (&str, &str),
    choice: &str,
) -> Result<Outcome> {
    let kind = ChallengeKind::SelectSecondFactor;
    let resumed = resume(app, context, client_context, kind, session, Some(name)).await?;
    let Resumed { state, user, .. } = resumed;
    let (pool, client) = (&client_context.pool, &client_context.client);
    // What is offered now, which the user may have changed since.
    let offered = match demanded(&pool.settings, &user, state.proven)? {
        Demand::Choice(factors) => factors,
        Demand::Factor(factor) => vec![factor],
        Demand::Nothing | Demand::SetUp(_) => return refuse(Failure::InvalidSession),
    };
    let Some(factor) = SecondFactor::named(choice).filter(|factor| offered.contains(factor)) else {
        return refuse(Failure::FactorNotOffered);
    };
    let requester = Requester::at_client(app, context, pool, client, &user.username, Some(&user));
    let mut next = ChallengeState::of_user(app, context, client_context, &user, state.proven);
    next.custom.clone_from(&state.custom);
    let proven = state.proven;
    let standing = Standing {
        answered: Some(state),
        ..Standing::first(user, Vec::new(), proven)
    };
    let of = (client_context, &requester);
    second_factor_challenge::ask(app, context, of, factor, next, &standing).await
}

/// The answer to MFA_SETUP.
pub enum SetUp<'a> {
    /// The authenticator app of the session, which VerifySoftwareToken has proven.
    SoftwareToken,
    /// Codes are to go to this e-mail address or phone number, which gets one now. The JSON API takes addresses only.
    Contact(Contact, &'a str),
}

/// MFA_SETUP: signs in with the factor that was set up, or sends a code to the address that is to be one.
///
/// # Errors
/// [`Failure::FactorNotOffered`], [`Failure::MalformedContact`], and what behaviour 5.5 lists.
pub async fn set_up(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    (session, name, device_key): (&str, &str, Option<&str>),
    answer: &SetUp<'_>,
) -> Result<Outcome> {
    let kind = ChallengeKind::SetUpSecondFactor;
    let resumed = resume(app, context, client_context, kind, session, Some(name)).await?;
    let Resumed {
        state,
        user,
        credentials,
    } = resumed;
    let (pool, client) = (&client_context.pool, &client_context.client);
    let Demand::SetUp(offered) = demand(&pool.settings, &user.mfa, &user.attributes) else {
        return refuse(Failure::InvalidSession);
    };
    let requester = Requester::at_client(app, context, pool, client, &user.username, Some(&user));
    let factor = match answer {
        SetUp::SoftwareToken => SecondFactor::SoftwareToken,
        SetUp::Contact(Contact::Email, _) => SecondFactor::Email,
        SetUp::Contact(Contact::PhoneNumber, _) => SecondFactor::Sms,
    };
    if !offered.contains(&factor) {
        return refuse(Failure::FactorNotOffered);
    }
    let proven = state.proven;
    match answer {
        SetUp::Contact(contact, address) => {
            let contact = *contact;
            if !contact.is_well_formed(address) || address.len() > MAX_NEW_ADDRESS {
                return refuse(Failure::MalformedContact(contact));
            }
            if moves_account(factor, &user, Some(address)) {
                return refuse(Failure::FactorNotOffered);
            }
            let own = contact.of(&user.attributes).map(|(own, _)| own);
            let address = own.unwrap_or(address);
            let mut next = ChallengeState::of_user(app, context, client_context, &user, proven);
            next.custom.clone_from(&state.custom);
            let of = (client_context, &requester);
            let standing = Standing {
                answered: Some(state),
                ..Standing::first(user.clone(), Vec::new(), proven)
            };
            let from = (&user, Results::of(pool, &standing));
            send(app, context, of, next, from, (contact, address), true).await
        }
        SetUp::SoftwareToken => {
            let Some(acceptance) = state
                .app
                .as_ref()
                .and_then(software_token::proven_in_session)
            else {
                return refuse(Failure::InvalidSession);
            };
            let guess = Guess::SignInCode;
            let groups =
                lock_out::check_lockout_and_load_groups(app, context, &requester, guess, &user)
                    .await?;
            let mut after = user.clone();
            after.mfa.turn_on(factor);
            let standing = Standing {
                changed: Some(after),
                acceptance: Some(acceptance),
                custom: with_factor(&state, factor),
                answered: Some(state),
                device_key: device_key.map(ToOwned::to_owned),
                ..Standing::first(
                    user,
                    groups,
                    Proven {
                        second: Some(factor),
                        ..proven
                    },
                )
            };
            let of = (client_context, &requester);
            step::take(app, context, of, credentials.as_ref(), standing).await
        }
    }
}

/// Longest address or number that a session carries: what an SMTP server accepts at most.
const MAX_NEW_ADDRESS: usize = 254;
