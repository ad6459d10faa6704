//! Choice-based sign-in (USER_AUTH, behaviour 5.7): the user chooses the first factor, which can be a code.
//!
//! Where the app client hides users, a name that nobody has is offered what the pool takes, and a code that is
//! asked for with it is simulated (ADR 30).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::challenge_session::{self, ChallengeKind, ChallengeState, SentCode};
use super::named_user::{Named, named, resume, state};
use super::outcome::{CodeChallenge, FirstFactorChoice, Outcome, SentCodeRequired};
use super::passkey;
use super::password::by_password;
use super::sign_in_triggers::{self, Entry};
use super::srp;
use super::standing::Standing;
use super::step;
use super::step_up::{self, Asked};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::acr::StepUpFault;
use crate::domain::app_client::AuthFlow;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::code::CodePurpose;
use crate::domain::failure::Failure;
use crate::domain::first_factor::Choice;
use crate::domain::second_factor::SecondFactor;
use crate::domain::session::SignInMethod;
use crate::domain::sign_in::Proven;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::entropy::DIGITS;
use crate::flows::codes::{self, Addressee};
use crate::flows::limits::lock_out::{self, Guess};
use crate::flows::limits::requester::address_key;
use crate::flows::limits::{AddressLimit, Requester, Usage, budgets, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::{Error, Result, boxed, equal_times, migration, refuse};
use crate::messaging::MessageKind;
use crate::store::attempt_log::Budget;
use crate::store::{self, Conn};

/// What the user gives together with the choice.
pub struct Given<'a> {
    /// The password.
    pub password: Option<&'a SecretString>,
    /// SRP's A.
    pub srp_a: Option<&'a str>,
    /// The key of the device.
    pub device_key: Option<&'a str>,
    /// What the sign-in is to prove, where it begins.
    pub asked: Asked<'a>,
}

/// USER_AUTH: begins with the preferred factor, or the only one; else the user has to choose.
///
/// # Errors
/// What behaviour 3.6, 5.2 and 5.7 list, and those of a trigger.
pub async fn begin(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
    preferred: Option<&str>,
    given: &Given<'_>,
) -> Result<Outcome> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let claimed = step_up::read(app, context, pool, &given.asked).await?;
    let step_up = claimed.as_ref().map(|claimed| claimed.step_up);
    let named = named(app, pool, name, step_up).await?;
    let preferred = preferred.and_then(Choice::named);
    if named.user.is_none()
        && migration::is_on(pool)
        && let (Some(Choice::Password), Some(password)) = (preferred, given.password)
    {
        let (of, entry) = ((password, given.device_key), Entry::First(step_up));
        let migrate = || by_password(app, context, client_context, name, of, entry, None);
        return boxed(migrate).await;
    }
    // On a page the password is asked for later, and may then migrate the user.
    let may_migrate = context.at_domain && migration::is_on(pool);
    if named.user.is_none() && !client.settings.hides_users() && !may_migrate {
        return refuse(Failure::UserNotFound);
    }
    if let Some(user) = &named.user
        && user.status == UserStatus::ResetRequired
        && !client.settings.hides_users()
    {
        return refuse(Failure::PasswordResetRequired);
    }
    let user = named.user.as_ref();
    let asking = sign_in_triggers::ask_before(app, context, client_context, user, name);
    equal_times::refuse(app, context, client, asking).await?;
    let of = (client_context, name);
    if let Some(claimed) = &claimed {
        let further = || step_up::begin(app, context, of, &named, claimed, given.device_key);
        if let Some(outcome) = boxed(further).await? {
            return Ok(outcome);
        }
    }
    let choices = named.choices(pool);
    let preferred = preferred.filter(|choice| choices.contains(choice));
    let chosen = match (preferred, choices.as_slice()) {
        (Some(preferred), _) => preferred,
        (None, [only]) => *only,
        (None, []) if step_up.is_some() && !client.settings.hides_users() => {
            return refuse(Failure::StepUp(StepUpFault::OutOfReach));
        }
        // A user who can begin with nothing is refused as one with a wrong password is.
        (None, []) => return refuse(Failure::WrongCredentials),
        (None, _) => {
            let select = select_required(app, context, client_context, &named);
            return equal_times::answer(app, context, client, select).await;
        }
    };
    boxed(|| go_on(app, context, of, named, chosen, given, None)).await
}

/// The choice among the first factors that the user has.
pub(super) async fn select_required(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    named: &Named,
) -> Result<Outcome> {
    let state = state(app, context, client_context, named, SignInMethod::Password);
    Ok(Outcome::SelectFirstFactor(FirstFactorChoice {
        session: state.seal(app, ChallengeKind::SelectFirstFactor)?,
        choices: named.choices(&client_context.pool),
    }))
}

/// Begins with the chosen factor. `answered` is the SELECT_CHALLENGE that was answered with it.
async fn go_on(
    app: &App,
    context: &RequestContext,
    (client_context, name): (&ClientContext, &str),
    named: Named,
    chosen: Choice,
    given: &Given<'_>,
    answered: Option<&ChallengeState>,
) -> Result<Outcome> {
    match chosen {
        Choice::Password => {
            let password = given
                .password
                .ok_or(Failure::FirstFactorIncomplete(chosen))?;
            let sign_in = || {
                by_password(
                    app,
                    context,
                    client_context,
                    name,
                    (password, given.device_key),
                    Entry::Chosen(named.step_up),
                    answered,
                )
            };
            boxed(sign_in).await
        }
        Choice::PasswordSrp => {
            let srp_a = given.srp_a.ok_or(Failure::FirstFactorIncomplete(chosen))?;
            let of = (srp_a, given.device_key);
            let entry = Entry::Chosen(named.step_up);
            let begin = || srp::begin(app, context, client_context, name, of, entry);
            let required = boxed(begin).await?;
            // A malformed A leaves the choice open.
            if let Some(answered) = answered {
                answered.spend(&mut app.db.write().await?).await?;
            }
            Ok(required)
        }
        Choice::Passkey => {
            let of = (client_context, name);
            let asking = boxed(|| passkey::ask(app, context, of, &named, answered));
            equal_times::answer(app, context, &client_context.client, asking).await
        }
        Choice::EmailOtp | Choice::SmsOtp => {
            let of = (client_context, name);
            let sending = boxed(|| send(app, context, of, &named, chosen, answered));
            equal_times::answer(app, context, &client_context.client, sending).await
        }
    }
}

/// Sends the code, or simulates it, and asks for it.
pub(super) async fn send(
    app: &App,
    context: &RequestContext,
    (client_context, name): (&ClientContext, &str),
    named: &Named,
    choice: Choice,
    answered: Option<&ChallengeState>,
) -> Result<Outcome> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let Some(contact) = choice.contact() else {
        return refuse(Failure::InvalidSession);
    };
    let requester = Requester::at_client(app, context, pool, client, name, named.user.as_ref());
    usage::spend(app, context, &requester, Usage::Messages, 1)?;
    // The answer to a hidden user's name follows from the name alone.
    let hides = client.settings.hides_users();
    let hidden = hides.then(|| {
        let by_name = codes::hidden_delivery(pool, name, &[contact]);
        if by_name.contact == contact {
            by_name
        } else {
            codes::hidden_delivery(pool, "", &[contact])
        }
    });
    let of_user = named
        .user
        .as_ref()
        .and_then(|user| Some((user, contact.of(&user.attributes)?.0)));
    let address = of_user.map_or(named.id.as_str(), |(_, address)| address);
    let digits = CodePurpose::SignIn.digits(contact);
    let text = SecretString::from(app.entropy.text(DIGITS, digits));
    let mut state = state(app, context, client_context, named, choice.method());
    let sent = SentCode::new(app, &state, text.expose_secret(), (contact, address));
    state.sent = Some(sent);
    let session = state.seal(app, ChallengeKind::FirstFactor(choice))?;
    // The time that the pool's function takes, and its refusal, would tell that the user exists.
    let is_afterwards = hides && codes::asks_function(pool);
    let delivery = match of_user.filter(|_| !is_afterwards) {
        Some((user, address)) => {
            let to = Addressee::new(pool, user, Some(&client.id));
            let message =
                codes::prepare_sign_in(app, context, to, (contact, address), &text).await?;
            let mut tx = app.db.begin().await?;
            count_message(app, context, &mut tx, pool, (contact, address)).await?;
            if let Some(answered) = answered {
                answered.spend(&mut tx).await?;
            }
            let queued = codes::store_message(app, context, &mut tx, &message).await?;
            tx.commit().await?;
            if hides {
                equal_times::dispatch_afterwards(app, context, queued);
            } else {
                app.outbox.dispatch(queued);
            }
            Delivery::to(contact, address)
        }
        None => {
            let message = (MessageKind::SignInCode, contact);
            let purpose = CodePurpose::SignIn;
            codes::simulate_sending(app, context, pool, &requester, name, purpose, message).await?;
            // After the limits, as for a user: a refusal leaves the session usable.
            if let Some(answered) = answered {
                answered.spend(&mut app.db.write().await?).await?;
            }
            if let Some((user, _)) = of_user {
                send_afterwards(
                    app,
                    context,
                    client_context.clone(),
                    user.clone(),
                    contact,
                    text,
                );
            }
            Delivery::to(contact, "")
        }
    };
    Ok(Outcome::SentCode(SentCodeRequired {
        session,
        username: named.username.clone(),
        challenge: match contact {
            Contact::Email => CodeChallenge::EmailOtp,
            Contact::PhoneNumber => CodeChallenge::SmsOtp,
        },
        delivery: hidden.unwrap_or(delivery),
        choices: named.choices(pool),
    }))
}

/// Counts a message to an address that a user has.
async fn count_message(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    (contact, address): (Contact, &str),
) -> Result<()> {
    let key = address_key(app, &pool.id, contact, address);
    let mut budgets: Vec<Budget> = AddressLimit::Messages
        .budget(app, key)
        .into_iter()
        .collect();
    budgets::spend(conn, context, &pool.id, &mut budgets).await
}

/// Sends the code after the answer, to a hidden user of a pool whose function writes the message.
fn send_afterwards(
    app: &App,
    context: &RequestContext,
    client_context: ClientContext,
    user: User,
    contact: Contact,
    code: SecretString,
) {
    let context = context.clone();
    app.afterwards(async move |app: Arc<App>| {
        let pool = &client_context.pool;
        let Some((address, _)) = contact.of(&user.attributes) else {
            return;
        };
        let to = Addressee::new(pool, &user, Some(&client_context.client.id));
        let sent = async {
            let destination = (contact, address);
            let message = codes::prepare_sign_in(&app, &context, to, destination, &code).await?;
            let mut tx = app.db.begin().await?;
            count_message(&app, &context, &mut tx, pool, destination).await?;
            let queued = codes::store_message(&app, &context, &mut tx, &message).await?;
            tx.commit().await?;
            Ok(queued)
        };
        match sent.await {
            Ok(queued) => equal_times::dispatch_afterwards(&app, &context, queued),
            // A trigger's failure and a refused limit are logged where they occur.
            Err(Error::Refused(_)) => {}
            Err(error) => {
                tracing::warn!(
                    pool_id = pool.id,
                    ?error,
                    "a message to a hidden user was not written"
                );
            }
        }
    });
}

/// The session that ConfirmSignUp hands on, with which the user's first sign-in needs nothing else; `None` where
/// the client does not take part in choice-based sign-in. The pool's own pages use it themselves.
///
/// # Errors
/// If the library fails.
pub fn session_of_sign_up(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    user: &User,
) -> Result<Option<String>> {
    if !context.at_domain && !client_context.client.settings.allows(AuthFlow::User) {
        return Ok(None);
    }
    let proven = Proven::first(SignInMethod::SignUp);
    let state = ChallengeState::of_user(app, context, client_context, user, proven);
    state.seal(app, ChallengeKind::ConfirmedSignUp).map(Some)
}

/// USER_AUTH with the session of [`session_of_sign_up`] (administration 12.6).
///
/// # Errors
/// What behaviour 5.5 lists.
pub async fn after_sign_up(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    (session, name, device_key): (&str, &str, Option<&str>),
) -> Result<Outcome> {
    let kind = ChallengeKind::ConfirmedSignUp;
    let resumed =
        challenge_session::resume(app, context, client_context, kind, session, Some(name)).await?;
    let (pool, client) = (&client_context.pool, &client_context.client);
    let user = resumed.user;
    let requester = Requester::at_client(app, context, pool, client, name, Some(&user));
    let groups = store::groups::of_user(&mut app.db.read().await?, &pool.id, &user.id).await?;
    let proven = resumed.state.proven;
    let standing = Standing {
        answered: Some(resumed.state),
        device_key: device_key.map(ToOwned::to_owned),
        ..Standing::first(user, groups, proven)
    };
    let of = (client_context, &requester);
    step::take(app, context, of, resumed.credentials.as_ref(), standing).await
}

/// Whether the session is one of a code as the first factor, and not as the second, which has the same name.
pub fn is_code(app: &App, choice: Choice, session: &str) -> bool {
    ChallengeState::open(app, ChallengeKind::FirstFactor(choice), session).is_ok()
}

/// SELECT_CHALLENGE: goes on with the factor that the user has chosen.
///
/// # Errors
/// [`Failure::FactorNotOffered`], and what behaviour 5.5 and 5.7 list.
pub async fn select(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    (session, name): (&str, &str),
    choice: &str,
    given: &Given<'_>,
) -> Result<Outcome> {
    let kind = ChallengeKind::SelectFirstFactor;
    let (state, named) = resume(app, context, client_context, kind, (session, name)).await?;
    let offered = named.choices(&client_context.pool);
    let Some(chosen) = Choice::named(choice).filter(|choice| offered.contains(choice)) else {
        return refuse(Failure::FactorNotOffered);
    };
    let of = (client_context, name);
    boxed(|| go_on(app, context, of, named, chosen, given, Some(&state))).await
}

/// EMAIL_OTP and SMS_OTP as the first factor: checks the code. A wrong one leaves the session usable, and counts
/// towards a lock-out of the user from that origin. A right one verifies the contact, and confirms a sign-up.
///
/// # Errors
/// [`Failure::SignInCodeMismatch`], and what behaviour 5.5 lists.
pub async fn answer(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    choice: Choice,
    (session, name, device_key): (&str, &str, Option<&str>),
    code: &str,
) -> Result<Outcome> {
    let kind = ChallengeKind::FirstFactor(choice);
    let (state, named) = resume(app, context, client_context, kind, (session, name)).await?;
    let (pool, client) = (&client_context.pool, &client_context.client);
    let requester = Requester::at_client(app, context, pool, client, name, named.user.as_ref());
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    let guess = Guess::FirstFactorCode;
    lock_out::check_lockout(app, context, &requester, guess).await?;
    let is_right = state
        .sent
        .as_ref()
        .is_some_and(|sent| sent.is_right(app, &state, code));
    let (Some(user), true, Some(contact)) = (named.user, is_right, choice.contact()) else {
        let failure = Failure::SignInCodeMismatch(match choice {
            Choice::EmailOtp => SecondFactor::Email,
            Choice::SmsOtp | Choice::PasswordSrp | Choice::Password | Choice::Passkey => {
                SecondFactor::Sms
            }
        });
        let refused = lock_out::refuse_wrong(app, context, &requester, guess, failure);
        return equal_times::answer(app, context, client, refused).await;
    };
    let groups =
        lock_out::check_lockout_and_load_groups(app, context, &requester, guess, &user).await?;
    let Some(changed) = verified(app, &user, contact, &state) else {
        return refuse(Failure::InvalidSession);
    };
    let proven = state.proven;
    let standing = Standing {
        changed: Some(changed),
        answered: Some(state),
        device_key: device_key.map(ToOwned::to_owned),
        ..Standing::first(user, groups, proven)
    };
    let of = (client_context, &requester);
    step::take(app, context, of, named.credentials.as_ref(), standing).await
}

/// The user with the contact verified that the code went to, and confirmed; `None` if the user has another address
/// by now.
fn verified(app: &App, user: &User, contact: Contact, state: &ChallengeState) -> Option<User> {
    let (address, _) = contact.of(&user.attributes)?;
    let sent_to = &state.sent.as_ref()?.address;
    if address_key(app, &user.pool_id, contact, address) != *sent_to {
        return None;
    }
    let mut after = user.clone();
    after
        .attributes
        .insert(contact.verified_flag().to_owned(), "true".to_owned());
    if after.status == UserStatus::Unconfirmed {
        after.status = UserStatus::Confirmed;
    }
    Some(after)
}
